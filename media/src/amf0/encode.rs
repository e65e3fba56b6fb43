//! Values to bytes.

use super::{DEPTH_MAX, Error, Value, marker};

/// Appends a value to `out`.
///
/// # Errors
/// [`Error::TooDeep`] beyond [`DEPTH_MAX`], [`Error::StringTooLong`] for a property name over 65,535
/// bytes, a string over 4 GiB or an array of more than 2³² values. `out` may then hold a part.
pub fn encode(value: &Value, out: &mut Vec<u8>) -> Result<(), Error> {
    encode_at(value, out, 0)
}

fn encode_at(value: &Value, out: &mut Vec<u8>, depth: usize) -> Result<(), Error> {
    if depth >= DEPTH_MAX {
        return Err(Error::TooDeep);
    }
    match value {
        Value::Number(number) => {
            out.push(marker::NUMBER);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::Boolean(yes) => out.extend_from_slice(&[marker::BOOLEAN, u8::from(*yes)]),
        Value::String(text) => {
            if let Ok(length) = u16::try_from(text.len()) {
                out.push(marker::STRING);
                out.extend_from_slice(&length.to_be_bytes());
            } else {
                out.push(marker::LONG_STRING);
                out.extend_from_slice(&length(text.len())?);
            }
            out.extend_from_slice(text.as_bytes());
        }
        Value::Object(properties) => {
            out.push(marker::OBJECT);
            encode_properties(properties, out, depth)?;
        }
        Value::EcmaArray(properties) => {
            out.push(marker::ECMA_ARRAY);
            out.extend_from_slice(&length(properties.len())?);
            encode_properties(properties, out, depth)?;
        }
        Value::StrictArray(values) => {
            out.push(marker::STRICT_ARRAY);
            out.extend_from_slice(&length(values.len())?);
            for value in values {
                encode_at(value, out, depth + 1)?;
            }
        }
        Value::Null => out.push(marker::NULL),
        Value::Undefined => out.push(marker::UNDEFINED),
        Value::Date { unix_ms, zone } => {
            out.push(marker::DATE);
            out.extend_from_slice(&unix_ms.to_be_bytes());
            out.extend_from_slice(&zone.to_be_bytes());
        }
    }
    Ok(())
}

fn encode_properties(
    properties: &[(String, Value)],
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<(), Error> {
    for (name, value) in properties {
        let length = u16::try_from(name.len()).map_err(|_| Error::StringTooLong)?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(name.as_bytes());
        encode_at(value, out, depth + 1)?;
    }
    out.extend_from_slice(&[0, 0, marker::OBJECT_END]);
    Ok(())
}

fn length(count: usize) -> Result<[u8; 4], Error> {
    u32::try_from(count)
        .map(u32::to_be_bytes)
        .map_err(|_| Error::StringTooLong)
}
