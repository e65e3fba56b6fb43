//! Top-ups and tips.

use crate::support::Server;
use serde_json::json;

#[tokio::test]
async fn a_tip_is_split_and_taken_from_the_wallet() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let wallet = "wallet { currency balance earnings }";
    let paid = eve
        .done("topUp", json!({"amount": "25", "currency": "USD"}), wallet)
        .await;
    let expected = json!({"currency": "USD", "balance": "25.00", "earnings": "0.00"});
    assert_eq!(paid["wallet"], expected);
    let input = json!({
        "channelId": channel, "amount": "10.00", "currency": "USD", "message": "thanks",
    });
    let fields = format!(
        "{wallet} tip {{ id position entryId message sentAt from {{ accountId name role }} \
         amount {{ amount currency }} fee {{ amount }} net {{ amount }} }}"
    );
    let given = eve.done("sendTip", input, &fields).await;
    assert_eq!(given["wallet"]["balance"], "15.00");
    let tip = &given["tip"];
    assert_eq!(tip["amount"], json!({"amount": "10.00", "currency": "USD"}));
    assert_eq!(
        (&tip["fee"]["amount"], &tip["net"]["amount"]),
        (&json!("0.50"), &json!("9.50"))
    );
    assert_eq!(
        tip["from"],
        json!({"accountId": eve.id, "name": "eve", "role": "VIEWER"})
    );
    assert_eq!(tip["message"], "thanks");

    let query = "query Q($p: Position) { me(atLeast: $p) { wallets { balance earnings } } }";
    let answer = ada.ask_with(query, json!({"p": given["position"]})).await;
    let wallets = json!([{"balance": "0.00", "earnings": "9.50"}]);
    assert_eq!(answer.data()["me"]["wallets"], wallets);

    // The list and the receipt show the same tip.
    let query = "query Q($c: ID!) { channel(id: $c) { tips(first: 1) { nodes { id position \
                 entryId message sentAt from { accountId name role } amount { amount currency } \
                 fee { amount } net { amount } } } } }";
    let answer = eve.ask_with(query, json!({"c": channel})).await;
    assert_eq!(&answer.data()["channel"]["tips"]["nodes"][0], tip);
}

