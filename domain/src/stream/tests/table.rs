//! Every state of a stream's life and what each command comes to in it.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// A row is a state and a column a command. A cell is what is recorded (`-`: it holds already) or,
/// in capitals, what refuses. `bare` starts without a description, `late` schedules in the past,
/// `same` updates to what is there already; `elsewhere` is media on another node, `gone
/// elsewhere` a publisher that leaves another node; `note in vain` is health that another node, or the same
/// one a moment ago, had noted; `abandoned` and `never live` are what a policy asks
/// for.
const TABLE: &str = "
given       | schedule      | late                  | start             | bare              | media             | interrupt         | update            | same              | end               | cancel            | elsewhere           | gone elsewhere    | abandoned         | never live        | note              | note in vain
unborn      | scheduled     | SCHEDULED_IN_THE_PAST | started           | STREAM_NOT_FOUND  | STREAM_NOT_FOUND  | STREAM_NOT_FOUND  | STREAM_NOT_FOUND  | STREAM_NOT_FOUND  | STREAM_NOT_FOUND  | STREAM_NOT_FOUND  | STREAM_NOT_FOUND    | STREAM_NOT_FOUND  | STREAM_NOT_FOUND  | STREAM_NOT_FOUND  | STREAM_NOT_FOUND  | STREAM_NOT_FOUND
scheduled   | STREAM_EXISTS | SCHEDULED_IN_THE_PAST | started           | started           | NOT_STARTED       | NOT_LIVE          | updated           | -                 | NOT_STARTED       | cancelled         | NOT_STARTED         | NOT_LIVE          | NOT_STARTED       | NOT_STARTED       | NOT_LIVE          | NOT_LIVE
starting    | STREAM_EXISTS | SCHEDULED_IN_THE_PAST | ALREADY_STARTED   | ALREADY_STARTED   | went_live         | NOT_LIVE          | updated           | -                 | ending ended      | cancelled         | went_live           | NOT_LIVE          | NOT_INTERRUPTED   | ending ended      | NOT_LIVE          | NOT_LIVE
live        | STREAM_EXISTS | SCHEDULED_IN_THE_PAST | ALREADY_STARTED   | ALREADY_STARTED   | -                 | interrupted       | updated           | -                 | ending ended      | ALREADY_LIVE      | interrupted resumed | -                 | NOT_INTERRUPTED   | ALREADY_STARTED   | health_noted      | -
interrupted | STREAM_EXISTS | SCHEDULED_IN_THE_PAST | ALREADY_STARTED   | ALREADY_STARTED   | resumed           | -                 | updated           | -                 | ending ended      | ALREADY_LIVE      | resumed             | -                 | ending ended      | ALREADY_STARTED   | -                 | -
ending      | STREAM_EXISTS | SCHEDULED_IN_THE_PAST | ALREADY_ENDED     | ALREADY_ENDED     | ALREADY_ENDED     | ALREADY_ENDED     | updated           | -                 | -                 | ALREADY_ENDED     | ALREADY_ENDED       | ALREADY_ENDED     | -                 | -                 | ALREADY_ENDED     | ALREADY_ENDED
ended       | STREAM_EXISTS | SCHEDULED_IN_THE_PAST | ALREADY_ENDED     | ALREADY_ENDED     | ALREADY_ENDED     | ALREADY_ENDED     | updated           | -                 | -                 | ALREADY_ENDED     | ALREADY_ENDED       | ALREADY_ENDED     | -                 | -                 | ALREADY_ENDED     | ALREADY_ENDED
cancelled   | STREAM_EXISTS | SCHEDULED_IN_THE_PAST | ALREADY_CANCELLED | ALREADY_CANCELLED | ALREADY_CANCELLED | ALREADY_CANCELLED | ALREADY_CANCELLED | ALREADY_CANCELLED | ALREADY_CANCELLED | -                 | ALREADY_CANCELLED   | ALREADY_CANCELLED | ALREADY_CANCELLED | ALREADY_CANCELLED | ALREADY_CANCELLED | ALREADY_CANCELLED
";

/// The table by (state, command).
pub(super) fn table() -> BTreeMap<(&'static str, &'static str), &'static str> {
    let mut rows = TABLE
        .trim()
        .lines()
        .map(|line| line.split('|').map(str::trim));
    let commands: Vec<_> = rows.next().unwrap().skip(1).collect();
    rows.flat_map(|mut row| {
        let state = row.next().unwrap();
        let cells: Vec<_> = row.collect();
        assert_eq!(cells.len(), commands.len(), "the row {state} is full");
        let named = commands.iter().zip(cells);
        named
            .map(move |(command, cell)| ((state, *command), cell))
            .collect::<Vec<_>>()
    })
    .collect()
}

