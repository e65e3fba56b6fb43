//! What a document asks for, as far as sharing goes: which feed, from where on, and whether the answer
//! depends on who asks.
//!
//! The last is a pure function of the document: [`OF_THE_CALLER`] lists the fields whose answer does. It
//! goes by name alone, whatever the type, so it may take a field for one of these that is not; the group
//! is then smaller than it could be. A field that is missing in the list does not leak: the resolvers of a
//! shared group may not ask who is there, and what was answered after they did is refused.

use super::group::Kind;
use crate::subscription;
use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;
use std::collections::HashSet;

/// Fields whose answer depends on who asks, of any type.
const OF_THE_CALLER: &[&str] = &[
    // Of `Channel`: the key is its owner's, restrictions are its staff's, a list of streams has the private
    // ones for them, and so has the way to a video.
    "streamKey",
    "restrictions",
    "streams",
    "playback",
    // Of `Channel` and `Stream`.
    "analytics",
    // Of `Stream`: its owner's and its staff's.
    "chatStatistics",
    // Of `Account`.
    "email",
    "wallets",
    // Feeds that are refused to others.
    "moderationEvents",
    "streamHealth",
    "walletEvents",
    "alerts",
    // A feed that shows each what is theirs.
    "events",
];

/// Fields whose name is in the list above, and whose answer is the same for everybody.
const OF_EVERYBODY: &[(&str, &str)] = &[("liveStreams", "streams")];

/// The subscriptions of a document, by the operation's name.
#[derive(Debug)]
pub(crate) struct Feeds {
    feeds: Vec<(Option<Name>, Feed)>,
    is_only: bool,
}

/// A subscription of a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Feed {
    pub(super) kind: Kind,
    pub(super) after: After,
    /// Whether its answers depend on who asks.
    pub(super) of_the_caller: bool,
}

/// Where a subscription's `after` comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum After {
    /// It has none.
    Absent,
    /// It stands in the document.
    Text(String),
    /// A variable, with its default. `is_alone`: it serves for nothing else.
    Variable {
        name: Name,
        default: Option<String>,
        is_alone: bool,
    },
}

impl Feeds {
    /// Those of a document.
    pub(crate) fn of(document: &ExecutableDocument) -> Self {
        let operations = document.operations.iter();
        let feeds = operations.filter_map(|(name, operation)| {
            let feed = feed(&operation.node, document)?;
            Some((name.cloned(), feed))
        });
        Self {
            feeds: feeds.collect(),
            is_only: document.operations.iter().count() == 1,
        }
    }

    /// The feed that an operation asks for. `None`: it is another kind of operation, or what it asks for is
    /// not there.
    pub(super) fn get(&self, operation: Option<&str>) -> Option<&Feed> {
        match operation {
            // What is named must have that name; the name of the only operation need not be given.
            None if !self.is_only => None,
            None => self.feeds.first().map(|(_, feed)| feed),
            Some(wanted) => {
                let mut feeds = self.feeds.iter();
                let found = feeds.find(|(name, _)| name.as_deref() == Some(wanted));
                found.map(|(_, feed)| feed)
            }
        }
    }
}

fn feed(operation: &OperationDefinition, document: &ExecutableDocument) -> Option<Feed> {
    if operation.ty != OperationType::Subscription {
        return None;
    }
    let [root] = operation.selection_set.node.items.as_slice() else {
        return None;
    };
    // The executor finds no feed in a fragment.
    let Selection::Field(root) = &root.node else {
        return None;
    };
    let root = &root.node;
    let kind = subscription::kind(&root.name.node)?;
    let mut uses = Uses {
        document,
        walked: HashSet::new(),
        of_the_caller: OF_THE_CALLER.contains(&root.name.node.as_str()),
        variables: Vec::new(),
    };
    uses.field(root);
    uses.set(&root.selection_set.node, Some(&root.name.node));
    uses.directives(&operation.directives);
    let after = root.arguments.iter().find(|(name, _)| name.node == "after");
    let after = match after.map(|(_, value)| &value.node) {
        Some(Value::String(text)) => After::Text(text.clone()),
        Some(Value::Variable(name)) => {
            let mut definitions = operation.variable_definitions.iter();
            let definition = definitions.find(|definition| definition.node.name.node == *name);
            let default = definition.and_then(|definition| definition.node.default_value.as_ref());
            let default = match default.map(|value| &value.node) {
                Some(async_graphql::Value::String(text)) => Some(text.clone()),
                _ => None,
            };
            After::Variable {
                name: name.clone(),
                default,
                is_alone: uses.variables.iter().filter(|used| *used == name).count() == 1,
            }
        }
        _ => After::Absent,
    };
    Some(Feed {
        kind,
        after,
        of_the_caller: uses.of_the_caller,
    })
}

/// What a selection uses.
struct Uses<'a> {
    document: &'a ExecutableDocument,
    walked: HashSet<&'a Name>,
    of_the_caller: bool,
    /// As often as they are used.
    variables: Vec<Name>,
}

impl<'a> Uses<'a> {
    fn set(&mut self, set: &'a SelectionSet, root: Option<&str>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    let is_everybodys =
                        root.is_some_and(|root| OF_EVERYBODY.contains(&(root, name)));
                    self.of_the_caller |= OF_THE_CALLER.contains(&name) && !is_everybodys;
                    self.field(&field.node);
                    self.set(&field.node.selection_set.node, None);
                }
                Selection::InlineFragment(inline) => {
                    self.directives(&inline.node.directives);
                    self.set(&inline.node.selection_set.node, root);
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.node.directives);
                    let name = &spread.node.fragment_name.node;
                    let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
                        continue;
                    };
                    // One is walked once: a variable that it uses is used at least twice then, which is
                    // all that counts.
                    if self.walked.insert(name) {
                        self.directives(&fragment.node.directives);
                        self.set(&fragment.node.selection_set.node, None);
                    }
                }
            }
        }
    }

    fn field(&mut self, field: &Field) {
        self.directives(&field.directives);
        for (_, value) in &field.arguments {
            self.value(&value.node);
        }
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        for directive in directives {
            for (_, value) in &directive.node.arguments {
                self.value(&value.node);
            }
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Variable(name) => self.variables.push(name.clone()),
            Value::List(values) => values.iter().for_each(|value| self.value(value)),
            Value::Object(fields) => fields.values().for_each(|value| self.value(value)),
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_) => {}
        }
    }
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
