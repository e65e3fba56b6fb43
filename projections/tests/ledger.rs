//! The ledger: what it says, as of any moment, and where it stops.

use crate::support::world::{World, usd};
use crate::support::{Engine, Running, state_of};
use chrono::NaiveDate;
use tributary_domain::entry::{Entry, LedgerAccount};
use tributary_domain::ledger::statement::Gathering;
use tributary_domain::ledger::{AsOf, Audit, Balances, Movement, TrialBalance};
use tributary_domain::wallet::{self, ToppedUp};
use tributary_domain::{
    AccountId, ChannelId, Currency, EntryId, HistoryId, Money, Position, Recorded,
};
use tributary_projections::{
    EarnedBy, EntryFilter, ProjectionState, StatementCursor, StatementOf, TipperCursor, TippersOf,
    beside,
};

tributary_store::on_both_engines!(
    the_trial_balance_is_that_of_the_log_as_of_any_moment,
    a_statement_is_that_of_the_log_page_by_page,
    an_entry_shows_its_postings,
    entries_are_found_by_what_they_are,
    who_gave_most_is_told_of_a_stream_and_of_a_time,
    pages_show_what_was_given_and_earned,
    it_stops_at_what_it_does_not_understand,
);

const DAY_S: i64 = 86_400;

struct Year {
    world: World,
    ada: ChannelId,
    bob: AccountId,
    cid: AccountId,
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn money(amount: &str, code: &str) -> Money {
    Money::parse(amount, currency(code)).unwrap()
}

/// Three months in three currencies.
fn year() -> Year {
    let mut world = World::new();
    let (ada, dan) = (world.streamer("ada"), world.streamer("dan"));
    let (bob, cid) = (world.register("bob"), world.register("cid"));
    for n in 0..30_i64 {
        world.pass(3 * DAY_S);
        world.top_up(bob, usd("20.00"));
        world.tip(bob, ada, usd(&format!("{}.0{}", 1 + n % 5, n % 10)));
        world.top_up(cid, money("500", "JPY"));
        world.tip(cid, if n % 2 == 0 { ada } else { dan }, money("77", "JPY"));
        world.top_up(cid, money("1.234", "BHD"));
    }
    Year {
        world,
        ada,
        bob,
        cid,
    }
}

/// What the domain's own sums say.
fn naive(events: &[Recorded], as_of: AsOf) -> TrialBalance {
    let (mut balances, mut audit) = (Balances::default(), Audit::default());
    for event in events {
        audit.take(event).unwrap();
        if let Some(movement) = Movement::of(event).unwrap().filter(|m| as_of.includes(m)) {
            balances.add(&movement).unwrap();
        }
    }
    balances.trial_balance()
}

async fn the_trial_balance_is_that_of_the_log_as_of_any_moment(engine: Engine) {
    let mut year = year();
    let running = Running::after(engine, year.world.news()).await;
    let events = &year.world.events;
    let days: Vec<_> = events.iter().map(|e| e.recorded_at.date_naive()).collect();
    let first = days[0].pred_opt();
    let mut moments = vec![AsOf::default()];
    for step in (0..events.len()).step_by(17) {
        let position = Some(events[step].position);
        let day = Some(days[step]);
        moments.push(AsOf {
            position,
            day: None,
        });
        moments.push(AsOf {
            position: None,
            day,
        });
        moments.push(AsOf {
            position,
            day: days.get(step.saturating_sub(40)).copied(),
        });
    }
    moments.push(AsOf {
        position: Some(Position::START),
        day: None,
    });
    moments.push(AsOf {
        position: None,
        day: first,
    });
    for as_of in moments {
        let told = running.views.trial_balance(as_of).await.unwrap();
        assert_eq!(told, naive(events, as_of), "{as_of:?}");
        assert!(told.is_balanced());
    }
    let (position, beside) = beside::trial_balance(&running.place.url)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(position, year.world.head());
    assert_eq!(beside.digest(), naive(events, AsOf::default()).digest());
    assert!(beside.rows().len() > 8, "{beside:?}");
}

async fn a_statement_is_that_of_the_log_page_by_page(engine: Engine) {
    let mut year = year();
    let running = Running::after(engine, year.world.news()).await;
    let events = &year.world.events;
    let date = |n: usize| Some(events[n].recorded_at.date_naive());
    let half = date(events.len() / 2);
    for account in [
        LedgerAccount::ViewerBalance(year.bob),
        LedgerAccount::StreamerEarnings(year.ada),
        LedgerAccount::PlatformFees,
    ] {
        let then = Some(events[events.len() / 3 * 2].position);
        for (from, to, upto) in [
            (None, None, None),
            (half, None, None),
            (None, half, None),
            (half, half, None),
            (None, None, then),
            (half, None, then),
            (half, half, then),
            (half, None, Some(Position::START)),
        ] {
            let as_of = AsOf {
                position: upto,
                day: to,
            };
            let mut gathering = Gathering::new(account.clone(), currency("USD"), from);
            for event in events {
                let movement = Movement::of(event).unwrap();
                let movement = movement.filter(|m| as_of.includes(m));
                if let Some(movement) = movement {
                    gathering.take(&movement).unwrap();
                }
            }
            let expected = gathering.finish();
            let of = StatementOf {
                account: account.clone(),
                currency: currency("USD"),
                from,
                to,
                upto,
            };
            let sums = running.views.statement_sums(&of).await.unwrap();
            assert_eq!(
                (sums.opening, sums.closing),
                (expected.opening, expected.closing),
                "{of:?}"
            );
            let (mut lines, mut after) = (vec![], None);
            loop {
                let page = running.views.statement_lines(&of, 7, after).await.unwrap();
                lines.extend(page.items);
                if !page.has_more {
                    break;
                }
                after = lines.last().map(|line| StatementCursor {
                    day: line.effective,
                    position: line.position,
                    line: line.line,
                });
            }
            assert_eq!(lines, expected.lines, "{of:?}");
        }
    }
}

async fn an_entry_shows_its_postings(engine: Engine) {
    let mut year = year();
    let running = Running::after(engine, year.world.news()).await;
    let event = year
        .world
        .events
        .iter()
        .rfind(|e| e.event.name().0 == "wallet.tipped")
        .unwrap();
    let movement = Movement::of(event).unwrap().unwrap();
    let entry = running
        .views
        .ledger_entry(movement.entry)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (entry.position, entry.effective),
        (movement.position, movement.effective)
    );
    assert_eq!(
        (entry.kind.as_str(), entry.currency),
        ("wallet.tipped", movement.currency)
    );
    assert_eq!(entry.lines, movement.lines);
    assert_eq!(entry.schedule.as_deref(), Some("standard"));
    assert_eq!((entry.reverses, entry.reversed_by), (None, None));
    let nothing = EntryId(uuid::Uuid::max());
    assert_eq!(running.views.ledger_entry(nothing).await.unwrap(), None);
}

