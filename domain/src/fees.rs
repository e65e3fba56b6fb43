//! What the platform keeps of a tip, and since when: one history of fee schedules.
//!
//! A schedule is in force from its moment on until a later one's. None is set for the past, so what was
//! kept of an earlier tip never depends on what is set later; each tip's entry says by which schedule it
//! was made all the same.

use crate::money::FeeSchedule;
use crate::{AccountId, Personal, Salt, Timestamp};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to the fees.
    {
        /// A schedule was set, to be in force from a moment on.
        ///
        /// Written when finance or an admin sets the fees.
        Scheduled = "fees.scheduled", 1, personal;
    }
}

/// A schedule was set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scheduled {
    /// What is kept.
    pub schedule: FeeSchedule,
    /// Since when.
    pub from: Timestamp,
    /// Who set it; null for the console.
    pub by: Option<AccountId>,
    /// Why, in their words.
    pub personal: Personal<Option<String>>,
}

/// The most schedules that there can be in all: one a day for ten years.
pub const SCHEDULES_MAX: usize = 3_650;
/// The longest id of a schedule.
pub const ID_CHARACTERS_MAX: usize = 64;

rejections! {
    /// Why the fees refused.
    {
        /// Another schedule has this id.
        IdTaken => "FEE_SCHEDULE_TAKEN", Some("id");
        /// Not a name.
        BadId => "BAD_FEE_SCHEDULE_ID", Some("id"), [limit = ID_CHARACTERS_MAX];
        /// What was kept is kept.
        InThePast => "FEES_IN_THE_PAST", Some("from");
        /// There are too many.
        TooMany => "TOO_MANY_FEE_SCHEDULES", None, [limit = SCHEDULES_MAX];
    }
}

/// What can be asked of the fees.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Set a schedule.
    Schedule {
        /// What is kept.
        schedule: FeeSchedule,
        /// Since when; not before `at`.
        from: Timestamp,
        /// Who sets it, if an account does.
        by: Option<AccountId>,
        /// Why.
        reason: Option<String>,
        /// For the personal part.
        salt: Salt,
        /// Now.
        at: Timestamp,
    },
}

/// A schedule and since when it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// Since when.
    pub from: Timestamp,
    /// What is kept.
    pub schedule: FeeSchedule,
}

/// Every schedule that was ever set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fees {
    /// By their moment; of two with the same, the one set later stands later.
    pub schedules: Vec<InForce>,
}

impl Fees {
    /// The schedule in force at `at`; `None` where none was set for then.
    pub fn in_force(&self, at: Timestamp) -> Option<&FeeSchedule> {
        let until = self.schedules.partition_point(|set| set.from <= at);
        let newest = self.schedules.get(..until)?.last()?;
        Some(&newest.schedule)
    }

    /// Decides a command.
    ///
    /// # Errors
    /// A rule of [`Rejection`].
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        let Command::Schedule {
            schedule,
            from,
            by,
            reason,
            salt,
            at,
        } = command;
        let visible = |c: char| !c.is_control() && !c.is_whitespace();
        let length = schedule.id.chars().count();
        if !(1..=ID_CHARACTERS_MAX).contains(&length) || !schedule.id.chars().all(visible) {
            return Err(Rejection::BadId);
        }
        let same_id = |set: &&InForce| set.schedule.id == schedule.id;
        match self.schedules.iter().find(same_id) {
            Some(set) if set.from == from && set.schedule == schedule => return Ok(vec![]),
            Some(_) => return Err(Rejection::IdTaken),
            None => {}
        }
        if from < at {
            return Err(Rejection::InThePast);
        }
        if self.schedules.len() >= SCHEDULES_MAX {
            return Err(Rejection::TooMany);
        }
        Ok(vec![
            Scheduled {
                schedule,
                from,
                by,
                personal: Personal::seal(reason, salt),
            }
            .into(),
        ])
    }

    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::Scheduled(event) => {
                let at = self.schedules.partition_point(|set| set.from <= event.from);
                let set = InForce {
                    from: event.from,
                    schedule: event.schedule.clone(),
                };
                self.schedules.insert(at, set);
            }
        }
    }
}

