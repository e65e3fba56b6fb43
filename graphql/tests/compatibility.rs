//! What was released stays: a client that was written for the last release goes on working, unless the
//! changelog says what breaks.
//!
//! `graphql/released.graphql` is the schema of the last release; `cargo xtask schema --release` records a new
//! one. A break is allowed by a line of the changelog, in the newest version's section **Schema**:
//!
//! ```text
//! - Breaking: `Channel.restrictions(first:)`: a list that can grow is a connection.
//! ```
//!
//! The name in backquotes is the one that this test prints.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, InputValueDefinition, Type, TypeKind, TypeSystemDefinition,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const RELEASED: &str = include_str!("../released.graphql");
const SERVED: &str = include_str!("../schema.graphql");
const CHANGELOG: &str = include_str!("../../CHANGELOG.md");

/// What stands at one place of a schema.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// A type of this kind, a value of an enum, a member of a union, an implemented interface, a root.
    Is(String),
    /// Something that is answered.
    Output(Type),
    /// Something that is sent, and its default.
    Input(Type, Option<String>),
}

/// A schema by the names of its places: `Channel`, `Channel.tips`, `Channel.tips(first:)`, `Role.ADMIN`.
type Places = BTreeMap<String, Shape>;

fn places(sdl: &str) -> Places {
    let mut places = Places::new();
    let is = |what: &str| Shape::Is(what.to_owned());
    for definition in parse_schema(sdl).unwrap().definitions {
        match definition {
            TypeSystemDefinition::Schema(schema) => {
                let roots = schema.node;
                let roots = [
                    ("query", roots.query),
                    ("mutation", roots.mutation),
                    ("subscription", roots.subscription),
                ];
                for (name, root) in roots {
                    let ty = root.map(|root| root.node.to_string());
                    places.extend(ty.map(|ty| (format!("schema.{name}"), Shape::Is(ty))));
                }
            }
            TypeSystemDefinition::Directive(directive) => {
                let directive = directive.node;
                let name = format!("@{}", directive.name.node);
                take_in(
                    &mut places,
                    &name,
                    '(',
                    directive.arguments.iter().map(|it| &it.node),
                );
                places.insert(name, is("directive"));
            }
            TypeSystemDefinition::Type(ty) => {
                let name = ty.node.name.node.to_string();
                let (kind, fields, interfaces) = match ty.node.kind {
                    TypeKind::Scalar => ("scalar", vec![], vec![]),
                    TypeKind::Object(object) => ("type", object.fields, object.implements),
                    TypeKind::Interface(face) => ("interface", face.fields, face.implements),
                    TypeKind::Union(union) => {
                        for member in union.members {
                            places.insert(format!("{name} = {}", member.node), is("member"));
                        }
                        ("union", vec![], vec![])
                    }
                    TypeKind::Enum(values) => {
                        for value in values.values {
                            places.insert(format!("{name}.{}", value.node.value.node), is("value"));
                        }
                        ("enum", vec![], vec![])
                    }
                    TypeKind::InputObject(input) => {
                        take_in(
                            &mut places,
                            &name,
                            '.',
                            input.fields.iter().map(|it| &it.node),
                        );
                        ("input", vec![], vec![])
                    }
                };
                for interface in interfaces {
                    places.insert(format!("{name} implements {}", interface.node), is("so"));
                }
                for field in fields {
                    let place = format!("{name}.{}", field.node.name.node);
                    let arguments = field.node.arguments.iter().map(|it| &it.node);
                    take_in(&mut places, &place, '(', arguments);
                    places.insert(place, Shape::Output(field.node.ty.node));
                }
                places.insert(name, is(kind));
            }
        }
    }
    places
}

/// Arguments (`(`) or the fields of an input (`.`).
fn take_in<'a>(
    places: &mut Places,
    of: &str,
    kind: char,
    values: impl Iterator<Item = &'a InputValueDefinition>,
) {
    for value in values {
        let name = match kind {
            '(' => format!("{of}({}:)", value.name.node),
            _ => format!("{of}.{}", value.name.node),
        };
        let default = value.default_value.as_ref();
        let default = default.map(|default| default.node.to_string());
        places.insert(name, Shape::Input(value.ty.node.clone(), default));
    }
}

