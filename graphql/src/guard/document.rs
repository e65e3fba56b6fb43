//! Bounds a parsed query: depth, fields, aliases, directives, fields at the root, items of lists, and
//! what is asked of the schema itself. Fragments count at every place where they are spread, but each is
//! walked once, so that a few lines of fragments that spread each other twice cannot keep the server
//! busy.

use super::{cost, json};
use crate::Fault;
use crate::api::ApiSettings;
use crate::messages::Sentence;
use async_graphql::parser::types::{
    Directive, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;
use std::collections::HashMap;

/// How many fragments a query may have. Also how deep this file recurses through them.
const FRAGMENTS_MAX: usize = 64;

/// How many operations a document may have: all of them are validated, whichever is asked for.
const OPERATIONS_MAX: usize = 20;

/// What a selection set comes to with its fragments spread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Levels of fields.
    depth: usize,
    /// Fields at every level.
    fields: usize,
    /// Fields under another name than their own.
    aliases: usize,
    /// Directives on anything.
    directives: usize,
    /// Fields at the first level.
    roots: usize,
}

/// Names a limit.
type Say = fn(usize) -> Sentence;

impl Size {
    /// With another beside it, at the same level.
    fn and(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            roots: self.roots.saturating_add(other.roots),
        }
    }

    fn check(&self, settings: &ApiSettings) -> Result<(), Fault> {
        let limits: [(usize, usize, Say); 5] = [
            (self.depth, settings.depth_max, |most| Sentence::TooDeep {
                most,
            }),
            (self.fields, settings.fields_max, |most| {
                Sentence::TooManyFields { most }
            }),
            (self.aliases, settings.aliases_max, |most| {
                Sentence::TooManyAliases { most }
            }),
            (self.directives, settings.directives_max, |most| {
                Sentence::TooManyDirectives { most }
            }),
            (self.roots, settings.root_fields_max, |most| {
                Sentence::TooManyRoots { most }
            }),
        ];
        for (count, limit, sentence) in limits {
            if count > limit {
                return Err(Fault::TooComplex(sentence(limit)));
            }
        }
        Ok(())
    }
}

/// Refuses a document that is over a limit, or whose fragments spread themselves. Gives the size of each
/// of its operations.
///
/// # Errors
/// The limit, or the fragment.
pub(crate) fn check(
    document: &ExecutableDocument,
    settings: &ApiSettings,
) -> Result<Vec<(Option<String>, Size)>, Fault> {
    if document.operations.iter().len() > OPERATIONS_MAX {
        let most = OPERATIONS_MAX;
        return Err(Fault::TooComplex(Sentence::QueryOfOperations { most }));
    }
    let mut walk = Walk {
        document,
        settings,
        sizes: HashMap::new(),
    };
    let mut sizes = Vec::new();
    for (name, operation) in document.operations.iter() {
        let size = walk.of_operation(&operation.node)?;
        size.check(settings)?;
        if operation.node.ty == OperationType::Subscription && size.roots > 1 {
            return Err(Fault::BadInput(Sentence::OneSubscriptionField));
        }
        sizes.push((name.map(ToString::to_string), size));
    }
    // Fragments that no operation spreads are walked by validation all the same.
    for name in document.fragments.keys() {
        let size = walk.of_fragment(name)?;
        if size.fields > settings.fields_max || size.depth > settings.depth_max {
            let name = name.to_string();
            return Err(Fault::TooComplex(Sentence::FragmentTooLarge { name }));
        }
    }
    // Only now: it recurses through fragments, which by now are known to end.
    for (_, operation) in document.operations.iter() {
        cost::check_introspection(document, &operation.node)?;
    }
    Ok(sizes)
}

/// Refuses operations of one request that are too much together.
///
/// # Errors
/// The limit.
pub(crate) fn check_together(sizes: &[Size], settings: &ApiSettings) -> Result<(), Fault> {
    let all = sizes
        .iter()
        .fold(Size::default(), |all, size| all.and(*size));
    all.check(settings)
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    settings: &'a ApiSettings,
    /// A fragment that is being walked stands here as `None`.
    sizes: HashMap<&'a Name, Option<Size>>,
}

