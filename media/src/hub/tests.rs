use std::time::Duration;

use std::collections::VecDeque;

use bytes::Bytes;
use futures::FutureExt;

use super::*;
use crate::flv::{Kind, Tag, reader};
use crate::playback::End;

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

/// What there is now, if the broadcast has not ended: it has to be there already.
fn next_now(playback: &mut Playback) -> Option<Bytes> {
    let mut pieces = VecDeque::new();
    let given = playback.next(&mut pieces).now_or_never();
    let length = given.expect("something is there")?;
    let bytes = Vec::from(pieces).concat();
    assert_eq!(bytes.len(), length);
    Some(bytes.into())
}

fn waits(playback: &mut Playback) -> bool {
    playback.next(&mut VecDeque::new()).now_or_never().is_none()
}

#[tokio::test]
async fn a_viewer_gets_what_is_published_and_ends_with_the_broadcast() {
    let hub = hub();
    assert!(hub.watch("show", Leave::Own).is_none());
    let mut publishing = attach(&hub, 1);
    let mut playback = hub.watch("show", Leave::Own).unwrap();
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
    let mut playback = hub.watch("show", Leave::Own).unwrap();
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
    let mut playback = hub.watch("show", Leave::Own).unwrap();
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

fn audio(timestamp: u32) -> Tag {
    let payload = Bytes::from_static(&[0xAF, 1, 1]);
    Tag {
        kind: Kind::Audio,
        timestamp,
        payload,
    }
}

/// Publishes for a second as an encoder does, sound between pictures; how long each picture waited,
/// and how many writes a viewer had.
async fn a_second(settings: Settings, pictures_ms: u64) -> (Vec<Duration>, usize) {
    a_second_of(settings, |ms| ms % pictures_ms == 0).await
}

/// The same with a picture in each millisecond that is one.
async fn a_second_of(settings: Settings, is_one: impl Fn(u64) -> bool) -> (Vec<Duration>, usize) {
    let hub = Hub::new(settings);
    let mut publishing = attach(&hub, 1);
    publishing.push(&key(0));
    let mut playback = hub.watch("show", Leave::Own).unwrap();
    next_now(&mut playback);
    let (mut waited, mut writes, mut pushed) = (Vec::new(), 0, None);
    for now_ms in 1..1_000_u64 {
        tokio::time::advance(Duration::from_millis(1)).await;
        let timestamp = u32::try_from(now_ms).unwrap();
        if now_ms % 21 == 0 {
            publishing.push(&audio(timestamp));
        }
        if is_one(now_ms) {
            publishing.push(&key(timestamp));
            pushed.get_or_insert(tokio::time::Instant::now());
        }
        publishing.flush_if_due();
        if playback.next(&mut VecDeque::new()).now_or_never().is_some() {
            writes += 1;
            waited.extend(pushed.take().map(|at| at.elapsed()));
        }
    }
    (waited, writes)
}

#[tokio::test(start_paused = true)]
async fn pictures_that_come_unevenly_take_the_sound_along_all_the_same() {
    // Every third one is late by 22 ms, as on a busy network.
    let late = |ms: u64| (ms - ms % 33) % 99 == 66;
    let is_one = |ms: u64| {
        if late(ms) {
            ms % 33 == 22
        } else {
            ms.is_multiple_of(33)
        }
    };
    let (waited, writes) = a_second_of(Settings::default(), is_one).await;
    assert!(writes <= 31, "{writes} writes for 30 pictures");
    let longest = waited.iter().max().unwrap();
    assert!(*longest <= Duration::from_millis(14), "{longest:?}");
}

#[tokio::test(start_paused = true)]
async fn a_picture_goes_out_at_once_and_takes_the_sound_before_it_along() {
    let (waited, writes) = a_second(Settings::default(), 40).await;
    assert!(waited.iter().all(Duration::is_zero), "{waited:?}");
    assert_eq!(writes, waited.len(), "no write has sound alone");
}

#[tokio::test(start_paused = true)]
async fn a_long_interval_takes_all_of_it_in_one_write() {
    let settings = Settings {
        merge_interval: MERGE_INTERVAL_MAX,
        ..Settings::default()
    };
    let (waited, writes) = a_second(settings, 40).await;
    assert_eq!(writes, 2);
    let longest = waited.iter().max().unwrap();
    assert!(*longest <= MERGE_INTERVAL_MAX, "{longest:?}");
}

#[tokio::test(start_paused = true)]
async fn without_an_interval_every_frame_goes_out_at_once() {
    let settings = Settings {
        merge_interval: Duration::ZERO,
        ..Settings::default()
    };
    let (waited, writes) = a_second(settings, 40).await;
    assert!(waited.iter().all(Duration::is_zero), "{waited:?}");
    // 24 pictures and 47 sounds, one of them together.
    assert_eq!(writes, 24 + 47 - 1);
}

#[tokio::test]
async fn viewers_and_bytes_are_counted() {
    let hub = hub();
    let mut publishing = attach(&hub, 1);
    publishing.push(&key(0));
    let mut playback = hub.watch("show", Leave::Own).unwrap();
    let other = hub.watch("show", Leave::Own).unwrap();
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

#[tokio::test]
async fn who_watches_by_everybodys_leave_goes_when_it_is_closed_to_the_public() {
    let hub = hub();
    let mut publishing = attach(&hub, 1);
    publishing.push(&key(0));
    let mark = hub.public_mark();
    let mut guest = hub.watch("show", Leave::Public(mark)).unwrap();
    let mut own = hub.watch("show", Leave::Own).unwrap();
    assert!(next_now(&mut guest).is_some() && next_now(&mut own).is_some());
    publishing.push(&key(40));
    assert!(hub.close_to_public("show"));
    let next = guest.next(&mut VecDeque::new()).now_or_never();
    assert_eq!(
        next,
        Some(None),
        "nothing that was pushed before is handed out"
    );
    assert_eq!(guest.end(), End::Closed);
    assert!(next_now(&mut own).is_some());
    // Who was let in by what held before, and comes only now.
    let mut late = hub.watch("show", Leave::Public(mark)).unwrap();
    assert_eq!(late.next(&mut VecDeque::new()).now_or_never(), Some(None));
    // It is public again, and asked anew.
    let again = Leave::Public(hub.public_mark());
    let mut again = hub.watch("show", again).unwrap();
    assert!(next_now(&mut again).is_some());
    hub.close_to_public("other");
    assert!(waits(&mut again), "another's closing is nothing to it");
    hub.end("show");
    assert_eq!(again.next(&mut VecDeque::new()).now_or_never(), Some(None));
    assert_eq!(again.end(), End::Ended);
    assert!(!hub.close_to_public("show"));
}

#[tokio::test]
async fn a_viewer_who_waits_is_woken_by_a_closing() {
    let hub = hub();
    let mut publishing = attach(&hub, 1);
    publishing.push(&key(0));
    let mut guest = hub.watch("show", Leave::Public(hub.public_mark())).unwrap();
    next_now(&mut guest);
    let mut pieces = VecDeque::new();
    let (end, _) = tokio::join!(guest.next(&mut pieces), async {
        tokio::task::yield_now().await;
        hub.close_to_public("show")
    });
    assert_eq!(end, None);
}

#[tokio::test]
async fn a_broadcast_that_begins_again_has_another_number() {
    let hub = hub();
    assert_eq!(hub.number("show"), None);
    let first = attach(&hub, 1);
    let number = hub.number("show");
    assert!(number.is_some());
    drop(first);
    let _back = attach(&hub, 2);
    assert_eq!(hub.number("show"), number, "it has not ended");
    hub.end("show");
    assert_eq!(hub.number("show"), None);
    let _again = attach(&hub, 3);
    assert!(hub.number("show") > number);
}
