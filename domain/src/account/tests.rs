use super::*;
use crate::testing::{ada, at, erased, folded, person, salt, session, stored};
use crate::{HistoryId, State};
use chrono::TimeDelta;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use proptest::prelude::*;

fn nobody() -> AggregateTestExecutor<Account> {
    TestFramework::with(()).given_no_previous_events()
}

fn ada_and(events: impl IntoIterator<Item = Event>) -> AggregateTestExecutor<Account> {
    let history = [registered()].into_iter().chain(events).collect();
    TestFramework::with(()).given(history)
}

fn register() -> Command {
    Command::Register {
        account: ada(),
        person: person("ada"),
        salt: salt(),
    }
}

fn registered() -> Event {
    Registered {
        account: ada(),
        personal: Personal::seal(person("ada"), salt()),
    }
    .into()
}

fn open(n: u128, now: i64, until: i64) -> Command {
    Command::OpenSession {
        session: session(n),
        at: at(now),
        expires_at: at(until),
    }
}

fn opened(n: u128, until: i64) -> Event {
    SessionOpened {
        session: session(n),
        expires_at: at(until),
    }
    .into()
}

fn change(kept: u128, changes: u32, now: i64) -> Command {
    Command::ChangePassword {
        kept: session(kept),
        changes,
        at: at(now),
    }
}

fn refresh(n: u128, generation: u32, now: i64, until: i64) -> Command {
    Command::RefreshSession {
        session: session(n),
        generation,
        at: at(now),
        expires_at: at(until),
    }
}

fn refreshed(n: u128, generation: u32, until: i64) -> Event {
    SessionRefreshed {
        session: session(n),
        generation,
        expires_at: at(until),
    }
    .into()
}

fn closed(n: u128, reason: SessionEnd) -> Event {
    let session = session(n);
    SessionClosed { session, reason }.into()
}

fn granted(role: Role) -> Event {
    RoleGranted { role }.into()
}

fn revoked(role: Role) -> Event {
    RoleRevoked { role }.into()
}

#[test]
fn an_account_is_registered_once() {
    nobody()
        .when(register())
        .then_expect_events(vec![registered()]);
    ada_and([])
        .when(register())
        .then_expect_error(Rejection::AlreadyRegistered);
}

#[test]
fn nothing_can_be_asked_of_an_account_that_does_not_exist() {
    for command in [
        Command::GrantRole(Role::Admin),
        Command::RevokeRole(Role::Admin),
        open(1, 0, 100),
        refresh(1, 1, 0, 100),
        Command::CloseSession(session(1)),
        change(1, 0, 0),
    ] {
        nobody()
            .when(command)
            .then_expect_error(Rejection::NotFound);
    }
}

#[test]
fn a_role_is_granted_and_revoked_once() {
    let grant = || Command::GrantRole(Role::Finance);
    let revoke = || Command::RevokeRole(Role::Finance);
    let has = || ada_and([granted(Role::Finance)]);
    ada_and([])
        .when(grant())
        .then_expect_events(vec![granted(Role::Finance)]);
    has().when(grant()).then_expect_events(vec![]);
    has()
        .when(revoke())
        .then_expect_events(vec![revoked(Role::Finance)]);
    ada_and([]).when(revoke()).then_expect_events(vec![]);
    // One role says nothing about another.
    has()
        .when(Command::GrantRole(Role::Admin))
        .then_expect_events(vec![granted(Role::Admin)]);
    has()
        .when(Command::RevokeRole(Role::Admin))
        .then_expect_events(vec![]);
}

#[test]
fn a_session_opens_and_each_refresh_makes_the_next_generation() {
    ada_and([])
        .when(open(1, 0, 100))
        .then_expect_events(vec![opened(1, 100)]);
    ada_and([opened(1, 100)])
        .when(refresh(1, 1, 50, 150))
        .then_expect_events(vec![refreshed(1, 2, 150)]);
    ada_and([opened(1, 100), refreshed(1, 2, 150)])
        .when(refresh(1, 2, 120, 220))
        .then_expect_events(vec![refreshed(1, 3, 220)]);
}

