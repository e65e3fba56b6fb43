//! Rows as SQLite gives them.

use crate::row::Row;
use crate::storage::Head;
use rusqlite::{Connection, Statement, params};
use tributary_domain::{Position, Timestamp};
use uuid::Uuid;

/// The columns that [`row`] reads.
pub(super) const COLUMNS: &str = "position, aggregate_type, aggregate_id, sequence, event_type,
    event_version, payload, metadata, event_id, recorded_at, channel, personal, hash";

/// Writes one row of the table of events; see [`write`].
pub const WRITE: &str =
    "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

/// Writes a row by [`WRITE`].
///
/// # Errors
/// Those of the database.
pub fn write(statement: &mut Statement<'_>, row: &Row) -> rusqlite::Result<usize> {
    statement.execute(params![
        row.position,
        row.aggregate_type,
        row.aggregate_id,
        row.sequence,
        row.event_type,
        row.event_version,
        row.payload,
        row.metadata,
        row.event_id.as_bytes(),
        row.recorded_at.timestamp_micros(),
        row.channel.as_ref().map(Uuid::as_bytes),
        row.personal,
        row.hash,
    ])
}

pub(crate) fn read_head(connection: &Connection) -> rusqlite::Result<Head> {
    connection
        .prepare_cached("SELECT position, hash, recorded_at FROM log_head WHERE id = 1")?
        .query_row([], |row| {
            Ok(Head {
                position: place(row, 0)?,
                hash: row.get(1)?,
                recorded_at: moment(row, 2)?,
            })
        })
}

pub(crate) fn place(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Position> {
    let value = row.get(index)?;
    Position::new(value).ok_or(rusqlite::Error::IntegralValueOutOfRange(index, value))
}

pub(super) fn moment(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    let micros = row.get(index)?;
    Timestamp::from_timestamp_micros(micros)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(index, micros))
}

pub(super) fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        position: row.get(0)?,
        aggregate_type: row.get(1)?,
        aggregate_id: row.get(2)?,
        sequence: row.get(3)?,
        event_type: row.get(4)?,
        event_version: row.get(5)?,
        payload: row.get(6)?,
        metadata: row.get(7)?,
        event_id: Uuid::from_bytes(row.get(8)?),
        recorded_at: moment(row, 9)?,
        channel: row.get::<_, Option<[u8; 16]>>(10)?.map(Uuid::from_bytes),
        personal: row.get(11)?,
        hash: row.get(12)?,
    })
}
