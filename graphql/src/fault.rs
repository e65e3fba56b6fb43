//! What goes wrong. A [`Fault`] is a top-level error with a stable `extensions.code`; a refusal of
//! the domain is data in a payload. [`Refusal`] is either, on its way out.

use async_graphql::{ErrorExtensionValues, ServerError};
use tributary_domain::{Position, Rejection};
use tributary_projections::{QueryError, TooSlow};
use tributary_store::keyring::PasswordError;
use tributary_store::{CommandError, StoreError};

/// Seconds after which it is worth trying again when the server is busy.
const BUSY_SECONDS: u32 = 1;

/// Why a request was not answered: a top-level error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nobody is signed in, or the token is no good.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// What was sent makes no sense, whoever sends it.
    #[error("{0}")]
    BadInput(String),
    /// The query is larger than the server takes.
    #[error("{0}")]
    TooComplex(String),
    /// The query is not GraphQL.
    #[error("{0}")]
    NotGraphql(String),
    /// What the request is about does not exist.
    #[error("{0}")]
    NotFound(&'static str),
    /// Too many ask for the same at once.
    #[error("{0}")]
    RateLimited(String),
    /// Too many commands are waiting. Nothing was done.
    #[error("too many commands are waiting; try again in a moment")]
    Overloaded,
    /// A database does not answer, or the server is stopping. Nothing was done.
    #[error("the server cannot do this at the moment; try again shortly")]
    Unavailable,
    /// The connection to the database broke while the command was being committed.
    #[error(
        "it is not known whether this was carried out; ask again with the same clientMutationId to find out"
    )]
    UnknownOutcome,
    /// The read models did not get as far as `atLeast` in time.
    #[error(
        "position {wanted} is not readable yet, the read models are at {reached}; try again shortly"
    )]
    NotYet {
        /// What was asked for.
        wanted: Position,
        /// How far they are.
        reached: Position,
    },
    /// A defect, or stored data that cannot be read. The server's own log says more.
    #[error("the server failed; its log says why")]
    Internal,
}

impl Fault {
    /// The stable code that programs switch on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::BadInput(_) => "BAD_USER_INPUT",
            Self::TooComplex(_) => "QUERY_TOO_COMPLEX",
            Self::NotGraphql(_) => "GRAPHQL_PARSE_FAILED",
            Self::NotFound(_) => "NOT_FOUND",
            Self::RateLimited(_) => "RATE_LIMITED",
            Self::Overloaded => "OVERLOADED",
            Self::Unavailable => "UNAVAILABLE",
            Self::UnknownOutcome => "UNKNOWN_OUTCOME",
            Self::NotYet { .. } => "NOT_YET",
            Self::Internal => "INTERNAL",
        }
    }

    /// Seconds after which it is worth trying again, where that helps.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::RateLimited(_) | Self::Overloaded | Self::Unavailable | Self::NotYet { .. } => {
                Some(BUSY_SECONDS)
            }
            Self::Unauthenticated(_)
            | Self::BadInput(_)
            | Self::TooComplex(_)
            | Self::NotGraphql(_)
            | Self::NotFound(_)
            | Self::UnknownOutcome
            | Self::Internal => None,
        }
    }

    /// Nobody is signed in.
    pub(crate) fn not_signed_in() -> Self {
        Self::Unauthenticated("log in first: this needs an access token")
    }

    /// Something that cannot be. Says in the server's log what.
    pub(crate) fn defect(what: &'static str) -> Self {
        tracing::error!(what, "a defect");
        Self::Internal
    }

    pub(crate) fn into_error(self) -> ServerError {
        let mut error = ServerError::new(self.to_string(), None);
        mark(&mut error, &self);
        error
    }
}

fn mark(error: &mut ServerError, fault: &Fault) {
    set_code(error, fault.code());
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

/// Gives an error of the executor its code. A resolver's error carries the [`Fault`] that it was
/// made of; what has none was found by validation, or in a value that a resolver was to be given.
pub(crate) fn with_code(error: &mut ServerError) {
    if let Some(fault) = error.source::<Fault>().cloned() {
        mark(error, &fault);
    } else if error.message == "Query is too complex." {
        "the query asks for too much at once; ask for fewer items or fewer fields"
            .clone_into(&mut error.message);
        set_code(error, "QUERY_TOO_COMPLEX");
    } else if error.path.is_empty() && !error.message.starts_with("Invalid value for argument") {
        set_code(error, "GRAPHQL_VALIDATION_FAILED");
    } else {
        set_code(error, "BAD_USER_INPUT");
    }
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
            PasswordError::Busy => Self::RateLimited(error.to_string()),
            PasswordError::Broken(_) => {
                tracing::error!(%error, "a password could not be hashed or checked");
                Self::Internal
            }
        }
    }
}

/// Why something that was asked for was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A rule refuses it: shown to whoever asked.
    #[error(transparent)]
    Rule(#[from] Rejection),
    /// It could not be decided, or could not be asked this way.
    #[error(transparent)]
    Fault(Fault),
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
            CommandError::IdReused => Self::Rule(Rejection::new(
                "ID_REUSED",
                Some("clientMutationId"),
                "this clientMutationId was used before with another input; use a new one"
                    .to_owned(),
            )),
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
