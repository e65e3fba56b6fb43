//! Programs of others, unmodified, against a real server: they know the specifications, and nothing of us.

use crate::support::in_time;
use crate::support::server::{Engine, Site};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

/// As many audits of GraphQL over HTTP as there are: fewer, and they are not all of them.
const AUDITS: usize = 61;

/// Runs a program of `tests/node`: the JSON that it prints last.
async fn judged_by(program: &str, arguments: &[&str]) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node");
    assert!(
        folder.join("node_modules").exists(),
        "its modules are not installed: run the tests with `cargo xtask test`"
    );
    let run = Command::new("node")
        .arg(program)
        .args(arguments)
        .current_dir(&folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let run = in_time(program, run).await.unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let complained = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}{complained}");
    serde_json::from_str(said.lines().last().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{error}: {said}{complained}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_audit_of_graphql_over_http_passes() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    let url = format!("{}/graphql", server.http);
    let audits = judged_by("audit-http.mjs", &[&url]).await;
    let audits = audits.as_array().unwrap();
    let failed: Vec<_> = audits
        .iter()
        .filter(|audit| audit["status"] != "ok")
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(audits.len(), AUDITS);
    assert!(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn compilers_and_linters_of_others_accept_the_schema() {
    let folder = tempfile::TempDir::new().unwrap();
    let said = judged_by("judge-schema.mjs", &[folder.path().to_str().unwrap()]).await;
    let accepted = said["accepted"].as_array().unwrap();
    assert_eq!(accepted.len(), 4, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_others_follow_a_chat_over_sockets_and_event_streams() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    for number in 0..3 {
        let input = json!({ "channelId": channel, "text": number.to_string() });
        ada.done("sendChatMessage", input, "").await;
    }
    let token = ada.token.as_deref().unwrap();
    let said = judged_by("clients.mjs", &[&server.http, token, &channel]).await;
    let heard = json!({
        "texts": ["0", "1", "2"],
        "names": ["ada"],
        "refused": "GRAPHQL_VALIDATION_FAILED",
    });
    assert_eq!(said["sockets"], heard, "{said}");
    assert_eq!(said["events"], heard, "{said}");
    assert_eq!(said["badToken"], 4403);
    assert!(server.stop().await);
}
