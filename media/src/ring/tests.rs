use bytes::Bytes;

use super::*;
use crate::amf0::{Value, encode};
use crate::flv::reader;

const LIMITS: Limits = Limits {
    bytes_max: 100_000,
    frames_max: 500,
    lag_ms_max: 5_000,
};

fn tag(kind: Kind, timestamp: u32, payload: impl Into<Bytes>) -> Tag {
    Tag {
        kind,
        timestamp,
        payload: payload.into(),
    }
}

/// A frame whose last byte tells which it is.
fn key(timestamp: u32, mark: u8) -> Tag {
    tag(Kind::Video, timestamp, vec![0x17, 1, 0, 0, 0, mark])
}

fn inter(timestamp: u32, mark: u8) -> Tag {
    tag(Kind::Video, timestamp, vec![0x27, 1, 0, 0, 0, mark])
}

fn audio(timestamp: u32, mark: u8) -> Tag {
    tag(Kind::Audio, timestamp, vec![0xAF, 1, mark])
}

fn video_header(mark: u8) -> Tag {
    tag(Kind::Video, 0, vec![0x17, 0, 0, 0, 0, mark])
}

fn audio_header(mark: u8) -> Tag {
    tag(Kind::Audio, 0, vec![0xAF, 0, mark])
}

fn metadata(video: bool, audio: bool) -> Tag {
    let mut body = Vec::new();
    encode(&Value::string("onMetaData"), &mut body).unwrap();
    let mut properties = Vec::new();
    for (is_there, name) in [(video, "videocodecid"), (audio, "audiocodecid")] {
        if is_there {
            properties.push((name.to_owned(), Value::Number(7.0)));
        }
    }
    encode(&Value::EcmaArray(properties), &mut body).unwrap();
    tag(Kind::Script, 0, body)
}

fn ring_of(tags: &[Tag]) -> Ring {
    let mut ring = Ring::new(LIMITS);
    ring.attach();
    push(&mut ring, tags);
    ring
}

fn push(ring: &mut Ring, tags: &[Tag]) {
    for tag in tags {
        ring.push(tag);
    }
}

/// One viewer, and everything it was given.
#[derive(Default)]
struct Viewer {
    cursor: Cursor,
    bytes: Vec<u8>,
}

impl Viewer {
    fn read(&mut self, ring: &mut Ring) -> &mut Self {
        while let Some(bytes) = ring.read(&mut self.cursor) {
            self.bytes.extend_from_slice(&bytes);
        }
        self
    }

    fn file(&self) -> reader::File {
        reader::read(&Bytes::copy_from_slice(&self.bytes)).unwrap()
    }

    /// What was given, in short: `M`etadata, `V`ideo or `A`udio header, `k`ey, `i`nter, `a`udio, each
    /// with its mark and its time.
    fn story(&self) -> String {
        let words = self
            .file()
            .tags
            .iter()
            .map(|tag| {
                let letter = match flv::classify(tag.kind, &tag.payload) {
                    Class::Metadata => return "M".to_owned(),
                    Class::Header(slot) if slot.kind == Kind::Video => 'V',
                    Class::Header(_) => 'A',
                    Class::Key => 'k',
                    Class::Inter => 'i',
                    Class::Audio => 'a',
                    Class::Data | Class::Nothing => '?',
                };
                format!("{letter}{}@{}", tag.payload.last().unwrap(), tag.timestamp)
            })
            .collect::<Vec<_>>();
        words.join(" ")
    }
}

fn joined(ring: &mut Ring) -> Viewer {
    let mut viewer = Viewer::default();
    viewer.read(ring);
    viewer
}

#[test]
fn a_late_joiner_gets_everything_it_needs_and_starts_on_the_newest_key_frame() {
    let mut ring = ring_of(&[
        metadata(true, true),
        video_header(1),
        audio_header(2),
        key(0, 10),
        audio(5, 11),
        inter(40, 12),
        key(80, 13),
        audio(85, 14),
        inter(120, 15),
    ]);
    let viewer = joined(&mut ring);
    assert_eq!(viewer.story(), "M V1@80 A2@80 k13@80 a14@85 i15@120");
    assert!(viewer.file().video && viewer.file().audio);
}

#[test]
fn the_first_piece_holds_all_that_and_the_frames_behind_it() {
    let mut ring = ring_of(&[video_header(1), key(0, 10), inter(40, 11)]);
    let mut cursor = Cursor::default();
    let first = ring.read(&mut cursor).unwrap();
    assert_eq!(reader::read(&first).unwrap().tags.len(), 3);
    assert_eq!(ring.read(&mut cursor), None);
}

#[test]
fn a_viewer_that_was_there_before_the_media_waits_for_the_key_frame() {
    let mut ring = ring_of(&[metadata(true, true), video_header(1)]);
    let mut viewer = Viewer::default();
    assert!(viewer.read(&mut ring).bytes.is_empty());
    push(&mut ring, &[audio_header(2), audio(0, 10), inter(20, 11)]);
    assert!(viewer.read(&mut ring).bytes.is_empty());
    push(&mut ring, &[key(40, 12), inter(80, 13)]);
    assert_eq!(
        viewer.read(&mut ring).story(),
        "M V1@40 A2@40 k12@40 i13@80"
    );
}

