use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt, StreamExt};

use super::*;
use crate::flv::{Kind, Tag, reader};

fn hub() -> Hub {
    Hub::new(Settings {
        merge_interval: Duration::ZERO,
        ..Settings::default()
    })
}

fn attach(hub: &Hub, ingest: u64) -> Publishing {
    hub.attach("show", IngestId(ingest), hub.mark()).unwrap()
}

fn key(timestamp: u32) -> Tag {
    let payload = Bytes::from_static(&[0x17, 1, 0, 0, 0, 1]);
    Tag {
        kind: Kind::Video,
        timestamp,
        payload,
    }
}

/// The next item, which has to be there already.
fn next_now(playback: &mut Playback) -> Option<Bytes> {
    playback
        .next()
        .now_or_never()
        .expect("something is there")
        .map(|item| item.unwrap())
}

fn waits(playback: &mut Playback) -> bool {
    playback.next().now_or_never().is_none()
}

#[tokio::test]
async fn a_viewer_gets_what_is_published_and_ends_with_the_broadcast() {
    let hub = hub();
    assert!(hub.watch("show").is_none());
    let mut publishing = attach(&hub, 1);
    let mut playback = hub.watch("show").unwrap();
    assert!(waits(&mut playback));
    publishing.push(&key(0));
    let first = next_now(&mut playback).unwrap();
    assert_eq!(reader::read(&first).unwrap().tags.len(), 1);
    assert!(waits(&mut playback));
    publishing.push(&key(40));
    assert!(hub.end("show"));
    assert!(
        next_now(&mut playback).is_some(),
        "what came before the end is still given"
    );
    assert_eq!(next_now(&mut playback), None);
    assert!(!hub.contains("show") && !hub.end("show"));
}

#[tokio::test]
async fn viewers_wait_while_the_publisher_is_away() {
    let hub = hub();
    let mut publishing = attach(&hub, 1);
    publishing.push(&key(0));
    let mut playback = hub.watch("show").unwrap();
    next_now(&mut playback);
    drop(publishing);
    assert!(!hub.is_live("show") && hub.contains("show"));
    assert!(waits(&mut playback));
    let mut publishing = attach(&hub, 2);
    publishing.push(&key(5_000));
    let tag = next_now(&mut playback).unwrap();
    assert_eq!(tag[4..7], [0, 0, 33], "one frame after the last");
}

#[tokio::test]
async fn a_second_publisher_replaces_the_first() {
    let hub = hub();
    let mut old = attach(&hub, 1);
    let mut new = attach(&hub, 2);
    assert_eq!(old.stopped().await, StopReason::Replaced);
    assert_eq!(hub.publisher("show").unwrap().ingest, IngestId(2));
    new.push(&key(0));
    old.push(&key(40));
    assert_eq!(hub.stats().frames, 1, "the old one has no say any more");
    drop(old);
    assert!(hub.is_live("show"), "nor does it take the new one with it");
    assert_eq!(
        (hub.stats().publishers, hub.stats().publishers_total),
        (1, 2)
    );
    drop(new);
    assert_eq!(hub.stats().publishers, 0);
}

#[tokio::test]
async fn a_kicked_publisher_hears_why_and_the_broadcast_stays() {
    let hub = hub();
    assert!(!hub.disconnect_publisher("show", "the key was changed"));
    let publishing = attach(&hub, 1);
    assert!(hub.disconnect_publisher("show", "the key was changed"));
    let reason = StopReason::Kicked("the key was changed".to_owned());
    assert_eq!(publishing.stopped().await, reason);
    assert!(hub.contains("show"));
}

#[tokio::test]
async fn a_kick_between_admission_and_attachment_is_not_lost() {
    let hub = hub();
    let mark = hub.mark();
    hub.disconnect_publisher("show", "the key was changed");
    let reason = StopReason::Kicked("the key was changed".to_owned());
    assert_eq!(hub.attach("show", IngestId(1), mark).unwrap_err(), reason);
    assert!(hub.attach("other", IngestId(2), mark).is_ok());
    assert!(hub.attach("show", IngestId(3), hub.mark()).is_ok());
}

#[tokio::test(start_paused = true)]
async fn frames_of_one_merge_interval_come_as_one_item() {
    let hub = Hub::new(Settings::default());
    let mut publishing = attach(&hub, 1);
    let mut playback = hub.watch("show").unwrap();
    assert!(waits(&mut playback));
    publishing.push(&key(0));
    next_now(&mut playback).expect("the first comes at once");
    assert!(waits(&mut playback));
    publishing.push(&key(10));
    publishing.push(&key(20));
    assert!(waits(&mut playback), "nobody is woken within the interval");
    let due = publishing.due().unwrap();
    tokio::time::sleep_until(due).await;
    publishing.flush_if_due();
    assert_eq!(next_now(&mut playback).unwrap().len(), 2 * 21);
    assert_eq!(publishing.due(), None);
}

#[tokio::test(start_paused = true)]
async fn a_viewer_that_does_not_take_its_bytes_is_cut() {
    let hub = hub();
    let mut publishing = attach(&hub, 1);
    publishing.push(&key(0));
    let mut stuck = hub.watch("show").unwrap();
    let mut patient = hub.watch("show").unwrap();
    next_now(&mut stuck);
    next_now(&mut patient);
    assert!(waits(&mut patient), "it has taken all there is");
    tokio::time::advance(WRITE_TIMEOUT + Duration::from_secs(1)).await;
    publishing.push(&key(40));
    assert!(next_now(&mut patient).is_some());
    assert_eq!(next_now(&mut stuck), None);
    assert_eq!(hub.stats().viewers_cut, 1);
}

#[tokio::test]
async fn viewers_and_bytes_are_counted() {
    let hub = hub();
    let mut publishing = attach(&hub, 1);
    publishing.push(&key(0));
    let mut playback = hub.watch("show").unwrap();
    let other = hub.watch("show").unwrap();
    assert_eq!(hub.broadcast_stats("show").unwrap().viewers, 2);
    let bytes = next_now(&mut playback).unwrap();
    drop(other);
    let stats = hub.broadcast_stats("show").unwrap();
    assert_eq!((stats.viewers, stats.ingest_bytes, stats.frames), (1, 6, 1));
    assert_eq!(stats.egress_bytes, bytes.len() as u64);
    assert!(stats.is_live);
    drop(playback);
    let stats = hub.stats();
    assert_eq!(
        (stats.viewers, stats.viewers_total, stats.broadcasts),
        (0, 2, 1)
    );
}

#[test]
fn a_playback_can_be_a_body() {
    fn body<T: futures::Stream<Item = Result<Bytes, std::convert::Infallible>> + Send + 'static>() {
    }
    body::<Playback>();
}
