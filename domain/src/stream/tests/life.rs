//! Each event with everything that it states.

use super::*;
use chrono::TimeDelta;

#[test]
fn a_stream_is_announced_up_to_a_year_ahead() {
    given(vec![])
        .when(schedule(0, 3_600))
        .then_expect_events(vec![scheduled()]);
    let year = TimeDelta::days(366).num_seconds();
    let result = given(vec![]).when(schedule(0, year)).inspect_result();
    assert!(result.is_ok());
    given(vec![])
        .when(schedule(0, year + 1))
        .then_expect_error(Rejection::ScheduledInThePast);
    // Now is not in the past.
    assert!(given(vec![]).when(schedule(5, 5)).inspect_result().is_ok());
}

#[test]
fn a_stream_starts_as_it_was_scheduled_or_as_is_said_now() {
    given(vec![scheduled()])
        .when(start(None))
        .then_expect_events(vec![started(about("Chess"))]);
    given(vec![scheduled()])
        .when(start(Some(about("Go"))))
        .then_expect_events(vec![started(about("Go"))]);
    given(vec![])
        .when(start(Some(about("Go"))))
        .then_expect_events(vec![started(about("Go"))]);
}

#[test]
fn a_stream_starts_as_it_was_changed_after_it_was_scheduled() {
    let (form, personal) = about("Go").seal(salt());
    given(vec![scheduled(), Updated { form, personal }.into()])
        .when(start(None))
        .then_expect_events(vec![started(about("Go"))]);
}

#[test]
fn media_makes_it_live_and_its_loss_interrupts_it() {
    let starting = || given(vec![started(about("Chess"))]);
    starting()
        .when(media_at(at(1)))
        .then_expect_events(vec![went_live(1_000)]);
    let live = || starting().and(vec![went_live(1_000)]);
    live()
        .when(interrupt_at(at(2)))
        .then_expect_events(vec![interrupted(2_000)]);
    live()
        .and(vec![interrupted(2_000)])
        .when(media_at(at(3)))
        .then_expect_events(vec![resumed(3_000)]);
}

#[test]
fn health_is_noted_while_it_is_live_and_no_more_often_than_every_few_seconds() {
    let live = || given(vec![started(about("Chess")), went_live(1_000)]);
    live()
        .when(note_at(at(11)))
        .then_expect_events(vec![noted(11_000)]);
    let after = || live().and(vec![noted(11_000)]);
    after()
        .when(note_at(at_ms(15_999)))
        .then_expect_events(vec![]);
    after()
        .when(note_at(at(16)))
        .then_expect_events(vec![noted(16_000)]);
    // An encoder that comes and goes does not get round it.
    let back = || after().and(vec![interrupted(12_000), resumed(13_000)]);
    back().when(note_at(at(14))).then_expect_events(vec![]);
    back()
        .when(note_at(at(16)))
        .then_expect_events(vec![noted(16_000)]);
}

#[test]
fn an_update_states_the_whole_description() {
    let (form, personal) = about("Go").seal(salt());
    given(vec![started(about("Chess"))])
        .when(update(about("Go")))
        .then_expect_events(vec![Updated { form, personal }.into()]);
    let other_labels = Metadata {
        labels: Labels::default(),
        ..about("Chess")
    };
    let (form, personal) = other_labels.clone().seal(salt());
    given(vec![started(about("Chess"))])
        .when(update(other_labels))
        .then_expect_events(vec![Updated { form, personal }.into()]);
}

#[test]
fn an_end_says_why() {
    let reason = EndReason::NeverLive;
    given(vec![started(about("Chess"))])
        .when(Command::End { at: at(60), reason })
        .then_expect_events(vec![
            ending_for(reason, times(None, 60_000, 0, 0)),
            ended(None, 60_000, 0, 0),
        ]);
}

#[test]
fn a_stream_called_off_says_so_and_no_more() {
    given(vec![scheduled()])
        .when(Command::Cancel)
        .then_expect_events(vec![Cancelled {}.into()]);
}

#[test]
fn it_can_be_watched_from_its_start_to_its_end() {
    let history = [
        (scheduled(), false),
        (started(about("Chess")), true),
        (went_live(0), true),
        (interrupted(1), true),
        (resumed(2), true),
        (ending(Some(0), 3, 3, 2), false),
        (ended(Some(0), 3, 3, 2), false),
    ];
    let mut stream = Stream::default();
    assert_eq!((stream.is_open(), stream.channel()), (false, None));
    for (event, open) in history {
        stream.fold(&event);
        assert_eq!(stream.is_open(), open, "{event:?}");
        assert_eq!(stream.channel(), Some(ada().into()));
    }
}