#[test]
fn frames_before_the_first_key_frame_are_not_passed_on() {
    let mut ring = ring_of(&[video_header(1)]);
    assert!(!ring.push(&inter(0, 10)));
    assert!(ring.push(&key(40, 11)));
    assert!(ring.push(&inter(80, 12)));
}

#[test]
fn audio_alone_starts_at_once_and_says_that_there_is_no_video() {
    let mut ring = ring_of(&[metadata(false, true), audio_header(1), audio(0, 10)]);
    let viewer = joined(&mut ring);
    assert_eq!(viewer.story(), "M A1@0 a10@0");
    assert!(viewer.file().audio && !viewer.file().video);
    for step in 1..200_u32 {
        ring.push(&audio(step * 20, 11));
    }
    let late = joined(&mut ring);
    assert_eq!(late.file().tags.len(), 2 + 51, "about a second of it");
}

#[test]
fn audio_alone_plays_when_announced_video_never_comes() {
    let mut ring = ring_of(&[metadata(true, true), audio_header(1)]);
    let mut viewer = Viewer::default();
    for step in 0..150_u32 {
        ring.push(&audio(step * 20, 11));
        viewer.read(&mut ring);
    }
    assert_eq!(viewer.bytes, [0; 0]);
    ring.push(&audio(3_000, 12));
    assert!(!viewer.read(&mut ring).bytes.is_empty());
}

#[test]
fn video_alone_says_that_there_is_no_audio() {
    let mut ring = ring_of(&[video_header(1), key(0, 10)]);
    let file = joined(&mut ring).file();
    assert!(file.video && !file.audio);
}

#[test]
fn viewers_in_step_share_the_very_same_bytes() {
    let mut ring = ring_of(&[video_header(1), key(0, 10)]);
    let (mut one, mut two) = (Cursor::default(), Cursor::default());
    ring.read(&mut one).unwrap();
    ring.read(&mut two).unwrap();
    push(&mut ring, &[audio(10, 11), inter(40, 12)]);
    let (first, second) = (ring.read(&mut one).unwrap(), ring.read(&mut two).unwrap());
    assert_eq!(first.as_ptr(), second.as_ptr());
    assert_eq!(first.len(), 18 + 21);
    push(&mut ring, &[inter(80, 13)]);
    assert_eq!(
        ring.read(&mut one).unwrap().as_ptr(),
        ring.read(&mut two).unwrap().as_ptr()
    );
}

#[test]
fn a_shared_piece_never_hides_what_came_after_it() {
    let mut ring = ring_of(&[video_header(1), key(0, 10)]);
    let (mut quick, mut slow) = (joined(&mut ring), joined(&mut ring));
    push(&mut ring, &[inter(40, 11), inter(80, 12)]);
    quick.read(&mut ring);
    push(&mut ring, &[inter(120, 13)]);
    let mut cursor = std::mem::take(&mut slow.cursor);
    let all = ring.read(&mut cursor).unwrap();
    assert_eq!(all.len(), 3 * 21);
}

#[test]
fn a_viewer_that_falls_out_of_the_ring_goes_on_at_the_newest_key_frame() {
    let mut ring = ring_of(&[video_header(1), key(0, 0)]);
    let mut viewer = joined(&mut ring);
    for second in 1..10_u32 {
        ring.push(&key(second * 1_000, u8::try_from(second).unwrap()));
        ring.push(&inter(second * 1_000 + 500, 99));
    }
    viewer.read(&mut ring);
    assert_eq!(
        viewer.story(),
        "V1@0 k0@0 k9@9000 i99@9500",
        "without headers it knows already"
    );
    assert_eq!(viewer.cursor.jumps(), 1);
}

#[test]
fn a_viewer_that_missed_new_headers_gets_them_when_it_jumps() {
    let mut ring = ring_of(&[video_header(1), audio_header(5), key(0, 0)]);
    let mut viewer = joined(&mut ring);
    push(&mut ring, &[video_header(2)]);
    for second in 1..10 {
        ring.push(&key(second * 1_000, 7));
    }
    assert_eq!(
        viewer.read(&mut ring).story(),
        "V1@0 A5@0 k0@0 V2@9000 k7@9000"
    );
}

#[test]
fn new_headers_reach_those_who_watch_in_their_place() {
    let mut ring = ring_of(&[video_header(1), key(0, 0)]);
    let mut viewer = joined(&mut ring);
    assert!(!ring.push(&video_header(1)), "the same again is no news");
    push(
        &mut ring,
        &[inter(40, 1), video_header(2), inter(80, 2), key(120, 3)],
    );
    assert_eq!(
        viewer.read(&mut ring).story(),
        "V1@0 k0@0 i1@40 V2@40 k3@120"
    );
}

