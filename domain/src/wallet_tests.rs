use super::*;
use crate::entry::LedgerAccount;
use crate::testing::{account, ada, bob, entry, erased, folded, salt, stored, stream, usd};
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
        text: words(),
        salt: salt(),
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
    given(vec![])
        .when(top_up(usd("10000.00")))
        .then_expect_events(vec![topped_up(usd("10000.00"))]);
    given(vec![])
        .when(top_up(usd("10000.01")))
        .then_expect_error_message("TOP_UP_TOO_LARGE limit=10000.00 USD");
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
    let entry = match event {
        Event::ToppedUp(event) => &event.entry,
        Event::Tipped(event) => &event.entry,
        Event::Credited(_) => return Decimal::ZERO,
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
        prop_assert_eq!(folded(&history, &log), State::Wallet(wallet));
        prop_assert_eq!(folded(&history, &without_persons), State::Wallet(wallet));
    }
}
