//! Amounts and tables, as people and programs read them.

use clap::ValueEnum;
use tributary_domain::{Currency, Money};

/// How an answer is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people
    #[default]
    Table,
    /// One JSON object
    Json,
    /// Comma-separated values, with a line of names
    Csv,
}

/// Minor units as an amount, such as `-12.50`.
pub fn amount(minor: i64, currency: Currency) -> String {
    Money::from_minor(minor, currency).amount.to_string()
}

/// A field of CSV: in quotation marks where it must be.
pub fn field(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
