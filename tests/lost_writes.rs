//! A power cut takes every write that was not synced. `kill -9` does not show that: the kernel still
//! writes what a dead process had written. Here the server (SQLite) or PostgreSQL writes to a disk that
//! keeps only what was synced, and is started again on what that disk holds.

use crate::support::cluster::Cluster;
use crate::support::load::{Acknowledged, Load, SENDERS, assert_all_there, missing};
use crate::support::lost_writes::SyncedOnly;
use crate::support::server::{Server, Site};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use tempfile::TempDir;

/// Messages before the disk may lie, and again before the power is cut.
const ENOUGH: usize = 150;

#[derive(PartialEq)]
enum Disk {
    Honest,
    /// It says that it has written what it has not.
    Lying,
}

/// SQLite in a data folder whose unsynced writes are lost, and the site of what is left.
fn sqlite_site() -> (Site, Site, SyncedOnly) {
    let (site, left) = (Site::at(None), Site::at(None));
    DirBuilder::new().mode(0o700).create(left.data()).unwrap();
    let folder = site.folder.path().canonicalize().unwrap();
    let disk = SyncedOnly::new(&folder, &folder.join("data"), &left.data());
    let site = disk
        .environment()
        .iter()
        .fold(site, |site, (name, value)| site.set(name, value));
    (site, left, disk)
}

/// Begins to chat; a disk that lies does so from the middle on.
async fn chat(site: &Site, server: &Server, disk: &SyncedOnly, kind: &Disk) -> Load {
    site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    let load = Load::start(&ada, &channel);
    load.more(ENOUGH).await;
    if *kind == Disk::Lying {
        disk.lie();
    }
    load.more(ENOUGH).await;
    load
}

/// All of it is there on what the disk has left, and everything that is made from it fits.
async fn assert_nothing_is_lost(left: &Site, acknowledged: &[Acknowledged]) {
    let server = left.start().await;
    let ada = server.api().log_in("ada").await;
    assert_all_there(&ada, acknowledged).await;
    let (holds, report) = left.run(&["log", "verify"], "").await;
    assert!(holds, "{report}");
    let (same, report) = left.run(&["projections", "rebuild", "--check"], "").await;
    assert!(same && report.contains("every row is the same"), "{report}");
    let channel = ada.channel("ada").await;
    let load = Load::start(&ada, &channel);
    load.more(10).await;
    assert_all_there(&ada, &load.end().await).await;
    assert!(server.stop().await, "{}", left.log());
}

/// The test above can fail: what a lying disk has lost is found missing.
async fn assert_the_end_is_lost(left: &Site, acknowledged: &[Acknowledged]) {
    let server = left.start().await;
    let ada = server.api().log_in("ada").await;
    let missing = missing(&ada, acknowledged).await;
    let (lost, all) = (missing.len(), acknowledged.len());
    // What was on the disk when it began to lie may have been acknowledged a moment later.
    let least = ENOUGH - SENDERS;
    assert!((least..all).contains(&lost), "{lost} of {all}");
    assert!(server.stop().await, "{}", left.log());
}

async fn on_sqlite(kind: Disk) {
    let (site, left, disk) = sqlite_site();
    let server = site.start().await;
    let load = chat(&site, &server, &disk, &kind).await;
    server.kill().await;
    let acknowledged = load.end().await;
    assert!(disk.size() > 0, "the disk has seen no sync");
    match kind {
        Disk::Honest => assert_nothing_is_lost(&left, &acknowledged).await,
        Disk::Lying => assert_the_end_is_lost(&left, &acknowledged).await,
    }
}

async fn on_postgres(kind: Disk) {
    let folder = TempDir::new().unwrap();
    let mut cluster = Cluster::make(folder.path());
    let shadow = cluster.copy_data("shadow");
    let disk = SyncedOnly::new(folder.path(), cluster.data(), &shadow);
    cluster.start(&disk.environment()).await;
    let site = Site::at(Some(cluster.url()));
    let server = site.start().await;
    let load = chat(&site, &server, &disk, &kind).await;
    let (signed, text) = site.run(&["log", "checkpoint"], "").await;
    assert!(signed, "{text}");
    cluster.kill();
    server.kill().await;
    let acknowledged = load.end().await;
    cluster.use_data(shadow);
    cluster.start(&[]).await;
    match kind {
        Disk::Honest => assert_nothing_is_lost(&site, &acknowledged).await,
        Disk::Lying => {
            // The signed checkpoints, which were on another disk, tell.
            let (served, text) = site.run(&["serve"], "").await;
            assert!(!served && text.contains("it has lost its end"), "{text}");
            // Without them it is the client who finds out.
            assert_the_end_is_lost(&site.beside(), &acknowledged).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_all_that_was_acknowledged_was_synced() {
    on_sqlite(Disk::Honest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_a_disk_that_lies_is_found_out() {
    on_sqlite(Disk::Lying).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_all_that_was_acknowledged_was_synced() {
    on_postgres(Disk::Honest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_a_disk_that_lies_is_found_out() {
    on_postgres(Disk::Lying).await;
}
