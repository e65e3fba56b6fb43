//! Numbers over time, by rule, channel and period: against the oracle, and the laws that they keep.

use crate::support::oracle::{self, work_out};
use crate::support::story::story;
use crate::support::world::{World, at, titled, usd};
use crate::support::{Engine, Place, Running, within};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio_util::sync::CancellationToken;
use tributary_domain::viewer_session::Received;
use tributary_domain::{Recorded, StreamId, Timestamp, ViewerId};
use tributary_projections::testing::MemoryLog;
use tributary_projections::{
    PAGE_MAX, Period, RebuildOptions, Switch, Timeline, TimelinePoint, ViewerRule, Views, WhatIf,
    rebuild,
};
use uuid::Uuid;

tributary_store::on_both_engines!(
    a_quiet_minute_has_the_viewers_of_the_one_before,
    longer_points_are_made_of_minutes,
    who_left_early_and_came_again_counts_with_both_visits,
    a_rule_that_was_chosen_stays_chosen,
    a_channel_has_its_weeks_and_months_and_its_best_stream,
    a_hundred_thousand_events_come_out_the_same_after_a_rebuild,
);

fn anonymous(n: u128) -> ViewerId {
    ViewerId::Anonymous(Uuid::from_u128(n))
}

fn by(rule: ViewerRule) -> RebuildOptions {
    RebuildOptions {
        rule: Some(rule),
        ..RebuildOptions::default()
    }
}

async fn timeline(
    views: &Views,
    stream: StreamId,
    minutes: i64,
    now: Timestamp,
) -> Vec<TimelinePoint> {
    let (mut all, mut after) = (vec![], None);
    loop {
        let asked = Timeline {
            minutes,
            first: PAGE_MAX,
            after,
            now,
        };
        let page = views.timeline(stream, asked).await.unwrap();
        after = page.items.last().map(|point| point.minute);
        all.extend(page.items);
        if !page.has_more {
            return all;
        }
    }
}

/// Read models of these events by a rule.
async fn counted(place: &Place, events: &[Recorded], rule: ViewerRule) -> Views {
    let log = MemoryLog::default();
    log.append(events.to_vec());
    let views = place.open(&log).await;
    let (options, cancel) = (by(rule), CancellationToken::new());
    let report = rebuild(&log, &views, &options, &cancel, |_| ());
    assert!(report.await.unwrap().switched);
    views
}

/// Every number of every stream is what the oracle says, and the laws hold.
async fn agree(views: &Views, events: &[Recorded], rule: ViewerRule, now: Timestamp) {
    let (mut of_channels, mut air_ms) = (0, 0);
    let mut channels = std::collections::BTreeSet::new();
    for (stream, channel) in oracle::streams(events) {
        let worked = work_out(events, stream, rule, now);
        let found = views.statistics(stream).await.unwrap();
        let count = |n: usize| i64::try_from(n).unwrap();
        assert_eq!(found.viewer_count, worked.viewer_count);
        assert_eq!(found.peak_viewers, worked.peak_viewers);
        assert_eq!(found.unique_viewers, count(worked.unique.len()));
        assert_eq!(found.sessions, worked.sessions);
        assert_eq!(found.watchers, count(worked.watched.len()));
        assert_eq!(found.watch_ms, worked.watched.values().sum::<i64>());
        assert_eq!(found.message_count, worked.message_count);
        assert_eq!(found.interruptions, worked.interruptions);
        let tips: Vec<_> = found
            .tips
            .iter()
            .map(|total| (total.amount.currency, (total.count, total.amount.minor())))
            .collect();
        assert_eq!(
            tips,
            worked
                .tips
                .iter()
                .map(|(a, b)| (*a, *b))
                .collect::<Vec<_>>()
        );
        // Measured up to its last event; the rest is to be added while it is on air.
        let more = found
            .measured_at
            .map_or(0, |at| (now - at).num_milliseconds());
        assert_eq!(found.air_ms + more, worked.air_ms);
        assert_eq!(
            found.viewer_ms + more * found.viewer_count,
            worked.viewer_ms
        );
        assert_eq!(views.retention(stream).await.unwrap(), worked.retention());
        let points = timeline(views, stream, 1, now).await;
        let of_minutes: Vec<_> = points
            .iter()
            .map(|p| {
                (
                    p.minute,
                    p.ms,
                    p.viewer_ms,
                    p.peak_viewers,
                    p.message_count,
                    p.tip_count,
                )
            })
            .collect();
        assert_eq!(of_minutes, worked.minutes);

        // Laws.
        let show = views.stream(stream).await.unwrap().unwrap();
        let duration = show.duration_ms_at(now).unwrap();
        assert!(
            found.watch_ms <= duration * found.unique_viewers,
            "longer than there was a stream"
        );
        for point in &points {
            assert!(point.viewer_ms >= 0 && point.message_count >= 0);
            assert!(
                point.peak_viewers <= found.peak_viewers,
                "a sample above the peak"
            );
            assert!(
                point.viewer_ms <= point.peak_viewers * point.ms,
                "an average above its peak"
            );
        }
        let retention = worked.retention();
        assert!(retention.is_sorted_by(|a, b| a >= b), "{retention:?}");
        let tallies: i64 = points.iter().map(|point| point.message_count).sum();
        assert_eq!(tallies, found.message_count);
        air_ms += found.air_ms;
        channels.insert(channel);
    }
    let platform = views.totals(None).await.unwrap();
    for channel in channels {
        let totals = views.totals(Some(channel)).await.unwrap();
        of_channels += totals.message_count;
        let days = views
            .periods(Some(channel), Period::Day, PAGE_MAX, None, now)
            .await
            .unwrap();
        let by_day: i64 = days.items.iter().map(|day| day.totals.message_count).sum();
        assert_eq!(by_day, totals.message_count);
    }
    assert_eq!(platform.air_ms, air_ms);
    assert!(of_channels <= platform.message_count);
}

