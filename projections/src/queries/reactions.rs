//! How often people reacted to messages and streams.

use super::{QueryError, by_keys};
use crate::Views;
use crate::db::{DbError, Row};
use std::collections::HashMap;
use tributary_domain::channel::ReactedTo;
use tributary_domain::{Position, StreamId};

/// How many emoji are told apart; the rest is in the total.
pub const EMOJI_MAX: usize = 50;

/// How often people reacted to something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reactions {
    /// All of them.
    pub total: i64,
    /// By emoji, the most frequent first: at most [`EMOJI_MAX`].
    pub counts: Vec<(String, i64)>,
}

/// One emoji of one thing, with the total of that thing.
type Counted = (ReactedTo, String, i64, i64);

fn ranked(table: &str, key: &str, keys: &str) -> String {
    format!(
        "SELECT {key}, emoji, times, total FROM (SELECT {key}, emoji, times, \
         CAST(SUM(times) OVER (PARTITION BY {key}) AS BIGINT) AS total, \
         ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY times DESC, emoji) AS place \
         FROM {table} WHERE {key} IN ({keys})) AS ranked WHERE place <= {EMOJI_MAX}"
    )
}

fn to_message(row: &Row) -> Result<Counted, DbError> {
    let mut columns = row.columns();
    let to = ReactedTo::Message(columns.position()?);
    Ok((to, columns.take()?, columns.take()?, columns.take()?))
}

fn to_stream(row: &Row) -> Result<Counted, DbError> {
    let mut columns = row.columns();
    let to = ReactedTo::Stream(columns.id(StreamId)?);
    Ok((to, columns.take()?, columns.take()?, columns.take()?))
}

impl Views {
    /// How often people reacted to these. What nobody reacted to is not in the map.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn reactions_to(
        &self,
        these: &[ReactedTo],
    ) -> Result<HashMap<ReactedTo, Reactions>, QueryError> {
        let (mut messages, mut streams): (Vec<Position>, Vec<StreamId>) = (vec![], vec![]);
        for to in these {
            match to {
                ReactedTo::Message(message) => messages.push(*message),
                ReactedTo::Stream(stream) => streams.push(*stream),
            }
        }
        let db = &self.serving().db;
        let sql = |keys: &str| ranked("message_reactions", "message", keys);
        let mut counted = by_keys(db, sql, messages, to_message).await?;
        let sql = |keys: &str| ranked("stream_reactions", "stream", keys);
        counted.extend(by_keys(db, sql, streams, to_stream).await?);
        let mut found: HashMap<ReactedTo, Reactions> = HashMap::new();
        for (to, emoji, times, total) in counted {
            let reactions = found.entry(to).or_default();
            reactions.total = total;
            reactions.counts.push((emoji, times));
        }
        // Engines differ in how they order emoji.
        for reactions in found.values_mut() {
            let most_first = |(emoji, times): &(String, i64)| (-times, emoji.clone());
            reactions.counts.sort_by_key(most_first);
        }
        Ok(found)
    }
}
