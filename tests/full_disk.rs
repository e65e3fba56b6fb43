//! A disk without room: commands are refused in so many words, nothing is half done, what can be read is
//! read; with room again everything goes on.

use crate::support::api::Api;
use crate::support::cluster::Cluster;
use crate::support::load::{Load, assert_all_there};
use crate::support::server::{Server, Site};
use crate::support::small_disk::SmallDisk;
use crate::support::until;
use serde_json::{Value, json};

const SQLITE_MEBIBYTES: u32 = 32;

/// A fresh cluster takes about 40.
const POSTGRES_MEBIBYTES: u32 = 96;

const ENOUGH: usize = 50;

async fn health(server: &Server) -> (u16, Value) {
    let answer = reqwest::get(format!("{}/health/ready", server.http)).await;
    let answer = answer.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// A fault says that nothing was done, or that asking again will tell.
fn assert_told(fault: &Value) {
    let code = fault["errors"][0]["extensions"]["code"].as_str();
    assert!(
        matches!(code, Some("UNAVAILABLE" | "UNKNOWN_OUTCOME")),
        "{fault:#}"
    );
}

async fn begin(site: &Site, server: &Server) -> (Api, String) {
    site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    (ada, channel)
}

/// There is room again, and nobody has touched the server.
async fn assert_it_goes_on(site: &Site, server: Server, ada: &Api, load: Load) {
    load.more(ENOUGH).await;
    let acknowledged = load.end().await;
    until("it is ready again", async || {
        (health(&server).await.0 == 200).then_some(())
    })
    .await;
    assert_all_there(ada, &acknowledged).await;
    let (holds, report) = site.run(&["log", "verify"], "").await;
    assert!(holds, "{report}");
    let (same, report) = site.run(&["projections", "rebuild", "--check"], "").await;
    assert!(same && report.contains("every row is the same"), "{report}");
    assert!(server.stop().await, "{}", site.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_commands_are_refused_until_there_is_room() {
    let disk = SmallDisk::mount(SQLITE_MEBIBYTES);
    let data = disk.path().join("data");
    let site = Site::at(None).set("TRIBUTARY_DATA_DIR", data.to_str().unwrap());
    let server = site.start().await;
    let (ada, channel) = begin(&site, &server).await;
    let load = Load::start(&ada, &channel);
    load.more(ENOUGH).await;
    disk.fill();
    assert_told(&load.fault().await);
    let reason = until("it says that it is not ready", async || {
        let (status, body) = health(&server).await;
        (status == 503).then(|| body.to_string())
    })
    .await;
    assert!(reason.contains("full"), "{reason}");
    let read = "query($c: ID) { channel(id: $c) { messages(last: 5) { nodes { text } } } }";
    let data = ada.query(read, json!({ "c": channel })).await;
    let messages = data["channel"]["messages"]["nodes"].as_array().unwrap();
    assert_eq!(messages.len(), 5);
    disk.make_room();
    assert_it_goes_on(&site, server, &ada, load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_commands_are_refused_until_there_is_room() {
    let disk = SmallDisk::mount(POSTGRES_MEBIBYTES);
    let mut cluster = Cluster::make(disk.path());
    cluster.start(&[]).await;
    let site = Site::at(Some(cluster.url()));
    let server = site.start().await;
    let (ada, channel) = begin(&site, &server).await;
    let load = Load::start(&ada, &channel);
    load.more(ENOUGH).await;
    disk.fill();
    assert_told(&load.fault().await);
    until("it says that it is not ready", async || {
        (health(&server).await.0 == 503).then_some(())
    })
    .await;
    disk.make_room();
    // Where it could not even write its log it gives up, and an operator starts it again.
    if !cluster.runs() {
        cluster.start(&[]).await;
    }
    assert_it_goes_on(&site, server, &ada, load).await;
}