#[test]
fn opening_a_session_again_agrees_and_keeps_its_generation() {
    ada_and([opened(1, 100), refreshed(1, 2, 150)])
        .when(open(1, 0, 100))
        .then_expect_events(vec![]);
}

#[test]
fn a_token_that_was_exchanged_before_closes_the_session() {
    let stolen = || ada_and([opened(1, 100), opened(2, 100), refreshed(1, 2, 150)]);
    let reused = closed(1, SessionEnd::TokenReused);
    stolen()
        .when(refresh(1, 1, 60, 160))
        .then_expect_events(vec![reused.clone()]);
    // Neither the thief's token nor the owner's is good from then on; other sessions are.
    let after = || stolen().and(vec![reused.clone()]);
    for generation in [1, 2] {
        after()
            .when(refresh(1, generation, 60, 160))
            .then_expect_error(Rejection::SessionOver);
    }
    after()
        .when(refresh(2, 1, 60, 160))
        .then_expect_events(vec![refreshed(2, 2, 160)]);
}

#[test]
fn a_token_is_no_good_from_the_moment_that_it_ends() {
    let open = || ada_and([opened(1, 100)]);
    open()
        .when(refresh(1, 1, 99, 200))
        .then_expect_events(vec![refreshed(1, 2, 200)]);
    for late in [100, 101] {
        open()
            .when(refresh(1, 1, late, 200))
            .then_expect_error(Rejection::SessionOver);
    }
}

#[test]
fn tokens_of_other_sessions_or_generations_to_come_are_no_good() {
    let open = || ada_and([opened(1, 100)]);
    open()
        .when(refresh(2, 1, 50, 150))
        .then_expect_error(Rejection::SessionOver);
    open()
        .when(refresh(1, 2, 50, 150))
        .then_expect_error(Rejection::SessionOver);
}

#[test]
fn logging_out_closes_the_session_once() {
    let logged_out = || closed(1, SessionEnd::LoggedOut);
    let close = || Command::CloseSession(session(1));
    ada_and([opened(1, 100)])
        .when(close())
        .then_expect_events(vec![logged_out()]);
    ada_and([opened(1, 100), logged_out()])
        .when(close())
        .then_expect_events(vec![]);
    ada_and([opened(1, 100), logged_out()])
        .when(refresh(1, 1, 50, 150))
        .then_expect_error(Rejection::SessionOver);
}

#[test]
fn the_twenty_first_session_displaces_the_oldest() {
    let twenty = || ada_and((1..=20).map(|n| opened(n, 100)));
    twenty()
        .when(open(21, 0, 100))
        .then_expect_events(vec![closed(1, SessionEnd::Displaced), opened(21, 100)]);
    ada_and((1..=19).map(|n| opened(n, 100)))
        .when(open(20, 0, 100))
        .then_expect_events(vec![opened(20, 100)]);
}

#[test]
fn sessions_that_have_ended_displace_nobody() {
    ada_and((1..=20).map(|n| opened(n, if n == 7 { 50 } else { 100 })))
        .when(open(21, 50, 100))
        .then_expect_events(vec![opened(21, 100)]);
}

#[test]
fn sessions_long_over_are_forgotten() {
    let mut ada = Account::default();
    ada.fold(&registered());
    ada.fold(&opened(1, 0));
    ada.fold(&opened(2, 1));
    let expires_at = at(0) + TimeDelta::days(90);
    let newest = session(3);
    ada.fold(
        &SessionOpened {
            session: newest,
            expires_at,
        }
        .into(),
    );
    assert!(ada.sessions.keys().eq([&session(2), &newest]));
}

#[test]
fn an_erased_account_keeps_its_id_and_roles_and_loses_its_name() {
    let history = HistoryId::Account(ada());
    let State::Account(ada) = folded(
        &history,
        &[erased(registered()), erased(granted(Role::Admin))],
    ) else {
        panic!("an account's history folds to an account");
    };
    assert_eq!(
        (ada.id, ada.name.clone()),
        (Some(crate::testing::ada()), None)
    );
    assert!(ada.has(Role::Admin));
}

