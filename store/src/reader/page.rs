//! Rows as they come from the database, in one piece of memory: nothing is copied twice or checked for
//! being text before somebody wants it as text.

use crate::chain::{self, Covered, GENESIS, Hash};
use crate::error::StoreError;
use crate::row::{Columns, Row};
use std::ops::Range;
use tributary_domain::{Position, Recorded, Timestamp};
use uuid::Uuid;

/// Texts of a row, in the order of the columns.
pub(super) const TEXTS: usize = 7;

/// Where a text lies among the page's bytes.
pub(super) type Span = Range<usize>;

/// Everything of a row that is not text, and where its texts are.
#[derive(Debug)]
pub(super) struct Fixed {
    pub position: i64,
    pub sequence: i64,
    pub recorded_at_micros: i64,
    pub event_id: [u8; 16],
    pub channel: Option<[u8; 16]>,
    pub hash: Hash,
    /// `aggregate_type`, `aggregate_id`, `event_type`, `event_version`, `payload`, `metadata`,
    /// `personal`.
    pub texts: [Span; TEXTS],
    pub has_personal: bool,
}

/// Some rows, in order of position.
#[derive(Debug, Default)]
pub struct RawPage {
    pub(super) bytes: Vec<u8>,
    pub(super) rows: Vec<Fixed>,
}

impl RawPage {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row at an index.
    pub fn get(&self, index: usize) -> Option<RawRow<'_>> {
        let bytes = &self.bytes;
        self.rows.get(index).map(|fixed| RawRow { bytes, fixed })
    }

    /// The rows, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = RawRow<'_>> {
        let bytes = &self.bytes;
        self.rows.iter().map(move |fixed| RawRow { bytes, fixed })
    }
}

/// A row of a [`RawPage`].
#[derive(Debug, Clone, Copy)]
pub struct RawRow<'a> {
    bytes: &'a [u8],
    fixed: &'a Fixed,
}

