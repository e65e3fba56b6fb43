//! Streams' numbers.

use crate::support::world::{World, titled, usd};
use crate::support::{Engine, Running};
use tributary_domain::viewer_session::{self, Left};
use tributary_domain::{HistoryId, Money, ViewerId, ViewerSessionId};
use tributary_projections::Statistics;
use uuid::Uuid;

tributary_store::on_both_engines!(
    a_viewer_counts_once_however_many_sessions,
    leaving_without_a_session_changes_nothing,
    watch_time_is_that_of_sessions_that_are_over,
    nobody_watches_longer_than_there_is_a_stream,
    messages_count_while_the_stream_is_open_deleted_or_not,
    tips_are_summed_per_currency,
    a_stream_without_numbers_has_zeros,
    feeds_hear_of_viewers,
);

fn anonymous(n: u128) -> ViewerId {
    ViewerId::Anonymous(Uuid::from_u128(n))
}

async fn a_viewer_counts_once_however_many_sessions(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let bob = world.register("bob");
    let stream = world.live(channel, titled("x"));
    let running = Running::after(engine, world.news()).await;
    let mut seen = vec![];
    let (mut tabs, viewer) = (vec![], ViewerId::Account(bob));
    // An anonymous viewer with the same id is somebody else.
    let steps: [(&str, ViewerId); 8] = [
        ("join", viewer),
        ("join", viewer),
        ("join", ViewerId::Anonymous(bob.0)),
        ("leave", viewer),
        ("leave", viewer),
        ("join", anonymous(99)),
        ("join", viewer),
        ("leave", viewer),
    ];
    for (step, who) in steps {
        if step == "join" {
            tabs.push((who, world.join(stream, who, "n1")));
        } else {
            let index = tabs.iter().position(|(viewer, _)| *viewer == who).unwrap();
            world.leave(tabs.remove(index).1);
        }
        running.tell(world.news()).await;
        let found = running.views.statistics(stream).await.unwrap();
        seen.push((
            found.viewer_count,
            found.peak_viewers,
            found.unique_viewers,
            found.sessions,
        ));
    }
    assert_eq!(
        seen,
        [
            (1, 1, 1, 1),
            (1, 1, 1, 2),
            (2, 2, 2, 3),
            (2, 2, 2, 3),
            (1, 2, 2, 3),
            (2, 2, 3, 4),
            (3, 3, 3, 5),
            (2, 3, 3, 5),
        ]
    );
}

async fn leaving_without_a_session_changes_nothing(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("x"));
    let session = world.join(stream, anonymous(1), "n1");
    world.leave(session);
    let running = Running::after(engine, world.news()).await;
    let before = running.views.statistics(stream).await.unwrap();
    for viewer in [anonymous(1), anonymous(2)] {
        let id = ViewerSessionId(world.id());
        let left = Left {
            stream,
            viewer,
            at: world.now(),
            watched_ms: 1_000,
        };
        let event = viewer_session::Event::from(left).into();
        world.record(HistoryId::ViewerSession(id), Some(channel), event);
    }
    running.tell(world.news()).await;
    assert_eq!(running.views.statistics(stream).await.unwrap(), before);
    assert_eq!(before.viewer_count, 0);
}

async fn watch_time_is_that_of_sessions_that_are_over(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("x"));
    let (one, two) = (
        world.join(stream, anonymous(1), "n1"),
        world.join(stream, anonymous(2), "n1"),
    );
    world.join(stream, anonymous(3), "n1");
    world.pass(10);
    world.leave(one);
    world.pass(15);
    world.leave(two);
    let running = Running::after(engine, world.news()).await;
    let found = running.views.statistics(stream).await.unwrap();
    assert_eq!(
        (found.watch_ms, found.sessions, found.watchers),
        (35_000, 3, 2)
    );
    assert_eq!(found.average_watch_ms(), 17_500);
    assert_eq!(found.viewer_count, 1);
}

