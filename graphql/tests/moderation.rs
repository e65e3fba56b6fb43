//! Moderators and what they do; gates; follows; suspensions; the audit log.

use crate::support::{Client, DEADLINE, Server, Socket};
use chrono::TimeDelta;
use serde_json::{Value, json};

const CHAT: &str = "subscription S($c: ID!, $after: String) { chat(channelId: $c, after: $after) {
    cursor message { id text isDeleted } deletedMessageId clearedUpto pinnedMessageId settings { slowModeSeconds }
} }";

async fn say(client: &Client, channel: &str, text: &str) -> Value {
    let input = json!({"channelId": channel, "text": text});
    let fields = "message { id position kind text badges replyToId mentionedIds sender { role } }";
    client.done("sendChatMessage", input, fields).await["message"].clone()
}

async fn caught_up(server: &Server) {
    let reached = server.views.wait_for(server.log.head(), DEADLINE);
    reached.await.unwrap();
}

async fn actions(client: &Client, channel: &str) -> Value {
    let query = "query Q($c: ID!) { channel(id: $c) { chat { moderationActions(first: 50) { nodes {
        kind actor { name } account { name } reason undoneBy } } } } }";
    let answer = client.ask_with(query, json!({"c": channel})).await;
    answer.data()["channel"]["chat"]["moderationActions"]["nodes"].clone()
}

#[tokio::test]
async fn two_moderators_who_disagree_leave_the_whole_story() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let (mod_a, mod_b) = (
        server.register("strict").await,
        server.register("mild").await,
    );
    let eve = server.register("eve").await;
    for (moderator, permissions) in [(&mod_a, json!(["BAN", "MUTE"])), (&mod_b, json!(["BAN"]))] {
        let input = json!({
            "channelId": channel, "accountId": moderator.id, "permissions": permissions,
        });
        ada.done(
            "appointModerator",
            input,
            "channel { chat { moderators { permissions } } }",
        )
        .await;
    }
    let about = |reason: &str| json!({"channelId": channel, "accountId": eve.id, "reason": reason});
    mod_a.done("banFromChannel", about("spam"), "").await;
    mod_b.done("unbanFromChannel", about("a joke"), "").await;
    mod_a.done("banFromChannel", about("again"), "").await;
    // What was not granted is refused, and so is an act against each other.
    let refused = mod_b.refused("muteInChannel", about("x")).await;
    assert_eq!(refused, ("NOT_ALLOWED".to_owned(), None));
    let each_other = json!({"channelId": channel, "accountId": mod_b.id});
    let refused = mod_a.refused("banFromChannel", each_other).await;
    assert_eq!(refused.0, "MODERATOR_EXEMPT");
    let appoint = json!({"channelId": channel, "accountId": eve.id});
    let refused = mod_a.refused("appointModerator", appoint).await;
    assert_eq!(refused.0, "NOT_ALLOWED");

    caught_up(&server).await;
    let seen = actions(&mod_b, &channel).await;
    let seen = seen.as_array().unwrap();
    let story: Vec<_> = seen
        .iter()
        .map(|act| {
            let (kind, actor) = (act["kind"].as_str().unwrap(), act["actor"]["name"].as_str());
            (
                kind,
                actor.unwrap(),
                act["reason"].as_str(),
                !act["undoneBy"].is_null(),
            )
        })
        .collect();
    assert_eq!(
        story,
        [
            ("BAN", "strict", Some("again"), false),
            ("UNBAN", "mild", Some("a joke"), false),
            ("BAN", "strict", Some("spam"), true),
            ("APPOINT", "ada", None, false),
            ("APPOINT", "ada", None, false),
        ]
    );
    for other in [&eve, &server.anyone()] {
        assert_eq!(actions(other, &channel).await, json!([]));
    }
    let query = "{ moderationActions(first: 5, filter: { kinds: [UNBAN] }) { nodes { kind } } }";
    assert_eq!(ada.ask(query).await.code(), "FORBIDDEN");
    let admin = server.admin().await;
    let all = admin.ask(query).await.data()["moderationActions"]["nodes"].clone();
    assert_eq!(all, json!([{"kind": "UNBAN"}]));
    // Whoever is removed sees and does nothing more.
    let input = json!({"channelId": channel, "accountId": mod_a.id});
    mod_a.done("removeModerator", input, "").await;
    assert_eq!(actions(&mod_a, &channel).await, json!([]));
    assert_eq!(
        mod_a.refused("banFromChannel", about("x")).await.0,
        "NOT_ALLOWED"
    );
}

