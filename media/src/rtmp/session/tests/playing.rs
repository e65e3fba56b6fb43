use super::*;

fn play(name: &str) -> Vec<u8> {
    command(1, "play", 0.0, &[Value::Null, Value::string(name)])
}

fn until_play(name: &str) -> Vec<u8> {
    let length = command(0, "getStreamLength", 3.0, &[Value::Null]);
    let create = command(0, "createStream", 2.0, &[Value::Null]);
    [handshake(), connect(), create, length, play(name)].concat()
}

/// A session whose player was accepted, and what it said so far.
fn playing() -> (Session, Outcome) {
    let (mut session, mut outcome) = session_after(&until_play("ada"));
    session.accept_play(NOW);
    outcome.take(&mut session);
    (session, outcome)
}

fn pause(is_paused: bool) -> Vec<u8> {
    let arguments = [
        Value::Null,
        Value::Boolean(is_paused),
        Value::Number(1_000.0),
    ];
    command(1, "pause", 0.0, &arguments)
}

#[test]
fn nothing_is_played_before_it_is_decided_who_may_watch() {
    let (mut session, outcome) = session_after(&until_play("ada?token=secret"));
    let [Action::Play(request)] = &outcome.actions[..] else {
        panic!("{:?}", outcome.actions)
    };
    assert_eq!(
        (&*request.app, &*request.name, &*request.query),
        ("live", "ada", "token=secret")
    );
    assert!(!format!("{request:?}").contains("secret"));
    assert_eq!(outcome.codes(), [""; 0]);
    let mut out = Vec::new();
    session.play_tag(&key_frame(), &mut out);
    assert!(out.is_empty(), "media is only for who may watch");
    assert_eq!(session.deadline(), None, "the gate may take its time");
    session.accept_publish(NOW);
    assert_eq!(session.poll_action(), None, "a player is no publisher");
}

fn key_frame() -> Tag {
    Tag {
        kind: flv::Kind::Video,
        timestamp: 0x0123_4567,
        payload: Bytes::from(vec![0x17; 10_000]),
    }
}

#[test]
fn an_accepted_player_hears_that_it_begins_and_then_gets_tags() {
    let (session, mut outcome) = playing();
    assert_eq!(
        outcome.codes(),
        ["NetStream.Play.Reset", "NetStream.Play.Start"]
    );
    let begin = |m: &Message| m.kind == Kind::UserControl && m.payload[..] == [0, 0, 0, 0, 0, 1];
    assert!(outcome.messages().iter().any(begin));
    session.play_tag(&key_frame(), &mut outcome.sent);
    let frame = outcome.messages().pop().unwrap();
    assert_eq!((frame.kind, frame.stream), (Kind::Video, 1));
    assert_eq!(
        (frame.timestamp, frame.payload.len()),
        (0x0123_4567, 10_000)
    );
}

#[test]
fn a_refused_player_hears_why_and_is_disconnected() {
    let (mut session, mut outcome) = session_after(&until_play("ada"));
    session.refuse_play(STREAM_NOT_FOUND, "This channel is not live.");
    outcome.take(&mut session);
    assert_eq!(outcome.codes(), [STREAM_NOT_FOUND]);
    assert!(matches!(outcome.closed(), Some(CloseReason::Refused(_))));
}

#[test]
fn a_player_may_pause_and_go_on_and_seek_in_vain() {
    let (mut session, mut outcome) = playing();
    outcome.actions.clear();
    let seek = command(1, "seek", 0.0, &[Value::Null, Value::Number(5.0)]);
    feed(
        &mut session,
        &[pause(true), pause(false), seek].concat(),
        NOW,
    );
    outcome.take(&mut session);
    assert_eq!(outcome.actions, [Action::Pause(true), Action::Pause(false)]);
    assert_eq!(
        outcome.codes()[2..],
        [
            "NetStream.Pause.Notify",
            "NetStream.Unpause.Notify",
            "NetStream.Seek.Failed"
        ]
    );
    assert_eq!(
        session.deadline(),
        None,
        "who watches need not say anything"
    );
}

#[test]
fn a_player_may_pause_for_so_long_and_no_longer_however_often_it_says_so() {
    let (mut session, mut outcome) = playing();
    let limit = limits::PAUSE_TIMEOUT;
    feed(&mut session, &pause(true), NOW);
    assert_eq!(session.deadline(), Some(NOW + limit));
    feed(&mut session, &pause(true), NOW + limit / 2);
    assert_eq!(session.deadline(), Some(NOW + limit));
    feed(&mut session, &pause(false), NOW + limit / 2);
    assert_eq!(session.deadline(), None);
    let later = NOW + limit;
    feed(&mut session, &pause(true), later);
    session.tick(later + limit - Duration::from_millis(1));
    outcome.take(&mut session);
    assert_eq!(outcome.closed(), None);
    session.tick(later + limit);
    outcome.take(&mut session);
    assert_eq!(outcome.codes().last().map(AsRef::as_ref), Some(PLAY_FAILED));
    assert_eq!(outcome.closed(), Some(&CloseReason::PauseTimeout));
}

#[test]
fn a_player_is_told_the_end_of_the_broadcast() {
    let (mut session, mut outcome) = playing();
    session.finish_playing();
    outcome.take(&mut session);
    assert_eq!(
        outcome.codes()[2..],
        ["NetStream.Play.UnpublishNotify", "NetStream.Play.Stop"]
    );
    let end = |m: &Message| m.kind == Kind::UserControl && m.payload[..] == [0, 1, 0, 0, 0, 1];
    assert!(outcome.messages().iter().any(end));
    assert_eq!(outcome.closed(), Some(&CloseReason::Played));
}

#[test]
fn a_player_that_has_seen_enough_may_play_again() {
    let goodbye = [Value::Null, Value::Number(1.0)];
    let bytes = [
        until_play("ada"),
        command(0, "deleteStream", 4.0, &goodbye),
        play("bob"),
    ]
    .concat();
    let outcome = run(&bytes);
    assert!(
        matches!(
            &outcome.actions[..],
            [Action::Play(_), Action::StopPlaying, Action::Play(again)] if again.name == "bob"
        ),
        "{:?}",
        outcome.actions
    );
}

#[test]
fn playing_beside_publishing_is_refused_and_a_player_sends_no_media() {
    let outcome = run(&[until_publish("secret"), play("ada")].concat());
    assert!(outcome.closed().is_some());
    let frame = chunked(Kind::Video, 1, 0, &[0x17; 100]);
    let outcome = run(&[until_play("ada"), frame].concat());
    assert_eq!(outcome.actions.len(), 1, "{:?}", outcome.actions);
    let outcome = run(&[handshake(), play("ada")].concat());
    assert!(outcome.closed().is_some(), "not before connect");
    let outcome = run(&[handshake(), connect(), play(&"x".repeat(2_000))].concat());
    assert_eq!(outcome.codes(), [PLAY_FAILED]);
}

#[test]
fn what_a_player_sends_may_come_in_any_split() {
    let bytes = [until_play("ada"), pause(true), pause(false)].concat();
    assert_eq!(run_in(&bytes, &[1]), run(&bytes));
    assert_eq!(run_in(&bytes, &[100, 7, 1_000]), run(&bytes));
}
