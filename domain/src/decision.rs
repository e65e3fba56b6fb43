//! How a command reads histories and what it comes to.

use crate::account::Account;
use crate::books::Books;
use crate::channel::Channel;
use crate::claim::Claim;
use crate::fees::Fees;
use crate::installation::Installation;
use crate::payment::{Payment, PaymentId};
use crate::payout::Payout;
use crate::stream::Stream;
use crate::viewer_session::ViewerSession;
use crate::wallet::Wallet;
use crate::{
    AccountId, ChannelId, Currency, Event, HistoryId, PayoutId, Rejection, State, StreamId,
    ViewerSessionId,
};

/// The states that a command may read. A state that is not at hand is asked for with
/// [`Undecided::Missing`], and the command is decided again once it is there.
pub trait Histories {
    /// The state of `history` with every event decided so far, or `None` when it is not at hand.
    fn state(&mut self, history: &HistoryId) -> Option<&State>;
}

/// Why a command has no decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecided {
    /// A history must be read first.
    Missing(HistoryId),
    /// A rule refuses it.
    Rejected(Rejection),
}

impl<R: Into<Rejection>> From<R> for Undecided {
    fn from(rejection: R) -> Self {
        Self::Rejected(rejection.into())
    }
}

/// Typed reading of [`Histories`]. States come back as copies or through a closure where they are
/// large, so that a command can read several.
pub struct Reader<'a>(pub &'a mut dyn Histories);

macro_rules! readers {
    ($( $(#[$meta:meta])* $name:ident($($arg:ident: $ty:ty),*) -> $state:ident via $history:expr; )*) => { $(
        $(#[$meta])*
        ///
        /// # Errors
        /// [`Undecided::Missing`] when the history is not at hand.
        pub fn $name<T>(&mut self $(, $arg: $ty)*, look: impl FnOnce(&$state) -> T) -> Result<T, Undecided> {
            let history = $history;
            match self.0.state(&history) {
                Some(State::$state(state)) => Ok(look(state)),
                Some(_) | None => Err(Undecided::Missing(history)),
            }
        }
    )* };
}

impl Reader<'_> {
    readers! {
        /// Looks at an account.
        account(id: AccountId) -> Account via HistoryId::Account(id);
        /// Looks at the claim to a name, by its keyed hash.
        name_claim(hash: &str) -> Claim via HistoryId::NameClaim(hash.to_owned());
        /// Looks at the claim to an address, by its keyed hash.
        email_claim(hash: &str) -> Claim via HistoryId::EmailClaim(hash.to_owned());
        /// Looks at a channel.
        channel(id: ChannelId) -> Channel via HistoryId::Channel(id);
        /// Looks at a stream.
        stream(id: StreamId) -> Stream via HistoryId::Stream(id);
        /// Looks at a viewer session.
        viewer_session(id: ViewerSessionId) -> ViewerSession via HistoryId::ViewerSession(id);
        /// Looks at a wallet.
        wallet(account: AccountId, currency: Currency) -> Wallet via HistoryId::Wallet(account, currency);
        /// Looks at a payment.
        payment(id: &PaymentId) -> Payment via HistoryId::Payment(id.clone());
        /// Looks at a payout.
        payout(id: PayoutId) -> Payout via HistoryId::Payout(id);
        /// Looks at the books.
        books() -> Books via HistoryId::Books;
        /// Looks at the fees.
        fees() -> Fees via HistoryId::Fees;
        /// Looks at the installation.
        installation() -> Installation via HistoryId::Installation;
    }
}

/// A secret to write in the append's transaction. Secrets are never events.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// What it is: [`Credential::PASSWORD`] or [`Credential::STREAM_KEY`].
    pub kind: &'static str,
    /// Whose it is: an account or channel id.
    pub subject: String,
    /// A keyed hash to find the subject by, where it is looked up by its secret.
    pub lookup: Option<Vec<u8>>,
    /// The secret: hashed or encrypted, never plain.
    pub secret: Vec<u8>,
}

impl Credential {
    /// An argon2id (or imported bcrypt) hash, as a PHC string.
    pub const PASSWORD: &'static str = "password";
    /// A stream key, encrypted, with its lookup hash.
    pub const STREAM_KEY: &'static str = "stream_key";

    /// Takes the place of a secret that is good for nothing any more: nobody knows an empty one, and
    /// without a hash nothing is found by it.
    pub(crate) fn withdrawn(kind: &'static str, subject: String) -> Self {
        Self {
            kind,
            subject,
            lookup: None,
            secret: vec![],
        }
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credential({}/{})", self.kind, self.subject)
    }
}

/// What a command comes to: appended together or not at all.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Decision {
    /// The events in order, each with its history and the channel that it concerns. None: what was
    /// asked for already holds.
    pub events: Vec<(HistoryId, Option<ChannelId>, Event)>,
    /// Secrets to write with them.
    pub credentials: Vec<Credential>,
}

impl Decision {
    /// Adds one history's events.
    pub(crate) fn record<E: Into<Event>>(
        &mut self,
        history: &HistoryId,
        channel: Option<ChannelId>,
        events: impl IntoIterator<Item = E>,
    ) {
        self.events.extend(
            events
                .into_iter()
                .map(|event| (history.clone(), channel, event.into())),
        );
    }
}
