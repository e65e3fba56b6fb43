//! Recordings: of a stream and of a channel, and when what is in them was on air.

use crate::support::world::{World, at, titled};
use crate::support::{Engine, Running};
use tributary_domain::command::recordings::Command;
use tributary_domain::command::{Actor, accounts};
use tributary_domain::stream::{
    Anchored, Metadata, RecordingEnd, RecordingFinished, Removal, Visibility,
};
use tributary_domain::{ChannelId, RecordingId, StreamId};
use uuid::Uuid;

tributary_store::on_both_engines!(
    a_recording_is_told_of_from_its_beginning_to_its_end,
    recordings_of_private_streams_are_shown_to_whom_may_see_them,
    what_is_old_or_open_is_found_and_what_is_gone_is_not,
);

fn id(number: u128) -> RecordingId {
    RecordingId(Uuid::from_u128(number))
}

fn start(world: &mut World, channel: ChannelId, stream: StreamId, number: u128) {
    let recording = id(number);
    world.recordings(channel, Command::Start { stream, recording });
}

fn finish(world: &mut World, channel: ChannelId, stream: StreamId, number: u128) {
    let finished = RecordingFinished {
        recording: id(number),
        at: world.now,
        end: RecordingEnd::Asked,
        duration_ms: 9_000,
        bytes: 1_234,
    };
    world.recordings(channel, Command::Finish { stream, finished });
}

async fn a_recording_is_told_of_from_its_beginning_to_its_end(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("x"));
    start(&mut world, channel, stream, 1);
    for (media_ms, second) in [(0, 1), (8_000, 90)] {
        let anchor = Anchored {
            recording: id(1),
            media_ms,
            at: at(second),
        };
        world.recordings(channel, Command::Anchor { stream, anchor });
    }
    let running = Running::after(engine, world.news()).await;
    let views = &running.views;
    let found = views.recording(id(1)).await.unwrap().unwrap();
    assert_eq!(
        (found.stream, found.channel, found.by_itself),
        (stream, channel, false)
    );
    assert_eq!(
        (found.finished_at, found.end, found.duration_ms),
        (None, None, None)
    );
    let newest = views.newest_recordings(&[stream]).await.unwrap();
    assert_eq!(newest[&stream], found);

    let page = views.recording_anchors(id(1), 1, None).await.unwrap();
    assert_eq!(
        (page.items[0].media_ms, page.items[0].at, page.has_more),
        (0, at(1), true)
    );
    let place = Some(page.items[0].position);
    let page = views.recording_anchors(id(1), 1, place).await.unwrap();
    assert_eq!(
        (page.items[0].media_ms, page.items[0].at, page.has_more),
        (8_000, at(90), false)
    );

    world.end(channel, stream);
    running.tell(world.news()).await;
    let status = running.views.stream(stream).await.unwrap().unwrap().status;
    assert_eq!(status, tributary_projections::StreamStatus::Ending);
    finish(&mut world, channel, stream, 1);
    running.tell(world.news()).await;
    let found = running.views.recording(id(1)).await.unwrap().unwrap();
    assert_eq!(
        (found.end, found.duration_ms, found.bytes),
        (Some(RecordingEnd::Asked), Some(9_000), Some(1_234))
    );
    let status = running.views.stream(stream).await.unwrap().unwrap().status;
    assert_eq!(status, tributary_projections::StreamStatus::Ended);
}

async fn recordings_of_private_streams_are_shown_to_whom_may_see_them(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let mut of = vec![];
    for (number, visibility) in [
        (1, Visibility::Public),
        (2, Visibility::Private),
        (3, Visibility::Public),
    ] {
        let mut metadata: Metadata = titled("x");
        metadata.labels.visibility = visibility;
        let stream = world.live(channel, metadata);
        start(&mut world, channel, stream, number);
        finish(&mut world, channel, stream, number);
        world.end(channel, stream);
        of.push(stream);
    }
    let running = Running::after(engine, world.news()).await;
    let views = &running.views;
    let shown = async |with_private| {
        let page = views
            .recordings_of_channel((channel, with_private), 10, None)
            .await
            .unwrap();
        page.items
            .into_iter()
            .map(|found| found.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(false).await, [id(3), id(1)]);
    assert_eq!(shown(true).await, [id(3), id(2), id(1)]);
    let page = views
        .recordings_of_channel((channel, true), 2, None)
        .await
        .unwrap();
    assert!(page.has_more);
    let after = Some(page.items[1].position);
    let page = views
        .recordings_of_channel((channel, true), 2, after)
        .await
        .unwrap();
    assert_eq!((page.items[0].id, page.has_more), (id(1), false));
    let page = views.recordings_of_stream(of[1], 10, None).await.unwrap();
    assert_eq!((page.items.len(), page.items[0].id), (1, id(2)));
}

async fn what_is_old_or_open_is_found_and_what_is_gone_is_not(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("x"));
    for number in 1..=3 {
        start(&mut world, channel, stream, number);
        world.pass(10);
        finish(&mut world, channel, stream, number);
    }
    let reason = Removal::TooOld;
    let recording = id(1);
    world.recordings(
        channel,
        Command::Delete {
            stream,
            recording,
            reason,
        },
    );
    start(&mut world, channel, stream, 4);
    let running = Running::after(engine, world.news()).await;
    let views = &running.views;
    let ids = |found: Vec<tributary_projections::Recording>| {
        found.into_iter().map(|found| found.id).collect::<Vec<_>>()
    };
    let third = views.recording(id(3)).await.unwrap().unwrap();
    let before = views
        .recordings_before(third.finished_at.unwrap())
        .await
        .unwrap();
    assert_eq!(ids(before), [id(2)]);
    assert_eq!(ids(views.open_recordings().await.unwrap()), [id(4)]);
    assert_eq!(views.recording(id(1)).await.unwrap(), None);

    // Who is forgotten has none; what is open is still to be completed.
    let erase = accounts::Command::Erase {
        account: channel.owner(),
        name_hash: None,
        email_hash: None,
    };
    world
        .ask(Actor::Console, tributary_domain::Command::Accounts(erase))
        .unwrap();
    running.tell(world.news()).await;
    let views = &running.views;
    let page = views
        .recordings_of_channel((channel, true), 10, None)
        .await
        .unwrap();
    assert_eq!(page.items, []);
    assert_eq!(ids(views.open_recordings().await.unwrap()), [id(4)]);
}
