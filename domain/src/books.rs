//! The books of the installation: up to which day they are closed. One history.
//!
//! A month-end close is [`Command::Close`], asked for with what was sealed: a place in the log, its hash and
//! a digest of the trial balance. From then on no entry is made for a day that is closed
//! ([`Books::open_for`], asked by every command that makes one). An entry without a day of its own belongs
//! to the day on which it is recorded, and the log's time is ordered like its positions: as only days that
//! are over are closed, none of these can fall into a closed period.

use crate::upcast::{Stored, UpcastError};
use crate::{AccountId, Personal, Position, Salt, Timestamp};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to the books.
    {
        /// A period was closed: nothing can be dated into it any more.
        ///
        /// Written when finance closes the books, with what was sealed.
        Closed = "books.closed", 2, personal upcast [
            close_has_a_reason: "Who closed it stands in `by`, and why in `personal`: null before.",
        ];
    }
}

/// A period was closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Closed {
    /// The last day (UTC) of the period.
    pub through: NaiveDate,
    /// What was sealed.
    pub seal: Seal,
    /// Who closed it; null for the console.
    pub by: Option<AccountId>,
    /// Why, in their words.
    pub personal: Personal<Option<String>>,
}

impl Closed {
    /// The period.
    pub fn sealed(&self) -> Sealed {
        Sealed {
            through: self.through,
            seal: self.seal.clone(),
        }
    }
}

/// From version 1, which held nobody and no reason. What is written here describes what is stored: it never
/// changes.
fn close_has_a_reason(stored: &mut Stored) -> Result<(), UpcastError> {
    stored.put("by", None::<AccountId>)?;
    stored.set_personal(&Personal::<Option<String>>::never_said())
}

/// A period that is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Its last day (UTC).
    pub through: NaiveDate,
    /// What was sealed.
    pub seal: Seal,
}

/// What the books were when they were closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The place in the log up to which they were read.
    pub position: Position,
    /// The log's hash there, in hexadecimal digits.
    pub hash: String,
    /// A digest of the trial balance, in hexadecimal digits.
    pub trial_balance: String,
    /// The signature of all of this with the installation's key, in hexadecimal digits.
    pub signature: String,
}

impl Seal {
    /// The most digits that any part of a seal has.
    pub const DIGITS_MAX: usize = 256;

    fn is_well_formed(&self) -> bool {
        [&self.hash, &self.trial_balance, &self.signature]
            .into_iter()
            .all(|text| {
                (1..=Self::DIGITS_MAX).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_hexdigit())
            })
    }
}

rejections! {
    /// Why the books refused.
    {
        /// The day is in a period that is closed.
        PeriodClosed { /// The last day that is closed.
            through: NaiveDate } => "PERIOD_CLOSED", Some("effectiveOn");
        /// A day that is not over cannot be closed.
        PeriodNotOver => "PERIOD_NOT_OVER", Some("through");
        /// The day has not come.
        InTheFuture => "DATE_IN_THE_FUTURE", Some("effectiveOn");
        /// Not hexadecimal digits.
        BadSeal => "BAD_SEAL", Some("seal");
    }
}

/// What can be asked of the books.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Close a period.
    Close {
        /// Its last day.
        through: NaiveDate,
        /// What was sealed.
        seal: Seal,
        /// Who closes it, if an account does.
        by: Option<AccountId>,
        /// Why.
        reason: Option<String>,
        /// For the personal part.
        salt: Salt,
        /// Now.
        at: Timestamp,
    },
}

/// How far the books are closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// The last close.
    pub closed: Option<Sealed>,
}

impl Books {
    /// The last day (UTC) that is closed.
    pub fn closed_through(&self) -> Option<NaiveDate> {
        self.closed.as_ref().map(|closed| closed.through)
    }

    /// Refuses an entry for a day that is closed or has not come by `at`.
    ///
    /// # Errors
    /// `PERIOD_CLOSED`, `DATE_IN_THE_FUTURE`.
    pub fn open_for(&self, day: NaiveDate, at: Timestamp) -> Result<(), Rejection> {
        match self.closed_through() {
            Some(through) if day <= through => Err(Rejection::PeriodClosed { through }),
            _ if day > at.date_naive() => Err(Rejection::InTheFuture),
            _ => Ok(()),
        }
    }

