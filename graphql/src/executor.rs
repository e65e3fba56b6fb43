//! The way of a request into the schema, the same for every transport: limits first, then execution,
//! then the codes of its errors.

use crate::api::Api;
use crate::auth::Caller;
use crate::messages::{Language, Sentence};
use crate::{Fault, guard};
use async_graphql::{Data, Executor, Request, Response};
use futures::stream::{self, BoxStream, StreamExt as _};
use std::any::TypeId;
use std::sync::Arc;
use tokio::sync::Semaphore;

impl Api {
    /// Answers a query or mutation. Who asks is in the request's data.
    pub(crate) async fn answer(&self, mut request: Request) -> Response {
        let language = language_of(&request, None);
        if let Err(fault) = guard::check(&mut request, &self.shared.settings) {
            return refusal(fault, language);
        }
        coded(self.schema.execute(request).await, language)
    }

    /// Answers any operation, as a stream of responses.
    fn follow(&self, mut request: Request, data: Arc<Data>) -> BoxStream<'static, Response> {
        let language = language_of(&request, Some(&data));
        if let Err(fault) = guard::check(&mut request, &self.shared.settings) {
            return only(refusal(fault, language));
        }
        self.schema
            .execute_stream_with_session_data(request, data)
            .map(move |response| coded(response, language))
            .boxed()
    }
}

/// What the caller of a request reads, who stands in the request's data or in the socket's.
fn language_of(request: &Request, session: Option<&Data>) -> Language {
    let caller = TypeId::of::<Caller>();
    let found = request.data.get(&caller);
    let found = found.or_else(|| session.and_then(|data| data.get(&caller)));
    found
        .and_then(|found| found.downcast_ref::<Caller>())
        .map(|caller| caller.language)
        .unwrap_or_default()
}

pub(crate) fn refusal(fault: Fault, language: Language) -> Response {
    let mut error = fault.into_error(language);
    shorten(&mut error.message);
    Response::from_errors(vec![error])
}

fn only(response: Response) -> BoxStream<'static, Response> {
    stream::once(async { response }).boxed()
}

/// The most errors that a response names. Validation finds one at every wrong argument, and 60 kB of
/// these would be answered with 5 MB.
const ERRORS_MAX: usize = 20;

/// The longest message of an error, in characters: some quote the query.
const MESSAGE_CHARACTERS_MAX: usize = 500;

fn coded(mut response: Response, language: Language) -> Response {
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

/// What one socket asks through.
#[derive(Clone)]
pub(crate) struct SocketExecutor {
    api: Api,
    /// Bounds the operations that run at once.
    free: Arc<Semaphore>,
}

impl SocketExecutor {
    pub(crate) fn new(api: Api) -> Self {
        let free = Arc::new(Semaphore::new(api.shared.settings.subscriptions_max));
        Self { api, free }
    }
}

impl Executor for SocketExecutor {
    async fn execute(&self, request: Request) -> Response {
        self.api.answer(request).await
    }

    fn execute_stream(
        &self,
        request: Request,
        session_data: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let Ok(turn) = Arc::clone(&self.free).try_acquire_owned() else {
            let most = self.api.shared.settings.subscriptions_max;
            let fault = Fault::RateLimited(Sentence::TooManyOperations { most });
            return only(refusal(
                fault,
                language_of(&request, session_data.as_deref()),
            ));
        };
        let responses = self.api.follow(request, session_data.unwrap_or_default());
        // The turn is given back when the stream is dropped.
        responses
            .inspect(move |_| {
                let _ = &turn;
            })
            .boxed()
    }
}
