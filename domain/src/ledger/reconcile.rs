//! A payout provider's file against our payouts. Pure: lists in, findings out.
//!
//! Each line of the file names the payout that it pays by our reference. What is told of each payout is
//! one thing: it was matched, paid in parts that add up, paid twice, paid with another amount, settled on
//! another day, or not paid at all; a line of the file that names no payout of ours is told, too.

use crate::Money;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// How many days a settlement may lie beside ours and still be the same: banks count in other time
/// zones, and weekends stand between.
pub const DAYS_OFF_MAX: i64 = 3;

/// A payout as our log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    /// Our reference: what the provider was given.
    pub reference: String,
    /// What was sent.
    pub amount: Money,
    /// The day that it was settled, or else sent.
    pub day: NaiveDate,
}

/// A line of the provider's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// Counted from 1, the line of names included.
    pub line: u64,
    /// Our reference, as the provider states it.
    pub reference: String,
    /// The provider's own id of this payment.
    pub id: String,
    /// What was paid.
    pub amount: Money,
    /// When.
    pub day: NaiveDate,
}

/// What became of one payout, or of a line without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Paid once, with its amount, on its day.
    Matched {
        /// The payout.
        reference: String,
    },
    /// Paid once with its amount, on a day that is not ours.
    OffByDays {
        /// The payout.
        reference: String,
        /// How many days later; negative where it was earlier.
        days: i64,
    },
    /// Paid in parts that add up to its amount.
    Split {
        /// The payout.
        reference: String,
        /// How many parts.
        parts: usize,
    },
    /// Paid more than once with its whole amount, or a payment that is listed twice.
    Duplicate {
        /// The payout.
        reference: String,
        /// The lines of the file.
        lines: Vec<u64>,
    },
    /// Paid, but not what was sent.
    WrongAmount {
        /// The payout.
        reference: String,
        /// What was sent.
        sent: Money,
        /// What the lines of its currency come to.
        paid: Money,
    },
    /// Paid in another currency.
    WrongCurrency {
        /// The payout.
        reference: String,
        /// The line.
        line: u64,
        /// What was sent.
        sent: Money,
        /// What was paid.
        paid: Money,
    },
    /// The file does not have it.
    Missing {
        /// The payout.
        reference: String,
        /// What was sent.
        sent: Money,
    },
    /// The file pays what we never sent.
    Unknown {
        /// The line.
        line: u64,
        /// What it names.
        reference: String,
        /// What was paid.
        paid: Money,
    },
}

impl Finding {
    /// Whether nobody has to look at it: money and reference are right.
    pub fn is_fine(&self) -> bool {
        match self {
            Self::Matched { .. } | Self::Split { .. } => true,
            Self::OffByDays { days, .. } => days.abs() <= DAYS_OFF_MAX,
            Self::Duplicate { .. }
            | Self::WrongAmount { .. }
            | Self::WrongCurrency { .. }
            | Self::Missing { .. }
            | Self::Unknown { .. } => false,
        }
    }

