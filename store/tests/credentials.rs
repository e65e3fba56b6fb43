//! Secrets go in with the events and never as events.

use crate::support::{key, register, request, streamer};
use tributary_domain::Position;
use tributary_domain::command::{Actor, Command, channels};
use tributary_domain::decision::Credential;
use tributary_store::Filter;
use tributary_store::testing::{Engine, Place};

tributary_store::on_both_engines!(
    a_password_is_stored_with_the_account_and_nowhere_else,
    a_rotated_key_stops_working_at_once,
    of_keys_that_are_rotated_at_once_the_last_one_works,
    a_refused_command_writes_no_secret,
    nodes_are_seen_and_forgotten,
);

async fn a_password_is_stored_with_the_account_and_nowhere_else(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let (account, command) = register("ada");
    log.execute(command).await.unwrap();
    let stored = log
        .credential(Credential::PASSWORD, &account.to_string())
        .await
        .unwrap();
    assert_eq!(stored.as_deref(), Some(&b"$argon2id$of ada"[..]));
    for row in log
        .storage()
        .read(Position::START, 100, &Filter::All)
        .await
        .unwrap()
    {
        let all = format!("{} {} {:?}", row.payload, row.metadata, row.personal);
        assert!(!all.contains("argon2id"), "{all}");
        assert!(!row.payload.contains("ada@example.com"), "{}", row.payload);
    }
    log.close().await;
}

async fn a_rotated_key_stops_working_at_once(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    let find = async |text: &str| {
        let lookup = key(text).lookup;
        log.credential_by_lookup(Credential::STREAM_KEY, &lookup)
            .await
            .unwrap()
    };
    assert_eq!(
        find("ada").await,
        Some((ada.to_string(), b"sealed ada".to_vec()))
    );
    let rotate = channels::Command::RotateStreamKey {
        channel: ada.into(),
        key: key("new"),
    };
    log.execute(request(Actor::Account(ada), Command::Channels(rotate)))
        .await
        .unwrap();
    assert_eq!(find("ada").await, None);
    assert_eq!(
        find("new").await,
        Some((ada.to_string(), b"sealed new".to_vec()))
    );
    log.close().await;
}

async fn of_keys_that_are_rotated_at_once_the_last_one_works(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    // Given in one go, they go into the log together.
    let rotations = (0..20).map(|number| {
        let rotate = channels::Command::RotateStreamKey {
            channel: ada.into(),
            key: key(&number.to_string()),
        };
        log.execute(request(Actor::Account(ada), Command::Channels(rotate)))
    });
    let mut last = (Position::START, vec![]);
    for (number, receipt) in futures::future::join_all(rotations)
        .await
        .into_iter()
        .enumerate()
    {
        let place = receipt.unwrap().position;
        last = last.max((place, key(&number.to_string()).ciphertext));
    }
    let channel = ada.to_string();
    let stored = log.credential(Credential::STREAM_KEY, &channel).await;
    assert_eq!(stored.unwrap(), Some(last.1));
    log.close().await;
}

async fn a_refused_command_writes_no_secret(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    log.execute(register("ada").1).await.unwrap();
    let (second, command) = register("ada");
    log.execute(command).await.unwrap_err();
    let stored = log
        .credential(Credential::PASSWORD, &second.to_string())
        .await
        .unwrap();
    assert_eq!(stored, None);
    log.close().await;
}

async fn nodes_are_seen_and_forgotten(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let before = log.environment().now();
    log.beat("a").await.unwrap();
    log.beat("b").await.unwrap();
    log.beat("a").await.unwrap();
    let nodes = log.nodes().await.unwrap();
    assert_eq!(
        nodes
            .iter()
            .map(|seen| seen.node.as_str())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert!(nodes.iter().all(|seen| seen.seen_at >= before));
    log.forget_node("a").await.unwrap();
    assert_eq!(log.nodes().await.unwrap().len(), 1);
    log.close().await;
}
