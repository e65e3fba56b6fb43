//! A person asks for what is kept of them, and to be forgotten.

use crate::support::api::Api;
use crate::support::feed::Feed;
use crate::support::server::{Engine, Server, Site};
use crate::support::until;
use serde_json::{Value, json};
use std::path::Path;
use tributary_domain::command::{Actor, Command, accounts};
use tributary_domain::text::AccountName;
use tributary_domain::{HistoryId, Request, State};
use tributary_store::{Environment, Keyring, Log, LogOptions, LogUrl};

tributary_store::on_both_engines!(a_person_gets_everything_and_is_then_forgotten_everywhere);

const CHANNEL: &str = "query($name: String) { channel(name: $name) { \
    messages(last: 10) { nodes { text isDeleted sender { name accountId } } } \
    tips(first: 10) { nodes { message from { name } amount { amount } } } } }";
const CHAT: &str = "subscription($channel: ID!, $after: String) { \
    chat(channelId: $channel, after: $after) { message { text sender { name } } } }";
const TIPS: &str = "subscription($channel: ID!, $after: String) { \
    tips(channelId: $channel, after: $after) { tip { message from { name } amount { amount } } } }";

/// Mallory chats and tips in Ada's channel, and is the word that this test looks for.
async fn lives(server: &Server) -> (Api, String) {
    let api = server.api();
    let ada = api.log_in("ada").await;
    let mallory = api.register("Mallory").await;
    let channel = api.channel("ada").await;
    let say = |text: &str| json!({ "channelId": channel, "text": text });
    // Long enough not to be overwritten by chance where it stood.
    let words = format!("mallory was here {}", "mallory ".repeat(50));
    mallory.done("sendChatMessage", say(&words), "").await;
    ada.done("sendChatMessage", say("hello"), "").await;
    let money = json!({ "amount": "10.00", "currency": "USD" });
    mallory.done("topUp", money, "").await;
    let tip = json!({
        "channelId": channel, "amount": "4.00", "currency": "USD", "message": "from mallory"
    });
    mallory.done("sendTip", tip, "").await;
    (mallory, channel)
}

/// Files of a folder, and of those within, that hold a word in any case.
fn holding(folder: &Path, word: &str) -> Vec<String> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, word));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes
                .windows(word.len())
                .any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

async fn a_person_gets_everything_and_is_then_forgotten_everywhere(engine: Engine) {
    let site = Site::new(engine).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let (mallory, channel) = lives(&server).await;

    let (refused, text) = site.run(&["person", "erase", "mallory"], "").await;
    assert!(!refused && text.contains("--yes"), "{text}");
    let (found, text) = site.run(&["person", "export", "nobody"], "").await;
    assert!(!found && text.contains("there is no account"), "{text}");
    let (exported, text) = site.run(&["person", "export", "mallory"], "").await;
    assert!(exported, "{text}");
    let export: Value = serde_json::from_str(&text).unwrap();
    for word in [
        "mallory was here",
        "from mallory",
        "Mallory@example.com",
        "wallet.topped_up",
    ] {
        assert!(text.contains(word), "{word} is not in {export:#}");
    }
    assert!(!text.contains("hello"), "what Ada said is Ada's");
    let summary = &export["summary"];
    assert_eq!(summary["name"], "Mallory");
    assert_eq!(summary["wallets"][0]["balance"], "6.00");
    assert_eq!(summary["events_by_type"]["channel.message_sent"], 1);
    let id = export["account"].as_str().unwrap();

    let before = server
        .api()
        .query(CHANNEL, json!({ "name": "ada" }))
        .await
        .to_string();
    assert!(before.contains("mallory was here") && before.contains("from mallory"));
    let (erased, text) = site.run(&["person", "erase", "mallory", "--yes"], "").await;
    assert!(
        erased && text.contains(id) && text.contains("forgotten"),
        "{text}"
    );

    is_forgotten(&server, &channel).await;
    let say = json!({ "channelId": channel, "text": "mallory is back" });
    assert_eq!(
        mallory.refused("sendChatMessage", say).await,
        "ACCOUNT_ERASED"
    );
    let log_in = json!({ "nameOrEmail": "mallory", "password": "correct horse" });
    assert_eq!(
        server.api().refused("logIn", log_in).await,
        "WRONG_CREDENTIALS"
    );
    if engine == Engine::Sqlite {
        assert_eq!(holding(&site.data(), "mallory"), Vec::<String>::new());
    }
    let (verified, text) = site.run(&["log", "verify"], "").await;
    assert!(verified && text.contains("the log holds"), "{text}");
    let (same, text) = site.run(&["projections", "rebuild", "--check"], "").await;
    assert!(same && text.contains("every row is the same"), "{text}");
    let (exported, text) = site.run(&["person", "export", id], "").await;
    assert!(
        exported && !text.to_lowercase().contains("mallory"),
        "{text}"
    );
    assert!(text.contains("\"is_erased\": true"), "{text}");
    let (again, text) = site.run(&["person", "erase", id, "--yes"], "").await;
    assert!(again, "asked for once more: {text}");
    // Whoever comes next may have the name.
    server.api().register("Mallory").await;
    assert!(server.stop().await);

    // Read models made anew after a restart, and feeds from the table.
    let server = site.start().await;
    is_forgotten(&server, &channel).await;
    assert!(server.stop().await);
}

