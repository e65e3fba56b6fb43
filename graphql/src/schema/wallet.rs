//! Wallets.

use super::Decimal;
use async_graphql::SimpleObject;

/// An account's money in one currency.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Wallet {
    /// An ISO 4217 code such as `USD`.
    currency: String,
    /// What its owner can spend. Never below zero.
    balance: Decimal,
    /// What its owner has earned from tips, after fees, and not been paid out.
    earnings: Decimal,
}

impl From<tributary_projections::Wallet> for Wallet {
    fn from(wallet: tributary_projections::Wallet) -> Self {
        Self {
            currency: wallet.balance.currency.to_string(),
            balance: wallet.balance.amount.into(),
            earnings: wallet.earnings.amount.into(),
        }
    }
}
