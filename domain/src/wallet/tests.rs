use super::*;
use crate::entry::LedgerAccount;
use crate::money::FeeSchedule;
use crate::testing::{account, ada, at, bob, entry, erased, folded, salt, stored, stream, usd};
use crate::{HistoryId, State};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use proptest::prelude::*;

fn given(events: Vec<Event>) -> AggregateTestExecutor<Wallet> {
    TestFramework::with(()).given(events)
}

fn holding(amount: &str) -> AggregateTestExecutor<Wallet> {
    given(vec![topped_up(usd(amount))])
}

fn top_up(amount: Money) -> Command {
    Command::TopUp {
        account: bob(),
        entry: entry(1),
        amount,
        provider: "sandbox".to_owned(),
        reference: None,
    }
}

fn topped_up(amount: Money) -> Event {
    ToppedUp {
        amount: amount.amount,
        provider: "sandbox".to_owned(),
        entry: Entry::top_up(entry(1), bob(), "sandbox", amount),
    }
    .into()
}

fn tip(amount: Money) -> Tip {
    Tip {
        entry: entry(2),
        payer: bob(),
        channel: ada().into(),
        stream: Some(stream(1)),
        amount,
        fee_schedule: five_percent(),
        repaid: Decimal::ZERO,
        hold: None,
        text: words(),
        salt: salt(),
        at: at(0),
    }
}

fn five_percent() -> FeeSchedule {
    FeeSchedule::new("standard".to_owned(), Decimal::new(5, 2)).unwrap()
}

fn words() -> TipText {
    TipText {
        sender_name: "bob".to_owned(),
        message: Some("well played".to_owned()),
    }
}

fn credit(amount: Money) -> Command {
    Command::Credit {
        entry: entry(2),
        amount,
    }
}

fn credited(amount: Money) -> Event {
    Credited {
        entry: entry(2),
        amount: amount.amount,
        repaid: Decimal::ZERO,
    }
    .into()
}

#[test]
fn a_top_up_is_owed_by_the_provider_to_the_viewer() {
    given(vec![])
        .when(top_up(usd("25.00")))
        .then_expect_events(vec![topped_up(usd("25.00"))]);
}

#[test]
fn a_top_up_has_a_limit_that_the_refusal_names() {
    assert_eq!(within_top_up_limit(usd("10000.00")), Ok(()));
    let refused = within_top_up_limit(usd("10000.01")).unwrap_err();
    assert_eq!(refused.to_string(), "TOP_UP_TOO_LARGE limit=10000.00 USD");
}

#[test]
fn a_tip_states_amount_fee_net_and_the_schedule_as_it_was() {
    let expected = Tipped {
        payer: bob(),
        channel: ada().into(),
        stream: Some(stream(1)),
        amount: usd("10.00").amount,
        fee: usd("0.50").amount,
        net: usd("9.50").amount,
        fee_schedule: five_percent(),
        entry: Entry::tip(entry(2), bob(), ada().into(), usd("0.50"), usd("9.50")),
        personal: Personal::seal(words(), salt()),
    };
    holding("10.00")
        .when(Command::Tip(tip(usd("10.00"))))
        .then_expect_events(vec![expected.into()]);
}

#[test]
fn a_tip_of_more_than_is_there_is_refused_with_what_is_there() {
    holding("10.00")
        .when(Command::Tip(tip(usd("10.01"))))
        .then_expect_error(Rejection::InsufficientBalance {
            balance: usd("10.00"),
        });
    given(vec![])
        .when(Command::Tip(tip(usd("1.00"))))
        .then_expect_error_message("INSUFFICIENT_BALANCE balance=0.00 USD");
}

#[test]
fn what_was_tipped_cannot_be_tipped_again() {
    let mut wallet = Wallet::default();
    wallet.fold(&topped_up(usd("10.00")));
    let events = wallet.decide(Command::Tip(tip(usd("6.00")))).unwrap();
    holding("10.00")
        .and(events)
        .when(Command::Tip(tip(usd("6.00"))))
        .then_expect_error(Rejection::InsufficientBalance {
            balance: usd("4.00"),
        });
}

#[test]
fn earnings_cannot_be_tipped_away() {
    given(vec![credited(usd("100.00"))])
        .when(Command::Tip(tip(usd("1.00"))))
        .then_expect_error_message("INSUFFICIENT_BALANCE balance=0.00 USD");
}

#[test]
fn nobody_tips_the_own_channel() {
    let own = Tip {
        channel: bob().into(),
        ..tip(usd("1.00"))
    };
    holding("10.00")
        .when(Command::Tip(own))
        .then_expect_error(Rejection::OwnChannel);
}

