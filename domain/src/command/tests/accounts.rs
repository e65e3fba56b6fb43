use super::*;
use crate::account::{RoleGranted, RoleRevoked, SessionClosed, SessionEnd, SessionOpened};
use crate::claim::{self, Made};
use crate::installation::{self, Founded};
use crate::testing::{account, session};

pub(super) fn register(account: AccountId, name: &str, email_hash: &str) -> Accounts {
    Accounts::Register {
        account,
        person: person(name),
        name_hash: name_hash(name),
        email_hash: email_hash.to_owned(),
        password_hash: "$argon2id$".to_owned(),
        salt: salt(),
    }
}

fn ada_registers() -> Accounts {
    register(ada(), "Ada", "a1")
}

fn grant(account: AccountId, role: Role) -> Accounts {
    Accounts::GrantRole { account, role }
}

fn revoke(account: AccountId, role: Role) -> Accounts {
    Accounts::RevokeRole { account, role }
}

fn account_event(account: AccountId, event: impl Into<account::Event>) -> (HistoryId, Event) {
    (HistoryId::Account(account), event.into().into())
}

const REGISTERED: [&str; 3] = ["account.registered", "claim.made", "claim.made"];

#[test]
fn registering_claims_the_name_and_the_address() {
    let made = || claim::Event::from(Made { account: ada() }).into();
    let personal = Personal::seal(person("Ada"), salt());
    let registered = Registered {
        account: ada(),
        personal,
    };
    World::default()
        .when(Actor::Anonymous, ada_registers())
        .records([
            account_event(ada(), registered),
            (HistoryId::NameClaim(name_hash("Ada")), made()),
            (HistoryId::EmailClaim("a1".to_owned()), made()),
        ]);
}

#[test]
fn the_password_is_a_credential_and_no_event() {
    let decision = World::default()
        .when(Actor::Anonymous, ada_registers())
        .decision();
    let password = Credential {
        kind: Credential::PASSWORD,
        subject: ada().to_string(),
        lookup: None,
        secret: b"$argon2id$".to_vec(),
    };
    assert_eq!(decision.credentials, [password]);
    for (_, _, event) in decision.events {
        let stored = event.payload().unwrap() + &event.personal().unwrap_or_default();
        assert!(!stored.contains("argon2"), "{stored}");
    }
}

#[test]
fn a_name_is_taken_in_whatever_case() {
    let taken = || World::default().after(Actor::Anonymous, ada_registers());
    for name in ["Ada", "ada", "ADA"] {
        taken()
            .when(Actor::Anonymous, register(bob(), name, "b1"))
            .refuses("NAME_TAKEN");
    }
    taken()
        .when(Actor::Anonymous, register(bob(), "Ada2", "b1"))
        .records_in(None, &REGISTERED);
}

#[test]
fn an_address_is_taken_under_whatever_name() {
    World::default()
        .after(Actor::Anonymous, ada_registers())
        .when(Actor::Anonymous, register(bob(), "bob", "a1"))
        .refuses("EMAIL_TAKEN");
}

#[test]
fn an_account_is_registered_once() {
    World::default()
        .after(Actor::Anonymous, ada_registers())
        .when(Actor::Anonymous, ada_registers())
        .refuses("ALREADY_REGISTERED");
}

#[test]
fn the_first_account_made_on_the_console_is_the_admin() {
    let decision = World::default()
        .when(Actor::Console, ada_registers())
        .decision();
    let founded = installation::Event::from(Founded { admin: ada() });
    let granted = account::Event::from(RoleGranted { role: Role::Admin });
    assert_eq!(names(&decision)[..3], REGISTERED);
    let founding = [
        (HistoryId::Installation, None, founded.into()),
        (HistoryId::Account(ada()), None, granted.into()),
    ];
    assert_eq!(decision.events[3..], founding);
}

#[test]
fn there_is_one_first_admin() {
    let founded = World::default().after(Actor::Console, ada_registers());
    founded
        .clone()
        .when(Actor::Console, register(bob(), "bob", "b1"))
        .records_in(None, &REGISTERED);
    // A refused founder founds nothing.
    founded
        .when(Actor::Console, register(bob(), "ada", "b1"))
        .refuses("NAME_TAKEN");
}

#[test]
fn nobody_becomes_admin_by_registering_elsewhere() {
    for actor in [Actor::Anonymous, GHOST, Actor::System("import")] {
        World::default()
            .when(actor, ada_registers())
            .records_in(None, &REGISTERED);
    }
}

#[test]
fn admins_and_the_console_grant_and_revoke_roles() {
    let role = Role::Finance;
    for actor in [ROOT, Actor::Console] {
        given()
            .when(actor, grant(bob(), role))
            .records([account_event(bob(), RoleGranted { role })]);
        given()
            .after(actor, grant(bob(), role))
            .when(actor, revoke(bob(), role))
            .records([account_event(bob(), RoleRevoked { role })]);
        given().when(actor, revoke(bob(), role)).records_nothing();
        given()
            .when(actor, grant(account(99), role))
            .refuses("ACCOUNT_NOT_FOUND");
    }
}

