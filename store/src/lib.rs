//! The log of Tributary, and the way of a command into it.
//!
//! ```text
//! Log::execute ─→ CommandPath ─→ Decider ─→ Sequencer ─→ Storage ─→ Tail ─→ readers
//!                 (driver: IO)   (pure)     (pure)       (SQLite,   (memory,
//!                                                        PostgreSQL) then table)
//! ```
//!
//! The [`decider`] and the [`sequencer`] do no IO and read no clock: everything comes in as a value,
//! so that they can be simulated. The driver in [`command_path`] is the only writer of a node.

pub mod bulk;
pub mod chain;
pub mod checkpoint;
pub mod command_path;
pub mod decider;
mod environment;
mod erasure;
mod error;
pub mod keyring;
mod leadership;
pub mod line;
mod log;
pub mod reader;
pub mod row;
pub mod sequencer;
pub mod storage;
mod tail;
#[cfg(feature = "testing")]
pub mod testing;
pub mod used_ids;
pub mod verify;

pub use command_path::{Receipt, Stats};
pub use environment::{Clock, Entropy, Environment, ManualClock, SeededEntropy};
pub use erasure::{ErasureError, Progress as ErasureProgress};
pub use error::{CommandError, StoreError};
pub use keyring::{Keyring, StreamKey};
pub use leadership::{LEASE_TTL, Leadership, Term};
pub use log::{Log, LogOptions, LogUrl};
pub use reader::LogReader;
pub use storage::{Filter, LeaseSeen, NodeSeen, PolicyCheckpoint};
pub use tail::{Page, TailReader};
