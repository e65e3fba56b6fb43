//! Streams by id and by channel.

use crate::support::world::{World, at, media, titled};
use crate::support::{Engine, Running};
use tributary_domain::stream::{EndReason, Kind, Labels, Metadata, Title, Visibility};
use tributary_projections::StreamStatus;

tributary_store::on_both_engines!(
    a_stream_has_all_that_was_said_of_it,
    a_streams_life_is_timed,
    a_scheduled_stream_keeps_its_schedule_when_it_starts,
    a_cancelled_stream_is_not_current,
    the_title_of_a_past_stream_can_be_mended,
    a_channels_streams_are_paged_newest_first,
    feeds_hear_which_streams_changed,
);

async fn a_stream_has_all_that_was_said_of_it(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let metadata = Metadata {
        title: Title {
            title: "Rust \"live\"".into(),
            description: Some("a\nb".into()),
        },
        labels: Labels {
            category: Some("Coding".into()),
            tags: vec!["rust".into(), "tag \"quoted\", été".into()],
            kind: Kind::Screen,
            visibility: Visibility::Private,
            quality: Some("1080p60".into()),
        },
    };
    let stream = world.start(channel, metadata.clone());
    let running = Running::after(engine, world.news()).await;
    let found = running.views.stream(stream).await.unwrap().unwrap();
    assert_eq!((found.id, found.channel), (stream, channel));
    assert_eq!(found.title, metadata.title.title);
    assert_eq!(found.description, metadata.title.description);
    assert_eq!(found.labels, metadata.labels);
    assert_eq!(found.status, StreamStatus::Starting);
    assert_eq!(found.media, None);
    assert_eq!(found.duration_ms_at(at(100)), None);
    assert_eq!(found.uptime_percent_at(at(100)), None);
    world.media_arrives(channel);
    running.tell(world.news()).await;
    let found = running.views.stream(stream).await.unwrap().unwrap();
    assert_eq!(found.media, Some(media()));
}

async fn a_streams_life_is_timed(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.start(channel, titled("x"));
    let running = Running::after(engine, world.news()).await;
    let mut seen = vec![];
    for step in ["live", "interrupt", "live", "interrupt", "end"] {
        world.pass(10);
        match step {
            "live" => world.media_arrives(channel),
            "interrupt" => world.interrupt(channel),
            _ => world.end(channel, stream),
        }
        running.tell(world.news()).await;
        let found = running.views.stream(stream).await.unwrap().unwrap();
        assert_eq!(found.changed_at, world.now(), "{step}");
        let now = world.now() + chrono::TimeDelta::seconds(1);
        seen.push((
            found.status,
            found.duration_ms_at(now),
            found.live_ms_at(now),
            found.uptime_percent_at(now),
        ));
    }
    assert_eq!(
        seen,
        [
            (StreamStatus::Live, Some(1_000), 1_000, Some(100.0)),
            (StreamStatus::Interrupted, Some(10_000), 10_000, Some(100.0)),
            (StreamStatus::Live, Some(21_000), 11_000, Some(52.38)),
            (StreamStatus::Interrupted, Some(30_000), 20_000, Some(66.66)),
            (StreamStatus::Ended, Some(30_000), 20_000, Some(66.66)),
        ]
    );
    let found = running.views.stream(stream).await.unwrap().unwrap();
    assert_eq!(found.started_at, Some(at(10)));
    assert_eq!(found.ended_at, Some(at(40)), "the grace adds nothing");
    assert_eq!(found.end_reason, Some(EndReason::Asked));
    assert_eq!(running.views.current_stream(channel).await.unwrap(), None);
}