#[tokio::test]
async fn each_gate_says_what_it_wants() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let set = |settings: Value| {
        let mut input = settings;
        input["channelId"] = json!(channel);
        input
    };
    let saying = || json!({"channelId": channel, "text": "hello"});
    ada.done(
        "updateChatSettings",
        set(json!({"slowModeSeconds": 30})),
        "",
    )
    .await;
    say(&eve, &channel, "one").await;
    let answer = eve
        .ask_with(
            "mutation M($i: SendChatMessageInput!) { sendChatMessage(input: $i) { errors { code retryAfter } } }",
            json!({"i": saying()}),
        )
        .await;
    let expected = json!([{"code": "SLOW_MODE", "retryAfter": 30}]);
    assert_eq!(answer.data()["sendChatMessage"]["errors"], expected);
    server.clock.advance(TimeDelta::seconds(30));
    say(&eve, &channel, "two").await;
    say(&ada, &channel, "the owner").await;
    say(&ada, &channel, "waits for nothing").await;

    let settings =
        "channel { chat { settings { slowModeSeconds followersOnlyMinutes emoteOnly } } }";
    let input = set(json!({"slowModeSeconds": 0, "followersOnlyMinutes": 10}));
    let shown = ada.done("updateChatSettings", input, settings).await;
    let expected = json!({"slowModeSeconds": 0, "followersOnlyMinutes": 10, "emoteOnly": false});
    assert_eq!(shown["channel"]["chat"]["settings"], expected);
    assert_eq!(
        eve.refused("sendChatMessage", saying()).await.0,
        "FOLLOWERS_ONLY"
    );
    let follow = json!({"channelId": channel});
    for _ in 0..2 {
        let followed = eve
            .done(
                "followChannel",
                follow.clone(),
                "channel { followerCount followedSince }",
            )
            .await;
        assert_eq!(followed["channel"]["followerCount"], 1);
        assert!(followed["channel"]["followedSince"].is_string());
    }
    assert_eq!(
        eve.refused("sendChatMessage", saying()).await.0,
        "FOLLOWERS_ONLY"
    );
    server.clock.advance(TimeDelta::minutes(10));
    assert_eq!(
        say(&eve, &channel, "now").await["badges"],
        json!(["FOLLOWER"])
    );
    assert_eq!(
        ada.refused("followChannel", follow.clone()).await.0,
        "OWN_FOLLOW"
    );
    for _ in 0..2 {
        let gone = eve
            .done(
                "unfollowChannel",
                follow.clone(),
                "channel { followerCount }",
            )
            .await;
        assert_eq!(gone["channel"]["followerCount"], 0);
    }

    let input = set(json!({"followersOnlyMinutes": null, "emoteOnly": true}));
    ada.done("updateChatSettings", input, "").await;
    assert_eq!(
        eve.refused("sendChatMessage", saying()).await.0,
        "EMOTE_ONLY"
    );
    let wrong = json!({"channelId": channel, "text": "words", "kind": "EMOJI"});
    assert_eq!(
        eve.refused("sendChatMessage", wrong).await.0,
        "NOT_EMOJI_ONLY"
    );
    let forged = json!({"channelId": channel, "text": "words", "kind": "SYSTEM"});
    assert_eq!(
        eve.refused("sendChatMessage", forged).await.0,
        "KIND_NOT_ALLOWED"
    );
    assert_eq!(say(&eve, &channel, "👏 🎉").await["kind"], "EMOJI");

    for (input, code) in [
        (json!({"slowModeSeconds": 601}), "SLOW_MODE_TOO_LONG"),
        (json!({"slowModeSeconds": -1}), "SLOW_MODE_TOO_LONG"),
        (
            json!({"followersOnlyMinutes": 129_601}),
            "FOLLOWERS_ONLY_TOO_LONG",
        ),
    ] {
        assert_eq!(ada.refused("updateChatSettings", set(input)).await.0, code);
    }
    assert_eq!(
        eve.refused("updateChatSettings", set(json!({}))).await.0,
        "NOT_ALLOWED"
    );
    let about = json!({"channelId": channel, "accountId": eve.id});
    ada.done("muteInChannel", about.clone(), "").await;
    assert_eq!(eve.refused("sendChatMessage", saying()).await.0, "MUTED");
    ada.done("unmuteInChannel", about.clone(), "").await;
    say(&eve, &channel, "👏").await;
    for (input, code) in [
        (
            json!({"channelId": channel, "accountId": ada.id}),
            "OWNER_MODERATES",
        ),
        (
            json!({"channelId": channel, "accountId": eve.id, "permissions": []}),
            "NO_PERMISSIONS",
        ),
    ] {
        assert_eq!(ada.refused("appointModerator", input).await.0, code);
    }
}

