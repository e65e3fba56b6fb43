//! Documents as they are executed: parsed, within the limits, and known to fit the schema or not yet.
//!
//! Clients send the same few documents again and again. Parsing one takes longer than executing it, and
//! so does validation, of which only what the variables say differs from one time to the next. So
//! documents are kept by their text, and one that has passed validation once is executed by a schema
//! that does not validate; its variables are checked against their types each time ([`crate::guard`]).

use crate::Fault;
use crate::api::ApiSettings;
use crate::cache::Cache;
use crate::fanout::Feeds;
use crate::guard::{self, Size};
use async_graphql::Positioned;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

/// What all kept documents may take together.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// What a token becomes: a field without arguments is one token and some 200 bytes, most are less.
const TOKEN_BYTES: usize = 128;

/// A document within the limits.
#[derive(Debug)]
pub(crate) struct Document {
    /// As it was sent.
    pub(crate) text: Arc<str>,
    /// As the parser made it.
    pub(crate) parsed: ExecutableDocument,
    sizes: Vec<(Option<String>, Size)>,
    feeds: OnceLock<Feeds>,
    fits: AtomicBool,
}

/// Documents that were asked for lately.
pub(crate) struct Documents(Cache<Document>);

impl Documents {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self(Cache::new(BYTES_MAX))
    }

    /// The document of a text.
    ///
    /// # Errors
    /// The limit that it is over, or why it is not GraphQL.
    pub(crate) fn read(&self, text: &str, settings: &ApiSettings) -> Result<Arc<Document>, Fault> {
        if let Some(document) = self.0.get(text) {
            return Ok(document);
        }
        let (document, tokens) = Document::parse(text, settings)?;
        let document = Arc::new(document);
        self.0
            .put(text, Arc::clone(&document), tokens * TOKEN_BYTES);
        Ok(document)
    }
}

impl Document {
    fn parse(text: &str, settings: &ApiSettings) -> Result<(Self, usize), Fault> {
        let (parsed, tokens) = guard::parse(text, settings)?;
        let document = Self {
            sizes: guard::check_document(&parsed, settings)?,
            text: text.into(),
            parsed,
            feeds: OnceLock::new(),
            fits: AtomicBool::new(false),
        };
        Ok((document, tokens))
    }

    /// The operation that a name asks for: without one, the only one. `None` is for the executor to
    /// explain.
    pub(crate) fn operation(&self, name: Option<&str>) -> Option<&Positioned<OperationDefinition>> {
        match (&self.parsed.operations, name) {
            (DocumentOperations::Single(operation), None) => Some(operation),
            (DocumentOperations::Single(_), Some(_)) => None,
            (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
            (DocumentOperations::Multiple(operations), None) => {
                let mut all = operations.values();
                all.next().filter(|_| operations.len() == 1)
            }
        }
    }

    /// What an operation does, if it is there.
    pub(crate) fn kind(&self, name: Option<&str>) -> Option<OperationType> {
        self.operation(name).map(|operation| operation.node.ty)
    }

    /// How large an operation is.
    pub(crate) fn size(&self, name: Option<&str>) -> Size {
        let mut sizes = self.sizes.iter();
        let size = match name {
            Some(name) => sizes.find(|(operation, _)| operation.as_deref() == Some(name)),
            None => sizes.next(),
        };
        size.map(|(_, size)| *size).unwrap_or_default()
    }

    /// Its subscriptions, taken apart when they are first asked for.
    pub(crate) fn feeds(&self) -> &Feeds {
        self.feeds.get_or_init(|| Feeds::of(&self.parsed))
    }

    /// Whether it was found to fit the schema.
    pub(crate) fn fits(&self) -> bool {
        self.fits.load(Relaxed)
    }

    /// It fits: whatever its variables are, there is nothing left to validate in it.
    pub(crate) fn found_to_fit(&self) {
        self.fits.store(true, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_is_not_read_again() {
        let documents = Documents::new();
        let settings = ApiSettings::default();
        let read = |text: &str| documents.read(text, &settings).unwrap();
        assert!(Arc::ptr_eq(&read("{ a }"), &read("{ a }")));
        assert!(documents.read("{", &settings).is_err());
    }
}
