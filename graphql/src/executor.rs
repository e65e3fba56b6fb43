//! The way of a request into the schema, the same for every transport: limits first, then execution,
//! then the codes of its errors.

use crate::Fault;
use crate::api::Api;
use crate::auth::Caller;
use crate::completion::complete;
use crate::messages::Language;
use async_graphql::{Request, Response};
use futures::stream::{self, BoxStream, StreamExt as _};
use std::any::TypeId;

impl Api {
    /// Answers a query or mutation. Who asks is in the request's data.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        let language = language_of(&request);
        match self.prepare(request) {
            Ok(operation) => self.run(operation, self.deadline()).await,
            Err(fault) => refusal(fault, language),
        }
    }

    /// Answers any operation, as a stream of responses, for one alone.
    pub(crate) fn follow(&self, request: Request) -> BoxStream<'static, Response> {
        let language = language_of(&request);
        match self.prepare(request) {
            Ok(operation) => self.stream(operation),
            Err(fault) => stream::once(async move { refusal(fault, language) }).boxed(),
        }
    }
}

/// What the caller of a request reads, who stands in its data.
pub(crate) fn language_of(request: &Request) -> Language {
    request
        .data
        .get(&TypeId::of::<Caller>())
        .and_then(|found| found.downcast_ref::<Caller>())
        .map(|caller| caller.language)
        .unwrap_or_default()
}

pub(crate) fn refusal(fault: Fault, language: Language) -> Response {
    let mut error = fault.into_error(language);
    shorten(&mut error.message);
    Response::from_errors(vec![error])
}

/// Whether a request was refused before it was executed: by a limit, by the parser or by validation.
pub(crate) fn never_executed(response: &Response) -> bool {
    response.data == async_graphql::Value::Null
        && response.errors.iter().any(|error| error.path.is_empty())
}

/// The most errors that a response names. Validation finds one at every wrong argument, and 60 kB of
/// these would be answered with 5 MB.
const ERRORS_MAX: usize = 20;

/// The longest message of an error, in characters: some quote the query.
const MESSAGE_CHARACTERS_MAX: usize = 500;

/// Gives errors their codes and words, and leaves null where they were. `root`: whether the fields of the
/// root can be null.
pub(crate) fn coded(mut response: Response, language: Language, root: bool) -> Response {
    complete(&mut response, root);
    response.errors.truncate(ERRORS_MAX);
    for error in &mut response.errors {
        crate::fault::with_code(error, language);
        shorten(&mut error.message);
    }
    response
}

fn shorten(message: &mut String) {
    if let Some((end, _)) = message.char_indices().nth(MESSAGE_CHARACTERS_MAX) {
        message.truncate(end);
        message.push('…');
    }
}
