//! How far a policy is, and whether it acts.

use tributary_domain::Position;

/// What a policy is doing on a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PolicyState {
    /// It is ready to act should the node that does so be gone, or stop.
    #[default]
    Standby,
    /// It acts here.
    Acting,
    /// It acts here, could not go on, and tries again.
    Retrying {
        /// Why, for a person.
        reason: String,
    },
    /// It met what it cannot read, or panicked, and lets other nodes try. It tries again now and then.
    Parked {
        /// The event.
        at: Position,
        /// Why, for a person.
        reason: String,
    },
    /// The server stops.
    Stopped,
}

impl PolicyState {
    /// In one word, for machines.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Standby => "standby",
            Self::Acting => "acting",
            Self::Retrying { .. } => "retrying",
            Self::Parked { .. } => "parked",
            Self::Stopped => "stopped",
        }
    }

    /// Why it does not go on.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Retrying { reason } | Self::Parked { reason, .. } => Some(reason),
            Self::Standby | Self::Acting | Self::Stopped => None,
        }
    }
}

/// A policy in health, metrics and on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyStatus {
    /// Which.
    pub name: &'static str,
    /// Events up to here have been seen; on standby: have nothing left to be done about them.
    pub position: Position,
    /// How many events the log is ahead.
    pub lag: u64,
    /// What it is doing on this node.
    pub state: PolicyState,
    /// The node that acts, where there are several.
    pub node: Option<String>,
}

/// What a policy's task tells of itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    pub(super) position: Position,
    pub(super) state: PolicyState,
}

impl PolicyStatus {
    pub(super) fn of(name: &'static str, standing: &Standing, head: Position) -> Self {
        let acts = standing.state != PolicyState::Standby;
        Self {
            name,
            position: standing.position,
            lag: if acts {
                head.since(standing.position)
            } else {
                0
            },
            state: standing.state.clone(),
            node: None,
        }
    }
}
