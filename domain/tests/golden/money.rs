//! The same for what happens to money beside wallets.

use super::{account, at, reason};
use rust_decimal::Decimal;
use tributary_domain::books::{self, Seal};
use tributary_domain::money::FeeSchedule;
use tributary_domain::{Event, Position, fees};

pub fn examples() -> Vec<Event> {
    vec![
        fees::Event::from(fees::Scheduled {
            schedule: FeeSchedule::new("2027".to_owned(), Decimal::new(7, 2)).unwrap(),
            from: at(60),
            by: Some(account()),
            personal: reason(),
        })
        .into(),
        books::Event::from(books::Closed {
            through: "2026-12-31".parse().unwrap(),
            seal: Seal {
                position: Position::new(41).unwrap(),
                hash: "0a".repeat(32),
                trial_balance: "0b".repeat(32),
                signature: "0c".repeat(64),
            },
        })
        .into(),
    ]
}
