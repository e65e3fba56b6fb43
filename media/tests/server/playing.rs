use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tributary_media::amf0::Value;
use tributary_media::rtmp::message::Kind;
use tributary_media::server::Limits;

use crate::support::{Publisher, Server, soon};

/// A publisher that has sent its headers and this key frame.
async fn on_air(server: &Server, mark: u8) -> Publisher {
    let mut publisher = Publisher::start(server.address, "show").await;
    publisher.headers().await;
    publisher.key_frame(0, mark, 100).await;
    publisher
}

/// A player that was let in.
async fn player(server: &Server) -> Publisher {
    let mut player = Publisher::watch(server.address, "show").await;
    player.until_code("NetStream.Play.Start").await;
    player
}

/// What tells one key frame from another.
async fn until_key_frame(player: &mut Publisher) -> u8 {
    loop {
        let message = player.media().await;
        if message.kind == Kind::Video && message.payload[..2] == [0x17, 1] {
            return message.payload[5];
        }
    }
}

#[tokio::test]
async fn a_player_gets_the_headers_and_then_the_newest_key_frame() {
    let server = Server::new(Limits::default()).await;
    let mut publisher = on_air(&server, 10).await;
    publisher.key_frame(1_000, 11, 20_000).await;
    let mut early = player(&server).await;
    while until_key_frame(&mut early).await != 11 {}
    let mut player = player(&server).await;
    let mut first = Vec::new();
    for _ in 0..3 {
        first.push(player.media().await);
    }
    assert_eq!(first[0].payload[..2], [0x17, 0], "how to decode");
    assert_eq!(first[1].payload[..2], [0xAF, 0]);
    assert_eq!(first[2].payload[5], 11, "and a picture at once");
    assert_eq!(first[2].payload.len(), 20_005);
    publisher.key_frame(2_000, 12, 100).await;
    assert_eq!(until_key_frame(&mut player).await, 12);
}

#[tokio::test]
async fn a_player_counts_as_a_viewer_until_it_is_gone() {
    let server = Server::new(Limits::default()).await;
    let _publisher = on_air(&server, 1).await;
    let mut one = player(&server).await;
    until_key_frame(&mut one).await;
    assert_eq!(server.hub.stats().viewers, 1);
    assert_eq!(server.gate.players.load(Relaxed), 1);
    drop(one);
    soon(async {
        while server.gate.players.load(Relaxed) > 0 || server.hub.stats().viewers > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn who_may_not_watch_and_what_is_not_there_is_said() {
    let server = Server::new(Limits::default()).await;
    let _publisher = on_air(&server, 1).await;
    let mut nothing = Publisher::watch(server.address, "nothing").await;
    assert_eq!(nothing.status().await.0, "NetStream.Play.StreamNotFound");
    nothing.until_closed().await;
    let mut refused = Publisher::watch(server.address, "show?bad").await;
    let (code, description) = refused.status().await;
    assert_eq!(code, "NetStream.Play.Failed");
    assert_eq!(description, "This broadcast is not for you.");
    refused.until_closed().await;
    assert_eq!(server.hub.stats().viewers_total, 0);
}

#[tokio::test]
async fn a_player_that_goes_on_after_a_pause_gets_what_is_live_then() {
    let server = Server::new(Limits::default()).await;
    let mut publisher = on_air(&server, 1).await;
    let mut player = player(&server).await;
    until_key_frame(&mut player).await;
    let pause = |yes| [Value::Null, Value::Boolean(yes), Value::Number(0.0)];
    player.command(1, "pause", 0.0, &pause(true)).await;
    player.until_code("NetStream.Pause.Notify").await;
    let mut beside = self::player(&server).await;
    for mark in 2..6 {
        publisher
            .key_frame(u32::from(mark) * 1_000, mark, 100)
            .await;
    }
    while until_key_frame(&mut beside).await != 5 {}
    player.command(1, "pause", 0.0, &pause(false)).await;
    player.until_code("NetStream.Unpause.Notify").await;
    assert_eq!(until_key_frame(&mut player).await, 5);
}

#[tokio::test]
async fn a_broadcast_that_is_closed_to_the_public_tells_its_guests_and_keeps_the_others() {
    let server = Server::new(Limits::default()).await;
    let mut publisher = on_air(&server, 1).await;
    let mut guests = vec![];
    for _ in 0..2 {
        let mut guest = Publisher::watch(server.address, "show?guest").await;
        guest.until_code("NetStream.Play.Start").await;
        until_key_frame(&mut guest).await;
        guests.push(guest);
    }
    let mut own = player(&server).await;
    until_key_frame(&mut own).await;
    let pause = |yes| [Value::Null, Value::Boolean(yes), Value::Number(0.0)];
    let mut paused = guests.pop().unwrap();
    paused.command(1, "pause", 0.0, &pause(true)).await;
    paused.until_code("NetStream.Pause.Notify").await;
    server.hub.close_to_public("show");
    let mut guest = guests.pop().unwrap();
    guest.until_code("NetStream.Play.Failed").await;
    guest.until_closed().await;
    publisher.key_frame(1_000, 2, 100).await;
    while until_key_frame(&mut own).await != 2 {}
    // Nor does a pause keep a place.
    paused.command(1, "pause", 0.0, &pause(false)).await;
    paused.until_code("NetStream.Play.Failed").await;
    paused.until_closed().await;
}

#[tokio::test]
async fn a_player_that_pauses_for_too_long_gives_its_place_back() {
    let session = tributary_media::rtmp::session::Limits {
        pause_timeout: Duration::from_millis(50),
        ..Default::default()
    };
    let limits = Limits {
        session,
        ..Limits::default()
    };
    let server = Server::new(limits).await;
    let _publisher = on_air(&server, 1).await;
    let mut player = player(&server).await;
    until_key_frame(&mut player).await;
    let pause = [Value::Null, Value::Boolean(true), Value::Number(0.0)];
    player.command(1, "pause", 0.0, &pause).await;
    player.until_code("NetStream.Play.Failed").await;
    player.until_closed().await;
}

#[tokio::test]
async fn the_end_of_a_broadcast_and_of_the_server_is_told_to_players() {
    let server = Server::new(Limits::default()).await;
    let _publisher = on_air(&server, 1).await;
    let mut ended = player(&server).await;
    until_key_frame(&mut ended).await;
    server.hub.end("show");
    ended.until_code("NetStream.Play.UnpublishNotify").await;
    ended.until_closed().await;

    let _publisher = on_air(&server, 1).await;
    let mut player = player(&server).await;
    soon(async { tokio::join!(server.end(), player.until_closed()) }).await;
}

#[tokio::test]
async fn a_player_that_stops_reading_is_cut_and_nobody_else_waits() {
    let limits = Limits {
        write_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let server = Server::new(limits).await;
    let mut publisher = on_air(&server, 1).await;
    let mut stuck = player(&server).await;
    until_key_frame(&mut stuck).await;
    let mut reading = player(&server).await;
    soon(async {
        let mut time = 0;
        while server.hub.stats().viewers > 1 {
            time += 40;
            publisher.key_frame(time, 2, 500_000).await;
            until_key_frame(&mut reading).await;
        }
    })
    .await;
    publisher.key_frame(1_000_000, 3, 100).await;
    while until_key_frame(&mut reading).await != 3 {}
}