#[tokio::test]
async fn a_tip_sent_twice_under_one_id_is_given_once() {
    let server = Server::start().await;
    let (_, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let top_up = json!({"amount": "10", "currency": "USD", "clientMutationId": "t"});
    let wallet = "wallet { balance }";
    eve.done("topUp", top_up.clone(), wallet).await;
    let again = eve.done("topUp", top_up, wallet).await;
    assert_eq!(again["wallet"]["balance"], "10.00");
    let tip = json!({
        "channelId": channel, "amount": "6", "currency": "USD", "clientMutationId": "tip",
    });
    let fields = "wallet { balance } tip { id entryId }";
    let first = eve.done("sendTip", tip.clone(), fields).await;
    let again = eve.done("sendTip", tip, fields).await;
    assert_eq!(first, again);
    assert_eq!(again["wallet"]["balance"], "4.00");
}

#[tokio::test]
async fn amounts_that_make_no_sense_are_refused_by_field() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    eve.done("topUp", json!({"amount": "10", "currency": "USD"}), "")
        .await;
    for (amount, currency, code, field) in [
        ("-1", "USD", "AMOUNT_NOT_POSITIVE", "amount"),
        ("0", "USD", "AMOUNT_NOT_POSITIVE", "amount"),
        ("0.001", "USD", "AMOUNT_TOO_PRECISE", "amount"),
        ("0.1", "JPY", "AMOUNT_TOO_PRECISE", "amount"),
        ("1e400", "USD", "AMOUNT_NOT_A_NUMBER", "amount"),
        ("1e2", "USD", "AMOUNT_NOT_A_NUMBER", "amount"),
        ("NaN", "USD", "AMOUNT_NOT_A_NUMBER", "amount"),
        ("Infinity", "USD", "AMOUNT_NOT_A_NUMBER", "amount"),
        ("", "USD", "AMOUNT_NOT_A_NUMBER", "amount"),
        ("1,000", "USD", "AMOUNT_NOT_A_NUMBER", "amount"),
        (
            "99999999999999999999999999999999999999",
            "USD",
            "AMOUNT_NOT_A_NUMBER",
            "amount",
        ),
        ("1000000001", "USD", "AMOUNT_TOO_LARGE", "amount"),
        ("1", "usd", "UNKNOWN_CURRENCY", "currency"),
        ("1", "DOGE", "UNKNOWN_CURRENCY", "currency"),
    ] {
        let expected = (code.to_owned(), Some(field.to_owned()));
        let top_up = json!({"amount": amount, "currency": currency});
        assert_eq!(
            eve.refused("topUp", top_up).await,
            expected,
            "{amount} {currency}"
        );
        let tip = json!({"channelId": channel, "amount": amount, "currency": currency});
        assert_eq!(
            eve.refused("sendTip", tip).await,
            expected,
            "{amount} {currency}"
        );
    }
    let too_much = json!({"amount": "10000.01", "currency": "USD"});
    assert_eq!(eve.refused("topUp", too_much).await.0, "TOP_UP_TOO_LARGE");
    let too_much = json!({"channelId": channel, "amount": "10.01", "currency": "USD"});
    assert_eq!(
        eve.refused("sendTip", too_much).await.0,
        "INSUFFICIENT_BALANCE"
    );
    let other = json!({"channelId": channel, "amount": "1", "currency": "EUR"});
    assert_eq!(
        eve.refused("sendTip", other).await.0,
        "INSUFFICIENT_BALANCE"
    );
    let own = json!({"channelId": channel, "amount": "1", "currency": "USD"});
    let refused = ada.refused("sendTip", own).await;
    assert_eq!(
        refused,
        ("OWN_CHANNEL".to_owned(), Some("channelId".to_owned()))
    );
    let long = json!({
        "channelId": channel, "amount": "1", "currency": "USD", "message": "x".repeat(256),
    });
    let refused = eve.refused("sendTip", long).await;
    assert_eq!(refused, ("TOO_LONG".to_owned(), Some("message".to_owned())));
}

#[tokio::test]
async fn an_amount_is_a_text_never_a_float() {
    let server = Server::start().await;
    let eve = server.register("eve").await;
    for literal in ["10", "10.5", "1e2", "null", "true", "[\"1\"]"] {
        let query = format!(
            "mutation {{ topUp(input: {{amount: {literal}, currency: \"USD\"}}) {{ position }} }}"
        );
        let answer = eve.ask(&query).await;
        assert!(
            matches!(
                answer.code(),
                "BAD_USER_INPUT" | "GRAPHQL_VALIDATION_FAILED"
            ),
            "{literal}: {}",
            answer.body
        );
    }
    let query = "mutation { topUp(input: {amount: 1e400, currency: \"USD\"}) { position } }";
    assert_eq!(eve.ask(query).await.code(), "GRAPHQL_PARSE_FAILED");
    let answer = eve
        .mutate("topUp", json!({"amount": 10.5, "currency": "USD"}), "")
        .await;
    assert_eq!(answer.code(), "BAD_USER_INPUT");
    let body = r#"{"query":"query Q($a: Decimal) { me { id } }","variables":{"a":1e400}}"#;
    assert_eq!(eve.post(body).await.code(), "BAD_USER_INPUT");
    assert_eq!(eve.ask("{ me { name } }").await.data()["me"]["name"], "eve");
}