#[test]
fn nobody_else_grants_or_revokes_roles() {
    let finance = || given().after(ROOT, grant(eve(), Role::Finance));
    for actor in [BOB, EVE, GHOST, Actor::Anonymous] {
        for role in [Role::Admin, Role::Analyst, Role::Finance] {
            finance()
                .when(actor, grant(eve(), role))
                .refuses("NOT_AN_ADMIN");
            finance()
                .when(actor, revoke(root(), role))
                .refuses("NOT_AN_ADMIN");
        }
    }
}

#[test]
fn an_admin_keeps_the_own_admin_role_until_another_takes_it() {
    given()
        .when(ROOT, revoke(root(), Role::Admin))
        .refuses("OWN_ADMIN_ROLE");
    let two = || given().after(ROOT, grant(bob(), Role::Admin));
    let role = Role::Admin;
    two()
        .when(BOB, revoke(root(), role))
        .records([account_event(root(), RoleRevoked { role })]);
    two()
        .after(BOB, revoke(root(), role))
        .when(ROOT, grant(root(), role))
        .refuses("NOT_AN_ADMIN");
    // Other roles can be laid down.
    let role = Role::Finance;
    given()
        .after(ROOT, grant(root(), role))
        .when(ROOT, revoke(root(), role))
        .records([account_event(root(), RoleRevoked { role })]);
}

fn open(seconds: i64) -> Accounts {
    Accounts::OpenSession {
        account: bob(),
        session: session(1),
        expires_at: at(seconds),
    }
}

fn refresh(generation: u32) -> Accounts {
    Accounts::RefreshSession {
        account: bob(),
        session: session(1),
        generation,
        expires_at: at(200),
    }
}

fn close(account: AccountId) -> Accounts {
    let session = session(1);
    Accounts::CloseSession { account, session }
}

#[test]
fn signing_in_opens_a_session_and_signing_out_closes_it() {
    let (session, expires_at) = (session(1), at(100));
    let opened = SessionOpened {
        session,
        expires_at,
    };
    given()
        .when(Actor::Anonymous, open(100))
        .records([account_event(bob(), opened)]);
    let reason = SessionEnd::LoggedOut;
    given()
        .after(Actor::Anonymous, open(100))
        .when(BOB, close(bob()))
        .records([account_event(bob(), SessionClosed { session, reason })]);
    given().when(BOB, close(bob())).records_nothing();
}

#[test]
fn sessions_are_refused_to_those_who_do_not_exist() {
    let nobody = || World::default();
    nobody()
        .when(Actor::Anonymous, open(100))
        .refuses("ACCOUNT_NOT_FOUND");
    nobody()
        .when(Actor::Anonymous, refresh(1))
        .refuses("ACCOUNT_NOT_FOUND");
    nobody()
        .when(GHOST, close(bob()))
        .refuses("ACCOUNT_NOT_FOUND");
}

#[test]
fn a_refresh_token_that_comes_back_closes_the_session() {
    let refreshed = || {
        given()
            .after(Actor::Anonymous, open(100))
            .after(Actor::Anonymous, refresh(1))
    };
    let (session, reason) = (session(1), SessionEnd::TokenReused);
    refreshed()
        .when(Actor::Anonymous, refresh(1))
        .records([account_event(bob(), SessionClosed { session, reason })]);
    refreshed()
        .after(Actor::Anonymous, refresh(1))
        .when(Actor::Anonymous, refresh(2))
        .refuses("SESSION_OVER");
}

#[test]
fn a_refresh_is_judged_by_the_time_of_its_request() {
    let opened = || given().after(Actor::Anonymous, open(100));
    opened()
        .when_at(99, Actor::Anonymous, refresh(1))
        .records_in(None, &["account.session_refreshed"]);
    opened()
        .when_at(100, Actor::Anonymous, refresh(1))
        .refuses("SESSION_OVER");
}

fn change(changes: u32) -> Accounts {
    Accounts::ChangePassword {
        kept: session(2),
        changes,
        password_hash: "$argon2id$new".to_owned(),
    }
}

#[test]
fn another_password_is_a_credential_and_the_event_holds_nothing_of_it() {
    let decision = given()
        .after(Actor::Anonymous, open(100))
        .when(BOB, change(0))
        .decision();
    let events = decision.events.iter();
    let names: Vec<_> = events.map(|(_, _, event)| event.name().0).collect();
    assert_eq!(
        names,
        ["account.password_changed", "account.session_closed"]
    );
    let told = format!("{:?}", decision.events);
    assert!(!told.contains("argon2id"), "{told}");
    let password = Credential {
        kind: Credential::PASSWORD,
        subject: bob().to_string(),
        lookup: None,
        secret: b"$argon2id$new".to_vec(),
    };
    assert_eq!(decision.credentials, [password]);
}

#[test]
fn nobody_changes_a_password_without_an_account() {
    for actor in [Actor::Anonymous, Actor::Console, GHOST] {
        given().when(actor, change(0)).refuses("ACCOUNT_NOT_FOUND");
    }
    given()
        .after(BOB, change(0))
        .when(BOB, change(0))
        .refuses("PASSWORD_STALE");
}
