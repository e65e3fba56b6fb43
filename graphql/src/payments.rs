//! Payment providers, as far as mutations ask them: to take a viewer's payment, and to pay a streamer.
//!
//! What providers say by themselves, later and in any order, is heard elsewhere. Everything that is asked here
//! carries a key: asked again with the same one, a provider does it once.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::fmt::Debug;
use std::sync::Arc;
use tributary_domain::payment::SANDBOX;
use tributary_domain::{AccountId, Money, PayoutId, Rejection};

/// A payment that a provider is to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Who pays.
    pub account: AccountId,
    /// How much.
    pub amount: Money,
    /// Makes it safe to ask again.
    pub key: String,
}

/// What became of it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The money is there.
    Taken,
    /// The payer goes on with the provider, which tells us when the money has come.
    Open {
        /// What the provider calls the payment.
        reference: String,
        /// What the payer's app goes on with. Never logged and never stored.
        client_secret: String,
    },
}

/// A payout that a provider is to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Which: the provider makes it once.
    pub payout: PayoutId,
    /// How much.
    pub amount: Money,
    /// Where to: what the provider calls the streamer.
    pub destination: Option<String>,
    /// Whether it may have been asked before: it is looked for first.
    pub again: bool,
}

/// Why a provider did not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It cannot: an amount, a currency or a destination that it does not take. Nothing was asked.
    Cannot,
    /// It said no, for good.
    Refused {
        /// Its word for why.
        code: String,
    },
    /// It did not answer, or not so that one could tell: it may have been done.
    Unavailable,
}

/// Refusals of providers. The domain knows none of them.
pub(crate) const PROVIDER_UNKNOWN: &str = "PROVIDER_UNKNOWN";
pub(crate) const PROVIDER_CANNOT: &str = "PROVIDER_CANNOT";
pub(crate) const PROVIDER_REFUSED: &str = "PROVIDER_REFUSED";
pub(crate) const PROVIDER_UNAVAILABLE: &str = "PROVIDER_UNAVAILABLE";

impl From<Trouble> for Rejection {
    fn from(trouble: Trouble) -> Self {
        let code = match trouble {
            Trouble::Cannot => PROVIDER_CANNOT,
            Trouble::Refused { .. } => PROVIDER_REFUSED,
            Trouble::Unavailable => PROVIDER_UNAVAILABLE,
        };
        Self::new(code, Some("provider"), vec![])
    }
}

/// An answer on its way.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Trouble>>;

/// A provider that is asked.
pub trait Provider: Debug + Send + Sync {
    /// Its name, as the ledger knows it: `provider_clearing:<name>`.
    fn name(&self) -> &str;

    /// Has it take a payment.
    fn take<'a>(&'a self, asked: &'a Asked) -> Answer<'a, Begun>;

    /// Has it pay out: what it calls the payout.
    fn pay_out<'a>(&'a self, order: &'a Order) -> Answer<'a, String>;
}

/// The provider that is built in. It says yes to everything, and no money is behind it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sandbox;

impl Provider for Sandbox {
    fn name(&self) -> &str {
        SANDBOX
    }

    fn take<'a>(&'a self, _asked: &'a Asked) -> Answer<'a, Begun> {
        async { Ok(Begun::Taken) }.boxed()
    }

    fn pay_out<'a>(&'a self, order: &'a Order) -> Answer<'a, String> {
        async { Ok(format!("sandbox-{}", order.payout)) }.boxed()
    }
}

/// The providers of an installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Providers(Arc<[Arc<dyn Provider>]>);

impl Providers {
    /// These, each under its own name.
    pub fn new(all: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        Self(all.into_iter().collect())
    }

    /// The sandbox alone.
    pub fn sandbox() -> Self {
        Self::new([Arc::new(Sandbox) as Arc<dyn Provider>])
    }

    /// Their names.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.0.iter().map(|provider| provider.name().to_owned());
        names.collect()
    }

    /// The one of this name.
    ///
    /// # Errors
    /// `PROVIDER_UNKNOWN`.
    pub(crate) fn of(&self, name: &str) -> Result<&dyn Provider, Rejection> {
        let found = self.0.iter().find(|provider| provider.name() == name);
        found
            .map(|provider| &**provider)
            .ok_or_else(|| Rejection::new(PROVIDER_UNKNOWN, Some("provider"), vec![]))
    }
}