fn the_oracle_agrees(engine: Engine, cases: u32) {
    let strategy = (
        prop::collection::vec(any::<u32>(), 0..400),
        prop::sample::select(ViewerRule::EVERY.to_vec()),
        0_i64..200,
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&strategy, |(choices, rule, later)| {
            runtime.block_on(async {
                let events = story(&choices);
                let now = events.last().unwrap().recorded_at + chrono::TimeDelta::seconds(later);
                let place = Place::fresh(engine).await;
                let views = counted(&place, &events, rule).await;
                agree(&views, &events, rule, now).await;
                views.close().await;
                Ok(())
            })
        })
        .unwrap();
}

#[test]
fn the_oracle_agrees_on_sqlite() {
    the_oracle_agrees(Engine::Sqlite, 16);
}

#[test]
fn the_oracle_agrees_on_postgres() {
    the_oracle_agrees(Engine::Postgres, 4);
}

/// 0:00 live, 0:30 one, 1:30 two more, 4:00 all leave, 5:00 end.
async fn a_quiet_minute_has_the_viewers_of_the_one_before(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    // The world begins 20 seconds into a minute.
    world.pass(40);
    let stream = world.live(channel, titled("x"));
    world.pass(30);
    let one = world.join(stream, anonymous(1), "n1");
    world.pass(60);
    let rest = [2, 3].map(|n| world.join(stream, anonymous(n), "n1"));
    world.pass(150);
    for session in rest.into_iter().chain([one]) {
        world.leave(session);
    }
    world.pass(60);
    world.end(channel, stream);
    let running = Running::after(engine, world.news()).await;
    let points = timeline(&running.views, stream, 1, world.now()).await;
    let seen: Vec<_> = points
        .iter()
        .map(|point| (point.average_viewers(), point.peak_viewers))
        .collect();
    assert_eq!(
        seen,
        [(0.5, 1), (2.0, 3), (3.0, 3), (3.0, 3), (0.0, 3), (0.0, 0)]
    );
    let found = running.views.statistics(stream).await.unwrap();
    // 0.5 + 2 + 3 + 3 of five minutes.
    assert_eq!(found.average_viewers(world.now()).to_string(), "1.7");
    assert_eq!(running.views.retention(stream).await.unwrap(), [3, 3, 3, 1]);
}

async fn longer_points_are_made_of_minutes(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let bob = world.register("bob");
    world.top_up(bob, usd("100.00"));
    world.follow(bob, channel);
    world.pass(40);
    let stream = world.live(channel, titled("x"));
    let eve = world.register("eve");
    for n in 0..25 {
        if n == 12 {
            world.follow(eve, channel);
        }
        world.join(stream, anonymous(n), "n1");
        world.tip(bob, channel, usd("1.00"));
        world.say(channel, bob, "again");
        world.pass(60);
    }
    let running = Running::after(engine, world.news()).await;
    let (now, views) = (world.now(), &running.views);
    let minutes = timeline(views, stream, 1, now).await;
    assert_eq!(
        minutes.len(),
        26,
        "it is on air: the last minute has just begun"
    );
    let tens = timeline(views, stream, 10, now).await;
    for point in &tens {
        let of_it = |minute: &&TimelinePoint| (0..10).contains(&(minute.minute - point.minute));
        let parts = || minutes.iter().filter(of_it);
        assert_eq!(point.minute % 10, 0);
        assert_eq!(
            point.viewer_ms,
            parts().map(|part| part.viewer_ms).sum::<i64>()
        );
        assert_eq!(
            point.tip_count,
            parts().map(|part| part.tip_count).sum::<i64>()
        );
        assert_eq!(
            point.message_count,
            parts().map(|part| part.message_count).sum::<i64>()
        );
    }
    assert_eq!(tens.iter().map(|point| point.tip_count).sum::<i64>(), 25);
    let follows: Vec<_> = tens.iter().map(|point| point.new_followers).collect();
    assert_eq!(follows, [0, 1, 0], "bob followed before");
    assert_eq!(views.new_followers(stream, now).await.unwrap(), 1);
    assert_eq!(views.totals(Some(channel)).await.unwrap().new_followers, 2);
    let asked = |first, after| Timeline {
        minutes: 10,
        first,
        after,
        now,
    };
    let first = views.timeline(stream, asked(1, None)).await.unwrap();
    assert!(first.has_more);
    let rest = asked(100, Some(first.items[0].minute));
    let rest = views.timeline(stream, rest).await.unwrap();
    assert_eq!([first.items, rest.items].concat(), tens);
}

