use super::streams::{cancel, end, publish, start};
use super::*;
use crate::testing::stream;
use crate::viewer_session::{Joined, Received};
use crate::{ViewerId, ViewerSessionId};
use uuid::Uuid;

const PLAYBACK: Actor = Actor::System("playback");

pub(super) fn viewer_session() -> ViewerSessionId {
    ViewerSessionId(Uuid::from_u128(0xb00))
}

pub(super) fn join() -> Sessions {
    let joined = Joined {
        stream: stream(1),
        channel: ada().into(),
        viewer: ViewerId::Account(bob()),
        node: "a".to_owned(),
        at: at(0),
        received: Some(Received::Media),
    };
    Sessions::Join {
        session: viewer_session(),
        joined,
    }
}

pub(super) fn leave(seconds: i64) -> Sessions {
    Sessions::Leave {
        session: viewer_session(),
        at: at(seconds),
    }
}

fn on_air() -> World {
    given().after(INGEST, publish())
}

#[test]
fn a_viewer_joins_a_stream_that_is_open_and_leaves_it() {
    on_air()
        .when(PLAYBACK, join())
        .records_in(in_ada(), &["viewer_session.joined"]);
    let watching = || on_air().after(PLAYBACK, join());
    watching().when(PLAYBACK, join()).records_nothing();
    watching()
        .when(PLAYBACK, leave(60))
        .records_in(in_ada(), &["viewer_session.left"]);
    watching()
        .after(PLAYBACK, leave(60))
        .when(PLAYBACK, leave(60))
        .records_nothing();
}

#[test]
fn nobody_joins_a_stream_that_is_over_or_never_was() {
    on_air()
        .after(ADA, end())
        .when(PLAYBACK, join())
        .refuses("NOT_LIVE");
    given()
        .after(ADA, start())
        .after(ADA, cancel())
        .when(PLAYBACK, join())
        .refuses("NOT_LIVE");
    given().when(PLAYBACK, join()).refuses("NOT_LIVE");
}

#[test]
fn a_viewer_leaves_after_the_stream_has_ended() {
    on_air()
        .after(PLAYBACK, join())
        .after(ADA, end())
        .when(PLAYBACK, leave(60))
        .records_in(in_ada(), &["viewer_session.left"]);
}

#[test]
fn a_session_is_of_one_presence() {
    on_air()
        .after(PLAYBACK, join())
        .after(PLAYBACK, leave(60))
        .when(PLAYBACK, join())
        .refuses("ALREADY_JOINED");
    on_air()
        .when(PLAYBACK, leave(60))
        .refuses("VIEWER_SESSION_NOT_FOUND");
}

#[test]
fn a_stream_is_watched_on_its_own_channel() {
    let mut elsewhere = join();
    if let Sessions::Join { joined, .. } = &mut elsewhere {
        joined.channel = bob().into();
    }
    on_air()
        .when(PLAYBACK, elsewhere)
        .refuses("STREAM_NOT_FOUND");
}
