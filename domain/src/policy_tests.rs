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
        policy.observe(&recorded(
            *seconds,
            HistoryId::Stream(stream(1)),
            event.clone(),
        ));
    }
    policy
}

fn recorded(seconds: i64, history: HistoryId, event: impl Into<Event>) -> Recorded {
    Recorded {
        position: Position::START.next(),
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
    assert_eq!(policy.due(at(GRACE_SECONDS - 1)), []);
    let due = [(stream(1), EndReason::NeverLive)];
    assert_eq!(policy.due(at(GRACE_SECONDS)), due);
}

#[test]
fn a_publisher_that_stays_away_is_due_from_when_it_was_noticed() {
    // It was gone at 100, but the node that says so was itself down until 500.
    let policy = after(&[(0, started()), (1, live(1)), (500, interrupted(100))]);
    assert_eq!(policy.due(at(559)), []);
    let due = [(stream(1), EndReason::Abandoned)];
    assert_eq!(policy.due(at(560)), due);
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
        assert_eq!(policy.due(at(1_000_000)), []);
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
fn the_policy_goes_on_where_a_read_model_says_and_forgets_when_told() {
    let mut policy = after(&[(20, started())]);
    policy.resume(stream(2), at(0), EndReason::Abandoned);
    assert_eq!(policy.next_at(), Some(at(60)));
    let both = [
        (stream(1), EndReason::NeverLive),
        (stream(2), EndReason::Abandoned),
    ];
    assert_eq!(policy.due(at(80)), both);
    policy.forget(stream(2));
    assert_eq!(policy.due(at(80)), both[..1]);
}
