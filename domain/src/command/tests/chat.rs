use super::channels::{appoint, ban, followers_only, mute, open, slow, time_out};
use super::follows::follow;
use super::*;
use crate::Position;
use crate::channel::{
    Badge, MessageKind, MessageSent, MessageText, ModeratorPermission, ReactedTo, ReactionsTallied,
    SenderRole, Tally,
};
use crate::testing::{GHOST as GHOST_ACCOUNT, because};

/// In Ada's channel.
pub(super) fn send(sender: AccountId) -> Chat {
    Chat::Send {
        channel: ada().into(),
        sender,
        kind: MessageKind::Text,
        said: " hello ".into(),
        salt: salt(),
    }
}

/// A message that `sender` sent to Ada's channel.
pub(super) fn delete(sender: AccountId) -> Chat {
    Chat::Delete {
        channel: ada().into(),
        message: Position::new(42).unwrap(),
        sender,
        reason: because("off topic"),
    }
}

fn sent(
    sender: AccountId,
    name: &str,
    role: SenderRole,
    badges: &[Badge],
) -> [(HistoryId, channel::Event); 1] {
    let text = MessageText {
        sender_name: name.to_owned(),
        text: " hello ".to_owned(),
    };
    let sent = MessageSent {
        sender,
        role,
        kind: MessageKind::Text,
        stream: None,
        badges: badges.to_vec(),
        reply_to: None,
        mentions: vec![],
        next_at: None,
        personal: Personal::seal(text, salt()),
    };
    [(HistoryId::Channel(ada().into()), sent.into())]
}

#[test]
fn a_message_says_who_sent_it_and_what_they_were() {
    for (actor, account, name, role, badges) in [
        (BOB, bob(), "bob", SenderRole::Viewer, &[][..]),
        (
            ADA,
            ada(),
            "ada",
            SenderRole::Streamer,
            &[Badge::Broadcaster],
        ),
        (ROOT, root(), "root", SenderRole::Admin, &[Badge::Staff]),
    ] {
        let decided = given().when(actor, send(account)).decision();
        assert_eq!(decided.events[0].1, in_ada());
        given()
            .when(actor, send(account))
            .records(sent(account, name, role, badges));
    }
    // In her own channel, the streamer comes first.
    let badges = [Badge::Broadcaster, Badge::Staff];
    let her = sent(ada(), "ada", SenderRole::Streamer, &badges);
    given().admin(ada()).when(ADA, send(ada())).records(her);
}

#[test]
fn nobody_speaks_for_another() {
    given().when(EVE, send(bob())).refuses("NOT_ALLOWED");
    given().when(ROOT, send(bob())).refuses("NOT_ALLOWED");
}

#[test]
fn only_accounts_that_exist_speak() {
    given()
        .when(GHOST, send(GHOST_ACCOUNT))
        .refuses("ACCOUNT_NOT_FOUND");
    for actor in [Actor::Anonymous, Actor::Console, INGEST] {
        given()
            .when(actor, send(bob()))
            .refuses("ACCOUNT_NOT_FOUND");
    }
}

#[test]
fn an_erased_account_has_no_name_left_to_be_shown() {
    let registered = account::Event::from(Registered {
        account: bob(),
        personal: Personal::seal(person("bob"), salt()),
    });
    let mut world = given();
    world.0.remove(&HistoryId::Account(bob()));
    world
        .with(
            HistoryId::Account(bob()),
            crate::testing::erased(registered),
        )
        .when(BOB, send(bob()))
        .records(sent(bob(), "", SenderRole::Viewer, &[]));
}

#[test]
fn the_restricted_are_told_so() {
    given()
        .after(ADA, ban(bob()))
        .when(BOB, send(bob()))
        .refuses("BANNED");
    let timed_out = || given().after(ADA, time_out(bob(), 60));
    timed_out()
        .when_at(59, BOB, send(bob()))
        .refuses("TIMED_OUT");
    timed_out()
        .when_at(60, BOB, send(bob()))
        .records_in(in_ada(), &["channel.message_sent"]);
}

#[test]
fn a_ban_holds_in_one_channel() {
    let elsewhere = Chat::Send {
        channel: eve().into(),
        sender: bob(),
        kind: MessageKind::Text,
        said: "hello".into(),
        salt: salt(),
    };
    given()
        .after(EVE, open(eve()))
        .after(ADA, ban(bob()))
        .when(BOB, elsewhere)
        .records_in(Some(eve().into()), &["channel.message_sent"]);
}

#[test]
fn a_channel_that_does_not_exist_has_no_chat() {
    let world = || World::default().registered(bob(), "bob");
    world().when(BOB, send(bob())).refuses("CHANNEL_NOT_FOUND");
    world()
        .when(BOB, delete(bob()))
        .refuses("CHANNEL_NOT_FOUND");
}

