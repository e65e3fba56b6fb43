//! What goes wrong. A [`Fault`] is a top-level error with a stable `extensions.code`; a refusal of
//! the domain is data in a payload. [`Refusal`] is either, on its way out.

use crate::messages::{self, ID_REUSED, Language, Sentence};
use async_graphql::{ErrorExtensionValues, ServerError};
use std::fmt;
use tributary_domain::{Position, Rejection};
use tributary_projections::{QueryError, TooSlow};
use tributary_store::keyring::PasswordError;
use tributary_store::{CommandError, StoreError};

/// Seconds after which it is worth trying again when the server is busy.
const BUSY_SECONDS: u32 = 1;

/// Why a request was not answered: a top-level error. What it says depends on who reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nobody is signed in, or the token is no good.
    Unauthenticated(Sentence),
    /// Whoever asks may not.
    Forbidden(Sentence),
    /// What was sent makes no sense, whoever sends it.
    BadInput(Sentence),
    /// The query is larger than the server takes.
    TooComplex(Sentence),
    /// The query is not GraphQL.
    NotGraphql(Sentence),
    /// What the request is about does not exist.
    NotFound(Sentence),
    /// Too many ask for the same at once.
    RateLimited(Sentence),
    /// Whoever follows a feed was too slow for what the server keeps.
    Lagged {
        /// Of the last item that was sent.
        cursor: String,
    },
    /// Somebody has done all of something that is theirs to do for now.
    OverBudget {
        /// What there was too much of.
        sentence: Sentence,
        /// Seconds until there is some of it again.
        retry_after: u32,
    },
    /// A question took longer than an operation may.
    TimedOut(Sentence),
    /// The text of this hash is not known: it is to be sent along, once.
    PersistedQueryNotFound,
    /// Too many commands are waiting. Nothing was done.
    Overloaded,
    /// A database does not answer, or the server is stopping. Nothing was done.
    Unavailable,
    /// The connection to the database broke while the command was being committed.
    UnknownOutcome,
    /// The read models did not get as far as `atLeast` in time.
    NotYet {
        /// What was asked for.
        wanted: Position,
        /// How far they are.
        reached: Position,
    },
    /// A defect, or stored data that cannot be read. The server's own log says more.
    Internal,
}

impl Fault {
    /// Every code that a fault can have, for documents and tests.
    pub const CODES: [&str; 16] = [
        "UNAUTHENTICATED",
        "FORBIDDEN",
        "BAD_USER_INPUT",
        "QUERY_TOO_COMPLEX",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "NOT_FOUND",
        "RATE_LIMITED",
        "LAGGED",
        "TIMED_OUT",
        "PERSISTED_QUERY_NOT_FOUND",
        "OVERLOADED",
        "UNAVAILABLE",
        "UNKNOWN_OUTCOME",
        "NOT_YET",
        "INTERNAL",
    ];

    /// The stable code that programs switch on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::BadInput(_) => "BAD_USER_INPUT",
            Self::TooComplex(_) => "QUERY_TOO_COMPLEX",
            Self::NotGraphql(_) => "GRAPHQL_PARSE_FAILED",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Lagged { .. } => "LAGGED",
            Self::RateLimited(_) | Self::OverBudget { .. } => "RATE_LIMITED",
            Self::TimedOut(_) => "TIMED_OUT",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::Overloaded => "OVERLOADED",
            Self::Unavailable => "UNAVAILABLE",
            Self::UnknownOutcome => "UNKNOWN_OUTCOME",
            Self::NotYet { .. } => "NOT_YET",
            Self::Internal => "INTERNAL",
        }
    }

    /// What it says to somebody who reads this language.
    pub fn say(&self, language: Language) -> String {
        let sentence = match self {
            Self::Unauthenticated(sentence)
            | Self::Forbidden(sentence)
            | Self::BadInput(sentence)
            | Self::TooComplex(sentence)
            | Self::NotGraphql(sentence)
            | Self::NotFound(sentence)
            | Self::RateLimited(sentence)
            | Self::OverBudget { sentence, .. }
            | Self::TimedOut(sentence) => return sentence.say(language),
            Self::PersistedQueryNotFound => Sentence::PersistedQueryNotFound,
            Self::Lagged { cursor } => Sentence::Lagged {
                cursor: cursor.clone(),
            },
            Self::Overloaded => Sentence::Overloaded,
            Self::Unavailable => Sentence::Unavailable,
            Self::UnknownOutcome => Sentence::UnknownOutcome,
            Self::NotYet { wanted, reached } => Sentence::NotYet {
                wanted: *wanted,
                reached: *reached,
            },
            Self::Internal => Sentence::Internal,
        };
        sentence.say(language)
    }

    /// Seconds after which it is worth trying again, where that helps.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::RateLimited(_) | Self::Overloaded | Self::Unavailable | Self::NotYet { .. } => {
                Some(BUSY_SECONDS)
            }
            Self::OverBudget { retry_after, .. } => Some(*retry_after),
            Self::Unauthenticated(_)
            | Self::Forbidden(_)
            | Self::Lagged { .. }
            | Self::BadInput(_)
            | Self::TooComplex(_)
            | Self::NotGraphql(_)
            | Self::NotFound(_)
            | Self::TimedOut(_)
            | Self::PersistedQueryNotFound
            | Self::UnknownOutcome
            | Self::Internal => None,
        }
    }

    /// Nobody is signed in.
    pub(crate) fn not_signed_in() -> Self {
        Self::Unauthenticated(Sentence::NotSignedIn)
    }

    /// Something that cannot be. Says in the server's log what.
    pub(crate) fn defect(what: &'static str) -> Self {
        tracing::error!(what, "a defect");
        Self::Internal
    }

    pub(crate) fn into_error(self, language: Language) -> ServerError {
        let mut error = ServerError::new(self.say(language), None);
        mark(&mut error, &self);
        error
    }
}

