use super::channels::{ban, open, time_out};
use super::*;
use crate::Position;
use crate::channel::{MessageKind, MessageSent, MessageText, SenderRole};
use crate::testing::{GHOST as GHOST_ACCOUNT, because};

/// In Ada's channel.
pub(super) fn send(sender: AccountId) -> Chat {
    Chat::Send {
        channel: ada().into(),
        sender,
        kind: MessageKind::Text,
        text: " hello ".to_owned(),
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

fn sent(sender: AccountId, name: &str, role: SenderRole) -> [(HistoryId, channel::Event); 1] {
    let text = MessageText {
        sender_name: name.to_owned(),
        text: " hello ".to_owned(),
    };
    let sent = MessageSent {
        sender,
        role,
        kind: MessageKind::Text,
        stream: None,
        personal: Personal::seal(text, salt()),
    };
    [(HistoryId::Channel(ada().into()), sent.into())]
}

#[test]
fn a_message_says_who_sent_it_and_what_they_were() {
    for (actor, account, name, role) in [
        (BOB, bob(), "bob", SenderRole::Viewer),
        (ADA, ada(), "ada", SenderRole::Streamer),
        (ROOT, root(), "root", SenderRole::Admin),
    ] {
        let decided = given().when(actor, send(account)).decision();
        assert_eq!(decided.events[0].1, in_ada());
        given()
            .when(actor, send(account))
            .records(sent(account, name, role));
    }
    // In her own channel, the streamer comes first.
    let her = sent(ada(), "ada", SenderRole::Streamer);
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
        .records(sent(bob(), "", SenderRole::Viewer));
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
        text: "hello".to_owned(),
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
