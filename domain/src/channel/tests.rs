mod chat;
mod gates;
mod laws;
mod moderators;
mod pins;
mod reactions;
mod restrictions;

use super::*;
use crate::testing::{ada, at, because, bob, stream};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};

/// Ada's channel, open, after `events`.
fn open_and(events: impl IntoIterator<Item = Event>) -> AggregateTestExecutor<Channel> {
    TestFramework::with(()).given([opened()].into_iter().chain(events).collect())
}

/// Somebody who is not staff.
fn by(account: AccountId) -> By {
    By {
        account: Some(account),
        is_staff: false,
    }
}

/// So many seconds after noon.
fn asked(by: By, now: i64, act: Act) -> Command {
    let at = at(now);
    Command::Moderate { by, at, act }
}

/// By the owner, at noon.
fn by_ada(act: Act) -> Command {
    asked(by(ada()), 0, act)
}

fn opened() -> Event {
    let channel = ada().into();
    Opened { channel }.into()
}

fn stream_opened(n: u128) -> Event {
    let stream = stream(n);
    StreamOpened { stream }.into()
}

fn stream_closed(n: u128) -> Event {
    let stream = stream(n);
    StreamClosed { stream }.into()
}

#[test]
fn a_channel_is_opened_once() {
    let open = || Command::Open(ada().into());
    TestFramework::<Channel>::with(())
        .given_no_previous_events()
        .when(open())
        .then_expect_events(vec![opened()]);
    open_and([]).when(open()).then_expect_events(vec![]);
}

#[test]
fn nothing_can_be_asked_of_a_channel_that_does_not_exist() {
    for command in [
        Command::RotateStreamKey,
        Command::OpenStream(stream(1)),
        Command::CloseStream(stream(1)),
        restrictions::ban(bob()),
        restrictions::unban(),
        restrictions::time_out(bob(), 60),
        restrictions::lift(0),
        pins::clear(9),
        reactions::tally(1),
        reactions::react(bob(), ReactedTo::Stream(stream(1))),
        Command::Send(chat::send(bob(), 0)),
        Command::Delete(chat::delete(Some(bob()), false)),
    ] {
        TestFramework::<Channel>::with(())
            .given_no_previous_events()
            .when(command)
            .then_expect_error(Rejection::NotFound);
    }
}

#[test]
fn each_rotation_makes_another_key() {
    let rotated = || Event::from(StreamKeyRotated {});
    open_and([])
        .when(Command::RotateStreamKey)
        .then_expect_events(vec![rotated()]);
    open_and([rotated()])
        .when(Command::RotateStreamKey)
        .then_expect_events(vec![rotated()]);
}

#[test]
fn one_stream_at_a_time_is_open() {
    let busy = || open_and([stream_opened(1)]);
    open_and([])
        .when(Command::OpenStream(stream(1)))
        .then_expect_events(vec![stream_opened(1)]);
    busy()
        .when(Command::OpenStream(stream(1)))
        .then_expect_events(vec![]);
    busy()
        .when(Command::OpenStream(stream(2)))
        .then_expect_error(Rejection::StreamOpen);
    busy()
        .and(vec![stream_closed(1)])
        .when(Command::OpenStream(stream(2)))
        .then_expect_events(vec![stream_opened(2)]);
}

#[test]
fn only_the_stream_that_is_open_is_closed() {
    open_and([stream_opened(1)])
        .when(Command::CloseStream(stream(1)))
        .then_expect_events(vec![stream_closed(1)]);
    open_and([stream_opened(1)])
        .when(Command::CloseStream(stream(2)))
        .then_expect_events(vec![]);
    open_and([])
        .when(Command::CloseStream(stream(1)))
        .then_expect_events(vec![]);
}

#[test]
fn the_last_stream_is_remembered_after_it_closed() {
    let mut channel = Channel::default();
    for event in [opened(), stream_opened(1), stream_closed(1)] {
        channel.fold(&event);
    }
    assert_eq!(channel.open_stream, None);
    assert_eq!(channel.last_stream, Some(stream(1)));
}
