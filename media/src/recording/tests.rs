use std::fs::{self, File};
use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;

use super::*;
use crate::flv::{Kind, Tag};
use crate::gate::IngestId;
use crate::hub::{self, Hub, Publishing};

struct World {
    hub: Hub,
    publishing: Publishing,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let hub = Hub::new(hub::Settings {
            merge_interval: Duration::ZERO,
            ..hub::Settings::default()
        });
        let publishing = hub.attach("show", IngestId(1), hub.mark()).unwrap();
        let folder = TempDir::new().unwrap();
        let mut world = Self {
            hub,
            publishing,
            folder,
        };
        world.header(31);
        world
    }

    fn video(&mut self, timestamp: u32, payload: &[u8]) {
        let payload = Bytes::copy_from_slice(payload);
        self.publishing.push(&Tag {
            kind: Kind::Video,
            timestamp,
            payload,
        });
    }

    fn header(&mut self, level: u8) {
        self.video(0, &[0x17, 0, 0, 0, 0, 1, 0x64, 0, level, 0xFF, 0xE1, 0]);
    }

    /// A key frame a second.
    async fn publish(&mut self, seconds: std::ops::RangeInclusive<u32>) {
        for second in seconds {
            tokio::time::advance(Duration::from_secs(1)).await;
            self.video(second * 1_000, &[0x17, 1, 0, 0, 0, 1, 2, 3]);
            settle().await;
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("recording")
    }

    fn record(&self, settings: Settings, stop: &CancellationToken) -> Recording {
        let began = tokio::time::Instant::now();
        let clock =
            WallClock::new(move || 50_000 + u64::try_from(began.elapsed().as_millis()).unwrap());
        let anchors = std::sync::Arc::new(std::sync::Mutex::new(vec![]));
        let told = std::sync::Arc::clone(&anchors);
        let tap = self.hub.tap("show").unwrap();
        let (folder, stop) = (self.path(), stop.clone());
        let task = tokio::spawn(record(tap, folder, settings, clock, stop, move |anchor| {
            told.lock().unwrap().push(anchor);
        }));
        Recording { task, anchors }
    }
}

/// Whoever records has its turn, as it has between two seconds of a real broadcast.
async fn settle() {
    for _ in 0..5 {
        tokio::task::yield_now().await;
    }
}

struct Recording {
    task: tokio::task::JoinHandle<(End, Contents)>,
    anchors: std::sync::Arc<std::sync::Mutex<Vec<Anchor>>>,
}

