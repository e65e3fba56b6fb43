//! Health, metrics, settings, and what the server serves to strangers.

use crate::support::in_time;
use crate::support::server::{Engine, Site, signal};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_tell_how_it_is() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let get = async |path: &str| {
        reqwest::get(format!("{}{path}", server.http))
            .await
            .unwrap()
    };
    assert_eq!(get("/health/live").await.status(), 200);
    let ready = get("/health/ready").await;
    assert_eq!(ready.status(), 200);
    let ready: Value = ready.json().await.unwrap();
    assert_eq!(ready["status"], "ready");
    assert!(
        ready["projections"].as_array().unwrap().len() >= 5,
        "{ready:#}"
    );
    let metrics = get("/metrics").await.text().await.unwrap();
    for line in [
        "tributary_log_position 6",
        "tributary_log_events_total 6",
        "tributary_commands_total{outcome=\"carried_out\"} 2",
        "tributary_projection_running{projection=\"chat\"} 1",
        "tributary_policy_parked{policy=\"end_abandoned_streams\"} 0",
        "tributary_publishers 0",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}\n{metrics}"
        );
    }
    assert!(metrics.ends_with("# EOF\n"));
    assert!(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_served_with_its_policy_and_a_viewers_cookie() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    let client = reqwest::Client::new();
    let page = client
        .get(format!("{}/c/anyone", server.http))
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src")
    );
    let cookie = page.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("tributary_viewer=") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    let (pair, _) = cookie.split_once(';').unwrap();
    let known = client
        .get(&server.http)
        .header("cookie", pair)
        .send()
        .await
        .unwrap();
    assert!(
        known.headers().get("set-cookie").is_none(),
        "a known viewer keeps its cookie"
    );
    let forged = pair.replace('=', "=AAAA");
    let other = client
        .get(&server.http)
        .header("cookie", forged)
        .send()
        .await
        .unwrap();
    assert!(
        other.headers().get("set-cookie").is_some(),
        "a forged cookie is nobody's"
    );
    let etag = known.headers()["etag"].clone();
    let cached = client
        .get(&server.http)
        .header("if-none-match", etag)
        .send()
        .await
        .unwrap();
    assert_eq!(cached.status(), 304);
    let nothing = client
        .get(format!("{}/nothing", server.http))
        .send()
        .await
        .unwrap();
    assert_eq!(nothing.status(), 404);
    assert!(nothing.text().await.unwrap().contains("/graphql"));
    assert!(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_not_known_are_refused() {
    let site = Site::new(Engine::Sqlite)
        .await
        .set("TRIBUTARY_HTTP_ADR", "127.0.0.1:0");
    let (started, text) = site.run(&["serve"], "").await;
    assert!(!started && text.contains("TRIBUTARY_HTTP_ADR"), "{text}");

    let site = Site::new(Engine::Sqlite).await;
    std::fs::write(
        site.folder.path().join("tributary.toml"),
        "colour = \"red\"\n",
    )
    .unwrap();
    let (started, text) = site.run(&["config", "check"], "").await;
    assert!(!started && text.contains("colour"), "{text}");
    std::fs::write(
        site.folder.path().join("tributary.toml"),
        "grace_seconds = 7\n",
    )
    .unwrap();
    let (fine, text) = site.run(&["config", "check"], "").await;
    assert!(fine && text.contains("grace_seconds = 7\n"), "{text}");
    assert!(text.starts_with("# from tributary.toml\n"), "{text}");
    let (fine, text) = site
        .run(&["config", "check", "--grace-seconds", "0"], "")
        .await;
    assert!(!fine && text.contains("1 to 86400"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_has_one_server() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    let (started, text) = site.run(&["serve"], "").await;
    assert!(
        !started && text.contains("in use by another Tributary"),
        "{text}"
    );
    assert!(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_in_the_settings_is_shown_to_nobody() {
    let url = "postgres://ada:hunter2@127.0.0.1:1/tributary";
    let site = Site::new(Engine::Sqlite)
        .await
        .set("TRIBUTARY_LOG_URL", url)
        .set("TRIBUTARY_VIEWS_URL", &format!("{url}?password=hunter2"));
    let (fine, text) = site.run(&["config", "check"], "").await;
    let shown = "log_url = \"postgres://ada:***@127.0.0.1:1/tributary\"\n";
    assert!(fine && text.contains(shown), "{text}");
    for arguments in [
        &["config", "check"][..],
        &["--help"],
        &["help", "serve"],
        &["config", "check", "--help"],
        &["serve"],
        &["projections"],
        &["config", "check", "--grace-seconds", "0"],
    ] {
        let (_, text) = site.run(arguments, "").await;
        assert!(!text.is_empty() && !text.contains("hunter2"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_in_files_is_the_owners_alone() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let data = site.data();
    let mode = |path: &std::path::Path| {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        format!("{:o}", mode & 0o777)
    };
    assert_eq!(mode(&data), "700");
    for file in [
        "log.db",
        "log.db-wal",
        "log.db-shm",
        "tributary.lock",
        "secret.key",
        "control.sock",
    ] {
        assert_eq!(mode(&data.join(file)), "600", "{file}");
    }
    assert!(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_and_a_secret_elsewhere_leave_the_command_line_its_socket() {
    let site = Site::new(Engine::Postgres).await;
    let secret = site.folder.path().join("elsewhere.key");
    let site = site.set("TRIBUTARY_SECRET_FILE", secret.to_str().unwrap());
    let server = site.start().await;
    assert!(site.data().join("control.sock").exists(), "{}", site.log());
    site.streamer("ada").await;
    assert!(server.stop().await);
}

/// Whoever sees that the server is there may ask it to stop: it does so as at any other time.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_as_soon_as_it_listens_stops_cleanly() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = free.local_addr().unwrap().to_string();
    drop(free);
    let site = Site::new(Engine::Sqlite).await;
    let mut command = site.command(&["serve"]);
    let mut server = command.env("TRIBUTARY_HTTP_ADDR", &addr).spawn().unwrap();
    // Looked at all the time: what is asked for here is what happens right after.
    in_time("it listens", async {
        while tokio::net::TcpStream::connect(&addr).await.is_err() {}
    })
    .await;
    signal(server.id().unwrap(), "TERM");
    let ended = in_time("it stops", server.wait()).await.unwrap();
    assert!(ended.success(), "{ended:?}");
}
