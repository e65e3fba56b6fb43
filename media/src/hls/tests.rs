use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::flv::{Kind, Tag};
use crate::gate::IngestId;
use crate::hub::{self, Publishing};

fn world(settings: Settings) -> (Arc<Hub>, Arc<Hls>, Publishing) {
    let hub = Arc::new(Hub::new(hub::Settings {
        merge_interval: Duration::ZERO,
        ..hub::Settings::default()
    }));
    let publishing = hub.attach("show", IngestId(1), hub.mark()).unwrap();
    // The broadcast began when 1970 was ten seconds old.
    let began = tokio::time::Instant::now();
    let clock =
        WallClock::new(move || 10_000 + u64::try_from(began.elapsed().as_millis()).unwrap());
    let hls = Hls::new(Arc::clone(&hub), settings, clock);
    (hub, hls, publishing)
}

fn video(publishing: &mut Publishing, timestamp: u32, payload: &[u8]) {
    let payload = Bytes::copy_from_slice(payload);
    publishing.push(&Tag {
        kind: Kind::Video,
        timestamp,
        payload,
    });
}

fn header(publishing: &mut Publishing, level: u8) {
    let payload = [0x17, 0, 0, 0, 0, 1, 0x64, 0, level, 0xFF, 0xE1, 0];
    video(publishing, 0, &payload);
}

/// A key frame a second, from..=until, each when it is due.
async fn publish(publishing: &mut Publishing, from: u32, until: u32) {
    for second in from..=until {
        tokio::time::advance(Duration::from_secs(1)).await;
        video(publishing, second * 1_000, &[0x17, 1, 0, 0, 0, 1, 2, 3]);
        settle().await;
    }
}

/// Whoever makes segments has its turn, as it has between two seconds of a real broadcast.
async fn settle() {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test(start_paused = true)]
async fn the_first_who_asks_gets_what_the_ring_has() {
    let (hub, hls, mut publishing) = world(Settings::default());
    assert!(hls.open("nothing", 0).is_none());
    header(&mut publishing, 31);
    publish(&mut publishing, 0, 4).await;
    let show = hls.open("show", 100).unwrap();
    settle().await;
    publish(&mut publishing, 5, 6).await;
    assert!(show.ready(PATIENCE).await);
    let playlist = show.playlist("?v=1");
    assert_eq!(
        playlist,
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:100\n\
         #EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"init-100.mp4?v=1\"\n\
         #EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:15.000Z\n#EXTINF:2.000,\n\
         seg-100.m4s?v=1\n"
    );
    assert_eq!(&show.init(100).unwrap()[4..8], b"ftyp");
    assert_eq!(&show.segment(100).unwrap()[4..8], b"moof");
    assert_eq!((show.segment(101), show.init(101)), (None, None));
    let master = show.master("video.m3u8").unwrap();
    assert!(master.contains("CODECS=\"avc1.64001f\"") && master.ends_with("\nvideo.m3u8\n"));
    hub.end("show");
    settle().await;
    assert!(show.playlist("").ends_with("seg-101.m4s\n#EXT-X-ENDLIST\n"));
}

