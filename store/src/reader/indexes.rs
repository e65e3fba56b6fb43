//! What SQLite's index tables hold, for whoever compares it with the events.

use super::sqlite::Open;
use crate::storage::sqlite::receipt_digest;
use rusqlite::{Connection, Row};
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use tokio::sync::oneshot;
use uuid::Uuid;

/// One of the tables by which a SQLite log finds its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// The events of each history.
    Histories,
    /// The events that concern each channel.
    Channels,
    /// The receipts of commands that carried an id.
    Receipts,
}

/// How an index is read. A key is text here, whatever it is in the table.
struct Tables {
    index: Index,
    name: &'static str,
    /// Keys with their positions, as the log itself reads them.
    runs: &'static str,
    /// Positions up to one, with what their keys are made of.
    entries: &'static str,
    /// The same of one position.
    entry: &'static str,
    key: fn(&Row<'_>) -> rusqlite::Result<String>,
    /// A key as the events have it.
    hash: fn(&RandomState, &str) -> u64,
}

const TABLES: [Tables; 3] = [
    Tables {
        index: Index::Histories,
        name: "history",
        runs: "SELECT history, positions FROM history_index ORDER BY history, first",
        entries: "SELECT position, aggregate_type, aggregate_id FROM events WHERE position <= ?1
                  ORDER BY position",
        entry: "SELECT position, aggregate_type, aggregate_id FROM events WHERE position = ?1",
        key: |row| {
            let [kind, id] = [row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?];
            Ok([kind, "/", id].concat())
        },
        hash: |keys, key| {
            let (kind, id) = key.split_once('/').unwrap_or(("", key));
            key_of_history(keys, kind.as_bytes(), id.as_bytes())
        },
    },
    Tables {
        index: Index::Channels,
        name: "channel",
        runs: "SELECT hex(channel), positions FROM channel_index ORDER BY channel, first",
        entries: "SELECT position, hex(channel) FROM events
                  WHERE position <= ?1 AND channel IS NOT NULL ORDER BY position",
        entry: "SELECT position, hex(channel) FROM events
                WHERE position = ?1 AND channel IS NOT NULL",
        key: |row| row.get(1),
        hash: |keys, key| match Uuid::try_parse(key) {
            Ok(channel) => key_of_channel(keys, channel),
            // What is no channel's fits none.
            Err(_) => keys.hash_one(key),
        },
    },
    Tables {
        index: Index::Receipts,
        name: "receipt",
        runs: "SELECT CAST(digest AS TEXT), json_array(position) FROM receipt_index
               ORDER BY digest, position",
        entries: "SELECT first_position, scope, command_id FROM command_receipts
                  WHERE first_position <= ?1 ORDER BY first_position",
        entry: "SELECT first_position, scope, command_id FROM command_receipts
                WHERE first_position = ?1",
        key: |row| {
            let [scope, id] = [row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?];
            Ok(receipt_digest(scope, id).to_string())
        },
        hash: |keys, key| keys.hash_one(key),
    },
];

/// Entries, added up. Who does not know the keys of the hash cannot make two lists with the same sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    entries: u64,
    hashes: u64,
}

impl Sum {
    /// `key` is hashed with the same keys: of many positions that have it in common only once.
    pub(crate) fn add(&mut self, keys: &RandomState, key: u64, position: i64) {
        self.entries += 1;
        self.hashes = self.hashes.wrapping_add(keys.hash_one((key, position)));
    }
}

/// A history, as the key of its events.
pub(crate) fn key_of_history(keys: &RandomState, kind: &[u8], id: &[u8]) -> u64 {
    keys.hash_one((kind, id))
}

/// A channel, as the key of the events that concern it.
pub(crate) fn key_of_channel(keys: &RandomState, channel: Uuid) -> u64 {
    keys.hash_one(channel.as_bytes())
}

/// Up to where the tables of histories and of channels say that they are complete.
pub(crate) type Upto = [i64; 2];

/// What the tables hold up to there, or nothing if one holds what is wrong by itself.
pub(crate) type Sums = Option<[Sum; 2]>;

/// An entry that is wrong, or missing.
pub(crate) struct Misindexed {
    pub(crate) index: Index,
    pub(crate) position: i64,
    pub(crate) key: String,
    pub(crate) is_missing: bool,
}

/// Adds up what the tables hold of events after `after`. All of one moment, which is over when `upto` is heard.
pub(super) fn add_up(
    open: &Open,
    keys: &RandomState,
    after: i64,
    upto: oneshot::Sender<Upto>,
) -> rusqlite::Result<Sums> {
    let transaction = open.connection.unchecked_transaction()?;
    let [histories, channels, receipts] = &TABLES;
    let complete = [
        complete_to(&transaction, histories)?,
        complete_to(&transaction, channels)?,
    ];
    if upto.send(complete).is_err() {
        return Ok(None);
    }
    let mut sums = [Sum::default(); 2];
    for ((sum, tables), upto) in sums.iter_mut().zip([histories, channels]).zip(complete) {
        match sum_of(&transaction, tables, keys, after, upto)? {
            Some(found) => *sum = found,
            None => return Ok(None),
        }
    }
    let upto = complete_to(&transaction, receipts)?;
    let mut written = Sum::default();
    let mut entries = transaction.prepare(receipts.entries)?;
    let mut rows = entries.query([upto])?;
    while let Some(row) = rows.next()? {
        let key = (receipts.hash)(keys, &(receipts.key)(row)?);
        written.add(keys, key, row.get(0)?);
    }
    let indexed = sum_of(&transaction, receipts, keys, 0, upto)?;
    Ok((indexed == Some(written)).then_some(sums))
}

