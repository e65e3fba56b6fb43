//! What people ask for, without GraphQL: input is checked, secrets are made, the command is carried
//! out. Mutations and the command line both call these.

mod accounts;
mod books;
mod channels;
mod passwords;
mod sessions;

pub use accounts::{Registered, change_role, register};
pub use books::{BooksClosed, close_books};
pub use channels::{OpenedChannel, open_channel, rotate_stream_key, stream_key};
pub use passwords::{Changing, change_password};
pub use sessions::{
    Known, OpenSession, check_credentials, close_session, open_session, open_session_of,
    refresh_session,
};

use crate::Refusal;
use tributary_domain::command::{Actor, CommandId};
use tributary_domain::{Command, Request};
use tributary_store::{Log, Receipt};

/// Who asks, and under which id of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// Who.
    pub actor: Actor,
    /// What makes it safe to ask again.
    pub id: Option<CommandId>,
}

impl From<Actor> for Asker {
    fn from(actor: Actor) -> Self {
        Self { actor, id: None }
    }
}

/// Carries out a command, now.
///
/// # Errors
/// The rule that refuses it, or why it could not be decided.
pub async fn execute(log: &Log, asker: Asker, command: Command) -> Result<Receipt, Refusal> {
    let Asker { actor, id } = asker;
    let at = log.environment().now();
    Ok(log
        .execute(Request {
            actor,
            at,
            id,
            command,
        })
        .await?)
}
