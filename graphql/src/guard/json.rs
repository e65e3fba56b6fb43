//! Bounds JSON before it is read: how deep it nests, how many values it has, and how many of them stand
//! in one list. A list of 100,000 items is 200 kB on the wire and many times that once it is read, and
//! again for each time that it is copied or looked at.

use crate::Fault;
use crate::api::ApiSettings;
use crate::messages::Sentence;

/// Refuses variables that are too large to be read. Whether they are JSON at all is for the reader to
/// say: it comes next.
///
/// # Errors
/// The limit that they are over.
pub(crate) fn check(json: &str, settings: &ApiSettings) -> Result<(), Fault> {
    let mut rest = json.as_bytes();
    let mut values = 0_usize;
    // For each bracket that is open: whether it is a list's, and how many commas came so far.
    let mut open: Vec<(bool, usize)> = Vec::new();
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'"' => after_string(after),
            b'[' | b'{' => {
                if open.len() >= settings.nesting_max {
                    return Err(Fault::TooComplex(Sentence::VariablesNestTooDeep {
                        most: settings.nesting_max,
                    }));
                }
                values += 1;
                open.push((byte == b'[', 0));
                after
            }
            b']' | b'}' => {
                open.pop();
                after
            }
            b',' => {
                values += 1;
                if let Some((is_list, commas)) = open.last_mut() {
                    *commas += 1;
                    if *is_list && *commas >= settings.list_items_max {
                        return Err(too_long(settings));
                    }
                }
                after
            }
            _ => after,
        };
        if values > settings.values_max {
            return Err(Fault::TooComplex(Sentence::TooManyValues {
                most: settings.values_max,
            }));
        }
    }
    Ok(())
}

/// The same for the items of one list, wherever it stands.
pub(super) fn too_long(settings: &ApiSettings) -> Fault {
    Fault::TooComplex(Sentence::ListTooLong {
        most: settings.list_items_max,
    })
}

/// What follows the closing quote; nothing if there is none.
fn after_string(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [b'"', after @ ..] => return after,
            [b'\\', _, after @ ..] | [_, after @ ..] => after,
            [] => return &[],
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(json: &str) -> Result<(), &'static str> {
        let settings = ApiSettings {
            nesting_max: 4,
            list_items_max: 3,
            values_max: 10,
            ..ApiSettings::default()
        };
        check(json, &settings).map_err(|fault| fault.code())
    }

    #[test]
    fn nesting_lists_and_values_are_bounded() {
        for json in [
            "{}",
            r#"{"a":[1,2,3],"b":{"c":{"d":[]}}}"#,
            r#"{"a":"[[[[[[,,,,,,,,,,,,"}"#,
            r#"{"a":"\"[[[[[[,,,,,,,,,,,,\\"}"#,
        ] {
            assert_eq!(code(json), Ok(()), "{json}");
        }
        for json in [
            r#"{"a":[[[[1]]]]}"#,
            r#"{"a":[1,2,3,4]}"#,
            r#"{"a":["\\",2,3,4]}"#,
            r#"{"a":[[],[],[],[]]}"#,
            r#"{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1}"#,
            "[[[[[",
        ] {
            assert_eq!(code(json), Err("QUERY_TOO_COMPLEX"), "{json}");
        }
    }

    #[test]
    fn what_is_no_json_ends_all_the_same() {
        for json in ["\"", "\"\\", "]]]]", "}{", "", "\"\\\""] {
            assert_eq!(code(json), Ok(()), "{json}");
        }
    }
}
