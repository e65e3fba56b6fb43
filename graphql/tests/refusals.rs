//! Every refusal has a test of the domain and an answer of the API: which have not is found by reading the tests.
//! Those that only many things lead to are answered here.

use crate::support::{Server, channel_of, done_by, go_live, system};
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tributary_domain::account::{FOLLOWS_MAX, Person};
use tributary_domain::channel::{MODERATORS_MAX, PINS_MAX};
use tributary_domain::command::{Actor, accounts, channels, follows, recordings};
use tributary_domain::stream::recording::RECORDINGS_MAX;
use tributary_domain::stream::{RecordingEnd, RecordingFinished};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{AccountId, ChannelId, Command, RecordingId, Rejection};
use tributary_store::StreamKey;

/// Refusals that nobody meets at the API, and why.
const NEVER_ANSWERED: [(&str, &str); 14] = [
    (
        "PASSWORD_STALE",
        "it is answered as the wrong password that it is",
    ),
    ("ALREADY_REGISTERED", "the server makes accounts' ids"),
    ("STREAM_EXISTS", "the server makes streams' ids"),
    ("NOT_LIVE", "media is told of by the server itself"),
    ("NOT_INTERRUPTED", "a policy asks"),
    ("NOT_ERASED", "an erasure is completed by the server itself"),
    ("TOO_MANY_TALLIES", "the server counts reactions"),
    ("ALREADY_JOINED", "the server opens viewer sessions"),
    (
        "VIEWER_SESSION_NOT_FOUND",
        "the server closes viewer sessions",
    ),
    ("PAYOUT_EXISTS", "the server makes payouts' ids"),
    ("PAYMENT_DIFFERS", "providers tell of payments"),
    ("TOO_MANY_DISPUTES", "providers tell of disputes"),
    ("NOTHING_TO_RESTORE", "providers tell of disputes"),
    ("BAD_SEAL", "the server makes seals"),
];

/// Refusals that no rule of the domain makes, and where they are tested.
const NOT_OF_THE_DOMAIN: [(&str, &str); 3] = [
    ("REPEATED_TEXT", "graphql/src/rate/repeats.rs"),
    // Which event is a tip, the log says.
    ("TIP_NOT_FOUND", "graphql/tests/refusals_of_money.rs"),
    // The domain records that a session was closed by it.
    ("TOKEN_REUSED", "domain/src/account/tests.rs"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Rust files below a folder, with their texts.
fn sources(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.insert(path, text);
        }
    }
}

fn below(folders: &[&str]) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for folder in folders {
        sources(&root().join(folder), &mut found);
    }
    found
}

/// The code of a file, and its tests.
fn parted<'a>(path: &Path, text: &'a str) -> (&'a str, &'a str) {
    let name = path.to_string_lossy();
    if name.contains("tests") {
        return ("", text);
    }
    let tests = text.find("#[cfg(test)]\nmod tests {");
    text.split_at(tests.unwrap_or(text.len()))
}

/// Whether a word stands in a text, and not as a part of another.
fn says(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(part) && !after.starts_with(part)
    })
}

/// The part of the domain that declares a code, and the name that it has there.
fn declared(domain: &BTreeMap<PathBuf, String>, code: &str) -> (String, String) {
    let arrow = format!("=> \"{code}\"");
    for (path, text) in domain {
        let Some((before, _)) = parted(path, text).0.split_once(&arrow) else {
            continue;
        };
        // `Name`, or `Name { fields }`.
        let before = before.trim_end();
        let named = match before.strip_suffix('}') {
            Some(fields) => fields.rsplit_once('{').unwrap().0,
            None => before,
        };
        let name = named.split_whitespace().last().unwrap().to_owned();
        let inner = path.strip_prefix(root().join("domain/src")).unwrap();
        let part = inner.components().next().unwrap().as_os_str();
        let part = part.to_string_lossy().trim_end_matches(".rs").to_owned();
        return (part, name);
    }
    panic!("{code} is declared nowhere");
}

