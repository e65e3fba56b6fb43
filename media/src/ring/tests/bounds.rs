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
    while let Some(bytes) = ring.read(&mut cursor) {
        assert!(bytes.len() <= BATCH_BYTES_MAX + 100_100);
        total += bytes.len();
    }
    assert_eq!(total, 13 + 30 * 100_015);
}