#[test]
fn a_credit_names_the_entry_that_it_comes_from() {
    given(vec![])
        .when(credit(usd("9.50")))
        .then_expect_events(vec![credited(usd("9.50"))]);
}

#[test]
fn a_wallet_holds_no_more_than_can_be_counted() {
    let (cent, full) = (usd("0.01"), Decimal::from(BALANCE_MAX));
    let money = |amount: Decimal| Money {
        amount,
        ..usd("1.00")
    };
    let just_below = money(full - cent.amount);
    given(vec![topped_up(just_below)])
        .when(top_up(cent))
        .then_expect_events(vec![topped_up(cent)]);
    given(vec![topped_up(money(full))])
        .when(top_up(cent))
        .then_expect_error(Rejection::BalanceTooLarge);
    given(vec![credited(just_below)])
        .when(credit(cent))
        .then_expect_events(vec![credited(cent)]);
    given(vec![credited(money(full))])
        .when(credit(cent))
        .then_expect_error(Rejection::BalanceTooLarge);
    // The fullest wallet of the finest currency still fits a BIGINT of minor units.
    let dinar = "BHD".parse().unwrap();
    let minor = crate::money::minor(full, dinar);
    assert_eq!(minor, 10_000_000_000_000);
}

fn hold(n: u128) -> HoldId {
    HoldId(account(n).0)
}

fn place(n: u128, amount: &str, until: i64) -> Command {
    Command::PlaceHold {
        hold: hold(n),
        amount: usd(amount),
        until: at(until),
        at: at(0),
    }
}

fn placed(n: u128, amount: &str, until: i64) -> Event {
    HoldPlaced {
        hold: hold(n),
        amount: usd(amount).amount,
        until: at(until),
    }
    .into()
}

fn lifted(n: u128, amount: &str, reason: HoldEnd) -> Event {
    HoldLifted {
        hold: hold(n),
        amount: usd(amount).amount,
        reason,
    }
    .into()
}

#[test]
fn what_is_set_aside_is_spent_on_nothing_else_until_its_time_is_over() {
    let held = || given(vec![topped_up(usd("10.00")), placed(1, "6.00", 60)]);
    let tip_at = |seconds, amount| {
        Command::Tip(Tip {
            at: at(seconds),
            ..tip(usd(amount))
        })
    };
    held()
        .when(tip_at(59, "4.01"))
        .then_expect_error_message("INSUFFICIENT_BALANCE balance=4.00 USD");
    let wallet = {
        let mut wallet = Wallet::default();
        wallet.fold(&topped_up(usd("10.00")));
        wallet.fold(&placed(1, "6.00", 60));
        wallet
    };
    assert_eq!(wallet.decide(tip_at(59, "4.00")).unwrap().len(), 1);
    // Nobody had to lift it.
    assert_eq!(wallet.decide(tip_at(60, "10.00")).unwrap().len(), 1);
}

#[test]
fn a_tip_spends_the_hold_that_it_names_and_what_is_left_is_free() {
    let mut wallet = Wallet::default();
    wallet.fold(&topped_up(usd("10.00")));
    wallet.fold(&placed(1, "6.00", 60));
    wallet.fold(&placed(2, "4.00", 60));
    let of = |n, amount| {
        Command::Tip(Tip {
            hold: Some(hold(n)),
            ..tip(usd(amount))
        })
    };
    let events = wallet.decide(of(1, "5.00")).unwrap();
    assert_eq!(events[0], lifted(1, "6.00", HoldEnd::Spent));
    assert!(matches!(events[1], Event::Tipped(_)));
    let refused = wallet.decide(of(1, "6.01")).unwrap_err();
    assert_eq!(refused.code(), "INSUFFICIENT_BALANCE");
    assert_eq!(wallet.decide(of(3, "1.00")), Err(Rejection::HoldNotFound));
}

#[test]
fn a_hold_has_an_amount_that_is_there_and_a_time_that_ends() {
    let ten = || given(vec![topped_up(usd("10.00"))]);
    ten()
        .when(place(1, "10.00", 60))
        .then_expect_events(vec![placed(1, "10.00", 60)]);
    ten()
        .when(place(1, "10.01", 60))
        .then_expect_error_message("INSUFFICIENT_BALANCE balance=10.00 USD");
    for until in [0, -1, 30 * 24 * 60 * 60 + 1] {
        ten()
            .when(place(1, "1.00", until))
            .then_expect_error(Rejection::BadHoldTime);
    }
    let mut many = vec![topped_up(usd("100.00"))];
    many.extend((1..=20).map(|n| placed(n, "1.00", 60)));
    given(many.clone())
        .when(place(21, "1.00", 60))
        .then_expect_error(Rejection::TooManyHolds);
    // One that is over makes room.
    many[1] = placed(1, "1.00", -1);
    given(many)
        .when(place(21, "1.00", 60))
        .then_expect_events(vec![
            lifted(1, "1.00", HoldEnd::Expired),
            placed(21, "1.00", 60),
        ]);
}

