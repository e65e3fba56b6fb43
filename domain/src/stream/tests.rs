mod laws;
mod life;
mod recording;
mod table;
mod times;

use super::*;
use crate::testing::{about, ada, at, at_ms, media, salt, stream};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};

fn given(events: Vec<Event>) -> AggregateTestExecutor<Stream> {
    TestFramework::with(()).given(events)
}

fn schedule(now: i64, scheduled_for: i64) -> Command {
    Command::Schedule {
        stream: stream(1),
        channel: ada().into(),
        metadata: about("Chess"),
        at: at(now),
        scheduled_for: at(scheduled_for),
        salt: salt(),
    }
}

fn start(metadata: Option<Metadata>) -> Command {
    Command::Start {
        stream: stream(1),
        channel: ada().into(),
        metadata,
        salt: salt(),
    }
}

fn media_at(at: Timestamp) -> Command {
    Command::MediaArrived { at, media: media() }
}

fn interrupt_at(at: Timestamp) -> Command {
    Command::Interrupt {
        node: media().node,
        at,
        reason: Interruption::Disconnected,
    }
}

/// The publisher comes back to, or leaves, another node than the one that the stream is on.
fn media_elsewhere(at: Timestamp) -> Command {
    let node = "elsewhere".to_owned();
    let media = Media { node, ..media() };
    Command::MediaArrived { at, media }
}

fn interrupt_elsewhere(at: Timestamp) -> Command {
    Command::Interrupt {
        node: "elsewhere".to_owned(),
        at,
        reason: Interruption::Disconnected,
    }
}

fn health() -> Health {
    Health {
        span_ms: 60_000,
        frames: 1_800,
        warnings: vec![HealthWarning::Gaps],
        ..Health::default()
    }
}

fn note_at(at: Timestamp) -> Command {
    let (node, health) = (media().node, health());
    Command::NoteHealth { node, at, health }
}

fn note_elsewhere(at: Timestamp) -> Command {
    let (node, health) = ("elsewhere".to_owned(), health());
    Command::NoteHealth { node, at, health }
}

fn noted(ms: i64) -> Event {
    let (at, health) = (at_ms(ms), health());
    HealthNoted { at, health }.into()
}

/// What a policy asks for.
fn give_up(at: Timestamp, reason: EndReason) -> Command {
    Command::End { at, reason }
}

fn update(metadata: Metadata) -> Command {
    let salt = salt();
    Command::Update { metadata, salt }
}

fn end_at(at: Timestamp) -> Command {
    Command::End {
        at,
        reason: EndReason::Asked,
    }
}

fn scheduled() -> Event {
    let (form, personal) = about("Chess").seal(salt());
    Scheduled {
        stream: stream(1),
        channel: ada().into(),
        scheduled_for: at(3_600),
        form,
        personal,
    }
    .into()
}

fn started(metadata: Metadata) -> Event {
    let (form, personal) = metadata.seal(salt());
    Started {
        stream: stream(1),
        channel: ada().into(),
        form,
        personal,
    }
    .into()
}

fn went_live(ms: i64) -> Event {
    let (at, media) = (at_ms(ms), media());
    WentLive { at, media }.into()
}

fn interrupted(ms: i64) -> Event {
    let (at, reason) = (at_ms(ms), Interruption::Disconnected);
    Interrupted { at, reason }.into()
}

fn resumed(ms: i64) -> Event {
    let (at, media) = (at_ms(ms), media());
    Resumed { at, media }.into()
}

/// Asked for, in between its `ended`, which may come later.
fn ending(started_at: Option<i64>, ended_at: i64, duration_ms: i64, live_ms: i64) -> Event {
    ending_for(
        EndReason::Asked,
        times(started_at, ended_at, duration_ms, live_ms),
    )
}

fn ending_for(reason: EndReason, times: Ended) -> Event {
    let times = Some(times);
    Ending { reason, times }.into()
}

/// Both, one right behind the other.
fn over(started_at: Option<i64>, ended_at: i64, duration_ms: i64, live_ms: i64) -> Vec<Event> {
    let times = times(started_at, ended_at, duration_ms, live_ms);
    vec![ending_for(EndReason::Asked, times.clone()), times.into()]
}

fn ended(started_at: Option<i64>, ended_at: i64, duration_ms: i64, live_ms: i64) -> Event {
    times(started_at, ended_at, duration_ms, live_ms).into()
}

fn times(started_at: Option<i64>, ended_at: i64, duration_ms: i64, live_ms: i64) -> Ended {
    Ended {
        started_at: started_at.map(at_ms),
        ended_at: at_ms(ended_at),
        duration_ms,
        live_ms,
    }
}
