//! What the tests of this suite share.

use tributary_domain::Request;
use tributary_domain::command::CommandId;
pub use tributary_store::testing::{hashes, key, person, register, request, say, streamer, top_up};
use tributary_store::{CommandError, Receipt};

pub fn with_id(request: Request, id: &str, body: u8) -> Request {
    let scope = request.actor.to_string();
    Request {
        id: Some(CommandId {
            scope,
            id: id.into(),
            body: [body; 32],
        }),
        ..request
    }
}

pub fn code(outcome: Result<Receipt, CommandError>) -> &'static str {
    match outcome {
        Err(CommandError::Rejected(rejection)) => rejection.code,
        other => panic!("a refusal was expected, not {other:?}"),
    }
}
