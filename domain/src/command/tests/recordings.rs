use super::*;
use crate::RecordingId;
use crate::stream::{Anchored, RecordingEnd, RecordingFinished, Removal};
use crate::testing::stream;
use uuid::Uuid;

fn recording() -> RecordingId {
    RecordingId(Uuid::from_u128(1))
}

pub(super) fn start() -> Recordings {
    Recordings::Start {
        stream: stream(1),
        recording: recording(),
    }
}

pub(super) fn start_by_itself() -> Recordings {
    Recordings::StartByItself {
        channel: ada().into(),
        recording: recording(),
    }
}

pub(super) fn stop() -> Recordings {
    Recordings::Stop { stream: stream(1) }
}

pub(super) fn anchor() -> Recordings {
    Recordings::Anchor {
        stream: stream(1),
        anchor: Anchored {
            recording: recording(),
            media_ms: 0,
            at: at(1),
        },
    }
}

pub(super) fn finish() -> Recordings {
    Recordings::Finish {
        stream: stream(1),
        finished: RecordingFinished {
            recording: recording(),
            at: at(9),
            end: RecordingEnd::StreamEnded,
            duration_ms: 8_000,
            bytes: 1_000,
        },
    }
}

pub(super) fn delete() -> Recordings {
    Recordings::Delete {
        stream: stream(1),
        recording: recording(),
        reason: Removal::Asked,
    }
}

fn live() -> World {
    given()
        .after(ADA, streams::start())
        .after(INGEST, streams::media_arrived())
}

#[test]
fn recordings_are_for_the_owner_and_staff() {
    let finished = || live().after(ADA, start()).after(INGEST, finish());
    for actor in [BOB, Actor::Anonymous] {
        live().when(actor, start()).refuses("NOT_ALLOWED");
        live()
            .after(ADA, start())
            .when(actor, stop())
            .refuses("NOT_ALLOWED");
        finished().when(actor, delete()).refuses("NOT_ALLOWED");
    }
    for actor in [ADA, ROOT, Actor::Console] {
        live()
            .when(actor, start())
            .records_in(in_ada(), &["stream.recording_started"]);
        live()
            .after(ADA, start())
            .when(actor, stop())
            .records_in(in_ada(), &["stream.recording_stopped"]);
        finished()
            .when(actor, delete())
            .records_in(in_ada(), &["stream.recording_deleted"]);
    }
    given().when(ADA, start()).refuses("STREAM_NOT_FOUND");
}

#[test]
fn whatever_is_on_air_is_recorded_by_itself_once() {
    given().when(INGEST, start_by_itself()).records_nothing();
    live()
        .when(INGEST, start_by_itself())
        .records_in(in_ada(), &["stream.recording_started"]);
    live()
        .after(ADA, start())
        .when(INGEST, start_by_itself())
        .records_nothing();
}

#[test]
fn the_next_stream_may_open_while_the_last_one_is_being_finished() {
    let ending = || live().after(ADA, start()).after(ADA, streams::end());
    live()
        .after(ADA, start())
        .when(ADA, streams::end())
        .records_in(in_ada(), &["stream.ending", "channel.stream_closed"]);
    let publish = Streams::Publish {
        channel: ada().into(),
        stream: stream(2),
        salt: salt(),
    };
    ending()
        .when(INGEST, publish)
        .records_in(in_ada(), &["stream.started", "channel.stream_opened"]);
    ending()
        .when(INGEST, finish())
        .records_in(in_ada(), &["stream.recording_finished", "stream.ended"]);
    ending()
        .when(INGEST, anchor())
        .records_in(in_ada(), &["stream.recording_anchored"]);
}
