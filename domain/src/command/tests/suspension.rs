use super::streams;
use super::*;
use crate::testing::because;

pub(super) fn suspend(account: AccountId) -> Accounts {
    let reason = because("spam");
    Accounts::Suspend { account, reason }
}

pub(super) fn reinstate(account: AccountId) -> Accounts {
    let reason = because("sorry");
    Accounts::Reinstate { account, reason }
}

#[test]
fn admins_suspend_and_reinstate_and_nobody_else() {
    for actor in [ROOT, Actor::Console] {
        given()
            .when(actor, suspend(bob()))
            .records_in(None, &["account.suspended"]);
        let suspended = || given().after(actor, suspend(bob()));
        suspended().when(actor, suspend(bob())).records_nothing();
        suspended()
            .when(actor, reinstate(bob()))
            .records_in(None, &["account.reinstated"]);
        given().when(actor, reinstate(bob())).records_nothing();
    }
    for actor in [ADA, BOB, Actor::Anonymous] {
        given().when(actor, suspend(bob())).refuses("NOT_AN_ADMIN");
        given()
            .when(actor, reinstate(bob()))
            .refuses("NOT_AN_ADMIN");
    }
    given()
        .when(ROOT, suspend(root()))
        .refuses("OWN_SUSPENSION");
    given()
        .when(ROOT, suspend(crate::testing::account(99)))
        .refuses("ACCOUNT_NOT_FOUND");
}

#[test]
fn whoever_is_suspended_does_nothing_until_it_is_undone() {
    let suspended = || given().after(ROOT, suspend(bob()));
    let commands: [Command; 4] = [
        chat::send(bob()).into(),
        follows::follow().into(),
        channels::open(bob()).into(),
        tips::top_up("1.00").into(),
    ];
    for command in commands {
        suspended()
            .when(BOB, command.clone())
            .refuses("ACCOUNT_SUSPENDED");
        let decision = suspended()
            .after(ROOT, reinstate(bob()))
            .when(BOB, command)
            .decision();
        assert!(!decision.events.is_empty());
    }
    let log_in = Accounts::OpenSession {
        account: bob(),
        session: crate::testing::session(1),
        expires_at: at(100),
    };
    suspended()
        .when(Actor::Anonymous, log_in)
        .refuses("ACCOUNT_SUSPENDED");
    // Others can still act on them.
    suspended()
        .when(ADA, channels::ban(bob()))
        .records_in(in_ada(), &["channel.banned"]);
}

#[test]
fn a_suspension_ends_what_is_on_air_and_lets_nothing_begin() {
    let live = given().after(ADA, streams::start());
    let decision = live.when(ROOT, suspend(ada())).decision();
    let names = names(&decision);
    assert_eq!(names[0], "account.suspended");
    assert!(names.contains(&"channel.stream_closed"), "{names:?}");
    given()
        .after(ROOT, suspend(ada()))
        .when(INGEST, streams::publish())
        .refuses("ACCOUNT_SUSPENDED");
}