fn complete_to(connection: &Connection, tables: &Tables) -> rusqlite::Result<i64> {
    let sql = "SELECT upto FROM index_progress WHERE name = ?1";
    connection.query_row(sql, [tables.name], |row| row.get(0))
}

/// None if a run cannot be read, or names what there is not.
fn sum_of(
    connection: &Connection,
    tables: &Tables,
    keys: &RandomState,
    after: i64,
    upto: i64,
) -> rusqlite::Result<Option<Sum>> {
    let mut sum = Sum::default();
    let mut entry = connection.prepare(tables.entry)?;
    let mut sound = true;
    let (mut of, mut hash) = (String::new(), (tables.hash)(keys, ""));
    each_entry(connection, tables, |key, position| {
        if key != of {
            key.clone_into(&mut of);
            hash = (tables.hash)(keys, key);
        }
        match position {
            Some(position) if position > upto => {
                sound &= key_at(&mut entry, tables, position)?.as_deref() == Some(key);
            }
            Some(position) if position > after => sum.add(keys, hash, position),
            Some(_) => {}
            None => sound = false,
        }
        Ok(())
    })?;
    Ok(sound.then_some(sum))
}

/// Calls `take` with each key and position that the log finds in the table: a run that was written after
/// a crash begins within an older one. No position stands for a run that is none.
fn each_entry(
    connection: &Connection,
    tables: &Tables,
    mut take: impl FnMut(&str, Option<i64>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut runs = connection.prepare(tables.runs)?;
    let mut rows = runs.query([])?;
    let (mut of, mut last) = (String::new(), 0);
    while let Some(row) = rows.next()? {
        let key = row.get_ref(0)?.as_str()?;
        if key != of {
            key.clone_into(&mut of);
            last = 0;
        }
        let Ok(run) = serde_json::from_str::<Vec<i64>>(row.get_ref(1)?.as_str()?) else {
            take(key, None)?;
            continue;
        };
        for position in run {
            if position > last {
                take(key, Some(position))?;
                last = position;
            }
        }
    }
    Ok(())
}

fn key_at(
    entry: &mut rusqlite::Statement<'_>,
    tables: &Tables,
    position: i64,
) -> rusqlite::Result<Option<String>> {
    let mut rows = entry.query([position])?;
    rows.next()?.map(|row| (tables.key)(row)).transpose()
}

/// The first entries that are wrong or missing, `count_max` of each index at most.
pub(super) fn misindexed(
    open: &Open,
    after: i64,
    count_max: usize,
) -> rusqlite::Result<Vec<Misindexed>> {
    let transaction = open.connection.unchecked_transaction()?;
    let mut found = Vec::new();
    for tables in &TABLES {
        let index = tables.index;
        let mut of_index = Vec::new();
        let upto = complete_to(&transaction, tables)?;
        let mut held = vec![false; usize::try_from(upto).unwrap_or(0) + 1];
        let mut entry = transaction.prepare(tables.entry)?;
        each_entry(&transaction, tables, |key, position| {
            let fits = match position {
                Some(position) => key_at(&mut entry, tables, position)?.as_deref() == Some(key),
                None => false,
            };
            let place = position.and_then(|position| usize::try_from(position).ok());
            if fits {
                if let Some(held) = place.and_then(|place| held.get_mut(place)) {
                    *held = true;
                }
            } else if of_index.len() < count_max {
                of_index.push(Misindexed {
                    index,
                    position: position.unwrap_or(0),
                    key: key.to_owned(),
                    is_missing: false,
                });
            }
            Ok(())
        })?;
        let mut entries = transaction.prepare(tables.entries)?;
        let mut rows = entries.query([upto])?;
        while let Some(row) = rows.next()? {
            let position: i64 = row.get(0)?;
            let place = usize::try_from(position).unwrap_or(0);
            if position > after && !held.get(place).is_some_and(|held| *held) {
                of_index.push(Misindexed {
                    index,
                    position,
                    key: (tables.key)(row)?,
                    is_missing: true,
                });
                if of_index.len() >= 2 * count_max {
                    break;
                }
            }
        }
        found.append(&mut of_index);
    }
    found.sort_by_key(|entry| entry.position);
    Ok(found)
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Histories => "histories",
            Self::Channels => "channels",
            Self::Receipts => "receipts",
        })
    }
}
