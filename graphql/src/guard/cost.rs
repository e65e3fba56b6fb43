//! What an operation costs: a field is 1, a list its items times their number.
//!
//! The executor bounds the cost of each operation by what the schema says of its fields. It knows nothing
//! of the other operations of a batch, and takes a question about the schema itself for a few fields,
//! though types lead to fields and these to types without an end: five levels of that are gigabytes. Both
//! are counted here, by names alone.

use crate::Fault;
use crate::messages::Sentence;
use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Variables};
use async_graphql_value::Value;
use std::collections::HashMap;

/// The most that may be asked of the schema itself, by the rule below. What tools ask to know all of it
/// comes to 300,000.
const INTROSPECTION_MAX: usize = 1_000_000;

/// Fields of the schema's own description that are lists, with about as many items as the longest of
/// ours have.
const INTROSPECTION_LISTS: [(&str, usize); 8] = [
    ("types", 100),
    ("directives", 5),
    ("fields", 15),
    ("inputFields", 5),
    ("interfaces", 2),
    ("possibleTypes", 10),
    ("enumValues", 5),
    ("args", 3),
];

/// Arguments that say how long a list is.
const LENGTHS: [&str; 2] = ["first", "last"];

/// Refuses an operation that asks too much of the schema itself. Its fragments end, and it nests within
/// the limits.
///
/// # Errors
/// The limit.
pub(super) fn check_introspection(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
) -> Result<(), Fault> {
    let mut walk = Walk::new(document, None);
    let cost = walk.of_set(&operation.selection_set.node, Part::Data);
    if cost.introspection > INTROSPECTION_MAX {
        return Err(Fault::TooComplex(Sentence::IntrospectionTooDeep));
    }
    Ok(())
}

/// What an operation's data cost with these variables.
pub(crate) fn cost(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> usize {
    let mut walk = Walk::new(document, Some((operation, variables)));
    walk.of_set(&operation.selection_set.node, Part::Data).data
}

/// Which part of an answer a field is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Data,
    Introspection,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    data: usize,
    introspection: usize,
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    with: Option<(&'a OperationDefinition, &'a Variables)>,
    fragments: HashMap<(&'a Name, Part), Cost>,
}

impl<'a> Walk<'a> {
    fn new(
        document: &'a ExecutableDocument,
        with: Option<(&'a OperationDefinition, &'a Variables)>,
    ) -> Self {
        Self {
            document,
            with,
            fragments: HashMap::new(),
        }
    }

    fn of_set(&mut self, set: &'a SelectionSet, part: Part) -> Cost {
        let mut total = Cost::default();
        for selection in &set.items {
            let cost = match &selection.node {
                Selection::Field(field) => self.of_field(&field.node, part),
                Selection::InlineFragment(inline) => {
                    self.of_set(&inline.node.selection_set.node, part)
                }
                Selection::FragmentSpread(spread) => {
                    self.of_fragment(&spread.node.fragment_name.node, part)
                }
            };
            total.data = total.data.saturating_add(cost.data);
            total.introspection = total.introspection.saturating_add(cost.introspection);
        }
        total
    }

    fn of_fragment(&mut self, name: &'a Name, part: Part) -> Cost {
        if let Some(cost) = self.fragments.get(&(name, part)) {
            return *cost;
        }
        let fragment = self.document.fragments.get(name);
        let cost = fragment.map_or_else(Cost::default, |fragment| {
            self.of_set(&fragment.node.selection_set.node, part)
        });
        self.fragments.insert((name, part), cost);
        cost
    }

    fn of_field(&mut self, field: &'a Field, part: Part) -> Cost {
        let name = field.name.node.as_str();
        let part = match name {
            "__schema" | "__type" => Part::Introspection,
            _ => part,
        };
        let mut below = self.of_set(&field.selection_set.node, part);
        match part {
            Part::Data => {
                let times = self.length(field);
                below.data = below.data.saturating_mul(times).saturating_add(1);
            }
            Part::Introspection => {
                let known = INTROSPECTION_LISTS.iter().find(|(list, _)| *list == name);
                let times = known.map_or(1, |(_, items)| *items);
                let items = below.introspection.saturating_mul(times);
                below.introspection = items.saturating_add(1);
            }
        }
        below
    }

    /// How many items a field asks for; 1 for what is no list.
    fn length(&self, field: &Field) -> usize {
        let asked = LENGTHS.iter().find_map(|name| field.get_argument(name));
        let number = match asked.map(|value| &value.node) {
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::Variable(name)) => self.variable(name),
            _ => None,
        };
        number.map_or(1, |number| usize::try_from(number).unwrap_or(usize::MAX))
    }

    fn variable(&self, name: &Name) -> Option<u64> {
        let (operation, variables) = self.with?;
        let given = variables.get(name);
        let value = given.or_else(|| {
            let mut all = operation.variable_definitions.iter();
            let declared = all.find(|variable| variable.node.name.node == *name)?;
            declared
                .node
                .default_value
                .as_ref()
                .map(|value| &value.node)
        });
        match value {
            Some(async_graphql_value::ConstValue::Number(number)) => number.as_u64(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(query: &str, variables: serde_json::Value) -> usize {
        let document = async_graphql::parser::parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let variables = Variables::from_json(variables);
        cost(&document, &operation.node, &variables)
    }

    #[test]
    fn a_list_costs_what_its_items_cost_times_their_number() {
        for (query, cost) in [
            ("{a b}", 2),
            ("{a{b c}}", 3),
            ("{a(first: 10){b c}}", 21),
            ("{a(last: 10){b(first: 5){c}}}", 61),
            ("{...f} fragment f on Q {a(first: 10){b}}", 11),
            ("{...on Q {a(first: 10){b}}}", 11),
            ("{__schema{types{fields{name}}}}", 0),
        ] {
            assert_eq!(of(query, json!({})), cost, "{query}");
        }
        let query = "query($n: Int = 7) {a(first: $n){b}}";
        assert_eq!(of(query, json!({})), 8);
        assert_eq!(of(query, json!({"n": 100})), 101);
        let huge = format!(
            "{{{}b{}}}",
            "a(first: 2147483647){".repeat(9),
            "}".repeat(9)
        );
        assert_eq!(of(&huge, json!({})), usize::MAX);
    }

    #[test]
    fn types_of_fields_of_types_are_bounded() {
        let code = |query: &str| {
            let document = async_graphql::parser::parse_query(query).unwrap();
            let (_, operation) = document.operations.iter().next().unwrap();
            check_introspection(&document, &operation.node).map_err(|fault| fault.code())
        };
        let nested = |levels: usize| {
            let (open, close) = ("fields{type{".repeat(levels), "}}".repeat(levels));
            [
                format!("{{__schema{{types{{{open}name{close}}}}}}}"),
                format!(
                    "{{__type(name: \"Query\"){{{}{open}name{close}{}}}}}",
                    "fields{type{", "}}"
                ),
                format!(
                    "{{...a}} fragment a on Query {{__schema{{...b}}}} fragment b on __Schema {{types{{{open}name{close}}}}}"
                ),
            ]
        };
        for query in nested(2) {
            assert_eq!(code(&query), Ok(()), "{query}");
        }
        for query in nested(5) {
            assert_eq!(code(&query), Err("QUERY_TOO_COMPLEX"), "{query}");
        }
        let wide: String = (0..100).map(|n| format!("a{n}: name ")).collect();
        let wide = format!("{{__schema{{types{{fields{{type{{fields{{{wide}}}}}}}}}}}}}");
        assert_eq!(code(&wide), Err("QUERY_TOO_COMPLEX"));
    }
}
