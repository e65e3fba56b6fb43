use proptest::prelude::*;

use super::*;

const KEY_FRAME: [u8; 7] = [0x17, 1, 0, 0, 0, 9, 9];

fn media_kinds(outcome: &Outcome) -> Vec<(flv::Kind, u32)> {
    let tags = outcome.actions.iter().filter_map(|action| match action {
        Action::Media(tag) | Action::Metadata(tag) => Some((tag.kind, tag.timestamp)),
        _ => None,
    });
    tags.collect()
}

#[test]
fn connect_is_answered_with_everything_that_encoders_wait_for() {
    let outcome = run(&[handshake(), connect()].concat());
    let kinds = outcome
        .messages()
        .iter()
        .map(|message| message.kind)
        .collect::<Vec<_>>();
    assert_eq!(
        kinds,
        [
            Kind::WindowAcknowledgementSize,
            Kind::SetPeerBandwidth,
            Kind::SetChunkSize,
            Kind::CommandAmf0
        ]
    );
    let result = &outcome.commands()[0];
    assert_eq!(result[..2], [Value::string("_result"), Value::Number(1.0)]);
    let code = result[3].get("code").unwrap();
    assert_eq!(code, &Value::string("NetConnection.Connect.Success"));
    assert_eq!(
        result[3].get("fourCcList"),
        None,
        "not offered, not answered"
    );
}

#[test]
fn offered_codecs_are_answered_with_those_that_are_known() {
    for (offered, agreed) in [
        (vec!["hvc1", "xxxx", "Opus"], vec!["hvc1", "Opus"]),
        (
            vec!["*"],
            vec![
                "hvc1", "av01", "vp09", "vp08", "avc1", "Opus", "fLaC", "ac-3", "ec-3", "mp4a",
                ".mp3",
            ],
        ),
    ] {
        let list = |names: &[&str]| {
            Value::StrictArray(names.iter().map(|name| Value::string(*name)).collect())
        };
        let properties = Value::object([
            ("app", Value::string("live")),
            ("fourCcList", list(&offered)),
        ]);
        let bytes = [handshake(), command(0, "connect", 1.0, &[properties])].concat();
        let result = &run(&bytes).commands()[0];
        assert_eq!(result[3].get("fourCcList"), Some(&list(&agreed)));
    }
}

#[test]
fn a_publisher_starts_only_when_its_key_was_accepted() {
    let mut session = session();
    let early = chunked(Kind::Video, 1, 0, &KEY_FRAME);
    feed(
        &mut session,
        &[until_publish("secret?x=1"), early].concat(),
        NOW,
    );
    let mut before = Outcome::default();
    before.take(&mut session);
    assert_eq!(before.codes(), [""; 0]);
    let [Action::Publish(request)] = &before.actions[..] else {
        panic!("{:?}", before.actions)
    };
    assert_eq!(
        (request.app.as_str(), request.key.as_str()),
        ("live", "secret")
    );
    assert!(
        !format!("{request:?}").contains("secret"),
        "the key is a secret"
    );

    session.accept_publish(NOW);
    before.actions.clear();
    before.take(&mut session);
    assert_eq!(before.codes(), ["NetStream.Publish.Start"]);
    assert_eq!(
        media_kinds(&before),
        [(flv::Kind::Video, 0)],
        "what came early comes now"
    );
}

#[test]
fn a_refused_key_gets_an_error_and_never_a_start() {
    let mut session = session();
    let early = chunked(Kind::Video, 1, 0, &KEY_FRAME);
    feed(&mut session, &[until_publish("wrong"), early].concat(), NOW);
    session.refuse_publish(BAD_NAME, "No channel has this key.");
    let mut outcome = Outcome::default();
    outcome.take(&mut session);
    assert_eq!(outcome.codes(), ["NetStream.Publish.BadName"]);
    let status = outcome.commands().pop().unwrap();
    assert_eq!(status[3].get("level"), Some(&Value::string("error")));
    assert_eq!(
        status[3].get("description"),
        Some(&Value::string("No channel has this key."))
    );
    assert_eq!(
        outcome.messages().last().unwrap().stream,
        1,
        "on the stream that asked"
    );
    assert_eq!(media_kinds(&outcome), []);
    assert!(matches!(outcome.closed(), Some(CloseReason::Refused(_))));

    session.accept_publish(NOW);
    feed(&mut session, &chunked(Kind::Video, 1, 0, &KEY_FRAME), NOW);
    assert_eq!(session.poll_action(), None, "nothing follows the end");
}

