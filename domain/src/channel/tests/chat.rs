//! Who may say what, and who may take it back.

use super::pins;
use super::restrictions::{banned, timed_out, timeout_lifted};
use super::*;
use crate::testing::{account, eve, root, salt};
use crate::{Personal, StreamId};

pub(super) fn send(sender: AccountId, now: i64) -> Send {
    Send {
        sender,
        is_staff: false,
        following_since: None,
        kind: MessageKind::Text,
        text: words(),
        reply_to: None,
        mentions: vec![],
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

fn message_sent(sender: AccountId) -> MessageSent {
    MessageSent {
        sender,
        role: SenderRole::Viewer,
        kind: MessageKind::Text,
        stream: None,
        badges: vec![],
        reply_to: None,
        mentions: vec![],
        next_at: None,
        personal: Personal::seal(words(), salt()),
    }
}

fn sent(sender: AccountId, stream: Option<StreamId>) -> Event {
    MessageSent {
        stream,
        ..message_sent(sender)
    }
    .into()
}

pub(super) fn message() -> Position {
    Position::new(42).unwrap()
}

/// Of Bob's message.
pub(super) fn delete(account: Option<AccountId>, is_staff: bool) -> Delete {
    Delete {
        message: message(),
        sender: bob(),
        by: By { account, is_staff },
        reason: because("off topic"),
    }
}

pub(super) fn deleted(by: Option<AccountId>) -> Event {
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
    for (by, is_staff) in [
        (Some(bob()), false),
        (Some(ada()), false),
        (Some(root()), true),
        (None, true),
    ] {
        open_and([])
            .when(Command::Delete(delete(by, is_staff)))
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

#[test]
fn the_platform_says_what_draws_attention_and_what_it_did() {
    for kind in [MessageKind::Alert, MessageKind::System] {
        let (text, salt) = ("hello".to_owned(), salt());
        let said = MessageText {
            sender_name: String::new(),
            text: text.clone(),
        };
        let expected = MessageSent {
            role: SenderRole::Platform,
            kind,
            personal: Personal::seal(said, salt),
            ..message_sent(ada())
        };
        open_and([])
            .when(Command::Announce(Announce { kind, text, salt }))
            .then_expect_events(vec![expected.into()]);
    }
    for kind in [MessageKind::Text, MessageKind::Emoji, MessageKind::Tip] {
        let (text, salt) = ("hello".to_owned(), salt());
        open_and([])
            .when(Command::Announce(Announce { kind, text, salt }))
            .then_expect_error(Rejection::KindNotAllowed);
    }
}

#[test]
fn a_message_of_emoji_has_nothing_else() {
    let say = |text: &str| Send {
        kind: MessageKind::Emoji,
        text: MessageText {
            text: text.to_owned(),
            ..words()
        },
        ..send(bob(), 0)
    };
    open_and([])
        .when(Command::Send(say("hello 👋")))
        .then_expect_error(Rejection::NotEmojiOnly);
    let mut channel = Channel::default();
    channel.fold(&opened());
    assert!(channel.decide(Command::Send(say("👋 🎉"))).is_ok());
}

#[test]
fn a_message_says_what_its_sender_was_here() {
    let appointed = ModeratorAppointed {
        account: bob(),
        permissions: [ModeratorPermission::Pin].into(),
    };
    let case = |sender, is_staff, follows: bool, role, badges: &[Badge]| {
        let said = Send {
            is_staff,
            following_since: follows.then(|| at(0)),
            ..send(sender, 0)
        };
        let expected = MessageSent {
            role,
            badges: badges.to_vec(),
            ..message_sent(sender)
        };
        open_and([appointed.clone().into()])
            .when(Command::Send(said))
            .then_expect_events(vec![expected.into()]);
    };
    case(eve(), false, false, SenderRole::Viewer, &[]);
    case(eve(), false, true, SenderRole::Viewer, &[Badge::Follower]);
    case(
        bob(),
        false,
        false,
        SenderRole::Moderator,
        &[Badge::Moderator],
    );
    case(
        bob(),
        true,
        true,
        SenderRole::Admin,
        &[Badge::Staff, Badge::Moderator, Badge::Follower],
    );
    case(
        ada(),
        false,
        false,
        SenderRole::Streamer,
        &[Badge::Broadcaster],
    );
    case(
        ada(),
        true,
        false,
        SenderRole::Streamer,
        &[Badge::Broadcaster, Badge::Staff],
    );
}

#[test]
fn a_message_answers_one_that_is_there() {
    let answer = || {
        Command::Send(Send {
            reply_to: Some(message()),
            ..send(eve(), 0)
        })
    };
    let expected = MessageSent {
        reply_to: Some(message()),
        ..message_sent(eve())
    };
    open_and([])
        .when(answer())
        .then_expect_events(vec![expected.into()]);
    for gone in [deleted(None), pins::cleared(42)] {
        open_and([gone])
            .when(answer())
            .then_expect_error(Rejection::ReplyToNothing);
    }
}

#[test]
fn a_message_mentions_a_few() {
    let mention = |count: usize| Send {
        mentions: (0..count).map(|n| account(100 + n as u128)).collect(),
        ..send(eve(), 0)
    };
    let expected = MessageSent {
        mentions: mention(MENTIONS_MAX).mentions,
        ..message_sent(eve())
    };
    open_and([])
        .when(Command::Send(mention(MENTIONS_MAX)))
        .then_expect_events(vec![expected.into()]);
    open_and([])
        .when(Command::Send(mention(MENTIONS_MAX + 1)))
        .then_expect_error(Rejection::TooManyMentions);
}