#[tokio::test]
async fn what_moves_money_needs_an_id_of_its_own() {
    let server = Server::start().await;
    let (_, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let missing = ("ID_MISSING", "clientMutationId");
    for (mutation, input) in [
        ("TopUp", "{amount: \"1\", currency: \"USD\"}".to_owned()),
        (
            "SendTip",
            format!("{{channelId: \"{channel}\", amount: \"1\", currency: \"USD\"}}"),
        ),
        (
            "RequestPayout",
            format!("{{channelId: \"{channel}\", amount: \"10\", currency: \"USD\"}}"),
        ),
        (
            "SetFees",
            "{id: \"x\", rate: \"0.1\", reason: \"more\"}".to_owned(),
        ),
    ] {
        let name = format!("{}{}", mutation[..1].to_lowercase(), &mutation[1..]);
        let query = format!("mutation {{ {name}(input: {input}) {{ errors {{ code field }} }} }}");
        let answer = eve.ask(&query).await;
        let error = &answer.data()[&name]["errors"][0];
        assert_eq!(
            (error["code"].as_str(), error["field"].as_str()),
            (Some(missing.0), Some(missing.1)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_refunded_tip_is_marked_and_its_money_is_back() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    eve.done("topUp", json!({"amount": "10", "currency": "USD"}), "")
        .await;
    let tip = json!({"channelId": channel, "amount": "10", "currency": "USD"});
    let given = eve.done("sendTip", tip, "tip { id refundedAt }").await;
    assert_eq!(given["tip"]["refundedAt"], json!(null));
    let id = &given["tip"]["id"];
    let refund = |id: &str| json!({"tipId": given["tip"]["id"], "clientMutationId": id});
    assert_eq!(eve.refused("refundTip", refund("1")).await.0, "NOT_ALLOWED");
    let fields = "tip { id refundedAt }";
    let refunded = ada.done("refundTip", refund("1"), fields).await;
    assert_eq!(&refunded["tip"]["id"], id);
    assert!(refunded["tip"]["refundedAt"].is_string(), "{refunded}");
    // Sent again it is the same; asked for again it is refused.
    assert_eq!(
        ada.done("refundTip", refund("1"), fields).await["position"],
        refunded["position"]
    );
    assert_eq!(
        ada.refused("refundTip", refund("2")).await.0,
        "ALREADY_REFUNDED"
    );
    let query =
        "query Q($p: Position) { me(atLeast: $p) { wallets { balance earnings owed held } } }";
    let position = json!({"p": refunded["position"]});
    for (client, balance) in [(&eve, "10.00"), (&ada, "0.00")] {
        let wallets = json!([{
            "balance": balance, "earnings": "0.00", "owed": "0.00", "held": "0.00",
        }]);
        let answer = client.ask_with(query, position.clone()).await;
        assert_eq!(answer.data()["me"]["wallets"], wallets);
    }
}

#[tokio::test]
async fn a_payout_goes_through_four_hands_at_least_two_of_them_different() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let root = server.admin().await;
    let finance = server.register("fay").await;
    let role = json!({"accountId": finance.id, "role": "FINANCE"});
    root.done("grantRole", role, "account { id }").await;
    eve.done("topUp", json!({"amount": "40", "currency": "USD"}), "")
        .await;
    let tip = json!({"channelId": channel, "amount": "40", "currency": "USD"});
    eve.done("sendTip", tip, "").await;
    let ask = json!({
        "channelId": channel, "amount": "38", "currency": "USD", "clientMutationId": "p",
    });
    let asked = ada.done("requestPayout", ask.clone(), "payoutId").await;
    let again = ada.done("requestPayout", ask, "payoutId").await;
    assert_eq!(asked, again);
    let payout = asked["payoutId"].clone();
    let named = |id: &str| json!({"payoutId": payout, "clientMutationId": id});
    for client in [&ada, &eve, &root] {
        assert_eq!(
            client.refused("approvePayout", named("a")).await.0,
            "NOT_FINANCE"
        );
    }
    assert_eq!(
        finance.refused("approvePayout", named("a")).await.0,
        "REASON_MISSING"
    );
    let mut agree = named("a");
    agree["reason"] = json!("checked");
    finance.done("approvePayout", agree, "payoutId").await;
    let mut send = named("s");
    send["provider"] = json!("bank");
    send["reference"] = json!("po_1");
    finance.done("sendPayout", send, "payoutId").await;
    finance.done("settlePayout", named("e"), "payoutId").await;
    assert_eq!(
        finance
            .refused("failPayout", {
                let mut fail = named("f");
                fail["reason"] = json!("too late");
                fail
            })
            .await
            .0,
        "PAYOUT_OVER"
    );
}