/// Whatever may be sent as `old` may be sent as `new`; and so whatever is answered as `new` can be taken
/// for an `old`, with the two the other way round.
fn takes(new: &Type, old: &Type) -> bool {
    (new.nullable || !old.nullable)
        && match (&new.base, &old.base) {
            (BaseType::Named(new), BaseType::Named(old)) => new == old,
            (BaseType::List(new), BaseType::List(old)) => takes(new, old),
            (BaseType::Named(_), BaseType::List(_)) | (BaseType::List(_), BaseType::Named(_)) => {
                false
            }
        }
}

/// The thing that a place belongs to.
fn parent(place: &str) -> Option<&str> {
    place.rfind(['(', '.', ' ']).map(|end| {
        let parent = &place[..end];
        parent
            .trim_end_matches(" implements")
            .trim_end_matches(" =")
    })
}

/// What a client of `old` stumbles over in `new`: the place, and what is wrong there.
fn breaks(old: &str, new: &str) -> Vec<(String, String)> {
    let (old, new) = (places(old), places(new));
    let mut found = Vec::new();
    for (place, was) in &old {
        let why = match (was, new.get(place)) {
            (Shape::Is(was), Some(Shape::Is(is))) if was == is => continue,
            (Shape::Output(was), Some(Shape::Output(is))) if takes(was, is) => continue,
            (Shape::Input(was, default), Some(Shape::Input(is, now)))
                if takes(is, was) && default == now =>
            {
                continue;
            }
            // It went with what it belongs to, which stands here itself.
            (_, None)
                if parent(place)
                    .is_some_and(|of| old.contains_key(of) && !new.contains_key(of)) =>
            {
                continue;
            }
            (_, None) => "is gone".to_owned(),
            (was, Some(is)) => format!("was {was:?} and is {is:?}"),
        };
        found.push((place.clone(), why));
    }
    for (place, is) in &new {
        let asks = matches!(is, Shape::Input(ty, None) if !ty.nullable);
        let of = parent(place).is_some_and(|of| old.contains_key(of));
        if asks && of && !old.contains_key(place) {
            found.push((place.clone(), "is new and required".to_owned()));
        }
    }
    found
}

/// The breaks that the newest version's section of a changelog records.
fn recorded(changelog: &str) -> Vec<&str> {
    let newest = changelog.split("\n## ").nth(1).unwrap_or_default();
    let schema = newest
        .split("\n### ")
        .find(|section| section.starts_with("Schema"));
    schema
        .into_iter()
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("- Breaking: `")?.split_once('`'))
        .filter(|(_, why)| why.trim_start_matches(':').trim().len() > 3)
        .map(|(place, _)| place)
        .collect()
}

#[test]
fn what_was_released_stays_unless_the_changelog_says_otherwise() {
    let allowed = recorded(CHANGELOG);
    let found = breaks(RELEASED, SERVED);
    let mut report = String::new();
    for (place, why) in &found {
        if !allowed.contains(&place.as_str()) {
            let _infallible = writeln!(report, "- Breaking: `{place}`: {why}");
        }
    }
    assert!(
        report.is_empty(),
        "clients of the last release break. Mend it, or say why under `### Schema` of the newest version \
         in CHANGELOG.md:\n{report}"
    );
    for place in allowed {
        let breaks = found.iter().any(|(found, _)| found == place);
        assert!(
            breaks,
            "CHANGELOG.md records that `{place}` breaks, and it does not"
        );
    }
}

const OLD: &str = r#"
schema { query: Query mutation: Mutation }
directive @old(a: Int) on FIELD
interface Node { id: ID! }
type Query implements Node { id: ID! list(first: Int!, after: String, sort: Sort = A): [Item!] one: Item! }
type Mutation { add(input: AddInput!): Item }
type Item implements Node { id: ID! name: String! note: String tags: [String!]! }
type Other { x: Int }
union Any = Item | Other
enum Sort { A B }
input AddInput { name: String! note: String }
scalar Date
"#;

