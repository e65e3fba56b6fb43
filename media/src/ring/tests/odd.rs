use super::*;

#[test]
fn audio_that_comes_later_than_video_reaches_everybody_with_its_header() {
    let mut ring = ring_of(&[video_header(1), key(0, 10), inter(40, 11)]);
    let mut early = joined(&mut ring);
    assert!(!early.file().audio);
    push(
        &mut ring,
        &[audio_header(2), audio(60, 12), inter(80, 13), key(120, 14)],
    );
    let early = early.read(&mut ring).story();
    assert_eq!(early, "V1@0 k10@0 i11@40 A2@0 a12@60 i13@80 k14@120");
    let late = joined(&mut ring);
    assert!(late.file().audio && late.file().video);
    assert_eq!(late.story(), "V1@120 A2@120 k14@120");
}

#[test]
fn a_codec_that_nobody_knows_is_passed_on_as_it_is() {
    let extended = |first: u8, body: &[u8]| [&[first], &b"zzzz"[..], body].concat();
    let sent = [
        tag(Kind::Video, 0, extended(0x90, &[1])),
        tag(Kind::Video, 0, extended(0x91, &[10])),
        tag(Kind::Audio, 10, extended(0x91, &[11])),
        tag(Kind::Video, 40, extended(0xA1, &[12])),
    ];
    let mut ring = ring_of(&sent);
    assert_eq!(joined(&mut ring).story(), "V1@0 k10@0 a11@10 i12@40");
    assert_eq!(ring.info().video_codec, None);
}

#[test]
fn ten_minutes_without_a_key_frame_cost_no_more_memory_and_the_next_one_lets_everybody_in() {
    let mut ring = ring_of(&[video_header(1), audio_header(2), key(0, 10)]);
    let mut watching = joined(&mut ring);
    let mut frames = 0;
    for time in (40..600_000).step_by(40) {
        push(&mut ring, &[inter(time, 11), audio(time, 12)]);
        assert!(ring.bytes() <= LIMITS.bytes_max);
        frames += 2;
        if time % 1_000 == 0 {
            watching.read(&mut ring);
        }
    }
    let got = watching.read(&mut ring).file().tags.len();
    assert_eq!(got, 3 + frames, "who keeps up misses nothing");
    assert!(
        joined(&mut ring).bytes.is_empty(),
        "nobody can decode from here"
    );
    push(&mut ring, &[key(600_000, 13)]);
    let late = joined(&mut ring).story();
    assert_eq!(late, "V1@600000 A2@600000 k13@600000");
}

#[test]
fn a_key_frame_that_no_tag_can_hold_is_left_out_and_the_broadcast_goes_on() {
    let mut ring = Ring::new(Limits::default());
    ring.attach();
    push(&mut ring, &[video_header(1), key(0, 10)]);
    let mut body = vec![0x17, 1, 0, 0, 0];
    body.resize(20 * 1_024 * 1_024, 11);
    assert!(!ring.push(&tag(Kind::Video, 40, body.clone())));
    // The largest that one can.
    body.truncate(flv::PAYLOAD_BYTES_MAX);
    assert!(ring.push(&tag(Kind::Video, 80, body)));
    push(&mut ring, &[inter(120, 12)]);
    assert_eq!(joined(&mut ring).story(), "V1@80 k11@80 i12@120");
}
