use super::*;
use tributary_domain::position::Metadata;
use tributary_domain::{AccountId, ChannelId, Event, HistoryId, Timestamp, channel};
use uuid::Uuid;

fn recorded(position: i64) -> Arc<Recorded> {
    let channel = ChannelId::from(AccountId(Uuid::from_u128(1)));
    Arc::new(Recorded {
        position: Position::new(position).unwrap(),
        event_id: Uuid::from_u128(1),
        recorded_at: Timestamp::UNIX_EPOCH,
        history: HistoryId::Channel(channel),
        sequence: position,
        channel: Some(channel),
        event: Event::from(channel::Event::from(channel::Opened { channel })),
        metadata: Metadata::new(),
    })
}

fn run(from: i64, to: i64) -> Vec<Arc<Recorded>> {
    (from..=to).map(recorded).collect()
}

fn in_memory(tail: &Tail) -> Vec<i64> {
    let recent = tail.recent.read().unwrap();
    recent.iter().map(|event| event.position.get()).collect()
}

#[test]
fn what_both_writers_bring_is_taken_once() {
    let tail = Tail::new(Position::START);
    tail.publish(&run(1, 5));
    tail.publish(&run(3, 8));
    tail.publish(&run(2, 4));
    assert_eq!(in_memory(&tail), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(tail.head().get(), 8);
}

#[test]
fn memory_begins_anew_behind_a_gap_and_what_comes_late_is_passed_over() {
    let tail = Tail::new(Position::START);
    tail.publish(&run(1, 5));
    tail.publish(&run(8, 9));
    assert_eq!(in_memory(&tail), [8, 9]);
    tail.publish(&run(6, 7));
    assert_eq!(in_memory(&tail), [8, 9], "not behind what follows it");
    tail.publish(&run(6, 10));
    assert_eq!(in_memory(&tail), [8, 9, 10]);
}

#[test]
fn a_row_that_cannot_be_read_is_left_to_the_table() {
    let tail = Tail::new(Position::START);
    let mut rows: Vec<_> = run(1, 5)
        .iter()
        .map(|event| Row::encode(event).unwrap())
        .collect();
    rows[2].event_type = "channel.of_the_future".to_owned();
    tail.publish_rows(&rows);
    assert_eq!(in_memory(&tail), [4, 5]);
    rows.truncate(3);
    let tail = Tail::new(Position::START);
    tail.publish_rows(&rows);
    assert_eq!(tail.head().get(), 3, "its readers are woken all the same");
}

/// The command path and the watcher bring what is durable in any order, each in order for itself; a
/// reader looks now and then. Whatever the order, memory has no gap, and the reader sees every event
/// once.
#[test]
fn any_interleaving_of_the_two_writers_is_dense_for_readers() {
    for seed in 0..2_000_u64 {
        let mut state = seed;
        let mut dice = move |sides: i64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            i64::try_from(state >> 33).unwrap() % sides
        };
        let tail = Tail::new(Position::START);
        let (mut durable, mut own, mut watcher, mut seen) = (0, 0, 0, vec![]);
        let mut place = Position::START;
        for _ in 0..60 {
            match dice(5) {
                // Another node appends.
                0 => durable += 1 + dice(4),
                // This node does; it has caught up to there, and may have brought that or not.
                1 => {
                    let before = durable;
                    durable += 1 + dice(4);
                    let from = if dice(3) == 0 { before } else { own };
                    tail.publish(&run(from + 1, durable));
                    own = durable;
                }
                // The watcher read up to some place a while ago and brings that now.
                2 | 3 if watcher < durable => {
                    let to = watcher + 1 + dice(durable - watcher);
                    tail.publish(&run(watcher + 1, to));
                    watcher = if dice(2) == 0 {
                        to
                    } else {
                        tail.head().get().min(to)
                    };
                }
                _ => {}
            }
            let memory = in_memory(&tail);
            assert!(
                memory.windows(2).all(|pair| pair[0] + 1 == pair[1]),
                "seed {seed}: {memory:?}"
            );
            let head = tail.head();
            assert!(head.get() <= durable, "seed {seed}");
            if dice(2) == 0 && place < head {
                let page = tail.recent(place, &Filter::All).unwrap_or_else(|| Page {
                    events: run(place.get() + 1, head.get()),
                    upto: head,
                });
                seen.extend(page.events.iter().map(|event| event.position.get()));
                place = page.upto;
            }
        }
        let expected: Vec<_> = (1..=place.get()).collect();
        assert_eq!(seen, expected, "seed {seed}");
    }
}
