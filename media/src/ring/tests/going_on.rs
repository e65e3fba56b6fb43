use super::*;

fn pieces(ring: &Ring, cursor: &mut Cursor) -> Vec<Bytes> {
    let mut pieces = VecDeque::new();
    ring.read(cursor, &mut pieces);
    pieces.into()
}

#[test]
fn viewers_in_step_share_one_piece() {
    let mut ring = ring_of(&[video_header(1), key(0, 10)]);
    ring.gather();
    let (mut one, mut two) = (Cursor::default(), Cursor::default());
    pieces(&ring, &mut one);
    pieces(&ring, &mut two);
    push(&mut ring, &[audio(10, 11), inter(40, 12)]);
    ring.gather();
    let (first, second) = (pieces(&ring, &mut one), pieces(&ring, &mut two));
    assert_eq!((first.len(), first[0].len()), (1, 18 + 21));
    assert_eq!(first[0].as_ptr(), second[0].as_ptr());
    push(&mut ring, &[inter(80, 13)]);
    ring.gather();
    let (first, second) = (pieces(&ring, &mut one), pieces(&ring, &mut two));
    assert_eq!(first[0].as_ptr(), second[0].as_ptr());
}

#[test]
fn viewers_out_of_step_share_the_frames() {
    let mut ring = ring_of(&[video_header(1), key(0, 10), inter(40, 11)]);
    ring.gather();
    let (mut one, mut two) = (Cursor::default(), Cursor::default());
    pieces(&ring, &mut one);
    for mark in 0..2 {
        push(&mut ring, &[inter(80, mark), inter(120, mark)]);
        ring.gather();
    }
    let late = pieces(&ring, &mut two);
    let behind = pieces(&ring, &mut one);
    assert_eq!((late.len(), behind.len()), (7, 4), "nothing was copied");
    assert_eq!(late[3].as_ptr(), behind[0].as_ptr());
}

#[test]
fn what_was_not_gathered_is_not_read_so_that_viewers_stay_in_step() {
    let mut ring = ring_of(&[video_header(1), key(0, 10)]);
    ring.gather();
    let (mut one, mut two) = (Cursor::default(), Cursor::default());
    pieces(&ring, &mut one);
    push(&mut ring, &[audio(10, 11), key(40, 12)]);
    assert_eq!(pieces(&ring, &mut one), Vec::<Bytes>::new());
    let late = pieces(&ring, &mut two);
    assert_eq!(
        late[1].last_chunk(),
        Some(&[10, 0, 0, 0, 17]),
        "the older key frame"
    );
    ring.gather();
    let (first, second) = (pieces(&ring, &mut one), pieces(&ring, &mut two));
    assert_eq!((first.len(), first[0].as_ptr()), (1, second[0].as_ptr()));
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
fn a_viewer_that_saw_new_headers_does_not_get_them_again_when_it_jumps() {
    let mut ring = ring_of(&[video_header(1), key(0, 0)]);
    let mut viewer = joined(&mut ring);
    push(&mut ring, &[video_header(2), key(500, 1)]);
    viewer.read(&mut ring);
    for second in 1..10 {
        ring.push(&key(second * 1_000, 7));
    }
    assert_eq!(
        viewer.read(&mut ring).story(),
        "V1@0 k0@0 V2@0 k1@500 k7@9000"
    );
}

#[test]
fn metadata_is_always_at_zero() {
    let mut ring = ring_of(&[
        metadata(true, false),
        video_header(1),
        key(0, 0),
        key(5_000, 0),
    ]);
    let mut viewer = joined(&mut ring);
    push(&mut ring, &[metadata(true, true)]);
    let file = viewer.read(&mut ring).file();
    let times = file
        .tags
        .iter()
        .map(|tag| (tag.kind, tag.timestamp))
        .collect::<Vec<_>>();
    let (script, video) = (Kind::Script, Kind::Video);
    assert_eq!(
        times,
        [(script, 0), (video, 5_000), (video, 5_000), (script, 0)]
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
