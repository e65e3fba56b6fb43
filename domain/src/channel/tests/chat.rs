//! Who may say what, and who may take it back.

use super::restrictions::{banned, timed_out, timeout_lifted};
use super::*;
use crate::testing::{eve, salt};
use crate::{Personal, StreamId};

pub(super) fn send(sender: AccountId, now: i64) -> Send {
    Send {
        sender,
        role: SenderRole::Viewer,
        kind: MessageKind::Text,
        text: words(),
        at: at(now),
        salt: salt(),
    }
}

fn words() -> MessageText {
    MessageText {
        sender_name: "bob".to_owned(),
        text: "<b>hello</b>".to_owned(),
    }
}

fn sent(sender: AccountId, stream: Option<StreamId>) -> Event {
    MessageSent {
        sender,
        role: SenderRole::Viewer,
        kind: MessageKind::Text,
        stream,
        personal: Personal::seal(words(), salt()),
    }
    .into()
}

pub(super) fn message() -> Position {
    Position::new(42).unwrap()
}

/// Of Bob's message.
pub(super) fn delete(by: Option<AccountId>, may_moderate: bool) -> Delete {
    Delete {
        message: message(),
        sender: bob(),
        by,
        may_moderate,
        reason: because("off topic"),
    }
}

fn deleted(by: Option<AccountId>) -> Event {
    MessageDeleted {
        message: message(),
        sender: bob(),
        by,
        personal: Personal::seal(Some("off topic".to_owned()), salt()),
    }
    .into()
}

#[test]
fn a_message_is_kept_as_sent_with_the_stream_that_was_open() {
    let send = || Command::Send(send(bob(), 0));
    open_and([])
        .when(send())
        .then_expect_events(vec![sent(bob(), None)]);
    open_and([stream_opened(1)])
        .when(send())
        .then_expect_events(vec![sent(bob(), Some(stream(1)))]);
    open_and([stream_opened(1), stream_closed(1)])
        .when(send())
        .then_expect_events(vec![sent(bob(), None)]);
}

#[test]
fn the_banned_say_nothing() {
    open_and([banned()])
        .when(Command::Send(send(bob(), 0)))
        .then_expect_error(Rejection::Banned);
    open_and([banned()])
        .when(Command::Send(send(eve(), 0)))
        .then_expect_events(vec![sent(eve(), None)]);
}

#[test]
fn the_timed_out_say_nothing_until_their_time_is_over() {
    let until = at(60);
    for now in [0, 59] {
        open_and([timed_out(60)])
            .when(Command::Send(send(bob(), now)))
            .then_expect_error(Rejection::TimedOut { until });
    }
    for now in [60, 61] {
        open_and([timed_out(60)])
            .when(Command::Send(send(bob(), now)))
            .then_expect_events(vec![sent(bob(), None)]);
    }
    open_and([timed_out(60), timeout_lifted()])
        .when(Command::Send(send(bob(), 30)))
        .then_expect_events(vec![sent(bob(), None)]);
}

#[test]
fn a_message_is_deleted_by_its_sender_or_by_staff_and_by_nobody_else() {
    for (by, may_moderate) in [(Some(bob()), false), (Some(ada()), true), (None, true)] {
        open_and([])
            .when(Command::Delete(delete(by, may_moderate)))
            .then_expect_events(vec![deleted(by)]);
    }
    for by in [Some(eve()), None] {
        open_and([])
            .when(Command::Delete(delete(by, false)))
            .then_expect_error(Rejection::NotYourMessage);
    }
}

#[test]
fn a_message_is_deleted_once() {
    let gone = || open_and([deleted(Some(bob()))]);
    gone()
        .when(Command::Delete(delete(Some(ada()), true)))
        .then_expect_events(vec![]);
    gone()
        .when(Command::Delete(delete(Some(eve()), false)))
        .then_expect_error(Rejection::NotYourMessage);
}

#[test]
fn only_the_platform_sends_what_looks_like_the_platforms() {
    for kind in [MessageKind::Tip, MessageKind::Alert, MessageKind::System] {
        let forged = Send {
            kind,
            ..send(bob(), 0)
        };
        open_and([])
            .when(Command::Send(forged))
            .then_expect_error(Rejection::KindNotAllowed);
    }
}
