//! Bounds a parsed query: depth, fields, aliases, fields at the root. Fragments count at every place
//! where they are spread, but each is walked once, so that a few lines of fragments that spread each
//! other twice cannot keep the server busy.

use crate::Fault;
use crate::api::ApiSettings;
use crate::messages::Sentence;
use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use std::collections::HashMap;

/// What a selection set comes to with its fragments spread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    /// Levels of fields.
    depth: usize,
    /// Fields at every level.
    fields: usize,
    /// Fields under another name than their own.
    aliases: usize,
    /// Fields at the first level.
    roots: usize,
}

/// Refuses a document that is over a limit, or whose fragments spread themselves.
///
/// # Errors
/// The limit, or the fragment.
pub(super) fn check(document: &ExecutableDocument, settings: &ApiSettings) -> Result<(), Fault> {
    let mut sizes = HashMap::new();
    for (_, operation) in document.operations.iter() {
        let size = of_set(&operation.node.selection_set.node, document, &mut sizes)?;
        let over = [
            (size.depth, settings.depth_max, too_deep as Said),
            (size.fields, settings.fields_max, too_many_fields),
            (size.aliases, settings.aliases_max, too_many_aliases),
            (size.roots, settings.root_fields_max, too_many_roots),
        ];
        for (count, limit, said) in over {
            if count > limit {
                return Err(Fault::TooComplex(said(limit)));
            }
        }
        if operation.node.ty == OperationType::Subscription && size.roots > 1 {
            return Err(Fault::BadInput(Sentence::OneSubscriptionField));
        }
    }
    // Fragments that no operation spreads are walked by validation all the same.
    for name in document.fragments.keys() {
        let size = of_fragment(name, document, &mut sizes)?;
        if size.fields > settings.fields_max || size.depth > settings.depth_max {
            let name = name.to_string();
            return Err(Fault::TooComplex(Sentence::FragmentTooLarge { name }));
        }
    }
    Ok(())
}

type Said = fn(usize) -> Sentence;

fn too_deep(most: usize) -> Sentence {
    Sentence::TooDeep { most }
}

fn too_many_fields(most: usize) -> Sentence {
    Sentence::TooManyFields { most }
}

fn too_many_aliases(most: usize) -> Sentence {
    Sentence::TooManyAliases { most }
}

fn too_many_roots(most: usize) -> Sentence {
    Sentence::TooManyRoots { most }
}

/// A fragment that is being walked stands here as `None`.
type Sizes<'a> = HashMap<&'a Name, Option<Size>>;

fn of_set<'a>(
    set: &'a SelectionSet,
    document: &'a ExecutableDocument,
    sizes: &mut Sizes<'a>,
) -> Result<Size, Fault> {
    let mut total = Size::default();
    for selection in &set.items {
        let size = match &selection.node {
            Selection::Field(field) => {
                let below = of_set(&field.node.selection_set.node, document, sizes)?;
                Size {
                    depth: below.depth.saturating_add(1),
                    fields: below.fields.saturating_add(1),
                    aliases: below
                        .aliases
                        .saturating_add(usize::from(field.node.alias.is_some())),
                    roots: 1,
                }
            }
            Selection::FragmentSpread(spread) => {
                of_fragment(&spread.node.fragment_name.node, document, sizes)?
            }
            Selection::InlineFragment(inline) => {
                of_set(&inline.node.selection_set.node, document, sizes)?
            }
        };
        total.depth = total.depth.max(size.depth);
        total.fields = total.fields.saturating_add(size.fields);
        total.aliases = total.aliases.saturating_add(size.aliases);
        total.roots = total.roots.saturating_add(size.roots);
    }
    Ok(total)
}

fn of_fragment<'a>(
    name: &'a Name,
    document: &'a ExecutableDocument,
    sizes: &mut Sizes<'a>,
) -> Result<Size, Fault> {
    match sizes.get(name) {
        Some(Some(size)) => return Ok(*size),
        Some(None) => {
            let name = name.to_string();
            return Err(Fault::NotGraphql(Sentence::FragmentSpreadsItself { name }));
        }
        None => {}
    }
    // One that is missing is for validation to name.
    let Some(fragment) = document.fragments.get(name) else {
        return Ok(Size::default());
    };
    if sizes.len() >= FRAGMENTS_MAX {
        let most = FRAGMENTS_MAX;
        return Err(Fault::TooComplex(Sentence::TooManyFragments { most }));
    }
    sizes.insert(name, None);
    let size = of_set(&fragment.node.selection_set.node, document, sizes)?;
    sizes.insert(name, Some(size));
    Ok(size)
}

/// How many fragments a query may have. Also how deep this file recurses through them.
const FRAGMENTS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn code(query: &str) -> Result<(), &'static str> {
        let document = async_graphql::parser::parse_query(query).unwrap();
        check(&document, &ApiSettings::default()).map_err(|fault| fault.code())
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
}
