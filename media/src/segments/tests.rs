use bytes::Bytes;

use super::*;

/// An AVC configuration; `level` makes it another one.
fn video_header(level: u8) -> Tag {
    let payload = [&[0x17, 0, 0, 0, 0][..], &[1, 0x64, 0, level, 0xFF, 0xE1, 0]].concat();
    tag(Kind::Video, 0, payload)
}

fn audio_header() -> Tag {
    tag(Kind::Audio, 0, vec![0xAF, 0, 0x11, 0x90])
}

fn picture(timestamp: u32, is_key: bool) -> Tag {
    let first = if is_key { 0x17 } else { 0x27 };
    tag(Kind::Video, timestamp, vec![first, 1, 0, 0, 40, 1, 2, 3])
}

fn sound(timestamp: u32) -> Tag {
    tag(Kind::Audio, timestamp, vec![0xAF, 1, 9, 9])
}

fn tag(kind: Kind, timestamp: u32, payload: Vec<u8>) -> Tag {
    let payload = Bytes::from(payload);
    Tag {
        kind,
        timestamp,
        payload,
    }
}

fn segmenter() -> Segmenter {
    Segmenter::new(Limits::default(), Origin::Broadcast)
}

/// Pictures every 40 ms with a key frame every `keys_ms`, and sound every 20 ms, from..until.
fn show(from: u32, until: u32, keys_ms: u32) -> Vec<Tag> {
    let mut tags = Vec::new();
    for time in (from..until).step_by(20) {
        tags.push(sound(time));
        if (time - from).is_multiple_of(40) {
            tags.push(picture(time, (time - from).is_multiple_of(keys_ms)));
        }
    }
    tags
}

fn push(segmenter: &mut Segmenter, tags: &[Tag]) -> Vec<Segment> {
    tags.iter().filter_map(|tag| segmenter.push(tag)).collect()
}

fn spans(segments: &[Segment]) -> Vec<(u64, u64, bool)> {
    let span = |s: &Segment| (s.start_ms, s.duration_ms, s.is_independent);
    segments.iter().map(span).collect()
}

#[test]
fn segments_begin_at_key_frames_and_last_the_target() {
    let mut segmenter = segmenter();
    push(&mut segmenter, &[video_header(31), audio_header()]);
    let mut segments = push(&mut segmenter, &show(0, 7_000, 1_000));
    segments.extend(segmenter.finish());
    assert_eq!(
        spans(&segments),
        [
            (0, 2_000, true),
            (2_000, 2_000, true),
            (4_000, 2_000, true),
            (6_000, 1_000, true)
        ]
    );
    assert!(
        segments
            .iter()
            .all(|segment| segment.init == segments[0].init)
    );
    assert_eq!(segments[0].init.codecs(), "avc1.64001f,mp4a.40.2");
    assert_eq!(segments[0].pictures, 50);
    assert_eq!(&segments[0].bytes[4..8], b"moof");
    assert_eq!(segmenter.finish(), None, "nothing is left");
}

#[test]
fn without_key_frames_a_segment_is_cut_by_time_bytes_and_frames() {
    for limits in [
        Limits {
            longest_ms: 3_000,
            ..Limits::default()
        },
        Limits {
            bytes_max: 75 * 3 + 150 * 2,
            ..Limits::default()
        },
        Limits {
            frames_max: 75 + 150,
            ..Limits::default()
        },
    ] {
        let mut segmenter = Segmenter::new(limits, Origin::Broadcast);
        push(&mut segmenter, &[video_header(31), audio_header()]);
        let segments = push(&mut segmenter, &show(0, 6_100, 60_000));
        let starts: Vec<_> = segments.iter().map(|s| s.start_ms / 100).collect();
        assert_eq!(starts, [0, 30], "{limits:?}");
        assert!(segments[0].is_independent && !segments[1].is_independent);
    }
}

#[test]
fn another_configuration_begins_another_init_and_the_same_one_does_not() {
    let mut segmenter = segmenter();
    push(&mut segmenter, &[video_header(31), audio_header()]);
    let mut segments = push(&mut segmenter, &show(0, 1_000, 1_000));
    segments.extend(push(&mut segmenter, &[video_header(31), audio_header()]));
    assert_eq!(
        segments,
        [],
        "an encoder that repeats itself changes nothing"
    );
    segments.extend(push(&mut segmenter, &[video_header(40)]));
    assert_eq!(spans(&segments), [(0, 1_000, true)]);
    segments.extend(push(&mut segmenter, &show(1_000, 2_000, 1_000)));
    segments.extend(segmenter.finish());
    assert_eq!(spans(&segments), [(0, 1_000, true), (1_000, 1_000, true)]);
    assert_ne!(segments[0].init, segments[1].init);
    assert_eq!(segments[1].init.codecs(), "avc1.640028,mp4a.40.2");
}

#[test]
fn a_track_is_announced_when_it_has_frames() {
    let mut segmenter = segmenter();
    push(&mut segmenter, &[video_header(31), audio_header()]);
    let silent: Vec<_> = show(0, 3_000, 1_000);
    let silent: Vec<_> = silent
        .into_iter()
        .filter(|tag| tag.kind == Kind::Video)
        .collect();
    let mut segments = push(&mut segmenter, &silent);
    segments.extend(push(&mut segmenter, &show(3_000, 6_000, 1_000)));
    let codecs: Vec<_> = segments.iter().map(|s| s.init.codecs()).collect();
    assert_eq!(codecs, ["avc1.64001f", "avc1.64001f,mp4a.40.2"]);
}

