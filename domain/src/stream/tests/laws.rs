//! What holds after any commands whatsoever.

use super::table::{cell, column, row, table};
use super::*;
use crate::testing::{erased, folded, stored};
use crate::{HistoryId, State};
use proptest::prelude::*;

fn any_command() -> impl Strategy<Value = Command> {
    // A clock that jumps about.
    let ms = -100_000_i64..100_000;
    let moment = ms.clone().prop_map(at_ms);
    let title = prop_oneof![Just("Chess"), Just("Go"), Just("")];
    prop_oneof![
        1 => (ms.clone(), ms).prop_map(|(now, then)| schedule(now / 1_000, then / 1_000)),
        2 => proptest::option::of(title.clone().prop_map(about)).prop_map(start),
        6 => moment.clone().prop_map(media_at),
        6 => moment.clone().prop_map(interrupt_at),
        4 => moment.clone().prop_map(note_at),
        1 => moment.clone().prop_map(note_elsewhere),
        2 => title.prop_map(|title| update(about(title))),
        1 => moment.prop_map(end_at),
        1 => Just(Command::Cancel),
    ]
}

fn check_times(life: &Life) -> Result<(), TestCaseError> {
    if let Life::Live(on_air) | Life::Interrupted(on_air) = life {
        let lasted_ms = (on_air.changed_at - on_air.since).num_milliseconds();
        prop_assert!((0..=lasted_ms).contains(&on_air.live_ms), "{on_air:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_commands_leave_a_history_that_makes_sense(
        commands in prop::collection::vec(any_command(), 0..40),
    ) {
        let (table, mut stream, mut log) = (table(), Stream::default(), vec![]);
        for command in commands {
            let place = (row(&stream.life), column(&command, &stream));
            let result = stream.decide(command);
            let expected = table.get(&place).copied().unwrap_or("a row of the table");
            prop_assert_eq!(cell(&result), expected, "{:?}", place);
            for event in result.unwrap_or_default() {
                stream.fold(&event);
                check_times(&stream.life)?;
                log.push(event);
            }
        }
        let ended: Vec<_> = log.iter().filter_map(|event| match event {
            Event::Ended(ended) => Some(ended),
            _ => None,
        }).collect();
        prop_assert!(ended.len() <= 1);
        for ended in ended {
            prop_assert!(0 <= ended.live_ms && ended.live_ms <= ended.duration_ms, "{ended:?}");
            prop_assert!(ended.started_at.is_none_or(|started_at| started_at <= ended.ended_at));
        }

        let history = HistoryId::Stream(crate::testing::stream(1));
        let read: Vec<_> = log.iter().cloned().map(stored).collect();
        prop_assert_eq!(folded(&history, &read), State::Stream(Box::new(stream.clone())));
        // Without the words that were erased, the same life.
        let read: Vec<_> = log.into_iter().map(erased).collect();
        let State::Stream(wordless) = folded(&history, &read) else {
            return Err(TestCaseError::fail("a stream's history folds to a stream"));
        };
        prop_assert_eq!(&wordless.life, &stream.life);
        let (labels, left) = (&stream.metadata.labels, &wordless.metadata.labels);
        prop_assert_eq!((left.kind, left.visibility), (labels.kind, labels.visibility));
        prop_assert_eq!(&left.tags, &Vec::<String>::new());
        prop_assert_eq!(&wordless.metadata.title, &Title::default());
    }
}