    /// A word for it, as tables and exports have it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Matched { .. } => "matched",
            Self::OffByDays { .. } => "off_by_days",
            Self::Split { .. } => "split",
            Self::Duplicate { .. } => "duplicate",
            Self::WrongAmount { .. } => "wrong_amount",
            Self::WrongCurrency { .. } => "wrong_currency",
            Self::Missing { .. } => "missing",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// Compares. One finding for each payout, in their order, then one for each line without a payout.
pub fn reconcile(payouts: &[Payout], file: &[Paid]) -> Vec<Finding> {
    let mut lines: BTreeMap<&str, Vec<&Paid>> = BTreeMap::new();
    for paid in file {
        lines.entry(paid.reference.as_str()).or_default().push(paid);
    }
    let mut findings: Vec<_> = payouts
        .iter()
        .map(|payout| {
            let paid = lines.remove(payout.reference.as_str());
            judge(payout, &paid.unwrap_or_default())
        })
        .collect();
    let mut unknown: Vec<&Paid> = lines.into_values().flatten().collect();
    unknown.sort_by_key(|paid| paid.line);
    findings.extend(unknown.into_iter().map(|paid| Finding::Unknown {
        line: paid.line,
        reference: paid.reference.clone(),
        paid: paid.amount,
    }));
    findings
}

fn judge(payout: &Payout, paid: &[&Paid]) -> Finding {
    let reference = payout.reference.clone();
    let sent = payout.amount;
    let Some(first) = paid.first() else {
        return Finding::Missing { reference, sent };
    };
    let other = paid
        .iter()
        .find(|line| line.amount.currency != sent.currency);
    if let Some(other) = other {
        return Finding::WrongCurrency {
            reference,
            line: other.line,
            sent,
            paid: other.amount,
        };
    }
    let mut ids: Vec<_> = paid.iter().map(|line| line.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let is_listed_twice = ids.len() < paid.len();
    let whole = paid.iter().filter(|line| line.amount == sent).count();
    if is_listed_twice || whole > 1 {
        let lines = paid.iter().map(|line| line.line).collect();
        return Finding::Duplicate { reference, lines };
    }
    let sum = paid.iter().map(|line| line.amount.amount).sum();
    let sum = Money {
        amount: sum,
        ..sent
    };
    if sum.amount != sent.amount {
        return Finding::WrongAmount {
            reference,
            sent,
            paid: sum,
        };
    }
    if paid.len() > 1 {
        let parts = paid.len();
        return Finding::Split { reference, parts };
    }
    match (first.day - payout.day).num_days() {
        0 => Finding::Matched { reference },
        days => Finding::OffByDays { reference, days },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `reference amount currency day`, a row each.
    fn payouts(table: &str) -> Vec<Payout> {
        rows(table)
            .map(|row| Payout {
                reference: row[0].into(),
                amount: money(row[1], row[2]),
                day: row[3].parse().unwrap(),
            })
            .collect()
    }

    /// `reference id amount currency day`, a row each; the first is line 2.
    fn paid(table: &str) -> Vec<Paid> {
        rows(table)
            .zip(2..)
            .map(|(row, line)| Paid {
                line,
                reference: row[0].into(),
                id: row[1].into(),
                amount: money(row[2], row[3]),
                day: row[4].parse().unwrap(),
            })
            .collect()
    }

    fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
        let lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(|line| line.split_whitespace().collect())
    }

    fn money(amount: &str, currency: &str) -> Money {
        Money::parse(amount, currency.parse().unwrap()).unwrap()
    }

    #[test]
    fn each_payout_is_told_what_became_of_it() {
        let ours = payouts(
            "matched    10.00 EUR 2026-10-01
             late       10.00 EUR 2026-10-01
             early      10.00 EUR 2026-10-10
             very_late  10.00 EUR 2026-10-01
             split      10.00 EUR 2026-10-01
             twice      10.00 EUR 2026-10-01
             listed     10.00 EUR 2026-10-01
             short      10.00 EUR 2026-10-01
             over       10.00 EUR 2026-10-01
             yen        10.00 EUR 2026-10-01
             missing    10.00 EUR 2026-10-01",
        );
        let file = paid(
            "matched    p1  10.00 EUR 2026-10-01
             late       p2  10.00 EUR 2026-10-02
             early      p3  10.00 EUR 2026-10-09
             very_late  p4  10.00 EUR 2026-10-05
             split      p5   4.00 EUR 2026-10-01
             split      p6   6.00 EUR 2026-10-02
             twice      p7  10.00 EUR 2026-10-01
             twice      p8  10.00 EUR 2026-10-01
             listed     p9   5.00 EUR 2026-10-01
             listed     p9   5.00 EUR 2026-10-01
             short      p10  9.99 EUR 2026-10-01
             over       p11  6.00 EUR 2026-10-01
             over       p12  6.00 EUR 2026-10-01
             yen        p13  1000 JPY 2026-10-01
             stranger   p14  1.00 EUR 2026-10-01",
        );
        let told: Vec<_> = reconcile(&ours, &file)
            .iter()
            .map(|finding| (finding.word(), finding.is_fine()))
            .collect();
        assert_eq!(
            told,
            [
                ("matched", true),
                ("off_by_days", true),
                ("off_by_days", true),
                ("off_by_days", false),
                ("split", true),
                ("duplicate", false),
                ("duplicate", false),
                ("wrong_amount", false),
                ("wrong_amount", false),
                ("wrong_currency", false),
                ("missing", false),
                ("unknown", false),
            ]
        );
        let findings = reconcile(&ours, &file);
        assert_eq!(
            findings[1],
            Finding::OffByDays {
                reference: "late".into(),
                days: 1
            }
        );
        assert_eq!(
            findings[2],
            Finding::OffByDays {
                reference: "early".into(),
                days: -1
            }
        );
        assert_eq!(
            findings[5],
            Finding::Duplicate {
                reference: "twice".into(),
                lines: vec![8, 9]
            }
        );
        assert_eq!(
            findings[8],
            Finding::WrongAmount {
                reference: "over".into(),
                sent: money("10.00", "EUR"),
                paid: money("12.00", "EUR")
            }
        );
    }

    #[test]
    fn nothing_against_nothing_is_nothing() {
        assert_eq!(reconcile(&[], &[]), vec![]);
    }
}
