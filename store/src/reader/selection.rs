//! Which events are wanted, and the condition that says so in SQL.
//!
//! Values are written into the text, because `COPY`, which reads a PostgreSQL table fastest, takes no
//! parameters. Texts are quoted in one place, [`quoted`].

use serde::{Deserialize, Serialize};
use tributary_domain::{ChannelId, Position};

/// Which events are wanted: those that satisfy all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Those after this place.
    pub after: Position,
    /// Those up to this place, it included.
    pub upto: Option<Position>,
    /// Those with one of these names, in which `*` stands for any characters and `?` for one. Empty:
    /// all.
    pub types: Vec<String>,
    /// Those of one history: its kind and id.
    pub history: Option<(String, String)>,
    /// Those that concern a channel.
    pub channel: Option<ChannelId>,
}

/// How the engine writes bytes, and how it finds events of a history or a channel.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dialect {
    /// By indexes of the table.
    Postgres,
    /// By indexes of the table, as logs have them that no newer program has opened yet.
    OlderSqlite,
    /// By tables that are written behind the events (`store/src/storage/sqlite/index.rs`); what they do
    /// not have yet is found by reading the newest events.
    Sqlite,
}

impl Selection {
    /// Whether an index leads to the wanted events, so that a page of them is found at once.
    pub(super) fn is_indexed(&self) -> bool {
        self.history.is_some() || self.channel.is_some()
    }

    /// The condition after `WHERE`.
    pub(super) fn condition(&self, dialect: Dialect) -> String {
        let mut all = vec![self.places("position")];
        if let Some((kind, id)) = &self.history {
            all.push(format!("aggregate_type = {}", quoted(kind)));
            all.push(format!("aggregate_id = {}", quoted(id)));
        }
        if let Some(channel) = self.channel {
            all.push(match dialect {
                Dialect::Sqlite | Dialect::OlderSqlite => {
                    format!("channel = x'{}'", channel.0.simple())
                }
                Dialect::Postgres => format!("channel = '{}'::uuid", channel.0.hyphenated()),
            });
        }
        if !self.types.is_empty() {
            let any: Vec<_> = self
                .types
                .iter()
                .map(|pattern| format!("event_type LIKE {} ESCAPE '!'", quoted(&like(pattern))))
                .collect();
            all.push(format!("({})", any.join(" OR ")));
        }
        let matching = all.join(" AND ");
        let index = match (&self.history, self.channel, dialect) {
            (Some((kind, id)), _, Dialect::Sqlite) => {
                let history = quoted(&format!("{kind}/{id}"));
                ("history", format!("history = {history}"))
            }
            (None, Some(channel), Dialect::Sqlite) => {
                ("channel", format!("channel = x'{}'", channel.0.simple()))
            }
            _ => return matching,
        };
        let (name, key) = index;
        let places = self.places("value");
        format!(
            "{matching} AND position IN (
                 SELECT value FROM {name}_index, json_each(positions) WHERE {key} AND {places}
                 UNION SELECT position FROM events
                 WHERE position > (SELECT upto FROM index_progress WHERE name = '{name}')
                   AND {matching})"
        )
    }

    fn places(&self, position: &str) -> String {
        let after = format!("{position} > {}", self.after.get());
        match self.upto {
            Some(upto) => format!("{after} AND {position} <= {}", upto.get()),
            None => after,
        }
    }
}

/// A text as SQL writes it. No text of ours holds a NUL character, which PostgreSQL would refuse.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('\0', ""))
}

/// A pattern of `*` and `?` as one of `LIKE`.
fn like(pattern: &str) -> String {
    let mut like = String::with_capacity(pattern.len());
    for character in pattern.chars() {
        match character {
            '*' => like.push('%'),
            '?' => like.push('_'),
            '%' | '_' | '!' => like.extend(['!', character]),
            other => like.push(other),
        }
    }
    like
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_types_stays_a_value() {
        let selection = Selection {
            types: vec!["chat.*".into(), "a_b%?!'".into()],
            history: Some(("name_claim".into(), "x' OR '1'='1\0".into())),
            ..Selection::default()
        };
        assert_eq!(
            selection.condition(Dialect::Postgres),
            "position > 0 AND aggregate_type = 'name_claim' AND aggregate_id = 'x'' OR ''1''=''1' \
             AND (event_type LIKE 'chat.%' ESCAPE '!' OR event_type LIKE 'a!_b!%_!!''' ESCAPE '!')"
        );
    }
}
