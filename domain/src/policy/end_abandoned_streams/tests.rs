use super::*;
use crate::stream::{Cancelled, Ended, Ending, Interrupted, Interruption, Resumed, WentLive};
use crate::testing::{about, ada, at, folded, media, salt, stream};
use crate::{Position, State};
use uuid::Uuid;

const GRACE_SECONDS: i64 = 60;

/// A policy with a minute's grace that has seen `events`, each so many seconds after noon.
fn after(events: &[(i64, stream::Event)]) -> EndAbandonedStreams {
    let mut policy = EndAbandonedStreams::new(TimeDelta::seconds(GRACE_SECONDS));
    for (seconds, event) in events {
        let happened = recorded(*seconds, HistoryId::Stream(stream(1)), event.clone());
        policy.observe(&happened);
    }
    policy
}

/// What the policy wants ended at `seconds` after noon, by which cause.
fn due(policy: &EndAbandonedStreams, seconds: i64) -> Vec<(i64, StreamId, EndReason)> {
    let due = policy.due(at(seconds)).into_iter();
    due.map(|due| match due.command {
        Command::Streams(streams::Command::End { stream, reason }) => {
            (due.cause.get(), stream, reason)
        }
        other => panic!("{other:?}"),
    })
    .collect()
}

fn recorded(seconds: i64, history: HistoryId, event: impl Into<Event>) -> Recorded {
    Recorded {
        position: Position::new(1 + seconds).unwrap(),
        event_id: Uuid::from_u128(1),
        recorded_at: at(seconds),
        history,
        sequence: 1,
        channel: Some(ada().into()),
        event: event.into(),
        metadata: crate::position::Metadata::new(),
    }
}

fn started() -> stream::Event {
    let command = stream::Command::Start {
        stream: stream(1),
        channel: ada().into(),
        metadata: Some(about("Chess")),
        salt: salt(),
    };
    let mut events = stream::Stream::default().decide(command).unwrap();
    events.remove(0)
}

fn live(seconds: i64) -> stream::Event {
    let (at, media) = (at(seconds), media());
    WentLive { at, media }.into()
}

fn interrupted(seconds: i64) -> stream::Event {
    let (at, reason) = (at(seconds), Interruption::Disconnected);
    Interrupted { at, reason }.into()
}

fn resumed(seconds: i64) -> stream::Event {
    let (at, media) = (at(seconds), media());
    Resumed { at, media }.into()
}

#[test]
fn a_stream_without_media_is_due_after_the_grace_and_not_before() {
    let policy = after(&[(0, started())]);
    assert_eq!(policy.next_at(), Some(at(GRACE_SECONDS)));
    assert_eq!(due(&policy, GRACE_SECONDS - 1), []);
    let wanted = [(1, stream(1), EndReason::NeverLive)];
    assert_eq!(due(&policy, GRACE_SECONDS), wanted);
}

#[test]
fn a_publisher_that_stays_away_is_due_from_when_it_was_noticed() {
    // It was gone at 100, but the node that says so was itself down until 500.
    let policy = after(&[(0, started()), (1, live(1)), (500, interrupted(100))]);
    assert_eq!(due(&policy, 559), []);
    let wanted = [(501, stream(1), EndReason::Abandoned)];
    assert_eq!(due(&policy, 560), wanted);
}

#[test]
fn a_publisher_that_is_here_is_never_due() {
    for events in [
        vec![(0, started()), (1, live(1))],
        vec![
            (0, started()),
            (1, live(1)),
            (2, interrupted(2)),
            (3, resumed(3)),
        ],
    ] {
        let policy = after(&events);
        assert_eq!(policy.next_at(), None);
        assert_eq!(due(&policy, 1_000_000), []);
        assert_eq!(policy.waits_for(), None);
    }
}

#[test]
fn each_interruption_has_a_grace_of_its_own() {
    let policy = after(&[
        (0, started()),
        (1, live(1)),
        (10, interrupted(10)),
        (50, resumed(50)),
        (100, interrupted(100)),
    ]);
    assert_eq!(policy.next_at(), Some(at(160)));
}

#[test]
fn a_stream_that_is_over_is_not_ended_again() {
    let ending = stream::Event::from(Ending {
        reason: EndReason::Asked,
        times: None,
    });
    let ended = stream::Event::from(Ended {
        started_at: None,
        ended_at: at(5),
        duration_ms: 0,
        live_ms: 0,
    });
    for over in [ending, ended, Cancelled {}.into()] {
        assert_eq!(after(&[(0, started()), (5, over)]).next_at(), None);
    }
}

#[test]
fn a_new_title_does_not_lengthen_the_grace() {
    let mut state = folded(&HistoryId::Stream(stream(1)), &[started().into()]);
    let State::Stream(starting) = &mut state else {
        panic!("a stream's history folds to a stream");
    };
    let update = stream::Command::Update {
        metadata: about("Go"),
        salt: salt(),
    };
    let updated = starting.decide(update).unwrap().remove(0);
    let policy = after(&[(0, started()), (30, updated)]);
    assert_eq!(policy.next_at(), Some(at(GRACE_SECONDS)));
}

#[test]
fn a_stream_that_is_only_scheduled_waits_for_nobody() {
    let schedule = stream::Command::Schedule {
        stream: stream(1),
        channel: ada().into(),
        metadata: about("Chess"),
        at: at(0),
        scheduled_for: at(10),
        salt: salt(),
    };
    let scheduled = stream::Stream::default()
        .decide(schedule)
        .unwrap()
        .remove(0);
    assert_eq!(after(&[(0, scheduled)]).next_at(), None);
}

#[test]
fn events_of_other_histories_change_nothing() {
    let mut policy = after(&[(0, started())]);
    let before = policy.clone();
    let opened = crate::channel::Event::from(crate::channel::Opened {
        channel: ada().into(),
    });
    policy.observe(&recorded(5, HistoryId::Channel(ada().into()), opened));
    assert_eq!(policy, before);
}

#[test]
fn a_cause_that_is_settled_is_not_acted_upon_again() {
    let mut policy = after(&[(0, started())]);
    let history = HistoryId::Stream(stream(2));
    policy.observe(&recorded(20, history, interrupted(20)));
    let both = [
        (1, stream(1), EndReason::NeverLive),
        (21, stream(2), EndReason::Abandoned),
    ];
    assert_eq!(due(&policy, 80), both);
    assert_eq!(policy.waits_for().unwrap().get(), 1);
    policy.settled(Position::new(1).unwrap());
    assert_eq!(due(&policy, 80), both[1..]);
    assert_eq!(policy.waits_for().unwrap().get(), 21);
}

/// Whoever takes over folds from there.
#[test]
fn a_fold_from_before_the_oldest_cause_knows_the_same() {
    let events = [
        (0, started()),
        (1, live(1)),
        (10, interrupted(10)),
        (30, resumed(30)),
        (40, interrupted(40)),
    ];
    let policy = after(&events);
    let from = policy.waits_for().unwrap().get();
    let later: Vec<_> = events
        .into_iter()
        .filter(|(seconds, _)| seconds + 1 >= from)
        .collect();
    assert_eq!(later.len(), 1);
    assert_eq!(after(&later), policy);
    assert_eq!(policy.anew().waits_for(), None);
}
