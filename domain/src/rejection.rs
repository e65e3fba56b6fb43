//! Why a command was refused, in the form that crosses to clients.
//!
//! There is no sentence here: which one is shown depends on who reads it. A refusal carries what a
//! sentence is made with, and whoever shows it says it in the reader's language.

use crate::text::Characters;
use crate::{Currency, Money, Timestamp};
use chrono::NaiveDate;
use std::fmt;

/// A rule that a command would break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Stable, in capitals: what programs switch on.
    pub code: &'static str,
    /// The input field at fault, where one is.
    pub field: Option<&'static str>,
    /// What its sentence is made with: limits, and what was found.
    pub arguments: Arguments,
}

/// What a sentence is made with, by name.
pub type Arguments = Vec<(&'static str, Argument)>;

/// Something that a sentence names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A number of something.
    Count(u64),
    /// A field of the input, by the name that clients know it by.
    Field(&'static str),
    /// A moment.
    Moment(Timestamp),
    /// A day.
    Day(NaiveDate),
    /// An amount.
    Amount(Money),
    /// A currency.
    Currency(Currency),
    /// What a text may consist of.
    Characters(Characters),
}

impl Rejection {
    /// A refusal with a code, the field at fault and what its sentence is made with.
    pub fn new(code: &'static str, field: Option<&'static str>, arguments: Arguments) -> Self {
        Self {
            code,
            field,
            arguments,
        }
    }

    /// Every refusal of the domain: its code, and the names of its arguments.
    pub fn catalogue() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
        [
            crate::text::Rejection::CATALOGUE,
            crate::chat_text::Rejection::CATALOGUE,
            crate::money::Rejection::CATALOGUE,
            crate::account::Rejection::CATALOGUE,
            crate::claim::Rejection::CATALOGUE,
            crate::channel::Rejection::CATALOGUE,
            crate::stream::Rejection::CATALOGUE,
            crate::viewer_session::Rejection::CATALOGUE,
            crate::wallet::Rejection::CATALOGUE,
            crate::payment::Rejection::CATALOGUE,
            crate::payout::Rejection::CATALOGUE,
            crate::finance::Rejection::CATALOGUE,
            crate::fees::Rejection::CATALOGUE,
            crate::books::Rejection::CATALOGUE,
        ]
        .into_iter()
        .flatten()
        .copied()
    }
}

/// For the server's own log: the code, and what belongs to it.
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.code, &self.arguments)
    }
}

impl std::error::Error for Rejection {}

/// The same of a refusal in any form.
pub(crate) fn write(
    f: &mut fmt::Formatter<'_>,
    code: &str,
    arguments: &[(&'static str, Argument)],
) -> fmt::Result {
    f.write_str(code)?;
    for (name, value) in arguments {
        write!(f, " {name}={value}")?;
    }
    Ok(())
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Field(name) => f.write_str(name),
            Self::Moment(moment) => moment.fmt(f),
            Self::Day(day) => day.fmt(f),
            Self::Amount(amount) => amount.fmt(f),
            Self::Currency(currency) => currency.fmt(f),
            Self::Characters(characters) => fmt::Debug::fmt(characters, f),
        }
    }
}

impl From<usize> for Argument {
    fn from(count: usize) -> Self {
        Self::Count(u64::try_from(count).unwrap_or(u64::MAX))
    }
}

impl From<u32> for Argument {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

/// A limit; none of ours is negative.
impl From<i64> for Argument {
    fn from(count: i64) -> Self {
        Self::Count(u64::try_from(count).unwrap_or(0))
    }
}

impl From<&'static str> for Argument {
    fn from(field: &'static str) -> Self {
        Self::Field(field)
    }
}

impl From<Timestamp> for Argument {
    fn from(moment: Timestamp) -> Self {
        Self::Moment(moment)
    }
}

impl From<NaiveDate> for Argument {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}

impl From<Money> for Argument {
    fn from(amount: Money) -> Self {
        Self::Amount(amount)
    }
}

impl From<Currency> for Argument {
    fn from(currency: Currency) -> Self {
        Self::Currency(currency)
    }
}

impl From<Characters> for Argument {
    fn from(characters: Characters) -> Self {
        Self::Characters(characters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_stands_for_one_refusal() {
        let mut seen = BTreeSet::new();
        for (code, _) in Rejection::catalogue() {
            assert!(seen.insert(code), "{code} stands for two refusals");
            assert!(
                code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'),
                "{code}"
            );
        }
        assert!(seen.len() > 40);
    }

    #[test]
    fn a_refusal_carries_what_the_catalogue_promises() {
        let refused = crate::text::required("title", "x".repeat(200), 140).unwrap_err();
        let (_, promised) = Rejection::catalogue()
            .find(|(code, _)| *code == refused.code)
            .unwrap();
        let names: Vec<_> = refused.arguments.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, promised);
        assert_eq!(
            refused.to_string(),
            "TOO_LONG field=title limit=140 length=200"
        );
    }
}
