//! Forgetting a person.

use super::*;
use crate::account::{Erased, Erasure, ErasureCompleted};
use crate::claim::{self, Released};

pub(super) fn erase(name: &str, account: AccountId) -> Accounts {
    Accounts::Erase {
        account,
        name_hash: Some(name_hash(name)),
        email_hash: Some("a1".to_owned()),
    }
}

pub(super) fn complete(account: AccountId) -> Accounts {
    Accounts::CompleteErasure { account, events: 7 }
}

fn erase_ada() -> Accounts {
    erase("Ada", ada())
}

/// Ada has claimed her name and address, and is live.
fn given_ada() -> World {
    let fresh = World::default();
    let fresh = fresh.after(Actor::Anonymous, accounts::register(ada(), "Ada", "a1"));
    let others = fresh
        .registered(bob(), "bob")
        .registered(eve(), "eve")
        .registered(root(), "root")
        .admin(root());
    others.after(ADA, channels::open(ada()))
}

fn erased() -> World {
    given_ada().after(Actor::Console, erase_ada())
}

#[test]
fn an_erasure_ends_everything_of_the_account_at_once() {
    let live = given_ada()
        .after(ADA, streams::start())
        .after(INGEST, streams::media_arrived());
    let decision = live.when_at(60, Actor::Console, erase_ada()).decision();
    let expected = [
        "account.erased",
        "claim.released",
        "claim.released",
        "stream.ending",
        "stream.ended",
        "channel.stream_closed",
        "channel.closed",
    ];
    assert_eq!(names(&decision), expected);
    let released: Event = claim::Event::from(Released { account: ada() }).into();
    let claims: Vec<_> = decision.events[1..3]
        .iter()
        .map(|(h, _, e)| (h.clone(), e.clone()))
        .collect();
    let name = HistoryId::NameClaim(name_hash("ada"));
    let email = HistoryId::EmailClaim("a1".to_owned());
    assert_eq!(claims, [(name, released.clone()), (email, released)]);
    assert!(decision.events[3..].iter().all(|(_, c, _)| *c == in_ada()));
    let secrets: Vec<_> = decision
        .credentials
        .iter()
        .map(|c| (c.kind, c.subject.clone(), c.lookup.clone(), c.secret.len()))
        .collect();
    let id = ada().to_string();
    assert_eq!(
        secrets,
        [
            (Credential::PASSWORD, id.clone(), None, 0),
            (Credential::STREAM_KEY, id, None, 0)
        ]
    );
}

#[test]
fn an_account_without_a_channel_is_erased_alone() {
    let account = World::default().after(Actor::Anonymous, accounts::register(ada(), "Ada", "a1"));
    let decision = account.when(Actor::Console, erase_ada()).decision();
    let expected = ["account.erased", "claim.released", "claim.released"];
    assert_eq!(names(&decision), expected);
}

#[test]
fn a_person_is_erased_by_admins_and_the_console() {
    for actor in [ADA, BOB, GHOST, Actor::Anonymous] {
        given_ada().when(actor, erase_ada()).refuses("NOT_AN_ADMIN");
    }
    for actor in [ROOT, Actor::Console] {
        let decision = given_ada().when(actor, erase_ada()).decision();
        assert_eq!(names(&decision)[0], "account.erased");
    }
    let nobody = Accounts::Erase {
        account: crate::testing::GHOST,
        name_hash: None,
        email_hash: None,
    };
    given_ada()
        .when(Actor::Console, nobody)
        .refuses("ACCOUNT_NOT_FOUND");
}

#[test]
fn claims_of_others_stay_theirs() {
    let bobs = given_ada().after(
        Actor::Anonymous,
        accounts::register(crate::testing::account(9), "Bea", "b1"),
    );
    let wrong = Accounts::Erase {
        account: ada(),
        name_hash: Some(name_hash("Bea")),
        email_hash: None,
    };
    let decision = bobs.when(Actor::Console, wrong).decision();
    assert_eq!(names(&decision), ["account.erased", "channel.closed"]);
}

#[test]
fn name_and_address_are_free_afterwards() {
    let again = accounts::register(crate::testing::account(9), "ada", "a1");
    given_ada()
        .when(Actor::Anonymous, again.clone())
        .refuses("NAME_TAKEN");
    erased()
        .when(Actor::Anonymous, again)
        .records_in(None, &["account.registered", "claim.made", "claim.made"]);
}

