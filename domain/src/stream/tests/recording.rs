//! Recordings of a stream.

use super::table::cell;
use super::*;
use crate::RecordingId;
use crate::stream::recording::{Command as Recording, RECORDINGS_MAX};
use crate::testing::{folded, stored};
use crate::{HistoryId, State};
use proptest::prelude::*;
use uuid::Uuid;

fn recording(number: u128) -> RecordingId {
    RecordingId(Uuid::from_u128(number))
}

fn record(number: u128) -> Command {
    Command::Record(Recording::Start {
        recording: recording(number),
        at: at(2),
    })
}

fn record_by_itself(number: u128) -> Command {
    Command::Record(Recording::StartByItself {
        recording: recording(number),
        at: at(2),
    })
}

fn stop() -> Command {
    Command::Record(Recording::Stop { at: at(3) })
}

fn anchored(number: u128) -> Anchored {
    Anchored {
        recording: recording(number),
        media_ms: 0,
        at: at(2),
    }
}

fn anchor(number: u128) -> Command {
    Command::Record(Recording::Anchor(anchored(number)))
}

fn finished(number: u128, end: RecordingEnd) -> RecordingFinished {
    RecordingFinished {
        recording: recording(number),
        at: at(4),
        end,
        duration_ms: 1_000,
        bytes: 2_000,
    }
}

fn finish(number: u128, end: RecordingEnd) -> Command {
    Command::Record(Recording::Finish(finished(number, end)))
}

fn delete(number: u128) -> Command {
    Command::Record(Recording::Delete {
        recording: recording(number),
        at: at(5),
        reason: Removal::Asked,
    })
}

/// A stream after these commands, none of which was refused.
fn after(commands: &[Command]) -> Stream {
    let mut stream = Stream::default();
    for command in commands {
        for event in stream.decide(command.clone()).unwrap() {
            stream.fold(&event);
        }
    }
    stream
}

fn live() -> Vec<Command> {
    vec![start(Some(about("Chess"))), media_at(at(0))]
}

fn also(commands: &[Command]) -> Stream {
    after(&[live(), commands.to_vec()].concat())
}

#[test]
fn every_command_about_recordings_in_every_state() {
    let ended = RecordingEnd::StreamEnded;
    let states = [
        ("nothing", Stream::default()),
        ("announced", after(&[schedule(0, 60)])),
        ("waiting", after(&[start(Some(about("Chess")))])),
        ("on air", also(&[])),
        ("away", also(&[interrupt_at(at(1))])),
        ("recorded", also(&[record(1)])),
        ("stopped", also(&[record(1), stop()])),
        (
            "has one",
            also(&[record(1), finish(1, RecordingEnd::NodeGone)]),
        ),
        (
            "declined",
            also(&[record(1), stop(), finish(1, RecordingEnd::Asked)]),
        ),
        (
            "failed",
            also(&[record(1), finish(1, RecordingEnd::DiskFull)]),
        ),
        ("had one", also(&[record(1), finish(1, ended), delete(1)])),
        ("ending", also(&[record(1), end_at(at(3))])),
        ("over", also(&[record(1), end_at(at(3)), finish(1, ended)])),
        ("called off", after(&[schedule(0, 60), Command::Cancel])),
    ];
    // Start, the same by itself, stop, an anchor of recording 1, its end, taking it away; a second one.
    let commands = [
        record(1),
        record_by_itself(1),
        stop(),
        anchor(1),
        finish(1, ended),
        delete(1),
        record(2),
    ];
    let table = "
nothing    | STREAM_NOT_FOUND  | -                 | STREAM_NOT_FOUND  | -                  | RECORDING_NOT_FOUND      | RECORDING_NOT_FOUND | STREAM_NOT_FOUND
announced  | NOT_LIVE          | -                 | NOT_RECORDING     | -                  | RECORDING_NOT_FOUND      | RECORDING_NOT_FOUND | NOT_LIVE
waiting    | NOT_LIVE          | -                 | NOT_RECORDING     | -                  | RECORDING_NOT_FOUND      | RECORDING_NOT_FOUND | NOT_LIVE
on air     | recording_started | recording_started | NOT_RECORDING     | -                  | RECORDING_NOT_FOUND      | RECORDING_NOT_FOUND | recording_started
away       | recording_started | -                 | NOT_RECORDING     | -                  | RECORDING_NOT_FOUND      | RECORDING_NOT_FOUND | recording_started
recorded   | -                 | -                 | recording_stopped | recording_anchored | recording_finished       | STILL_RECORDING     | ALREADY_RECORDING
stopped    | -                 | -                 | -                 | recording_anchored | recording_finished       | STILL_RECORDING     | ALREADY_RECORDING
has one    | recording_started | recording_started | NOT_RECORDING     | -                  | -                        | recording_deleted   | recording_started
declined   | recording_started | -                 | NOT_RECORDING     | -                  | -                        | recording_deleted   | recording_started
failed     | recording_started | -                 | NOT_RECORDING     | -                  | -                        | recording_deleted   | recording_started
had one    | recording_started | recording_started | NOT_RECORDING     | -                  | RECORDING_NOT_FOUND      | RECORDING_NOT_FOUND | recording_started
ending     | ALREADY_ENDED     | -                 | recording_stopped | recording_anchored | recording_finished ended | STILL_RECORDING     | ALREADY_ENDED
over       | ALREADY_ENDED     | -                 | NOT_RECORDING     | -                  | -                        | recording_deleted   | ALREADY_ENDED
called off | ALREADY_CANCELLED | -                 | NOT_RECORDING     | -                  | RECORDING_NOT_FOUND      | RECORDING_NOT_FOUND | ALREADY_CANCELLED
";
    let mut rows = table.trim().lines();
    for (name, stream) in states {
        let mut row = rows.next().unwrap().split('|').map(str::trim);
        assert_eq!(row.next(), Some(name));
        let cells: Vec<_> = commands
            .iter()
            .map(|command| cell(&stream.decide(command.clone())))
            .collect();
        assert_eq!(row.collect::<Vec<_>>(), cells, "{name}");
    }
    assert_eq!(rows.next(), None);
}