fn settings() -> Settings {
    Settings {
        flv: true,
        reserve_bytes: 0,
        ..Settings::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_recording_is_parts_and_an_index_and_says_how_long_it_is() {
    let mut world = World::new();
    world.publish(0..=0).await;
    let recording = world.record(settings(), &CancellationToken::new());
    settle().await;
    world.publish(1..=4).await;
    // Another picture: another part.
    world.header(40);
    world.publish(5..=8).await;
    world.hub.end("show");
    let (end, contents) = recording.task.await.unwrap();
    assert_eq!((end, contents.duration_ms()), (End::Broadcast, 8_033));
    assert_eq!(
        (contents.parts.len(), contents.parts[1].codecs.as_str()),
        (2, "avc1.640028")
    );
    assert_eq!(Contents::read(&world.path()).unwrap(), contents);
    // A lone picture lasts 33 ms here, and a second on air: told for what follows it.
    let anchors = recording.anchors.lock().unwrap().clone();
    let places: Vec<_> = anchors.iter().map(|anchor| anchor.media_ms).collect();
    assert_eq!(places, [0, 4_033]);

    let master = contents.master("index.m3u8?t=1").unwrap();
    assert!(
        master.contains("CODECS=\"avc1.64001f,avc1.640028\"\nindex.m3u8?t=1\n"),
        "{master}"
    );
    let playlist = contents.playlist("?t=1", true);
    assert!(
        playlist.contains("#EXT-X-PLAYLIST-TYPE:VOD\n"),
        "{playlist}"
    );
    assert_eq!(
        playlist.matches("#EXT-X-DISCONTINUITY\n").count(),
        1,
        "{playlist}"
    );
    assert!(
        playlist.ends_with("part-1.mp4?t=1\n#EXT-X-ENDLIST\n"),
        "{playlist}"
    );
    let first = &contents.entries[0];
    let range = format!(
        "#EXT-X-BYTERANGE:{}@{}\npart-0.mp4?t=1\n",
        first.bytes, first.offset
    );
    assert!(playlist.contains(&range), "{playlist}");

    for number in 0..2 {
        let (path, bytes) = contents.part(number).unwrap();
        let file = fs::read(path).unwrap();
        assert_eq!(file.len() as u64, bytes);
        let offset = crate::fmp4::DURATION_OFFSETS[0];
        let length = u32::from_be_bytes(file[offset..offset + 4].try_into().unwrap());
        assert_eq!(length, [4_033, 4_000][number]);
    }
    let (path, bytes) = contents.flv().unwrap();
    let flv = reader::read(&fs::read(path).unwrap().into()).unwrap();
    assert_eq!((flv.incomplete_bytes, flv.tags.len()), (0, 2 + 9));
    assert_eq!(flv.tags.last().unwrap().timestamp, 8_000);
    assert!(bytes > 0 && contents.bytes() > bytes);
}

#[tokio::test(start_paused = true)]
async fn one_recording_goes_on_when_the_publisher_comes_back_and_knows_when_that_was() {
    let mut world = World::new();
    world.publish(0..=0).await;
    let stop = CancellationToken::new();
    let recording = world.record(settings(), &stop);
    settle().await;
    world.publish(1..=4).await;
    tokio::time::advance(Duration::from_secs(60)).await;
    world.publishing = world
        .hub
        .attach("show", IngestId(2), world.hub.mark())
        .unwrap();
    world.header(31);
    world.publish(0..=6).await;
    stop.cancel();
    let (end, contents) = recording.task.await.unwrap();
    assert_eq!((end, contents.parts.len()), (End::Stopped, 1));
    let anchors = recording.anchors.lock().unwrap().clone();
    assert_eq!(anchors.len(), 2, "{anchors:?}");
    let away_ms = anchors[1].at(10_000) - anchors[0].at(10_000);
    assert!((60_000..=61_000).contains(&away_ms), "{anchors:?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_killed_leaves_whole_segments_and_the_rest_is_cut_off() {
    let mut world = World::new();
    world.publish(0..=0).await;
    let recording = world.record(settings(), &CancellationToken::new());
    settle().await;
    world.publish(1..=9).await;
    assert_eq!(Contents::read(&world.path()).unwrap().entries.len(), 4);
    recording.task.abort();
    // A segment and a tag that were begun, a part without a segment, half a line of the index.
    let append = |name: &str, bytes: &[u8]| {
        let path = world.path().join(name);
        File::options()
            .append(true)
            .create(true)
            .open(path)
            .unwrap()
            .write_all(bytes)
            .unwrap();
    };
    append("part-0.mp4", b"\0\0\0\x20moof");
    append("video.flv", &[9, 0, 0]);
    append("part-1.mp4", b"head");
    append("index", b"part 4 0 0 a\nsegment 0 12");
    let before = Contents::read(&world.path()).unwrap();
    let contents = Contents::recover(&world.path()).unwrap();
    assert_eq!((contents.entries.len(), contents.parts.len()), (4, 1));
    assert_eq!(contents.entries, before.entries);
    assert_eq!(contents.duration_ms(), 8_000);
    assert_eq!(Contents::read(&world.path()).unwrap(), contents);
    assert!(!world.path().join("part-1.mp4").exists());
    let length = |name: &str| fs::metadata(world.path().join(name)).unwrap().len();
    assert_eq!(length("part-0.mp4"), contents.part(0).unwrap().1);
    assert_eq!(length("video.flv"), contents.flv().unwrap().1);
    // Twice is as good as once.
    assert_eq!(Contents::recover(&world.path()).unwrap(), contents);

    // After a power cut a file may be shorter than its index says.
    let third = contents.entries[2].clone();
    let part = File::options()
        .write(true)
        .open(world.path().join("part-0.mp4"))
        .unwrap();
    part.set_len(third.end() - 1).unwrap();
    let contents = Contents::recover(&world.path()).unwrap();
    assert_eq!((contents.entries.len(), contents.duration_ms()), (2, 4_000));
}

#[tokio::test(start_paused = true)]
async fn a_recording_ends_where_there_is_no_room_or_it_is_too_long_and_what_there_is_stays() {
    for (limited, expected) in [
        (
            Settings {
                reserve_bytes: u64::MAX / 2,
                ..settings()
            },
            (End::DiskFull, 0),
        ),
        (
            Settings {
                segments_max: 2,
                ..settings()
            },
            (End::TooLong, 2),
        ),
    ] {
        let mut world = World::new();
        world.publish(0..=0).await;
        let recording = world.record(limited, &CancellationToken::new());
        settle().await;
        world.publish(1..=9).await;
        let (end, contents) = recording.task.await.unwrap();
        assert_eq!((end, contents.entries.len()), expected);
        assert_eq!(Contents::read(&world.path()).unwrap(), contents);
    }
}
