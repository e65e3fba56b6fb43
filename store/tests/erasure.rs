//! Nothing of an erased person is left in the log, and its proof holds.

use crate::support::{code, hashes, key, person, register, request, say, streamer};
use tributary_domain::command::{Actor, Command, accounts, streams};
use tributary_domain::decision::Credential;
use tributary_domain::personal::column_matches;
use tributary_domain::stream::{Labels, Metadata, Title};
use tributary_domain::{AccountId, Position, Request, Salt, StreamId};
use tributary_store::row::Row;
use tributary_store::testing::{Engine, Place};
use tributary_store::{ErasureError, Filter, Log, LogUrl, chain};
use uuid::Uuid;

tributary_store::on_both_engines!(
    nothing_personal_is_left_and_the_chain_is_as_it_was,
    an_erasure_that_was_cut_off_is_completed_later,
    the_secrets_of_an_erased_account_are_good_for_nothing_at_once,
    only_what_was_asked_to_be_forgotten_is,
    readers_that_are_far_behind_see_nothing_of_the_person_either,
);

const WORD: &str = "unforgettable";

fn erase(account: AccountId) -> Request {
    let (name_hash, email_hash) = hashes(&person(WORD));
    let command = accounts::Command::Erase {
        account,
        name_hash: Some(name_hash),
        email_hash: Some(email_hash),
    };
    request(Actor::Console, Command::Accounts(command))
}

/// Somebody whose every word is [`WORD`], among others.
async fn lived(log: &Log) -> (AccountId, AccountId) {
    let ada = streamer(log, "ada").await;
    let person = streamer(log, WORD).await;
    let start = streams::Command::Start {
        stream: StreamId(Uuid::from_u128(7)),
        channel: person.into(),
        metadata: Some(Metadata {
            title: Title {
                title: WORD.into(),
                description: None,
            },
            labels: Labels {
                tags: vec![WORD.into()],
                ..Labels::default()
            },
        }),
        salt: Salt([7; 16]),
    };
    let start = request(Actor::Account(person), Command::Streams(start));
    log.execute(start).await.unwrap();
    for n in 0..20 {
        log.execute(say(ada, person, &format!("{WORD} {n} {}", "x".repeat(400))))
            .await
            .unwrap();
        log.execute(say(ada, ada, &format!("hello {n}")))
            .await
            .unwrap();
    }
    (ada, person)
}

/// Every event that has something of the person: registered, started, and what they said.
const THEIRS: u64 = 22;

async fn rows(log: &Log) -> Vec<Row> {
    let storage = log.storage();
    storage
        .read(Position::START, 1_000, &Filter::All)
        .await
        .unwrap()
}

fn assert_chained(rows: &[Row]) {
    let mut hash = chain::GENESIS;
    for row in rows {
        hash = chain::link(&hash, row);
        assert_eq!(hash, row.hash, "position {}", row.position);
    }
}

async fn nothing_personal_is_left_and_the_chain_is_as_it_was(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let (ada, person) = lived(&log).await;
    let before = rows(&log).await;
    log.execute(erase(person)).await.unwrap();
    let mut steps = vec![];
    let events = log
        .complete_erasure(person, |progress| steps.push(progress))
        .await
        .unwrap();
    assert_eq!(events, THEIRS);
    assert_eq!(steps.last().unwrap().events, THEIRS);

    let after = rows(&log).await;
    assert_chained(&after);
    for (before, after) in before.iter().zip(&after) {
        let emptied = Row {
            personal: after.personal.clone(),
            ..before.clone()
        };
        assert_eq!(&emptied, after, "nothing but a personal part changes");
        assert!(column_matches(&after.payload, after.personal.as_deref()));
    }
    for row in &after {
        let recorded = row.decode().unwrap();
        assert!(recorded.event.personal_matches());
        assert_eq!(
            row.personal.is_none(),
            recorded.subject().is_none_or(|subject| subject == person)
        );
        let all = format!("{row:?}");
        assert!(!all.contains(WORD), "{all}");
    }
    let last = after.last().unwrap();
    assert_eq!(last.event_type, "account.erasure_completed");

    // From memory, where these events still are.
    let mut reader = log.tail(Position::START, Filter::All);
    while reader.position() < log.head() {
        for event in reader.next().await.unwrap().events {
            let personal = event.event.personal().unwrap_or_default();
            assert!(!personal.contains(WORD), "{}", event.position);
        }
    }
    assert_eq!(
        code(log.execute(say(ada, person, "I am back")).await),
        "ACCOUNT_ERASED"
    );
    let again = log.complete_erasure(person, |_| ()).await.unwrap();
    assert_eq!((again, log.head()), (THEIRS, reader.position()));
    log.execute(register(WORD).1).await.unwrap();
    log.close().await;
}