#[test]
fn a_show_that_is_recorded_is_over_when_its_recording_is() {
    let stream = also(&[record(1)]);
    let ending = ending(Some(0), 9_000, 9_000, 9_000);
    assert_eq!(stream.decide(end_at(at(9))), Ok(vec![ending.clone()]));
    let mut stream = stream;
    stream.fold(&ending);
    assert!(!stream.is_open());
    let complete = finished(1, RecordingEnd::StreamEnded);
    assert_eq!(
        stream.decide(finish(1, RecordingEnd::StreamEnded)),
        Ok(vec![complete.into(), ended(Some(0), 9_000, 9_000, 9_000)])
    );
}

#[test]
fn an_ending_of_before_it_had_times_is_an_end() {
    let mut stream = also(&[]);
    let (reason, times) = (EndReason::Asked, None);
    stream.fold(&Ending { reason, times }.into());
    assert_eq!(stream.life, Life::Ended);
}

#[test]
fn a_stream_has_so_many_recordings_and_no_more() {
    let mut stream = also(&[]);
    for number in 0..RECORDINGS_MAX as u128 {
        for command in [record(number), finish(number, RecordingEnd::NodeGone)] {
            for event in stream.decide(command).unwrap() {
                stream.fold(&event);
            }
        }
    }
    assert_eq!(
        stream.decide(record(1_000)),
        Err(Rejection::TooManyRecordings)
    );
    assert_eq!(stream.decide(record_by_itself(1_000)), Ok(vec![]));
    let gone = stream.decide(delete(0)).unwrap();
    stream.fold(&gone[0]);
    assert!(stream.decide(record(1_000)).is_ok());
}

fn any_command() -> impl Strategy<Value = Command> {
    let end = prop_oneof![
        Just(RecordingEnd::Asked),
        Just(RecordingEnd::NodeGone),
        Just(RecordingEnd::StreamEnded),
    ];
    prop_oneof![
        3 => (0_u128..4).prop_map(record),
        3 => (0_u128..4).prop_map(record_by_itself),
        2 => Just(stop()),
        1 => (0_u128..4).prop_map(anchor),
        4 => (0_u128..4, end).prop_map(|(number, end)| finish(number, end)),
        2 => (0_u128..4).prop_map(delete),
        1 => Just(interrupt_at(at(1))),
        2 => Just(media_at(at(1))),
        1 => Just(end_at(at(9))),
    ]
}

proptest! {
    #[test]
    fn a_stream_ends_once_and_only_when_nothing_records_it(
        commands in prop::collection::vec(any_command(), 0..40),
    ) {
        let (mut stream, mut log) = (Stream::default(), vec![]);
        for command in live().into_iter().chain(commands) {
            for event in stream.decide(command).unwrap_or_default() {
                stream.fold(&event);
                if matches!(event, Event::Ended(_)) {
                    prop_assert!(stream.recordings.current.is_none());
                }
                log.push(event);
            }
        }
        let count = |wanted: fn(&Event) -> bool| log.iter().filter(|event| wanted(event)).count();
        prop_assert!(count(|event| matches!(event, Event::Ended(_))) <= 1);
        let started = count(|event| matches!(event, Event::RecordingStarted(_)));
        let finished = count(|event| matches!(event, Event::RecordingFinished(_)));
        prop_assert_eq!(started - finished, usize::from(stream.recordings.current.is_some()));
        let history = HistoryId::Stream(crate::testing::stream(1));
        let read: Vec<_> = log.into_iter().map(stored).collect();
        prop_assert_eq!(folded(&history, &read), State::Stream(Box::new(stream)));
    }
}