#[test]
fn an_erased_account_does_nothing_and_nothing_is_done_to_it() {
    let session = crate::testing::session(1);
    let log_in = Accounts::OpenSession {
        account: ada(),
        session,
        expires_at: at(100),
    };
    let refresh = Accounts::RefreshSession {
        account: ada(),
        session,
        generation: 1,
        expires_at: at(100),
    };
    let signed_in = given_ada().after(ADA, log_in.clone());
    let erased = signed_in.after(Actor::Console, erase_ada());
    let refused = |actor, command: Command| {
        erased
            .clone()
            .when(actor, command)
            .refuses("ACCOUNT_ERASED");
    };
    let in_bobs = |sender| {
        let Chat::Send {
            kind, said, salt, ..
        } = chat::send(sender)
        else {
            panic!("a message");
        };
        let channel = bob().into();
        Chat::Send {
            channel,
            sender,
            kind,
            said,
            salt,
        }
    };
    refused(ADA, log_in.into());
    refused(ADA, refresh.into());
    refused(ADA, in_bobs(ada()).into());
    refused(ADA, tips::top_up("1.00").into());
    refused(ADA, channels::rotate().into());
    refused(ADA, streams::start().into());
    let role = Role::Analyst;
    let account = ada();
    refused(Actor::Console, Accounts::GrantRole { account, role }.into());
    refused(Actor::Console, channels::open(ada()).into());
    refused(
        Actor::Console,
        accounts::register(ada(), "Ada2", "a2").into(),
    );
}

#[test]
fn nothing_begins_in_a_closed_channel() {
    let refused = |actor, command: Command| {
        erased().when(actor, command).refuses("CHANNEL_CLOSED");
    };
    refused(INGEST, streams::publish().into());
    refused(ROOT, streams::start().into());
    refused(ROOT, streams::schedule().into());
    refused(ROOT, channels::rotate().into());
    refused(ROOT, channels::ban(bob()).into());
    refused(ROOT, channels::time_out(bob(), 60).into());
    refused(BOB, chat::send(bob()).into());
    let rich = erased().after(BOB, tips::top_up("5.00"));
    rich.when(BOB, tips::tip(ada(), "1.00"))
        .refuses("CHANNEL_CLOSED");
}

#[test]
fn a_title_of_somebody_who_was_forgotten_is_not_written_anew() {
    let ended = given_ada()
        .after(ADA, streams::start())
        .after(Actor::Console, erase_ada());
    ended
        .when(ROOT, streams::update())
        .refuses("CHANNEL_CLOSED");
}

#[test]
fn what_is_left_can_be_put_in_order_without_words_about_the_forgotten() {
    let banned = given().after(ADA, channels::ban(bob()));
    let erased = banned.after(Actor::Console, erase("bob", bob()));
    for (actor, command) in [
        (ADA, Command::from(channels::unban(bob()))),
        (ADA, chat::delete(bob()).into()),
    ] {
        let decision = erased.clone().when(actor, command.clone()).decision();
        let personal = decision.events[0].2.personal().unwrap();
        assert!(personal.contains(r#""value":null"#), "{personal}");
        let decision = given()
            .after(ADA, channels::ban(bob()))
            .when(actor, command)
            .decision();
        let personal = decision.events[0].2.personal().unwrap();
        assert!(!personal.contains("null"), "{personal}");
    }
}

#[test]
fn an_erasure_is_begun_and_completed_once() {
    erased().when(Actor::Console, erase_ada()).records_nothing();
    let history = HistoryId::Account(ada());
    let completed = account::Event::from(ErasureCompleted { events: 7 });
    erased()
        .when(Actor::System("erasure"), complete(ada()))
        .records([(history, completed)]);
    let through = erased().after(Actor::System("erasure"), complete(ada()));
    through
        .clone()
        .when(Actor::Console, complete(ada()))
        .records_nothing();
    through.when(Actor::Console, erase_ada()).records_nothing();
    given_ada()
        .when(Actor::Console, complete(ada()))
        .refuses("NOT_ERASED");
    erased().when(ROOT, complete(ada())).refuses("NOT_AN_ADMIN");
}

#[test]
fn states_in_memory_drop_what_they_hold_of_a_person_and_nothing_else() {
    let world = given_ada().after(ADA, streams::start());
    for (history, state) in world.0 {
        let mut left = state.clone();
        left.forget_words_of(bob());
        let is_bobs = history == HistoryId::Account(bob());
        assert_eq!(left != state, is_bobs, "{history}");
        left.forget_words_of(ada());
        let text = format!("{left:?}").to_lowercase();
        assert!(
            !text.contains("\"ada\"") && !text.contains("chess"),
            "{text}"
        );
        if let (State::Stream(left), State::Stream(state)) = (&left, &state) {
            assert_eq!(left.life, state.life);
        }
    }
}

#[test]
fn an_erased_accounts_state_says_nothing_of_the_person() {
    let mut world = erased();
    let Some(State::Account(account)) = world.state(&HistoryId::Account(ada())) else {
        panic!("an account");
    };
    assert_eq!(
        (account.name.as_ref(), account.erasure),
        (None, Erasure::Begun)
    );
    assert!(account.roles.is_empty() && account.sessions.is_empty());
    let erased: Event = account::Event::from(Erased {}).into();
    assert_eq!(erased.personal(), None);
}
