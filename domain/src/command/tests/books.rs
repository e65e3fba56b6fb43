use super::tips::{tip, top_up};
use super::*;
use crate::Position;
use crate::books::Seal;
use chrono::NaiveDate;

fn seal() -> Seal {
    Seal {
        position: Position::START.next(),
        hash: "0a".repeat(32),
        trial_balance: "0b".repeat(32),
        signature: "0c".repeat(64),
    }
}

fn because(text: Option<&str>) -> Reason {
    Reason {
        text: text.map(str::to_owned),
        salt: salt(),
    }
}

pub(super) fn close(through: &str) -> Books {
    let through: NaiveDate = through.parse().unwrap();
    Books::Close {
        through,
        seal: seal(),
        reason: because(Some("month end")),
    }
}

#[test]
fn finance_and_the_console_close_a_period() {
    for actor in [FINANCE, Actor::Console] {
        given()
            .finance()
            .when(actor, close("2027-01-14"))
            .records_in(None, &["books.closed"]);
    }
}

#[test]
fn finance_says_why_and_the_console_may() {
    let silent = || {
        let Books::Close { through, seal, .. } = close("2027-01-14");
        Books::Close {
            through,
            seal,
            reason: because(None),
        }
    };
    given()
        .finance()
        .when(FINANCE, silent())
        .refuses("REASON_MISSING");
    given()
        .when(Actor::Console, silent())
        .records_in(None, &["books.closed"]);
}

#[test]
fn nobody_else_does() {
    for actor in [ADA, BOB, ROOT, Actor::Anonymous] {
        given()
            .when(actor, close("2027-01-14"))
            .refuses("NOT_FINANCE");
    }
}

#[test]
fn no_money_moves_on_a_day_that_is_closed() {
    // The clock of this node is a day behind.
    let late = -24 * 60 * 60;
    let closed = || {
        given()
            .after(BOB, top_up("10.00"))
            .after(Actor::Console, close("2027-01-14"))
    };
    closed()
        .when_at(late, BOB, top_up("1.00"))
        .refuses("PERIOD_CLOSED");
    closed()
        .when_at(late, BOB, tip(ada(), "1.00"))
        .refuses("PERIOD_CLOSED");
    closed()
        .when(BOB, tip(ada(), "1.00"))
        .records_in(in_ada(), &["wallet.tipped", "wallet.credited"]);
}
