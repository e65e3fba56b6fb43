//! Puts null where a field failed.
//!
//! async-graphql 7.2 leaves a field out of its object when its resolver fails, and makes null of an object
//! all of whose fields failed. GraphQL wants null in the place of the field that failed, and nothing else
//! changed. Every field of ours that can fail can be null, so that is all there is to do.

use async_graphql::{Name, PathSegment, Response, Value};

/// Completes a response: each error that has a path leaves null there. `root`: whether the fields of the
/// root can be null, as those of a subscription cannot.
pub(crate) fn complete(response: &mut Response, root: bool) {
    for error in &response.errors {
        if error.path.len() > usize::from(!root) {
            put_null(&mut response.data, &error.path);
        }
    }
}

fn put_null(data: &mut Value, path: &[PathSegment]) {
    let mut at = data;
    for segment in path {
        at = match segment {
            PathSegment::Field(name) => {
                if *at == Value::Null {
                    *at = Value::Object(Default::default());
                }
                let Value::Object(fields) = at else { return };
                fields.entry(Name::new(name)).or_insert(Value::Null)
            }
            PathSegment::Index(index) => {
                let Value::List(items) = at else { return };
                let Some(item) = items.get_mut(*index) else {
                    return;
                };
                item
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::ServerError;
    use serde_json::{Value as Json, json};

    fn completed(data: Json, paths: &[Json], root: bool) -> Json {
        let mut response = Response::new(Value::from_json(data).unwrap());
        for path in paths {
            let mut error = ServerError::new("", None);
            let segments = path.as_array().unwrap().iter();
            error.path = segments
                .map(|segment| match segment.as_u64() {
                    Some(index) => PathSegment::Index(usize::try_from(index).unwrap()),
                    None => PathSegment::Field(segment.as_str().unwrap().to_owned()),
                })
                .collect();
            response.errors.push(error);
        }
        complete(&mut response, root);
        response.data.into_json().unwrap()
    }

    #[test]
    fn a_field_that_failed_is_null_and_its_siblings_stay() {
        let list = json!({"list": {"nodes": [{"a": 1}, {"a": 2}]}});
        assert_eq!(
            completed(list, &[json!(["list", "nodes", 1, "b"])], true),
            json!({"list": {"nodes": [{"a": 1}, {"a": 2, "b": null}]}})
        );
        assert_eq!(
            completed(json!(null), &[json!(["a"])], true),
            json!({"a": null})
        );
        let both = [json!(["a", "b"]), json!(["a", "c"])];
        assert_eq!(
            completed(json!({"a": null}), &both, true),
            json!({"a": {"b": null, "c": null}})
        );
    }

    #[test]
    fn what_was_never_executed_stays_null() {
        assert_eq!(completed(json!(null), &[json!([])], true), json!(null));
        assert_eq!(
            completed(json!(null), &[json!(["feed"])], false),
            json!(null)
        );
        let odd = json!({"a": 1, "b": [1]});
        let paths = [json!(["a", "x"]), json!(["b", 7, "x"]), json!(["a", 0])];
        assert_eq!(completed(odd.clone(), &paths, true), odd);
    }
}
