//! Who may do what: the owner and staff everything, a moderator what was granted, nobody else anything.

use super::chat::delete;
use super::restrictions::{ban, banned, mute, time_out};
use super::*;
use crate::testing::{account, eve, root};
use ModeratorPermission as Permission;

pub(super) fn appointed(who: AccountId, permissions: &[Permission]) -> Event {
    ModeratorAppointed {
        account: who,
        permissions: permissions.iter().copied().collect(),
    }
    .into()
}

fn removed(account: AccountId) -> Event {
    ModeratorRemoved { account }.into()
}

fn appoint(account: AccountId, permissions: &[Permission]) -> Act {
    Act::Appoint {
        account,
        permissions: permissions.iter().copied().collect(),
    }
}

fn dismiss(account: AccountId) -> Act {
    Act::Dismiss { account }
}

/// What each permission lets somebody do to Eve or to the chat.
fn acts() -> Vec<(Permission, Command)> {
    let of = |command: Command| match command {
        Command::Moderate { act, at, .. } => Command::Moderate {
            by: by(bob()),
            at,
            act,
        },
        other => other,
    };
    let (account, reason) = (eve(), because("sorry"));
    vec![
        (Permission::Ban, of(ban(eve()))),
        (
            Permission::Ban,
            of(by_ada(Act::Unban {
                account,
                reason: reason.clone(),
            })),
        ),
        (Permission::Mute, of(mute(eve()))),
        (
            Permission::Mute,
            of(by_ada(Act::Unmute {
                account,
                reason: reason.clone(),
            })),
        ),
        (Permission::TimeOut, of(time_out(eve(), 60))),
        (
            Permission::TimeOut,
            of(by_ada(Act::LiftTimeout { account, reason })),
        ),
        (Permission::ClearChat, of(pins::clear(9))),
        (Permission::Pin, of(pins::pin(42))),
        (Permission::Pin, of(pins::unpin(42))),
        (Permission::Settings, of(gates::change(Some(5), None, None))),
    ]
}

#[test]
fn a_moderator_does_what_was_granted_and_nothing_else() {
    for (needed, command) in acts() {
        for granted in Permission::ALL {
            let mut channel = Channel::default();
            channel.fold(&opened());
            channel.fold(&appointed(bob(), &[granted]));
            let done = channel.decide(command.clone());
            if granted == needed {
                assert!(done.is_ok(), "{command:?} with {granted:?}");
            } else {
                assert_eq!(
                    done,
                    Err(Rejection::NotAllowed),
                    "{command:?} with {granted:?}"
                );
            }
        }
        open_and([])
            .when(command)
            .then_expect_error(Rejection::NotAllowed);
    }
    let by_eve = |granted| {
        let mut channel = Channel::default();
        channel.fold(&opened());
        channel.fold(&appointed(eve(), &[granted]));
        channel.decide(Command::Delete(delete(Some(eve()), false)))
    };
    assert!(by_eve(Permission::DeleteMessages).is_ok());
    assert_eq!(by_eve(Permission::Ban), Err(Rejection::NotYourMessage));
}

#[test]
fn moderators_are_appointed_and_removed_by_who_runs_the_channel() {
    let both = [Permission::Ban, Permission::Pin];
    let staff = By {
        account: Some(root()),
        is_staff: true,
    };
    for by in [by(ada()), staff] {
        open_and([])
            .when(asked(by, 0, appoint(bob(), &both)))
            .then_expect_events(vec![appointed(bob(), &both)]);
        open_and([appointed(bob(), &both)])
            .when(asked(by, 0, dismiss(bob())))
            .then_expect_events(vec![removed(bob())]);
    }
    let here = || open_and([appointed(bob(), &both)]);
    here()
        .when(by_ada(appoint(bob(), &both)))
        .then_expect_events(vec![]);
    here()
        .when(by_ada(appoint(bob(), &[Permission::Ban])))
        .then_expect_events(vec![appointed(bob(), &[Permission::Ban])]);
    open_and([])
        .when(by_ada(dismiss(bob())))
        .then_expect_events(vec![]);
    // A moderator appoints nobody, and may resign.
    for act in [
        appoint(eve(), &both),
        appoint(bob(), &Permission::ALL),
        dismiss(eve()),
    ] {
        here()
            .when(asked(by(bob()), 0, act))
            .then_expect_error(Rejection::NotAllowed);
    }
    here()
        .when(asked(by(bob()), 0, dismiss(bob())))
        .then_expect_events(vec![removed(bob())]);
}

#[test]
fn not_everybody_can_be_appointed() {
    for (who, permissions, refusal) in [
        (ada(), &Permission::ALL[..], Rejection::OwnerModerates),
        (bob(), &[], Rejection::NoPermissions),
    ] {
        open_and([])
            .when(by_ada(appoint(who, permissions)))
            .then_expect_error(refusal);
    }
    open_and([banned()])
        .when(by_ada(appoint(bob(), &Permission::ALL)))
        .then_expect_error(Rejection::Banned);
    let full: Vec<_> = (0..MODERATORS_MAX)
        .map(|n| appointed(account(100 + n as u128), &[Permission::Pin]))
        .collect();
    open_and(full.clone())
        .when(by_ada(appoint(bob(), &[Permission::Pin])))
        .then_expect_error(Rejection::TooManyModerators);
    open_and(full)
        .when(by_ada(appoint(account(100), &[Permission::Ban])))
        .then_expect_events(vec![appointed(account(100), &[Permission::Ban])]);
}

#[test]
fn moderators_act_against_neither_the_owner_nor_each_other() {
    let two = || {
        let all = Permission::ALL;
        open_and([appointed(bob(), &all), appointed(eve(), &all)])
    };
    let reason = || because("spam");
    let against = |account| {
        [
            Act::Ban {
                account,
                reason: reason(),
            },
            Act::Mute {
                account,
                reason: reason(),
            },
            Act::TimeOut {
                account,
                seconds: 60,
                reason: reason(),
            },
        ]
    };
    for act in against(eve()) {
        two()
            .when(asked(by(bob()), 0, act))
            .then_expect_error(Rejection::ModeratorExempt);
    }
    for act in against(ada()) {
        two()
            .when(asked(by(bob()), 0, act))
            .then_expect_error(Rejection::OwnerExempt);
    }
    // The owner can, and who is banned moderates no more.
    two()
        .when(ban(bob()))
        .then_expect_events(vec![removed(bob()), banned()]);
}
