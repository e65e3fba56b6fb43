//! Closing a month over the API: by finance, with a reason, once.

use crate::finance::Story;
use crate::support::Client;
use serde_json::{Value, json};
use tributary_store::on_both_engines;
use tributary_store::testing::Engine;

on_both_engines!(a_month_is_closed_once_with_a_reason,);

async fn a_month_is_closed_once_with_a_reason(engine: Engine) {
    let story = Story::begin(engine).await;
    let Story { finance, .. } = &story;
    let close = |period: &str, reason: &str, id: &str| json!({"period": period, "reason": reason, "clientMutationId": id});
    let refused = async |client: &Client, input: Value| client.refused("closeBooks", input).await.0;
    for other in [&story.admin, &story.analyst, &story.ada, &story.eve] {
        let code = refused(other, close("2025-12", "month end", "x")).await;
        assert_eq!(code, "NOT_FINANCE", "{}", other.name);
    }
    let silent = finance
        .refused("closeBooks", close("2025-12", " ", "x"))
        .await;
    assert_eq!(
        silent,
        ("REASON_MISSING".to_owned(), Some("reason".to_owned()))
    );
    let unnamed = json!({"period": "2025-12", "reason": "month end"});
    assert_eq!(refused(finance, unnamed).await, "ID_MISSING");
    assert_eq!(
        refused(finance, close("2026-01", "month end", "x")).await,
        "PERIOD_NOT_OVER"
    );
    assert_eq!(
        refused(finance, close("9999-12", "month end", "x")).await,
        "PERIOD_NOT_OVER"
    );
    let long = "x".repeat(501);
    assert_eq!(
        refused(finance, close("2025-12", &long, "x")).await,
        "TOO_LONG"
    );
    for bad in ["2025", "2025-13", "2025-12-31", "", "december"] {
        let answer = finance
            .mutate("closeBooks", close(bad, "month end", "x"), "")
            .await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{bad}");
    }

    let fields = "seal close { through reason sealedPosition closedAt }";
    let done = finance
        .done("closeBooks", close("2025-12", "month end", "c"), fields)
        .await;
    assert_eq!(done["close"]["through"], "2025-12-31");
    assert_eq!(done["close"]["reason"], "month end");
    assert_eq!(done["seal"], "2025-12-31 of 1 kept");
    let again = finance
        .done("closeBooks", close("2025-12", "month end", "c"), fields)
        .await;
    assert_eq!(again, done, "sent again, it is the same close");
    let other = close("2025-11", "month end", "c");
    assert_eq!(refused(finance, other).await, "ID_REUSED");
    for closed in ["2025-12", "2025-11"] {
        let code = refused(finance, close(closed, "again", closed)).await;
        assert_eq!(code, "PERIOD_CLOSED", "{closed}");
    }
    story.server.clock.advance(chrono::TimeDelta::days(2));
    finance
        .done("closeBooks", close("2026-01", "month end", "d"), fields)
        .await;
    story.caught_up().await;

    let query = "{ ledger { closes(first: 5) { nodes { through reason closedBy position } } } }";
    let told = finance.ask(query).await;
    let closes = &told.data()["ledger"]["closes"]["nodes"];
    assert_eq!(
        (&closes[0]["through"], &closes[0]["reason"]),
        (&json!("2025-12-31"), &json!("month end"))
    );
    assert_eq!(closes[0]["position"], done["position"]);
    assert_eq!(closes.as_array().map(Vec::len), Some(2));
    assert!(
        closes[0]["closedBy"]
            .as_str()
            .unwrap()
            .starts_with("account:"),
        "{closes}"
    );
    // An admin finds it in the audit log.
    let query = "{ moderationActions(first: 5, filter: {kinds: [CLOSE_BOOKS]}) { nodes { \
                 kind actor { name } reason detail } } }";
    let told = story.admin.ask(query).await;
    let acts = &told.data()["moderationActions"]["nodes"];
    assert_eq!(
        acts[1],
        json!({
            "kind": "CLOSE_BOOKS", "actor": {"name": "fay"}, "reason": "month end",
            "detail": "through=2025-12-31",
        })
    );
}