impl<'a> Walk<'a> {
    fn of_operation(&mut self, operation: &'a OperationDefinition) -> Result<Size, Fault> {
        let mut size = self.of_set(&operation.selection_set.node)?;
        size.directives += self.of_directives(&operation.directives)?;
        for variable in &operation.variable_definitions {
            size.directives += self.of_directives(&variable.node.directives)?;
            if let Some(value) = &variable.node.default_value {
                self.check_value(&value.node.clone().into_value())?;
            }
        }
        Ok(size)
    }

    fn of_set(&mut self, set: &'a SelectionSet) -> Result<Size, Fault> {
        let mut total = Size::default();
        for selection in &set.items {
            let mut size = match &selection.node {
                Selection::Field(field) => {
                    for (_, value) in &field.node.arguments {
                        self.check_value(&value.node)?;
                    }
                    let below = self.of_set(&field.node.selection_set.node)?;
                    Size {
                        depth: below.depth.saturating_add(1),
                        fields: below.fields.saturating_add(1),
                        aliases: below
                            .aliases
                            .saturating_add(usize::from(field.node.alias.is_some())),
                        directives: below.directives,
                        roots: 1,
                    }
                }
                Selection::FragmentSpread(spread) => {
                    self.of_fragment(&spread.node.fragment_name.node)?
                }
                Selection::InlineFragment(inline) => {
                    self.of_set(&inline.node.selection_set.node)?
                }
            };
            let directives = self.of_directives(selection.node.directives())?;
            size.directives = size.directives.saturating_add(directives);
            total = total.and(size);
        }
        Ok(total)
    }

