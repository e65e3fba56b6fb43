//! Closing the books, as far as mutations ask for it. What is sealed is added up from the log and signed with a
//! key that only the server holds.

use chrono::NaiveDate;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::fmt::Debug;
use tributary_domain::books::{Seal, Sealed};

/// Why nothing was sealed, or what was sealed was not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotSealed(pub String);

/// Seals books.
pub trait Sealer: Debug + Send + Sync + 'static {
    /// Adds up the whole log as of now and of a day, and signs what comes out.
    fn seal(&self, through: NaiveDate) -> BoxFuture<'_, Result<Seal, NotSealed>>;

    /// Keeps the seal of a close outside of the database, once however often it is asked: the line that it is
    /// kept as.
    fn keep(&self, sealed: Sealed) -> BoxFuture<'_, Result<String, NotSealed>>;
}

/// Seals nothing: for an API without an installation's key.
#[derive(Debug, Clone, Copy)]
pub struct NoSealer;

impl Sealer for NoSealer {
    fn seal(&self, _through: NaiveDate) -> BoxFuture<'_, Result<Seal, NotSealed>> {
        async { Err(NotSealed("there is no key to sign with".to_owned())) }.boxed()
    }

    fn keep(&self, _sealed: Sealed) -> BoxFuture<'_, Result<String, NotSealed>> {
        async { Err(NotSealed("there is nowhere to keep a seal".to_owned())) }.boxed()
    }
}