async fn entries_are_found_by_what_they_are(engine: Engine) {
    let mut year = year();
    let running = Running::after(engine, year.world.news()).await;
    let events = &year.world.events;
    let movements: Vec<_> = events
        .iter()
        .filter_map(|event| Movement::of(event).unwrap())
        .collect();
    let half = events[events.len() / 2].recorded_at.date_naive();
    let bobs = LedgerAccount::ViewerBalance(year.bob);
    let then = events[events.len() / 3].position;
    let all = EntryFilter::default;
    let filters = [
        all(),
        EntryFilter {
            kind: Some("wallet.tipped".into()),
            ..all()
        },
        EntryFilter {
            account: Some(bobs.clone()),
            ..all()
        },
        EntryFilter {
            account: Some(bobs),
            currency: Some(currency("USD")),
            ..all()
        },
        EntryFilter {
            currency: Some(currency("BHD")),
            from: Some(half),
            ..all()
        },
        EntryFilter {
            to: Some(half),
            schedule: Some("standard".into()),
            ..all()
        },
        EntryFilter {
            reversal: Some(false),
            upto: Some(then),
            ..all()
        },
        EntryFilter {
            reversal: Some(true),
            ..all()
        },
    ];
    for filter in filters {
        let wanted = |m: &&Movement| {
            filter.kind.as_deref().is_none_or(|kind| kind == m.kind)
                && filter
                    .currency
                    .is_none_or(|currency| currency == m.currency)
                && filter.from.is_none_or(|from| m.effective >= from)
                && filter.to.is_none_or(|to| m.effective <= to)
                && (filter.schedule.is_none() || filter.schedule == m.schedule)
                && filter.reversal.is_none_or(|is| is == m.reverses.is_some())
                && filter.upto.is_none_or(|upto| m.position <= upto)
                && filter
                    .account
                    .as_ref()
                    .is_none_or(|account| m.lines.iter().any(|line| line.account == *account))
        };
        let expected: Vec<_> = movements.iter().rev().filter(wanted).collect();
        let (mut found, mut after) = (vec![], None);
        loop {
            let page = running.views.ledger_entries(&filter, 17, after).await;
            let page = page.unwrap();
            after = page.items.last().map(|entry| entry.position);
            found.extend(page.items);
            if !page.has_more {
                break;
            }
        }
        let of = |position, lines: &Vec<_>| (position, lines.clone());
        let found: Vec<_> = found.iter().map(|e| of(e.position, &e.lines)).collect();
        let expected: Vec<_> = expected.iter().map(|m| of(m.position, &m.lines)).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

async fn who_gave_most_is_told_of_a_stream_and_of_a_time(engine: Engine) {
    let mut world = World::new();
    let ada = world.streamer("ada");
    let (bob, cid) = (world.register("bob"), world.register("cid"));
    world.top_up(bob, usd("100.00"));
    world.top_up(cid, usd("100.00"));
    world.tip(bob, ada, usd("50.00"));
    world.pass(60);
    let stream = world.live(ada, crate::support::world::titled("x"));
    world.tip(bob, ada, usd("5.00"));
    world.tip(cid, ada, usd("4.00"));
    world.tip(cid, ada, usd("2.00"));
    world.pass(60);
    let end = world.now();
    world.tip(bob, ada, usd("7.00"));
    let running = Running::after(engine, world.news()).await;
    let views = &running.views;
    let of = TippersOf {
        channel: ada,
        currency: currency("USD"),
        stream: None,
        since: None,
        until: None,
    };
    let told =
        async |of: TippersOf, after: Option<TipperCursor>| -> Vec<(AccountId, String, i64)> {
            let page = views.top_tippers(of, 5, after).await.unwrap();
            let row =
                |t: &tributary_projections::Tipper| (t.payer, t.amount.amount.to_string(), t.tips);
            page.items.iter().map(row).collect()
        };
    let bobs = |amount: &str, tips| (bob, amount.to_owned(), tips);
    let cids = (cid, "6.00".to_owned(), 2);
    assert_eq!(told(of, None).await, [bobs("62.00", 3), cids.clone()]);
    let in_stream = TippersOf {
        stream: Some(stream),
        until: Some(end),
        ..of
    };
    assert_eq!(told(in_stream, None).await, [cids.clone(), bobs("5.00", 1)]);
    let after = TipperCursor {
        amount: 600,
        payer: cid,
    };
    assert_eq!(told(in_stream, Some(after)).await, [bobs("5.00", 1)]);
    let whole_stream = TippersOf {
        stream: Some(stream),
        ..of
    };
    assert_eq!(told(whole_stream, None).await, [bobs("12.00", 2), cids]);
    let since = TippersOf {
        since: Some(end),
        ..of
    };
    assert_eq!(told(since, None).await, [bobs("7.00", 1)]);
    let euro = TippersOf {
        currency: currency("EUR"),
        ..since
    };
    assert_eq!(told(euro, None).await, []);
}

async fn pages_show_what_was_given_and_earned(engine: Engine) {
    let mut year = year();
    let running = Running::after(engine, year.world.news()).await;
    let views = &running.views;
    let given = views.tips_given(year.bob, 20, None).await.unwrap();
    assert!(given.has_more && given.items.iter().all(|tip| tip.payer == year.bob));
    let after = given.items.last().map(|tip| tip.position);
    let rest = views.tips_given(year.bob, 20, after).await.unwrap();
    assert_eq!((rest.items.len(), rest.has_more), (10, false));

    let (ada, bob, yen) = (year.ada, year.bob, currency("JPY"));
    year.world.top_up(bob, money("9999", "JPY"));
    year.world.tip(bob, ada, money("9000", "JPY"));
    let running = Running::after(engine, year.world.events.clone()).await;
    let views = &running.views;
    let of = TippersOf {
        channel: ada,
        currency: yen,
        stream: None,
        since: None,
        until: None,
    };
    let top = views.top_tippers(of, 1, None).await.unwrap();
    assert_eq!(top.items[0].payer, bob);
    assert_eq!(
        (top.items[0].amount, top.items[0].tips),
        (money("9000", "JPY"), 1)
    );
    assert!(top.has_more);
    let after = TipperCursor {
        amount: 9_000,
        payer: bob,
    };
    let next = views.top_tippers(of, 5, Some(after)).await.unwrap();
    assert_eq!((next.items.len(), next.has_more), (1, false));
    assert_eq!((next.items[0].payer, next.items[0].tips), (year.cid, 15));
    assert_eq!(next.items[0].amount, money("1155", "JPY"));

    let all = (NaiveDate::MIN, NaiveDate::MAX);
    let usd = currency("USD");
    let days = views.earnings(ada, usd, all, EarnedBy::Day).await.unwrap();
    let months = views
        .earnings(ada, usd, all, EarnedBy::Month)
        .await
        .unwrap();
    assert_eq!(days.len(), 30);
    assert!(months.len() >= 3 && months.len() < 6, "{months:?}");
    let account = LedgerAccount::StreamerEarnings(ada);
    let trial = views.trial_balance(AsOf::default()).await.unwrap();
    let owed = trial
        .rows()
        .iter()
        .find(|r| r.account == account && r.balance.currency == usd);
    let owed = -owed.unwrap().balance.amount;
    for list in [&days, &months] {
        let earned: rust_decimal::Decimal = list.iter().map(|e| e.earned.amount).sum();
        assert_eq!(earned, owed);
    }
    let income = views
        .fee_income(NaiveDate::MIN, NaiveDate::MAX)
        .await
        .unwrap();
    let of: Vec<_> = income
        .iter()
        .map(|i| (i.schedule.as_deref(), i.amount.currency))
        .collect();
    assert_eq!(of, [(Some("standard"), yen), (Some("standard"), usd)]);
    for income in income {
        let kept = trial.rows().iter().find(|row| {
            row.account == LedgerAccount::PlatformFees
                && row.balance.currency == income.amount.currency
        });
        assert_eq!(-kept.unwrap().balance.amount, income.amount.amount);
    }
}

async fn it_stops_at_what_it_does_not_understand(engine: Engine) {
    let entry_of = |world: &mut World, amounts: [&str; 2], account: AccountId| {
        let postings = [
            LedgerAccount::ProviderClearing("sandbox".into()),
            LedgerAccount::ViewerBalance(account),
        ];
        Entry {
            id: EntryId(world.id()),
            currency: currency("USD"),
            postings: postings
                .into_iter()
                .zip(amounts)
                .map(|(account, amount)| tributary_domain::entry::Posting {
                    account,
                    amount: amount.parse().unwrap(),
                })
                .collect(),
            effective_on: None,
            reverses: None,
            reference: None,
        }
    };
    for (amounts, again, words) in [
        (
            ["1.00", "-0.99"],
            false,
            "not balanced: its postings sum to 0.01",
        ),
        (["-9.00", "9.00"], false, "overdrawn by 800 minor units"),
        (["1.00", "-1.00"], true, "stands in the ledger already"),
        (["1.005", "-1.005"], false, "no whole number of minor units"),
    ] {
        let mut world = World::new();
        let bob = world.register("bob");
        world.top_up(bob, usd("1.00"));
        let good = world.head();
        let mut entry = entry_of(&mut world, amounts, bob);
        if again {
            let mut newest = world.events.iter().rev();
            entry.id = newest
                .find_map(|recorded| recorded.event.entry())
                .unwrap()
                .id;
        }
        let event = wallet::Event::from(ToppedUp {
            amount: "1.00".parse().unwrap(),
            provider: "sandbox".into(),
            entry,
        });
        world.record(HistoryId::Wallet(bob, currency("USD")), None, event.into());
        let running = Running::fresh(engine).await;
        running.log.append(world.news());
        let parked = |state: &ProjectionState| matches!(state, ProjectionState::Parked { .. });
        let state = state_of(&running.views, "ledger", parked).await;
        let ProjectionState::Parked { at, reason } = state else {
            unreachable!()
        };
        assert_eq!(at, good.next(), "{reason}");
        assert!(reason.contains(words), "{reason}");
        let trial = running.views.trial_balance(AsOf::default()).await.unwrap();
        assert_eq!(
            trial,
            naive(&world.events[..world.events.len() - 1], AsOf::default())
        );
    }
}
