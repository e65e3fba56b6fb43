//! What a commit of read models changed, for live feeds.

use tributary_domain::channel::ReactedTo;
use tributary_domain::{ChannelId, Position, StreamId};

/// Which rows changed, by what a feed may watch. A feed asks the read models again; it needs no
/// more than to know that it must.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// The position that the rows now stand at.
    pub position: Position,
    /// Streams whose status, times or description changed.
    pub streams: Vec<StreamId>,
    /// The channels of these streams, and channels that were opened.
    pub channels: Vec<ChannelId>,
    /// Streams whose viewers came or went.
    pub viewers: Vec<StreamId>,
    /// Streams whose numbers changed: viewers, messages, tips.
    pub numbers: Vec<StreamId>,
    /// What people reacted to.
    pub reactions: Vec<ReactedTo>,
    /// Anything may have changed: this node began to keep the rows itself, or to follow those of
    /// another one, or other rows serve.
    pub anything: bool,
}

impl Changed {
    /// Whether no feed cares.
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
            && self.channels.is_empty()
            && self.viewers.is_empty()
            && self.numbers.is_empty()
            && self.reactions.is_empty()
            && !self.anything
    }

    pub(crate) fn anything() -> Self {
        Self {
            anything: true,
            ..Self::default()
        }
    }

    /// Each id once.
    pub(crate) fn tidied(mut self) -> Self {
        fn once<T: Ord>(ids: &mut Vec<T>) {
            ids.sort_unstable();
            ids.dedup();
        }
        once(&mut self.streams);
        once(&mut self.channels);
        once(&mut self.viewers);
        once(&mut self.numbers);
        once(&mut self.reactions);
        self
    }
}
