//! Slow mode, followers only, emote only.

use super::chat::send;
use super::*;
use crate::Personal;
use crate::testing::{account, eve, root, salt};

pub(super) fn change(
    slow_mode_seconds: Option<u32>,
    followers_only_minutes: Option<Option<u32>>,
    emote_only: Option<bool>,
) -> Command {
    let change = ChatSettingsChange {
        slow_mode_seconds,
        followers_only_minutes,
        emote_only,
    };
    let reason = because("a raid");
    by_ada(Act::ChangeChat { change, reason })
}

pub(super) fn changed(settings: ChatSettings) -> Event {
    let personal = Personal::seal(Some("a raid".to_owned()), salt());
    ChatSettingsChanged { settings, personal }.into()
}

fn slow(seconds: u32) -> ChatSettings {
    ChatSettings {
        slow_mode_seconds: seconds,
        ..ChatSettings::default()
    }
}

fn followers(minutes: u32) -> ChatSettings {
    ChatSettings {
        followers_only_minutes: Some(minutes),
        ..ChatSettings::default()
    }
}

fn emotes() -> ChatSettings {
    ChatSettings {
        emote_only: true,
        ..ChatSettings::default()
    }
}

/// Ada's channel with these settings.
fn room(settings: ChatSettings) -> Channel {
    let mut channel = Channel::default();
    channel.fold(&opened());
    channel.fold(&changed(settings));
    channel
}

/// Says it, and takes in what comes of it.
fn say(channel: &mut Channel, send: Send) -> Result<(), Rejection> {
    let events = channel.decide(Command::Send(send))?;
    events.iter().for_each(|event| channel.fold(event));
    Ok(())
}

#[test]
fn settings_change_one_by_one_and_within_limits() {
    open_and([])
        .when(change(Some(30), None, None))
        .then_expect_events(vec![changed(slow(30))]);
    let both = ChatSettings {
        emote_only: true,
        ..slow(30)
    };
    open_and([changed(slow(30))])
        .when(change(None, None, Some(true)))
        .then_expect_events(vec![changed(both)]);
    open_and([changed(both)])
        .when(change(Some(30), Some(None), Some(true)))
        .then_expect_events(vec![]);
    open_and([changed(followers(10))])
        .when(change(None, Some(None), None))
        .then_expect_events(vec![changed(ChatSettings::default())]);
    let most = change(
        Some(SLOW_MODE_SECONDS_MAX),
        Some(Some(FOLLOWED_MINUTES_MAX)),
        None,
    );
    assert!(room(emotes()).decide(most).is_ok());
    open_and([])
        .when(change(Some(SLOW_MODE_SECONDS_MAX + 1), None, None))
        .then_expect_error(Rejection::SlowModeTooLong);
    open_and([])
        .when(change(None, Some(Some(FOLLOWED_MINUTES_MAX + 1)), None))
        .then_expect_error(Rejection::FollowersOnlyTooLong);
}

#[test]
fn in_slow_mode_each_sender_waits_and_is_told_how_long() {
    let mut room = room(slow(30));
    assert_eq!(say(&mut room, send(bob(), 0)), Ok(()));
    for (now, retry_after) in [(0, 30), (1, 29), (29, 1)] {
        let refused = say(&mut room, send(bob(), now));
        assert_eq!(refused, Err(Rejection::SlowMode { retry_after }));
    }
    let almost = Send {
        at: crate::testing::at_ms(29_001),
        ..send(bob(), 0)
    };
    assert_eq!(
        say(&mut room, almost),
        Err(Rejection::SlowMode { retry_after: 1 })
    );
    assert_eq!(
        say(&mut room, send(eve(), 1)),
        Ok(()),
        "others wait for themselves"
    );
    assert_eq!(say(&mut room, send(bob(), 30)), Ok(()));
    assert!(say(&mut room, send(bob(), 59)).is_err());
}

#[test]
fn a_change_of_slow_mode_lets_everyone_speak_once() {
    let mut room = room(slow(600));
    say(&mut room, send(bob(), 0)).unwrap();
    room.fold(&changed(ChatSettings {
        emote_only: false,
        ..slow(10)
    }));
    assert_eq!(say(&mut room, send(bob(), 1)), Ok(()));
    assert_eq!(
        say(&mut room, send(bob(), 2)),
        Err(Rejection::SlowMode { retry_after: 9 })
    );
}

#[test]
fn slow_mode_remembers_no_more_than_it_needs() {
    let mut room = room(slow(10));
    for n in 0..1_000_i64 {
        say(
            &mut room,
            send(account(100 + u128::from(n.unsigned_abs())), n),
        )
        .unwrap();
        assert!(room.waiting.len() <= 11, "those of the last ten seconds");
    }
    for n in 0..SLOW_SENDERS_MAX + 10 {
        say(&mut room, send(account(10_000 + n as u128), 2_000)).unwrap();
    }
    assert_eq!(room.waiting.len(), SLOW_SENDERS_MAX);
}

#[test]
fn only_followers_of_some_standing_speak() {
    let says = |since: Option<i64>, now| {
        let following_since = since.map(at);
        let send = Send {
            following_since,
            ..send(bob(), now)
        };
        say(&mut room(followers(10)), send)
    };
    let refused = Err(Rejection::FollowersOnly { minutes: 10 });
    assert_eq!(says(None, 0), refused);
    assert_eq!(says(Some(0), 599), refused);
    assert_eq!(says(Some(0), 600), Ok(()));
    let just_now = Send {
        following_since: Some(at(5)),
        ..send(bob(), 5)
    };
    assert_eq!(say(&mut room(followers(0)), just_now), Ok(()));
    assert!(say(&mut room(followers(0)), send(bob(), 5)).is_err());
}

#[test]
fn only_emoji_are_sent() {
    assert_eq!(
        say(&mut room(emotes()), send(bob(), 0)),
        Err(Rejection::EmoteOnly)
    );
    let emoji = Send {
        kind: MessageKind::Emoji,
        text: MessageText {
            sender_name: "bob".to_owned(),
            text: "👋".to_owned(),
        },
        ..send(bob(), 0)
    };
    assert_eq!(say(&mut room(emotes()), emoji), Ok(()));
}

#[test]
fn gates_stand_before_nobody_who_moderates() {
    let all = ChatSettings {
        slow_mode_seconds: 600,
        followers_only_minutes: Some(60),
        emote_only: true,
    };
    let mut room = room(all);
    let appointed = ModeratorAppointed {
        account: eve(),
        permissions: [ModeratorPermission::Pin].into(),
    };
    room.fold(&appointed.into());
    let staff = Send {
        is_staff: true,
        ..send(root(), 0)
    };
    for exempt in [send(ada(), 0), send(eve(), 0), staff] {
        assert_eq!(say(&mut room, exempt.clone()), Ok(()));
        assert_eq!(say(&mut room, exempt), Ok(()));
    }
    assert!(say(&mut room, send(bob(), 0)).is_err());
}

#[test]
fn a_restriction_is_told_before_a_gate() {
    let mut room = room(emotes());
    room.fold(&restrictions::banned());
    assert_eq!(say(&mut room, send(bob(), 0)), Err(Rejection::Banned));
}
