//! Checks variables against the types that an operation declares for them, as the GraphQL specification
//! has it ("Coercing Variable Values"), before anything is executed.

use crate::Fault;
use crate::messages::Sentence;
use async_graphql::parser::types::{
    BaseType, OperationDefinition, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Variables};
use async_graphql_value::ConstValue;
use std::collections::{HashMap, HashSet};

/// The types that a variable may have.
pub(crate) struct InputTypes(HashMap<String, InputType>);

enum InputType {
    Enum(HashSet<String>),
    Object(HashMap<String, InputField>),
}

struct InputField {
    ty: Type,
    /// Whether it has a value of its own when none is given.
    has_default: bool,
}

/// What is wrong with a value, and where in it, the innermost first.
struct Wrong {
    path: Vec<String>,
    why: Why,
}

enum Why {
    /// It is not there, and has no default.
    Missing(Type),
    /// It has another type.
    NotOf(Type),
    /// It is no value of this enum.
    NoValue(String),
    /// This input has no such field.
    NoField(String),
}

impl Wrong {
    fn new(why: Why) -> Self {
        Self { path: vec![], why }
    }

    fn within(mut self, segment: &impl ToString) -> Self {
        self.path.push(segment.to_string());
        self
    }
}

impl InputTypes {
    /// The input types of a schema, in the schema definition language. What cannot be read has none:
    /// the executor still looks at every value.
    pub(crate) fn of_schema(sdl: &str) -> Self {
        let Ok(schema) = async_graphql::parser::parse_schema(sdl) else {
            tracing::error!("the schema cannot be read; variables are checked late");
            return Self(HashMap::new());
        };
        let definitions = schema.definitions.into_iter();
        let types = definitions.filter_map(|definition| match definition {
            TypeSystemDefinition::Type(ty) => Some(ty.node),
            TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
        });
        let known = types.filter_map(|ty| {
            let kind = match ty.kind {
                TypeKind::Enum(kind) => {
                    let values = kind.values.into_iter();
                    InputType::Enum(
                        values
                            .map(|value| value.node.value.node.to_string())
                            .collect(),
                    )
                }
                TypeKind::InputObject(kind) => {
                    let fields = kind.fields.into_iter().map(|field| {
                        let has_default = field.node.default_value.is_some();
                        let ty = field.node.ty.node;
                        let field_type = InputField { ty, has_default };
                        (field.node.name.node.to_string(), field_type)
                    });
                    InputType::Object(fields.collect())
                }
                TypeKind::Scalar
                | TypeKind::Object(_)
                | TypeKind::Interface(_)
                | TypeKind::Union(_) => return None,
            };
            Some((ty.name.node.to_string(), kind))
        });
        Self(known.collect())
    }

    /// Refuses variables that an operation cannot be executed with.
    ///
    /// # Errors
    /// The first that is missing or of another type.
    pub(crate) fn check(
        &self,
        operation: &OperationDefinition,
        variables: &Variables,
    ) -> Result<(), Fault> {
        for declared in &operation.variable_definitions {
            let name = &declared.node.name.node;
            let ty = &declared.node.var_type.node;
            let checked = match variables.get(name) {
                Some(value) => self.check_value(ty, value),
                None if ty.nullable || declared.node.default_value.is_some() => Ok(()),
                None => Err(Wrong::new(Why::Missing(ty.clone()))),
            };
            checked.map_err(|wrong| sentence(name, wrong))?;
        }
        Ok(())
    }

    fn check_value(&self, ty: &Type, value: &ConstValue) -> Result<(), Wrong> {
        match (&ty.base, value) {
            (_, ConstValue::Null) if ty.nullable => Ok(()),
            (_, ConstValue::Null) => Err(Wrong::new(Why::NotOf(ty.clone()))),
            (BaseType::List(item), ConstValue::List(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.check_value(item, value)
                        .map_err(|wrong| wrong.within(&index))?;
                }
                Ok(())
            }
            // One value stands for a list of one.
            (BaseType::List(item), value) => self.check_value(item, value),
            (BaseType::Named(name), value) => self.check_named(ty, name, value),
        }
    }

    fn check_named(&self, ty: &Type, name: &Name, value: &ConstValue) -> Result<(), Wrong> {
        let fits = match (name.as_str(), value) {
            ("Int", ConstValue::Number(number)) => {
                number.as_i64().is_some_and(|n| i32::try_from(n).is_ok())
            }
            ("Float", ConstValue::Number(_)) => true,
            ("ID", ConstValue::Number(number)) => number.is_i64() || number.is_u64(),
            ("String" | "ID", ConstValue::String(_)) => true,
            ("Boolean", ConstValue::Boolean(_)) => true,
            ("Int" | "Float" | "ID" | "String" | "Boolean", _) => false,
            (name, value) => match (self.0.get(name), value) {
                (Some(InputType::Enum(values)), ConstValue::String(value)) => {
                    return if values.contains(value) {
                        Ok(())
                    } else {
                        Err(Wrong::new(Why::NoValue(name.to_owned())))
                    };
                }
                (Some(InputType::Object(fields)), ConstValue::Object(values)) => {
                    return self.check_object(name, fields, values);
                }
                (Some(_), _) => false,
                // Any other scalar is for its own reader, and an unknown type for validation.
                (None, _) => true,
            },
        };
        if fits {
            Ok(())
        } else {
            Err(Wrong::new(Why::NotOf(ty.clone())))
        }
    }

