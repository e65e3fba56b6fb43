use tokio::io::AsyncReadExt;
use tributary_media::amf0::Value;
use tributary_media::gate::StopReason;
use tributary_media::server::Limits;

use crate::support::{Publisher, Server, Told, Viewer, soon};

#[tokio::test]
async fn two_viewers_get_what_one_publisher_sends() {
    let server = Server::new(Limits::default()).await;
    let mut publisher = Publisher::start(server.address, "show").await;
    let Told::Asked(ingest) = server.told().await else {
        panic!("the gate was not asked")
    };
    let early = Viewer::new(&server.hub, "show");
    publisher.headers().await;
    publisher.key_frame(1_000, 10, 50_000).await;
    let Told::Started(broadcast, started, media) = server.told().await else {
        panic!("the gate was not told")
    };
    assert_eq!((broadcast.as_str(), started), ("show", ingest));
    assert_eq!(
        (media.video_codec, media.audio_codec),
        (Some("h264"), Some("aac"))
    );

    publisher.key_frame(1_040, 11, 300).await;
    let mut early = early;
    early.until_tags(4).await;
    let mut late = Viewer::new(&server.hub, "show");
    let first = late.until_tags(3).await;
    assert_eq!(first.tags[2].payload[5], 11, "the newest key frame first");
    assert_eq!(server.hub.stats().viewers, 2);

    let goodbye = [Value::Null, Value::Number(1.0)];
    publisher.command(0, "deleteStream", 4.0, &goodbye).await;
    assert_eq!(server.stopped().await, StopReason::Unpublished);
    assert!(!server.hub.is_live("show"));
    server.hub.end("show");
    let (early, late) = (early.until_end().await, late.until_end().await);
    assert_eq!((early.tags.len(), late.tags.len()), (4, 3));
    assert_eq!(early.tags[2].payload.len(), 50_005);
    assert_eq!((early.incomplete_bytes, late.incomplete_bytes), (0, 0));
    drop(publisher);
    assert_eq!(server.end().await, []);
}

#[tokio::test]
async fn a_publisher_that_comes_back_continues_the_broadcast() {
    let server = Server::new(Limits::default()).await;
    let mut first = Publisher::start(server.address, "show").await;
    first.headers().await;
    first.key_frame(0, 1, 100).await;
    let mut viewer = Viewer::new(&server.hub, "show");
    viewer.until_tags(3).await;
    drop(first);
    assert!(matches!(server.told().await, Told::Asked(_)));
    assert!(matches!(server.told().await, Told::Started(..)));
    assert_eq!(server.stopped().await, StopReason::Disconnected);

    let mut second = Publisher::start(server.address, "show").await;
    second.headers().await;
    second.key_frame(500_000, 2, 100).await;
    let file = viewer.until_tags(4).await;
    let last = file.tags.last().unwrap();
    assert_eq!((last.payload[5], last.timestamp), (2, 33));
}

#[tokio::test]
async fn a_refused_key_hears_why_and_is_disconnected() {
    let server = Server::new(Limits::default()).await;
    let mut publisher = Publisher::ask(server.address, "bad").await;
    let (code, description) = publisher.status().await;
    assert_eq!(
        code, "NetStream.Publish.BadName",
        "and no Publish.Start before it"
    );
    assert_eq!(description, "No channel has this key.");
    publisher.until_closed().await;
    assert!(server.hub.keys().is_empty());
    let told = server.end().await;
    assert!(
        matches!(told[..], [Told::Asked(_)]),
        "nothing stops that never was: {told:?}"
    );
}

#[tokio::test]
async fn a_refusal_arrives_although_the_client_keeps_sending() {
    let server = Server::new(Limits::default()).await;
    let mut publisher = Publisher::ask(server.address, "bad").await;
    for _ in 0..20 {
        publisher.key_frame(0, 1, 1_000).await;
    }
    assert_eq!(publisher.status().await.0, "NetStream.Publish.BadName");
    // A reset instead of an orderly end makes some systems throw away what was not read yet.
    let mut rest = Vec::new();
    soon(publisher.socket.read_to_end(&mut rest))
        .await
        .expect("no reset");
}

