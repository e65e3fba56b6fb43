//! Backups are whole whatever goes on meanwhile, and restore into either engine.

use crate::log_commands::{chatted, say};
use crate::support::api::Api;
use crate::support::server::{Engine, Site};
use crate::support::until;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

tributary_store::on_both_engines!(
    a_backup_under_load_is_restored_into_the_other_engine,
    a_restore_is_gone_on_with_and_nothing_is_written_over,
    a_restored_log_that_is_older_than_its_checkpoints_is_refused,
);

fn other(engine: Engine) -> Engine {
    match engine {
        Engine::Sqlite => Engine::Postgres,
        Engine::Postgres => Engine::Sqlite,
    }
}

async fn succeeds(site: &Site, arguments: &[&str]) -> String {
    let (done, text) = site.run(arguments, "").await;
    assert!(done, "{arguments:?}: {text}\n{}", site.log());
    text
}

async fn fails(site: &Site, arguments: &[&str]) -> String {
    let (done, text) = site.run(arguments, "").await;
    assert!(!done, "{arguments:?}: {text}");
    text
}

/// Takes a backup, and returns its folder as an argument.
async fn backup(site: &Site, name: &str, more: &[&str]) -> String {
    let folder = site.folder.path().join(name).to_str().unwrap().to_owned();
    succeeds(site, &[&["backup", &folder], more].concat()).await;
    folder
}

/// Everything that the log holds up to a position, as text.
async fn exported(site: &Site, upto: &str) -> String {
    let file: PathBuf = site.folder.path().join(format!("to-{upto}.jsonl"));
    let out = file.to_str().unwrap();
    succeeds(
        site,
        &["log", "export", "--personal", "--to", upto, "--out", out],
    )
    .await;
    std::fs::read_to_string(file).unwrap()
}

async fn a_backup_under_load_is_restored_into_the_other_engine(engine: Engine) {
    let site = Site::new(engine).await;
    let (server, channel) = chatted(&site, 5).await;
    let (said, stop) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let eve = server.api().log_in("eve").await;
    let load = {
        let (api, channel, said, stop) = (
            eve.clone(),
            channel.clone(),
            Arc::clone(&said),
            Arc::clone(&stop),
        );
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let n = said.fetch_add(1, Ordering::Relaxed);
                say(&api, &channel, &format!("message {}", 1_000 + n)).await;
            }
        })
    };
    until("load", async || {
        (said.load(Ordering::Relaxed) > 20).then_some(())
    })
    .await;
    let folder = backup(&site, "backup", &["--with-secret"]).await;
    let before = said.load(Ordering::Relaxed);
    until("more load", async || {
        (said.load(Ordering::Relaxed) > before + 5).then_some(())
    })
    .await;
    stop.store(true, Ordering::Relaxed);
    load.await.unwrap();
    let repeated = say(&eve, &channel, "message 3").await;
    assert!(server.stop().await);

    let restored = Site::new(other(engine)).await;
    let text = succeeds(&restored, &["restore", &folder]).await;
    assert!(text.contains("the log holds"), "{text}");
    let (verified, text) = restored.run(&["log", "verify"], "").await;
    assert!(verified, "{text}");
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(format!("{folder}/manifest.json")).unwrap()).unwrap();
    let head = manifest["position"].to_string();
    let same = exported(&restored, &head).await == exported(&site, &head).await;
    assert!(same, "the restored log has other events");

    let server = restored.start().await;
    let eve: Api = server.api().log_in("eve").await;
    assert_eq!(
        say(&eve, &channel, "message 3").await["position"],
        repeated["position"]
    );
    let next = say(&eve, &channel, "message after").await;
    assert_ne!(next["position"], repeated["position"]);
    let text = succeeds(&restored, &["projections", "rebuild", "--check"]).await;
    assert!(text.contains("every row is the same"), "{text}");
    let key = succeeds(&restored, &["channel", "key", "ada"]).await;
    assert!(key.contains("live_"), "{key}");
    assert!(server.stop().await);
    let (verified, text) = restored.run(&["log", "verify"], "").await;
    assert!(verified && text.contains("proven up to"), "{text}");
}