#[tokio::test(start_paused = true)]
async fn the_window_is_bounded_in_time_and_in_bytes() {
    let of = |playlist: String| playlist.matches("#EXTINF").count();
    let (_hub, hls, mut publishing) = world(Settings {
        window: Duration::from_secs(12),
        ..Settings::default()
    });
    header(&mut publishing, 31);
    publish(&mut publishing, 0, 0).await;
    let show = hls.open("show", 0).unwrap();
    settle().await;
    publish(&mut publishing, 1, 40).await;
    assert_eq!(of(show.playlist("")), 6);
    assert!(show.playlist("").contains("#EXT-X-MEDIA-SEQUENCE:14\n"));
    assert_eq!(show.segment(13), None, "it has left");

    let (_hub, hls, mut publishing) = world(Settings {
        window_bytes_max: 1_000,
        ..Settings::default()
    });
    header(&mut publishing, 31);
    publish(&mut publishing, 0, 0).await;
    let show = hls.open("show", 0).unwrap();
    settle().await;
    publish(&mut publishing, 1, 40).await;
    let segment = show.segment(19).unwrap().len();
    assert_eq!(of(show.playlist("")), 1_000 / segment);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_codec_is_a_discontinuity_also_after_it_has_left() {
    let (_hub, hls, mut publishing) = world(Settings {
        window: Duration::from_secs(8),
        ..Settings::default()
    });
    header(&mut publishing, 31);
    publish(&mut publishing, 0, 0).await;
    let show = hls.open("show", 0).unwrap();
    settle().await;
    publish(&mut publishing, 1, 4).await;
    header(&mut publishing, 40);
    publish(&mut publishing, 5, 9).await;
    let playlist = show.playlist("");
    assert!(
        playlist.contains("#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init-3.mp4\"\n"),
        "{playlist}"
    );
    publish(&mut publishing, 10, 30).await;
    let playlist = show.playlist("");
    assert!(
        playlist.contains("#EXT-X-DISCONTINUITY-SEQUENCE:1\n"),
        "{playlist}"
    );
    assert!(!playlist.contains("#EXT-X-DISCONTINUITY\n"), "{playlist}");
    assert!(playlist.contains("init-3.mp4"), "{playlist}");
}

#[tokio::test(start_paused = true)]
async fn a_publisher_that_was_away_goes_on_later_that_day() {
    let (hub, hls, mut publishing) = world(Settings::default());
    header(&mut publishing, 31);
    publish(&mut publishing, 0, 0).await;
    let show = hls.open("show", 0).unwrap();
    settle().await;
    publish(&mut publishing, 1, 4).await;
    drop(publishing);
    tokio::time::advance(Duration::from_secs(30)).await;
    let mut publishing = hub.attach("show", IngestId(2), hub.mark()).unwrap();
    header(&mut publishing, 31);
    publish(&mut publishing, 0, 6).await;
    let playlist = show.playlist("");
    let dates = playlist.lines();
    let dates: Vec<_> = dates
        .filter_map(|line| line.strip_prefix("#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:"))
        .collect();
    assert_eq!(
        dates,
        [
            "00:11.000Z",
            "00:13.000Z",
            "00:15.000Z",
            "00:48.000Z",
            "00:50.000Z"
        ],
        "{playlist}"
    );
    assert!(!playlist.contains("DISCONTINUITY"), "{playlist}");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_asks_for_is_made_no_more() {
    let (_hub, hls, mut publishing) = world(Settings::default());
    header(&mut publishing, 31);
    publish(&mut publishing, 0, 0).await;
    let first = hls.open("show", 0).unwrap();
    settle().await;
    publish(&mut publishing, 1, 4).await;
    tokio::time::advance(IDLE_AFTER / 2).await;
    assert!(hls.find("show").is_some());
    tokio::time::advance(IDLE_AFTER / 2 + Duration::from_secs(1)).await;
    publish(&mut publishing, 5, 6).await;
    assert!(!first.is_over(), "somebody asked half a minute ago");
    tokio::time::advance(IDLE_AFTER).await;
    publish(&mut publishing, 7, 8).await;
    assert!(first.is_over());
    assert!(hls.find("show").is_none());
    let again = hls.open("show", 1_000).unwrap();
    settle().await;
    publish(&mut publishing, 9, 12).await;
    assert!(again.ready(PATIENCE).await);
    assert!(again.playlist("").contains("#EXT-X-MEDIA-SEQUENCE:1000\n"));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_broadcast_without_media_is_told_so_in_time() {
    let (_hub, hls, _publishing) = world(Settings::default());
    let show = hls.open("show", 0).unwrap();
    settle().await;
    assert!(!show.ready(PATIENCE).await);
}
