use proptest::prelude::*;

use super::*;
use crate::rtmp::chunk::Error;

/// Bytes that end the connection, after the handshake.
fn closed_by(bytes: &[u8]) -> CloseReason {
    let outcome = run(&[&handshake(), bytes].concat());
    outcome.closed().cloned().expect("the connection is closed")
}

#[test]
fn http_on_the_port_is_closed_at_its_first_byte() {
    let outcome = run(b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
    assert_eq!(
        outcome.actions,
        [Action::Close(CloseReason::NotRtmp(NotRtmp(b'G')))]
    );
    assert!(outcome.sent.is_empty());
}

#[test]
fn chunk_sizes_out_of_bounds_close_the_connection() {
    for size in [0_u32, 1_000_000_000, 1 << 31] {
        let reason = closed_by(&chunked(Kind::SetChunkSize, 0, 0, &size.to_be_bytes()));
        assert_eq!(reason, CloseReason::Chunk(Error::ChunkSize(size)));
    }
}

#[test]
fn strangers_may_send_short_messages_only_and_publishers_longer_ones() {
    let announce = |length: u32| {
        let mut bytes = chunked(Kind::Video, 1, 0, &[0x17; 100]);
        bytes[4..7].copy_from_slice(&length.to_be_bytes()[1..]);
        bytes
    };
    let stranger = closed_by(&announce(100_000));
    assert!(
        matches!(stranger, CloseReason::Chunk(Error::MessageTooLong { .. })),
        "{stranger}"
    );
    let publisher = run(&[until_publish("secret"), announce(100_000)].concat());
    assert_eq!(publisher.closed(), None);
    let too_long = run(&[until_publish("secret"), announce(9_000_000)].concat());
    assert!(too_long.closed().is_some());
    let goodbye = command(1, "closeStream", 0.0, &[Value::Null]);
    let stranger_again = run(&[until_publish("secret"), goodbye, announce(100_000)].concat());
    assert!(stranger_again.closed().is_some());
}

#[test]
fn commands_that_make_no_sense_say_so() {
    let deep = [0x0A, 0, 0, 0, 1].repeat(10_000);
    let bomb = [
        &body(&[Value::string("connect"), Value::Number(1.0)])[..],
        &deep,
    ]
    .concat();
    for (bytes, words) in [
        (chunked(Kind::CommandAmf0, 0, 0, &bomb), "nested deeper"),
        (
            chunked(Kind::CommandAmf0, 0, 0, &body(&[Value::Number(1.0)])),
            "without a name",
        ),
        (chunked(Kind::CommandAmf0, 0, 0, &[]), "without a name"),
        (chunked(Kind::CommandAmf0, 0, 0, &[2, 0xFF]), "cut off"),
        (publish("x"), "publish before connect"),
        (
            command(0, "createStream", 1.0, &[]),
            "createStream before connect",
        ),
        ([connect(), connect()].concat(), "connect was sent twice"),
        (
            [connect(), publish("a"), publish("b")].concat(),
            "a second publish",
        ),
        (command(0, "x", 0.0, &[]).repeat(65), "too many commands"),
        (
            [connect(), command(0, "createStream", 1.0, &[]).repeat(17)].concat(),
            "too many streams",
        ),
    ] {
        let reason = closed_by(&bytes).to_string();
        assert!(reason.contains(words), "{reason:?} has no {words:?}");
    }
}

#[test]
fn missing_values_are_no_reason_to_fall_over() {
    let bare = chunked(Kind::CommandAmf0, 0, 0, &body(&[Value::string("connect")]));
    let publish = chunked(Kind::CommandAmf0, 1, 0, &body(&[Value::string("publish")]));
    let outcome = run(&[handshake(), bare, publish].concat());
    let [Action::Publish(request)] = &outcome.actions[..] else {
        panic!("{:?}", outcome.actions)
    };
    assert_eq!(
        (request.app.as_str(), request.key.as_str()),
        ("", ""),
        "for the gate to refuse"
    );
}

#[test]
fn an_overlong_key_is_refused_without_asking() {
    let outcome = run(&[handshake(), connect(), publish(&"k".repeat(2_000))].concat());
    assert_eq!(outcome.codes(), [BAD_NAME]);
    assert!(matches!(
        &outcome.actions[..],
        [Action::Close(CloseReason::Refused(_))]
    ));
}

#[test]
fn a_flood_before_the_answer_is_cut_off() {
    let mut session = session();
    feed(&mut session, &until_publish("secret"), NOW);
    let mut outcome = Outcome::default();
    for _ in 0..100 {
        feed(&mut session, &[0; 10_000], NOW);
        outcome.take(&mut session);
    }
    assert!(outcome.closed().is_some());
}

#[test]
fn one_byte_a_second_does_not_outlast_the_time_for_the_handshake() {
    let allowed = Limits::default().handshake_timeout;
    let mut session = session();
    let mut now = NOW;
    for byte in handshake().iter().take(4) {
        now += Duration::from_secs(1);
        feed(&mut session, &[*byte], now);
        session.tick(now);
        assert_eq!(session.poll_action(), None);
    }
    assert_eq!(session.deadline(), Some(NOW + allowed));
    session.tick(NOW + allowed);
    assert_eq!(
        session.poll_action(),
        Some(Action::Close(CloseReason::HandshakeTimeout))
    );
    assert_eq!(session.deadline(), None);
}

#[test]
fn each_step_before_publish_has_a_time_of_its_own() {
    let limits = Limits::default();
    let mut session = session();
    let mut now = NOW + Duration::from_secs(4);
    feed(&mut session, &handshake(), now);
    assert_eq!(session.deadline(), Some(now + limits.connect_timeout));
    let mut unconnected = session_after(&handshake());
    unconnected.0.tick(NOW + limits.connect_timeout);
    unconnected.1.take(&mut unconnected.0);
    assert_eq!(unconnected.1.closed(), Some(&CloseReason::ConnectTimeout));
    now += Duration::from_secs(4);
    feed(&mut session, &connect(), now);
    assert_eq!(session.deadline(), Some(now + limits.publish_timeout));
    // Commands that lead nowhere buy no time.
    now += Duration::from_secs(9);
    feed(&mut session, &command(0, "createStream", 2.0, &[]), now);
    session.tick(now + Duration::from_secs(1));
    let mut outcome = Outcome::default();
    outcome.take(&mut session);
    assert_eq!(outcome.closed(), Some(&CloseReason::PublishTimeout));
}

#[test]
fn commands_are_limited_in_a_second_and_for_strangers_in_all() {
    let ask = command(0, "getStreamLength", 1.0, &[]);
    let mut session = session_after(&[handshake(), connect()].concat()).0;
    let mut outcome = Outcome::default();
    for second in 1..10 {
        for _ in 0..20 {
            feed(&mut session, &ask, NOW + Duration::from_secs(second));
        }
    }
    outcome.take(&mut session);
    let reason = outcome.closed().expect("closed").to_string();
    assert!(reason.contains("before publish or play"), "{reason}");

    let (mut publisher, mut outcome) = publishing();
    for second in 1..10 {
        for _ in 0..20 {
            feed(&mut publisher, &ask, NOW + Duration::from_secs(second));
        }
    }
    outcome.take(&mut publisher);
    assert_eq!(outcome.closed(), None, "20 in a second are few enough");
    for _ in 0..40 {
        feed(&mut publisher, &ask, NOW + Duration::from_secs(20));
    }
    outcome.take(&mut publisher);
    let reason = outcome.closed().expect("closed").to_string();
    assert!(reason.contains("in a second"), "{reason}");
}

#[test]
fn the_gate_may_take_its_time() {
    let mut session = session();
    feed(&mut session, &until_publish("secret"), NOW);
    assert_eq!(session.deadline(), None);
    session.accept_publish(NOW * 100);
    assert_eq!(
        session.deadline(),
        Some(NOW * 100 + Limits::default().idle_timeout)
    );
}

#[test]
fn a_publisher_that_completes_no_message_is_closed() {
    let idle = Limits::default().idle_timeout;
    let (mut session, _) = publishing();
    let frame = chunked(Kind::Video, 1, 0, &[0x17; 100]);
    let later = NOW + Duration::from_secs(20);
    feed(&mut session, &frame, later);
    assert_eq!(session.deadline(), Some(later + idle));
    assert!(matches!(session.poll_action(), Some(Action::Media(_))));
    feed(&mut session, &frame[..20], later + Duration::from_secs(29));
    session.tick(later + idle);
    assert_eq!(
        session.poll_action(),
        Some(Action::Close(CloseReason::Idle))
    );
}

proptest! {
    #[test]
    fn random_bytes_do_the_same_in_any_split(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        stage in 0..3,
        pieces in prop::collection::vec(1..100_usize, 1..8),
    ) {
        let front = match stage {
            0 => Vec::new(),
            1 => handshake(),
            _ => until_publish("secret"),
        };
        let bytes = [front, bytes].concat();
        prop_assert_eq!(run_in(&bytes, &pieces), run(&bytes));
    }

    #[test]
    fn random_commands_never_panic(
        name in prop_oneof![
            Just("connect"), Just("publish"), Just("createStream"), Just("deleteStream"),
            Just("play"), Just("FCPublish"), Just("onStatus"), Just("?"),
        ],
        rest in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let body = [body(&[Value::string(name)]), rest].concat();
        let _outcome = run(&[handshake(), connect(), chunked(Kind::CommandAmf0, 1, 0, &body)].concat());
    }
}