async fn a_restore_is_gone_on_with_and_nothing_is_written_over(engine: Engine) {
    let site = Site::new(engine).await;
    let (server, _) = chatted(&site, 20).await;
    let folder = backup(&site, "backup", &[]).await;
    let refused = fails(&site, &["backup", &folder]).await;
    assert!(refused.contains("is not empty"), "{refused}");
    let refused = fails(&site, &["restore", &folder]).await;
    assert!(refused.contains("a server runs in"), "{refused}");
    let begun = site.folder.path().join("begun.jsonl");
    let begun = begun.to_str().unwrap();
    succeeds(
        &site,
        &["log", "export", "--personal", "--to", "12", "--out", begun],
    )
    .await;
    assert!(server.stop().await);
    let refused = fails(&site, &["restore", &folder]).await;
    assert!(refused.contains("the log is not empty"), "{refused}");

    // As an interrupted restore leaves it.
    let restored = Site::new(engine).await;
    succeeds(&restored, &["log", "import", begun]).await;
    let text = std::fs::read(format!("{folder}/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&text).unwrap();
    std::fs::create_dir_all(restored.data()).unwrap();
    let marker = restored.data().join("restore.unfinished");
    std::fs::write(&marker, manifest["hash"].as_str().unwrap()).unwrap();
    let refused = fails(&restored, &["serve"]).await;
    assert!(
        refused.contains("was interrupted; run it again"),
        "{refused}"
    );
    let text = succeeds(&restored, &["restore", &folder]).await;
    assert!(
        text.contains("Put the installation's secret into"),
        "{text}"
    );
    assert!(!marker.exists());
    let refused = fails(&restored, &["serve"]).await;
    assert!(
        refused.contains("is missing; put back the file"),
        "{refused}"
    );
    std::fs::copy(
        site.data().join("secret.key"),
        restored.data().join("secret.key"),
    )
    .unwrap();
    let server = restored.start().await;
    server.api().log_in("ada").await;
    assert!(server.stop().await);
    succeeds(&restored, &["log", "verify"]).await;

    // What is not whole, or not what was written.
    let fresh = Site::new(engine).await;
    let events = format!("{folder}/events.jsonl.zst");
    let mut bytes = std::fs::read(&events).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&events, bytes).unwrap();
    let refused = fails(&fresh, &["restore", &folder]).await;
    assert!(
        refused.contains("is not the file that was written"),
        "{refused}"
    );
    std::fs::remove_file(format!("{folder}/manifest.json")).unwrap();
    let refused = fails(&fresh, &["restore", &folder]).await;
    assert!(refused.contains("no whole backup"), "{refused}");
}

async fn a_restored_log_that_is_older_than_its_checkpoints_is_refused(engine: Engine) {
    let site = Site::new(engine).await;
    let (server, channel) = chatted(&site, 3).await;
    let folder = backup(&site, "backup", &["--with-secret"]).await;
    let eve = server.api().log_in("eve").await;
    say(&eve, &channel, "message of later").await;
    assert!(server.stop().await);

    // The data folder stayed, the log was lost.
    let restored = Site::new(engine).await;
    std::fs::create_dir_all(restored.data()).unwrap();
    let checkpoints = restored.data().join("checkpoints.jsonl");
    std::fs::copy(site.data().join("checkpoints.jsonl"), &checkpoints).unwrap();
    succeeds(&restored, &["restore", &folder]).await;
    let refused = fails(&restored, &["serve"]).await;
    assert!(refused.contains("log checkpoint --accept"), "{refused}");
    let found = fails(&restored, &["log", "verify"]).await;
    assert!(
        found.contains("an older log was put in its place"),
        "{found}"
    );
    succeeds(&restored, &["log", "checkpoint", "--accept"]).await;
    let server = restored.start().await;
    let said = server.api().log_in("eve").await;
    let answer = say(&said, &channel, "message of later").await;
    assert_eq!(answer["errors"], json!([]), "it is said anew");
    assert!(server.stop().await);
    succeeds(&restored, &["log", "verify"]).await;
}