#[test]
fn a_message_is_deleted_by_its_sender_the_owner_or_staff() {
    for actor in [BOB, ADA, ROOT, Actor::Console, Actor::System("policy")] {
        given()
            .when(actor, delete(bob()))
            .records_in(in_ada(), &["channel.message_deleted"]);
        given()
            .after(actor, delete(bob()))
            .when(actor, delete(bob()))
            .records_nothing();
    }
    // A ban does not keep anyone from taking the own words back.
    given()
        .after(ADA, ban(bob()))
        .when(BOB, delete(bob()))
        .records_in(in_ada(), &["channel.message_deleted"]);
}

#[test]
fn nobody_else_deletes_a_message() {
    for actor in [EVE, GHOST, Actor::Anonymous] {
        given()
            .when(actor, delete(bob()))
            .refuses("NOT_YOUR_MESSAGE");
    }
}

/// In Ada's channel.
pub(super) fn announce() -> Chat {
    Chat::Announce {
        channel: ada().into(),
        kind: MessageKind::Alert,
        text: "hello".to_owned(),
        salt: salt(),
    }
}

/// In Ada's channel.
pub(super) fn tally() -> Chat {
    let tallied = ReactionsTallied {
        node: "a".to_owned(),
        stream: None,
        tallies: vec![Tally {
            message: None,
            emoji: "👏".to_owned(),
            count: 3,
        }],
    };
    Chat::Tally {
        channel: ada().into(),
        tallied,
    }
}

#[test]
fn the_muted_and_those_in_slow_mode_are_told_so() {
    given()
        .after(ADA, mute(bob()))
        .when_at(1_000_000, BOB, send(bob()))
        .refuses("MUTED");
    let slow = || given().after(ADA, slow(30)).after(BOB, send(bob()));
    slow().when_at(29, BOB, send(bob())).refuses("SLOW_MODE");
    slow()
        .when_at(30, BOB, send(bob()))
        .records_in(in_ada(), &["channel.message_sent"]);
    for (actor, account) in [(ADA, ada()), (ROOT, root())] {
        slow()
            .after(actor, send(account))
            .when(actor, send(account))
            .records_in(in_ada(), &["channel.message_sent"]);
    }
}

#[test]
fn whoever_has_followed_for_long_enough_speaks_among_followers() {
    let followers = || given().after(ADA, followers_only(10)).after(BOB, follow());
    followers()
        .when_at(599, BOB, send(bob()))
        .refuses("FOLLOWERS_ONLY");
    followers()
        .when_at(600, BOB, send(bob()))
        .records_in(in_ada(), &["channel.message_sent"]);
    followers()
        .when_at(600, EVE, send(eve()))
        .refuses("FOLLOWERS_ONLY");
}

#[test]
fn a_moderator_who_may_deletes_others_messages() {
    let moderated = |permission| given().after(ADA, appoint(eve(), &[permission]));
    moderated(ModeratorPermission::DeleteMessages)
        .when(EVE, delete(bob()))
        .records_in(in_ada(), &["channel.message_deleted"]);
    moderated(ModeratorPermission::Ban)
        .when(EVE, delete(bob()))
        .refuses("NOT_YOUR_MESSAGE");
}

/// To a message of Ada's channel.
pub(super) fn react() -> Chat {
    Chat::React {
        channel: ada().into(),
        to: ReactedTo::Message(Position::new(42).unwrap()),
    }
}

#[test]
fn who_is_signed_in_and_may_speak_reacts_and_nothing_is_recorded() {
    for actor in [ADA, BOB, ROOT] {
        given().when(actor, react()).records_nothing();
    }
    for actor in [Actor::Anonymous, Actor::Console, GHOST] {
        given().when(actor, react()).refuses("ACCOUNT_NOT_FOUND");
    }
    given()
        .after(ADA, ban(bob()))
        .when(BOB, react())
        .refuses("BANNED");
    given()
        .after(ADA, mute(bob()))
        .when(BOB, react())
        .refuses("MUTED");
    let to = ReactedTo::Stream(crate::testing::stream(9));
    let channel = ada().into();
    given()
        .when(BOB, Chat::React { channel, to })
        .refuses("STREAM_NOT_OPEN");
    // Staff are not kept behind the gate; a follower is, for a while.
    let gated = || given().after(ADA, followers_only(10)).after(BOB, follow());
    gated().when_at(599, BOB, react()).refuses("FOLLOWERS_ONLY");
    gated().when_at(600, BOB, react()).records_nothing();
    gated().when(ROOT, react()).records_nothing();
}

#[test]
fn only_the_platform_speaks_as_the_platform_and_counts() {
    for actor in [ROOT, Actor::Console, INGEST] {
        given()
            .when(actor, announce())
            .records_in(in_ada(), &["channel.message_sent"]);
    }
    for actor in [ADA, BOB, Actor::Anonymous] {
        given().when(actor, announce()).refuses("NOT_AN_ADMIN");
    }
    given()
        .when(INGEST, tally())
        .records_in(in_ada(), &["channel.reactions_tallied"]);
    for actor in [ADA, ROOT, Actor::Console, Actor::Anonymous] {
        given().when(actor, tally()).refuses("NOT_ALLOWED");
    }
}
