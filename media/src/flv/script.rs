//! Script tags: metadata and other data in AMF0.

use bytes::Bytes;

use crate::amf0::{self, Value};

/// Longest script body that is passed on, in bytes. OBS's metadata has about 400.
pub const SCRIPT_BYTES_MAX: usize = 64 * 1_024;

/// Bytes of a short string's marker and length.
const STRING_HEAD_BYTES: usize = 3;

/// What viewers get of a publisher's data message, if anything: `@setDataFrame` is taken off the
/// front, server orders (`@clearDataFrame`, `|RtmpSampleAccess`) and bodies that are not AMF0 within
/// the limits are left out, so that no player has to parse what this crate would not.
pub fn published(body: &Bytes) -> Option<Bytes> {
    if body.len() > SCRIPT_BYTES_MAX {
        return None;
    }
    let body = match name(body)? {
        b"@setDataFrame" => body.slice(STRING_HEAD_BYTES + b"@setDataFrame".len()..),
        _ => body.clone(),
    };
    let name = name(&body)?;
    let is_order = name.starts_with(b"@") || name.starts_with(b"|");
    (!is_order && amf0::decode_all(&body).is_ok()).then_some(body)
}

/// Whether this body (as from [`published`]) is `onMetaData`.
pub fn is_metadata(body: &[u8]) -> bool {
    name(body) == Some(b"onMetaData")
}

/// The values of an `onMetaData` body, or `None` if it is not one.
pub fn metadata(body: &[u8]) -> Option<Value> {
    if !is_metadata(body) {
        return None;
    }
    amf0::decode_all(body).ok()?.into_iter().nth(1)
}

/// The string that a body begins with.
fn name(body: &[u8]) -> Option<&[u8]> {
    let [2, high, low, rest @ ..] = body else {
        return None;
    };
    rest.get(..usize::from(u16::from_be_bytes([*high, *low])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(values: &[Value]) -> Bytes {
        let mut out = Vec::new();
        for value in values {
            amf0::encode(value, &mut out).unwrap();
        }
        out.into()
    }

    #[test]
    fn set_data_frame_is_taken_off() {
        let inner = [
            Value::string("onMetaData"),
            Value::object([("width", Value::Number(640.0))]),
        ];
        let sent = body(&[&[Value::string("@setDataFrame")], &inner[..]].concat());
        assert_eq!(published(&sent), Some(body(&inner)));
        assert_eq!(published(&body(&inner)), Some(body(&inner)));
        assert!(is_metadata(&body(&inner)));
        assert_eq!(metadata(&body(&inner)).as_ref(), inner.get(1));
    }

    #[test]
    fn orders_and_garbage_are_not_passed_on() {
        for values in [
            vec![Value::string("@clearDataFrame")],
            vec![Value::string("|RtmpSampleAccess"), Value::Boolean(true)],
            vec![Value::string("@setDataFrame")],
            vec![
                Value::string("@setDataFrame"),
                Value::string("@setDataFrame"),
            ],
            vec![Value::Number(1.0)],
            vec![],
        ] {
            assert_eq!(published(&body(&values)), None, "{values:?}");
        }
        let mut bomb = body(&[Value::string("onMetaData")]).to_vec();
        bomb.extend([0x0A, 0, 0, 0, 1].repeat(1_000));
        assert_eq!(published(&bomb.into()), None);
        let mut long = body(&[Value::string("onMetaData")]).to_vec();
        long.resize(SCRIPT_BYTES_MAX + 1, 5);
        assert_eq!(published(&long.into()), None);
        assert_eq!(published(&Bytes::from_static(&[2, 0xFF, 0xFF, b'x'])), None);
    }

    #[test]
    fn other_data_stays_as_it_is() {
        let cue = body(&[Value::string("onCuePoint"), Value::Null]);
        assert_eq!(published(&cue), Some(cue.clone()));
        assert!(!is_metadata(&cue));
        assert_eq!(metadata(&cue), None);
    }
}
