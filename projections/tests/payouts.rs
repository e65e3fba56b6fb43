//! Payouts and holds: who did what, when and why.

use crate::support::Engine;
use crate::support::finances::{PAYMENTS, by, every, people, the_same_anew};
use crate::support::world::{reason, usd};
use tributary_domain::HoldId;
use tributary_domain::command::{Actor, Command, accounts, holds, payouts};
use tributary_domain::wallet::HoldEnd;
use tributary_projections::{HoldFilter, Page, PayoutFilter, PayoutState};

tributary_store::on_both_engines!(a_payout_says_who_did_what_and_why, a_hold_says_why_it_ended,);

async fn a_payout_says_who_did_what_and_why(engine: Engine) {
    let mut money = people();
    let (bob, ada, fay) = (money.bob, money.ada, money.fay);
    money.world.top_up(bob, usd("200.00"));
    money.world.tip(bob, ada, usd("200.00"));
    let finance = Actor::Account(fay);
    let asked = money.requested(usd("10.00"));
    let arrived = money.requested(usd("20.00"));
    money.sent(arrived, "po_1");
    let on = money.world.now().date_naive().pred_opt();
    let settle = payouts::Command::Settle {
        payout: arrived,
        entry: money.entry(),
        on,
    };
    money.payouts(PAYMENTS, settle);
    let failed = money.requested(usd("30.00"));
    money.sent(failed, "po_2");
    let fail = payouts::Command::Fail {
        payout: failed,
        entry: money.entry(),
        reason: reason("account closed"),
    };
    money.payouts(finance, fail);
    let off = money.requested(usd("40.00"));
    let cancel = payouts::Command::Cancel {
        payout: off,
        entry: money.entry(),
        reason: reason("not now"),
    };
    money.payouts(Actor::Account(ada.owner()), cancel);
    let running = money.folded(engine).await;
    let views = &running.views;

    let all = every!(views, payouts, PayoutFilter::default());
    let told: Vec<_> = all.iter().map(|p| (p.payout, p.state, p.amount)).collect();
    assert_eq!(
        told,
        [
            (off, PayoutState::Cancelled, 4_000),
            (failed, PayoutState::Failed, 3_000),
            (arrived, PayoutState::Settled, 2_000),
            (asked, PayoutState::Requested, 1_000),
        ]
    );
    let payout = &all[2];
    assert_eq!((payout.channel, payout.requested_by), (ada, ada.owner()));
    assert_eq!((&payout.approved_by, &payout.sent_by), (&by(fay), &by(fay)));
    assert_eq!(payout.approval_reason.as_deref(), Some("checked"));
    assert_eq!(payout.reference.as_deref(), Some("po_1"));
    assert_eq!(payout.ended_by.as_deref(), Some("system:payments"));
    assert_eq!(payout.arrived_on, on);
    assert!(payout.requested_at < payout.approved_at.unwrap());
    assert!(payout.approved_at < payout.sent_at && payout.sent_at < payout.ended_at);
    assert!(payout.end_entry.is_some() && payout.end_entry != Some(payout.entry));
    assert_eq!(all[1].end_reason.as_deref(), Some("account closed"));
    assert_eq!((all[3].approved_at, all[3].provider.as_ref()), (None, None));
    let all_of = PayoutFilter::default;
    let filters = [
        (
            PayoutFilter {
                payout: Some(failed),
                ..all_of()
            },
            vec![failed],
        ),
        (
            PayoutFilter {
                channel: Some(bob.into()),
                ..all_of()
            },
            vec![],
        ),
        (
            PayoutFilter {
                state: Some(PayoutState::Settled),
                channel: Some(ada),
                ..all_of()
            },
            vec![arrived],
        ),
        (
            PayoutFilter {
                provider: Some("bank".into()),
                ..all_of()
            },
            vec![failed, arrived],
        ),
        (
            PayoutFilter {
                currency: Some("EUR".parse().unwrap()),
                ..all_of()
            },
            vec![],
        ),
        (
            PayoutFilter {
                since: Some(all[1].requested_at),
                ..all_of()
            },
            vec![off, failed],
        ),
        (
            PayoutFilter {
                until: Some(all[2].requested_at),
                ..all_of()
            },
            vec![asked],
        ),
    ];
    for (filter, expected) in filters {
        let found = every!(views, payouts, filter);
        let found: Vec<_> = found.iter().map(|payout| payout.payout).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    the_same_anew(&running).await;

    // Amounts stay when a person goes; what was said of them does not.
    let erase = accounts::Command::Erase {
        account: ada.owner(),
        name_hash: None,
        email_hash: None,
    };
    let console = Actor::Console;
    money.world.ask(console, Command::Accounts(erase)).unwrap();
    running.tell(money.world.news()).await;
    for payout in every!(views, payouts, PayoutFilter::default()) {
        assert_eq!((payout.approval_reason, payout.end_reason), (None, None));
        assert!(payout.amount > 0);
    }
    the_same_anew(&running).await;
}

async fn a_hold_says_why_it_ended(engine: Engine) {
    let mut money = people();
    let bob = money.bob;
    money.world.top_up(bob, usd("50.00"));
    let mut placed = vec![];
    for amount in ["1.00", "2.00", "3.00"] {
        let hold = HoldId(money.world.id());
        let until = money.world.now() + chrono::TimeDelta::hours(1);
        let amount = usd(amount);
        let command = holds::Command::Place {
            hold,
            amount,
            until,
        };
        let actor = Actor::Account(bob);
        money.world.ask(actor, Command::Holds(command)).unwrap();
        money.world.pass(60);
        placed.push(hold);
    }
    let currency = usd("1").currency;
    let release = holds::Command::Release {
        hold: placed[0],
        currency,
    };
    let actor = Actor::Account(bob);
    money.world.ask(actor, Command::Holds(release)).unwrap();
    money.world.pass(3_600);
    let expire = holds::Command::Expire {
        account: bob,
        currency,
        hold: placed[1],
    };
    let policy = Actor::System("lift_expired_holds");
    money.world.ask(policy, Command::Holds(expire)).unwrap();
    let running = money.folded(engine).await;
    let views = &running.views;
    let all = every!(views, holds, HoldFilter::default());
    let told: Vec<_> = all
        .iter()
        .map(|hold| {
            (
                hold.hold,
                hold.amount,
                hold.hold_end,
                hold.lifted_by.as_deref(),
            )
        })
        .collect();
    let bobs = by(bob);
    let policy = Some("system:lift_expired_holds");
    assert_eq!(
        told,
        [
            (placed[2], 300, None, None),
            (placed[1], 200, Some(HoldEnd::Expired), policy),
            (placed[0], 100, Some(HoldEnd::Released), bobs.as_deref()),
        ]
    );
    assert!(all[1].lifted_at > Some(all[1].until) && all[0].until > all[0].placed_at);
    for (standing, expected) in [(Some(true), 1), (Some(false), 2), (None, 3)] {
        let filter = HoldFilter {
            account: Some(bob),
            currency: Some(currency),
            standing,
        };
        assert_eq!(every!(views, holds, filter).len(), expected);
    }
    let filter = HoldFilter {
        account: Some(money.fay),
        ..HoldFilter::default()
    };
    assert_eq!(every!(views, holds, filter), []);
    the_same_anew(&running).await;
}