    fn of_fragment(&mut self, name: &'a Name) -> Result<Size, Fault> {
        match self.sizes.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                let name = name.to_string();
                return Err(Fault::NotGraphql(Sentence::FragmentSpreadsItself { name }));
            }
            None => {}
        }
        // One that is missing is for validation to name.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Size::default());
        };
        if self.sizes.len() >= FRAGMENTS_MAX {
            let most = FRAGMENTS_MAX;
            return Err(Fault::TooComplex(Sentence::TooManyFragments { most }));
        }
        self.sizes.insert(name, None);
        let mut size = self.of_set(&fragment.node.selection_set.node)?;
        let directives = self.of_directives(&fragment.node.directives)?;
        size.directives = size.directives.saturating_add(directives);
        self.sizes.insert(name, Some(size));
        Ok(size)
    }

    fn of_directives(&self, directives: &[Positioned<Directive>]) -> Result<usize, Fault> {
        for directive in directives {
            for (_, value) in &directive.node.arguments {
                self.check_value(&value.node)?;
            }
        }
        Ok(directives.len())
    }

    /// Nesting is bounded by the text's.
    fn check_value(&self, value: &Value) -> Result<(), Fault> {
        match value {
            Value::List(items) if items.len() > self.settings.list_items_max => {
                Err(json::too_long(self.settings))
            }
            Value::List(items) => items.iter().try_for_each(|item| self.check_value(item)),
            Value::Object(fields) => fields
                .values()
                .try_for_each(|field| self.check_value(field)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(query: &str) -> Result<(), &'static str> {
        let document = async_graphql::parser::parse_query(query).unwrap();
        check(&document, &ApiSettings::default())
            .map(|_| ())
            .map_err(|fault| fault.code())
    }

    #[test]
    fn fragments_count_wherever_they_are_spread() {
        let mut bomb = String::from("{...f0}");
        for level in 0..40 {
            let next = level + 1;
            bomb += &format!(" fragment f{level} on Query {{ ...f{next} ...f{next} }}");
        }
        bomb += " fragment f40 on Query { headPosition }";
        assert_eq!(code(&bomb), Err("QUERY_TOO_COMPLEX"));
    }

    #[test]
    fn fragments_that_spread_themselves_are_refused() {
        for query in [
            "{...a} fragment a on Query {...a}",
            "{...a} fragment a on Query {me{...b}} fragment b on Account {channel{owner{...b}}}",
            "{headPosition} fragment a on Query {...b} fragment b on Query {...a}",
        ] {
            assert_eq!(code(query), Err("GRAPHQL_PARSE_FAILED"), "{query}");
        }
    }

    #[test]
    fn depth_fields_aliases_and_roots_are_bounded() {
        let limits = ApiSettings::default();
        let deep = |levels| format!("{}x{}", "{a".repeat(levels), "}".repeat(levels));
        assert_eq!(code(&deep(limits.depth_max)), Ok(()));
        assert_eq!(code(&deep(limits.depth_max + 1)), Err("QUERY_TOO_COMPLEX"));
        let roots = |count| format!("{{{}}}", "a ".repeat(count));
        assert_eq!(code(&roots(limits.root_fields_max)), Ok(()));
        assert_eq!(
            code(&roots(limits.root_fields_max + 1)),
            Err("QUERY_TOO_COMPLEX")
        );
        let aliases = |count| format!("{{r{{{}}}}}", "b:a ".repeat(count));
        assert_eq!(code(&aliases(limits.aliases_max)), Ok(()));
        assert_eq!(
            code(&aliases(limits.aliases_max + 1)),
            Err("QUERY_TOO_COMPLEX")
        );
        let fields = format!("{{r{{{}}}}}", "a ".repeat(limits.fields_max));
        assert_eq!(code(&fields), Err("QUERY_TOO_COMPLEX"));
    }

    #[test]
    fn a_subscription_has_one_root_field() {
        assert_eq!(code("subscription { a b }"), Err("BAD_USER_INPUT"));
        assert_eq!(code("subscription { a }"), Ok(()));
    }

    #[test]
    fn directives_operations_and_lists_are_bounded() {
        let limits = ApiSettings::default();
        let directives = |count| format!("{{a {}}}", "@d ".repeat(count));
        assert_eq!(code(&directives(limits.directives_max)), Ok(()));
        for query in [
            directives(limits.directives_max + 1),
            format!(
                "query Q($a: A {}) {{a}}",
                "@d ".repeat(limits.directives_max + 1)
            ),
            format!(
                "{{...f ...f}} fragment f on Query {{a {}}}",
                "@d ".repeat(30)
            ),
        ] {
            assert_eq!(code(&query), Err("QUERY_TOO_COMPLEX"), "{query}");
        }
        let operations =
            |count: usize| -> String { (0..count).map(|n| format!("query q{n} {{a}} ")).collect() };
        assert_eq!(code(&operations(OPERATIONS_MAX)), Ok(()));
        assert_eq!(
            code(&operations(OPERATIONS_MAX + 1)),
            Err("QUERY_TOO_COMPLEX")
        );
        let items = |count: usize| "1,".repeat(count);
        assert_eq!(
            code(&format!("{{a(b:[{}])}}", items(limits.list_items_max))),
            Ok(())
        );
        for value in ["[*]", "{c:[[*]]}", "[{c:[*]}]"] {
            let value = value.replace('*', &items(limits.list_items_max + 1));
            for query in [
                format!("{{a(b:{value})}}"),
                format!("{{a @d(b:{value})}}"),
                format!("query Q($a: A = {value}) {{a}}"),
            ] {
                assert_eq!(code(&query), Err("QUERY_TOO_COMPLEX"), "{query:.40}");
            }
        }
    }

    #[test]
    fn operations_of_one_request_count_together() {
        let limits = ApiSettings::default();
        let query = format!("{{{}}}", "a ".repeat(limits.root_fields_max / 2));
        let document = async_graphql::parser::parse_query(query).unwrap();
        let size = check(&document, &limits).unwrap()[0].1;
        assert_eq!(check_together(&[size, size], &limits), Ok(()));
        let three = check_together(&[size, size, size], &limits);
        assert_eq!(three.unwrap_err().code(), "QUERY_TOO_COMPLEX");
    }
}