#[test]
fn sound_alone_is_cut_by_time_and_again_where_pictures_begin() {
    let mut segmenter = segmenter();
    let sounds: Vec<_> = (0..5_000).step_by(20).map(sound).collect();
    push(&mut segmenter, &[audio_header()]);
    let mut segments = push(&mut segmenter, &sounds);
    assert_eq!(segments.len(), 2);
    push(&mut segmenter, &[video_header(31)])
        .into_iter()
        .for_each(|s| segments.push(s));
    segments.extend(push(&mut segmenter, &show(5_000, 8_000, 1_000)));
    let last = segments.last().unwrap();
    assert_eq!((last.start_ms, last.init.tracks.len()), (5_000, 2));
    assert!(segments.iter().all(|segment| segment.is_independent));
}

#[test]
fn a_gap_ends_a_segment_and_the_last_picture_is_not_stretched_over_it() {
    let mut segmenter = segmenter();
    push(&mut segmenter, &[video_header(31), audio_header()]);
    push(&mut segmenter, &show(0, 1_000, 1_000));
    let before = segmenter.gap().unwrap();
    assert_eq!(before.end_ms(), 1_000);
    push(&mut segmenter, &show(9_000, 10_000, 1_000));
    let after = segmenter.finish().unwrap();
    assert_eq!((after.start_ms, after.duration_ms), (9_000, 1_000));
    assert_eq!(after.init, before.init);
    assert_eq!((before.after_gap, after.after_gap), (false, true));
}

#[test]
fn time_goes_on_where_32_bits_end() {
    let mut segmenter = segmenter();
    let start = u32::MAX - 999;
    push(&mut segmenter, &[video_header(31)]);
    for step in 0..100_u32 {
        let tag = picture(start.wrapping_add(step * 40), step % 25 == 0);
        if let Some(segment) = segmenter.push(&tag) {
            assert_eq!(
                (segment.start_ms, segment.duration_ms),
                (u64::from(start), 2_000)
            );
        }
    }
    let rest = segmenter.finish().unwrap();
    assert_eq!(rest.end_ms(), u64::from(start) + 4_000);
}

#[test]
fn a_file_of_its_own_begins_at_zero() {
    let starts = |origin| {
        let mut segmenter = Segmenter::new(Limits::default(), origin);
        push(&mut segmenter, &[video_header(31), audio_header()]);
        let mut segments = push(&mut segmenter, &show(60_000, 63_000, 1_000));
        segments.extend(segmenter.finish());
        let decode_times = |segment: &Segment| {
            let at = segment
                .bytes
                .windows(4)
                .position(|four| four == b"tfdt")
                .unwrap()
                + 8;
            u64::from_be_bytes(segment.bytes[at..at + 8].try_into().unwrap())
        };
        segments.iter().map(decode_times).collect::<Vec<_>>()
    };
    assert_eq!(starts(Origin::Broadcast), [60_000, 62_000]);
    assert_eq!(starts(Origin::Tracks), [0, 2_000]);
}

#[test]
fn ten_minutes_without_a_key_frame_are_segments_of_ten_seconds() {
    const MINUTES: u32 = 10;
    let mut segmenter = segmenter();
    push(&mut segmenter, &[video_header(31), audio_header()]);
    let mut segments = Vec::new();
    let mut held_max = 0;
    for tag in show(0, MINUTES * 60_000, u32::MAX) {
        segments.extend(segmenter.push(&tag));
        held_max = held_max.max(held(&segmenter).1);
    }
    segments.extend(segmenter.finish());
    let lengths: Vec<_> = segments.iter().map(|s| s.duration_ms / 100).collect();
    assert_eq!(lengths, [100; 60], "{lengths:?}");
    let independent = segments.iter().filter(|segment| segment.is_independent);
    assert_eq!(independent.count(), 1, "only the first one has a key frame");
    // Ten seconds of 25 pictures and 50 packets of sound, whatever came before.
    assert!(held_max <= 751, "{held_max} frames were held");
    let pictures: usize = segments.iter().map(|segment| segment.pictures).sum();
    assert_eq!(pictures, 15_000, "every picture is in a segment");
}

#[test]
fn key_frames_of_20_mb_are_held_two_at_most() {
    const FRAME: usize = 20_000_000;
    let mut segmenter = segmenter();
    push(&mut segmenter, &[video_header(31)]);
    let mut segments = Vec::new();
    for time in (0..4_000).step_by(100) {
        let payload = [&[0x17, 1, 0, 0, 0][..], &vec![7; FRAME]].concat();
        segments.extend(segmenter.push(&tag(Kind::Video, time, payload)));
        let (bytes, _) = held(&segmenter);
        assert!(bytes < BYTES_MAX + FRAME, "{bytes} bytes are held");
        // A reader of segments lets go of what it wrote.
        for segment in segments.drain(..) {
            assert_eq!((segment.pictures, segment.duration_ms), (2, 200));
            assert!(segment.bytes.len() < 2 * FRAME + 1_000);
        }
    }
}

/// Bytes and frames that are in no segment yet.
fn held(segmenter: &Segmenter) -> (usize, usize) {
    let inputs = [&segmenter.video, &segmenter.audio].into_iter().flatten();
    inputs.fold((0, 0), |(bytes, frames), input| {
        (bytes + input.bytes, frames + input.frames.len())
    })
}