#[tokio::test]
async fn what_was_cleared_is_gone_from_every_page_and_every_replay() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let mut live = Socket::open(address, None).await;
    live.subscribe("1", CHAT, json!({"c": channel, "after": "MA"}))
        .await;
    let first = say(&eve, &channel, "secret one").await;
    let second = say(&eve, &channel, "secret two").await;
    for said in [&first, &second] {
        assert_eq!(live.item("chat").await["message"]["id"], said["id"]);
    }
    ada.done("pinChatMessage", json!({"messageId": second["id"]}), "")
        .await;
    assert_eq!(live.item("chat").await["pinnedMessageId"], second["id"]);
    let pinned = "query Q($c: ID!) { channel(id: $c) { chat { pinnedMessages { text } } messages(last: 9) { nodes { text isDeleted } } } }";
    let shown = ada.ask_with(pinned, json!({"c": channel})).await;
    let texts = json!([{"text": "secret two"}]);
    assert_eq!(shown.data()["channel"]["chat"]["pinnedMessages"], texts);

    let input = json!({"channelId": channel, "reason": "a raid"});
    assert_eq!(
        eve.refused("clearChat", input.clone()).await.0,
        "NOT_ALLOWED"
    );
    ada.done("clearChat", input, "").await;
    let upto = live.item("chat").await["clearedUpto"].clone();
    assert!(upto.is_string());
    let after = say(&eve, &channel, "fresh").await;
    assert_eq!(live.item("chat").await["message"]["text"], "fresh");

    caught_up(&server).await;
    let shown = eve.ask_with(pinned, json!({"c": channel})).await;
    let shown = &shown.data()["channel"];
    assert_eq!(shown["chat"]["pinnedMessages"], json!([]));
    let gone = json!({"text": null, "isDeleted": true});
    let fresh = json!({"text": "fresh", "isDeleted": false});
    assert_eq!(shown["messages"]["nodes"], json!([gone, gone, fresh]));
    // Alone, in a group that is there, and by its id.
    for document in [CHAT.to_owned(), CHAT.replace("isDeleted }", "isDeleted } ")] {
        let mut replay = Socket::open(address, None).await;
        replay
            .subscribe("1", &document, json!({"c": channel, "after": "MA"}))
            .await;
        for _ in 0..2 {
            let message = replay.item("chat").await["message"].clone();
            assert_eq!(
                (&message["text"], &message["isDeleted"]),
                (&Value::Null, &json!(true))
            );
        }
        replay.item("chat").await;
        assert_eq!(replay.item("chat").await["clearedUpto"], upto);
        assert_eq!(replay.item("chat").await["message"]["text"], "fresh");
    }
    let node = "query N($i: ID!) { node(id: $i) { ... on ChatMessage { text isDeleted } } }";
    let found = eve.ask_with(node, json!({"i": first["id"]})).await;
    assert_eq!(found.data()["node"], gone);
    // It can be neither pinned nor answered any more.
    let pin = json!({"messageId": first["id"]});
    assert_eq!(
        ada.refused("pinChatMessage", pin).await.0,
        "MESSAGE_NOT_FOUND"
    );
    let answer = json!({"channelId": channel, "text": "what?", "replyToId": first["id"]});
    assert_eq!(
        eve.refused("sendChatMessage", answer).await.0,
        "REPLY_TO_NOTHING"
    );
    let answer =
        json!({"channelId": channel, "text": "@ADA look, @nobody", "replyToId": after["id"]});
    let fields = "message { replyToId mentionedIds }";
    let answered = eve.done("sendChatMessage", answer, fields).await;
    assert_eq!(
        answered["message"],
        json!({"replyToId": after["id"], "mentionedIds": [ada.id]})
    );
    let many: Vec<_> = (0..11).map(|n| format!("@name{n}")).collect();
    let many = json!({"channelId": channel, "text": many.join(" ")});
    assert_eq!(
        eve.refused("sendChatMessage", many).await.0,
        "TOO_MANY_MENTIONS"
    );
}