impl<'a> RawRow<'a> {
    fn text(&self, index: usize) -> &'a [u8] {
        // A span is made together with the bytes; one that is out of them reads as nothing.
        let span = self.fixed.texts[index].clone();
        self.bytes.get(span).unwrap_or_default()
    }

    /// Place in the log.
    pub fn position(&self) -> Position {
        Position::new(self.fixed.position).unwrap_or_default()
    }

    /// Place in the log as it is stored, which may be none that a log has.
    pub fn stored_position(&self) -> i64 {
        self.fixed.position
    }

    /// Place in the history.
    pub fn sequence(&self) -> i64 {
        self.fixed.sequence
    }

    /// When it was appended, in microseconds since 1970.
    pub fn recorded_at_micros(&self) -> i64 {
        self.fixed.recorded_at_micros
    }

    /// When it was appended; the first moment that there is where the stored number is none.
    pub fn recorded_at(&self) -> Timestamp {
        Timestamp::from_timestamp_micros(self.fixed.recorded_at_micros)
            .unwrap_or(Timestamp::MIN_UTC)
    }

    /// The event's own id.
    pub fn event_id(&self) -> Uuid {
        Uuid::from_bytes(self.fixed.event_id)
    }

    /// The channel that it concerns.
    pub fn channel(&self) -> Option<Uuid> {
        self.fixed.channel.map(Uuid::from_bytes)
    }

    /// The link as it is stored; zeros where it does not have the length of one.
    pub fn hash(&self) -> Hash {
        self.fixed.hash
    }

    /// The history's kind.
    pub fn aggregate_type(&self) -> &'a [u8] {
        self.text(0)
    }

    /// The history's id.
    pub fn aggregate_id(&self) -> &'a [u8] {
        self.text(1)
    }

    /// The event's stored name.
    pub fn event_type(&self) -> &'a [u8] {
        self.text(2)
    }

    /// The event's version.
    pub fn event_version(&self) -> &'a [u8] {
        self.text(3)
    }

    /// JSON.
    pub fn payload(&self) -> &'a [u8] {
        self.text(4)
    }

    /// JSON.
    pub fn metadata(&self) -> &'a [u8] {
        self.text(5)
    }

    /// What an erasure empties.
    pub fn personal(&self) -> Option<&'a [u8]> {
        self.fixed.has_personal.then(|| self.text(6))
    }

    /// The link that this row should have after `previous`.
    pub fn link(&self, previous: &Hash) -> Hash {
        self.link_at(previous, self.fixed.position)
    }

    /// The link that this row would have at another place.
    pub(crate) fn link_at(&self, previous: &Hash, position: i64) -> Hash {
        let covered = Covered {
            position,
            event_id: &self.fixed.event_id,
            recorded_at_micros: self.fixed.recorded_at_micros,
            aggregate_type: self.aggregate_type(),
            aggregate_id: self.aggregate_id(),
            sequence: self.fixed.sequence,
            event_type: self.event_type(),
            event_version: self.event_version(),
            channel: self.fixed.channel.as_ref(),
            payload: self.payload(),
            metadata: self.metadata(),
        };
        chain::link_covered(previous, &covered)
    }

    /// The event that the row holds.
    ///
    /// # Errors
    /// When a text is none, or for what this program does not know.
    pub fn decode(&self) -> Result<Recorded, StoreError> {
        let columns = Columns {
            metadata: Some(self.checked(self.metadata())?),
            personal: self
                .personal()
                .map(|bytes| self.checked(bytes))
                .transpose()?,
            ..self.bare()?
        };
        columns.decode()
    }

    /// The event as if its personal part was erased, and without who asked for it: to read these takes half
    /// of the time.
    ///
    /// # Errors
    /// As [`Self::decode`].
    pub fn decode_bare(&self) -> Result<Recorded, StoreError> {
        self.bare()?.decode()
    }

    fn bare(&self) -> Result<Columns<'a>, StoreError> {
        Ok(Columns {
            position: self.fixed.position,
            aggregate_type: self.checked(self.aggregate_type())?,
            aggregate_id: self.checked(self.aggregate_id())?,
            sequence: self.fixed.sequence,
            event_type: self.checked(self.event_type())?,
            event_version: self.checked(self.event_version())?,
            payload: self.checked(self.payload())?,
            metadata: None,
            event_id: self.event_id(),
            recorded_at: self.recorded_at(),
            channel: self.channel(),
            personal: None,
        })
    }

    /// Bytes that are text.
    fn checked<'b>(&self, bytes: &'b [u8]) -> Result<&'b str, StoreError> {
        std::str::from_utf8(bytes).map_err(|error| StoreError::Unreadable {
            position: self.position(),
            reason: error.to_string(),
        })
    }

    /// The row with texts that were checked.
    ///
    /// # Errors
    /// When a text is none.
    pub fn to_row(&self) -> Result<Row, StoreError> {
        let text = |bytes: &[u8]| self.checked(bytes).map(str::to_owned);
        Ok(Row {
            position: self.fixed.position,
            aggregate_type: text(self.aggregate_type())?,
            aggregate_id: text(self.aggregate_id())?,
            sequence: self.fixed.sequence,
            event_type: text(self.event_type())?,
            event_version: text(self.event_version())?,
            payload: text(self.payload())?,
            metadata: text(self.metadata())?,
            event_id: self.event_id(),
            recorded_at: self.recorded_at(),
            channel: self.channel(),
            personal: self.personal().map(text).transpose()?,
            hash: self.fixed.hash,
        })
    }
}

/// A stored hash; zeros, which is no event's, where it does not have the length of one.
pub(super) fn hash(bytes: &[u8]) -> Hash {
    bytes.try_into().unwrap_or(GENESIS)
}

/// A stored id; zeros where it does not have the length of one.
pub(super) fn id(bytes: &[u8]) -> [u8; 16] {
    bytes.try_into().unwrap_or_default()
}
