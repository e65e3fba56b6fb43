//! Who sees what.

use crate::support::{Client, Server};
use serde_json::{Value, json};

async fn seen_by(client: &Client) -> Value {
    let query = r#"{ account(name: "ada") {
        name roles email wallets { balance earnings currency }
        channel { streamKey { key rtmpUrl } restrictions(first: 10) { nodes { kind until reason account { name } } } }
    } }"#;
    client.ask(query).await.data()["account"].clone()
}

#[tokio::test]
async fn the_owner_sees_everything_and_others_what_is_public() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let (ada, channel) = server.streamer("ada").await;
    let (eve, finance) = (
        server.register("eve").await,
        server.register("finance").await,
    );
    ada.done("topUp", json!({"amount": "20", "currency": "USD"}), "")
        .await;
    let ban = json!({"channelId": channel, "accountId": eve.id, "reason": "spam"});
    ada.done("banFromChannel", ban, "channel { id }").await;
    let role = json!({"accountId": finance.id, "role": "FINANCE"});
    admin.done("grantRole", role, "account { id }").await;

    let own = seen_by(&ada).await;
    assert_eq!(own["email"], "ada@example.com");
    let wallets = json!([{"balance": "20.00", "earnings": "0.00", "currency": "USD"}]);
    assert_eq!(own["wallets"], wallets);
    let key = &own["channel"]["streamKey"];
    assert!(key["key"].as_str().unwrap().starts_with("live_"), "{key}");
    assert_eq!(key["rtmpUrl"], "rtmp://localhost:1935/live");
    let banned = json!({"nodes": [
        {"kind": "BAN", "until": null, "reason": "spam", "account": {"name": "eve"}},
    ]});
    assert_eq!(own["channel"]["restrictions"], banned);

    for other in [&eve, &server.anyone()] {
        let public = json!({
            "name": "ada", "roles": [], "email": null, "wallets": [],
            "channel": {"streamKey": null, "restrictions": {"nodes": []}},
        });
        assert_eq!(seen_by(other).await, public);
    }

    let staff = seen_by(&admin).await;
    assert_eq!(staff["email"], "ada@example.com");
    assert_eq!(staff["channel"]["restrictions"], banned);
    assert_eq!(
        (&staff["wallets"], &staff["channel"]["streamKey"]),
        (&json!([]), &Value::Null)
    );

    let money = seen_by(&finance).await;
    assert_eq!(
        (&money["wallets"], &money["email"]),
        (&wallets, &Value::Null)
    );

    // Taken away, the role shows nothing more, with the same token.
    let role = json!({"accountId": finance.id, "role": "FINANCE"});
    admin.done("revokeRole", role, "account { id }").await;
    assert_eq!(seen_by(&finance).await["wallets"], json!([]));
}

#[tokio::test]
async fn a_rotated_stream_key_takes_the_place_of_the_old_one() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let query = "query Q($c: ID!) { channel(id: $c) { streamKey { key } } }";
    let key = || async {
        let answer = ada.ask_with(query, json!({"c": channel})).await;
        answer.data()["channel"]["streamKey"]["key"].clone()
    };
    let first = key().await;
    // Opening what is open changes nothing.
    let opened = ada
        .done("openChannel", json!({}), "streamKey { key }")
        .await;
    assert_eq!(opened["streamKey"]["key"], first);
    let input = json!({"clientMutationId": "rotate"});
    let rotated = ada
        .done("rotateStreamKey", input.clone(), "streamKey { key }")
        .await;
    assert_ne!(rotated["streamKey"]["key"], first);
    assert_eq!(key().await, rotated["streamKey"]["key"]);
    let again = ada
        .done("rotateStreamKey", input, "streamKey { key }")
        .await;
    assert_eq!(again["streamKey"]["key"], rotated["streamKey"]["key"]);
    let stranger = server.register("eve").await;
    assert_eq!(
        stranger.refused("rotateStreamKey", json!({})).await.0,
        "CHANNEL_NOT_FOUND"
    );
}

#[tokio::test]
async fn private_streams_are_listed_for_their_owner_only() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let input = json!({"title": "secret", "visibility": "PRIVATE"});
    ada.done("startStream", input, "stream { id }").await;
    let query = "query Q($c: ID!) { channel(id: $c) { streams(first: 5) { nodes { title } } } }";
    let titles = |client: Client| {
        let variables = json!({"c": channel});
        async move {
            let answer = client.ask_with(query, variables).await;
            answer.data()["channel"]["streams"]["nodes"].clone()
        }
    };
    assert_eq!(titles(server.anyone()).await, json!([]));
    assert_eq!(titles(ada).await, json!([{"title": "secret"}]));
}
