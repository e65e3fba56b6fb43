//! How long a stream lasted, and how much of that it was on air.

use super::*;

/// What ending at `end` milliseconds comes to after `events`.
fn ended_after(events: Vec<Event>, end: i64, expected: Ended) {
    given(vec![started(about("Chess"))])
        .and(events)
        .when(end_at(at_ms(end)))
        .then_expect_events(vec![
            ending_for(EndReason::Asked, expected.clone()),
            expected.into(),
        ]);
}

#[test]
fn without_interruptions_all_of_it_was_on_air() {
    let events = vec![went_live(1_000)];
    ended_after(events, 61_500, times(Some(1_000), 61_500, 60_500, 60_500));
}

#[test]
fn time_without_a_publisher_lasts_but_is_not_on_air() {
    let events = vec![
        went_live(0),
        interrupted(10_000),
        resumed(15_000),
        interrupted(20_000),
        resumed(27_000),
    ];
    // 10 s + 5 s + 3 s of 30 s.
    ended_after(events, 30_000, times(Some(0), 30_000, 30_000, 18_000));
}

#[test]
fn the_grace_after_the_last_interruption_adds_nothing() {
    let events = vec![
        went_live(0),
        interrupted(10_000),
        resumed(15_000),
        interrupted(20_000),
    ];
    ended_after(events, 80_000, times(Some(0), 20_000, 20_000, 15_000));
}

#[test]
fn without_media_it_lasted_no_time() {
    ended_after(vec![], 60_000, times(None, 60_000, 0, 0));
}

#[test]
fn no_clock_that_steps_back_makes_time_negative() {
    let live = || given(vec![started(about("Chess")), went_live(10_000)]);
    live()
        .when(interrupt_at(at_ms(4_000)))
        .then_expect_events(vec![interrupted(10_000)]);
    live()
        .and(vec![interrupted(12_000)])
        .when(media_at(at_ms(4_000)))
        .then_expect_events(vec![resumed(12_000)]);
    ended_after(
        vec![went_live(10_000)],
        4_000,
        times(Some(10_000), 10_000, 0, 0),
    );
    let events = vec![went_live(10_000), interrupted(12_000), resumed(13_000)];
    ended_after(events, 4_000, times(Some(10_000), 13_000, 3_000, 2_000));
}
