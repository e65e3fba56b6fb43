//! Months, as books are closed by them.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use std::fmt;
use std::str::FromStr;

/// A calendar month, UTC. Written `2026-10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    first: NaiveDate,
}

/// A text that is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no month; write it like 2026-10")]
pub struct NotAPeriod(String);

impl Period {
    /// The month that a day lies in.
    pub fn of(day: NaiveDate) -> Self {
        Self {
            first: day.with_day(1).unwrap_or(day),
        }
    }

    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    pub fn last_day(self) -> NaiveDate {
        let next = self.first.checked_add_months(Months::new(1));
        next.and_then(|next| next.checked_sub_days(Days::new(1)))
            .unwrap_or(NaiveDate::MAX)
    }

    /// Whether a day lies in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        Self::of(day) == self
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.format("%Y-%m").fmt(f)
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = text.len() == 7 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d")
            .ok()
            .filter(|_| is_plain)
            .map(|first| Self { first })
            .ok_or_else(|| NotAPeriod(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_knows_its_days() {
        for (text, last) in [
            ("2026-10", 31),
            ("2026-02", 28),
            ("2028-02", 29),
            ("2026-12", 31),
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!(period.to_string(), text);
            assert_eq!(period.first_day().day(), 1);
            assert_eq!(period.last_day().day(), last);
            assert!(period.contains(period.last_day()));
            assert!(!period.contains(period.last_day().succ_opt().unwrap()));
        }
        for text in [
            "",
            "2026",
            "2026-13",
            "2026-1",
            "26-01",
            "2026-10-01",
            "+026-10",
            "october",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