#[test]
fn media_without_publish_is_dropped() {
    let bytes = [
        handshake(),
        connect(),
        chunked(Kind::Video, 1, 0, &KEY_FRAME),
        chunked(
            Kind::DataAmf0,
            1,
            0,
            &body(&[Value::string("onMetaData"), Value::Null]),
        ),
    ]
    .concat();
    assert_eq!(run(&bytes).actions, []);
}

#[test]
fn media_counts_on_whichever_stream_and_empty_media_does_not() {
    let (mut session, _) = publishing();
    feed(&mut session, &chunked(Kind::Audio, 1, 0, &[]), NOW);
    assert_eq!(session.poll_action(), None);
    feed(&mut session, &chunked(Kind::Video, 0, 0, &KEY_FRAME), NOW);
    assert!(matches!(session.poll_action(), Some(Action::Media(_))));
}

/// As encoders of Flash's time send them.
#[test]
fn commands_in_the_wrapper_of_amf3_are_the_same_commands() {
    let wrapped = |stream: u32, name: &str, arguments: &[Value]| {
        let mut values = vec![Value::string(name), Value::Number(1.0)];
        values.extend_from_slice(arguments);
        let wrapped = [&[0][..], &body(&values)].concat();
        chunked(Kind::CommandAmf3, stream, 0, &wrapped)
    };
    let properties = Value::object([("app", Value::string("live"))]);
    let key = [Value::Null, Value::string("secret"), Value::string("live")];
    let bytes = [
        handshake(),
        wrapped(0, "connect", &[properties]),
        wrapped(0, "createStream", &[Value::Null]),
        wrapped(1, "publish", &key),
    ]
    .concat();
    let outcome = run(&bytes);
    let [Action::Publish(request)] = &outcome.actions[..] else {
        panic!("{:?}", outcome.actions)
    };
    assert_eq!((&*request.app, &*request.key), ("live", "secret"));
    // One that is nothing but the wrapper says nothing.
    let empty = [handshake(), chunked(Kind::CommandAmf3, 0, 0, &[0])].concat();
    assert!(run(&empty).closed().is_some());
}

#[test]
fn metadata_comes_without_set_data_frame() {
    let inner = [
        Value::string("onMetaData"),
        Value::object([("width", Value::Number(2.0))]),
    ];
    let outer = [&[Value::string("@setDataFrame")], &inner[..]].concat();
    let (mut session, _) = publishing();
    feed(
        &mut session,
        &chunked(Kind::DataAmf0, 1, 0, &body(&outer)),
        NOW,
    );
    let amf3 = [&[0][..], &body(&outer)].concat();
    feed(&mut session, &chunked(Kind::DataAmf3, 1, 0, &amf3), NOW);
    for _ in 0..2 {
        let Some(Action::Metadata(tag)) = session.poll_action() else {
            panic!("no metadata")
        };
        assert_eq!(tag.payload, body(&inner));
    }
}

#[test]
fn every_way_to_unpublish_does_it_once_and_allows_another_publish() {
    let name = [Value::Null, Value::string("secret")];
    for goodbye in [
        command(0, "FCUnpublish", 6.0, &name),
        command(0, "deleteStream", 6.0, &[Value::Null, Value::Number(1.0)]),
        command(1, "closeStream", 0.0, &[Value::Null]),
    ] {
        let delete = command(0, "deleteStream", 7.0, &[Value::Null, Value::Number(1.0)]);
        let bytes = [until_publish("secret"), goodbye, delete, publish("again")].concat();
        let outcome = run(&bytes);
        assert!(
            matches!(
                &outcome.actions[..],
                [Action::Publish(_), Action::Unpublish, Action::Publish(again)] if again.key == "again"
            ),
            "{:?}",
            outcome.actions
        );
    }
}

#[test]
fn deleting_a_stream_that_is_not_published_changes_nothing() {
    let delete = command(0, "deleteStream", 7.0, &[Value::Null, Value::Number(2.0)]);
    let outcome = run(&[until_publish("secret"), delete].concat());
    assert!(matches!(&outcome.actions[..], [Action::Publish(_)]));
}

#[test]
fn a_key_in_the_url_and_none_in_the_name_is_found() {
    let properties = Value::object([("app", Value::string("live/secret"))]);
    let bytes = [
        handshake(),
        command(0, "connect", 1.0, &[properties]),
        publish(""),
    ]
    .concat();
    let outcome = run(&bytes);
    let [Action::Publish(request)] = &outcome.actions[..] else {
        panic!("{:?}", outcome.actions)
    };
    assert_eq!(
        (request.app.as_str(), request.key.as_str()),
        ("live", "secret")
    );
}

