//! The log's three indexes: histories, channels, receipts. Each is partly in the file and partly in
//! memory; see [`sweep`](super::sweep) for why.
//!
//! Of each key the file holds the older entries and memory the newer ones. Who looks a key up reads
//! memory first and the file then: what moved in between is found twice, and nothing is missed.

use super::sweep::{Gathered, Moved};
use crate::storage::{Batch, StoredReceipt};
use crate::used_ids::{IdKey, ShortKey};
use rusqlite::types::Type;
use rusqlite::{Connection, Transaction, params};
use std::fmt::Write as _;

/// Events that are looked at in one transaction when the log is opened.
const PAGE: i64 = 8_192;

type Channel = [u8; 16];

/// What is in memory alone.
pub(super) struct Indexes {
    /// About how many entries of each gather.
    entries_max: usize,
    /// By `type/id`; with each event its place in the history.
    histories: Gathered<String, i64>,
    channels: Gathered<Channel, ()>,
    /// By [`digest`].
    receipts: Gathered<i64, ()>,
}

/// What one append moves into the file.
pub(super) struct Due {
    histories: Moved<String, i64>,
    channels: Moved<Channel, ()>,
    receipts: Moved<i64, ()>,
}

/// An event, as far as it concerns an index.
struct Entry {
    position: i64,
    history: String,
    sequence: i64,
    channel: Option<Channel>,
}

impl Indexes {
    /// Reads what the file's indexes do not have yet.
    pub(super) fn open(connection: &mut Connection, entries_max: usize) -> rusqlite::Result<Self> {
        let upto = |name: &str| {
            let sql = "SELECT upto FROM index_progress WHERE name = ?1";
            connection.query_row(sql, [name], |row| row.get::<_, i64>(0))
        };
        let (histories, channels, receipts) =
            (upto("history")?, upto("channel")?, upto("receipt")?);
        let mut indexes = Self {
            entries_max,
            histories: Gathered::new(histories),
            channels: Gathered::new(channels),
            receipts: Gathered::new(receipts),
        };
        let mut after = histories.min(channels);
        loop {
            let page = entries_after(connection, after)?;
            let Some(last) = page.last().map(|entry| entry.position) else {
                break;
            };
            indexes.make_room(connection, (page.len(), after), (0, receipts))?;
            for entry in page {
                if entry.position > histories {
                    indexes
                        .histories
                        .add(entry.history, entry.position, entry.sequence);
                }
                if let Some(channel) = entry.channel
                    && entry.position > channels
                {
                    indexes.channels.add(channel, entry.position, ());
                }
            }
            after = last;
        }
        let end = after;
        let mut after = receipts;
        loop {
            let page = receipts_after(connection, after)?;
            let Some((last, _)) = page.last().copied() else {
                break;
            };
            indexes.make_room(connection, (0, end), (page.len(), after))?;
            for (position, digest) in page {
                indexes.receipts.add(digest, position, ());
            }
            after = last;
        }
        Ok(indexes)
    }

    /// Moves entries into the file outside of an append: after a migration, more is missing there than
    /// may gather. Of events and of receipts: how many come next, and the last that was added.
    fn make_room(
        &mut self,
        connection: &mut Connection,
        events: (usize, i64),
        receipts: (usize, i64),
    ) -> rusqlite::Result<()> {
        loop {
            let due = self.due(events.0, receipts.0);
            if due.is_empty() {
                return Ok(());
            }
            let transaction = connection.transaction()?;
            due.write(&transaction)?;
            transaction.commit()?;
            self.move_out(due, events.1, receipts.1);
        }
    }

    /// What must move so that a batch finds room.
    pub(super) fn due(&self, events: usize, receipts: usize) -> Due {
        Due {
            histories: self.histories.due(events, self.entries_max),
            channels: self.channels.due(events, self.entries_max),
            receipts: self.receipts.due(receipts, self.entries_max),
        }
    }

    /// The batch is durable, and what was due with it. `histories` are those of its rows.
    pub(super) fn settle(&mut self, due: Due, batch: &Batch, histories: Vec<String>) {
        let head = batch.expected.position.get();
        self.move_out(due, head, head);
        for (row, history) in batch.rows.iter().zip(histories) {
            self.histories.add(history, row.position, row.sequence);
            if let Some(channel) = row.channel {
                self.channels.add(channel.into_bytes(), row.position, ());
            }
        }
        for receipt in &batch.receipts {
            let digest = digest(&receipt.id.scope, &receipt.id.id);
            self.receipts.add(digest, receipt.first.get(), ());
        }
    }

    fn move_out(&mut self, due: Due, last_event: i64, last_receipt: i64) {
        self.histories.settle(due.histories, last_event);
        self.channels.settle(due.channels, last_event);
        self.receipts.settle(due.receipts, last_receipt);
    }

    /// The newest event's place in a history, as far as memory knows it.
    pub(super) fn newest(&self, history: &String) -> Option<i64> {
        let newest = self.histories.get(history).last();
        newest.map(|(_, sequence)| *sequence)
    }

    /// Positions of a history's newest events, by sequence.
    pub(super) fn history(&self, history: &String) -> Vec<i64> {
        positions(self.histories.get(history))
    }

    /// Positions of the newest events that concern a channel.
    pub(super) fn channel(&self, channel: Channel) -> Vec<i64> {
        positions(self.channels.get(&channel))
    }

    /// Of all new receipts.
    pub(super) fn receipts(&self) -> Vec<ShortKey> {
        self.receipts.keys().copied().map(ShortKey).collect()
    }

    /// Positions of new receipts that may be the one that is looked for.
    pub(super) fn receipt(&self, scope: &str, id: &str) -> Vec<i64> {
        positions(self.receipts.get(&digest(scope, id)))
    }
}

