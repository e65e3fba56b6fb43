use super::refunds::{money, postings};
use super::tips::tip;
use super::*;
use crate::channel::Reason;
use crate::testing::{because, entry, usd};

fn grant(account: AccountId, amount: &str, reason: Reason) -> Promotions {
    Promotions::Grant {
        entry: entry(1),
        account,
        amount: usd(amount),
        reason,
    }
}

pub(super) fn welcome(account: AccountId, amount: &str) -> Promotions {
    grant(account, amount, because("a welcome"))
}

#[test]
fn a_promotion_is_an_expense_that_the_viewer_spends_like_any_money() {
    let decision = given().when(ROOT, welcome(bob(), "5.00")).decision();
    assert_eq!(names(&decision), ["wallet.granted"]);
    let [first, second] = &postings(&decision)[..] else {
        panic!("two postings")
    };
    assert_eq!(*first, ("promotions".to_owned(), "5.00".to_owned()));
    assert_eq!(*second, ("viewer_balance".to_owned(), "-5.00".to_owned()));
    let world = given()
        .after(ROOT, welcome(bob(), "5.00"))
        .after(BOB, tip(ada(), "3.00"));
    assert_eq!(money(&world, bob()), ["2.00", "0.00", "0.00"]);
    assert_eq!(money(&world, ada()), ["0.00", "2.85", "0.00"]);
}

#[test]
fn finance_and_staff_grant_with_a_reason_and_never_to_themselves() {
    for actor in [ROOT, FINANCE, Actor::Console] {
        given()
            .finance()
            .when(actor, welcome(bob(), "5.00"))
            .records_in(None, &["wallet.granted"]);
        let silent = Reason {
            text: Some("  ".to_owned()),
            salt: salt(),
        };
        given()
            .finance()
            .when(actor, grant(bob(), "5.00", silent))
            .refuses("REASON_MISSING");
    }
    for actor in [BOB, ADA, EVE] {
        given()
            .when(actor, welcome(bob(), "5.00"))
            .refuses("NOT_FINANCE");
    }
    given()
        .when(ROOT, welcome(root(), "5.00"))
        .refuses("SECOND_PERSON_NEEDED");
    given()
        .when(ROOT, welcome(crate::testing::GHOST, "5.00"))
        .refuses("ACCOUNT_NOT_FOUND");
    given()
        .when(ROOT, welcome(bob(), "10000.01"))
        .refuses("TOP_UP_TOO_LARGE");
}