#[test]
fn unknown_commands_get_an_error_if_they_ask_for_a_reply() {
    let bytes = [
        handshake(),
        connect(),
        command(0, "nonsense", 9.0, &[]),
        command(0, "quiet", 0.0, &[]),
    ]
    .concat();
    let commands = run(&bytes).commands();
    assert_eq!(commands.len(), 2);
    assert_eq!(
        commands[1][..2],
        [Value::string("_error"), Value::Number(9.0)]
    );
}

#[test]
fn commands_flagged_as_amf3_are_read() {
    let values = [
        Value::string("createStream"),
        Value::Number(4.0),
        Value::Null,
    ];
    let flagged = [&[0][..], &body(&values)].concat();
    let bytes = [
        handshake(),
        connect(),
        chunked(Kind::CommandAmf3, 0, 0, &flagged),
    ]
    .concat();
    assert_eq!(run(&bytes).commands()[1][3], Value::Number(1.0));
}

#[test]
fn pings_are_answered_with_their_own_data() {
    let ping = chunked(Kind::UserControl, 0, 0, &[0, 6, 1, 2, 3, 4]);
    let outcome = run(&[handshake(), ping, chunked(Kind::UserControl, 0, 0, &[0, 6])].concat());
    assert_eq!(
        outcome.messages().len(),
        1,
        "one that is too short is no ping"
    );
    assert_eq!(outcome.messages()[0].payload[..], [0, 7, 1, 2, 3, 4]);
}

#[test]
fn bytes_are_acknowledged_by_the_window_that_the_peer_asks_for() {
    let window = chunked(
        Kind::WindowAcknowledgementSize,
        0,
        0,
        &20_000_u32.to_be_bytes(),
    );
    let mut bytes = [until_publish("secret"), window].concat();
    for time in 0..50 {
        bytes.extend(chunked(Kind::Video, 1, time, &[0x27; 1_000]));
    }
    let acknowledged = run(&bytes)
        .messages()
        .iter()
        .filter(|message| message.kind == Kind::Acknowledgement)
        .map(|message| message.word().unwrap())
        .collect::<Vec<_>>();
    assert_eq!(acknowledged.len(), 2);
    assert!(acknowledged[0] >= 20_000 && acknowledged[1] >= acknowledged[0] + 20_000);
}

#[test]
fn a_publisher_that_has_to_go_is_told_why() {
    let (mut session, mut outcome) = publishing();
    session.end("Your stream key was changed.");
    outcome.take(&mut session);
    let status = outcome.commands().pop().unwrap();
    assert_eq!(
        status[3].get("description"),
        Some(&Value::string("Your stream key was changed."))
    );
    assert!(matches!(outcome.closed(), Some(CloseReason::Ended(_))));
}

/// A whole broadcast: two codecs interleaved, metadata, an extended timestamp, a goodbye.
fn broadcast() -> Vec<u8> {
    let metadata = body(&[
        Value::string("@setDataFrame"),
        Value::string("onMetaData"),
        Value::object([("width", Value::Number(640.0))]),
    ]);
    let mut bytes = until_publish("secret");
    bytes.extend(chunked(
        Kind::WindowAcknowledgementSize,
        0,
        0,
        &16_384_u32.to_be_bytes(),
    ));
    bytes.extend(chunked(Kind::DataAmf0, 1, 0, &metadata));
    for step in 0..30 {
        let time = 0xFF_FFF0 + step * 20;
        bytes.extend(chunked(Kind::Video, 1, time, &[0x27; 700]));
        bytes.extend(chunked(Kind::Audio, 1, time, &[0xAF; 300]));
    }
    bytes.extend(command(
        0,
        "deleteStream",
        6.0,
        &[Value::Null, Value::Number(1.0)],
    ));
    bytes
}

#[test]
fn a_whole_broadcast_comes_out_in_order() {
    let outcome = run(&broadcast());
    let kinds = media_kinds(&outcome);
    assert_eq!(kinds.len(), 61);
    assert_eq!(kinds[1], (flv::Kind::Video, 0xFF_FFF0));
    assert_eq!(kinds[60], (flv::Kind::Audio, 0xFF_FFF0 + 29 * 20));
    assert_eq!(outcome.actions.last(), Some(&Action::Unpublish));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_split_gives_the_same_actions(pieces in prop::collection::vec(1..2_000_usize, 1..40)) {
        let bytes = broadcast();
        prop_assert_eq!(run_in(&bytes, &pieces), run(&bytes));
    }
}

#[test]
fn byte_by_byte_gives_the_same_actions() {
    assert_eq!(run_in(&broadcast(), &[1]), run(&broadcast()));
}