/// The positions of a run as an index holds them: readable, and SQL can take them apart.
fn json<E>(run: &[(i64, E)]) -> String {
    let mut text = String::with_capacity(2 + run.len() * 10);
    for (position, _) in run {
        text.push(if text.is_empty() { '[' } else { ',' });
        // Writing to a string does not fail.
        let _ = write!(text, "{position}");
    }
    text.push(']');
    text
}

/// The positions of a history's events that are in the file's index, in order.
pub(super) fn of_history(connection: &Connection, history: &str) -> rusqlite::Result<Vec<i64>> {
    let sql = "SELECT positions FROM history_index WHERE history = ?1 ORDER BY first";
    let mut statement = connection.prepare_cached(sql)?;
    let runs = statement.query_map([history], |row| row.get(0))?;
    joined(runs, 0, usize::MAX)
}

/// The first positions after `after` of the events that concern a channel and are in the file's index.
pub(super) fn of_channel(
    connection: &Connection,
    channel: Channel,
    after: i64,
    limit: usize,
) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT positions FROM channel_index WHERE channel = ?1 AND first >= coalesce(
             (SELECT max(first) FROM channel_index WHERE channel = ?1 AND first <= ?2), 0)
         ORDER BY first",
    )?;
    let runs = statement.query_map(params![channel, after], |row| row.get(0))?;
    joined(runs, after, limit)
}

/// The positions of runs, each once: one that was written after a crash begins within an older one.
fn joined(
    runs: impl Iterator<Item = rusqlite::Result<String>>,
    after: i64,
    limit: usize,
) -> rusqlite::Result<Vec<i64>> {
    let mut found = Vec::new();
    let mut last = after;
    for run in runs {
        let run: Vec<i64> = serde_json::from_str(&run?).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
        })?;
        for position in run {
            if found.len() == limit {
                return Ok(found);
            }
            if position > last {
                found.push(position);
                last = position;
            }
        }
    }
    Ok(found)
}

fn positions<E>(entries: &[(i64, E)]) -> Vec<i64> {
    entries.iter().map(|(position, _)| *position).collect()
}

impl Due {
    fn is_empty(&self) -> bool {
        let complete = [
            self.histories.complete_to,
            self.channels.complete_to,
            self.receipts.complete_to,
        ];
        self.histories.runs.is_empty()
            && self.channels.runs.is_empty()
            && self.receipts.runs.is_empty()
            && complete == [None; 3]
    }

    /// Writes the entries. Some may be there: from before a crash that memory was filled again after. A
    /// run then begins anew where one began, or within one; what the old one held is in the new ones.
    pub(super) fn write(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        if !self.histories.runs.is_empty() {
            let sql = "INSERT OR REPLACE INTO history_index VALUES (?1, ?2, ?3)";
            let mut insert = transaction.prepare_cached(sql)?;
            for (history, run) in &self.histories.runs {
                let first = run.first().map(|(_, sequence)| sequence);
                insert.execute(params![history, first, json(run)])?;
            }
        }
        if !self.channels.runs.is_empty() {
            let sql = "INSERT OR REPLACE INTO channel_index VALUES (?1, ?2, ?3)";
            let mut insert = transaction.prepare_cached(sql)?;
            for (channel, run) in &self.channels.runs {
                let first = run.first().map(|(position, ())| position);
                insert.execute(params![channel, first, json(run)])?;
            }
        }
        if !self.receipts.runs.is_empty() {
            let sql = "INSERT OR IGNORE INTO receipt_index VALUES (?1, ?2)";
            let mut insert = transaction.prepare_cached(sql)?;
            for (digest, run) in &self.receipts.runs {
                for (position, ()) in run {
                    insert.execute(params![digest, position])?;
                }
            }
        }
        for (name, complete_to) in [
            ("history", self.histories.complete_to),
            ("channel", self.channels.complete_to),
            ("receipt", self.receipts.complete_to),
        ] {
            if let Some(upto) = complete_to {
                transaction
                    .prepare_cached("UPDATE index_progress SET upto = ?2 WHERE name = ?1")?
                    .execute(params![name, upto])?;
            }
        }
        Ok(())
    }
}

fn entries_after(connection: &Connection, after: i64) -> rusqlite::Result<Vec<Entry>> {
    connection
        .prepare_cached(
            "SELECT position, aggregate_type, aggregate_id, sequence, channel FROM events
             WHERE position > ?1 ORDER BY position LIMIT ?2",
        )?
        .query_map(params![after, PAGE], |row| {
            Ok(Entry {
                position: row.get(0)?,
                history: history(row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?),
                sequence: row.get(3)?,
                channel: row.get(4)?,
            })
        })?
        .collect()
}

/// Position and digest.
fn receipts_after(connection: &Connection, after: i64) -> rusqlite::Result<Vec<(i64, i64)>> {
    connection
        .prepare_cached(
            "SELECT first_position, scope, command_id FROM command_receipts
             WHERE first_position > ?1 ORDER BY first_position LIMIT ?2",
        )?
        .query_map(params![after, PAGE], |row| {
            let digest = digest(row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
            Ok((row.get(0)?, digest))
        })?
        .collect()
}

/// The name of a history in its index.
pub(super) fn history(kind: &str, id: &str) -> String {
    [kind, "/", id].concat()
}

/// A short name for a receipt: eight bytes, where scope and id take seventy.
pub(crate) fn digest(scope: &str, id: &str) -> i64 {
    IdKey::of(scope, id).short().0
}

/// A receipt as its row says, if it is the one that is looked for.
pub(super) fn same_receipt(receipt: &StoredReceipt, scope: &str, id: &str) -> bool {
    receipt.id.scope == scope && receipt.id.id == id
}