aggregate!(Fees, "fees");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, root, salt};
    use cqrs_es::test::TestFramework;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    fn schedule(id: &str, percent: i64) -> FeeSchedule {
        FeeSchedule::new(id.to_owned(), Decimal::new(percent, 2)).unwrap()
    }

    fn set(id: &str, percent: i64, from: i64) -> Command {
        Command::Schedule {
            schedule: schedule(id, percent),
            from: at(from),
            by: Some(root()),
            reason: Some("a new year".to_owned()),
            salt: salt(),
            at: at(0),
        }
    }

    fn was_set(id: &str, percent: i64, from: i64) -> Event {
        Scheduled {
            schedule: schedule(id, percent),
            from: at(from),
            by: Some(root()),
            personal: Personal::seal(Some("a new year".to_owned()), salt()),
        }
        .into()
    }

    fn given(events: Vec<Event>) -> cqrs_es::test::AggregateTestExecutor<Fees> {
        TestFramework::with(()).given(events)
    }

    #[test]
    fn fees_are_set_for_now_or_later_never_for_the_past() {
        for from in [0, 60] {
            given(vec![])
                .when(set("2027", 7, from))
                .then_expect_events(vec![was_set("2027", 7, from)]);
        }
        given(vec![])
            .when(set("2027", 7, -1))
            .then_expect_error(Rejection::InThePast);
    }

    #[test]
    fn an_id_stands_for_one_schedule() {
        let before = || given(vec![was_set("2027", 7, 60)]);
        before().when(set("2027", 7, 60)).then_expect_events(vec![]);
        before()
            .when(set("2027", 8, 60))
            .then_expect_error(Rejection::IdTaken);
        for bad in ["", "a b", "a\n", &"x".repeat(65)] {
            before()
                .when(set(bad, 7, 60))
                .then_expect_error(Rejection::BadId);
        }
    }

    #[test]
    fn there_are_so_many_schedules_and_no_more() {
        let mut fees = Fees::default();
        for number in 0..SCHEDULES_MAX {
            fees.fold(&was_set(&number.to_string(), 5, 0));
        }
        let more = fees.decide(set("more", 5, 0));
        assert_eq!(more, Err(Rejection::TooMany));
    }

    #[test]
    fn of_two_for_the_same_moment_the_one_set_later_counts() {
        let mut fees = Fees::default();
        for event in [was_set("wrong", 70, 60), was_set("right", 7, 60)] {
            fees.fold(&event);
        }
        assert_eq!(fees.in_force(at(59)), None);
        assert_eq!(fees.in_force(at(60)), Some(&schedule("right", 7)));
    }

    proptest! {
        #[test]
        fn what_was_in_force_stays_so_whatever_is_set_later(
            sets in prop::collection::vec((0_i64..100, 0_i64..100), 1..12),
            asked in 1_i64..100,
        ) {
            let mut fees = Fees::default();
            let mut answers = vec![];
            for (number, (now, ahead)) in sets.iter().enumerate() {
                // The clock only goes on, and what is asked was then in the past.
                let now = *now + i64::try_from(number).unwrap() * 100;
                answers.push((at(now - asked), fees.in_force(at(now - asked)).cloned()));
                let command = Command::Schedule {
                    schedule: schedule(&number.to_string(), 5),
                    from: at(now + ahead),
                    by: None,
                    reason: None,
                    salt: salt(),
                    at: at(now),
                };
                for event in fees.decide(command).unwrap() {
                    fees.fold(&event);
                }
                for (then, answer) in &answers {
                    if *then < at(now) {
                        prop_assert_eq!(fees.in_force(*then), answer.as_ref());
                    }
                }
            }
        }
    }
}
