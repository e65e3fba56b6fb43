use proptest::prelude::*;

use super::*;

fn encoded(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    encode(value, &mut out).unwrap();
    out
}

/// `levels` strict arrays of one element each, around a null.
fn nested_arrays(levels: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..levels {
        bytes.extend_from_slice(&[marker::STRICT_ARRAY, 0, 0, 0, 1]);
    }
    bytes.push(marker::NULL);
    bytes
}

#[test]
fn a_connect_object_reads_in_the_order_it_was_written() {
    let bytes = [
        0x03, 0, 3, b'a', b'p', b'p', 0x02, 0, 4, b'l', b'i', b'v', b'e', 0, 1, b'n', 0x00, 0x3F,
        0xF0, 0, 0, 0, 0, 0, 0, 0, 0, 0x09,
    ];
    let expected = Value::object([("app", Value::string("live")), ("n", Value::Number(1.0))]);
    assert_eq!(decode_all(&bytes).unwrap(), [expected]);
}

#[test]
fn a_value_200_000_deep_is_refused_and_costs_no_stack() {
    assert_eq!(decode_all(&nested_arrays(200_000)), Err(Error::TooDeep));
    let objects = [0x03, 0, 1, b'a'].repeat(200_000);
    assert_eq!(decode_all(&objects), Err(Error::TooDeep));
    let ecma = [0x08, 0, 0, 0, 1, 0, 1, b'a'].repeat(200_000);
    assert_eq!(decode_all(&ecma), Err(Error::TooDeep));
}

#[test]
fn the_deepest_allowed_value_is_read_and_one_more_is_not() {
    assert!(decode_all(&nested_arrays(DEPTH_MAX - 1)).is_ok());
    assert_eq!(decode_all(&nested_arrays(DEPTH_MAX)), Err(Error::TooDeep));
}

#[test]
fn counts_and_lengths_are_checked_against_the_bytes_left() {
    for (bytes, error) in [
        (&[0x0A, 0xFF, 0xFF, 0xFF, 0xFF][..], Error::Truncated),
        (&[0x0C, 0xFF, 0xFF, 0xFF, 0xFF], Error::StringTooLong),
        (&[0x0C, 0, 0, 1, 0, b'x'], Error::Truncated),
        (&[0x02, 0xFF, 0xFF], Error::Truncated),
        (&[0x00, 0, 0], Error::Truncated),
        (&[0x03], Error::Truncated),
        (&[0x03, 0, 1, b'a'], Error::Truncated),
        (&[0x0B, 0, 0], Error::Truncated),
        (&[0x07, 0, 0], Error::Unsupported(0x07)),
        (&[0x10], Error::Unsupported(0x10)),
        (&[0x11], Error::Unsupported(0x11)),
        (&[0x09], Error::Unsupported(0x09)),
    ] {
        assert_eq!(decode_all(bytes), Err(error), "{bytes:?}");
    }
}

#[test]
fn more_values_than_the_limit_are_refused() {
    assert_eq!(
        decode_all(&vec![marker::NULL; VALUES_MAX]).unwrap().len(),
        VALUES_MAX
    );
    assert_eq!(
        decode_all(&vec![marker::NULL; VALUES_MAX + 1]),
        Err(Error::TooMany)
    );
    let mut array = vec![marker::STRICT_ARRAY, 0, 0, 0x20, 0];
    array.resize(5 + 0x2000, marker::NULL);
    assert_eq!(decode_all(&array), Err(Error::TooMany));
}

#[test]
fn a_metadata_array_may_have_a_wrong_count_and_no_end() {
    let bytes = [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0, 1, b'w', 0x05];
    let expected = Value::EcmaArray(vec![("w".to_owned(), Value::Null)]);
    assert_eq!(decode_all(&bytes).unwrap(), [expected]);
}

#[test]
fn text_that_is_not_utf8_is_replaced() {
    assert_eq!(
        decode_all(&[0x02, 0, 1, 0xFF]).unwrap(),
        [Value::string("\u{FFFD}")]
    );
}

#[test]
fn a_long_string_gets_a_long_length() {
    let value = Value::string("x".repeat(STRING_BYTES_MAX));
    let bytes = encoded(&value);
    assert_eq!(bytes[0], marker::LONG_STRING);
    assert_eq!(decode_all(&bytes).unwrap(), [value]);
}

#[test]
fn a_value_too_deep_to_be_read_is_not_written() {
    let deep = (0..DEPTH_MAX).fold(Value::Null, |inner, _| Value::StrictArray(vec![inner]));
    assert_eq!(encode(&deep, &mut Vec::new()), Err(Error::TooDeep));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (-1e9..1e9).prop_map(Value::Number),
        any::<bool>().prop_map(Value::Boolean),
        ".{0,20}".prop_map(Value::String),
        Just(Value::Null),
        Just(Value::Undefined),
        ((-1e9..1e9), any::<i16>()).prop_map(|(unix_ms, zone)| Value::Date { unix_ms, zone }),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let properties = prop::collection::vec(("[a-z]{1,8}", inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::StrictArray),
            properties.clone().prop_map(Value::Object),
            properties.prop_map(Value::EcmaArray),
        ]
    })
}

proptest! {
    #[test]
    fn what_was_written_reads_back(value in any_value()) {
        prop_assert_eq!(decode_all(&encoded(&value)).unwrap(), vec![value]);
    }

    #[test]
    fn any_bytes_end_in_values_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _outcome = decode_all(&bytes);
    }
}
