//! What a payment is called.

use crate::{EntryId, finance};
use std::fmt;
use std::str::FromStr;

/// Names a payment: the provider, and what the provider calls it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaymentId {
    provider: String,
    reference: String,
}

impl PaymentId {
    /// A payment at `provider`, which calls it `reference`.
    ///
    /// # Errors
    /// `BAD_REFERENCE`.
    pub fn new(provider: &str, reference: &str) -> Result<Self, finance::Rejection> {
        finance::provider(provider)?;
        finance::reference(reference)?;
        Ok(Self {
            provider: provider.to_owned(),
            reference: reference.to_owned(),
        })
    }

    /// The sandbox's payment of an entry.
    pub fn of_sandbox(entry: EntryId) -> Self {
        Self {
            provider: SANDBOX.to_owned(),
            reference: entry.to_string(),
        }
    }

    /// The provider.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// What the provider calls it.
    pub fn reference(&self) -> &str {
        &self.reference
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.provider, self.reference)
    }
}

impl FromStr for PaymentId {
    type Err = finance::Rejection;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (provider, reference) = text.split_once(':').unwrap_or((text, ""));
        Self::new(provider, reference)
    }
}

/// The provider that is built in: it always says yes.
pub const SANDBOX: &str = "sandbox";
