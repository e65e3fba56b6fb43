//! An event as one line of JSON, and back: what exports, imports and backups are made of.
//!
//! Payload, metadata and the personal part stand in it byte for byte as they are stored, because the
//! hash is over these bytes.

use crate::chain::Hash;
use crate::checkpoint::{from_hex, to_hex};
use crate::reader::RawRow;
use crate::row::Row;
use chrono::SecondsFormat;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::io::Write as _;
use tributary_domain::{Position, Timestamp};
use uuid::Uuid;

/// The longest line that is read.
pub const LINE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why an event cannot be written as a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event at position {0} holds a line feed or no text; it cannot be written as a line")]
pub struct NoLine(pub Position);

/// Why a line is no event.
#[derive(Debug, thiserror::Error)]
pub enum NoEvent {
    /// Not the JSON that is written here.
    #[error("it is not an event as `tributary log export` writes it: {0}")]
    Json(#[from] serde_json::Error),
    /// The hash has another form.
    #[error("its hash is not 64 hexadecimal digits")]
    Hash,
}

/// Adds the line, with its line feed, to `out`.
///
/// # Errors
/// When a text of the event would not fit into a line.
pub fn write(row: &RawRow<'_>, with_personal: bool, out: &mut Vec<u8>) -> Result<(), NoLine> {
    let begin = out.len();
    let wrote = write_members(row, with_personal, out);
    if wrote.is_some() && !out[begin..].contains(&b'\n') {
        out.push(b'\n');
        return Ok(());
    }
    out.truncate(begin);
    Err(NoLine(row.position()))
}

fn write_members(row: &RawRow<'_>, with_personal: bool, out: &mut Vec<u8>) -> Option<()> {
    let time = row
        .recorded_at()
        .to_rfc3339_opts(SecondsFormat::Micros, true);
    let position = row.stored_position();
    let id = row.event_id();
    write!(
        out,
        r#"{{"position":{position},"event_id":"{id}","recorded_at":"{time}""#
    )
    .ok()?;
    let texts = [
        ("aggregate_type", row.aggregate_type()),
        ("aggregate_id", row.aggregate_id()),
        ("event_type", row.event_type()),
        ("event_version", row.event_version()),
    ];
    for (name, bytes) in texts {
        write!(out, r#","{name}":"#).ok()?;
        serde_json::to_writer(&mut *out, std::str::from_utf8(bytes).ok()?).ok()?;
    }
    write!(out, r#","sequence":{}"#, row.sequence()).ok()?;
    if let Some(channel) = row.channel() {
        write!(out, r#","channel":"{channel}""#).ok()?;
    }
    let personal = row.personal().filter(|_| with_personal);
    let json = [
        ("payload", Some(row.payload())),
        ("metadata", Some(row.metadata())),
        ("personal", personal),
    ];
    for (name, bytes) in json {
        let Some(bytes) = bytes else { continue };
        write!(out, r#","{name}":"#).ok()?;
        out.extend_from_slice(std::str::from_utf8(bytes).ok()?.as_bytes());
    }
    write!(out, r#","hash":"{}"}}"#, to_hex(&row.hash())).ok()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    position: i64,
    event_id: Uuid,
    recorded_at: Timestamp,
    #[serde(borrow)]
    aggregate_type: Cow<'a, str>,
    #[serde(borrow)]
    aggregate_id: Cow<'a, str>,
    #[serde(borrow)]
    event_type: Cow<'a, str>,
    #[serde(borrow)]
    event_version: Cow<'a, str>,
    sequence: i64,
    channel: Option<Uuid>,
    #[serde(borrow)]
    payload: &'a RawValue,
    #[serde(borrow)]
    metadata: &'a RawValue,
    #[serde(borrow, default)]
    personal: Option<&'a RawValue>,
    hash: Cow<'a, str>,
}

/// Reads a line back. Whether it fits the log is for others to say.
///
/// # Errors
/// When it is none.
pub fn read(line: &str) -> Result<Row, NoEvent> {
    let line: Line<'_> = serde_json::from_str(line)?;
    let hash: Hash = from_hex(&line.hash).ok_or(NoEvent::Hash)?;
    Ok(Row {
        position: line.position,
        aggregate_type: line.aggregate_type.into_owned(),
        aggregate_id: line.aggregate_id.into_owned(),
        sequence: line.sequence,
        event_type: line.event_type.into_owned(),
        event_version: line.event_version.into_owned(),
        payload: line.payload.get().to_owned(),
        metadata: line.metadata.get().to_owned(),
        event_id: line.event_id,
        recorded_at: line.recorded_at,
        channel: line.channel,
        personal: line.personal.map(|personal| personal.get().to_owned()),
        hash,
    })
}
