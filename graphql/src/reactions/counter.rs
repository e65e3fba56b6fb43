//! What was taken and is not yet in a sum.

use std::collections::{BTreeMap, BTreeSet};
use tributary_domain::channel::{ReactedTo, ReactionsTallied, TALLIES_MAX, Tally};
use tributary_domain::{ChannelId, StreamId};

/// The most kinds of reactions, over all channels, that wait to be written: what with which emoji.
pub(super) const KINDS_MAX: usize = 65_536;

/// What was reacted to, with what.
type Kind = (ReactedTo, String);

/// See the [module](self).
#[derive(Default)]
pub(super) struct Counter {
    /// A channel that is here has something.
    channels: BTreeMap<ChannelId, BTreeMap<Kind, u32>>,
    /// How many kinds there are in all.
    kinds: usize,
}

impl Counter {
    /// Counts a reaction; false where there is no room for another kind.
    pub(super) fn add(&mut self, channel: ChannelId, to: ReactedTo, emoji: &str) -> bool {
        let kind = (to, emoji.to_owned());
        let known = self.channels.get_mut(&channel);
        if let Some(count) = known.and_then(|kinds| kinds.get_mut(&kind)) {
            let Some(more) = count.checked_add(1) else {
                return false;
            };
            *count = more;
            return true;
        }
        if self.kinds >= KINDS_MAX {
            return false;
        }
        self.kinds += 1;
        self.channels.entry(channel).or_default().insert(kind, 1);
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    /// Takes one sum of each channel but those in `busy`. A sum is of one stream and of so many kinds; what
    /// does not fit is in a later one.
    pub(super) fn sums(
        &mut self,
        node: &str,
        busy: &BTreeSet<ChannelId>,
    ) -> Vec<(ChannelId, ReactionsTallied)> {
        let mut sums = Vec::new();
        for (channel, kinds) in &mut self.channels {
            if !busy.contains(channel) {
                sums.push((*channel, sum(node, kinds)));
            }
        }
        for (_, sum) in &sums {
            self.kinds -= sum.tallies.len();
        }
        self.channels.retain(|_, kinds| !kinds.is_empty());
        sums
    }
}

fn sum(node: &str, kinds: &mut BTreeMap<Kind, u32>) -> ReactionsTallied {
    // Streams stand before messages.
    let stream = match kinds.keys().next() {
        Some((ReactedTo::Stream(stream), _)) => Some(*stream),
        Some((ReactedTo::Message(_), _)) | None => None,
    };
    let of_another = |to: &ReactedTo| matches!(to, ReactedTo::Stream(of) if Some(*of) != stream);
    let (mut tallies, mut left) = (Vec::new(), BTreeMap::new());
    for ((to, emoji), count) in std::mem::take(kinds) {
        if tallies.len() >= TALLIES_MAX || of_another(&to) {
            left.insert((to, emoji), count);
            continue;
        }
        let message = match to {
            ReactedTo::Stream(_) => None,
            ReactedTo::Message(message) => Some(message),
        };
        tallies.push(Tally {
            message,
            emoji,
            count,
        });
    }
    *kinds = left;
    ReactionsTallied {
        node: node.to_owned(),
        stream: of_stream(stream, &tallies),
        tallies,
    }
}

/// A sum of messages alone leaves it to the channel which stream was open.
fn of_stream(stream: Option<StreamId>, tallies: &[Tally]) -> Option<StreamId> {
    stream.filter(|_| tallies.iter().any(|tally| tally.message.is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tributary_domain::{AccountId, Position};
    use uuid::Uuid;

    fn channel(n: u128) -> ChannelId {
        ChannelId::from(AccountId(Uuid::from_u128(n)))
    }

    fn stream(n: u128) -> ReactedTo {
        ReactedTo::Stream(StreamId(Uuid::from_u128(n)))
    }

    fn message(n: i64) -> ReactedTo {
        ReactedTo::Message(Position::new(n).unwrap())
    }

    fn none() -> BTreeSet<ChannelId> {
        BTreeSet::new()
    }

    #[test]
    fn a_sum_is_of_one_stream_and_of_messages() {
        let mut counter = Counter::default();
        for to in [stream(2), stream(1), message(5), stream(1)] {
            assert!(counter.add(channel(1), to, "👏"));
        }
        let first = counter.sums("n", &none());
        let [(_, sum)] = first.as_slice() else {
            panic!("{first:?}");
        };
        assert_eq!(sum.stream, Some(StreamId(Uuid::from_u128(1))));
        let counts: Vec<_> = sum.tallies.iter().map(|t| (t.message, t.count)).collect();
        assert_eq!(counts, [(None, 2), (Position::new(5), 1)]);
        let second = counter.sums("n", &none());
        assert_eq!(second[0].1.stream, Some(StreamId(Uuid::from_u128(2))));
        assert!(counter.is_empty() && counter.kinds == 0);
        assert_eq!(counter.sums("n", &none()), []);
    }

    #[test]
    fn a_sum_is_bounded_and_what_is_left_comes_later() {
        let mut counter = Counter::default();
        let most = i64::try_from(TALLIES_MAX).unwrap();
        for n in 1..=most + 1 {
            assert!(counter.add(channel(1), message(n), "👏"));
        }
        assert!(counter.add(channel(2), message(1), "👏"));
        let busy = [channel(2)].into();
        let lengths = |sums: Vec<(ChannelId, ReactionsTallied)>| {
            let lengths = sums.into_iter().map(|(_, sum)| sum.tallies.len());
            lengths.collect::<Vec<_>>()
        };
        assert_eq!(lengths(counter.sums("n", &busy)), [TALLIES_MAX]);
        assert_eq!(lengths(counter.sums("n", &none())), [1, 1]);
        assert!(counter.is_empty());
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut counter = Counter::default();
        for n in 1..=i64::try_from(KINDS_MAX).unwrap() {
            assert!(counter.add(channel(1), message(n), "👏"));
        }
        assert!(!counter.add(channel(1), message(1), "🎉"));
        assert!(!counter.add(channel(2), message(1), "👏"));
        assert!(counter.add(channel(1), message(1), "👏"), "it is known");
        counter.sums("n", &none());
        assert!(counter.add(channel(2), message(1), "👏"));
    }
}
