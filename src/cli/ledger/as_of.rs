//! Moments and times of the ledger, as people write them.

use anyhow::Context as _;
use chrono::NaiveDate;
use tributary_domain::Position;
use tributary_domain::ledger::{AsOf, Period};

/// Reads a moment: a position of the log, a day or a month of which the last day still counts.
///
/// # Errors
/// When it is none, with the forms that there are.
pub fn parse(text: &str) -> anyhow::Result<AsOf> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let position = text.parse().ok().and_then(Position::new);
        let position = position.with_context(|| format!("{text} is no position of a log"))?;
        return Ok(AsOf {
            position: Some(position),
            day: None,
        });
    }
    let day = match text.parse::<Period>() {
        Ok(period) => period.last_day(),
        Err(_) => day(text).with_context(|| {
            format!(
                "{text:?} is no moment of the ledger; write a position of the log (4711), a day \
                 (2026-10-31) or a month (2026-10), of which the last day still counts"
            )
        })?,
    };
    Ok(AsOf {
        position: None,
        day: Some(day),
    })
}

/// Reads a day.
///
/// # Errors
/// When it is none.
pub fn day(text: &str) -> anyhow::Result<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .with_context(|| format!("{text:?} is no day; write it like 2026-10-31"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_position_a_day_or_a_month() {
        let of_day = |text: &str| parse(text).unwrap().day.unwrap().to_string();
        assert_eq!(parse("4711").unwrap().position.unwrap().get(), 4_711);
        assert_eq!(of_day("2026-10-31"), "2026-10-31");
        assert_eq!(of_day("2026-02"), "2026-02-28");
        for text in ["", "-1", "2026-10-32", "october", "99999999999999999999"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
