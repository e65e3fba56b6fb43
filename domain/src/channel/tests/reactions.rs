//! Sums of reactions.

use super::*;

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
}
