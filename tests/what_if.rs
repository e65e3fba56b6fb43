//! History by another rule, beside a server that runs and without one.

use crate::support::server::{Engine, Site};
use serde_json::{Value, json};

tributary_store::on_both_engines!(another_fee_and_another_viewer_rule_are_shown_side_by_side);

async fn another_fee_and_another_viewer_rule_are_shown_side_by_side(engine: Engine) {
    let site = Site::new(engine).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let api = server.api();
    let bob = api.register("bob").await;
    let channel = api.channel("ada").await;
    bob.done("topUp", json!({"amount": "20", "currency": "USD"}), "")
        .await;
    let tip = json!({"channelId": channel, "amount": "10.00", "currency": "USD"});
    bob.done("sendTip", tip, "").await;
    let head = api.query("{ headPosition }", json!({})).await;
    let (done, text) = site.run(&["what-if", "--fee", "3%", "--json"], "").await;
    assert!(done, "{text}");
    let told: Value = serde_json::from_str(text.trim()).unwrap();
    let usd = json!({"currency": "USD", "tips": 1, "amount": "10.00", "fee": "0.50", "net": "9.50",
                     "what_if_fee": "0.30", "what_if_net": "9.70"});
    assert_eq!(told, json!({"rate": "0.03", "currencies": [usd]}));
    let after = api.query("{ headPosition }", json!({})).await;
    assert_eq!(head, after, "nothing is written");
    let (done, text) = site
        .run(&["what-if", "--fee", "3%", "--until", "1h"], "")
        .await;
    assert!(done && text.contains("there were no tips"), "{text}");
    let (done, text) = site.run(&["what-if", "--fee", "100%"], "").await;
    assert!(!done && text.contains("is no rate"), "{text}");
    let (done, text) = site.run(&["what-if", "--since", "1h"], "").await;
    assert!(!done && text.contains("--viewer-rule"), "{text}");

    let rebuild = ["projections", "rebuild", "--viewer-rule", "v3-minute"];
    let (done, text) = site.run(&rebuild, "").await;
    let by = "viewers are counted by v3-minute; in what served before, by v2-received";
    assert!(done && text.contains(by), "{text}");
    assert!(server.stop().await);
    let (done, text) = site.run(&["projections", "rebuild", "--check"], "").await;
    assert!(
        done && text.contains("every row is the same"),
        "the rule stays: {text}"
    );
    let (done, text) = site.run(&["what-if", "--viewer-rule", "v1-all"], "").await;
    assert!(
        done && text.contains("v2-received") && text.contains("v1-all"),
        "{text}"
    );
    assert!(text.contains("watched, h:mm:ss"), "{text}");
    let (done, text) = site.run(&["what-if", "--viewer-rule", "v9"], "").await;
    assert!(!done && text.contains("there are v1-all"), "{text}");
}
