//! Bytes to values, within the limits of the parent module.

use super::{DEPTH_MAX, Error, Properties, STRING_BYTES_MAX, VALUES_MAX, Value, marker};

/// Reads values one after the other.
#[derive(Debug)]
pub struct Decoder<'a> {
    rest: &'a [u8],
    values_left: usize,
}

impl<'a> Decoder<'a> {
    /// Starts at the first byte.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            values_left: VALUES_MAX,
        }
    }

    /// The next value, or `None` when no bytes are left.
    ///
    /// # Errors
    /// Any [`Error`]; the decoder's position is then undefined and it should be dropped.
    pub fn next_value(&mut self) -> Result<Option<Value>, Error> {
        if self.rest.is_empty() {
            Ok(None)
        } else {
            self.value(0).map(Some)
        }
    }

    /// The bytes that were not read yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn value(&mut self, depth: usize) -> Result<Value, Error> {
        if depth >= DEPTH_MAX {
            return Err(Error::TooDeep);
        }
        self.values_left = self.values_left.checked_sub(1).ok_or(Error::TooMany)?;
        let [kind] = self.array()?;
        Ok(match kind {
            marker::NUMBER => Value::Number(f64::from_be_bytes(self.array()?)),
            marker::BOOLEAN => {
                let [byte] = self.array()?;
                Value::Boolean(byte != 0)
            }
            marker::STRING => Value::String(self.short_string()?),
            marker::LONG_STRING => {
                let length = self.length()?;
                Value::String(self.text(length)?)
            }
            marker::OBJECT => Value::Object(self.properties(depth, false)?),
            marker::ECMA_ARRAY => {
                // The count is a hint that encoders get wrong, so it allocates nothing.
                self.length()?;
                Value::EcmaArray(self.properties(depth, true)?)
            }
            marker::STRICT_ARRAY => Value::StrictArray(self.strict_array(depth)?),
            marker::NULL => Value::Null,
            marker::UNDEFINED => Value::Undefined,
            marker::DATE => Value::Date {
                unix_ms: f64::from_be_bytes(self.array()?),
                zone: i16::from_be_bytes(self.array()?),
            },
            other => return Err(Error::Unsupported(other)),
        })
    }

    fn properties(&mut self, depth: usize, may_lack_end: bool) -> Result<Properties, Error> {
        let mut properties = Properties::new();
        loop {
            // Some hardware encoders leave out the end marker of a metadata array.
            if may_lack_end && self.rest.is_empty() {
                return Ok(properties);
            }
            let name = self.short_string()?;
            if name.is_empty() && self.rest.first() == Some(&marker::OBJECT_END) {
                self.take(1)?;
                return Ok(properties);
            }
            properties.push((name, self.value(depth + 1)?));
        }
    }

    fn strict_array(&mut self, depth: usize) -> Result<Vec<Value>, Error> {
        let count = self.length()?;
        // Each value has at least its marker: a count beyond the bytes left is a lie.
        if count > self.rest.len() {
            return Err(Error::Truncated);
        }
        if count > self.values_left {
            return Err(Error::TooMany);
        }
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(self.value(depth + 1)?);
        }
        Ok(values)
    }

    fn short_string(&mut self) -> Result<String, Error> {
        let length = u16::from_be_bytes(self.array()?);
        self.text(usize::from(length))
    }

    fn text(&mut self, length: usize) -> Result<String, Error> {
        if length > STRING_BYTES_MAX {
            return Err(Error::StringTooLong);
        }
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    fn length(&mut self) -> Result<usize, Error> {
        usize::try_from(u32::from_be_bytes(self.array()?)).map_err(|_| Error::Truncated)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }
}

/// All values in these bytes.
///
/// # Errors
/// Any [`Error`], if one of them cannot be read.
pub fn decode_all(bytes: &[u8]) -> Result<Vec<Value>, Error> {
    let mut decoder = Decoder::new(bytes);
    let mut values = Vec::new();
    while let Some(value) = decoder.next_value()? {
        values.push(value);
    }
    Ok(values)
}
