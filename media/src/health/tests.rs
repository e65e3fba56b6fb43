use bytes::Bytes;

use super::*;
use crate::amf0::{Value, encode};

/// What an encoder sends, and how.
#[derive(Clone, Copy)]
struct Encoder {
    frame_rate: u32,
    announced: f64,
    group: u32,
    /// How much slower than real time it all comes.
    slower: f64,
    sound_late_ms: u32,
    has_sound: bool,
    has_picture: bool,
}

const GOOD: Encoder = Encoder {
    frame_rate: 30,
    announced: 30.0,
    group: 60,
    slower: 1.0,
    sound_late_ms: 0,
    has_sound: true,
    has_picture: true,
};

fn tag(kind: Kind, timestamp: u32, payload: impl Into<Bytes>) -> Tag {
    Tag {
        kind,
        timestamp,
        payload: payload.into(),
    }
}

fn metadata(frame_rate: f64) -> Tag {
    let mut body = Vec::new();
    encode(&Value::string("onMetaData"), &mut body).unwrap();
    let values = Value::object([("framerate", Value::Number(frame_rate))]);
    encode(&values, &mut body).unwrap();
    tag(Kind::Script, 0, body)
}

impl Encoder {
    /// Sends for so many seconds of its own, beginning at `from`; the time at the end.
    fn send(self, meter: &mut Meter, from: Duration, seconds: u32) -> Duration {
        meter.observe(&metadata(self.announced), from);
        let at = |ms: u32| from + Duration::from_millis(ms.into()).mul_f64(self.slower);
        for ms in 0..seconds * 1_000 {
            let frame = ms * self.frame_rate / 1_000;
            let is_frame = ms * self.frame_rate % 1_000 < self.frame_rate;
            if self.has_picture && is_frame {
                let first = if frame.is_multiple_of(self.group) {
                    0x17
                } else {
                    0x27
                };
                let mut payload = vec![first, 1, 0, 0, 0];
                payload.resize(8_000, 1);
                meter.observe(&tag(Kind::Video, ms, payload), at(ms));
            }
            if self.has_sound && ms.is_multiple_of(20) {
                let time = ms.wrapping_sub(self.sound_late_ms);
                meter.observe(&tag(Kind::Audio, time, vec![0xAF, 1, 7]), at(ms));
            }
        }
        at(seconds * 1_000)
    }

    fn report(self) -> Report {
        let mut meter = Meter::default();
        let end = self.send(&mut meter, Duration::from_secs(100), 20);
        meter.report(end)
    }
}

#[test]
fn a_good_encoder_is_told_its_figures_and_nothing_else() {
    let report = GOOD.report();
    assert_eq!(report.warnings, []);
    assert!((report.frame_rate - 30.0).abs() < 0.5, "{report:?}");
    assert!((report.video_kbps - 1_920.0).abs() < 20.0, "{report:?}");
    assert!((report.pace.unwrap() - 1.0).abs() < 0.02, "{report:?}");
    let interval = report.key_frame_interval.unwrap();
    assert!(interval.abs_diff(Duration::from_secs(2)) < Duration::from_millis(5));
    assert!(report.longest_gap < Duration::from_millis(30));
}

#[test]
fn each_fault_has_its_warning_and_no_other() {
    let faults = [
        (Encoder { group: 200, ..GOOD }, Warning::KeyFramesRare),
        (
            Encoder {
                announced: 60.0,
                ..GOOD
            },
            Warning::FramesMissing,
        ),
        (
            Encoder {
                sound_late_ms: 900,
                ..GOOD
            },
            Warning::SoundApart,
        ),
        (
            Encoder {
                has_sound: false,
                ..GOOD
            },
            Warning::NoSound,
        ),
        (
            Encoder {
                has_picture: false,
                ..GOOD
            },
            Warning::NoPicture,
        ),
        (
            Encoder {
                slower: 1.12,
                ..GOOD
            },
            Warning::TooSlow,
        ),
    ];
    for (encoder, warning) in faults {
        let report = encoder.report();
        assert_eq!(report.warnings, [warning], "{report:?}");
    }
}

#[test]
fn silence_is_a_gap_while_it_lasts_and_for_a_while_after() {
    let mut meter = Meter::default();
    let end = GOOD.send(&mut meter, Duration::from_secs(100), 20);
    let later = end + Duration::from_secs(2);
    assert_eq!(meter.report(later).warnings, [Warning::Gaps]);
    let end = GOOD.send(&mut meter, later, 3);
    assert_eq!(meter.report(end).warnings[0], Warning::Gaps);
    let end = GOOD.send(&mut meter, end, 20);
    assert_eq!(meter.report(end).warnings, []);
}

