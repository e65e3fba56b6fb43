//! What everyone has spent of one budget, by the generic cell rate algorithm: for each it is enough to
//! know when all that was spent will have come back.

use super::{Budget, Who};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tributary_domain::Timestamp;

/// The most that are remembered. Who has all of a budget back is forgotten first and loses nothing by it;
/// where more than these have spent something, those who have the least to wait are.
const REMEMBERED_MAX: usize = 65_536;

/// How many are left when some are forgotten for want of room.
const REMEMBERED_AFTER: usize = REMEMBERED_MAX * 3 / 4;

pub(super) struct Meter {
    budget: Budget,
    /// When all is back, in microseconds of the clock.
    full_at: Mutex<HashMap<Who, i64>>,
}

impl Meter {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            budget,
            full_at: Mutex::new(HashMap::new()),
        }
    }

    pub(super) fn budget(&self) -> Budget {
        self.budget
    }

    /// Spends `count`, or says how long it takes until it can be spent. What is more than the whole
    /// budget counts as the whole.
    pub(super) fn spend(&self, who: Who, count: u32, now: Timestamp) -> Result<(), Duration> {
        let now = now.timestamp_micros();
        let period = i64::try_from(self.budget.period().as_micros()).unwrap_or(i64::MAX);
        let count = i128::from(count.min(self.budget.most()));
        let cost = i128::from(period) * count / i128::from(self.budget.most());
        let cost = i64::try_from(cost).unwrap_or(period);
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = full_at.get(&who).copied().unwrap_or(now);
        // Nobody waits longer than a period, though the clock be set back.
        let before = noted.clamp(now, now.saturating_add(period));
        let after = before.saturating_add(cost);
        let late = after.saturating_sub(now).saturating_sub(period);
        if late > 0 {
            full_at.insert(who, before);
            return Err(Duration::from_micros(u64::try_from(late).unwrap_or(0)));
        }
        full_at.insert(who, after);
        if full_at.len() > REMEMBERED_MAX {
            forget(&mut full_at, now);
        }
        Ok(())
    }
}

/// Makes room for a quarter of all.
fn forget(full_at: &mut HashMap<Who, i64>, now: i64) {
    full_at.retain(|_, at| *at > now);
    let Some(too_many) = full_at.len().checked_sub(REMEMBERED_AFTER) else {
        return;
    };
    let mut times: Vec<_> = full_at.values().copied().collect();
    let (_, least, _) = times.select_nth_unstable(too_many);
    let least = *least;
    full_at.retain(|_, at| *at > least);
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use std::net::{IpAddr, Ipv4Addr};

    fn start() -> Timestamp {
        "2026-01-31T18:00:00Z".parse().unwrap()
    }

    fn address(number: u32) -> Who {
        Who::Address(IpAddr::from(Ipv4Addr::from(number)))
    }

    fn seconds(number: i64) -> TimeDelta {
        TimeDelta::seconds(number)
    }

    #[test]
    fn a_budget_can_be_spent_at_once_and_comes_back_evenly() {
        let meter = Meter::new(Budget::new(5, Duration::from_secs(10)));
        let spend = |count, after: i64| meter.spend(address(1), count, start() + seconds(after));
        for _ in 0..5 {
            assert_eq!(spend(1, 0), Ok(()));
        }
        assert_eq!(spend(1, 0), Err(Duration::from_secs(2)));
        assert_eq!(
            spend(1, 1),
            Err(Duration::from_secs(1)),
            "a refusal costs nothing"
        );
        assert_eq!(spend(1, 2), Ok(()));
        assert_eq!(spend(2, 4), Err(Duration::from_secs(2)));
        assert_eq!(spend(5, 12), Ok(()));
        assert_eq!(spend(1, 1_000_000), Ok(()));
        assert_eq!(
            spend(4, 1_000_000),
            Ok(()),
            "no more is saved than a budget"
        );
        assert_eq!(spend(1, 1_000_000), Err(Duration::from_secs(2)));
    }

    #[test]
    fn everyone_has_their_own() {
        let meter = Meter::new(Budget::new(1, Duration::from_secs(60)));
        assert_eq!(meter.spend(address(1), 1, start()), Ok(()));
        assert_eq!(meter.spend(address(2), 1, start()), Ok(()));
        assert!(meter.spend(address(1), 1, start()).is_err());
    }

    #[test]
    fn more_than_a_budget_is_the_whole_of_it() {
        let meter = Meter::new(Budget::new(5, Duration::from_secs(10)));
        assert_eq!(meter.spend(address(1), 100, start()), Ok(()));
        assert!(meter.spend(address(1), 1, start()).is_err());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let meter = Meter::new(Budget::new(1, Duration::from_secs(10)));
        assert_eq!(meter.spend(address(1), 1, start()), Ok(()));
        let hour_before = start() - seconds(3_600);
        assert_eq!(
            meter.spend(address(1), 1, hour_before),
            Err(Duration::from_secs(10))
        );
        assert_eq!(
            meter.spend(address(1), 1, hour_before + seconds(10)),
            Ok(())
        );
    }

    #[test]
    fn memory_is_bounded_and_who_waits_longest_is_remembered() {
        let meter = Meter::new(Budget::new(10, Duration::from_secs(10)));
        let most = u32::try_from(REMEMBERED_MAX).unwrap();
        assert_eq!(meter.spend(address(0), 10, start()), Ok(()));
        for number in 1..2 * most {
            assert_eq!(meter.spend(address(number), 1, start()), Ok(()));
            if number % 1_000 == 0 {
                assert!(meter.full_at.lock().unwrap().len() <= REMEMBERED_MAX);
            }
        }
        assert!(meter.spend(address(0), 1, start()).is_err());
        let later = start() + seconds(11);
        for number in 0..2 * most {
            assert_eq!(meter.spend(address(number + 2 * most), 1, later), Ok(()));
        }
        assert!(meter.full_at.lock().unwrap().len() <= REMEMBERED_MAX);
    }
}
