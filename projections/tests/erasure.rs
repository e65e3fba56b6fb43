//! What is left of a person in the read models after an erasure, and that it is the same whether the
//! person was there when the rows were made or not.

use crate::support::story::story;
use crate::support::world::{World, at, reason, titled, usd};
use crate::support::{Engine, Running, within};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;
use tributary_domain::channel::Act;
use tributary_domain::command::{Actor, Command, accounts};
use tributary_domain::{AccountId, Event, HistoryId, Recorded, account};
use tributary_projections::{RebuildOptions, ViewsUrl};
use uuid::Uuid;

tributary_store::on_both_engines!(
    nothing_of_an_erased_person_is_shown_and_every_amount_stays,
    an_erasure_is_known_to_be_unfinished_until_it_is_completed,
);

/// The events as the log holds them once nothing personal of `person` is left.
fn emptied(events: &[Recorded], person: AccountId) -> Vec<Recorded> {
    let empty = |recorded: &Recorded| {
        if recorded.subject() != Some(person) {
            return recorded.clone();
        }
        let (name, version) = recorded.event.name();
        let payload = recorded.event.payload().unwrap();
        let event = Event::decode(name, &version.to_string(), &payload, None).unwrap();
        Recorded {
            event,
            ..recorded.clone()
        }
    };
    events.iter().map(empty).collect()
}

fn erase(world: &mut World, person: AccountId) {
    let command = accounts::Command::Erase {
        account: person,
        name_hash: None,
        email_hash: None,
    };
    world
        .ask(Actor::Console, Command::Accounts(command))
        .unwrap();
}

async fn nothing_of_an_erased_person_is_shown_and_every_amount_stays(engine: Engine) {
    let mut world = World::new();
    let streamer = world.streamer("streamer");
    let stream = world.live(streamer, titled("shown"));
    let channel = world.streamer("forgotten");
    let person = channel.owner();
    let shows = [
        world.live(channel, titled("forgotten show")),
        world.schedule(channel, titled("forgotten plan"), 60),
    ];
    let said = world.say(streamer, person, "forgotten words");
    let removed = world.say(streamer, person, "forgotten words, removed");
    let kept = world.say(streamer, streamer.owner(), "kept words");
    world.top_up(person, usd("10.00"));
    let tip = world.tip(person, streamer, usd("4.00"));
    world.moderate(
        streamer,
        Act::Ban {
            account: person,
            reason: reason("forgotten deed"),
        },
    );
    let running = Running::after(engine, world.news()).await;
    erase(&mut world, person);
    running.tell(world.news()).await;
    // A row that was at hand before is changed once more.
    world.delete(streamer, removed, person);
    running.tell(world.news()).await;

    let dump = running.place.dump().await;
    for (table, rows) in &dump {
        for row in rows {
            assert!(!row.contains("forgotten"), "{table}: {row}");
            assert!(!row.contains("well done"), "{table}: {row}");
        }
    }
    let views = &running.views;
    let account = views.account(person).await.unwrap().unwrap();
    assert_eq!((account.name, account.email), (None, None));
    assert!(views.account_named("forgotten").await.unwrap().is_none());
    assert!(views.channel_named("forgotten").await.unwrap().is_none());
    let message = views.message(said).await.unwrap().unwrap();
    assert_eq!((message.text, message.sender_name), (None, None));
    assert!(!message.deleted, "no moderator removed it");
    let message = views.message(kept).await.unwrap().unwrap();
    assert_eq!(message.text.as_deref(), Some("kept words"));
    for show in shows {
        let show = views.stream(show).await.unwrap().unwrap();
        assert_eq!((show.title.as_str(), show.description), ("", None));
    }
    let shown = views.stream(stream).await.unwrap().unwrap();
    assert_eq!(shown.title, "shown");
    let given = views.tips_at(&[tip]).await.unwrap().remove(&tip).unwrap();
    assert_eq!((&given.sender_name, &given.message), (&None, &None));
    assert_eq!((given.amount, given.net), (usd("4.00"), usd("3.80")));
}

