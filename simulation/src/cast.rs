//! Who and what there is to ask about: a few accounts and channels, so that everybody meets.

use crate::dice::Dice;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tributary_domain::{
    AccountId, ChannelId, Event, Position, Recorded, SessionId, StreamId, ViewerSessionId, channel,
};

/// How many things of a kind are remembered.
const KNOWN_MAX: usize = 40;

/// What a run's clients know of each other.
pub struct Cast {
    /// Everybody.
    pub people: Vec<AccountId>,
    /// Those who stream.
    pub streamers: Vec<AccountId>,
    known: Mutex<Known>,
}

/// What was made on the way.
#[derive(Default)]
pub struct Known {
    /// Shows, whether or not they came about.
    pub streams: Vec<(StreamId, ChannelId)>,
    /// Presences, whether or not they came about.
    pub viewers: Vec<ViewerSessionId>,
    /// Signed-in sessions.
    pub sessions: Vec<(AccountId, SessionId)>,
    /// Messages, with who said them where.
    pub messages: Vec<(ChannelId, Position, AccountId)>,
}

impl Cast {
    /// Six people, two of whom stream.
    pub fn new(dice: &Dice) -> Self {
        let people: Vec<_> = (0..6).map(|_| AccountId(dice.uuid())).collect();
        let streamers = people[..2].to_vec();
        Self {
            people,
            streamers,
            known: Mutex::default(),
        }
    }

    /// What is known now.
    pub fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns from what was recorded.
    pub fn learn(&self, events: &[std::sync::Arc<Recorded>]) {
        for recorded in events {
            let (Event::Channel(channel::Event::MessageSent(sent)), Some(channel)) =
                (&recorded.event, recorded.channel)
            else {
                continue;
            };
            let message = (channel, recorded.position, sent.sender);
            remember(&mut self.known().messages, message);
        }
    }
}

/// Adds to a list that forgets its oldest.
pub fn remember<T>(list: &mut Vec<T>, one: T) {
    if list.len() == KNOWN_MAX {
        list.remove(0);
    }
    list.push(one);
}
