//! How publishers did, note by note.

use crate::support::world::{World, titled};
use crate::support::{Engine, Running};
use tributary_domain::stream::{Health, HealthWarning};

tributary_store::on_both_engines!(
    notes_are_told_in_their_order_a_page_at_a_time,
    a_note_changes_nothing_else_of_a_stream,
);

fn health(n: i64) -> Health {
    Health {
        span_ms: 60_000,
        video_bytes: 15_000_000 + n,
        audio_bytes: 1_200_000,
        frames: 1_800,
        media_ms: 59_400,
        key_frame_interval_ms: (n > 0).then_some(2_000),
        sound_ahead_ms: (n > 1).then_some(-20),
        longest_gap_ms: n,
        warnings: [HealthWarning::Gaps, HealthWarning::TooSlow]
            .into_iter()
            .take(usize::try_from(n).unwrap())
            .collect(),
    }
}

async fn notes_are_told_in_their_order_a_page_at_a_time(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let other = world.streamer("bob");
    let stream = world.live(channel, titled("x"));
    world.live(other, titled("y"));
    let mut expected = vec![];
    for n in 0..3 {
        world.pass(60);
        expected.push((world.now(), health(n)));
        world.note_health(channel, health(n));
        world.note_health(other, Health::default());
    }
    // Said again at once, it is not noted.
    world.note_health(channel, health(7));
    let running = Running::after(engine, world.news()).await;
    let page = running.views.stream_health(stream, 2, None).await.unwrap();
    assert!(page.has_more);
    let after = page.items.last().map(|point| point.position);
    let rest = running.views.stream_health(stream, 2, after).await.unwrap();
    assert!(!rest.has_more);
    let all = [page.items, rest.items].concat();
    let found: Vec<_> = all
        .iter()
        .map(|point| (point.at, point.health.clone()))
        .collect();
    assert_eq!(found, expected);
    let first = &all[0];
    assert!((first.video_kbps() - 2_000.0).abs() < 0.01);
    assert!((first.audio_kbps() - 160.0).abs() < 0.01);
    assert!((first.frame_rate() - 30.0).abs() < 0.01);
    assert!((first.pace().unwrap() - 0.99).abs() < 0.001);
    // Without anything, no figure breaks.
    let other = running.views.current_stream(other).await.unwrap().unwrap();
    let none = running
        .views
        .stream_health(other.id, 1, None)
        .await
        .unwrap();
    assert_eq!(
        (none.items[0].frame_rate(), none.items[0].pace()),
        (0.0, None)
    );
}

async fn a_note_changes_nothing_else_of_a_stream(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("x"));
    let running = Running::after(engine, world.news()).await;
    let before = running.views.stream(stream).await.unwrap();
    let numbers = running.views.statistics(stream).await.unwrap();
    world.pass(60);
    world.note_health(channel, health(1));
    running.tell(world.news()).await;
    assert_eq!(running.views.stream(stream).await.unwrap(), before);
    assert_eq!(running.views.statistics(stream).await.unwrap(), numbers);
}
