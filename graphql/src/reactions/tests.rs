//! Whatever becomes of attempts to write, and however many nodes count: the sums in the log are what was
//! taken.

use super::Reactions;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use tributary_domain::channel::{ReactedTo, ReactionsTallied, TALLIES_MAX};
use tributary_domain::command::{Command, chat};
use tributary_domain::{AccountId, ChannelId, Position, Request, StreamId, Timestamp};
use tributary_store::{CommandError, Receipt};
use uuid::Uuid;

/// A log that loses answers.
#[derive(Default)]
struct Unsteady {
    ids: BTreeSet<String>,
    events: Vec<(ChannelId, ReactionsTallied)>,
}

/// What becomes of an attempt.
#[derive(Debug, Clone, Copy)]
enum Weather {
    Fine,
    Down,
    AnswerLost,
}

impl Unsteady {
    fn carry_out(&mut self, request: Request, weather: Weather) -> Result<Receipt, CommandError> {
        let Command::Chat(chat::Command::Tally { channel, tallied }) = request.command else {
            panic!("it only counts");
        };
        if matches!(weather, Weather::Down) {
            return Err(CommandError::Unavailable("no".to_owned()));
        }
        assert!(tallied.tallies.len() <= TALLIES_MAX);
        if self.ids.insert(request.id.unwrap().id) {
            self.events.push((channel, tallied));
        }
        match weather {
            Weather::AnswerLost => Err(CommandError::UnknownOutcome),
            Weather::Fine | Weather::Down => Ok(Receipt {
                position: Position::START,
                events: vec![],
                repeated: false,
            }),
        }
    }
}

type Counts = BTreeMap<(ChannelId, ReactedTo, String), u64>;

fn counted(log: &Unsteady) -> Counts {
    let mut counts = Counts::new();
    for (channel, event) in &log.events {
        for tally in &event.tallies {
            let to = match (tally.message, event.stream) {
                (Some(message), _) => ReactedTo::Message(message),
                (None, Some(stream)) => ReactedTo::Stream(stream),
                (None, None) => panic!("for nothing"),
            };
            let key = (*channel, to, tally.emoji.clone());
            *counts.entry(key).or_default() += u64::from(tally.count);
        }
    }
    counts
}

async fn write(node: &Reactions, log: &Mutex<Unsteady>, weather: Weather) -> bool {
    let before = log.lock().unwrap().events.len();
    let carry_out = |request| {
        let outcome = log.lock().unwrap().carry_out(request, weather);
        async move { outcome }
    };
    let over = node.write_once(|| Timestamp::UNIX_EPOCH, carry_out).await;
    let log = log.lock().unwrap();
    let written: Vec<_> = log.events[before..].iter().map(|(c, _)| *c).collect();
    let once: BTreeSet<_> = written.iter().copied().collect();
    assert_eq!(written.len(), once.len(), "two sums of a channel at once");
    over
}

proptest! {
    #[test]
    fn sums_of_all_nodes_are_what_was_taken(steps in prop::collection::vec(any::<u32>(), 1..400)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let log = Mutex::new(Unsteady::default());
        let nodes = ["a", "b", "c"].map(|name| Reactions::new(name.to_owned()));
        let mut taken = Counts::new();
        runtime.block_on(async {
            for step in steps {
                let pick = |of: u32, shift: u32| (step >> shift) % of;
                let node = &nodes[pick(3, 4) as usize];
                match step % 10 {
                    0 => { write(node, &log, Weather::Fine).await; }
                    1 => { write(node, &log, Weather::Down).await; }
                    2 => { write(node, &log, Weather::AnswerLost).await; }
                    _ => {
                        let channel = AccountId(Uuid::from_u128(u128::from(pick(2, 8))));
                        let channel = ChannelId::from(channel);
                        let to = match pick(4, 10) {
                            n @ 0..2 => ReactedTo::Stream(StreamId(Uuid::from_u128(u128::from(n)))),
                            n => ReactedTo::Message(Position::new(i64::from(n)).unwrap()),
                        };
                        let emoji = ["👏", "🎉", "🔥"][pick(3, 14) as usize];
                        node.take(channel, to, emoji).unwrap();
                        *taken.entry((channel, to, emoji.to_owned())).or_default() += 1;
                    }
                }
            }
            for node in &nodes {
                let mut turns = 0;
                while !write(node, &log, Weather::Fine).await {
                    turns += 1;
                    assert!(turns < 10, "it never ends");
                }
            }
        });
        prop_assert_eq!(counted(&log.lock().unwrap()), taken);
    }
}