#[test]
fn every_refusal_has_a_test_of_the_domain_and_an_answer_of_the_api() {
    let domain = below(&["domain/src", "domain/tests"]);
    // The answers below are calls, not words of this list.
    let answers = below(&["graphql/tests", "tests"]);
    let this = std::fs::read_to_string(root().join("graphql/tests/refusals.rs")).unwrap();
    let (_, this) = this.split_once("\n#[tokio::test]").unwrap();
    let is_answered = |code: &str| {
        let quoted = format!("\"{code}\"");
        this.contains(&quoted)
            || answers
                .iter()
                .any(|(path, text)| !path.ends_with("refusals.rs") && text.contains(&quoted))
    };
    let mut missing = Vec::new();
    for (code, _) in Rejection::catalogue() {
        let (part, name) = declared(&domain, code);
        let here = root().join("domain/src").join(&part);
        let here = here.to_string_lossy().into_owned();
        let is_tested = domain.iter().any(|(path, text)| {
            let tests = parted(path, text).1;
            let near = path.to_string_lossy().starts_with(&here);
            says(tests, code)
                || (near && says(tests, &format!("Rejection::{name}")))
                || tests.contains(&format!("{part}::Rejection::{name}"))
        });
        let elsewhere = NOT_OF_THE_DOMAIN.iter().find(|(known, _)| *known == code);
        match (is_tested, elsewhere) {
            (false, None) => missing.push(format!("{code}: no test of the domain")),
            (_, Some((_, file))) => assert!(root().join(file).exists(), "{file}"),
            (true, None) => {}
        }
        let never = NEVER_ANSWERED.iter().any(|(known, _)| *known == code);
        match (is_answered(code), never) {
            (false, false) => missing.push(format!("{code}: no answer of the API")),
            (true, true) => missing.push(format!("{code}: is answered after all")),
            (true, false) | (false, true) => {}
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// So many accounts with a channel each, without anybody's password being hashed.
async fn crowd(server: &Server, count: usize) -> Vec<AccountId> {
    let env = server.log.environment();
    let made = (0..count).map(async |n| {
        let account = AccountId(env.uuid());
        let person = Person {
            name: AccountName::new(&format!("crowd-{n}")).unwrap(),
            email: EmailAddress::new(&format!("crowd-{n}@example.com")).unwrap(),
        };
        let register = accounts::Command::Register {
            account,
            name_hash: server.keyring.name_hash(&person.name),
            email_hash: server.keyring.email_hash(&person.email),
            person,
            password_hash: String::new(),
            salt: env.salt(),
        };
        done_by(server, Actor::Anonymous, Command::Accounts(register)).await;
        let channel = ChannelId::from(account);
        let key = server.keyring.seal(&StreamKey::generate(env), channel, env);
        let open = channels::Command::Open { account, key };
        done_by(server, Actor::Account(account), Command::Channels(open)).await;
        account
    });
    let made = futures::stream::iter(made).buffered(256);
    made.collect().await
}

fn id(kind: &str, id: impl std::fmt::Display) -> Value {
    use base64::Engine as _;
    json!(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("{kind}:{id}")))
}

#[tokio::test]
async fn what_there_is_too_much_of_is_refused() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let crowd = crowd(&server, FOLLOWS_MAX + 1).await;
    let here = ChannelId::from(channel_of(&ada).owner());
    let owner = Actor::Account(here.owner());
    for account in &crowd[..MODERATORS_MAX] {
        let act = tributary_domain::channel::Act::Appoint {
            account: *account,
            permissions: tributary_domain::channel::ModeratorPermission::ALL.into(),
        };
        let channel = here;
        let appoint = channels::Command::Moderate { channel, act };
        done_by(&server, owner, Command::Channels(appoint)).await;
    }
    let one_more = json!({"channelId": channel, "accountId": id("Account", crowd[MODERATORS_MAX])});
    let refused = ada.refused("appointModerator", one_more).await;
    assert_eq!(refused.0, "TOO_MANY_MODERATORS");

    let following = crowd[..FOLLOWS_MAX].iter().map(|account| {
        let channel = ChannelId::from(*account);
        let follow = follows::Command::Follow { channel };
        done_by(&server, owner, Command::Follows(follow))
    });
    let following = futures::stream::iter(following).buffered(256);
    following.collect::<Vec<_>>().await;
    let one_more = json!({"channelId": id("Channel", crowd[FOLLOWS_MAX])});
    let refused = ada.refused("followChannel", one_more).await;
    assert_eq!(refused.0, "TOO_MANY_FOLLOWS");

    for n in 0..=PINS_MAX {
        let input = json!({"channelId": channel, "text": n.to_string()});
        let said = ada.done("sendChatMessage", input, "message { id }").await;
        let pin = json!({"messageId": said["message"]["id"]});
        if n < PINS_MAX {
            ada.done("pinChatMessage", pin, "").await;
        } else {
            let refused = ada.refused("pinChatMessage", pin).await;
            assert_eq!(refused.0, "TOO_MANY_PINS");
        }
    }
}

#[tokio::test]
async fn what_a_chat_does_not_take_and_what_a_show_is_past_is_refused() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    for (text, code) in [
        ("a\u{202e}b".to_owned(), "HIDDEN_CHARACTER"),
        (format!("a{}", "\u{301}".repeat(5)), "STACKED_MARKS"),
        ("é".repeat(4_001), "TOO_MANY_BYTES"),
        ("\n1".repeat(11), "TOO_MANY_LINES"),
    ] {
        let input = json!({"channelId": channel, "text": text});
        let refused = ada.refused("sendChatMessage", input).await;
        assert_eq!(refused, (code.to_owned(), Some("text".to_owned())));
    }
    let soon = json!({"title": "soon", "scheduledFor": "2026-02-01T18:00:00Z"});
    let soon = ada.done("scheduleStream", soon, "stream { id }").await;
    let soon = json!({"streamId": soon["stream"]["id"]});
    assert_eq!(ada.refused("endStream", soon).await.0, "NOT_STARTED");
    let live = id("Stream", go_live(&server, &ada).await);
    let live = json!({"streamId": live});
    let refused = ada.refused("cancelStream", live.clone()).await;
    assert_eq!(refused.0, "ALREADY_LIVE");
    ada.done("endStream", live.clone(), "").await;
    assert_eq!(ada.refused("cancelStream", live).await.0, "ALREADY_ENDED");

    // Ada is erased: her room takes nothing new.
    let eve = server.register("eve").await;
    let input = json!({"channelId": channel, "text": "hello"});
    let said = eve
        .done("sendChatMessage", input.clone(), "message { id }")
        .await;
    erase(&server, channel_of(&ada).owner()).await;
    let refused = eve.refused("sendChatMessage", input).await;
    assert_eq!(refused.0, "CHANNEL_CLOSED");
    let react = json!({"messageId": said["message"]["id"], "emoji": "👏"});
    let refused = eve.refused("reactToMessage", react).await;
    assert_eq!(refused.0, "CHANNEL_CLOSED");
}