/// Builds a command for the moment at which it is sent.
#[derive(Debug, Clone)]
enum Act {
    Register,
    Grant(Role),
    Revoke(Role),
    Open(u128, i64),
    Refresh(u128, u32, i64),
    Close(u128),
}

fn any_act() -> impl Strategy<Value = Act> {
    let role = prop_oneof![Just(Role::Admin), Just(Role::Analyst), Just(Role::Finance)];
    let (id, lasts) = (0_u128..30, 0_i64..200);
    prop_oneof![
        1 => Just(Act::Register),
        1 => role.clone().prop_map(Act::Grant),
        1 => role.prop_map(Act::Revoke),
        9 => (id.clone(), lasts.clone()).prop_map(|(n, lasts)| Act::Open(n, lasts)),
        3 => (id.clone(), 1_u32..4, lasts).prop_map(|(n, g, lasts)| Act::Refresh(n, g, lasts)),
        1 => id.prop_map(Act::Close),
    ]
}

fn command(act: &Act, now: i64) -> Command {
    match *act {
        Act::Register => register(),
        Act::Grant(role) => Command::GrantRole(role),
        Act::Revoke(role) => Command::RevokeRole(role),
        Act::Open(n, lasts) => open(n, now, now + lasts),
        Act::Refresh(n, generation, lasts) => refresh(n, generation, now, now + lasts),
        Act::Close(n) => Command::CloseSession(session(n)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_account_has_too_many_sessions_and_its_log_tells_all(
        acts in prop::collection::vec(any_act(), 0..120),
    ) {
        let mut account = Account::default();
        let mut log = vec![];
        for (now, act) in (0..).zip(&acts) {
            let events = account.decide(command(act, now)).unwrap_or_default();
            events.iter().for_each(|event| account.fold(event));
            log.extend(events.into_iter().map(stored));
            let live = account.sessions.values().filter(|open| open.expires_at > at(now));
            prop_assert!(live.count() <= SESSIONS_MAX);
            let mut roles = account.roles.clone();
            roles.sort();
            roles.dedup();
            prop_assert_eq!(roles.len(), account.roles.len());
        }
        let read = folded(&HistoryId::Account(ada()), &log);
        prop_assert_eq!(read, State::Account(Box::new(account)));
    }
}

#[test]
fn another_password_ends_every_other_session() {
    let changed = || Event::from(PasswordChanged {});
    let reason = SessionEnd::PasswordChanged;
    let three = [opened(1, 50), opened(2, 100), opened(3, 100)];
    ada_and(three.clone())
        .when(change(2, 0, 0))
        .then_expect_events(vec![changed(), closed(1, reason), closed(3, reason)]);
    // One that has run out by then is over already.
    ada_and(three.clone())
        .when(change(2, 0, 50))
        .then_expect_events(vec![changed(), closed(3, reason)]);
    let after = || {
        let events = [changed(), closed(1, reason), closed(3, reason)];
        ada_and(three.clone().into_iter().chain(events))
    };
    for gone in [1, 3] {
        after()
            .when(refresh(gone, 1, 10, 200))
            .then_expect_error(Rejection::SessionOver);
    }
    after()
        .when(refresh(2, 1, 10, 200))
        .then_expect_events(vec![refreshed(2, 2, 200)]);
}

#[test]
fn who_knew_the_password_before_it_was_changed_cannot_change_it() {
    let once = || ada_and([opened(1, 100), PasswordChanged {}.into()]);
    once()
        .when(change(1, 0, 0))
        .then_expect_error(Rejection::PasswordStale);
    once()
        .when(change(1, 1, 0))
        .then_expect_events(vec![PasswordChanged {}.into()]);
    let suspended = Suspended {
        account: ada(),
        personal: Personal::seal(None, salt()),
    };
    ada_and([suspended.into()])
        .when(change(1, 0, 0))
        .then_expect_error(Rejection::Suspended);
    ada_and([Erased {}.into()])
        .when(change(1, 0, 0))
        .then_expect_error(Rejection::Erased);
}
