//! Chat and its moderation.

use crate::support::Server;
use chrono::TimeDelta;
use serde_json::{Value, json};

const MESSAGE: &str =
    "message { id position kind text isDeleted sentAt sender { accountId name role } }";

#[tokio::test]
async fn a_message_comes_back_exactly_as_it_was_sent() {
    let server = Server::start().await;
    let (_, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let text = "  <b>été</b> \"quoted\" 👩‍🚀\n";
    let input = json!({"channelId": channel, "text": text});
    let sent = eve.done("sendChatMessage", input, MESSAGE).await;
    let expected = json!({
        "id": sent["message"]["id"], "position": sent["position"], "kind": "TEXT", "text": text,
        "isDeleted": false, "sentAt": "2026-01-31T18:00:00Z",
        "sender": {"accountId": eve.id, "name": "eve", "role": "VIEWER"},
    });
    assert_eq!(sent["message"], expected);
    let query = format!(
        "query Q($c: ID!, $p: Position) {{ channel(id: $c, atLeast: $p) {{ \
         messages(last: 1) {{ nodes {{ ...M }} }} }} }} \
         fragment M on ChatMessage {{ {} }}",
        &MESSAGE["message {".len()..MESSAGE.len() - 1]
    );
    let answer = eve
        .ask_with(&query, json!({"c": channel, "p": sent["position"]}))
        .await;
    assert_eq!(
        answer.data()["channel"]["messages"]["nodes"],
        json!([expected])
    );
}

#[tokio::test]
async fn a_message_sent_twice_under_one_id_is_said_once() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let input = json!({"channelId": channel, "text": "hello", "clientMutationId": "m1"});
    let first = ada.done("sendChatMessage", input.clone(), MESSAGE).await;
    let again = ada.done("sendChatMessage", input, MESSAGE).await;
    assert_eq!(first, again);
    let other = json!({"channelId": channel, "text": "other", "clientMutationId": "m1"});
    let refused = ada.refused("sendChatMessage", other).await;
    assert_eq!(
        refused,
        ("ID_REUSED".to_owned(), Some("clientMutationId".to_owned()))
    );
    // Ids are each account's own.
    let eve = server.register("eve").await;
    let input = json!({"channelId": channel, "text": "hi", "clientMutationId": "m1"});
    eve.done("sendChatMessage", input, MESSAGE).await;
    for bad in ["", "a\nb", &"x".repeat(65)] {
        let input = json!({"channelId": channel, "text": "hello", "clientMutationId": bad});
        let refused = ada.refused("sendChatMessage", input).await;
        assert_eq!(refused.1.as_deref(), Some("clientMutationId"), "{bad:?}");
    }
    let text = "query Q($c: ID!) { channel(id: $c) { messages(last: 9) { nodes { text } } } }";
    let answer = ada.ask_with(text, json!({"c": channel})).await;
    let texts = json!([{"text": "hello"}, {"text": "hi"}]);
    assert_eq!(answer.data()["channel"]["messages"]["nodes"], texts);
}

#[tokio::test]
async fn a_message_deleted_since_is_not_shown_to_who_sends_it_again() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let input = json!({"channelId": channel, "text": "regretted", "clientMutationId": "m"});
    let sent = ada.done("sendChatMessage", input.clone(), MESSAGE).await;
    let delete = json!({"messageId": sent["message"]["id"]});
    let deleted = ada.done("deleteChatMessage", delete, "messageId").await;
    let reached = "query Q($p: Position) { me(atLeast: $p) { id } }";
    ada.ask_with(reached, json!({"p": deleted["position"]}))
        .await
        .data();
    let again = ada.done("sendChatMessage", input, MESSAGE).await;
    assert_eq!(again["message"]["text"], Value::Null);
    assert_eq!(again["message"]["isDeleted"], true);
}

#[tokio::test]
async fn the_sender_the_owner_and_admins_delete() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let (ada, channel) = server.streamer("ada").await;
    let (eve, bob) = (server.register("eve").await, server.register("bob").await);
    for deleter in [&eve, &ada, &admin] {
        let input = json!({"channelId": channel, "text": "hello"});
        let sent = eve.done("sendChatMessage", input, MESSAGE).await;
        let id = &sent["message"]["id"];
        let refused = bob
            .refused("deleteChatMessage", json!({"messageId": id}))
            .await;
        assert_eq!(
            refused,
            ("NOT_YOUR_MESSAGE".to_owned(), Some("messageId".to_owned()))
        );
        let input = json!({"messageId": id, "reason": "rude"});
        let deleted = deleter
            .done("deleteChatMessage", input.clone(), "messageId")
            .await;
        assert_eq!(&deleted["messageId"], id);
        deleter.done("deleteChatMessage", input, "messageId").await;
    }
    for position in ["1", "999999", "0"] {
        use base64::Engine as _;
        let id = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .encode(format!("ChatMessage:{position}"));
        let refused = eve
            .refused("deleteChatMessage", json!({"messageId": id}))
            .await;
        assert_eq!(refused.0, "MESSAGE_NOT_FOUND", "{position}");
    }
}

