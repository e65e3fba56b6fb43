use super::*;

fn read(text: &str) -> Feeds {
    Feeds::of(&async_graphql::parser::parse_query(text).unwrap())
}

fn only(text: &str) -> Option<Feed> {
    read(text).get(None).cloned()
}

fn depends_on_the_caller(selection: &str) -> bool {
    let text = format!("subscription {{ streamState(channelId: \"c\") {{ {selection} }} }}");
    only(&text).unwrap().of_the_caller
}

#[test]
fn what_depends_on_the_caller_is_found_wherever_it_stands() {
    for selection in [
        "streamKey { key }",
        "restrictions { reason }",
        "streams(first: 1) { nodes { id } }",
        "playback { path }",
        "currentStream { analytics { watchSeconds } }",
        "owner { email }",
        "owner { wallets { updatedPosition } }",
        "a: owner { channel { owner { b: email } } }",
        "... on Channel { streamKey { key } }",
        "... @include(if: true) { owner { ... on Account { email } } }",
    ] {
        assert!(depends_on_the_caller(selection), "{selection}");
    }
    for selection in [
        "id name isLive flvUrl",
        "currentStream { title viewerCount }",
    ] {
        assert!(!depends_on_the_caller(selection), "{selection}");
    }
    let spread = "subscription { streamState(channelId: \"c\") { ...a } } \
                  fragment a on Channel { ...b } fragment b on Channel { owner { email } }";
    assert!(only(spread).unwrap().of_the_caller);
    let health = "subscription { streamHealth(channelId: \"x\") { isPublishing } }";
    assert!(only(health).unwrap().of_the_caller);
    let own = "subscription { walletEvents { cursor } }";
    assert!(only(own).unwrap().of_the_caller);
}

#[test]
fn the_live_list_is_everybodys() {
    let list = "subscription { liveStreams { streams { id channel { name } } } }";
    assert!(!only(list).unwrap().of_the_caller);
    let fragment = "subscription { liveStreams { ... { streams { id } } } }";
    assert!(!only(fragment).unwrap().of_the_caller);
    let deeper = "subscription { liveStreams { streams { channel { streams(first: 1) { nodes \
                  { id } } } } } }";
    assert!(only(deeper).unwrap().of_the_caller);
}

#[test]
fn a_feed_is_known_by_its_root_field_and_only_there() {
    let kind = |text: &str| only(text).map(|feed| feed.kind);
    assert_eq!(
        kind("subscription { c: chat(channelId: 1) { cursor } }"),
        Some(Kind::Events)
    );
    assert_eq!(
        kind("subscription { liveStreams { streams { id } } }"),
        Some(Kind::Values)
    );
    for text in [
        "{ headPosition }",
        "subscription { nonsense }",
        "subscription { ...a } fragment a on Subscription { chat(channelId: 1) { cursor } }",
    ] {
        assert_eq!(kind(text), None, "{text}");
    }
    let several = read(
        "subscription A { chat(channelId: 1) { cursor } } subscription B { liveStreams \
         { streams { id } } } query C { headPosition }",
    );
    let kind = |name| several.get(name).map(|feed| feed.kind);
    assert_eq!(kind(Some("A")), Some(Kind::Events));
    assert_eq!(kind(Some("B")), Some(Kind::Values));
    assert_eq!(
        (kind(Some("C")), kind(Some("D")), kind(None)),
        (None, None, None)
    );
}

#[test]
fn after_is_set_apart_only_where_it_serves_for_nothing_else() {
    let after = |text: &str| only(text).unwrap().after;
    let alone = "subscription($a: String = \"x\") { chat(channelId: 1, after: $a) { cursor } }";
    assert_eq!(
        after(alone),
        After::Variable {
            name: Name::new("a"),
            default: Some("x".to_owned()),
            is_alone: true
        }
    );
    for elsewhere in [
        "subscription($a: String) { chat(channelId: $a, after: $a) { cursor } }",
        "subscription($a: Boolean) { chat(channelId: 1, after: $a) { cursor @include(if: $a) } }",
        "subscription($a: String) { chat(channelId: 1, after: $a) { ...f } } fragment f on \
         ChatEvent { message { x(y: [{z: $a}]) } }",
    ] {
        let After::Variable { is_alone, .. } = after(elsewhere) else {
            panic!("{elsewhere}");
        };
        assert!(!is_alone, "{elsewhere}");
    }
    assert_eq!(
        after("subscription { chat(channelId: 1, after: \"y\") { cursor } }"),
        After::Text("y".to_owned())
    );
    assert_eq!(
        after("subscription { chat(channelId: 1) { cursor } }"),
        After::Absent
    );
}
