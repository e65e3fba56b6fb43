//! A command that is sent again is carried out once.

use crate::support::{code, register, say, streamer, top_up, with_id};
use tributary_store::CommandError;
use tributary_store::testing::{Engine, Place};

tributary_store::on_both_engines!(
    the_same_command_again_gets_the_first_receipt,
    a_repetition_gets_the_first_receipt_though_it_would_be_refused_by_now,
    the_same_id_with_another_body_is_refused,
    a_thousand_retries_at_once_are_one_command,
    ids_are_the_senders_own,
    refusals_are_not_remembered,
);

async fn the_same_command_again_gets_the_first_receipt(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    let first = log
        .execute(with_id(say(ada, ada, "hello"), "m1", 1))
        .await
        .unwrap();
    log.execute(say(ada, ada, "in between")).await.unwrap();
    let again = log
        .execute(with_id(say(ada, ada, "hello"), "m1", 1))
        .await
        .unwrap();
    assert!(again.repeated && !first.repeated);
    assert_eq!(
        (again.position, &again.events),
        (first.position, &first.events)
    );
    log.close().await;

    let log = place.open().await;
    let after_restart = log
        .execute(with_id(say(ada, ada, "hello"), "m1", 1))
        .await
        .unwrap();
    assert_eq!(
        (after_restart.position, after_restart.events),
        (first.position, first.events)
    );
    log.close().await;
}

async fn a_repetition_gets_the_first_receipt_though_it_would_be_refused_by_now(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let first = log.execute(with_id(register("ada").1, "r", 1)).await;
    let first = first.unwrap();
    assert_eq!(code(log.execute(register("ada").1).await), "NAME_TAKEN");
    let again = log.execute(with_id(register("ada").1, "r", 1)).await;
    let again = again.unwrap();
    assert!(again.repeated);
    assert_eq!(
        (again.position, again.events),
        (first.position, first.events)
    );
    log.close().await;
}

async fn the_same_id_with_another_body_is_refused(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    log.execute(with_id(say(ada, ada, "hello"), "m1", 1))
        .await
        .unwrap();
    let other = log.execute(with_id(say(ada, ada, "other"), "m1", 2)).await;
    assert_eq!(other, Err(CommandError::IdReused));
    log.close().await;
}

async fn a_thousand_retries_at_once_are_one_command(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let (bob, command) = register("bob");
    log.execute(command).await.unwrap();
    let head = log.head();
    let retries = (0..1_000).map(|_| {
        let log = log.clone();
        tokio::spawn(async move { log.execute(with_id(top_up(bob, "5.00"), "t1", 1)).await })
    });
    let receipts: Vec<_> = futures::future::join_all(retries)
        .await
        .into_iter()
        .map(|receipt| receipt.unwrap().unwrap())
        .collect();
    // What came in, and what it was paid with.
    let last = head.plus(2);
    assert_eq!(log.head(), last);
    assert!(receipts.iter().all(|receipt| receipt.position == last));
    assert_eq!(
        receipts.iter().filter(|receipt| !receipt.repeated).count(),
        1
    );
    assert!(
        receipts
            .iter()
            .all(|receipt| receipt.events == receipts[0].events)
    );
    log.close().await;
}

async fn ids_are_the_senders_own(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    let (bob, command) = register("bob");
    log.execute(command).await.unwrap();
    let of_ada = log
        .execute(with_id(say(ada, ada, "hello"), "m1", 1))
        .await
        .unwrap();
    let of_bob = log
        .execute(with_id(say(ada, bob, "hello"), "m1", 1))
        .await
        .unwrap();
    assert_ne!(of_ada.position, of_bob.position);
    assert!(!of_bob.repeated);
    log.close().await;
}

async fn refusals_are_not_remembered(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    let (bob, command) = register("bob");
    let refused = log.execute(with_id(say(ada, bob, "hello"), "m1", 1)).await;
    assert!(
        matches!(refused, Err(CommandError::Rejected(_))),
        "{refused:?}"
    );
    log.execute(command).await.unwrap();
    let said = log
        .execute(with_id(say(ada, bob, "hello"), "m1", 1))
        .await
        .unwrap();
    assert!(!said.repeated);
    log.close().await;
}