#[tokio::test]
async fn bans_and_timeouts_silence_until_they_end() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let say = || json!({"channelId": channel, "text": "hello"});
    let whom = || json!({"channelId": channel, "accountId": eve.id});
    assert_eq!(eve.refused("banFromChannel", whom()).await.0, "NOT_ALLOWED");

    ada.done("banFromChannel", whom(), "channel { id }").await;
    assert_eq!(eve.refused("sendChatMessage", say()).await.0, "BANNED");
    let tip = json!({"channelId": channel, "amount": "1", "currency": "USD"});
    assert_eq!(eve.refused("sendTip", tip).await.0, "BANNED");
    ada.done("unbanFromChannel", whom(), "channel { id }").await;
    eve.done("sendChatMessage", say(), "").await;

    let list = "restrictions(first: 5) { nodes { kind until reason account { name } } }";
    let timed_out = ada
        .done("timeOutInChannel", whom(), &format!("channel {{ {list} }}"))
        .await;
    let expected = json!([{
        "kind": "TIMEOUT", "until": "2026-01-31T18:05:00Z", "reason": null,
        "account": {"name": "eve"},
    }]);
    assert_eq!(timed_out["channel"]["restrictions"]["nodes"], expected);
    assert_eq!(eve.refused("sendChatMessage", say()).await.0, "TIMED_OUT");
    server.clock.advance(TimeDelta::seconds(299));
    assert_eq!(eve.refused("sendChatMessage", say()).await.0, "TIMED_OUT");
    server.clock.advance(TimeDelta::seconds(1));
    eve.done("sendChatMessage", say(), "").await;

    ada.done("timeOutInChannel", whom(), "").await;
    ada.done("liftTimeout", whom(), "channel { id }").await;
    eve.done("sendChatMessage", say(), "").await;

    for seconds in [0, -1, 14 * 24 * 60 * 60 + 1] {
        let mut input = whom();
        input["seconds"] = json!(seconds);
        let refused = ada.refused("timeOutInChannel", input).await;
        assert_eq!(
            refused,
            ("TIMEOUT_TOO_LONG".to_owned(), Some("seconds".to_owned()))
        );
    }
    let own = json!({"channelId": channel, "accountId": ada.id});
    for name in ["banFromChannel", "timeOutInChannel"] {
        let refused = ada.refused(name, own.clone()).await;
        assert_eq!(
            refused,
            ("OWNER_EXEMPT".to_owned(), Some("accountId".to_owned())),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_message_has_one_to_five_hundred_characters_and_a_channel() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    for (text, code) in [
        ("", "EMPTY"),
        (" \n", "EMPTY"),
        (&*"é".repeat(501), "TOO_LONG"),
        ("\0", "BAD_CHARACTER"),
    ] {
        let input = json!({"channelId": channel, "text": text});
        let refused = ada.refused("sendChatMessage", input).await;
        assert_eq!(
            refused,
            (code.to_owned(), Some("text".to_owned())),
            "{text:.20}"
        );
    }
    let input = json!({"channelId": channel, "text": "é".repeat(500)});
    ada.done("sendChatMessage", input, "").await;
    let nobody = "Q2hhbm5lbDowMTljMTYxMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA";
    let refused = ada
        .refused("sendChatMessage", json!({"channelId": nobody, "text": "x"}))
        .await;
    assert_eq!(
        refused,
        ("CHANNEL_NOT_FOUND".to_owned(), Some("channelId".to_owned()))
    );
}

#[tokio::test]
async fn the_same_input_of_another_mutation_is_another_thing() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let input = json!({"channelId": channel, "accountId": eve.id, "clientMutationId": "1"});
    ada.done("banFromChannel", input.clone(), "").await;
    let refused = ada.refused("unbanFromChannel", input.clone()).await;
    assert_eq!(refused.0, "ID_REUSED");
    ada.done("banFromChannel", input, "").await;
}
