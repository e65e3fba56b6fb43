//! What kind of run a seed asks for. Every run has a few kinds of trouble and is spared the others:
//! trouble of every kind at once hides what one kind alone would show.

use crate::dice::Dice;
use std::time::Duration;
use tributary_projections::ProjectorOptions;
use tributary_store::decider::Limits;

/// Which engine's promises the database keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One node at a time, with the file for itself.
    Sqlite,
    /// Several nodes.
    Postgres,
}

/// How often something goes wrong, in cases of a thousand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rates {
    /// A reading that fails.
    pub reading: u64,
    /// An append that the database does not take now.
    pub busy: u64,
    /// A connection that breaks before an append arrives, at its commit, or while it goes on.
    pub cut: u64,
    /// An operation that takes as long as a hundred others.
    pub slow: u64,
    /// The same for a projector's steps.
    pub projector: u64,
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Plan {
    /// The database.
    pub engine: Engine,
    /// How many nodes.
    pub nodes: usize,
    /// Whether they agree on who keeps the read models. Otherwise every node takes them over when it
    /// starts, and fences the others.
    pub takes_turns: bool,
    /// How many clients ask at the same time.
    pub clients: usize,
    /// How many commands each of them gives.
    pub commands: u64,
    /// How many commands one of them gives at once, beside; 0 for none.
    pub burst: u64,
    /// The most that one way to the database takes, in milliseconds.
    pub latency_ms_max: u64,
    /// What goes wrong.
    pub rates: Rates,
    /// About so often a node crashes; 0 for never.
    pub crash_every_ms: u64,
    /// About so often the database cannot be reached, or its disk is full, for a while; 0 for never.
    pub outage_every_ms: u64,
    /// About so often a clock is set to another time; 0 for never.
    pub clock_every_ms: u64,
    /// Of each node.
    pub limits: Limits,
    /// Of each node.
    pub projector: ProjectorOptions,
}

impl Plan {
    /// Whether nothing goes wrong in it.
    pub fn is_calm(&self) -> bool {
        let Rates {
            reading,
            busy,
            cut,
            slow: _,
            projector: _,
        } = self.rates;
        [
            reading,
            busy,
            cut,
            self.crash_every_ms,
            self.outage_every_ms,
        ] == [0; 5]
    }

    /// The plan of a seed.
    pub fn of(dice: &Dice) -> Self {
        let engine = *dice.pick(&[Engine::Sqlite, Engine::Postgres, Engine::Postgres]);
        let nodes = match engine {
            Engine::Sqlite => 1,
            Engine::Postgres => usize::try_from(dice.between(1, 3)).unwrap_or(1),
        };
        let rate = |of: &[u64]| *dice.pick(of);
        Self {
            engine,
            nodes,
            takes_turns: engine == Engine::Postgres && dice.chance(600),
            clients: usize::try_from(dice.between(2, 6)).unwrap_or(2),
            commands: dice.between(5, 30),
            burst: rate(&[0, 0, 0, 30, 30, 500]),
            latency_ms_max: rate(&[0, 1, 5, 20]),
            rates: Rates {
                reading: rate(&[0, 0, 20, 150]),
                busy: rate(&[0, 0, 30, 150]),
                cut: rate(&[0, 0, 50, 250]),
                slow: rate(&[0, 0, 5, 50]),
                projector: rate(&[0, 0, 10, 80]),
            },
            crash_every_ms: rate(&[0, 0, 200, 1_500]),
            outage_every_ms: rate(&[0, 0, 0, 500, 3_000]),
            clock_every_ms: rate(&[0, 0, 300]),
            limits: Limits {
                cached_histories: rate(&[1, 4, 12, 1_000]).try_into().unwrap_or(1),
                cached_receipts: rate(&[1, 4, 1_000]).try_into().unwrap_or(1),
                batch_events: rate(&[1, 3, 16, 4_096]).try_into().unwrap_or(1),
                ..Limits::default()
            },
            projector: ProjectorOptions {
                batch_events_max: rate(&[1, 7, 1_024]).try_into().unwrap_or(1),
                idle_events_max: rate(&[1, 20, 1_024]),
                idle_max: Duration::from_millis(rate(&[10, 1_000])),
                ..ProjectorOptions::default()
            },
        }
    }
}