    /// Decides a command.
    ///
    /// # Errors
    /// A rule of [`Rejection`].
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        let Command::Close {
            through,
            seal,
            by,
            reason,
            salt,
            at,
        } = command;
        if !seal.is_well_formed() {
            return Err(Rejection::BadSeal);
        }
        if through >= at.date_naive() {
            return Err(Rejection::PeriodNotOver);
        }
        let same = |sealed: &Sealed| sealed.through == through && sealed.seal == seal;
        if self.closed.as_ref().is_some_and(same) {
            return Ok(vec![]);
        }
        if let Some(before) = self.closed_through()
            && through <= before
        {
            return Err(Rejection::PeriodClosed { through: before });
        }
        let personal = Personal::seal(reason, salt);
        Ok(vec![
            Closed {
                through,
                seal,
                by,
                personal,
            }
            .into(),
        ])
    }

    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::Closed(closed) => self.closed = Some(closed.sealed()),
        }
    }
}

aggregate!(Books, "books");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, salt};
    use cqrs_es::test::TestFramework;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn seal(position: i64) -> Seal {
        Seal {
            position: Position::new(position).unwrap(),
            hash: "0a".repeat(32),
            trial_balance: "0b".repeat(32),
            signature: "0c".repeat(64),
        }
    }

    fn close(through: &str, position: i64) -> Command {
        Command::Close {
            through: day(through),
            seal: seal(position),
            by: None,
            reason: Some("month end".to_owned()),
            salt: salt(),
            at: at(0),
        }
    }

    fn closed(through: &str, position: i64) -> Event {
        Closed {
            through: day(through),
            seal: seal(position),
            by: None,
            personal: Personal::seal(Some("month end".to_owned()), salt()),
        }
        .into()
    }

    fn given(events: Vec<Event>) -> cqrs_es::test::AggregateTestExecutor<Books> {
        TestFramework::with(()).given(events)
    }

    // The tests' noon is on 2027-01-15.

    #[test]
    fn a_day_that_is_over_can_be_closed_with_all_before_it_and_no_other() {
        given(vec![])
            .when(close("2026-12-31", 7))
            .then_expect_events(vec![closed("2026-12-31", 7)]);
        given(vec![])
            .when(close("2027-01-14", 7))
            .then_expect_events(vec![closed("2027-01-14", 7)]);
        for today_or_later in ["2027-01-15", "2027-02-01"] {
            given(vec![])
                .when(close(today_or_later, 7))
                .then_expect_error(Rejection::PeriodNotOver);
        }
    }

    #[test]
    fn a_period_is_closed_once_and_never_opened_again() {
        let before = || given(vec![closed("2026-12-31", 7)]);
        before()
            .when(close("2026-12-31", 7))
            .then_expect_events(vec![]);
        let through = day("2026-12-31");
        for (again, position) in [("2026-12-31", 8), ("2026-11-30", 9)] {
            before()
                .when(close(again, position))
                .then_expect_error(Rejection::PeriodClosed { through });
        }
    }

    #[test]
    fn nothing_is_dated_into_a_closed_period_or_into_the_future() {
        let mut books = Books::default();
        assert_eq!(books.open_for(day("1999-01-01"), at(0)), Ok(()));
        books.fold(&closed("2026-12-31", 7));
        let through = day("2026-12-31");
        for (on, expected) in [
            ("2026-12-01", Err(Rejection::PeriodClosed { through })),
            ("2026-12-31", Err(Rejection::PeriodClosed { through })),
            ("2027-01-01", Ok(())),
            ("2027-01-15", Ok(())),
            ("2027-01-16", Err(Rejection::InTheFuture)),
        ] {
            assert_eq!(books.open_for(day(on), at(0)), expected, "{on}");
        }
    }

    #[test]
    fn a_seal_is_hexadecimal_digits() {
        for broken in [String::new(), "xyz".to_owned(), "0".repeat(257)] {
            let seal = Seal {
                hash: broken,
                ..seal(7)
            };
            let Command::Close {
                through,
                by,
                reason,
                salt,
                at,
                ..
            } = close("2026-12-31", 7);
            let command = Command::Close {
                through,
                seal,
                by,
                reason,
                salt,
                at,
            };
            given(vec![])
                .when(command)
                .then_expect_error(Rejection::BadSeal);
        }
    }
}
