//! One operation on its way into the schema, the same for every transport: found by its hash if it has
//! only that, parsed or taken from those that were, within the limits, its variables checked; then
//! executed within a time.

use crate::Fault;
use crate::api::Api;
use crate::auth::Proved;
use crate::documents::Document;
use crate::executor::{coded, language_of, never_executed, refusal};
use crate::gather::{Gather, Gathering};
use crate::guard::{self, Size};
use crate::messages::Sentence;
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// An operation that may be executed.
pub(crate) struct Operation {
    document: Arc<Document>,
    /// Without its text.
    request: Request,
}

impl Operation {
    /// What it does. `None` when the request does not say which of several operations it means, or means
    /// one that is not there.
    pub(crate) fn kind(&self) -> Option<OperationType> {
        self.document.kind(self.request.operation_name.as_deref())
    }

    /// How large it is.
    pub(crate) fn size(&self) -> Size {
        self.document.size(self.request.operation_name.as_deref())
    }

    /// As async-graphql executes it.
    fn into_request(self) -> (Request, Arc<Document>) {
        let kind = self.kind();
        let Self {
            document,
            mut request,
        } = self;
        request.query = String::new();
        request.set_parsed_query(document.parsed.clone());
        if kind == Some(OperationType::Mutation) {
            request.data.insert(Proved::default());
        }
        (request, document)
    }

    /// What its data cost.
    pub(crate) fn cost(&self) -> usize {
        let name = self.request.operation_name.as_deref();
        self.document.operation(name).map_or(0, |operation| {
            guard::cost(
                &self.document.parsed,
                &operation.node,
                &self.request.variables,
            )
        })
    }
}

impl Api {
    /// Looks at a request before it is executed. Who asks may still be put into [`Request::data`].
    ///
    /// # Errors
    /// Why it cannot be executed.
    pub(crate) fn prepare(&self, mut request: Request) -> Result<Operation, Fault> {
        let shared = &self.shared;
        let document = self.document(&mut request)?;
        let name = request.operation_name.as_deref();
        if let Some(operation) = document.operation(name) {
            shared
                .input_types
                .check(&operation.node, &request.variables)?;
        }
        Ok(Operation { document, request })
    }

    /// The document of a request, which may have named it by its hash alone.
    ///
    /// # Errors
    /// A hash that is not known, a limit that the document is over, or why it is not GraphQL.
    pub(crate) fn document(&self, request: &mut Request) -> Result<Arc<Document>, Fault> {
        let shared = &self.shared;
        let new = shared.persisted.resolve(request)?;
        let document = shared.documents.read(&request.query, &shared.settings)?;
        if let Some(new) = new {
            shared.persisted.keep(&new, &request.query);
        }
        Ok(document)
    }

    /// Executes a query or mutation, until a moment at most.
    pub(crate) async fn run(&self, operation: Operation, until: Instant) -> Response {
        let kind = operation.kind();
        let language = language_of(&operation.request);
        let (request, document) = operation.into_request();
        let fits = document.fits();
        let schema = if fits { &self.validated } else { &self.schema };
        let gather = Gather::new(&self.shared.lookups);
        let execution = schema.execute(request.data(Arc::clone(&gather)));
        let Ok(response) = timeout_at(until, Gathering::new(execution, gather)).await else {
            return refusal(self.too_long(kind), language);
        };
        if !fits && !never_executed(&response) {
            document.found_to_fit();
        }
        coded(response, language, true)
    }

    /// Executes any operation, as a stream of responses.
    pub(crate) fn stream(&self, operation: Operation) -> BoxStream<'static, Response> {
        let language = language_of(&operation.request);
        let (request, document) = operation.into_request();
        // Which of its responses is the first that was executed, only the first can tell.
        let mut found_to_fit = document.fits();
        let schema = if found_to_fit {
            &self.validated
        } else {
            &self.schema
        };
        let gather = Gather::new(&self.shared.lookups);
        let responses = schema.execute_stream(request.data(Arc::clone(&gather)));
        Gathering::new(responses, gather)
            .map(move |response| {
                if !found_to_fit && !never_executed(&response) {
                    document.found_to_fit();
                }
                found_to_fit = true;
                coded(response, language, false)
            })
            .boxed()
    }

    /// When an operation that begins now must have ended.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.shared.settings.operation_timeout
    }

    /// What was given up had not been done, if it was a question; a command may be under way still.
    fn too_long(&self, kind: Option<OperationType>) -> Fault {
        match kind {
            Some(OperationType::Mutation) => Fault::UnknownOutcome,
            Some(OperationType::Query | OperationType::Subscription) | None => {
                let seconds = self.shared.settings.operation_timeout.as_secs();
                Fault::TimedOut(Sentence::TimedOut { seconds })
            }
        }
    }
}
