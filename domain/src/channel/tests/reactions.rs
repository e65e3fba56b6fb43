//! Who reacts to what, and sums of reactions.

use super::moderators::appointed;
use super::restrictions::{banned, muted, timed_out};
use super::*;
use super::{chat, gates, pins};
use crate::Timestamp;
use crate::testing::eve;

/// At noon, by somebody who does not follow.
pub(super) fn react(account: AccountId, to: ReactedTo) -> Command {
    reacted(by(account), None, to, 0)
}

fn reacted(by: By, following_since: Option<Timestamp>, to: ReactedTo, now: i64) -> Command {
    let at = at(now);
    Command::React(React {
        by,
        following_since,
        to,
        at,
    })
}

/// A message behind every other.
fn message() -> ReactedTo {
    ReactedTo::Message(chat::message())
}

#[test]
fn a_reaction_to_the_open_stream_or_to_a_message_is_taken_and_not_recorded() {
    let to_stream = || react(bob(), ReactedTo::Stream(stream(1)));
    open_and([stream_opened(1)])
        .when(to_stream())
        .then_expect_events(vec![]);
    for refused in [
        open_and([]),
        open_and([stream_opened(2)]),
        open_and([stream_opened(1), stream_closed(1)]),
    ] {
        refused
            .when(to_stream())
            .then_expect_error(Rejection::StreamNotOpen);
    }
    open_and([])
        .when(react(bob(), message()))
        .then_expect_events(vec![]);
}

#[test]
fn nobody_reacts_to_what_was_removed() {
    for removed in [chat::deleted(Some(ada())), pins::cleared(42)] {
        open_and([removed])
            .when(react(bob(), message()))
            .then_expect_error(Rejection::MessageNotFound);
    }
    open_and([])
        .when(react(bob(), ReactedTo::Message(Position::START)))
        .then_expect_error(Rejection::MessageNotFound);
}

#[test]
fn who_may_say_nothing_shows_nothing_either() {
    for (restricted, refused) in [
        (banned(), Rejection::Banned),
        (muted(), Rejection::Muted),
        (timed_out(60), Rejection::TimedOut { until: at(60) }),
    ] {
        open_and([restricted.clone()])
            .when(react(bob(), message()))
            .then_expect_error(refused);
        open_and([restricted])
            .when(react(eve(), message()))
            .then_expect_events(vec![]);
    }
    open_and([timed_out(60)])
        .when(reacted(by(bob()), None, message(), 60))
        .then_expect_events(vec![]);
}

#[test]
fn where_only_followers_speak_only_they_react_and_slow_mode_slows_nobody() {
    let gated = || {
        let settings = ChatSettings {
            slow_mode_seconds: 600,
            followers_only_minutes: Some(10),
            emote_only: true,
        };
        open_and([
            gates::changed(settings),
            appointed(eve(), &[ModeratorPermission::Pin]),
        ])
    };
    let minutes = 10;
    for since in [None, Some(at(-599))] {
        gated()
            .when(reacted(by(bob()), since, message(), 0))
            .then_expect_error(Rejection::FollowersOnly { minutes });
    }
    for _ in 0..2 {
        gated()
            .when(reacted(by(bob()), Some(at(-600)), message(), 0))
            .then_expect_events(vec![]);
    }
    for exempt in [by(ada()), by(eve()), staff()] {
        gated()
            .when(reacted(exempt, None, message(), 0))
            .then_expect_events(vec![]);
    }
}

fn staff() -> By {
    By {
        account: Some(bob()),
        is_staff: true,
    }
}

#[test]
fn a_sum_without_a_stream_goes_to_the_one_that_is_open() {
    let without = || ReactionsTallied {
        stream: None,
        ..tallied(vec![of(7)])
    };
    open_and([])
        .when(Command::Tally(without()))
        .then_expect_events(vec![without().into()]);
    open_and([stream_opened(1)])
        .when(Command::Tally(without()))
        .then_expect_events(vec![tallied(vec![of(7)]).into()]);
}

fn of(count: u32) -> Tally {
    Tally {
        message: None,
        emoji: "👏".to_owned(),
        count,
    }
}

fn tallied(tallies: Vec<Tally>) -> ReactionsTallied {
    ReactionsTallied {
        node: "a".to_owned(),
        stream: Some(stream(1)),
        tallies,
    }
}

pub(super) fn tally(count: u32) -> Command {
    Command::Tally(tallied(vec![of(count)]))
}

#[test]
fn what_a_node_counted_is_recorded_as_it_is() {
    open_and([])
        .when(tally(7))
        .then_expect_events(vec![tallied(vec![of(7)]).into()]);
    open_and([]).when(tally(0)).then_expect_events(vec![]);
    open_and([])
        .when(Command::Tally(tallied(vec![])))
        .then_expect_events(vec![]);
}

#[test]
fn an_event_holds_a_bounded_number_of_sums() {
    open_and([])
        .when(Command::Tally(tallied(vec![of(1); TALLIES_MAX])))
        .then_expect_events(vec![tallied(vec![of(1); TALLIES_MAX]).into()]);
    open_and([])
        .when(Command::Tally(tallied(vec![of(1); TALLIES_MAX + 1])))
        .then_expect_error(Rejection::TooManyTallies);
}

#[test]
fn nothing_is_counted_in_a_closed_channel() {
    open_and([Closed {}.into()])
        .when(tally(1))
        .then_expect_error(Rejection::Closed);
    open_and([Closed {}.into()])
        .when(react(bob(), message()))
        .then_expect_error(Rejection::Closed);
}
