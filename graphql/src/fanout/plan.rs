//! One subscription, taken apart: what it shares with others, and what is its own.

use super::feed::After;
use super::group::Kind;
use super::track::Track;
use crate::Fault;
use crate::auth::{Caller, Identity, Unasked};
use crate::documents::Document;
use crate::messages::Language;
use crate::schema::Cursor;
use async_graphql::{Request, Value, Variables};
use std::sync::Arc;
use tributary_domain::{AccountId, Position};

/// Everybody with the same key hears the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct GroupKey {
    document: Arc<str>,
    operation: Option<String>,
    /// As JSON, without `after`.
    variables: String,
    class: Class,
    /// Faults are said in it.
    pub(super) language: Language,
}

/// Who is shown the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Class {
    /// Everybody: no answer depends on who asks.
    Everybody,
    /// An account.
    Account(AccountId),
    /// Whoever has not signed in.
    Strangers,
}

/// See the [module](self).
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) key: GroupKey,
    pub(super) kind: Kind,
    document: Arc<Document>,
    variables: Variables,
    identity: Option<Identity>,
}

impl Plan {
    /// Takes a request apart, and tells where it wants to go on. `None`: it is for one alone.
    ///
    /// # Errors
    /// When its `after` is no cursor.
    pub(super) fn of(
        document: &Arc<Document>,
        request: &Request,
        caller: Caller,
        resume: Option<&str>,
    ) -> Result<Option<(Self, Option<Position>)>, Fault> {
        let operation = request.operation_name.clone();
        let Some(feed) = document.feeds().get(operation.as_deref()) else {
            return Ok(None);
        };
        let mut shared = request.variables.clone();
        let given = match &feed.after {
            After::Absent => None,
            After::Text(text) => Some(text.clone()),
            After::Variable {
                name,
                default,
                is_alone,
            } => {
                let given = request.variables.get(name);
                if *is_alone {
                    shared.remove(name);
                }
                match given {
                    None => default.clone(),
                    Some(Value::Null) => None,
                    Some(Value::String(text)) => Some(text.clone()),
                    // Validation says what is wrong with it.
                    Some(_) => return Ok(None),
                }
            }
        };
        // A header that resumes is newer than what the document began with.
        let given = resume.map(str::to_owned).or(given);
        let after = match feed.kind {
            Kind::Values | Kind::Moments => None,
            Kind::Events => given
                .map(|cursor| Cursor::position("after", &cursor))
                .transpose()?,
        };
        let class = match caller.account() {
            _ if !feed.of_the_caller => Class::Everybody,
            Some(account) => Class::Account(account),
            None => Class::Strangers,
        };
        let key = GroupKey {
            document: Arc::clone(&document.text),
            operation,
            variables: serde_json::to_string(&shared).unwrap_or_default(),
            class,
            language: caller.language,
        };
        let plan = Self {
            key,
            kind: feed.kind,
            document: Arc::clone(document),
            variables: request.variables.clone(),
            identity: caller.identity,
        };
        Ok(Some((plan, after)))
    }

    /// The same, shared with everybody whatever it asks for.
    #[cfg(test)]
    pub(super) fn for_everybody(mut self) -> Self {
        self.key.class = Class::Everybody;
        self
    }

    /// The request that is executed for everybody with the same key.
    pub(super) fn request(&self, track: &Arc<Track>, unasked: &Arc<Unasked>) -> Request {
        let mut request = Request::new(&*self.document.text)
            .variables(self.variables.clone())
            .data(Arc::clone(track));
        request.operation_name.clone_from(&self.key.operation);
        request.set_parsed_query(self.document.parsed.clone());
        match self.key.class {
            Class::Everybody => request.data(Arc::clone(unasked)),
            Class::Account(_) | Class::Strangers => request.data(Caller {
                identity: self.identity,
                language: self.key.language,
            }),
        }
    }
}
