//! Amounts.

use super::Decimal;
use async_graphql::SimpleObject;

/// An exact amount in a currency.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct Money {
    /// How much, with the currency's digits after the point.
    amount: Decimal,
    /// An ISO 4217 code such as `USD`.
    currency: String,
}

impl From<tributary_domain::Money> for Money {
    fn from(money: tributary_domain::Money) -> Self {
        Self {
            amount: money.amount.into(),
            currency: money.currency.to_string(),
        }
    }
}
