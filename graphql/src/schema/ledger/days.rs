//! Days of the calendar, UTC.

use crate::Fault;
use crate::messages::Sentence;
use chrono::NaiveDate;

/// A day, such as `2026-10-31`.
///
/// # Errors
/// `BAD_USER_INPUT` for anything else.
pub(crate) fn day(text: &str) -> Result<NaiveDate, Fault> {
    // Ten characters: chrono takes years of any length, and days no book reaches.
    let plain = text.len() == 10;
    let day = text.parse().ok().filter(|_| plain);
    day.ok_or(Fault::BadInput(Sentence::NotADay))
}

/// A first and a last day, of which each may be left out.
///
/// # Errors
/// `BAD_USER_INPUT` for what is no day, and for days in the wrong order.
pub(crate) fn days(
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(Option<NaiveDate>, Option<NaiveDate>), Fault> {
    let (from, to) = (from.map(day).transpose()?, to.map(day).transpose()?);
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(Fault::BadInput(Sentence::EndsBeforeItBegins));
    }
    Ok((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_ten_characters_and_a_stretch_begins_before_it_ends() {
        assert!(day("2026-02-28").is_ok());
        for bad in [
            "",
            "2026-02-29",
            "2026-2-1",
            "+262142-12-31",
            "2026-10-01T00",
            "x",
        ] {
            assert!(day(bad).is_err(), "{bad}");
        }
        assert!(days(Some("2026-01-01"), Some("2026-01-01")).is_ok());
        assert!(days(Some("2026-01-02"), Some("2026-01-01")).is_err());
        assert_eq!(days(None, None), Ok((None, None)));
    }
}
