//! The live list.

use crate::support::world::{World, titled};
use crate::support::{Engine, Running};
use tributary_domain::stream::{Metadata, Visibility};
use tributary_domain::{StreamId, ViewerId};
use tributary_projections::{LiveFilter, LiveSort, PAGE_MAX, Views};
use uuid::Uuid;

tributary_store::on_both_engines!(
    only_public_streams_on_air_are_live,
    the_live_list_is_filtered_by_category,
    a_search_looks_in_title_tags_and_channel_name,
    nothing_in_a_search_is_a_wildcard,
    both_orders_are_paged_without_gap_or_double,
    a_page_has_a_limit,
);

async fn live(views: &Views, filter: &LiveFilter) -> Vec<StreamId> {
    let page = views
        .live_streams(filter, LiveSort::Newest, 100, None)
        .await
        .unwrap();
    page.items.into_iter().map(|live| live.stream.id).collect()
}

fn search(text: &str) -> LiveFilter {
    LiveFilter {
        search: Some(text.into()),
        category: None,
    }
}

fn category(text: &str) -> LiveFilter {
    LiveFilter {
        category: Some(text.into()),
        search: None,
    }
}

async fn only_public_streams_on_air_are_live(engine: Engine) {
    let mut world = World::new();
    let channels: Vec<_> = (0..6)
        .map(|n| world.streamer(&format!("streamer{n}")))
        .collect();
    world.start(channels[0], titled("starting"));
    let on_air = world.live(channels[1], titled("live"));
    world.pass(1);
    let interrupted = world.live(channels[2], titled("interrupted"));
    world.interrupt(channels[2]);
    let ended = world.live(channels[3], titled("ended"));
    world.end(channels[3], ended);
    let mut private = titled("private");
    private.labels.visibility = Visibility::Private;
    world.live(channels[4], private);
    world.schedule(channels[5], titled("scheduled"), 60);
    let running = Running::after(engine, world.news()).await;
    assert_eq!(
        live(&running.views, &LiveFilter::default()).await,
        [interrupted, on_air]
    );
}

async fn the_live_list_is_filtered_by_category(engine: Engine) {
    let mut world = World::new();
    let mut streams = vec![];
    for (name, label) in [("ada", Some("Été")), ("bob", Some("coding")), ("eve", None)] {
        let channel = world.streamer(name);
        let mut metadata = titled("x");
        metadata.labels.category = label.map(str::to_owned);
        streams.push(world.live(channel, metadata));
    }
    let running = Running::after(engine, world.news()).await;
    assert_eq!(live(&running.views, &category("été")).await, [streams[0]]);
    assert_eq!(
        live(&running.views, &category("CODING")).await,
        [streams[1]]
    );
    assert_eq!(live(&running.views, &category("cod")).await, []);
    assert_eq!(live(&running.views, &category("")).await, []);
}

async fn a_search_looks_in_title_tags_and_channel_name(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("Ada-Lovelace");
    let mut metadata = titled("Über Rust");
    metadata.labels.tags = vec!["Compilers".into(), "say \"hi\"".into()];
    let stream = world.live(channel, metadata);
    let other = world.streamer("bob");
    world.live(other, titled("cooking"));
    let running = Running::after(engine, world.news()).await;
    for found in ["RUST", "über", "ÜBER", "compil", "lovelace", "say \"HI\""] {
        assert_eq!(
            live(&running.views, &search(found)).await,
            [stream],
            "{found}"
        );
    }
    for lost in ["rust compilers", "python", "[\"comp", "kind"] {
        assert_eq!(live(&running.views, &search(lost)).await, [], "{lost}");
    }
    let both = LiveFilter {
        category: Some("none".into()),
        search: Some("rust".into()),
    };
    assert_eq!(live(&running.views, &both).await, []);
}

async fn nothing_in_a_search_is_a_wildcard(engine: Engine) {
    let mut world = World::new();
    let mut streams = vec![];
    for (name, title) in [
        ("ada", "100% rust"),
        ("bob", "100 rust"),
        ("eve", r"back\slash"),
        ("dan", "snake_case"),
    ] {
        let channel = world.streamer(name);
        streams.push(world.live(channel, titled(title)));
    }
    let running = Running::after(engine, world.news()).await;
    assert_eq!(live(&running.views, &search("0% r")).await, [streams[0]]);
    assert_eq!(live(&running.views, &search("%")).await, [streams[0]]);
    assert_eq!(live(&running.views, &search(r"\")).await, [streams[2]]);
    assert_eq!(live(&running.views, &search("_")).await, [streams[3]]);
    assert_eq!(live(&running.views, &search("k_s")).await, []);
    assert_eq!(
        live(&running.views, &search("'; DROP TABLE streams; --")).await,
        []
    );
}

async fn both_orders_are_paged_without_gap_or_double(engine: Engine) {
    let mut world = World::new();
    let (mut watched, mut begun) = (vec![], vec![]);
    for n in 0..7_u32 {
        let channel = world.streamer(&format!("streamer{n}"));
        let stream = world.live(channel, titled("x"));
        // Pairs go live at the same time, and have the same number of viewers.
        let viewers = (n / 2 * 5) % 7;
        for viewer in 0..viewers {
            world.join(
                stream,
                ViewerId::Anonymous(Uuid::from_u128(viewer.into())),
                "n1",
            );
        }
        watched.push((viewers, stream));
        begun.push((world.now(), stream));
        world.pass(i64::from(n % 2));
    }
    let running = Running::after(engine, world.news()).await;
    watched.sort_unstable_by(|a, b| b.cmp(a));
    begun.sort_unstable_by(|a, b| b.cmp(a));
    let watched: Vec<_> = watched.into_iter().map(|(_, stream)| stream).collect();
    let begun: Vec<_> = begun.into_iter().map(|(_, stream)| stream).collect();
    for (sort, expected) in [(LiveSort::Viewers, watched), (LiveSort::Newest, begun)] {
        for size in [1, 2, 3, 7, 8] {
            let (mut found, mut after) = (vec![], None);
            loop {
                let filter = LiveFilter::default();
                let page = running
                    .views
                    .live_streams(&filter, sort, size, after)
                    .await
                    .unwrap();
                let cursor = page.items.last().map(|live| live.cursor(sort));
                // As it comes back from a client.
                after = cursor.map(|cursor| cursor.to_string().parse().unwrap());
                found.extend(page.items.into_iter().map(|live| live.stream.id));
                // A place that does not move would go on for ever.
                if !page.has_more || found.len() > expected.len() {
                    break;
                }
            }
            assert_eq!(found, expected, "{sort:?} by {size}");
        }
    }
}

async fn a_page_has_a_limit(engine: Engine) {
    let mut world = World::new();
    for n in 0..=PAGE_MAX {
        let channel = world.streamer(&format!("streamer{n}"));
        world.live(
            channel,
            Metadata {
                title: titled("x").title,
                ..Metadata::default()
            },
        );
    }
    let running = Running::after(engine, world.news()).await;
    let all = LiveFilter::default();
    let page = running
        .views
        .live_streams(&all, LiveSort::Viewers, 5_000, None)
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.has_more), (PAGE_MAX, true));
}