    fn check_object(
        &self,
        name: &str,
        fields: &HashMap<String, InputField>,
        values: &async_graphql::indexmap::IndexMap<Name, ConstValue>,
    ) -> Result<(), Wrong> {
        if let Some(unknown) = values.keys().find(|key| !fields.contains_key(key.as_str())) {
            return Err(Wrong::new(Why::NoField(name.to_owned())).within(unknown));
        }
        for (field_name, field) in fields {
            let checked = match values.get(field_name.as_str()) {
                Some(value) => self.check_value(&field.ty, value),
                None if field.ty.nullable || field.has_default => Ok(()),
                None => Err(Wrong::new(Why::Missing(field.ty.clone()))),
            };
            checked.map_err(|wrong| wrong.within(field_name))?;
        }
        Ok(())
    }
}

fn sentence(variable: &Name, wrong: Wrong) -> Fault {
    let mut place = format!("${variable}");
    for segment in wrong.path.iter().rev() {
        place.push('.');
        place.push_str(segment);
    }
    Fault::BadInput(match wrong.why {
        Why::Missing(ty) => Sentence::VariableMissing {
            place,
            wanted: ty.to_string(),
        },
        Why::NotOf(ty) => Sentence::VariableOfAnotherType {
            place,
            wanted: ty.to_string(),
        },
        Why::NoValue(name) => Sentence::VariableIsNoValue { place, name },
        Why::NoField(name) => Sentence::VariableIsNoField { place, name },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SCHEMA: &str = "enum Color { RED GREEN } \
        input Point { x: Int! y: Int! = 0 color: Color tags: [String!] next: Point } \
        scalar Decimal type Query { a: Int }";

    fn check(declared: &str, variables: serde_json::Value) -> Result<(), String> {
        let types = InputTypes::of_schema(SCHEMA);
        let query = format!("query({declared}) {{a}}");
        let document = async_graphql::parser::parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        types
            .check(&operation.node, &Variables::from_json(variables))
            .map_err(|fault| fault.to_string())
    }

    #[test]
    fn what_fits_is_taken() {
        for (declared, variables) in [
            ("$a: Int!", json!({"a": -2147483648})),
            ("$a: Int", json!({})),
            ("$a: Int", json!({"a": null})),
            ("$a: Int! = 1", json!({})),
            ("$a: ID!", json!({"a": 7})),
            ("$a: ID!", json!({"a": "x"})),
            ("$a: Float!", json!({"a": 1})),
            ("$a: Decimal!", json!({"a": "1.50"})),
            ("$a: Nonsense!", json!({"a": [1]})),
            ("$a: Color", json!({"a": "RED"})),
            ("$a: [[Int!]]", json!({"a": [[1], null, [2, 3]]})),
            ("$a: [Int!]", json!({"a": 1})),
            (
                "$a: Point!",
                json!({"a": {"x": 1, "color": "GREEN", "next": {"x": 2}}}),
            ),
            ("$a: Int", json!({"b": "not declared"})),
        ] {
            assert_eq!(
                check(declared, variables.clone()),
                Ok(()),
                "{declared} {variables}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (declared, variables, says) in [
            ("$a: Int!", json!({}), "$a is missing; it is of type Int!"),
            ("$a: Int!", json!({"a": null}), "$a must be of type Int!"),
            (
                "$a: Int! = 1",
                json!({"a": null}),
                "$a must be of type Int!",
            ),
            (
                "$a: Int",
                json!({"a": 2147483648_u64}),
                "$a must be of type Int",
            ),
            ("$a: Int", json!({"a": 1.5}), "$a must be of type Int"),
            ("$a: String", json!({"a": 1}), "$a must be of type String"),
            (
                "$a: Boolean",
                json!({"a": "true"}),
                "$a must be of type Boolean",
            ),
            ("$a: ID", json!({"a": 1.5}), "$a must be of type ID"),
            (
                "$a: [Int!]",
                json!({"a": [1, null]}),
                "$a.1 must be of type Int!",
            ),
            ("$a: Color", json!({"a": "BLUE"}), "$a is no value of Color"),
            ("$a: Color", json!({"a": 1}), "$a must be of type Color"),
            ("$a: Point", json!({"a": []}), "$a must be of type Point"),
            ("$a: Point", json!({"a": {"y": 1}}), "$a.x is missing"),
            (
                "$a: Point",
                json!({"a": {"x": 1, "z": 1}}),
                "$a.z is no field of Point",
            ),
            (
                "$a: Point",
                json!({"a": {"x": 1, "next": {"x": "1"}}}),
                "$a.next.x must be of type Int!",
            ),
            (
                "$a: Point",
                json!({"a": {"x": 1, "tags": ["a", 1]}}),
                "$a.tags.1 must be of type String!",
            ),
        ] {
            let said = check(declared, variables.clone()).unwrap_err();
            assert!(said.contains(says), "{declared} {variables}: {said}");
        }
    }
}