/// In English, for the server's own log.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Language::English))
    }
}

impl std::error::Error for Fault {}

fn mark(error: &mut ServerError, fault: &Fault) {
    set_code(error, fault.code());
    if let Fault::Lagged { cursor } = fault
        && let Some(extensions) = &mut error.extensions
    {
        extensions.set("cursor", cursor.as_str());
    }
    if let Some(seconds) = fault.retry_after() {
        let extensions = error
            .extensions
            .get_or_insert_with(ErrorExtensionValues::default);
        extensions.set("retryAfter", seconds);
    }
}

fn set_code(error: &mut ServerError, code: &str) {
    let extensions = error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", code);
}

/// Gives an error of the executor its code, and its message in a language. A resolver's error carries
/// the [`Fault`] that it was made of; what has none was found by validation, or in a value that a
/// resolver was to be given, and is described in English by the executor.
pub(crate) fn with_code(error: &mut ServerError, language: Language) {
    if let Some(fault) = error.source::<Fault>().cloned() {
        error.message = fault.say(language);
        mark(error, &fault);
        return;
    }
    let detail = std::mem::take(&mut error.message);
    let (code, sentence) = if detail == "Query is too complex." {
        ("QUERY_TOO_COMPLEX", Sentence::TooComplex)
    } else if error.path.is_empty() && !detail.starts_with("Invalid value for argument") {
        (
            "GRAPHQL_VALIDATION_FAILED",
            Sentence::NotOfThisSchema { detail },
        )
    } else {
        ("BAD_USER_INPUT", Sentence::NotOfThisType { detail })
    };
    error.message = sentence.say(language);
    set_code(error, code);
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        tracing::error!(%error, "the read models could not be asked");
        Self::Unavailable
    }
}

impl From<TooSlow> for Fault {
    fn from(error: TooSlow) -> Self {
        Self::NotYet {
            wanted: error.wanted,
            reached: error.reached,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the log could not be read");
        match error {
            StoreError::Unavailable(_) | StoreError::Closed => Self::Unavailable,
            StoreError::Refused(_)
            | StoreError::Unreadable { .. }
            | StoreError::Locked(_)
            | StoreError::Folder { .. }
            | StoreError::NoLog(_)
            | StoreError::TooNew { .. }
            | StoreError::NotDurable { .. } => Self::Internal,
        }
    }
}

impl From<PasswordError> for Fault {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::RateLimited(Sentence::TooManyPasswords),
            PasswordError::Broken(_) => {
                tracing::error!(%error, "a password could not be hashed or checked");
                Self::Internal
            }
        }
    }
}

/// Why something that was asked for was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A rule refuses it: shown to whoever asked.
    Rule(Rejection),
    /// It could not be decided, or could not be asked this way.
    Fault(Fault),
}

/// In English, for the server's own log and the command line.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(rejection) => f.write_str(&messages::refusal(rejection, Language::English)),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rule(rejection)
    }
}

macro_rules! refusals_of_faults {
    ($( $source:ty ),*) => { $(
        impl From<$source> for Refusal {
            fn from(source: $source) -> Self {
                Self::Fault(source.into())
            }
        }
    )* };
}

refusals_of_faults!(Fault, QueryError, TooSlow, StoreError, PasswordError);

impl From<CommandError> for Refusal {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Rejected(rejection) => Self::Rule(rejection),
            CommandError::IdReused => {
                let field = Some("clientMutationId");
                Self::Rule(Rejection::new(ID_REUSED, field, vec![]))
            }
            CommandError::Overloaded => Self::Fault(Fault::Overloaded),
            CommandError::Unavailable(reason) => {
                tracing::error!(reason, "a command could not be carried out");
                Self::Fault(Fault::Unavailable)
            }
            CommandError::ShuttingDown => Self::Fault(Fault::Unavailable),
            CommandError::UnknownOutcome => Self::Fault(Fault::UnknownOutcome),
        }
    }
}