async fn erase(server: &Server, account: AccountId) {
    let erase = accounts::Command::Erase {
        account,
        name_hash: None,
        email_hash: None,
    };
    done_by(server, Actor::Console, Command::Accounts(erase)).await;
}

#[tokio::test]
async fn a_stream_that_was_recorded_too_often_is_refused_one_more() {
    let server = Server::start().await;
    let (ada, _) = server.streamer("ada").await;
    let stream = go_live(&server, &ada).await;
    let input = json!({"streamId": id("Stream", stream)});
    for _ in 0..RECORDINGS_MAX {
        let recording = RecordingId(server.log.environment().uuid());
        let start = recordings::Command::Start { stream, recording };
        let owner = Actor::Account(channel_of(&ada).owner());
        done_by(&server, owner, Command::Recordings(start)).await;
        let finished = RecordingFinished {
            recording,
            at: server.log.environment().now(),
            end: RecordingEnd::NodeGone,
            duration_ms: 1,
            bytes: 1,
        };
        let finish = recordings::Command::Finish { stream, finished };
        system(&server, Command::Recordings(finish)).await;
    }
    let refused = ada.refused("startRecording", input).await;
    let field = Some("streamId".to_owned());
    assert_eq!(refused, ("TOO_MANY_RECORDINGS".to_owned(), field));
}