/// The row of a state. A new one does not compile until it is here, and [`super::laws`] finds no
/// row for it until it is in the table.
pub(super) fn row(life: &Life) -> &'static str {
    match life {
        Life::Unborn => "unborn",
        Life::Scheduled => "scheduled",
        Life::Starting => "starting",
        Life::Live(_) => "live",
        Life::Interrupted(_) => "interrupted",
        Life::Ending(_) => "ending",
        Life::Ended => "ended",
        Life::Cancelled => "cancelled",
    }
}

/// The column of a command, likewise.
pub(super) fn column(command: &Command, stream: &Stream) -> &'static str {
    match command {
        Command::Schedule {
            at, scheduled_for, ..
        } if scheduled_for < at => "late",
        Command::Schedule { .. } => "schedule",
        Command::Start {
            metadata: Some(_), ..
        } => "start",
        Command::Start { metadata: None, .. } => "bare",
        Command::MediaArrived { media, .. } if media.node == "elsewhere" => "elsewhere",
        Command::MediaArrived { .. } => "media",
        Command::Interrupt { node, .. } if node == "elsewhere" => "gone elsewhere",
        Command::Interrupt { .. } => "interrupt",
        Command::NoteHealth { node, at, .. } => match &stream.life {
            Life::Live(on_air) if too_soon(on_air, *at) => "note in vain",
            _ if node == "elsewhere" => "note in vain",
            _ => "note",
        },
        Command::Update { metadata, .. } if *metadata == stream.metadata => "same",
        Command::Update { .. } => "update",
        Command::End {
            reason: EndReason::Abandoned,
            ..
        } => "abandoned",
        Command::End {
            reason: EndReason::NeverLive,
            ..
        } => "never live",
        Command::End { .. } => "end",
        Command::Cancel => "cancel",
        // These have a table of their own, in [`super::recording`].
        Command::Record(_) => "record",
    }
}

fn too_soon(on_air: &OnAir, at: Timestamp) -> bool {
    let apart = chrono::TimeDelta::seconds(HEALTH_APART_SECONDS_MIN);
    let at = at.max(on_air.changed_at);
    on_air.health_noted_at.is_some_and(|last| at < last + apart)
}

/// What a decision looks like in the table.
pub(super) fn cell(result: &Result<Vec<Event>, Rejection>) -> String {
    match result {
        Err(rejection) => rejection.code().to_owned(),
        Ok(events) if events.is_empty() => "-".to_owned(),
        Ok(events) => {
            let names = events.iter().map(|event| event.name().0);
            let short = names.map(|name| name.strip_prefix("stream.").unwrap());
            short.collect::<Vec<_>>().join(" ")
        }
    }
}

fn histories() -> Vec<Vec<Event>> {
    let live = || vec![started(about("Chess")), went_live(0)];
    vec![
        vec![],
        vec![scheduled()],
        vec![started(about("Chess"))],
        live(),
        [live(), vec![interrupted(1_000)]].concat(),
        [live(), vec![ending(Some(0), 1_000, 1_000, 1_000)]].concat(),
        [live(), over(Some(0), 1_000, 1_000, 1_000)].concat(),
        vec![scheduled(), Cancelled {}.into()],
    ]
}

fn commands(stream: &Stream) -> Vec<Command> {
    vec![
        schedule(0, 60),
        schedule(60, 0),
        start(Some(about("Go"))),
        start(None),
        media_at(at(2)),
        interrupt_at(at(2)),
        update(about("Go")),
        update(stream.metadata.clone()),
        end_at(at(2)),
        Command::Cancel,
        media_elsewhere(at(2)),
        interrupt_elsewhere(at(2)),
        give_up(at(2), EndReason::Abandoned),
        give_up(at(2), EndReason::NeverLive),
        note_at(at(2)),
        note_elsewhere(at(2)),
    ]
}

#[test]
fn every_command_in_every_state_comes_to_what_the_table_says() {
    let table = table();
    let mut seen = BTreeSet::new();
    for history in histories() {
        let mut stream = Stream::default();
        history.iter().for_each(|event| stream.fold(event));
        for command in commands(&stream) {
            let at = (row(&stream.life), column(&command, &stream));
            let result = stream.decide(command);
            assert_eq!(
                Some(cell(&result).as_str()),
                table.get(&at).copied(),
                "{at:?}"
            );
            seen.insert(at);
        }
    }
    let all: BTreeSet<_> = table.keys().copied().collect();
    assert_eq!(seen, all, "every cell of the table was tried");
}
