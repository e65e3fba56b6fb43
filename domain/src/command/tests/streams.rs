use super::channels::open;
use super::*;
use crate::stream::{Changes, EndReason, Health, Interruption, Media};
use crate::testing::{about, media, stream};

pub(super) fn schedule() -> Streams {
    Streams::Schedule {
        stream: stream(1),
        channel: ada().into(),
        metadata: about("Chess"),
        scheduled_for: at(3_600),
        salt: salt(),
    }
}

pub(super) fn start() -> Streams {
    start_in(ada(), 1, Some(about("Chess")))
}

fn start_in(owner: AccountId, n: u128, metadata: Option<stream::Metadata>) -> Streams {
    Streams::Start {
        stream: stream(n),
        channel: owner.into(),
        metadata,
        salt: salt(),
    }
}

pub(super) fn publish() -> Streams {
    Streams::Publish {
        channel: ada().into(),
        stream: stream(1),
        salt: salt(),
    }
}

pub(super) fn media_arrived() -> Streams {
    Streams::MediaArrived {
        channel: ada().into(),
        media: media(),
    }
}

pub(super) fn interrupt() -> Streams {
    Streams::Interrupt {
        channel: ada().into(),
        node: media().node,
        at: at(30),
        reason: Interruption::Disconnected,
    }
}

pub(super) fn note_health() -> Streams {
    Streams::NoteHealth {
        channel: ada().into(),
        node: media().node,
        health: Health::default(),
    }
}

pub(super) fn update() -> Streams {
    Streams::Update {
        stream: stream(1),
        changes: about("Go").into(),
        salt: salt(),
    }
}

pub(super) fn end() -> Streams {
    Streams::End {
        stream: stream(1),
        reason: EndReason::Asked,
    }
}

pub(super) fn cancel() -> Streams {
    let stream = stream(1);
    Streams::Cancel { stream }
}

const STARTED: [&str; 2] = ["stream.started", "channel.stream_opened"];

fn live() -> World {
    given().after(ADA, start()).after(INGEST, media_arrived())
}

#[test]
fn a_stream_is_for_its_owner_and_staff_to_lead() {
    let scheduled = || given().after(ADA, schedule());
    let started = || given().after(ADA, start());
    let acts: [(World, Streams, &[&str]); 5] = [
        (given(), schedule(), &["stream.scheduled"]),
        (given(), start(), &STARTED),
        (scheduled(), update(), &["stream.updated"]),
        (
            started(),
            cancel(),
            &["stream.cancelled", "channel.stream_closed"],
        ),
        (
            started(),
            end(),
            &["stream.ending", "stream.ended", "channel.stream_closed"],
        ),
    ];
    for (world, act, names) in acts {
        for actor in [ADA, ROOT, Actor::Console, Actor::System("policy")] {
            world
                .clone()
                .when(actor, act.clone())
                .records_in(in_ada(), names);
        }
        for actor in [BOB, EVE, GHOST, Actor::Anonymous] {
            world
                .clone()
                .when(actor, act.clone())
                .refuses("NOT_ALLOWED");
        }
    }
}

#[test]
fn no_stream_is_without_a_channel() {
    let closed = || World::default().registered(ada(), "ada");
    for act in [schedule(), start(), publish()] {
        closed().when(ADA, act).refuses("CHANNEL_NOT_FOUND");
    }
}

#[test]
fn what_was_never_made_is_not_found() {
    for act in [update(), end(), cancel(), start_in(ada(), 1, None)] {
        given().when(ADA, act).refuses("STREAM_NOT_FOUND");
    }
}

#[test]
fn a_schedule_lies_ahead_of_its_request() {
    given()
        .when_at(3_601, ADA, schedule())
        .refuses("SCHEDULED_IN_THE_PAST");
}

#[test]
fn a_scheduled_stream_is_started_in_its_own_channel_alone() {
    let scheduled = || given().after(EVE, open(eve())).after(ADA, schedule());
    scheduled()
        .when(ADA, start_in(ada(), 1, None))
        .records_in(in_ada(), &STARTED);
    for metadata in [None, Some(about("Mine"))] {
        scheduled()
            .when(EVE, start_in(eve(), 1, metadata))
            .refuses("STREAM_NOT_FOUND");
    }
}

#[test]
fn a_channel_has_one_open_stream() {
    given()
        .after(ADA, start())
        .when(ADA, start_in(ada(), 2, Some(about("Go"))))
        .refuses("STREAM_OPEN");
    given()
        .after(ADA, start())
        .when(ADA, start())
        .refuses("ALREADY_STARTED");
    // A schedule takes no place.
    given()
        .after(ADA, schedule())
        .when(ADA, start_in(ada(), 2, Some(about("Go"))))
        .records_in(in_ada(), &STARTED);
}