async fn a_scheduled_stream_keeps_its_schedule_when_it_starts(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.schedule(channel, titled("soon"), 3_600);
    let created = world.head();
    let running = Running::after(engine, world.news()).await;
    let found = running.views.stream(stream).await.unwrap().unwrap();
    assert_eq!(found.status, StreamStatus::Scheduled);
    assert_eq!(found.scheduled_for, Some(at(3_600)));
    assert_eq!(running.views.current_stream(channel).await.unwrap(), None);
    let command = tributary_domain::command::streams::Command::Start {
        stream,
        channel,
        metadata: None,
        salt: tributary_domain::Salt([9; 16]),
    };
    world.pass(5);
    world.streams(channel, command);
    running.tell(world.news()).await;
    let found = running
        .views
        .current_stream(channel)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.status, StreamStatus::Starting);
    assert_eq!(found.scheduled_for, Some(at(3_600)));
    assert_eq!(found.title, "soon");
    assert_eq!((found.created_position, found.created_at), (created, at(0)));
    assert_eq!(found.changed_at, at(5));
}

async fn a_cancelled_stream_is_not_current(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.start(channel, titled("x"));
    let running = Running::after(engine, world.news()).await;
    assert_eq!(running.views.open_streams().await.unwrap().len(), 1);
    let command = tributary_domain::command::streams::Command::Cancel { stream };
    world.streams(channel, command);
    running.tell(world.news()).await;
    let found = running.views.stream(stream).await.unwrap().unwrap();
    assert_eq!(found.status, StreamStatus::Cancelled);
    assert_eq!(running.views.current_stream(channel).await.unwrap(), None);
    assert_eq!(running.views.open_streams().await.unwrap(), []);
}

async fn the_title_of_a_past_stream_can_be_mended(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("tyop"));
    world.end(channel, stream);
    let running = Running::after(engine, world.news()).await;
    world.pass(9);
    world.update(channel, stream, titled("typo"));
    running.tell(world.news()).await;
    let found = running.views.stream(stream).await.unwrap().unwrap();
    assert_eq!(
        (found.title.as_str(), found.status),
        ("typo", StreamStatus::Ended)
    );
    assert_eq!(found.changed_at, at(0), "only the status counts");
}

async fn a_channels_streams_are_paged_newest_first(engine: Engine) {
    let mut world = World::new();
    let (channel, other) = (world.streamer("ada"), world.streamer("bob"));
    let mut streams = vec![];
    for n in 0..5 {
        let mut metadata = titled(&format!("show {n}"));
        if n == 2 {
            metadata.labels.visibility = Visibility::Private;
        }
        streams.push(world.schedule(channel, metadata, 60));
        world.schedule(other, titled("other"), 60);
    }
    streams.reverse();
    let running = Running::after(engine, world.news()).await;
    let page = |with_private, first, after| {
        let views = running.views.clone();
        async move {
            views
                .streams_of_channel(channel, with_private, first, after)
                .await
                .unwrap()
        }
    };
    let (mut found, mut after, mut pages) = (vec![], None, 0);
    loop {
        let page = page(true, 2, after).await;
        assert!(page.items.len() <= 2);
        pages += 1;
        after = page.items.last().map(|stream| stream.created_position);
        found.extend(page.items.into_iter().map(|stream| stream.id));
        if !page.has_more {
            break;
        }
    }
    assert_eq!((found, pages), (streams.clone(), 3));
    let public = page(false, 100, None).await;
    streams.remove(2);
    assert_eq!(
        public
            .items
            .iter()
            .map(|stream| stream.id)
            .collect::<Vec<_>>(),
        streams
    );
    assert!(!public.has_more);
    assert_eq!(page(true, 0, None).await.items, []);
}

async fn feeds_hear_which_streams_changed(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let running = Running::after(engine, world.news()).await;
    let mut changes = running.views.changes();
    let stream = world.live(channel, titled("x"));
    let head = running.tell(world.news()).await;
    let changed = loop {
        let changed = changes.recv().await.unwrap();
        // Its numbers may be heard of before.
        if !changed.streams.is_empty() {
            break changed;
        }
    };
    assert_eq!(changed.streams, [stream], "once, though it changed twice");
    assert_eq!(changed.channels, [channel]);
    assert_eq!(changed.viewers, []);
    assert_eq!(changed.position, head);
    let found = running.views.streams(&[stream]).await.unwrap();
    assert_eq!(
        found[&stream].status,
        StreamStatus::Live,
        "what was heard can be read"
    );
}
