//! Exports are whole, can be gone on with, and can be imported into either engine.

use crate::log_commands::chatted;
use crate::support::server::{Engine, Site};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde_json::json;
use std::fs;
use std::path::Path;

tributary_store::on_both_engines!(
    an_export_holds_what_was_asked_for,
    an_interrupted_export_goes_on_where_it_was_durable,
    an_export_is_imported_as_it_was,
);

/// A log at rest.
async fn site(engine: Engine) -> Site {
    let site = Site::new(engine).await;
    let (server, _) = chatted(&site, 30).await;
    assert!(server.stop().await);
    site
}

/// Runs an export to a file in the site's folder.
async fn export(site: &Site, name: &str, more: &[&str]) -> (bool, String) {
    let out = site.folder.path().join(name);
    let all = [&["log", "export", "--out", out.to_str().unwrap()], more].concat();
    site.run(&all, "").await
}

fn rows(path: &Path) -> i64 {
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    reader.metadata().file_metadata().num_rows()
}

async fn an_export_holds_what_was_asked_for(engine: Engine) {
    let site = site(engine).await;
    let path = |name: &str| site.folder.path().join(name);
    for name in ["all.jsonl", "all.csv", "all.parquet"] {
        let (done, text) = export(&site, name, &[]).await;
        assert!(done, "{text}");
    }
    let lines = fs::read_to_string(path("all.jsonl")).unwrap();
    let count = lines.lines().count();
    assert!(
        count > 40 && !lines.contains("message 7"),
        "no personal parts"
    );
    let csv = fs::read_to_string(path("all.csv")).unwrap();
    assert_eq!(csv.lines().count(), count + 1);
    assert!(csv.starts_with("position,event_id,recorded_at,"), "{csv}");
    assert_eq!(rows(&path("all.parquet")), i64::try_from(count).unwrap());
    let chat = ["--type", "channel.message_sent", "--personal"];
    for name in ["chat.jsonl", "chat.parquet"] {
        let (done, text) = export(&site, name, &chat).await;
        assert!(done && text.contains("30 events"), "{text}");
    }
    let chat = fs::read_to_string(path("chat.jsonl")).unwrap();
    assert!(chat.contains("message 7"), "{chat}");
    assert_eq!(rows(&path("chat.parquet")), 30);
    let (done, text) = export(&site, "all.csv", &[]).await;
    assert!(!done && text.contains("is there already"), "{text}");
    let (done, text) = export(&site, "all.xlsx", &[]).await;
    assert!(!done && text.contains("say --format"), "{text}");
    let left: Vec<_> = fs::read_dir(site.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("partial"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

async fn an_interrupted_export_goes_on_where_it_was_durable(engine: Engine) {
    let site = site(engine).await;
    let path = |name: &str| site.folder.path().join(name);
    for name in ["whole.jsonl", "whole.parquet"] {
        assert!(export(&site, name, &[]).await.0);
    }
    for name in ["begun.jsonl", "begun.parquet"] {
        assert!(export(&site, name, &["--to", "20"]).await.0);
    }
    let whole = fs::read_to_string(path("whole.jsonl")).unwrap();
    let note = |format: &str, bytes: usize, parts: usize| {
        let asked = json!({ "since": null, "until": null, "from": null, "to": null, "types": [],
                            "aggregate": null, "channel": null });
        let selection = json!({ "after": 0, "upto": whole.lines().count(), "types": [],
                                "history": null, "channel": null });
        json!({ "format": format, "personal": false, "asked": asked, "selection": selection,
                "done": 20, "events": 20, "bytes": bytes, "parts": parts })
        .to_string()
    };
    // What a machine leaves that stopped: more in the file than was durable for certain.
    let begun = fs::read_to_string(path("begun.jsonl")).unwrap();
    fs::write(
        path("x.jsonl.partial"),
        format!("{begun}{{\"position\":21,\"ev"),
    )
    .unwrap();
    fs::write(path("x.jsonl.partial.json"), note("jsonl", begun.len(), 0)).unwrap();
    fs::rename(path("begun.parquet"), path("x.parquet.partial-0")).unwrap();
    fs::write(path("x.parquet.partial.json"), note("parquet", 0, 1)).unwrap();

    let (done, text) = export(&site, "x.jsonl", &[]).await;
    assert!(!done && text.contains("go on with --resume"), "{text}");
    let (done, text) = export(&site, "x.jsonl", &["--resume", "--personal"]).await;
    assert!(!done && text.contains("in another way"), "{text}");
    let (done, text) = export(&site, "x.jsonl", &["--resume"]).await;
    assert!(done, "{text}");
    let goes_on = fs::read_to_string(path("x.jsonl")).unwrap();
    assert!(goes_on == whole, "not the same bytes");
    let (done, text) = export(&site, "x.parquet", &["--resume"]).await;
    assert!(done, "{text}");
    assert_eq!(rows(&path("x.parquet")), rows(&path("whole.parquet")));
}

async fn an_export_is_imported_as_it_was(engine: Engine) {
    let from = site(engine).await;
    let path = |name: &str| from.folder.path().join(name).to_str().unwrap().to_owned();
    assert!(export(&from, "all.jsonl", &["--personal"]).await.0);
    assert!(export(&from, "tail.jsonl", &["--from", "5"]).await.0);
    let whole = fs::read_to_string(path("all.jsonl")).unwrap();
    let import =
        async |site: &Site, name: &str| site.run(&["log", "import", &path(name)], "").await;

    let to = Site::new(match engine {
        Engine::Sqlite => Engine::Postgres,
        Engine::Postgres => Engine::Sqlite,
    })
    .await;
    let (done, text) = import(&to, "tail.jsonl").await;
    assert!(
        !done && text.contains("position 1 was to come next, not 5"),
        "{text}"
    );
    // A byte of an event in the middle.
    let changed = whole.replacen("\"role\":\"viewer\"", "\"role\":\"admin\"", 1);
    fs::write(path("changed.jsonl"), changed).unwrap();
    let (done, text) = import(&to, "changed.jsonl").await;
    assert!(!done && text.contains("does not fit its hash"), "{text}");
    let words = whole.replacen("message 7", "massage 7", 1);
    fs::write(path("words.jsonl"), words).unwrap();
    let (done, text) = import(&to, "words.jsonl").await;
    assert!(!done && text.contains("does not fit its digest"), "{text}");

    let some: String = whole.split_inclusive('\n').take(15).collect();
    fs::write(path("some.jsonl"), some).unwrap();
    assert!(import(&to, "some.jsonl").await.0);
    let (done, text) = import(&to, "all.jsonl").await;
    assert!(done, "it goes on with what is there: {text}");
    let (done, text) = import(&to, "some.jsonl").await;
    assert!(
        !done && text.contains("goes on behind the file's end"),
        "{text}"
    );
    assert!(export(&to, "again.jsonl", &["--personal"]).await.0);
    let again = fs::read_to_string(to.folder.path().join("again.jsonl")).unwrap();
    assert!(again == whole, "not the same bytes");
    let output = to.command(&["log", "verify"]).output().await.unwrap();
    assert!(output.status.success());

    let other = Site::new(engine).await;
    other.streamer("bob").await;
    let (done, text) = import(&other, "all.jsonl").await;
    assert!(!done && text.contains("holds other events"), "{text}");
}
