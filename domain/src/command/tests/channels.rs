use super::*;
use crate::Position;
use crate::channel::{
    Act, Banned, ChatSettingsChange, ModeratorPermission, TIMEOUT_SECONDS_MAX, TimedOut,
};
use crate::command::channels::SealedKey;
use crate::testing::{account, because};

pub(super) fn open(account: AccountId) -> Channels {
    let key = key();
    Channels::Open { account, key }
}

pub(super) fn rotate() -> Channels {
    Channels::RotateStreamKey {
        channel: ada().into(),
        key: key(),
    }
}

fn key() -> SealedKey {
    SealedKey {
        lookup: vec![1, 2],
        ciphertext: vec![3, 4],
    }
}

fn stored_key(channel: ChannelId) -> Credential {
    Credential {
        kind: Credential::STREAM_KEY,
        subject: channel.to_string(),
        lookup: Some(vec![1, 2]),
        secret: vec![3, 4],
    }
}

/// From Ada's channel.
/// In Ada's channel.
pub(super) fn act(act: Act) -> Channels {
    let channel = ada().into();
    Channels::Moderate { channel, act }
}

pub(super) fn ban(account: AccountId) -> Channels {
    let reason = because("spam");
    act(Act::Ban { account, reason })
}

pub(super) fn unban(account: AccountId) -> Channels {
    let reason = because("sorry");
    act(Act::Unban { account, reason })
}

pub(super) fn mute(account: AccountId) -> Channels {
    let reason = because("spam");
    act(Act::Mute { account, reason })
}

pub(super) fn unmute(account: AccountId) -> Channels {
    let reason = because("sorry");
    act(Act::Unmute { account, reason })
}

pub(super) fn time_out(account: AccountId, seconds: i64) -> Channels {
    let reason = because("spam");
    act(Act::TimeOut {
        account,
        seconds,
        reason,
    })
}

pub(super) fn lift(account: AccountId) -> Channels {
    let reason = because("sorry");
    act(Act::LiftTimeout { account, reason })
}

pub(super) fn clear(upto: i64) -> Channels {
    let upto = Position::new(upto).unwrap();
    let reason = because("a raid");
    act(Act::ClearChat { upto, reason })
}

/// Of Bob's message.
pub(super) fn pin() -> Channels {
    let (message, sender) = (Position::new(42).unwrap(), bob());
    act(Act::Pin { message, sender })
}

pub(super) fn unpin() -> Channels {
    let (message, sender) = (Position::new(42).unwrap(), bob());
    act(Act::Unpin { message, sender })
}

pub(super) fn slow(seconds: u32) -> Channels {
    let change = ChatSettingsChange {
        slow_mode_seconds: Some(seconds),
        ..ChatSettingsChange::default()
    };
    let reason = because("a raid");
    act(Act::ChangeChat { change, reason })
}

pub(super) fn followers_only(minutes: u32) -> Channels {
    let change = ChatSettingsChange {
        followers_only_minutes: Some(Some(minutes)),
        ..ChatSettingsChange::default()
    };
    let reason = because("a raid");
    act(Act::ChangeChat { change, reason })
}

pub(super) fn appoint(account: AccountId, permissions: &[ModeratorPermission]) -> Channels {
    let permissions = permissions.iter().copied().collect();
    act(Act::Appoint {
        account,
        permissions,
    })
}

pub(super) fn dismiss(account: AccountId) -> Channels {
    act(Act::Dismiss { account })
}

#[test]
fn a_channel_is_opened_by_its_owner_or_on_the_console() {
    for actor in [BOB, Actor::Console] {
        let decision = given().when(actor, open(bob())).decision();
        assert_eq!(names(&decision), ["channel.opened"]);
        assert_eq!(decision.credentials, [stored_key(bob().into())]);
    }
    for actor in [EVE, ROOT, GHOST] {
        given().when(actor, open(bob())).refuses("NOT_ALLOWED");
    }
    given()
        .when(Actor::Anonymous, open(bob()))
        .refuses("ACCOUNT_NOT_FOUND");
}

#[test]
fn only_accounts_that_exist_have_channels() {
    let ghost = crate::testing::GHOST;
    for actor in [GHOST, Actor::Console] {
        given()
            .when(actor, open(ghost))
            .refuses("ACCOUNT_NOT_FOUND");
    }
}

#[test]
fn opening_a_channel_again_keeps_the_key_that_it_has() {
    given().when(ADA, open(ada())).records_nothing();
}

#[test]
fn a_rotation_puts_another_key_in_the_old_ones_place() {
    for actor in [ADA, ROOT, Actor::Console] {
        let decision = given().when(actor, rotate()).decision();
        assert_eq!(names(&decision), ["channel.stream_key_rotated"]);
        assert_eq!(decision.credentials, [stored_key(ada().into())]);
    }
}

