//! The hash chain over the log: each event's hash covers the one before it.
//!
//! The bytes are canonical: a domain, then every field with its length before it, so that no two
//! different events give the same bytes. The personal part is not among them; its digest is, within
//! the payload, so a person can be erased and the chain still holds.

use crate::row::Row;
use sha2::{Digest, Sha256};

/// A link of the chain.
pub type Hash = [u8; 32];

/// Before the first event.
pub const GENESIS: Hash = [0; 32];

/// Separates these hashes from every other use of SHA-256 in the product.
const DOMAIN: &[u8] = b"tributary.log.v1";

/// Bytes of the length that stands before each field.
const LENGTH: usize = size_of::<u64>();

/// What a link covers, as bytes: those of a [`Row`], or of a row as it comes from the database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Covered<'a> {
    pub position: i64,
    pub event_id: &'a [u8; 16],
    pub recorded_at_micros: i64,
    pub aggregate_type: &'a [u8],
    pub aggregate_id: &'a [u8],
    pub sequence: i64,
    pub event_type: &'a [u8],
    pub event_version: &'a [u8],
    pub channel: Option<&'a [u8; 16]>,
    pub payload: &'a [u8],
    pub metadata: &'a [u8],
}

/// The hash of `row` after an event whose hash is `previous`.
pub fn link(previous: &Hash, row: &Row) -> Hash {
    let covered = Covered {
        position: row.position,
        event_id: row.event_id.as_bytes(),
        recorded_at_micros: row.recorded_at.timestamp_micros(),
        aggregate_type: row.aggregate_type.as_bytes(),
        aggregate_id: row.aggregate_id.as_bytes(),
        sequence: row.sequence,
        event_type: row.event_type.as_bytes(),
        event_version: row.event_version.as_bytes(),
        channel: row.channel.as_ref().map(uuid::Uuid::as_bytes),
        payload: row.payload.as_bytes(),
        metadata: row.metadata.as_bytes(),
    };
    link_covered(previous, &covered)
}

/// [`link`], of the bytes themselves.
pub(crate) fn link_covered(previous: &Hash, covered: &Covered<'_>) -> Hash {
    let fields: [&[u8]; 13] = [
        DOMAIN,
        previous,
        &covered.position.to_be_bytes(),
        covered.event_id,
        &covered.recorded_at_micros.to_be_bytes(),
        covered.aggregate_type,
        covered.aggregate_id,
        &covered.sequence.to_be_bytes(),
        covered.event_type,
        covered.event_version,
        covered.channel.map_or(&[], |channel| channel),
        covered.payload,
        covered.metadata,
    ];
    // Put together first: a hasher that is handed every field by itself takes a third longer.
    let lengths = fields.iter().map(|field| LENGTH + field.len());
    let mut bytes = Vec::with_capacity(lengths.sum());
    for field in fields {
        bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
        bytes.extend_from_slice(field);
    }
    Sha256::digest(&bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tributary_domain::Timestamp;
    use uuid::Uuid;

    fn row() -> Row {
        Row {
            position: 7,
            aggregate_type: "stream".into(),
            aggregate_id: "a".into(),
            sequence: 1,
            event_type: "stream.ending".into(),
            event_version: "1".into(),
            payload: "{}".into(),
            metadata: "{}".into(),
            event_id: Uuid::from_u128(1),
            recorded_at: Timestamp::from_timestamp_micros(5).unwrap(),
            channel: None,
            personal: None,
            hash: GENESIS,
        }
    }

    #[test]
    fn every_column_but_the_personal_one_is_covered() {
        let base = link(&GENESIS, &row());
        let changes: [fn(&mut Row); 11] = [
            |row| row.position = 8,
            |row| row.aggregate_type = "channel".into(),
            |row| row.aggregate_id = "b".into(),
            |row| row.sequence = 2,
            |row| row.event_type = "stream.ended".into(),
            |row| row.event_version = "2".into(),
            |row| row.payload = "{ }".into(),
            |row| row.metadata = "{ }".into(),
            |row| row.event_id = Uuid::from_u128(2),
            |row| row.recorded_at = Timestamp::from_timestamp_micros(6).unwrap(),
            |row| row.channel = Some(Uuid::nil()),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut changed = row();
            change(&mut changed);
            assert_ne!(link(&GENESIS, &changed), base, "change {index}");
        }
        let erased = Row {
            personal: Some("{}".into()),
            ..row()
        };
        assert_eq!(link(&GENESIS, &erased), base);
        assert_ne!(link(&[1; 32], &row()), base);
    }

    #[test]
    fn moving_a_character_between_fields_is_noticed() {
        let one = Row {
            aggregate_type: "streams".into(),
            aggregate_id: "x".into(),
            ..row()
        };
        let two = Row {
            aggregate_type: "stream".into(),
            aggregate_id: "sx".into(),
            ..row()
        };
        assert_ne!(link(&GENESIS, &one), link(&GENESIS, &two));
    }
}
