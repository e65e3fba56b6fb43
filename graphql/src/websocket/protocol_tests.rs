use super::*;

fn acknowledged() -> Protocol {
    let mut protocol = Protocol::new(2);
    assert!(matches!(
        protocol.received(r#"{"type":"connection_init"}"#),
        Action::Introduce(serde_json::Value::Null)
    ));
    protocol.acknowledge();
    protocol
}

fn subscribe(id: &str) -> String {
    format!(r#"{{"type":"subscribe","id":"{id}","payload":{{"query":"{{ a }}"}}}}"#)
}

fn begun(protocol: &mut Protocol, id: &str) -> Key {
    match protocol.received(&subscribe(id)) {
        Action::Begin(key, _) => key,
        other => panic!("{id} was not begun: {other:?}"),
    }
}

fn closed(protocol: &mut Protocol, text: &str) -> u16 {
    match protocol.received(text) {
        Action::Close(closing) => closing.code,
        other => panic!("{text:.60} does not close: {other:?}"),
    }
}

#[test]
fn nothing_is_begun_before_the_acknowledgement() {
    assert_eq!(closed(&mut Protocol::new(2), &subscribe("1")), 4401);
    let mut introduced = Protocol::new(2);
    introduced.received(r#"{"type":"connection_init"}"#);
    assert_eq!(closed(&mut introduced, &subscribe("1")), 4401);
}

#[test]
fn a_second_introduction_closes() {
    for payload in ["", r#","payload":{}"#, r#","payload":null"#] {
        let init = format!(r#"{{"type":"connection_init"{payload}}}"#);
        let mut protocol = Protocol::new(2);
        assert!(matches!(protocol.received(&init), Action::Introduce(_)));
        assert_eq!(closed(&mut protocol, &init), 4429);
        assert_eq!(closed(&mut acknowledged(), &init), 4429);
    }
}

#[test]
fn an_id_is_taken_until_its_operation_has_ended() {
    let mut protocol = acknowledged();
    let first = begun(&mut protocol, "1");
    assert_eq!(closed(&mut protocol, &subscribe("1")), 4409);
    assert_eq!(protocol.ended(first).as_deref(), Some("1"));
    let second = begun(&mut protocol, "1");
    assert_ne!(first, second);
    assert_eq!(protocol.id(second), Some("1"));
    assert_eq!(protocol.id(first), None);
}

#[test]
fn after_the_clients_complete_nothing_is_left_to_say() {
    let mut protocol = acknowledged();
    let key = begun(&mut protocol, "1");
    let complete = r#"{"type":"complete","id":"1"}"#;
    assert!(matches!(protocol.received(complete), Action::Stop(stopped) if stopped == key));
    assert_eq!(protocol.ended(key), None);
    // It may cross with the server's own.
    assert!(matches!(protocol.received(complete), Action::None));
    begun(&mut protocol, "1");
}

#[test]
fn operations_are_bounded() {
    let mut protocol = acknowledged();
    let first = begun(&mut protocol, "1");
    begun(&mut protocol, "2");
    assert!(matches!(protocol.received(&subscribe("3")), Action::Refuse(id) if *id == *"3"));
    protocol.ended(first);
    begun(&mut protocol, "3");
}

#[test]
fn pings_are_answered_at_any_time_with_their_content() {
    for protocol in [&mut Protocol::new(2), &mut acknowledged()] {
        let Action::Pong(None) = protocol.received(r#"{"type":"ping"}"#) else {
            panic!("no pong");
        };
        let Action::Pong(Some(content)) = protocol.received(r#"{"type":"ping","payload":{"a":1}}"#)
        else {
            panic!("no pong");
        };
        assert_eq!(
            pong(Some(&content)),
            br#"{"type":"pong","payload":{"a":1}}"#
        );
        assert!(matches!(
            protocol.received(r#"{"type":"pong"}"#),
            Action::None
        ));
    }
}

#[test]
fn what_is_no_message_closes() {
    let long = format!(
        r#"{{"type":"subscribe","id":"{}","payload":{{"query":"{{a}}"}}}}"#,
        "x".repeat(ID_BYTES_MAX + 1)
    );
    let deep = format!(r#"{{"type":"ping","payload":{}"#, "[".repeat(100_000));
    for text in [
        "",
        "nonsense",
        "[]",
        r#"["ping"]"#,
        "null",
        "7",
        "{}",
        r#"{"type":7}"#,
        r#"{"type":"nonsense"}"#,
        r#"{"type":"start","id":"1"}"#,
        r#"{"type":"connection_ack"}"#,
        r#"{"type":"next","id":"1"}"#,
        r#"{"type":"subscribe"}"#,
        r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
        r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
        r#"{"type":"subscribe","id":"1"}"#,
        r#"{"type":"subscribe","id":"1","payload":[]}"#,
        r#"{"type":"subscribe","id":"1","payload":["{a}"]}"#,
        r#"{"type":"subscribe","id":"1","payload":{}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","operationName":1}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","extensions":1}}"#,
        r#"{"type":"complete"}"#,
        &long,
        &deep,
    ] {
        assert_eq!(closed(&mut acknowledged(), text), 4400, "{text:.60}");
    }
    for payload in ["1", "[]", "\"x\"", "true"] {
        let init = format!(r#"{{"type":"connection_init","payload":{payload}}}"#);
        assert_eq!(closed(&mut Protocol::new(2), &init), 4400, "{payload}");
    }
}

#[test]
fn a_request_is_read_with_all_that_it_has() {
    let text = r#"{"query":"query A($a: Int) { a }","operationName":"A","variables":{"a":1},
                   "extensions":{}}"#;
    let request = request(text).unwrap();
    assert_eq!(request.operation_name.as_deref(), Some("A"));
    assert_eq!(request.variables.len(), 1);
    assert!(super::request(r#"{"query":"{a}","variables":null,"operationName":null}"#).is_some());
}

#[test]
fn ids_are_written_as_json() {
    assert_eq!(
        &*prefix("a\"b\n", "next"),
        br#"{"id":"a\"b\n","type":"next","payload":"#
    );
    assert_eq!(
        complete("é"),
        "{\"id\":\"é\",\"type\":\"complete\"}".as_bytes()
    );
}