#[test]
fn the_owner_and_staff_moderate_and_nobody_else() {
    let restricted = || {
        given()
            .registered(account(8), "dan")
            .registered(account(9), "gus")
            .after(ADA, time_out(eve(), 60))
            .after(ADA, mute(account(8)))
            .after(ADA, appoint(account(9), &[ModeratorPermission::Pin]))
            .after(ADA, ban(bob()))
    };
    let acts = || {
        [
            (rotate(), "channel.stream_key_rotated"),
            (ban(eve()), "channel.banned"),
            (unban(bob()), "channel.unbanned"),
            (time_out(eve(), 90), "channel.timed_out"),
            (lift(eve()), "channel.timeout_lifted"),
            (mute(eve()), "channel.muted"),
            (unmute(account(8)), "channel.unmuted"),
            (clear(9), "channel.chat_cleared"),
            (pin(), "channel.message_pinned"),
            (slow(5), "channel.chat_settings_changed"),
            (
                appoint(eve(), &ModeratorPermission::ALL),
                "channel.moderator_appointed",
            ),
            (dismiss(account(9)), "channel.moderator_removed"),
        ]
    };
    for (act, name) in acts() {
        for actor in [ADA, ROOT, Actor::Console, INGEST] {
            restricted()
                .when(actor, act.clone())
                .records_in(in_ada(), &[name]);
        }
        for actor in [BOB, EVE, GHOST, Actor::Anonymous] {
            restricted().when(actor, act.clone()).refuses("NOT_ALLOWED");
        }
    }
}

#[test]
fn nothing_is_done_in_a_channel_that_does_not_exist() {
    let closed = || {
        World::default()
            .registered(ada(), "ada")
            .registered(bob(), "bob")
    };
    for act in [
        rotate(),
        ban(bob()),
        unban(bob()),
        time_out(bob(), 60),
        lift(bob()),
        clear(9),
        pin(),
        slow(5),
    ] {
        closed().when(ADA, act).refuses("CHANNEL_NOT_FOUND");
    }
}

#[test]
fn a_ban_names_who_is_banned_and_why() {
    let banned = Banned {
        account: bob(),
        personal: Personal::seal(Some("spam".to_owned()), salt()),
    };
    let history = HistoryId::Channel(ada().into());
    given()
        .when(ADA, ban(bob()))
        .records([(history, channel::Event::from(banned))]);
}

#[test]
fn nobody_is_restricted_who_does_not_exist() {
    let unknown = account(99);
    for act in [ban(unknown), time_out(unknown, 60)] {
        given().when(ADA, act).refuses("ACCOUNT_NOT_FOUND");
    }
    for act in [unban(unknown), lift(unknown)] {
        given().when(ADA, act).records_nothing();
    }
}

#[test]
fn not_even_staff_restrict_the_owner() {
    for act in [ban(ada()), time_out(ada(), 60)] {
        for actor in [ADA, ROOT, Actor::Console] {
            given().when(actor, act.clone()).refuses("OWNER_EXEMPT");
        }
    }
}

#[test]
fn a_timeout_runs_from_the_time_of_its_request() {
    let timed_out = TimedOut {
        account: bob(),
        until: at(160),
        personal: Personal::seal(Some("spam".to_owned()), salt()),
    };
    let history = HistoryId::Channel(ada().into());
    given()
        .when_at(100, ADA, time_out(bob(), 60))
        .records([(history, channel::Event::from(timed_out))]);
}

#[test]
fn no_number_of_seconds_is_too_absurd_to_be_refused() {
    for seconds in [0, -1, TIMEOUT_SECONDS_MAX + 1, 1 << 50, i64::MAX, i64::MIN] {
        given()
            .when(ADA, time_out(bob(), seconds))
            .refuses("TIMEOUT_TOO_LONG");
    }
}

#[test]
fn a_moderator_acts_in_one_channel_and_as_far_as_was_granted() {
    let moderated = || given().after(ADA, appoint(bob(), &[ModeratorPermission::Ban]));
    moderated()
        .when(BOB, ban(eve()))
        .records_in(in_ada(), &["channel.banned"]);
    moderated().when(BOB, mute(eve())).refuses("NOT_ALLOWED");
    moderated().when(BOB, rotate()).refuses("NOT_ALLOWED");
    let elsewhere = Channels::Moderate {
        channel: eve().into(),
        act: Act::Ban {
            account: ada(),
            reason: because("spam"),
        },
    };
    moderated()
        .after(EVE, open(eve()))
        .when(BOB, elsewhere)
        .refuses("NOT_ALLOWED");
    // Taken away, it is gone at once.
    moderated()
        .after(ADA, dismiss(bob()))
        .when(BOB, ban(eve()))
        .refuses("NOT_ALLOWED");
    moderated()
        .when(BOB, dismiss(bob()))
        .records_in(in_ada(), &["channel.moderator_removed"]);
}

#[test]
fn whoever_is_not_there_is_not_appointed() {
    given()
        .when(ADA, appoint(account(99), &ModeratorPermission::ALL))
        .refuses("ACCOUNT_NOT_FOUND");
    given()
        .when(BOB, appoint(account(99), &ModeratorPermission::ALL))
        .refuses("NOT_ALLOWED");
}