#[tokio::test]
async fn a_suspended_account_does_nothing_until_it_is_reinstated() {
    let server = Server::start().await;
    let address = server.listen().await;
    let admin = server.admin().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let mut socket = Socket::open(address, eve.token.as_deref()).await;
    let whom = || json!({"accountId": eve.id, "reason": "threats"});
    assert_eq!(
        ada.refused("suspendAccount", whom()).await.0,
        "NOT_AN_ADMIN"
    );
    let own = json!({"accountId": admin.id});
    assert_eq!(
        admin.refused("suspendAccount", own).await.0,
        "OWN_SUSPENSION"
    );
    let shown = admin
        .done("suspendAccount", whom(), "account { isSuspended }")
        .await;
    assert_eq!(shown["account"]["isSuspended"], true);
    assert_eq!(socket.closed().await, 4403);
    let mut again = Socket::connect(address).await;
    again.init(eve.token.as_deref()).await;
    assert_eq!(again.closed().await, 4403);
    let saying = json!({"channelId": channel, "text": "hello"});
    let answer = eve.mutate("sendChatMessage", saying.clone(), "").await;
    assert_eq!(answer.code(), "UNAUTHENTICATED");
    let log_in = json!({"nameOrEmail": "eve", "password": crate::support::PASSWORD});
    let refused = server.anyone().refused("logIn", log_in.clone()).await;
    assert_eq!(refused.0, "ACCOUNT_SUSPENDED");

    admin.done("reinstateAccount", whom(), "").await;
    let fields = "session { accessToken }";
    let session = server.anyone().done("logIn", log_in, fields).await;
    let back = server.with_token(session["session"]["accessToken"].as_str().unwrap());
    back.done("sendChatMessage", saying, "").await;
    caught_up(&server).await;
    let query = "query Q($a: ID!) { moderationActions(first: 9, filter: { accountId: $a }) {
        nodes { kind reason actor { name } undoneBy } } }";
    let found = admin.ask_with(query, json!({"a": eve.id})).await;
    let found = &found.data()["moderationActions"]["nodes"];
    assert_eq!(found[0]["kind"], "REINSTATE");
    assert_eq!(
        (&found[1]["kind"], &found[1]["reason"]),
        (&json!("SUSPEND"), &json!("threats"))
    );
    assert!(found[1]["undoneBy"].is_string());
}

#[tokio::test]
async fn the_platform_speaks_through_admins_alone() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let (ada, channel) = server.streamer("ada").await;
    let input = json!({"channelId": channel, "text": "maintenance at noon"});
    assert_eq!(
        ada.refused("announceInChat", input.clone()).await.0,
        "NOT_AN_ADMIN"
    );
    let fields = "message { kind sender { role name } }";
    let said = admin.done("announceInChat", input, fields).await;
    let expected = json!({"kind": "ALERT", "sender": {"role": "PLATFORM", "name": ""}});
    assert_eq!(said["message"], expected);
}

#[tokio::test]
async fn a_recordings_chat_is_read_from_a_moment_on() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    crate::support::go_live(&server, &ada).await;
    for (text, wait) in [("early", 60), ("later", 60), ("last", 0)] {
        say(&eve, &channel, text).await;
        server.clock.advance(TimeDelta::seconds(wait));
    }
    caught_up(&server).await;
    let query = "query Q($c: ID!, $s: Int!) { channel(id: $c) { currentStream {
        messages(first: 2, fromSecond: $s) { nodes { text } pageInfo { hasNextPage } } } } }";
    let from = |second: i32| {
        let asked = ada.ask_with(query, json!({"c": channel, "s": second}));
        async move { asked.await.data()["channel"]["currentStream"]["messages"].clone() }
    };
    let all = from(0).await;
    assert_eq!(all["nodes"], json!([{"text": "early"}, {"text": "later"}]));
    assert_eq!(all["pageInfo"]["hasNextPage"], true);
    assert_eq!(
        from(60).await["nodes"],
        json!([{"text": "later"}, {"text": "last"}])
    );
    assert_eq!(from(61).await["nodes"], json!([{"text": "last"}]));
}
