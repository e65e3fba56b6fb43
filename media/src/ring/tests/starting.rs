use super::*;

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
    let first = read(&mut ring, &mut cursor).unwrap();
    assert_eq!(reader::read(&first).unwrap().tags.len(), 3);
    assert_eq!(read(&mut ring, &mut cursor), None);
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
