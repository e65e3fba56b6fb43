//! The log and the projectors of several nodes, run in one thread on virtual time, with every fault
//! that their engines may show, chosen by a seed: the same seed gives the same run, event for event.
//!
//! What runs is the product itself: the decider, the sequencer, the command path, the tail and the
//! projectors' tasks. What is simulated is below them (the database, its connections, the clock) and
//! above them (people who ask). Afterwards every invariant is checked from the database alone.
//!
//! | to find | look in |
//! |---|---|
//! | what the simulated engines promise | [`database`] |
//! | what goes wrong, and how often | [`plan`], [`skies`], [`trouble`] |
//! | who asks what | [`client`], [`workload`] |
//! | what must hold | [`check`], one file per invariant |

pub mod cast;
pub mod check;
pub mod client;
pub mod clock;
pub mod database;
pub mod defect;
pub mod dice;
pub mod leases;
pub mod life;
pub mod node;
pub mod plan;
pub mod reader;
pub mod record;
pub mod run;
pub mod seeds;
pub mod skies;
pub mod storage;
pub mod trace;
pub mod trouble;
pub mod views_weather;
pub mod workload;

pub use defect::Defect;
pub use run::{Outcome, run, run_on};
