//! Bans and timeouts.

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

fn ban(account: AccountId) -> Command {
    Command::Ban(account, because("spam"))
}

fn unban() -> Command {
    Command::Unban(bob(), because("sorry"))
}

/// For so many seconds from noon.
pub(super) fn time_out(account: AccountId, seconds: i64) -> Command {
    Command::TimeOut {
        account,
        at: at(0),
        until: at(seconds),
        reason: because("spam"),
    }
}

pub(super) fn lift(now: i64) -> Command {
    Command::LiftTimeout {
        account: bob(),
        at: at(now),
        reason: because("sorry"),
    }
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
    for seconds in [0, -1, -1_000_000, TIMEOUT_SECONDS_MAX + 1] {
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
fn the_owner_can_be_neither_banned_nor_timed_out() {
    for command in [ban(ada()), time_out(ada(), 60), time_out(ada(), 0)] {
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
    channel.fold(&banned());
    assert_eq!(channel.may_tip(bob()), Err(Rejection::Banned));
}