async fn who_left_early_and_came_again_counts_with_both_visits(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("x"));
    let mut told = vec![];
    for seconds in [40, 30] {
        let session = world.join_with(stream, anonymous(1), "n1", None);
        world.pass(seconds);
        world.leave(session);
        told.push(world.events.len());
    }
    // Known to have received something, and there for a moment only.
    let session = world.join_with(stream, anonymous(2), "n1", Some(Received::Media));
    world.leave(session);
    for (rule, upto, unique, watch_ms) in [
        (ViewerRule::All, told[0], 1, 40_000),
        (ViewerRule::Received, told[0], 1, 40_000),
        (ViewerRule::Minute, told[0], 0, 0),
        (ViewerRule::Minute, told[1], 1, 70_000),
        (ViewerRule::All, world.events.len(), 2, 70_000),
        (ViewerRule::Received, world.events.len(), 2, 70_000),
        (ViewerRule::Minute, world.events.len(), 1, 70_000),
    ] {
        let place = Place::fresh(engine).await;
        let views = counted(&place, &world.events[..upto], rule).await;
        let found = views.statistics(stream).await.unwrap();
        assert_eq!(
            (found.unique_viewers, found.watch_ms),
            (unique, watch_ms),
            "{rule}"
        );
        assert_eq!(found.peak_viewers, 1, "who is there is there, by any rule");
        views.close().await;
    }
}

async fn a_rule_that_was_chosen_stays_chosen(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("x"));
    let session = world.join(stream, anonymous(1), "n1");
    world.pass(5);
    world.leave(session);
    let running = Running::after(engine, world.news()).await;
    let views = &running.views;
    assert_eq!(views.viewer_rule(), ViewerRule::Received);
    let unique = async || views.statistics(stream).await.unwrap().unique_viewers;
    assert_eq!(unique().await, 1);
    let (another, cancel) = (by(ViewerRule::Minute), CancellationToken::new());
    let report = running.projectors.rebuild(&another, &cancel, |_| ());
    let report = within("a rebuild by another rule", report).await.unwrap();
    assert_eq!(report.rules, (ViewerRule::Received, ViewerRule::Minute));
    assert!(!report.is_equal(), "history was counted anew");
    let others = report.tables.iter().filter(|table| !table.is_equal());
    for table in others {
        assert!(
            ["stream_", "channel_"]
                .iter()
                .any(|name| table.table.starts_with(name)),
            "{table:?}"
        );
    }
    assert_eq!(
        (views.viewer_rule(), unique().await),
        (ViewerRule::Minute, 0)
    );

    // Events that come go by it, a rebuild without a word about it too, and so does the next start.
    let session = world.join(stream, anonymous(2), "n1");
    world.pass(61);
    world.leave(session);
    running.tell(world.news()).await;
    assert_eq!(unique().await, 1);
    let same = RebuildOptions {
        switch: Switch::WhenEqual,
        ..RebuildOptions::default()
    };
    let report = running.projectors.rebuild(&same, &cancel, |_| ());
    let report = within("the same again", report).await.unwrap();
    assert!(report.is_equal() && report.switched, "{report:?}");
    running.projectors.stop().await;
    views.close().await;
    let views = running.place.open(&running.log).await;
    assert_eq!(views.viewer_rule(), ViewerRule::Minute);
}

