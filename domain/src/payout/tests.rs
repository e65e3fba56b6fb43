use super::*;
use crate::testing::{ada, entry, root, salt, usd};
use crate::{Currency, Event as Any, HistoryId, PayoutId, State};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn commands() -> Vec<Command> {
    let back = |n| Return {
        entry: entry(n),
        repaid: Decimal::ZERO,
        reason: Some("why".to_owned()),
        salt: salt(),
    };
    vec![
        Command::Request {
            channel: ada().into(),
            amount: usd("10.00"),
            by: ada(),
            entry: entry(1),
        },
        Command::Approve {
            by: Some(root()),
            reason: Some("checked".to_owned()),
            salt: salt(),
        },
        Command::Send {
            provider: "bank".to_owned(),
            reference: "po_1".to_owned(),
        },
        Command::Settle {
            entry: entry(2),
            on: None,
        },
        Command::Fail(back(3)),
        Command::Cancel {
            by: None,
            back: back(4),
        },
        Command::HandOver {
            provider: "bank".to_owned(),
        },
    ]
}

#[test]
fn the_least_is_a_thousand_of_the_smallest_unit() {
    for (currency, least) in [("USD", "10.00"), ("JPY", "1000"), ("BHD", "1.000")] {
        let currency: Currency = currency.parse().unwrap();
        let asked = |minor| {
            Payout::default().decide(Command::Request {
                channel: ada().into(),
                amount: Money::from_minor(minor, currency),
                by: ada(),
                entry: entry(1),
            })
        };
        assert!(asked(PAYOUT_MINOR_MIN).is_ok());
        let refused = asked(PAYOUT_MINOR_MIN - 1).unwrap_err();
        let expected = format!("PAYOUT_TOO_SMALL least={least} {currency}");
        assert_eq!(refused.to_string(), expected);
    }
}

proptest! {
    /// In whatever order it is asked: what left the earnings is in flight, has arrived or came back, never two
    /// of these, and what is stored folds to the same.
    #[test]
    fn money_is_in_one_place(order in prop::collection::vec(0_usize..7, 0..30)) {
        let (commands, mut payout) = (commands(), Payout::default());
        let mut in_flight = Decimal::ZERO;
        let mut log: Vec<Any> = vec![];
        for at in order {
            for event in payout.decide(commands[at].clone()).unwrap_or_default() {
                for posting in event.entry().iter().flat_map(|entry| &entry.postings) {
                    if posting.account.to_string().starts_with("payouts_in_flight") {
                        in_flight -= posting.amount;
                    }
                }
                payout.fold(&event);
                log.push(crate::testing::stored(event));
            }
            let expected = match payout.status {
                Status::Requested
                | Status::Approved
                | Status::HandedOver { .. }
                | Status::Sent { .. } => usd("10.00").amount,
                Status::Unknown | Status::Settled | Status::Failed | Status::Cancelled => {
                    Decimal::ZERO
                }
            };
            prop_assert_eq!(in_flight, expected);
        }
        let history = HistoryId::Payout(PayoutId(ada().0));
        prop_assert_eq!(crate::testing::folded(&history, &log), State::Payout(Box::new(payout)));
    }
}