#[test]
fn the_next_stream_may_open_once_one_has_ended_or_was_called_off() {
    for over in [end(), cancel()] {
        given()
            .after(ADA, start())
            .after(ADA, over)
            .when(ADA, start_in(ada(), 2, Some(about("Go"))))
            .records_in(in_ada(), &STARTED);
    }
}

#[test]
fn calling_off_a_schedule_leaves_the_open_stream_alone() {
    given()
        .after(ADA, schedule())
        .after(ADA, start_in(ada(), 2, Some(about("Go"))))
        .when(ADA, cancel())
        .records_in(in_ada(), &["stream.cancelled"]);
}

#[test]
fn ending_and_calling_off_again_agree() {
    given()
        .after(ADA, start())
        .after(ADA, end())
        .when(ADA, end())
        .records_nothing();
    given()
        .after(ADA, start())
        .after(ADA, cancel())
        .when(ADA, cancel())
        .records_nothing();
    live().when(ADA, cancel()).refuses("ALREADY_LIVE");
    given()
        .after(ADA, schedule())
        .when(ADA, end())
        .refuses("NOT_STARTED");
}

#[test]
fn an_end_is_at_the_time_of_its_request() {
    let decision = live().when_at(60, ADA, end()).decision();
    let ended = stream::Event::from(stream::Ended {
        started_at: Some(at(0)),
        ended_at: at(60),
        duration_ms: 60_000,
        live_ms: 60_000,
    });
    assert_eq!(decision.events[1].2, ended.into());
}

#[test]
fn media_goes_to_the_open_stream() {
    let started = || given().after(ADA, start());
    started()
        .when(INGEST, media_arrived())
        .records_in(in_ada(), &["stream.went_live"]);
    live().when(INGEST, media_arrived()).records_nothing();
    live()
        .after(INGEST, interrupt())
        .when_at(40, INGEST, media_arrived())
        .records_in(in_ada(), &["stream.resumed"]);
}

#[test]
fn media_without_an_open_stream_is_refused() {
    given()
        .when(INGEST, media_arrived())
        .refuses("ALREADY_ENDED");
    live()
        .after(ADA, end())
        .when(INGEST, media_arrived())
        .refuses("ALREADY_ENDED");
}

#[test]
fn a_publisher_that_leaves_interrupts_what_is_on_air_and_nothing_else() {
    live()
        .when(INGEST, interrupt())
        .records_in(in_ada(), &["stream.interrupted"]);
    for world in [
        given(),
        given().after(ADA, start()),
        live().after(INGEST, interrupt()),
        live().after(ADA, end()),
    ] {
        world.when(INGEST, interrupt()).records_nothing();
    }
}

#[test]
fn health_is_noted_of_what_is_on_air_and_of_nothing_else() {
    live()
        .when_at(60, INGEST, note_health())
        .records_in(in_ada(), &["stream.health_noted"]);
    for world in [
        given(),
        live().after(INGEST, interrupt()),
        live().after(ADA, end()),
    ] {
        world.when(INGEST, note_health()).records_nothing();
    }
    given()
        .after(ADA, start())
        .when(INGEST, note_health())
        .refuses("NOT_LIVE");
}

#[test]
fn an_interruption_is_of_when_the_publisher_left_and_not_of_the_request() {
    let (at, reason) = (at(30), Interruption::Disconnected);
    let interrupted = stream::Event::from(stream::Interrupted { at, reason });
    live()
        .when_at(45, INGEST, interrupt())
        .records([(HistoryId::Stream(stream(1)), interrupted)]);
}

#[test]
fn what_came_in_is_kept_with_the_event() {
    let seen = Media {
        width: Some(1920),
        height: Some(1080),
        ..media()
    };
    let came = Streams::MediaArrived {
        channel: ada().into(),
        media: seen.clone(),
    };
    let went_live = stream::Event::from(stream::WentLive {
        at: at(5),
        media: seen,
    });
    given()
        .after(ADA, start())
        .when_at(5, INGEST, came)
        .records([(HistoryId::Stream(stream(1)), went_live)]);
}

#[test]
fn two_who_change_different_things_both_have_their_way() {
    let change = |changes| Streams::Update {
        stream: stream(1),
        changes,
        salt: salt(),
    };
    let titled = Changes {
        title: Some("one".to_owned()),
        ..Changes::default()
    };
    let filed = Changes {
        category: Some(Some("Chess".to_owned())),
        ..Changes::default()
    };
    let both = Changes {
        title: titled.title.clone(),
        category: filed.category.clone(),
        ..Changes::default()
    };
    // What would be changed back or forth is not there to be changed: nothing is recorded.
    live()
        .after(ADA, change(titled))
        .after(ADA, change(filed))
        .when(ADA, change(both))
        .records_nothing();
    let empty = Changes {
        title: Some(" ".to_owned()),
        ..Changes::default()
    };
    live().when(ADA, change(empty)).refuses("EMPTY");
}
