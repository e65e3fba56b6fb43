//! How the events of one node reach the readers of another.

use crate::support::{say, streamer};
use sqlx::{Connection as _, Executor as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tributary_domain::Position;
use tributary_store::storage::postgres::PostgresStorage;
use tributary_store::testing::{Engine, Place};
use tributary_store::{Environment, Filter, Log, LogOptions, LogUrl, TailReader};

const PATIENCE: Duration = Duration::from_secs(20);

/// So long that nothing in a test is found by it.
const NEVER: Duration = Duration::from_secs(3_600);

fn url(place: &Place) -> &str {
    match &place.url {
        LogUrl::Postgres(url) => url,
        LogUrl::Sqlite(_) => panic!("PostgreSQL"),
    }
}

/// A node that looks at the head so seldom where no hint comes.
async fn node(url: &str, poll_every: Duration) -> Log {
    let storage = PostgresStorage::open_polling(url, poll_every)
        .await
        .unwrap();
    Log::on(
        Arc::new(storage),
        LogOptions::default(),
        Environment::system(),
    )
    .await
    .unwrap()
}

/// The places that a reader sees up to `upto`.
async fn places(reader: &mut TailReader, upto: Position) -> Vec<i64> {
    let mut seen = Vec::new();
    while reader.position() < upto {
        let page = tokio::time::timeout(PATIENCE, reader.next())
            .await
            .expect("in time")
            .unwrap();
        seen.extend(page.events.iter().map(|event| event.position.get()));
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_brings_another_nodes_events_without_a_poll() {
    let place = Place::fresh(Engine::Postgres).await;
    let (one, two) = (
        node(url(&place), NEVER).await,
        node(url(&place), NEVER).await,
    );
    let ada = streamer(&one, "ada").await;
    let mut reader = two.tail(Position::START, Filter::All);
    let mut seen = places(&mut reader, one.head()).await;
    for n in 0..50 {
        one.execute(say(ada, ada, &format!("{n}"))).await.unwrap();
        seen.extend(places(&mut reader, one.head()).await);
    }
    assert_eq!(seen, (1..=one.head().get()).collect::<Vec<_>>());
    one.close().await;
    two.close().await;
}

/// A proxy that ends every connection on which somebody wants to listen. Gives its port.
async fn deaf_proxy(server: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(async move {
                // A connection that ends is no news here.
                let _ended = relay_unless_listening(client, server).await;
            });
        }
    });
    port
}

async fn relay_unless_listening(client: TcpStream, server: TcpStream) -> std::io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers =
        tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut asked = vec![0; 65_536];
    loop {
        let count = from_client.read(&mut asked).await?;
        let bytes = &asked[..count];
        if bytes.is_empty() || bytes.windows(6).any(|window| window == b"LISTEN") {
            answers.abort();
            return Ok(());
        }
        to_server.write_all(bytes).await?;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_hints_are_lost_the_poll_brings_the_events() {
    let place = Place::fresh(Engine::Postgres).await;
    let (credentials, rest) = url(&place).rsplit_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let port = deaf_proxy(server.to_owned()).await;
    let proxied = format!("{credentials}@127.0.0.1:{port}/{database}");
    let one = place.open().await;
    let two = node(&proxied, Duration::from_millis(20)).await;
    let ada = streamer(&one, "ada").await;
    let mut reader = two.tail(Position::START, Filter::All);
    let mut seen = places(&mut reader, one.head()).await;
    for n in 0..20 {
        one.execute(say(ada, ada, &format!("{n}"))).await.unwrap();
        seen.extend(places(&mut reader, one.head()).await);
    }
    assert_eq!(seen, (1..=one.head().get()).collect::<Vec<_>>());
    // And the other way: who cannot hear can be heard.
    let mut reader = one.tail(one.head(), Filter::All);
    two.execute(say(ada, ada, "back")).await.unwrap();
    assert_eq!(places(&mut reader, two.head()).await, [two.head().get()]);
    one.close().await;
    two.close().await;
}

/// Readers that went by transaction ids would wait here for the end of the other transaction.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_transaction_elsewhere_holds_up_nobody() {
    let place = Place::fresh(Engine::Postgres).await;
    let mut other = sqlx::PgConnection::connect(url(&place)).await.unwrap();
    other
        .execute("CREATE TABLE somebody_elses (n bigint)")
        .await
        .unwrap();
    other
        .execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        .await
        .unwrap();
    other
        .execute("INSERT INTO somebody_elses VALUES (1)")
        .await
        .unwrap();
    let before: i64 = sqlx::query_scalar("SELECT txid_current()")
        .fetch_one(&mut other)
        .await
        .unwrap();

    let (one, two) = (place.open().await, place.open().await);
    let ada = streamer(&one, "ada").await;
    let mut readers = [
        one.tail(Position::START, Filter::All),
        two.tail(Position::START, Filter::All),
        two.tail(Position::START, Filter::Channel(ada.into())),
    ];
    for n in 0..20 {
        let log = if n % 2 == 0 { &one } else { &two };
        let said = log.execute(say(ada, ada, &format!("{n}"))).await.unwrap();
        for reader in &mut readers {
            let seen = places(reader, said.position).await;
            assert_eq!(seen.last(), Some(&said.position.get()));
            assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
        }
    }

    let after: i64 = sqlx::query_scalar("SELECT txid_current()")
        .fetch_one(&mut other)
        .await
        .unwrap();
    assert_eq!(before, after, "it was open all the time");
    other.execute("COMMIT").await.unwrap();
    one.close().await;
    two.close().await;
}
