//! The worked examples of `docs/finance.md`: each flow's postings there are what the domain records.
//!
//! `UPDATE_GUIDE=1 cargo test -p tributary-domain guide` writes the blocks anew, for somebody to read.

use super::payments::{confirm, dispute, refund as give_back};
use super::payouts::{approve, cancel, fail, hand_over, request, send, settle};
use super::promotions::welcome;
use super::refunds::{refund, ten_dollars, tipped};
use super::tips::{tip, top_up_more};
use super::*;
use crate::payment::Standing;
use crate::testing::because;
use std::path::Path;

const PROVIDER: Actor = Actor::System("payments");

/// Events with their entries' postings, as the guide shows them; people by their names.
fn shown(decision: &Decision) -> String {
    let mut text = String::new();
    for (_, _, event) in &decision.events {
        text.push_str(event.name().0);
        text.push('\n');
        for posting in event.entry().iter().flat_map(|entry| &entry.postings) {
            let account = posting.account.to_string();
            let account = account.replace(&ada().to_string(), "ada");
            let account = account.replace(&bob().to_string(), "bob");
            text.push_str(&format!(
                "  {account:<32}{:>8}\n",
                posting.amount.to_string()
            ));
        }
    }
    text
}

/// Ada has earned 19.00 of Bob's, and a little more than the least is paid out.
fn earned() -> World {
    tipped()
        .finance()
        .after(BOB, top_up_more(1, "10.00"))
        .after(BOB, tip(ada(), "10.00"))
}

fn paid_out() -> World {
    // Bob paid through Stripe and gave it to Ada, and more came from elsewhere.
    given()
        .finance()
        .after(PROVIDER, confirm("10.00"))
        .after(BOB, tip(ada(), "10.00"))
        .after(BOB, top_up_more(1, "10.00"))
        .after(BOB, tip(ada(), "10.00"))
        .after(ADA, request(1, "19.00"))
        .after(FINANCE, approve(1))
        .after(FINANCE, send(1))
        .after(FINANCE, settle(1, None))
}

fn charged_back() -> World {
    paid_out().after(
        PROVIDER,
        dispute("10.00", Standing::Lost, vec![ten_dollars()]),
    )
}

/// Headings of the guide, and what stands below each.
fn examples() -> Vec<(&'static str, String)> {
    let paid = || given().finance().after(PROVIDER, confirm("10.00"));
    let asked = || earned().after(ADA, request(1, "19.00"));
    let sent = || {
        asked()
            .after(FINANCE, approve(1))
            .after(FINANCE, hand_over(1, "bank"))
            .after(FINANCE, send(1))
    };
    let spent = || paid().after(BOB, tip(ada(), "10.00"));
    let open = || {
        spent().after(
            PROVIDER,
            dispute("10.00", Standing::Open, vec![ten_dollars()]),
        )
    };
    let taken = |world: World, actor, command: Command| world.when(actor, command).decision();
    vec![
        (
            "A top-up",
            taken(given(), PROVIDER, confirm("10.00").into()),
        ),
        (
            "A promotion",
            taken(given(), ROOT, welcome(bob(), "5.00").into()),
        ),
        ("A tip", taken(paid(), BOB, tip(ada(), "10.00").into())),
        (
            "Another fee",
            taken(
                paid().after(FINANCE, fees::set(7, None, because("a new year"))),
                BOB,
                tip(ada(), "10.00").into(),
            ),
        ),
        (
            "A tip taken back",
            taken(
                spent(),
                FINANCE,
                refund(ten_dollars(), Some("by mistake")).into(),
            ),
        ),
        (
            "A payment given back",
            taken(paid(), PROVIDER, give_back("4.00", vec![]).into()),
        ),
        (
            "A charge-back before the payout",
            taken(
                spent(),
                PROVIDER,
                dispute("10.00", Standing::Open, vec![ten_dollars()]).into(),
            ),
        ),
        (
            "A dispute that is won",
            taken(
                open(),
                PROVIDER,
                dispute("10.00", Standing::Won, vec![]).into(),
            ),
        ),
        (
            "A payout that is asked for",
            taken(earned(), ADA, request(1, "19.00").into()),
        ),
        (
            "A payout that arrives",
            taken(sent(), FINANCE, settle(1, None).into()),
        ),
        (
            "A payout that fails",
            taken(sent(), FINANCE, fail(1).into()),
        ),
        (
            "A payout that is called off",
            taken(asked(), ADA, cancel(1).into()),
        ),
        (
            "A charge-back after the payout",
            taken(
                paid_out(),
                PROVIDER,
                dispute("10.00", Standing::Lost, vec![ten_dollars()]).into(),
            ),
        ),
        (
            "What is owed is paid off",
            taken(
                charged_back().after(BOB, top_up_more(2, "10.00")),
                BOB,
                tip(ada(), "10.00").into(),
            ),
        ),
        (
            "A hold",
            taken(paid(), BOB, holds::place(1, "8.00", 60).into()),
        ),
    ]
    .into_iter()
    .map(|(heading, decision)| (heading, shown(&decision)))
    .collect()
}

#[test]
fn the_guide_shows_the_postings_that_are_recorded() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/finance.md");
    let mut guide = std::fs::read_to_string(&path).unwrap();
    for (heading, expected) in examples() {
        let mark = format!("\n#### {heading}\n");
        let begin = guide
            .find(&mark)
            .unwrap_or_else(|| panic!("no heading {heading:?}"));
        let open = "```text\n";
        let block = begin + guide[begin..].find(open).expect("a block") + open.len();
        let end = block + guide[block..].find("```").expect("its end");
        if std::env::var_os("UPDATE_GUIDE").is_some() {
            guide.replace_range(block..end, &expected);
            continue;
        }
        assert_eq!(&guide[block..end], expected, "{heading}");
    }
    if std::env::var_os("UPDATE_GUIDE").is_some() {
        std::fs::write(path, guide).unwrap();
    }
}
