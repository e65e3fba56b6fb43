//! postgres-es reads our histories: the table's first columns are its own.

use crate::support::{say, streamer};
use cqrs_es::persist::{PersistedEventRepository as _, SerializedEvent};
use cqrs_es::{Aggregate, EventEnvelope};
use postgres_es::PostgresEventRepository;
use tributary_domain::channel::Channel;
use tributary_domain::{ChannelId, HistoryId, State};
use tributary_store::LogUrl;
use tributary_store::testing::{Engine, Place};

#[tokio::test(flavor = "multi_thread")]
async fn postgres_es_folds_a_history_to_the_same_state() {
    let place = Place::fresh(Engine::Postgres).await;
    let LogUrl::Postgres(url) = &place.url else {
        panic!("PostgreSQL")
    };
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    for n in 0..10 {
        log.execute(say(ada, ada, &format!("message {n}")))
            .await
            .unwrap();
    }
    let pool = sqlx::PgPool::connect(url).await.unwrap();
    let repository = PostgresEventRepository::new(pool.clone());
    let stored: Vec<SerializedEvent> = repository
        .get_events::<Channel>(&ada.to_string())
        .await
        .unwrap();
    assert_eq!(stored.len(), 11);
    let mut theirs = Channel::default();
    for event in stored {
        let envelope: EventEnvelope<Channel> = event.try_into().unwrap();
        theirs.apply(envelope.payload);
    }
    let ours = log
        .state(&HistoryId::Channel(ChannelId::from(ada)))
        .await
        .unwrap();
    assert_eq!(ours, State::Channel(Box::new(theirs)));
    pool.close().await;
    log.close().await;
}
