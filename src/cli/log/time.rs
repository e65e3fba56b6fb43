//! Moments as people write them.

use anyhow::{Context as _, bail};
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use tributary_domain::Timestamp;

/// What a moment can look like, for help and errors.
pub const FORMS: &str = "2026-11-20T18:00:00Z, 2026-11-20 (UTC), or 90s, 30m, 2h, 7d, 4w ago";

/// Which end of a day is meant by its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayEnd {
    /// Its first moment.
    First,
    /// The first moment after it.
    After,
}

/// Reads a moment.
///
/// # Errors
/// When it is none, with the forms that there are.
pub fn parse(text: &str, now: Timestamp, day_end: DayEnd) -> anyhow::Result<Timestamp> {
    let none = || format!("{text:?} is no moment; write it like {FORMS}");
    if let Ok(moment) = chrono::DateTime::parse_from_rfc3339(text) {
        return Ok(moment.to_utc());
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        let date = match day_end {
            DayEnd::First => Some(date),
            DayEnd::After => date.succ_opt(),
        };
        return Ok(date.with_context(none)?.and_time(NaiveTime::MIN).and_utc());
    }
    let unit = text.chars().next_back().with_context(none)?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => bail!(none()),
    };
    let count: u32 = text[..text.len() - unit.len_utf8()]
        .parse()
        .ok()
        .with_context(none)?;
    let ago = i64::from(count)
        .checked_mul(seconds)
        .and_then(TimeDelta::try_seconds);
    ago.and_then(|ago| now.checked_sub_signed(ago))
        .with_context(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_can_be_written_in_three_ways() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        for (text, moment) in [
            ("2026-11-19T13:00:00+01:00", "2026-11-19T12:00:00Z"),
            ("2026-11-19", "2026-11-19T00:00:00Z"),
            ("90s", "2026-11-20T11:58:30Z"),
            ("30m", "2026-11-20T11:30:00Z"),
            ("2h", "2026-11-20T10:00:00Z"),
            ("7d", "2026-11-13T12:00:00Z"),
            ("1w", "2026-11-13T12:00:00Z"),
        ] {
            let read = parse(text, now, DayEnd::First).unwrap();
            assert_eq!(read, moment.parse::<Timestamp>().unwrap(), "{text}");
        }
        let after = parse("2026-11-19", now, DayEnd::After).unwrap();
        assert_eq!(after, "2026-11-20T00:00:00Z".parse::<Timestamp>().unwrap());
        for text in [
            "",
            "h",
            "2",
            "-2h",
            "2é",
            "yesterday",
            "4294967295w",
            "2026-13-01",
        ] {
            let error = parse(text, now, DayEnd::First).unwrap_err().to_string();
            assert!(error.contains("2h"), "{error}");
        }
    }
}