#[test]
fn a_hold_expires_when_its_time_is_over_and_is_released_at_any_time() {
    let held = || given(vec![topped_up(usd("10.00")), placed(1, "6.00", 60)]);
    let lift = |reason, seconds| Command::LiftHold {
        hold: hold(1),
        reason,
        at: at(seconds),
    };
    held()
        .when(lift(HoldEnd::Expired, 59))
        .then_expect_events(vec![]);
    for (reason, seconds) in [(HoldEnd::Expired, 60), (HoldEnd::Released, 1)] {
        held()
            .when(lift(reason, seconds))
            .then_expect_events(vec![lifted(1, "6.00", reason)]);
    }
    given(vec![])
        .when(lift(HoldEnd::Released, 1))
        .then_expect_events(vec![]);
}

#[test]
fn what_comes_in_pays_off_what_is_owed_first() {
    let debit = Debited {
        entry: entry(3),
        amount: usd("8.00").amount,
        owed: usd("8.00").amount,
    };
    let owing = || given(vec![debit.clone().into()]);
    for (comes, repaid) in [("5.00", "5.00"), ("8.00", "8.00"), ("9.50", "8.00")] {
        let expected = Credited {
            entry: entry(2),
            amount: usd(comes).amount,
            repaid: usd(repaid).amount,
        };
        owing()
            .when(credit(usd(comes)))
            .then_expect_events(vec![expected.into()]);
    }
}

#[derive(Debug, Clone)]
enum Act {
    TopUp(i64),
    Tip(i64, i64),
    Credit(i64),
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (1_i64..1_100_000).prop_map(Act::TopUp),
        (1_i64..2_000_000, 0_i64..1_000_000).prop_map(|(cents, rate)| Act::Tip(cents, rate)),
        (1_i64..1_000_000).prop_map(Act::Credit),
    ]
}

fn command(act: &Act) -> Command {
    let cents = |cents| Money::from_minor(cents, usd("1.00").currency);
    match act {
        Act::TopUp(amount) => top_up(cents(*amount)),
        Act::Credit(amount) => credit(cents(*amount)),
        Act::Tip(amount, rate) => Command::Tip(Tip {
            channel: account(9).into(),
            fee_schedule: FeeSchedule::new("any".to_owned(), Decimal::new(*rate, 6)).unwrap(),
            ..tip(cents(*amount))
        }),
    }
}

/// What `event` posts to what we owe the wallet's owner: a liability, so negated.
fn owed(event: &Event) -> Decimal {
    let Some(entry) = event.entry() else {
        return Decimal::ZERO;
    };
    let of_owner = |account: &LedgerAccount| *account == LedgerAccount::ViewerBalance(bob());
    let postings = entry.postings.iter();
    -postings
        .filter(|posting| of_owner(&posting.account))
        .map(|posting| posting.amount)
        .sum::<Decimal>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_balance_is_never_negative_and_is_what_its_postings_say(
        acts in prop::collection::vec(any_act(), 0..40),
    ) {
        let (mut wallet, mut owed_in_all) = (Wallet::default(), Decimal::ZERO);
        let (mut log, mut without_persons) = (vec![], vec![]);
        for act in &acts {
            for event in wallet.decide(command(act)).unwrap_or_default() {
                owed_in_all += owed(&event);
                wallet.fold(&event);
                without_persons.push(erased(event.clone()));
                log.push(stored(event));
            }
            prop_assert!(wallet.balance >= Decimal::ZERO);
            prop_assert_eq!(wallet.balance, owed_in_all);
        }
        let history = HistoryId::Wallet(bob(), usd("1.00").currency);
        prop_assert_eq!(folded(&history, &log), State::Wallet(wallet.clone()));
        prop_assert_eq!(folded(&history, &without_persons), State::Wallet(wallet));
    }
}

#[test]
fn what_was_not_charged_back_cannot_be_restored() {
    let restore = Command::RestorePayment {
        account: bob(),
        entry: entry(3),
        reversed: entry(1),
        amount: usd("10"),
        provider: "sandbox".to_owned(),
        reference: "pay_1".to_owned(),
    };
    holding("10")
        .when(restore)
        .then_expect_error(Rejection::NothingToRestore);
}
