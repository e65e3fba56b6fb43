//! Payment providers: how they are asked, and what is made of what they tell.
//!
//! A provider tells what happened by messages that may come twice, late, in another order, or from somebody
//! else. So a message is checked (`Hears::hear`), put into our words ([`Said`]), and becomes one command under the
//! provider's own id of the message (`told`): whatever comes again is the same command. Which order they come in
//! is the domain's business (`domain/src/payment/`).

mod counts;
mod said;
mod stripe;
mod told;
mod wire;

pub use counts::{Counts, Outcome};
pub use said::{Message, Said};
pub use stripe::Stripe;
pub use told::{Untold, tell};

use crate::settings::Payments as Settings;
use axum::http::HeaderMap;
use std::sync::Arc;
use tributary_domain::Timestamp;
use tributary_graphql::payments::{Provider, Providers, Sandbox};

/// A message as it came in, by whoever.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// Its body, byte for byte.
    pub body: &'a [u8],
    /// When it came.
    pub at: Timestamp,
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// Nobody can tell who sent it.
    #[error("{0}")]
    Forged(&'static str),
    /// It is the provider's, and not what its documentation says.
    #[error("{0}")]
    Unreadable(String),
}

/// A provider that tells by itself what happened.
pub trait Hears: Provider {
    /// Checks who sent a message, and reads it.
    ///
    /// # Errors
    /// That it is forged, or cannot be read.
    fn hear(&self, incoming: Incoming<'_>) -> Result<Message, Unheard>;
}

/// The providers of this installation.
#[derive(Clone, Default)]
pub struct Payments {
    asked: Vec<Arc<dyn Provider>>,
    heard: Vec<Arc<dyn Hears>>,
    /// What came of their messages.
    pub counts: Counts,
}

impl Payments {
    /// Those that are set up.
    ///
    /// # Errors
    /// Which one cannot be, and why.
    pub fn open(settings: &Settings) -> anyhow::Result<Self> {
        let mut payments = Self::default();
        if settings.sandbox {
            payments.asked.push(Arc::new(Sandbox));
        }
        if let Some(stripe) = &settings.stripe {
            let stripe = Arc::new(Stripe::open(stripe)?);
            payments
                .asked
                .push(Arc::clone(&stripe) as Arc<dyn Provider>);
            payments.heard.push(stripe);
        }
        Ok(payments)
    }

    /// As the API asks them.
    pub fn providers(&self) -> Providers {
        Providers::new(self.asked.iter().cloned())
    }

    /// The one of this name, if it tells anything.
    pub fn heard(&self, name: &str) -> Option<&Arc<dyn Hears>> {
        self.heard.iter().find(|provider| provider.name() == name)
    }
}
