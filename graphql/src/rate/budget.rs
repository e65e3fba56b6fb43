//! A budget, and how it is written in settings.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// So many deeds a period: all of them at once, or evenly, as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    most: u32,
    period: Duration,
}

/// The most deeds of a budget, and the longest period.
const MOST_MAX: u32 = 1_000_000_000;
const PERIOD_MAX: Duration = Duration::from_secs(24 * 60 * 60);

impl Budget {
    /// `most` deeds in a `period`; at least one, in a second to a day.
    pub fn new(most: u32, period: Duration) -> Self {
        Self {
            most: most.clamp(1, MOST_MAX),
            period: period.clamp(Duration::from_secs(1), PERIOD_MAX),
        }
    }

    /// The most deeds at once.
    pub fn most(&self) -> u32 {
        self.most
    }

    /// How long it takes until all of them are there again.
    pub fn period(&self) -> Duration {
        self.period
    }

    /// Reads a setting: `300/15m`, or `off` for none.
    ///
    /// # Errors
    /// When it is neither.
    pub fn setting(text: &str) -> Result<Option<Self>, NotABudget> {
        if text.trim() == "off" {
            return Ok(None);
        }
        text.parse().map(Some)
    }

    /// As [`Budget::setting`] reads it.
    pub fn shown(budget: Option<Self>) -> String {
        budget.map_or_else(|| "off".to_owned(), |budget| budget.to_string())
    }
}

/// What is no budget.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no rate: it must be a number and a period of at most a day, such as 300/15m, 5/10s or \
     100/1h, or `off`"
)]
pub struct NotABudget(String);

impl FromStr for Budget {
    type Err = NotABudget;

    fn from_str(text: &str) -> Result<Self, NotABudget> {
        let read = || {
            let (most, period) = text.trim().split_once('/')?;
            let most: u32 = most.trim().parse().ok()?;
            let period = period.trim();
            let (number, unit) = period.split_at_checked(period.len().checked_sub(1)?)?;
            let unit = match unit {
                "s" => 1,
                "m" => 60,
                "h" => 60 * 60,
                _ => return None,
            };
            let seconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
            let period = Duration::from_secs(seconds);
            let fits = (1..=MOST_MAX).contains(&most) && seconds > 0 && period <= PERIOD_MAX;
            fits.then_some(Self { most, period })
        };
        read().ok_or_else(|| NotABudget(text.to_owned()))
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.period.as_secs();
        let (number, unit) = match seconds {
            hours if hours % 3_600 == 0 => (hours / 3_600, 'h'),
            minutes if minutes % 60 == 0 => (minutes / 60, 'm'),
            seconds => (seconds, 's'),
        };
        write!(f, "{}/{number}{unit}", self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_read_and_shown() {
        for text in [
            "300/15m",
            "5/10s",
            "100/1h",
            "1/24h",
            "1000000000/1s",
            "off",
        ] {
            assert_eq!(Budget::shown(Budget::setting(text).unwrap()), text);
        }
        assert_eq!(
            Budget::shown(Budget::setting(" 5 / 120s ").unwrap()),
            "5/2m"
        );
        for text in [
            "",
            "300",
            "300/",
            "0/1s",
            "-1/1s",
            "1/0s",
            "1/25h",
            "1/s",
            "1/1d",
            "x/1s",
            "1/1s/1s",
            "1/18446744073709551615h",
            "5000000000/1s",
            "1/é",
        ] {
            let error = Budget::setting(text).unwrap_err().to_string();
            assert!(error.contains("300/15m"), "{text}: {error}");
        }
    }
}
