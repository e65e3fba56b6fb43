//! How often people reacted, and with what: the sums of what each node counted. Nobody is named in them.

use crate::changed::Changed;
use crate::fold::{FoldError, Projection};
use crate::project::plain_row::plain_row;
use crate::working::{Rows, Working};
use tributary_domain::channel::{Event as Happened, ReactedTo, ReactionsTallied, Tally};
use tributary_domain::{Event, Position, Recorded, StreamId};

plain_row! {
    /// How often people reacted to a message with an emoji.
    MessageReactions in "message_reactions" by (message: Position, emoji: String) {
        times: i64 = 0,
    }
}

plain_row! {
    /// How often people reacted to a stream with an emoji.
    StreamReactions in "stream_reactions" by (stream: StreamId, emoji: String) {
        times: i64 = 0,
    }
}

/// Folds reactions.
#[derive(Default)]
pub(crate) struct Reactions {
    messages: Working<MessageReactions>,
    streams: Working<StreamReactions>,
}

fn tallied(recorded: &Recorded) -> Option<&ReactionsTallied> {
    match &recorded.event {
        Event::Channel(Happened::ReactionsTallied(event)) => Some(event),
        _ => None,
    }
}

/// What each sum is for. One without a message in an event without a stream is for nothing.
fn sums(event: &ReactionsTallied) -> impl Iterator<Item = (ReactedTo, &Tally)> {
    event.tallies.iter().filter_map(|tally| {
        let of_stream = event.stream.map(ReactedTo::Stream);
        let to = tally.message.map(ReactedTo::Message).or(of_stream)?;
        Some((to, tally))
    })
}

impl Projection for Reactions {
    fn name(&self) -> &'static str {
        "reactions"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        let Some(event) = tallied(recorded) else {
            return false;
        };
        for (to, tally) in sums(event) {
            match to {
                ReactedTo::Message(message) => self.messages.want((message, tally.emoji.clone())),
                ReactedTo::Stream(stream) => self.streams.want((stream, tally.emoji.clone())),
            }
        }
        true
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        for (to, tally) in tallied(recorded).into_iter().flat_map(sums) {
            let times = match to {
                ReactedTo::Message(message) => {
                    let key = (message, tally.emoji.clone());
                    let new = || MessageReactions::nothing(key.clone());
                    &mut self.messages.edit_or(&key, new)?.times
                }
                ReactedTo::Stream(stream) => {
                    let key = (stream, tally.emoji.clone());
                    let new = || StreamReactions::nothing(key.clone());
                    &mut self.streams.edit_or(&key, new)?.times
                }
            };
            let too_large = FoldError::TooLarge("a sum of reactions");
            *times = times.checked_add(tally.count.into()).ok_or(too_large)?;
        }
        Ok(())
    }

    fn announce(&self, recorded: &Recorded, changed: &mut Changed) {
        let sums = tallied(recorded).into_iter().flat_map(sums);
        changed.reactions.extend(sums.map(|(to, _)| to));
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.messages, &mut self.streams]
    }
}