/// A change of the schema above, and the places that break by it.
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(OLD.contains(from), "{from}");
    let found = breaks(OLD, &OLD.replace(from, to));
    let found: Vec<_> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(found, expected, "{from} → {to}");
}

#[test]
fn what_is_taken_away_breaks() {
    check(
        "type Other { x: Int }\nunion Any = Item | Other",
        "union Any = Item",
        &["Any = Other", "Other"],
    );
    check(" note: String tags", " tags", &["Item.note"]);
    check("after: String, ", "", &["Query.list(after:)"]);
    check("Sort { A B }", "Sort { A }", &["Sort.B"]);
    check(
        "AddInput { name: String! note: String }",
        "AddInput { name: String! }",
        &["AddInput.note"],
    );
    check(
        "type Item implements Node",
        "type Item",
        &["Item implements Node"],
    );
    check("directive @old(a: Int) on FIELD", "", &["@old"]);
    check("@old(a: Int)", "@old", &["@old(a:)"]);
    check("scalar Date", "", &["Date"]);
    check(
        "query: Query mutation: Mutation",
        "query: Query",
        &["schema.mutation"],
    );
    check(
        "name: String! note: String tags",
        "title: String! note: String tags",
        &["Item.name"],
    );
}

#[test]
fn what_is_answered_may_promise_more_and_never_less() {
    check("note: String tags", "note: String! tags", &[]);
    check(
        "name: String! note: String tags",
        "name: String note: String tags",
        &["Item.name"],
    );
    check("tags: [String!]!", "tags: [String]!", &["Item.tags"]);
    check("tags: [String!]!", "tags: [Int!]!", &["Item.tags"]);
    check("tags: [String!]!", "tags: String!", &["Item.tags"]);
    check("one: Item!", "one: Other!", &["Query.one"]);
    check("scalar Date", "type Date { x: Int }", &["Date"]);
}

#[test]
fn what_is_sent_may_be_asked_less_of_and_never_more() {
    check("first: Int!", "first: Int", &[]);
    check("after: String", "after: String!", &["Query.list(after:)"]);
    check("after: String", "after: ID", &["Query.list(after:)"]);
    check("after: String", "after: String, before: String", &[]);
    check(
        "after: String",
        "after: String, before: String!",
        &["Query.list(before:)"],
    );
    check("after: String", "after: String, before: Int! = 5", &[]);
    check("sort: Sort = A", "sort: Sort = B", &["Query.list(sort:)"]);
    check(
        "{ name: String! note: String }",
        "{ name: String! note: String age: Int }",
        &[],
    );
    check(
        "{ name: String! note: String }",
        "{ name: String! note: String age: Int! }",
        &["AddInput.age"],
    );
    check(
        "{ name: String! note: String }",
        "{ name: String note: String }",
        &[],
    );
}

#[test]
fn what_is_added_breaks_nothing() {
    check(
        "scalar Date",
        "scalar Date scalar Time type New { x(a: Int!): Int }",
        &[],
    );
    check("Sort { A B }", "Sort { A B C }", &[]);
    check("= Item | Other", "= Item | Other | Query", &[]);
    check("one: Item!", "one: Item! two(a: Int!): Item", &[]);
}

#[test]
fn only_the_newest_version_allows_a_break_and_only_with_a_reason() {
    let changelog = "# Changelog\n\n## 0.2.0\n\n### Added\n- Breaking: `A.a`: no.\n\n### Schema\n- Breaking: \
                     `B.b`: a list that grows.\n- Breaking: `C.c`\n- `D.d` is new.\n\n## 0.1.0\n\n### Schema\n\
                     - Breaking: `E.e`: long ago.\n";
    assert_eq!(recorded(changelog), ["B.b"]);
}
