//! Read models of the log itself.

use crate::support::{DEADLINE, Engine, Place, impatient};
use tributary_domain::account::Person;
use tributary_domain::command::channels::SealedKey;
use tributary_domain::command::{Actor, Command, accounts, channels, chat};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{AccountId, Request, channel::MessageKind};
use tributary_projections::{Projectors, RebuildOptions, Views};
use tributary_store::Log;
use tributary_store::testing;

on_both_engines!(what_was_acknowledged_can_be_read);

async fn ask(log: &Log, actor: Actor, command: Command) -> tributary_domain::Position {
    let at = log.environment().now();
    log.execute(Request {
        actor,
        at,
        id: None,
        command,
    })
    .await
    .unwrap()
    .position
}

async fn what_was_acknowledged_can_be_read(engine: Engine) {
    let (place, log_place) = (
        Place::fresh(engine).await,
        testing::Place::fresh(engine).await,
    );
    let log = log_place.open().await;
    let views = Views::open(&place.url, &log).await.unwrap();
    let projectors = Projectors::start(views.clone(), log.clone(), impatient())
        .await
        .unwrap();
    let account = AccountId(log.environment().uuid());
    let person = Person {
        name: AccountName::new("Ada").unwrap(),
        email: EmailAddress::new("ada@example.com").unwrap(),
    };
    let command = accounts::Command::Register {
        account,
        person,
        name_hash: "hash of a name".into(),
        email_hash: "hash".into(),
        password_hash: "x".into(),
        salt: log.environment().salt(),
    };
    let position = ask(&log, Actor::Anonymous, Command::Accounts(command)).await;
    views.wait_for(position, DEADLINE).await.unwrap();
    let found = views.account_named("ada").await.unwrap().unwrap();
    let event = log.event_at(position).await.unwrap().unwrap();
    assert_eq!((found.id, found.created_at), (account, event.recorded_at));

    let key = SealedKey {
        lookup: vec![1],
        ciphertext: vec![2],
    };
    let actor = Actor::Account(account);
    ask(
        &log,
        actor,
        Command::Channels(channels::Command::Open { account, key }),
    )
    .await;
    for n in 0..50 {
        let command = chat::Command::Send {
            channel: account.into(),
            sender: account,
            kind: MessageKind::Text,
            text: format!("message {n}"),
            salt: log.environment().salt(),
        };
        let position = ask(&log, actor, Command::Chat(command)).await;
        views.wait_for(position, DEADLINE).await.unwrap();
        let message = views.message(position).await.unwrap().unwrap();
        assert_eq!(message.text, Some(format!("message {n}")));
    }
    let never = tokio_util::sync::CancellationToken::new();
    let report = projectors
        .rebuild(&RebuildOptions::default(), &never, |_| ())
        .await
        .unwrap();
    assert!(report.is_equal() && report.switched, "{report:?}");
    assert_eq!(report.position, log.head());
    projectors.stop().await;
    views.close().await;
    log.close().await;
}
