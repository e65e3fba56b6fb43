//! Feeds of how things stand, over a real socket.

use crate::support::{Server, Socket, channel_of, go_live, system};
use serde_json::{Value, json};
use tributary_domain::command::sessions;
use tributary_domain::viewer_session::{Joined, Received};
use tributary_domain::{Command, ViewerId, ViewerSessionId};

#[tokio::test]
async fn the_state_of_a_channel_is_followed_from_start_to_end() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let mut socket = Socket::open(address, None).await;
    let query = "subscription S($c: ID!) { streamState(channelId: $c) { isLive \
                 currentStream { title status } } }";
    socket.subscribe("1", query, json!({"c": channel})).await;
    let nothing = json!({"isLive": false, "currentStream": null});
    assert_eq!(socket.item("streamState").await, nothing);
    let started = ada
        .done("startStream", json!({"title": "one"}), "stream { id }")
        .await;
    let on = |title: &str, status: &str| json!({"title": title, "status": status});
    assert_eq!(
        socket.item("streamState").await["currentStream"],
        on("one", "STARTING")
    );
    go_live(&server, &ada).await;
    let live = socket.item("streamState").await;
    assert_eq!(
        (&live["currentStream"], &live["isLive"]),
        (&on("one", "LIVE"), &json!(true))
    );
    let id = &started["stream"]["id"];
    ada.done("updateStream", json!({"streamId": id, "title": "two"}), "")
        .await;
    assert_eq!(
        socket.item("streamState").await["currentStream"],
        on("two", "LIVE")
    );
    ada.done("endStream", json!({"streamId": id}), "").await;
    assert_eq!(socket.item("streamState").await, nothing);
}

#[tokio::test]
async fn viewers_and_the_live_list_are_followed() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, _) = server.streamer("ada").await;
    let mut lists = Socket::open(address, None).await;
    let query = "subscription { liveStreams { streams { title viewerCount channel { name } } } }";
    lists.subscribe("1", query, json!({})).await;
    assert_eq!(lists.item("liveStreams").await["streams"], json!([]));
    let stream = go_live(&server, &ada).await;
    let listed = |viewers: i32| json!([{"title": "ada is live", "viewerCount": viewers, "channel": {"name": "ada"}}]);
    assert_eq!(lists.item("liveStreams").await["streams"], listed(0));

    let query = "{ liveStreams(first: 1) { nodes { id } pageInfo { hasNextPage } } }";
    let answer = ada.ask(query).await;
    let id = answer.data()["liveStreams"]["nodes"][0]["id"].clone();
    let mut counts = Socket::open(address, None).await;
    let query = "subscription S($s: ID!) { viewerCount(streamId: $s) { streamId viewerCount \
                 peakViewers } }";
    counts.subscribe("1", query, json!({"s": id})).await;
    let count =
        |now: i32, peak: i32| json!({"streamId": id, "viewerCount": now, "peakViewers": peak});
    assert_eq!(counts.item("viewerCount").await, count(0, 0));

    let env = server.log.environment();
    let session = ViewerSessionId(env.uuid());
    let joined = Joined {
        stream,
        channel: channel_of(&ada),
        viewer: ViewerId::Anonymous(env.uuid()),
        node: "test".to_owned(),
        at: env.now(),
        received: Some(Received::Media),
    };
    system(
        &server,
        Command::Sessions(sessions::Command::Join { session, joined }),
    )
    .await;
    assert_eq!(counts.item("viewerCount").await, count(1, 1));
    assert_eq!(lists.item("liveStreams").await["streams"], listed(1));
    let leave = sessions::Command::Leave {
        session,
        at: env.now(),
    };
    system(&server, Command::Sessions(leave)).await;
    assert_eq!(counts.item("viewerCount").await, count(0, 1));
}

#[tokio::test]
async fn a_list_that_did_not_change_is_not_shown_again() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let mut lists = Socket::open(address, None).await;
    let query = "subscription { liveStreams { streams { title } } }";
    lists.subscribe("1", query, json!({})).await;
    assert_eq!(lists.item("liveStreams").await["streams"], json!([]));
    let mut states = Socket::open(address, None).await;
    let query =
        "subscription S($c: ID!) { streamState(channelId: $c) { currentStream { title } } }";
    states.subscribe("1", query, json!({"c": channel})).await;
    assert_eq!(
        states.item("streamState").await["currentStream"],
        Value::Null
    );
    // A stream that is starting is in no list. Each of its changes makes the list be read anew; the
    // second feed shows that this has happened.
    let stream = ada
        .done("startStream", json!({"title": "0"}), "stream { id }")
        .await;
    for title in ["0", "1", "2"] {
        if title != "0" {
            let input = json!({"streamId": stream["stream"]["id"], "title": title});
            ada.done("updateStream", input, "").await;
        }
        let state = states.item("streamState").await;
        assert_eq!(state["currentStream"]["title"], title);
    }
    go_live(&server, &ada).await;
    assert_eq!(
        lists.item("liveStreams").await["streams"],
        json!([{"title": "2"}])
    );
}