#[test]
fn nothing_is_said_too_early_and_nothing_breaks_without_anything() {
    let mut meter = Meter::default();
    assert_eq!(meter.report(Duration::ZERO), Report::default());
    let silent = Encoder {
        has_sound: false,
        ..GOOD
    };
    let end = silent.send(&mut meter, Duration::from_secs(100), 4);
    assert_eq!(meter.report(end).warnings, []);
}

#[test]
fn leaps_and_wraps_of_timestamps_are_no_faults() {
    let mut meter = Meter::default();
    for step in 0..600_u32 {
        let now = Duration::from_secs(100) + Duration::from_millis(40) * step;
        let leap = if step < 300 {
            u32::MAX - 4_000
        } else {
            77_000_000
        };
        let timestamp = (step * 40).wrapping_add(leap);
        let first = if step.is_multiple_of(50) { 0x17 } else { 0x27 };
        meter.observe(
            &tag(Kind::Video, timestamp, vec![first, 1, 0, 0, 0, 0]),
            now,
        );
        meter.observe(&tag(Kind::Audio, timestamp, vec![0xAF, 1, 7]), now);
    }
    let report = meter.report(Duration::from_secs(124));
    assert_eq!(report.warnings, [], "{report:?}");
}

/// Sends for so many seconds, and looks every second; each note with when it was made.
fn diary(meter: &mut Meter, encoder: Encoder, from: u64, seconds: u32) -> Vec<(u64, Stretch)> {
    let mut notes = vec![];
    for second in from..from + u64::from(seconds) {
        encoder.send(meter, Duration::from_secs(second), 1);
        let now = Duration::from_secs(second + 1);
        notes.extend(meter.note(now).map(|note| (second + 1, note)));
    }
    notes
}

#[test]
fn a_note_is_made_soon_then_once_a_minute_and_holds_all_that_came() {
    let mut meter = Meter::default();
    assert_eq!(meter.note(Duration::from_secs(99)), None, "nothing came");
    let notes = diary(&mut meter, GOOD, 100, 200);
    let at: Vec<_> = notes.iter().map(|(at, _)| *at).collect();
    assert_eq!(at, [110, 170, 230, 290]);
    let frames: usize = notes.iter().map(|(_, note)| note.frames).sum();
    assert_eq!(
        frames,
        30 * 190,
        "no picture is counted twice or not at all"
    );
    let (_, minute) = &notes[1];
    assert_eq!(minute.length, Duration::from_secs(60));
    assert_eq!((minute.frames, minute.video_bytes), (1_800, 1_800 * 8_000));
    assert_eq!(minute.audio_bytes, 60 * 50 * 3);
    assert!(minute.warnings.is_empty(), "{minute:?}");
}

#[test]
fn a_gap_is_noted_at_once_and_so_is_its_end_and_it_is_counted_once() {
    let mut meter = Meter::default();
    diary(&mut meter, GOOD, 100, 30);
    // Silence for three seconds.
    let mut notes = vec![];
    for second in 131..=133 {
        notes.extend(meter.note(Duration::from_secs(second)));
    }
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(notes[0].warnings, [Warning::Gaps]);
    let notes = diary(&mut meter, GOOD, 133, 60);
    let (at, over) = &notes[0];
    assert!((140..=146).contains(at), "{at}");
    assert!(over.warnings.is_empty());
    assert!(over.longest_gap >= Duration::from_secs(3), "{over:?}");
    assert_eq!(notes.len(), 1, "the next is due a minute later");
    let later = diary(&mut meter, GOOD, 193, 20);
    assert!(later[0].1.longest_gap < Duration::from_secs(1), "{later:?}");
}

#[test]
fn whatever_comes_notes_are_made_at_a_bounded_rate() {
    let mut meter = Meter::default();
    let mute = Encoder {
        has_sound: false,
        ..GOOD
    };
    let blind = Encoder {
        has_picture: false,
        ..GOOD
    };
    let (mut at, mut now) = (vec![], 100);
    for round in 0..60_u64 {
        let encoder = [GOOD, mute, blind, GOOD, mute][usize::try_from(round % 5).unwrap()];
        // Of all lengths, and now and then a pause behind it.
        let seconds = 1 + round * 7 % 30;
        let notes = diary(&mut meter, encoder, now, u32::try_from(seconds).unwrap());
        at.extend(notes.into_iter().map(|(at, _)| at));
        now += seconds + round % 3;
    }
    assert!(at.len() > 40, "{at:?}");
    assert!(at.windows(2).all(|two| two[1] - two[0] >= 10), "{at:?}");
}