async fn an_erasure_is_known_to_be_unfinished_until_it_is_completed(engine: Engine) {
    let mut world = World::new();
    let (ada, bob) = (world.register("ada"), world.register("bob"));
    erase(&mut world, bob);
    world.pass(1);
    erase(&mut world, ada);
    let running = Running::after(engine, world.news()).await;
    let before = |seconds| running.views.unfinished_erasures(at(seconds));
    assert_eq!(before(0).await.unwrap(), []);
    assert_eq!(before(1).await.unwrap(), [bob]);
    assert_eq!(before(2).await.unwrap(), [bob, ada]);
    let complete = accounts::Command::CompleteErasure {
        account: bob,
        events: 1,
    };
    world
        .ask(Actor::Console, Command::Accounts(complete))
        .unwrap();
    running.tell(world.news()).await;
    assert_eq!(before(2).await.unwrap(), [ada]);
}

/// The story, and then somebody of it is forgotten.
fn forgetting(choices: &[u32], whom: usize) -> (Vec<Recorded>, AccountId) {
    let mut events = story(choices);
    let people: Vec<_> = events
        .iter()
        .filter_map(|recorded| match &recorded.event {
            Event::Account(account::Event::Registered(event)) => Some(event.account),
            _ => None,
        })
        .collect();
    let person = people[whom % people.len()];
    let last = events.last().unwrap();
    events.push(Recorded {
        position: last.position.next(),
        event_id: Uuid::nil(),
        recorded_at: last.recorded_at,
        history: HistoryId::Account(person),
        sequence: 1_000,
        channel: None,
        event: account::Event::from(account::Erased {}).into(),
        metadata: last.metadata.clone(),
    });
    (events, person)
}

fn live_and_anew_are_the_same(engine: Engine, cases: u32) {
    let strategy = (
        prop::collection::vec(any::<u32>(), 0..200),
        any::<usize>(),
        1_usize..60,
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&strategy, |(choices, whom, piece)| {
            runtime.block_on(async {
                let (events, person) = forgetting(&choices, whom);
                let lived = Running::fresh(engine).await;
                for piece in events.chunks(piece) {
                    lived.tell(piece.to_vec()).await;
                }
                let anew = Running::after(engine, emptied(&events, person)).await;
                let (lived, anew) = (lived.place.dump().await, anew.place.dump().await);
                for (table, rows) in lived {
                    let rows: BTreeSet<_> = rows.into_iter().collect();
                    let others: BTreeSet<_> = anew[table].iter().cloned().collect();
                    let different: Vec<_> = rows.symmetric_difference(&others).collect();
                    prop_assert!(different.is_empty(), "{table}: {different:#?}");
                }
                Ok(())
            })
        })
        .unwrap();
}

#[test]
fn read_models_that_lived_through_an_erasure_are_those_made_anew_on_sqlite() {
    live_and_anew_are_the_same(Engine::Sqlite, 12);
}

#[test]
fn read_models_that_lived_through_an_erasure_are_those_made_anew_on_postgres() {
    live_and_anew_are_the_same(Engine::Postgres, 4);
}

/// Files of a folder in which a word stands.
fn holding(folder: &Path, word: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let holds = |file: &PathBuf| {
        let bytes = std::fs::read(file).unwrap();
        bytes
            .windows(word.len())
            .any(|window| window == word.as_bytes())
    };
    files.filter(holds).collect()
}

/// The rebuild reads what was said before the log is emptied, and the erasure after that.
#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_beside_an_erasure_leaves_nothing_in_the_new_file() {
    let mut world = World::new();
    let streamer = world.streamer("streamer");
    let person = world.streamer("forgotten").owner();
    world.say(streamer, person, "forgotten words");
    erase(&mut world, person);
    let running = Running::after(Engine::Sqlite, world.news()).await;
    let options = RebuildOptions {
        batch_events: 1,
        ..RebuildOptions::default()
    };
    let never = CancellationToken::new();
    let report = running.projectors.rebuild(&options, &never, |_| ()).await;
    assert!(report.unwrap().switched);
    let ViewsUrl::Sqlite(folder) = &running.place.url else {
        unreachable!("a folder")
    };
    let files = async {
        while running.place.generations().await != ["2"] {
            tokio::task::yield_now().await;
        }
        holding(folder, "forgotten")
    };
    assert_eq!(within("the old file goes", files).await, [] as [PathBuf; 0]);
}