/// Neither a question nor a replay shows the person; amounts stay.
async fn is_forgotten(server: &Server, channel: &str) {
    let shown = server.api().query(CHANNEL, json!({ "name": "ada" })).await;
    let text = shown.to_string().to_lowercase();
    assert!(!text.contains("mallory"), "{shown:#}");
    let messages = &shown["channel"]["messages"]["nodes"];
    assert_eq!(messages[0]["text"], Value::Null);
    assert_eq!(messages[0]["isDeleted"], false);
    assert_eq!(messages[0]["sender"]["name"], "");
    assert_eq!(messages[1]["text"], "hello");
    let tip = &shown["channel"]["tips"]["nodes"][0];
    assert_eq!(tip["amount"]["amount"], "4.00");
    assert_eq!(tip["message"], Value::Null);

    let from_the_start = json!({ "channel": channel, "after": "0" });
    let mut chat = Feed::open(&server.api(), CHAT, from_the_start.clone()).await;
    let first = chat.next().await["chat"]["message"].take();
    assert_eq!(first, json!({ "text": null, "sender": { "name": "" } }));
    assert_eq!(chat.next().await["chat"]["message"]["text"], "hello");
    let mut tips = Feed::open(&server.api(), TIPS, from_the_start).await;
    let tip = tips.next().await["tips"]["tip"].take();
    let nobody = json!({ "message": null, "from": { "name": "" }, "amount": { "amount": "4.00" } });
    assert_eq!(tip, nobody);
}

/// What the other node read before is in its memory, from where it serves replays.
#[tokio::test(flavor = "multi_thread")]
async fn another_node_forgets_what_it_remembers() {
    let site = Site::new(Engine::Postgres).await;
    let beside = Site::beside(&site);
    let server = site.start().await;
    let other = beside.start().await;
    site.streamer("ada").await;
    let (_, channel) = lives(&server).await;
    let replayed = async || {
        let from_the_start = json!({ "channel": channel, "after": "0" });
        let mut chat = Feed::open(&other.api(), CHAT, from_the_start).await;
        chat.next().await["chat"]["message"].take()
    };
    let before = replayed().await;
    assert_eq!(before["sender"]["name"], "Mallory", "{before:#}");
    let (erased, text) = site.run(&["person", "erase", "mallory", "--yes"], "").await;
    assert!(erased, "{text}");
    let nobody = json!({ "text": null, "sender": { "name": "" } });
    until("the other node has forgotten", async || {
        (replayed().await == nobody).then_some(())
    })
    .await;
    is_forgotten(&other, &channel).await;
    assert!(other.stop().await && server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_forgotten_without_a_server_too() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    site.streamer("ada").await;
    lives(&server).await;
    server.kill().await;
    assert!(!holding(&site.data(), "mallory").is_empty());
    let (erased, text) = site.run(&["person", "erase", "Mallory", "--yes"], "").await;
    assert!(erased, "{text}");
    assert_eq!(holding(&site.data(), "mallory"), Vec::<String>::new());
    let out = site.data().join("ada.json");
    let out = out.to_str().unwrap();
    let (exported, text) = site
        .run(&["person", "export", "ada", "--out", out], "")
        .await;
    assert!(exported && text.contains("events of"), "{text}");
    let export: Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    assert_eq!(export["summary"]["name"], "ada");
    let (overwritten, text) = site
        .run(&["person", "export", "ada", "--out", out], "")
        .await;
    assert!(!overwritten && text.contains("cannot be made"), "{text}");
}

/// Decides an erasure and goes no further, as a command that is killed right then.
async fn begin_to_erase(site: &Site, name: &str) {
    let secret = std::fs::read_to_string(site.data().join("secret.key")).unwrap();
    let bytes: Vec<u8> = (0..32)
        .map(|n| u8::from_str_radix(&secret[2 * n..2 * n + 2], 16).unwrap())
        .collect();
    let keyring = Keyring::new(&bytes.try_into().unwrap());
    let url = LogUrl::Sqlite(site.data().join("log.db"));
    let env = Environment::system();
    let log = Log::open(&url, LogOptions::default(), env).await.unwrap();
    let hash = keyring.name_hash(&AccountName::new(name).unwrap());
    let claim = log.state(&HistoryId::NameClaim(hash)).await.unwrap();
    let State::Claim(claim) = claim else {
        panic!("a claim");
    };
    let command = accounts::Command::Erase {
        account: claim.holder().unwrap(),
        name_hash: None,
        email_hash: None,
    };
    let request = Request {
        actor: Actor::Console,
        at: log.environment().now(),
        id: None,
        command: Command::Accounts(command),
    };
    log.execute(request).await.unwrap();
    log.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_was_cut_off_is_completed_by_the_next_start() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    site.streamer("ada").await;
    lives(&server).await;
    assert!(server.stop().await);
    begin_to_erase(&site, "mallory").await;
    assert!(!holding(&site.data(), "mallory").is_empty());
    let server = site.start().await;
    until("nothing is left", async || {
        holding(&site.data(), "mallory").is_empty().then_some(())
    })
    .await;
    assert!(server.stop().await);
}
