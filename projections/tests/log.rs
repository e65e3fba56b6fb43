//! Read models of the log itself.

use crate::support::{DEADLINE, Engine, Place, impatient, within};
use tributary_domain::account::Person;
use tributary_domain::command::channels::SealedKey;
use tributary_domain::command::{Actor, Command, accounts, channels, chat};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{AccountId, HistoryId, Position, Request, channel::MessageKind};
use tributary_projections::{ProjectionState, Projectors, RebuildOptions, Views};
use tributary_store::Log;
use tributary_store::testing;

on_both_engines!(
    what_was_acknowledged_can_be_read,
    an_event_of_a_newer_program_parks_every_projection_right_before_it,
);

async fn ask(log: &Log, actor: Actor, command: Command) -> Position {
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

async fn register(log: &Log, name: &str) -> (AccountId, Position) {
    let account = AccountId(log.environment().uuid());
    let person = Person {
        name: AccountName::new(name).unwrap(),
        email: EmailAddress::new(&format!("{name}@example.com")).unwrap(),
    };
    let command = accounts::Command::Register {
        account,
        person,
        name_hash: format!("hash of {name}"),
        email_hash: format!("hash of {name}"),
        password_hash: "x".into(),
        salt: log.environment().salt(),
    };
    let position = ask(log, Actor::Anonymous, Command::Accounts(command)).await;
    (account, position)
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
    let (account, position) = register(&log, "Ada").await;
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

async fn an_event_of_a_newer_program_parks_every_projection_right_before_it(engine: Engine) {
    let (place, log_place) = (
        Place::fresh(engine).await,
        testing::Place::fresh(engine).await,
    );
    let log = log_place.open().await;
    let views = Views::open(&place.url, &log).await.unwrap();
    let projectors = Projectors::start(views.clone(), log.clone(), impatient())
        .await
        .unwrap();
    let (account, last_known) = register(&log, "Ada").await;
    let newer = testing::Written {
        history: HistoryId::Account(account),
        sequence: 2,
        name: "account.role_granted",
        version: "99",
        payload: "{}",
        personal: None,
    };
    let at = newer.append_to(log.storage().as_ref()).await;
    // This program goes on writing behind it.
    register(&log, "Eve").await;
    let parked = views.status_when(|all| {
        all.iter().all(|status| match &status.state {
            ProjectionState::Parked { at: place, reason } => {
                *place == at && reason.contains("account.role_granted version 99")
            }
            _ => false,
        })
    });
    let parked = within("every projection parks", parked).await;
    assert!(parked.iter().all(|status| status.position == last_known));
    assert!(views.account_named("Ada").await.unwrap().is_some());
    assert!(views.account_named("Eve").await.unwrap().is_none());
    projectors.stop().await;
    views.close().await;
    log.close().await;
}