/// The bytes of every file of a folder.
fn files(place: &Place) -> Vec<(String, Vec<u8>)> {
    std::fs::read_dir(place.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes
        .windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

#[tokio::test]
async fn not_a_byte_is_left_in_the_files_of_sqlite() {
    let place = Place::fresh(Engine::Sqlite).await;
    let log = place.open().await;
    let (_, person) = lived(&log).await;
    let holding = || -> Vec<String> {
        let files = files(&place).into_iter();
        let holding = files.filter(|(_, bytes)| holds(bytes, WORD));
        holding.map(|(name, _)| name).collect()
    };
    assert!(!holding().is_empty(), "the words are where this test looks");
    log.execute(erase(person)).await.unwrap();
    log.complete_erasure(person, |_| ()).await.unwrap();
    assert_eq!(holding(), Vec::<String>::new());
    log.close().await;
}

async fn an_erasure_that_was_cut_off_is_completed_later(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let (_, person) = lived(&log).await;
    log.execute(erase(person)).await.unwrap();
    let theirs: Vec<_> = rows(&log)
        .await
        .iter()
        .map(|row| row.decode().unwrap())
        .filter(|recorded| recorded.subject() == Some(person))
        .map(|recorded| recorded.position)
        .collect();
    let forgetting = log.storage().forgetting().unwrap();
    forgetting.empty(&theirs[..7]).await.unwrap();
    log.close().await;

    let log = place.open().await;
    let events = log.complete_erasure(person, |_| ()).await.unwrap();
    assert_eq!(events, THEIRS, "those that were emptied before count, too");
    let left = rows(&log).await;
    assert_chained(&left);
    assert!(left.iter().all(|row| !format!("{row:?}").contains(WORD)));
    log.close().await;
}

async fn the_secrets_of_an_erased_account_are_good_for_nothing_at_once(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let (ada, person) = lived(&log).await;
    log.execute(erase(person)).await.unwrap();
    let password = log
        .credential(Credential::PASSWORD, &person.to_string())
        .await;
    assert_eq!(password.unwrap(), None);
    let lookup = key(WORD).lookup;
    let by_key = log
        .credential_by_lookup(Credential::STREAM_KEY, &lookup)
        .await;
    assert_eq!(by_key.unwrap(), None);
    let others = log.credential(Credential::PASSWORD, &ada.to_string()).await;
    assert!(others.unwrap().is_some());
    log.close().await;
}

async fn only_what_was_asked_to_be_forgotten_is(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let (ada, person) = lived(&log).await;
    let (before, head) = (rows(&log).await, log.head());
    for account in [ada, person, AccountId(Uuid::from_u128(99))] {
        let refused = log.complete_erasure(account, |_| ()).await.unwrap_err();
        assert!(matches!(refused, ErasureError::NotErased), "{refused}");
    }
    assert_eq!((rows(&log).await, log.head()), (before, head));
    log.close().await;
}

/// On PostgreSQL a second node, which hears that it has to forget; on SQLite the same after a restart.
async fn readers_that_are_far_behind_see_nothing_of_the_person_either(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let (ada, person) = lived(&log).await;
    let other = match &place.url {
        LogUrl::Postgres(_) => Some(place.open().await),
        LogUrl::Sqlite(_) => None,
    };
    if let Some(other) = &other {
        // Its decider and its tail hold the person by now.
        other.execute(say(ada, person, WORD)).await.unwrap();
    }
    log.execute(erase(person)).await.unwrap();
    log.complete_erasure(person, |_| ()).await.unwrap();
    let other = match other {
        Some(other) => {
            other.forget(person).await;
            log.close().await;
            other
        }
        None => {
            log.close().await;
            place.open().await
        }
    };
    let mut reader = other.tail(Position::START, Filter::All);
    while reader.position() < other.head() {
        for event in reader.next().await.unwrap().events {
            let personal = event.event.personal().unwrap_or_default();
            assert!(!personal.contains(WORD), "{}", event.position);
        }
    }
    assert_eq!(
        code(other.execute(say(ada, person, "I am back")).await),
        "ACCOUNT_ERASED"
    );
    other.close().await;
}
