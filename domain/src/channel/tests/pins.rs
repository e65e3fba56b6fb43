//! Pinned messages, and the chat cleared.

use super::chat::{delete, deleted};
use super::*;
use crate::Personal;
use crate::testing::salt;

fn place(n: i64) -> Position {
    Position::new(n).unwrap()
}

pub(super) fn pin(n: i64) -> Command {
    let (message, sender) = (place(n), bob());
    by_ada(Act::Pin { message, sender })
}

pub(super) fn unpin(n: i64) -> Command {
    let (message, sender) = (place(n), bob());
    by_ada(Act::Unpin { message, sender })
}

pub(super) fn clear(upto: i64) -> Command {
    let (upto, reason) = (place(upto), because("a raid"));
    by_ada(Act::ClearChat { upto, reason })
}

fn pinned(n: i64) -> Event {
    let (message, sender) = (place(n), bob());
    MessagePinned { message, sender }.into()
}

fn unpinned(n: i64) -> Event {
    let (message, sender) = (place(n), bob());
    MessageUnpinned { message, sender }.into()
}

pub(super) fn cleared(upto: i64) -> Event {
    let personal = Personal::seal(Some("a raid".to_owned()), salt());
    let upto = place(upto);
    ChatCleared { upto, personal }.into()
}

#[test]
fn a_message_is_pinned_and_taken_down_once() {
    for (given, command, then) in [
        (vec![], pin(42), vec![pinned(42)]),
        (vec![pinned(42)], pin(42), vec![]),
        (vec![pinned(42)], unpin(42), vec![unpinned(42)]),
        (vec![], unpin(42), vec![]),
        (vec![pinned(42), unpinned(42)], pin(42), vec![pinned(42)]),
    ] {
        open_and(given).when(command).then_expect_events(then);
    }
}

#[test]
fn only_a_few_messages_are_pinned() {
    let full = || open_and((1..=10).map(pinned));
    assert_eq!(PINS_MAX, 10);
    full()
        .when(pin(42))
        .then_expect_error(Rejection::TooManyPins);
    full().when(pin(1)).then_expect_events(vec![]);
    full()
        .and(vec![unpinned(1)])
        .when(pin(42))
        .then_expect_events(vec![pinned(42)]);
}

#[test]
fn what_is_removed_is_not_pinned() {
    for gone in [deleted(None), cleared(42)] {
        open_and([gone])
            .when(pin(42))
            .then_expect_error(Rejection::MessageNotFound);
    }
    let mut channel = Channel::default();
    for event in [opened(), pinned(41), pinned(42), pinned(50), deleted(None)] {
        channel.fold(&event);
    }
    assert_eq!(channel.pins, [place(41), place(50)]);
    channel.fold(&cleared(45));
    assert_eq!(channel.pins, [place(50)]);
}

#[test]
fn the_chat_is_cleared_up_to_what_was_seen() {
    open_and([])
        .when(clear(42))
        .then_expect_events(vec![cleared(42)]);
    for upto in [41, 42] {
        open_and([cleared(42)])
            .when(clear(upto))
            .then_expect_events(vec![]);
    }
    open_and([cleared(42)])
        .when(clear(43))
        .then_expect_events(vec![cleared(43)]);
    // What went with all others is not removed again, and is remembered once.
    open_and([cleared(42)])
        .when(Command::Delete(delete(Some(ada()), false)))
        .then_expect_events(vec![]);
    let mut channel = Channel::default();
    for event in [opened(), deleted(None), cleared(42)] {
        channel.fold(&event);
    }
    assert!(channel.deleted.is_empty());
    assert!(channel.is_gone(place(42)) && !channel.is_gone(place(43)));
}