#[tokio::test]
async fn a_second_publisher_replaces_the_first() {
    let server = Server::new(Limits::default()).await;
    let mut old = Publisher::start(server.address, "show").await;
    let Told::Asked(old_ingest) = server.told().await else {
        panic!("not asked")
    };
    let mut new = Publisher::start(server.address, "show").await;
    assert!(matches!(server.told().await, Told::Asked(_)));
    old.until_closed().await;
    assert_eq!(
        server.told().await,
        Told::Stopped("show".to_owned(), old_ingest, StopReason::Replaced)
    );
    new.headers().await;
    new.key_frame(0, 7, 10).await;
    let mut viewer = Viewer::new(&server.hub, "show");
    assert_eq!(viewer.until_tags(3).await.tags[2].payload[5], 7);
}

#[tokio::test]
async fn a_kicked_publisher_hears_why() {
    let server = Server::new(Limits::default()).await;
    let mut publisher = Publisher::start(server.address, "show").await;
    server
        .hub
        .disconnect_publisher("show", "Your stream key was changed.");
    let (_, description) = publisher.status().await;
    assert_eq!(description, "Your stream key was changed.");
    publisher.until_closed().await;
    assert!(matches!(server.told().await, Told::Asked(_)));
    let reason = StopReason::Kicked("Your stream key was changed.".to_owned());
    assert_eq!(server.stopped().await, reason);
    assert!(server.hub.contains("show"), "viewers wait for a new one");
}

#[tokio::test]
async fn a_kick_while_the_gate_decides_holds() {
    let server = Server::new(Limits::default()).await;
    let mut publisher = Publisher::ask(server.address, "slow").await;
    assert!(matches!(server.told().await, Told::Asked(_)));
    server.hub.disconnect_publisher("slow", "banned");
    server.gate.go_on.notify_one();
    assert_eq!(publisher.status().await.0, "NetStream.Publish.BadName");
    assert_eq!(
        server.stopped().await,
        StopReason::Kicked("banned".to_owned())
    );
}

#[tokio::test]
async fn a_publisher_that_leaves_while_the_gate_decides_is_reported_once() {
    let server = Server::new(Limits::default()).await;
    let publisher = Publisher::ask(server.address, "slow").await;
    assert!(matches!(server.told().await, Told::Asked(_)));
    drop(publisher);
    server.gate.go_on.notify_one();
    assert_eq!(server.stopped().await, StopReason::Disconnected);
    assert_eq!(server.end().await, []);
}

#[tokio::test]
async fn the_end_of_the_server_is_told_to_publishers_and_the_gate() {
    let server = Server::new(Limits::default()).await;
    let mut publisher = Publisher::start(server.address, "show").await;
    assert!(matches!(server.told().await, Told::Asked(_)));
    let (told, ()) = soon(async { tokio::join!(server.end(), publisher.until_closed()) }).await;
    assert!(
        matches!(&told[..], [Told::Stopped(_, _, StopReason::Kicked(_))]),
        "exactly once: {told:?}"
    );
}

#[tokio::test]
async fn one_connection_may_publish_again() {
    let server = Server::new(Limits::default()).await;
    let mut publisher = Publisher::start(server.address, "one").await;
    let Told::Asked(first) = server.told().await else {
        panic!("not asked")
    };
    publisher
        .command(1, "closeStream", 0.0, &[Value::Null])
        .await;
    assert_eq!(publisher.status().await.0, "NetStream.Unpublish.Success");
    assert_eq!(server.stopped().await, StopReason::Unpublished);
    let arguments = [Value::Null, Value::string("two"), Value::string("live")];
    publisher.command(1, "publish", 6.0, &arguments).await;
    assert_eq!(publisher.status().await.0, "NetStream.Publish.Start");
    let Told::Asked(second) = server.told().await else {
        panic!("not asked again")
    };
    assert_ne!(first, second, "another attempt, another number");
    drop(publisher);
    assert_eq!(server.stopped().await, StopReason::Disconnected);
    let mut keys = server.hub.keys();
    keys.sort();
    assert_eq!(keys, ["one", "two"]);
}
