//! The chart of accounts: what each kind of account is.

use crate::AccountId;
use crate::entry::LedgerAccount;

/// What an account is to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// What others owe us: stands debit (positive).
    Asset,
    /// What we owe: stands credit (negative).
    Liability,
    /// What we earned: stands credit.
    Income,
    /// What it cost us: stands debit.
    Expense,
}

impl Class {
    /// The first part of an account's name in a journal.
    pub fn journal_name(self) -> &'static str {
        match self {
            Self::Asset => "Assets",
            Self::Liability => "Liabilities",
            Self::Income => "Income",
            Self::Expense => "Expenses",
        }
    }
}

impl LedgerAccount {
    /// Its kind: the first part of its text, such as `viewer_balance`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ViewerBalance(_) => "viewer_balance",
            Self::StreamerEarnings(_) => "streamer_earnings",
            Self::PlatformFees => "platform_fees",
            Self::ProviderClearing(_) => "provider_clearing",
            Self::PayoutsInFlight(_) => "payouts_in_flight",
            Self::Refunds => "refunds",
            Self::ChargebacksReceivable(_) => "chargebacks_receivable",
            Self::Promotions => "promotions",
        }
    }

    /// What it is to the platform.
    pub fn class(&self) -> Class {
        match self {
            Self::ProviderClearing(_) | Self::ChargebacksReceivable(_) => Class::Asset,
            Self::ViewerBalance(_) | Self::StreamerEarnings(_) | Self::PayoutsInFlight(_) => {
                Class::Liability
            }
            Self::PlatformFees => Class::Income,
            Self::Refunds | Self::Promotions => Class::Expense,
        }
    }

    /// Whose it is, where it is a person's.
    pub fn owner(&self) -> Option<AccountId> {
        match self {
            Self::ViewerBalance(account) => Some(*account),
            Self::StreamerEarnings(channel)
            | Self::PayoutsInFlight(channel)
            | Self::ChargebacksReceivable(channel) => Some(channel.owner()),
            Self::PlatformFees | Self::ProviderClearing(_) | Self::Refunds | Self::Promotions => {
                None
            }
        }
    }

    /// Whether `balance` (minor units, debits positive) is one that the account can never have: a person
    /// cannot spend what they do not have, nor owe back less than nothing. The platform's own accounts
    /// can stand on either side.
    pub fn is_overdrawn_at(&self, balance: i64) -> bool {
        match self {
            Self::ViewerBalance(_) | Self::StreamerEarnings(_) | Self::PayoutsInFlight(_) => {
                balance > 0
            }
            Self::ChargebacksReceivable(_) => balance < 0,
            Self::PlatformFees | Self::ProviderClearing(_) | Self::Refunds | Self::Promotions => {
                false
            }
        }
    }

    /// Its name in journals of plain-text accounting, which takes letters, digits and dashes in parts that
    /// begin with a capital or a digit. No two accounts have the same.
    pub fn journal_name(&self) -> String {
        let class = self.class().journal_name();
        let part = match self {
            Self::ViewerBalance(_) => "Viewer-Balance",
            Self::StreamerEarnings(_) => "Streamer-Earnings",
            Self::PlatformFees => "Platform-Fees",
            Self::ProviderClearing(_) => "Provider-Clearing",
            Self::PayoutsInFlight(_) => "Payouts-In-Flight",
            Self::Refunds => "Refunds",
            Self::ChargebacksReceivable(_) => "Chargebacks-Receivable",
            Self::Promotions => "Promotions",
        };
        match self {
            Self::ProviderClearing(provider) => format!("{class}:{part}:P-{}", escaped(provider)),
            _ => match self.owner() {
                // Capitals, because a part may not begin with a small letter.
                Some(owner) => {
                    let id = owner.0.hyphenated().to_string().to_uppercase();
                    format!("{class}:{part}:{id}")
                }
                None => format!("{class}:{part}"),
            },
        }
    }
}

/// Letters and digits as they are; every other byte as `-` and two hexadecimal digits.
fn escaped(name: &str) -> String {
    use std::fmt::Write as _;
    name.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(byte));
        } else {
            let _infallible = write!(text, "-{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use uuid::Uuid;

    fn accounts() -> Vec<LedgerAccount> {
        let account = AccountId(Uuid::from_u128(0xabc));
        let channel = account.into();
        vec![
            LedgerAccount::ViewerBalance(account),
            LedgerAccount::StreamerEarnings(channel),
            LedgerAccount::PlatformFees,
            LedgerAccount::ProviderClearing("stripe".into()),
            LedgerAccount::ProviderClearing("my bank".into()),
            LedgerAccount::ProviderClearing("my-20bank".into()),
            LedgerAccount::PayoutsInFlight(channel),
            LedgerAccount::Refunds,
            LedgerAccount::ChargebacksReceivable(channel),
            LedgerAccount::Promotions,
        ]
    }

    #[test]
    fn an_account_begins_with_its_kind() {
        for account in accounts() {
            let text = account.to_string();
            assert_eq!(text.split(':').next(), Some(account.kind()), "{text}");
        }
    }

    #[test]
    fn journals_can_read_every_name_and_tell_them_apart() {
        let names: HashSet<_> = accounts().iter().map(LedgerAccount::journal_name).collect();
        assert_eq!(names.len(), accounts().len());
        for name in names {
            for part in name.split(':') {
                let first = part.chars().next().unwrap();
                assert!(
                    first.is_ascii_uppercase() || first.is_ascii_digit(),
                    "{name}"
                );
                assert!(
                    part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn only_what_is_a_persons_can_be_overdrawn() {
        for account in accounts() {
            let [debit, credit] = [1, -1].map(|balance| account.is_overdrawn_at(balance));
            assert!(!account.is_overdrawn_at(0));
            assert_eq!(debit || credit, account.owner().is_some(), "{account}");
            assert!(!(debit && credit));
        }
    }
}