/// Seconds: 0 live, 10 interrupted, 30 one leaves, 40 resumed, 50 interrupted, 70 ended, 80 the rest
/// leave.
async fn nobody_watches_longer_than_there_is_a_stream(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.start(channel, titled("x"));
    let before_the_first_picture = world.join(stream, anonymous(1), "n1");
    world.pass(5);
    world.media_arrives(channel);
    let impatient = world.join(stream, anonymous(2), "n1");
    world.pass(10);
    world.interrupt(channel);
    world.pass(10);
    let during_the_break = world.join(stream, anonymous(3), "n1");
    world.pass(10);
    world.leave(impatient);
    world.pass(10);
    world.media_arrives(channel);
    world.pass(10);
    world.interrupt(channel);
    let after_the_last_picture = world.join(stream, anonymous(4), "n1");
    world.pass(20);
    world.end(channel, stream);
    world.pass(10);
    for session in [
        before_the_first_picture,
        during_the_break,
        after_the_last_picture,
    ] {
        world.leave(session);
    }
    let running = Running::after(engine, world.news()).await;
    let found = running.views.statistics(stream).await.unwrap();
    // 50 from the first picture to the last, 10 until the break, 30 from joining to the last picture.
    assert_eq!(found.watch_ms, (50 + 10 + 30) * 1_000);
    let show = running.views.stream(stream).await.unwrap().unwrap();
    assert_eq!(show.duration_ms, Some(50_000));
    assert_eq!((found.viewer_count, found.watchers), (0, 4));
}

async fn messages_count_while_the_stream_is_open_deleted_or_not(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    world.say(channel, channel.owner(), "too early");
    let stream = world.live(channel, titled("x"));
    let said = world.say(channel, channel.owner(), "one");
    world.say(channel, channel.owner(), "two");
    world.delete(channel, said, channel.owner());
    world.end(channel, stream);
    world.say(channel, channel.owner(), "too late");
    let running = Running::after(engine, world.news()).await;
    assert_eq!(
        running
            .views
            .statistics(stream)
            .await
            .unwrap()
            .message_count,
        2
    );
}

async fn tips_are_summed_per_currency(engine: Engine) {
    let mut world = World::new();
    let (channel, other) = (world.streamer("ada"), world.streamer("dan"));
    let bob = world.register("bob");
    let yen = |amount| Money::parse(amount, "JPY".parse().unwrap()).unwrap();
    world.top_up(bob, usd("100.00"));
    world.top_up(bob, yen("5000"));
    world.tip(bob, channel, usd("1.00"));
    let stream = world.live(channel, titled("x"));
    let quiet = world.live(other, titled("y"));
    world.tip(bob, channel, usd("10.00"));
    world.tip(bob, channel, yen("999"));
    let running = Running::after(engine, world.news()).await;
    world.tip(bob, channel, usd("0.01"));
    running.tell(world.news()).await;
    let found = running.views.statistics_of(&[stream, quiet]).await.unwrap();
    let statistics = &found[&stream];
    assert_eq!(statistics.tip_count, 3);
    let sums: Vec<_> = statistics
        .tips
        .iter()
        .map(|total| {
            let money = [total.amount, total.fee, total.net].map(|money| money.to_string());
            (total.count, money.join(" "))
        })
        .collect();
    assert_eq!(
        sums,
        [
            (1, "999 JPY 50 JPY 949 JPY".to_owned()),
            (2, "10.01 USD 0.50 USD 9.51 USD".to_owned())
        ]
    );
    let quiet = found.get(&quiet).cloned().unwrap_or_default();
    assert_eq!((quiet.tip_count, quiet.tips), (0, vec![]));
}

async fn a_stream_without_numbers_has_zeros(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.start(channel, titled("x"));
    let running = Running::after(engine, world.news()).await;
    let found = running.views.statistics(stream).await.unwrap();
    assert_eq!(found, Statistics::default());
    assert_eq!(found.average_watch_ms(), 0);
    assert_eq!(found.average_viewers(world.now()).to_string(), "0");
}

async fn feeds_hear_of_viewers(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("x"));
    let running = Running::after(engine, world.news()).await;
    let mut changes = running.views.changes();
    let session = world.join(stream, anonymous(1), "n1");
    running.tell(world.news()).await;
    let changed = changes.recv().await.unwrap();
    assert_eq!(
        (changed.viewers.as_slice(), changed.streams.as_slice()),
        (&[stream][..], &[][..])
    );
    world.say(channel, channel.owner(), "no feed of viewers cares");
    running.tell(world.news()).await;
    let changed = changes.recv().await.unwrap();
    assert_eq!(
        (changed.viewers.as_slice(), changed.numbers.as_slice()),
        (&[][..], &[stream][..])
    );
    world.leave(session);
    let head = running.tell(world.news()).await;
    assert_eq!(changes.recv().await.unwrap().position, head);
}
