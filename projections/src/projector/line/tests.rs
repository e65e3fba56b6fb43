use super::*;
use crate::project::streams::Streams;
use tributary_domain::position::Metadata;
use tributary_domain::stream::{self, Cancelled};
use tributary_domain::{AccountId, ChannelId, Event, HistoryId, StreamId, Timestamp, channel};
use uuid::Uuid;

fn at(position: i64) -> Position {
    Position::new(position).unwrap()
}

/// An event that means something to streams at every `every`th place.
fn page(from: i64, to: i64, every: i64) -> Page {
    let owner = ChannelId::from(AccountId(Uuid::from_u128(1)));
    let events = (from..=to).map(|position| {
        let (history, event) = if position % every == 0 {
            let cancelled = Event::from(stream::Event::from(Cancelled {}));
            (HistoryId::Stream(StreamId(Uuid::from_u128(2))), cancelled)
        } else {
            let opened = channel::Opened { channel: owner };
            let opened = Event::from(channel::Event::from(opened));
            (HistoryId::Channel(owner), opened)
        };
        Arc::new(Recorded {
            position: at(position),
            event_id: Uuid::from_u128(3),
            recorded_at: Timestamp::UNIX_EPOCH,
            history,
            sequence: position,
            channel: Some(owner),
            event,
            metadata: Metadata::new(),
        })
    });
    Page {
        events: events.collect(),
        upto: at(to),
    }
}

fn line(checkpoint: i64, read: i64) -> Line {
    Line::new(Box::new(Streams::default()), at(checkpoint), at(read))
}

fn written(line: &mut Line, checkpoint: i64) -> Changed {
    let mut changed = Changed::default();
    line.written(at(checkpoint), &mut changed);
    changed
}

#[test]
fn rows_stand_as_far_as_the_next_event_that_means_something() {
    let mut line = line(0, 0);
    let mut changed = Changed::default();
    assert!(line.take_in(&page(1, 9, 5), &mut changed));
    assert_eq!((line.position(at(9)), changed.streams.len()), (at(4), 0));
    assert!(line.waits());
    assert_eq!(written(&mut line, 5).streams.len(), 1);
    assert_eq!(line.position(at(9)), at(9));
    assert!(!line.waits());
}

#[test]
fn what_is_folded_already_is_announced_when_it_is_read() {
    let mut line = line(7, 0);
    let mut changed = Changed::default();
    assert!(!line.take_in(&page(1, 9, 5), &mut changed));
    assert_eq!((line.position(at(9)), changed.streams.len()), (at(9), 1));
}

#[test]
fn what_stands_still_is_remembered_up_to_a_bound_and_then_followed_by_its_checkpoints() {
    let mut line = line(0, 0);
    let most = i64::try_from(PENDING_MAX).unwrap();
    line.take_in(&page(1, most, 1), &mut Changed::default());
    assert_eq!(line.pending.len(), PENDING_MAX);
    line.take_in(&page(most + 1, most + 9, 5), &mut Changed::default());
    assert_eq!(
        (line.pending.len(), line.position(at(most + 9))),
        (0, at(0))
    );
    line.take_in(&page(most + 10, most + 20, 5), &mut Changed::default());
    assert_eq!(line.position(at(most + 20)), at(0));
    let changed = written(&mut line, 100);
    assert!(
        changed.anything,
        "which streams changed is not known any more"
    );
    assert_eq!(line.position(at(most + 20)), at(100));
    // 16,395 and 16,400 mean something, and came after what is not known.
    written(&mut line, most + 10);
    assert_eq!(line.position(at(most + 20)), at(most + 10));
    let changed = written(&mut line, most + 20);
    assert_eq!((changed.anything, changed.streams.len()), (false, 2));
    assert!(!line.waits(), "it has caught up");
    assert_eq!(line.position(at(most + 20)), at(most + 20));
}

#[test]
fn what_is_far_behind_from_the_beginning_counts_by_its_checkpoint() {
    let mut line = line(3, 1_000);
    assert_eq!((line.position(at(1_000)), line.waits()), (at(3), true));
    assert!(!written(&mut line, 3).anything);
    assert!(written(&mut line, 1_000).anything);
    assert_eq!(line.position(at(1_005)), at(1_005));
}
