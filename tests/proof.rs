//! A log that was rewritten, or put back from an older copy, is not served and is found out.

use crate::support::server::{Engine, Site};

/// What the command line says about a log, and its exit code.
async fn verify(site: &Site, arguments: &[&str]) -> (i32, String) {
    let all = [&["log", "verify"], arguments].concat();
    let output = site.command(&all).output().await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

tributary_store::on_both_engines!(checkpoints_are_signed_while_a_server_runs_and_when_it_stops);

async fn checkpoints_are_signed_while_a_server_runs_and_when_it_stops(engine: Engine) {
    let site = Site::new(engine).await;
    let (code, text) = verify(&site, &[]).await;
    assert!(code == 2 && text.contains("there is no log"), "{text}");
    let server = site.start().await;
    site.streamer("ada").await;
    let (signed, line) = site.run(&["log", "checkpoint"], "").await;
    assert!(signed && line.contains("\"signature\""), "{line}");
    let (_, again) = site.run(&["log", "checkpoint"], "").await;
    assert!(again.contains("nothing has happened"), "{again}");
    let (code, text) = verify(&site, &[]).await;
    assert!(
        code == 0 && text.contains("the log holds"),
        "beside the server: {text}"
    );
    server.api().register("bob").await;
    assert!(server.stop().await);

    let file = site.data().join("checkpoints.jsonl");
    let lines = std::fs::read_to_string(&file).unwrap();
    assert!(
        lines.lines().count() >= 2 && lines.contains(line.trim()),
        "{lines}"
    );
    let (code, text) = verify(&site, &[]).await;
    assert!(
        code == 0 && text.contains("proven up to position"),
        "{text}"
    );
    let (_, key) = site.run(&["log", "checkpoint", "--public-key"], "").await;
    let (code, text) = verify(&site, &["--public-key", key.trim()]).await;
    assert_eq!(code, 0, "{text}");
    let other = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let (code, text) = verify(&site, &["--public-key", other]).await;
    assert!(code == 1 && text.contains("another key"), "{text}");

    // A line that was taken out, and one that was changed.
    let last = lines.lines().next_back().unwrap();
    std::fs::write(&file, format!("{last}\n")).unwrap();
    let (code, text) = verify(&site, &[]).await;
    assert!(
        code == 1 && text.contains("lines before it were removed"),
        "{text}"
    );
    std::fs::write(&file, lines.replacen("\"position\":", "\"position\":1", 1)).unwrap();
    let (code, text) = verify(&site, &[]).await;
    assert!(
        code == 1 && text.contains("line 1: its signature does not fit"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_log_is_refused_until_somebody_says_that_it_is_meant() {
    let site = Site::new(Engine::Sqlite).await;
    site.streamer("ada").await;
    let (log, copy) = (
        site.data().join("log.db"),
        site.folder.path().join("copy.db"),
    );
    std::fs::copy(&log, &copy).unwrap();
    site.run(
        &["account", "create", "bob", "--email", "bob@example.com"],
        "correct horse\n",
    )
    .await;
    std::fs::copy(&copy, &log).unwrap();

    let (served, text) = site.run(&["serve"], "").await;
    assert!(!served && text.contains("it has lost its end"), "{text}");
    let (code, text) = verify(&site, &[]).await;
    assert!(
        code == 1 && text.contains("position 7: the log ends before"),
        "{text}"
    );
    let (accepted, text) = site.run(&["log", "checkpoint", "--accept"], "").await;
    assert!(accepted && text.contains("set-aside"), "{text}");
    let server = site.start().await;
    let (accepted, text) = site.run(&["log", "checkpoint", "--accept"], "").await;
    assert!(!accepted && text.contains("nothing to accept"), "{text}");
    assert!(server.stop().await);
    let (code, text) = verify(&site, &[]).await;
    assert_eq!(code, 0, "{text}");

    // The secret of another installation.
    std::fs::write(site.data().join("secret.key"), "07".repeat(32)).unwrap();
    let (served, text) = site.run(&["serve"], "").await;
    assert!(
        !served && text.contains("signed with another key"),
        "{text}"
    );
}
