//! Bans, mutes and timeouts.

use super::*;
use crate::testing::salt;
use crate::{AccountId, Personal};

fn sealed(words: &str) -> Personal<Option<String>> {
    Personal::seal(Some(words.to_owned()), salt())
}

pub(super) fn banned() -> Event {
    let (account, personal) = (bob(), sealed("spam"));
    Banned { account, personal }.into()
}

fn unbanned() -> Event {
    let (account, personal) = (bob(), sealed("sorry"));
    Unbanned { account, personal }.into()
}

pub(super) fn timed_out(until: i64) -> Event {
    TimedOut {
        account: bob(),
        until: at(until),
        personal: sealed("spam"),
    }
    .into()
}

pub(super) fn timeout_lifted() -> Event {
    let (account, personal) = (bob(), sealed("sorry"));
    TimeoutLifted { account, personal }.into()
}

pub(super) fn muted() -> Event {
    let (account, personal) = (bob(), sealed("spam"));
    Muted { account, personal }.into()
}

fn unmuted() -> Event {
    let (account, personal) = (bob(), sealed("sorry"));
    Unmuted { account, personal }.into()
}

pub(super) fn ban(account: AccountId) -> Command {
    let reason = because("spam");
    by_ada(Act::Ban { account, reason })
}

pub(super) fn unban() -> Command {
    let (account, reason) = (bob(), because("sorry"));
    by_ada(Act::Unban { account, reason })
}

pub(super) fn mute(account: AccountId) -> Command {
    let reason = because("spam");
    by_ada(Act::Mute { account, reason })
}

pub(super) fn unmute() -> Command {
    let (account, reason) = (bob(), because("sorry"));
    by_ada(Act::Unmute { account, reason })
}

/// For so many seconds from noon.
pub(super) fn time_out(account: AccountId, seconds: i64) -> Command {
    by_ada(Act::TimeOut {
        account,
        seconds,
        reason: because("spam"),
    })
}

pub(super) fn lift(now: i64) -> Command {
    let (account, reason) = (bob(), because("sorry"));
    asked(by(ada()), now, Act::LiftTimeout { account, reason })
}

#[test]
fn a_person_is_banned_and_let_in_again_once() {
    open_and([])
        .when(ban(bob()))
        .then_expect_events(vec![banned()]);
    open_and([banned()])
        .when(ban(bob()))
        .then_expect_events(vec![]);
    open_and([banned()])
        .when(unban())
        .then_expect_events(vec![unbanned()]);
    open_and([]).when(unban()).then_expect_events(vec![]);
    open_and([banned(), unbanned()])
        .when(ban(bob()))
        .then_expect_events(vec![banned()]);
}

#[test]
fn a_timeout_lasts_from_a_second_to_a_fortnight() {
    for seconds in [1, TIMEOUT_SECONDS_MAX] {
        open_and([])
            .when(time_out(bob(), seconds))
            .then_expect_events(vec![timed_out(seconds)]);
    }
    for seconds in [0, -1, i64::MIN, i64::MAX, TIMEOUT_SECONDS_MAX + 1] {
        open_and([])
            .when(time_out(bob(), seconds))
            .then_expect_error(Rejection::TimeoutTooLong);
    }
}

#[test]
fn a_new_timeout_replaces_the_running_one() {
    let running = || open_and([timed_out(60)]);
    running()
        .when(time_out(bob(), 60))
        .then_expect_events(vec![]);
    for seconds in [30, 600] {
        running()
            .when(time_out(bob(), seconds))
            .then_expect_events(vec![timed_out(seconds)]);
    }
}

#[test]
fn a_timeout_is_lifted_while_it_runs() {
    open_and([timed_out(60)])
        .when(lift(59))
        .then_expect_events(vec![timeout_lifted()]);
    for over in [
        open_and([timed_out(60)]).when(lift(60)),
        open_and([]).when(lift(0)),
    ] {
        over.then_expect_events(vec![]);
    }
    open_and([timed_out(60), timeout_lifted()])
        .when(lift(30))
        .then_expect_events(vec![]);
}

#[test]
fn a_ban_outweighs_a_timeout() {
    open_and([timed_out(60)])
        .when(ban(bob()))
        .then_expect_events(vec![banned()]);
    let both = || open_and([timed_out(60), banned()]);
    both().when(time_out(bob(), 600)).then_expect_events(vec![]);
    both().when(lift(0)).then_expect_events(vec![]);
    // To let a timed-out person in again is another act than to lift a ban.
    open_and([timed_out(60)])
        .when(unban())
        .then_expect_events(vec![]);
}

#[test]
fn a_person_is_muted_and_let_speak_again_once() {
    for (given, command, then) in [
        (vec![], mute(bob()), vec![muted()]),
        (vec![muted()], mute(bob()), vec![]),
        (vec![muted()], unmute(), vec![unmuted()]),
        (vec![], unmute(), vec![]),
        (vec![muted(), unmuted()], mute(bob()), vec![muted()]),
        // What says less changes nothing; what says more takes its place.
        (vec![muted()], time_out(bob(), 60), vec![]),
        (vec![muted()], lift(0), vec![]),
        (vec![timed_out(60)], mute(bob()), vec![muted()]),
        (vec![timed_out(60)], unmute(), vec![]),
        (vec![muted()], ban(bob()), vec![banned()]),
        (vec![banned()], mute(bob()), vec![]),
        (vec![banned()], unmute(), vec![]),
        (vec![muted()], unban(), vec![]),
    ] {
        open_and(given).when(command).then_expect_events(then);
    }
}

#[test]
fn the_muted_say_nothing_until_it_is_undone() {
    open_and([muted()])
        .when(Command::Send(chat::send(bob(), 1_000_000)))
        .then_expect_error(Rejection::Muted);
    let mut channel = Channel::default();
    for event in [opened(), muted(), unmuted()] {
        channel.fold(&event);
    }
    assert_eq!(channel.may_speak(bob(), at(0)), Ok(()));
}

#[test]
fn the_owner_can_be_neither_banned_nor_muted_nor_timed_out() {
    for command in [
        ban(ada()),
        mute(ada()),
        time_out(ada(), 60),
        time_out(ada(), 0),
    ] {
        open_and([])
            .when(command)
            .then_expect_error(Rejection::OwnerExempt);
    }
}

#[test]
fn a_timed_out_person_may_tip_and_a_banned_one_may_not() {
    let mut channel = Channel::default();
    channel.fold(&opened());
    assert_eq!(channel.may_tip(bob()), Ok(()));
    channel.fold(&timed_out(60));
    assert_eq!(channel.may_tip(bob()), Ok(()));
    channel.fold(&muted());
    assert_eq!(channel.may_tip(bob()), Ok(()));
    channel.fold(&banned());
    assert_eq!(channel.may_tip(bob()), Err(Rejection::Banned));
}
