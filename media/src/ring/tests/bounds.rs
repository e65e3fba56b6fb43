use proptest::prelude::*;

use super::*;

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
    while let Some(bytes) = read(&mut ring, &mut cursor) {
        assert!(bytes.len() <= READ_BYTES_MAX + 100_100);
        total += bytes.len();
    }
    assert_eq!(total, 13 + 30 * 100_015);
}

#[test]
fn headers_that_fill_a_batch_still_come_with_their_key_frame() {
    let mut ring = Ring::new(Limits {
        bytes_max: 4_000_000,
        ..LIMITS
    });
    for track in 1..10 {
        let mut payload = vec![0x96, 0x00, b'h', b'v', b'c', b'1', track];
        payload.resize(HEADER_BYTES_MAX, 0);
        assert!(ring.push(&tag(Kind::Video, 0, payload)));
    }
    assert!(!ring.push(&tag(Kind::Video, 0, {
        let mut payload = video_header(0).payload.to_vec();
        payload.resize(HEADER_BYTES_MAX + 1, 0);
        payload
    })));
    push(&mut ring, &[key(0, 1), inter(40, 2)]);
    let first = read(&mut ring, &mut Cursor::default()).unwrap();
    assert!(first.len() > READ_BYTES_MAX);
    assert_eq!(reader::read(&first).unwrap().tags.len(), 9 + 1);
}

/// Something that happens to a ring.
#[derive(Debug, Clone)]
enum Step {
    Push(Tag),
    Attach,
    Read,
}

fn any_step() -> impl Strategy<Value = Step> {
    let any_tag = (0..7_u8, 0..20_000_u32, 0..3_u8).prop_map(|(kind, time, mark)| match kind {
        0 => video_header(mark),
        1 => audio_header(mark),
        2 => metadata(mark != 0, mark != 1),
        3 => key(time, mark),
        4 | 5 => inter(time, mark),
        _ => audio(time, mark),
    });
    prop_oneof![20 => any_tag.prop_map(Step::Push), 1 => Just(Step::Attach), 3 => Just(Step::Read)]
}

proptest! {
    #[test]
    fn whatever_happens_a_viewer_gets_whole_tags_in_order_from_a_key_frame(
        steps in prop::collection::vec(any_step(), 0..300),
        frames_max in 1..60_usize,
        lag_ms_max in 1..10_000_u64,
    ) {
        let mut ring = Ring::new(Limits { bytes_max: 2_000, frames_max, lag_ms_max });
        let mut viewer = Viewer::default();
        for step in steps {
            match step {
                Step::Push(tag) => { ring.push(&tag); }
                Step::Attach => ring.attach(),
                Step::Read => { viewer.read(&mut ring); }
            }
            prop_assert!(ring.bytes() <= 2_000 && ring.frames.len() <= frames_max);
            prop_assert!(ring.keys.len() <= ring.frames.len());
        }
        viewer.read(&mut ring);
        if viewer.bytes.is_empty() {
            return Ok(());
        }
        let file = viewer.file();
        prop_assert_eq!(file.incomplete_bytes, 0);
        // Headers have a time but are never shown.
        let is_frame = |tag: &&Tag| {
            !matches!(flv::classify(tag.kind, &tag.payload), Class::Header(_))
        };
        let of = |kind| file.tags.iter().filter(is_frame).filter(move |tag| tag.kind == kind);
        for kind in [Kind::Audio, Kind::Video] {
            prop_assert!(of(kind).is_sorted_by_key(|tag| tag.timestamp));
        }
        if let Some(first) = of(Kind::Video).next() {
            prop_assert_eq!(flv::classify(first.kind, &first.payload), Class::Key);
        }
    }
}
