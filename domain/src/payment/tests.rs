use super::*;
use crate::finance;
use crate::testing::{bob, entry, usd};
use proptest::prelude::*;

#[test]
fn a_payment_is_named_by_its_provider_and_by_what_that_calls_it() {
    let id = PaymentId::new("stripe", "pi_1:2").unwrap();
    assert_eq!((id.provider(), id.reference()), ("stripe", "pi_1:2"));
    assert_eq!(id.to_string().parse(), Ok(id));
    let long = "x".repeat(129);
    for (provider, reference) in [
        ("", "pi"),
        ("Stripe", "pi"),
        ("my bank", "pi"),
        ("stripe", ""),
        ("stripe", "p i"),
        ("stripe", "pé"),
        ("stripe", long.as_str()),
    ] {
        let refused = PaymentId::new(provider, reference);
        assert_eq!(
            refused,
            Err(finance::Rejection::BadReference),
            "{provider}:{reference}"
        );
    }
}

#[test]
fn a_payment_has_so_many_disputes_and_no_more() {
    let mut payment = Payment::default();
    let open = |n: usize| Command::Dispute {
        dispute: format!("dp_{n}"),
        amount: usd("1.00"),
        standing: Standing::Open,
        entry: entry(1),
    };
    for n in 0..DISPUTES_MAX {
        for event in payment.decide(open(n)).unwrap() {
            payment.fold(&event);
        }
    }
    assert_eq!(
        payment.decide(open(DISPUTES_MAX)),
        Err(Rejection::TooManyDisputes)
    );
    assert_eq!(payment.decide(open(0)), Ok(vec![]));
}

/// What a provider may say of a payment of ten dollars.
fn messages() -> Vec<Command> {
    let (account, amount) = (bob(), usd("10.00"));
    let dispute = |standing, n| Command::Dispute {
        dispute: "dp_1".to_owned(),
        amount: usd("3.00"),
        standing,
        entry: entry(n),
    };
    vec![
        Command::Intend { account, amount },
        Command::Confirm {
            account,
            amount,
            entry: entry(1),
        },
        Command::Fail {
            code: "card_declined".to_owned(),
        },
        Command::Refund {
            total: usd("2.00"),
            entry: entry(2),
        },
        Command::Refund {
            total: usd("5.00"),
            entry: entry(3),
        },
        dispute(Standing::Open, 4),
        dispute(Standing::Won, 5),
    ]
}

proptest! {
    /// Whatever the order, and however often each message comes: the same money moves in the end.
    #[test]
    fn messages_come_in_any_order_and_more_than_once(
        order in Just((0..7).chain(0..7).chain(0..7).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let (messages, mut payment) = (messages(), Payment::default());
        let (mut came, mut refunded, mut charged) = (Decimal::ZERO, Decimal::ZERO, 0);
        for at in order {
            for event in payment.decide(messages[at].clone()).unwrap() {
                match &event {
                    Event::Confirmed(event) => came += event.amount.amount,
                    Event::Refunded(event) => refunded += event.amount,
                    Event::ChargedBack(_) => charged += 1,
                    Event::DisputeWon(event) => charged -= i32::from(event.entry.is_some()),
                    _ => {}
                }
                payment.fold(&event);
            }
        }
        prop_assert_eq!(came, usd("10.00").amount);
        prop_assert_eq!(refunded, usd("5.00").amount);
        prop_assert_eq!(charged, 0);
        prop_assert_eq!(payment.status, Status::Confirmed);
    }
}