async fn a_channel_has_its_weeks_and_months_and_its_best_stream(engine: Engine) {
    const DAY: i64 = 24 * 60 * 60;
    let mut world = World::new();
    // It begins on a Tuesday: 14 November 2023.
    let (channel, bob) = (world.streamer("ada"), world.register("bob"));
    world.top_up(bob, usd("100.00"));
    let mut streams = vec![];
    for (viewers, days) in [(2_u128, 7), (3, 14), (1, 0)] {
        let stream = world.live(channel, titled("x"));
        for n in 0..viewers {
            world.join(stream, anonymous(n), "n1");
        }
        world.tip(bob, channel, usd("10.00"));
        world.pass(3_600);
        world.end(channel, stream);
        streams.push(stream);
        world.pass(days * DAY);
    }
    let running = Running::after(engine, world.news()).await;
    let (views, now) = (&running.views, world.now());
    assert_eq!(views.best_stream(channel).await.unwrap(), Some(streams[1]));
    let periods = |period, last| views.periods(Some(channel), period, last, None, now);
    let weeks = periods(Period::Week, 10).await.unwrap();
    let seen: Vec<_> = weeks
        .items
        .iter()
        .map(|week| {
            let from = week.from().date_naive().to_string();
            (
                from,
                week.totals.streams,
                week.totals.new_viewers,
                week.new_viewers_before,
            )
        })
        .collect();
    let week = |from: &str, streams, new, before| (from.to_owned(), streams, new, before);
    assert_eq!(
        seen,
        [
            week("2023-11-13", 1, 2, 0),
            week("2023-11-20", 1, 1, 2),
            week("2023-11-27", 0, 0, 1),
            week("2023-12-04", 1, 0, 0),
        ]
    );
    let last = periods(Period::Week, 1).await.unwrap();
    assert!(last.has_more);
    let before = views
        .periods(
            Some(channel),
            Period::Week,
            10,
            Some(last.items[0].day),
            now,
        )
        .await
        .unwrap();
    assert_eq!([before.items, last.items].concat(), weeks.items);
    let month = views.this_month(Some(channel), now).await.unwrap();
    assert_eq!((month.streams, month.tips[0].net), (1, usd("9.50")));
    let totals = views.totals(Some(channel)).await.unwrap();
    assert_eq!((totals.streams, totals.new_viewers), (3, 3));
    assert_eq!(totals.air_ms, 3 * 3_600_000);
    assert_eq!(totals.tips[0].average(), usd("10.00"));
    let platform = views.totals(None).await.unwrap();
    assert_eq!((platform.new_accounts, platform.new_channels), (2, 1));
    assert_eq!(platform.tips, totals.tips);
    let nobody = views.periods(Some(bob.into()), Period::Day, 3, None, at(0));
    assert_eq!(nobody.await.unwrap().items, []);
}

#[tokio::test]
async fn what_would_be_by_another_rule_is_what_a_rebuild_by_it_says() {
    let choices: Vec<u32> = (0..2_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761) >> 3)
        .collect();
    let events = story(&choices);
    for rule in ViewerRule::EVERY {
        let folder = tempfile::TempDir::new().unwrap();
        let mut what_if = WhatIf::new(folder.path(), rule).await.unwrap();
        let upto = events.last().unwrap().position;
        let all: Vec<_> = events.iter().cloned().map(std::sync::Arc::new).collect();
        what_if.fold(&all, upto).await.unwrap();
        let sums = what_if.sums().await.unwrap();
        let place = Place::fresh(Engine::Sqlite).await;
        let views = counted(&place, &events, rule).await;
        let (mut viewers, mut watch_ms) = (0, 0);
        for (stream, _) in oracle::streams(&events) {
            let found = views.statistics(stream).await.unwrap();
            viewers += found.unique_viewers;
            watch_ms += found.watch_ms;
        }
        assert!(viewers > 0, "a comparison of nothing shows nothing");
        assert_eq!((sums.stream_viewers, sums.watch_ms), (viewers, watch_ms));
        let largest = what_if.largest().await.unwrap();
        assert!(largest.is_sorted_by(|a, b| a.1.peak_viewers >= b.1.peak_viewers));
        views.close().await;
        what_if.close().await;
    }
}

/// As many events as no split by hand would find the faults of.
async fn a_hundred_thousand_events_come_out_the_same_after_a_rebuild(engine: Engine) {
    let mut choices = vec![];
    let mut random = 1_u64;
    for _ in 0..160_000 {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        choices.push(u32::try_from(random >> 32).unwrap());
    }
    let events = story(&choices);
    assert!(events.len() >= 100_000, "{}", events.len());
    let log = MemoryLog::default();
    log.append(events);
    let place = Place::fresh(engine).await;
    let views = place.open(&log).await;
    // What serves was folded in other batches than what is made anew.
    let options = RebuildOptions {
        batch_events: 1_000,
        switch: Switch::Never,
        ..RebuildOptions::default()
    };
    let cancel = CancellationToken::new();
    let report = rebuild(&log, &views, &options, &cancel, |_| ());
    let report = report.await.unwrap();
    assert!(report.is_equal(), "{report:?}");
    let numbers = report
        .tables
        .iter()
        .filter(|table| table.table.starts_with("stream_") || table.table.starts_with("channel_"));
    for table in numbers {
        assert!(table.serving_rows > 0, "{table:?}");
    }
}