#[test]
fn who_joins_between_new_headers_and_their_key_frame_gets_the_old_ones_first() {
    let mut ring = ring_of(&[video_header(1), key(0, 0), video_header(2)]);
    let mut viewer = joined(&mut ring);
    push(&mut ring, &[key(40, 1)]);
    assert_eq!(viewer.read(&mut ring).story(), "V1@0 k0@0 V2@0 k1@40");
}

#[test]
fn a_publisher_that_comes_back_goes_on_where_it_left_off() {
    let mut ring = ring_of(&[
        metadata(true, true),
        video_header(1),
        audio_header(2),
        key(0, 0),
    ]);
    let mut viewer = joined(&mut ring);
    push(&mut ring, &[inter(40, 1)]);
    ring.attach();
    push(
        &mut ring,
        &[metadata(true, true), video_header(1), audio_header(2)],
    );
    push(
        &mut ring,
        &[audio(0, 2), inter(10, 3), key(40, 4), audio(45, 5)],
    );
    viewer.read(&mut ring);
    assert_eq!(viewer.story(), "M V1@0 A2@0 k0@0 i1@40 a2@73 k4@113 a5@118");
    assert_eq!(joined(&mut ring).story(), "M V1@113 A2@113 k4@113 a5@118");
}

#[test]
fn a_publisher_that_comes_back_without_video_is_audio_only() {
    let mut ring = ring_of(&[video_header(1), key(0, 0)]);
    ring.attach();
    push(&mut ring, &[audio_header(2), audio(0, 1)]);
    let late = joined(&mut ring);
    assert_eq!(late.story(), "A2@33 a1@33");
    assert!(!late.file().video);
}

#[test]
fn while_the_publisher_is_away_a_joiner_sees_the_last_pictures() {
    let mut ring = ring_of(&[video_header(1), key(0, 0), inter(40, 1)]);
    ring.attach();
    assert_eq!(joined(&mut ring).story(), "V1@0 k0@0 i1@40");
}

#[test]
fn ends_of_sequence_and_empty_tags_are_not_passed_on() {
    let mut ring = ring_of(&[video_header(1), key(0, 0)]);
    for payload in [vec![0x17, 2, 0, 0, 0], vec![], vec![0x57, 0]] {
        assert!(!ring.push(&tag(Kind::Video, 50, payload)));
    }
}

#[test]
fn the_ring_is_bounded_in_bytes_and_frames_and_time() {
    let mut ring = ring_of(&[video_header(1)]);
    for step in 0..5_000_u32 {
        let mut payload = key(0, 0).payload.to_vec();
        payload.resize(1_000, 0);
        ring.push(&tag(Kind::Video, step, payload));
        assert!(ring.bytes() <= LIMITS.bytes_max);
    }
    let mut ring = ring_of(&[video_header(1), key(0, 0)]);
    for step in 0..5_000 {
        ring.push(&inter(step, 1));
        assert!(ring.frames.len() <= LIMITS.frames_max);
    }
    assert_eq!(
        joined(&mut ring).bytes,
        [0; 0],
        "without a key frame in the ring nobody starts"
    );
    assert!(ring.keys.is_empty());
    let mut ring = ring_of(&[video_header(1)]);
    for second in 0..100 {
        ring.push(&key(second * 1_000, 1));
    }
    assert_eq!(ring.frames.len(), 6);
    assert_eq!(ring.keys.len(), 6);
}

#[test]
fn a_long_group_of_pictures_outlasts_the_lag_limit() {
    let mut ring = ring_of(&[video_header(1), key(0, 0)]);
    for second in 1..60 {
        ring.push(&inter(second * 1_000, 1));
    }
    assert_eq!(joined(&mut ring).file().tags.len(), 61);
}

#[test]
fn headers_of_more_tracks_than_the_limit_are_dropped() {
    let mut ring = ring_of(&[]);
    for track in 0..200 {
        let payload = vec![0x96, 0x00, b'h', b'v', b'c', b'1', track];
        ring.push(&tag(Kind::Video, 0, payload));
    }
    assert_eq!(ring.headers.slots.len(), HEADERS_MAX);
}

#[test]
fn a_large_backlog_comes_in_pieces_of_bounded_size() {
    let limits = Limits {
        bytes_max: 4_000_000,
        ..LIMITS
    };
    let mut ring = Ring::new(limits);
    let mut body = key(0, 0).payload.to_vec();
    body.resize(100_000, 0);
    ring.push(&tag(Kind::Video, 0, body.clone()));
    body[0] = 0x27;
    for step in 1..30 {
        ring.push(&tag(Kind::Video, step, body.clone()));
    }
    let mut cursor = Cursor::default();
    let mut total = 0;
    while let Some(bytes) = ring.read(&mut cursor) {
        assert!(bytes.len() <= BATCH_BYTES_MAX + 100_100);
        total += bytes.len();
    }
    assert_eq!(total, 13 + 30 * 100_015);
}
