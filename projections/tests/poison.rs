//! Events that cannot be folded, and databases that do not answer.

use crate::support::world::{World, media, titled, usd};
use crate::support::{Engine, Running, arrived, impatient, start, state_of};
use tributary_domain::channel::MessageKind;
use tributary_domain::entry::Entry;
use tributary_domain::money::FeeSchedule;
use tributary_domain::stream::{self, WentLive};
use tributary_domain::wallet::{self, TipText, Tipped};
use tributary_domain::{EntryId, HistoryId, Personal, Position, Salt, StreamId};
use tributary_projections::testing::MemoryLog;
use tributary_projections::{ProjectionState, Projectors, Source, SourceError, Tail};
use tributary_store::Page;

tributary_store::on_both_engines!(
    a_poison_event_parks_its_projection_alone,
    what_a_failed_batch_folded_is_not_folded_twice,
    a_parked_projection_stays_parked_after_a_restart,
    a_log_that_does_not_answer_is_asked_again,
    a_log_that_cannot_be_read_on_parks_every_projection,
    a_panic_is_seen_as_a_parked_projection,
);

/// Media for a stream that never began: no log of ours holds that.
pub fn poison(world: &mut World, channel: tributary_domain::ChannelId) -> Position {
    let stream = StreamId(world.id());
    let event = stream::Event::from(WentLive {
        at: world.now(),
        media: media(),
    });
    world.record(HistoryId::Stream(stream), Some(channel), event.into());
    world.head()
}

async fn a_poison_event_parks_its_projection_alone(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let running = Running::after(engine, world.news()).await;
    // All in one batch: good, poison, good.
    let good = world.live(channel, titled("before"));
    let at = poison(&mut world, channel);
    world.update(channel, good, titled("after"));
    let said = world.say(channel, channel.owner(), "still here");
    let head = running.log.append(world.news());
    let state = state_of(&running.views, "streams", |state| {
        matches!(state, ProjectionState::Parked { .. })
    })
    .await;
    let ProjectionState::Parked {
        at: parked_at,
        reason,
    } = state
    else {
        unreachable!()
    };
    assert_eq!(parked_at, at);
    assert!(reason.contains("stream.went_live"), "{reason}");
    // What stood before it is there, what stands after it is not.
    let found = running.views.stream(good).await.unwrap().unwrap();
    assert_eq!(found.title, "before");
    let status = running
        .views
        .status_when(|all| {
            all.iter()
                .all(|one| one.name == "streams" || one.position == head)
        })
        .await;
    for one in status {
        if one.name == "streams" {
            assert_eq!(one.position.next(), at);
            assert_eq!(one.lag, head.since(one.position));
        } else {
            assert_eq!(one.state, ProjectionState::Running, "{}", one.name);
            assert_eq!(one.lag, 0);
        }
    }
    assert!(running.views.message(said).await.unwrap().is_some());
    // Whoever waits is told at once, and by whom.
    let slow = running
        .views
        .wait_for(head, std::time::Duration::from_secs(600));
    let slow = crate::support::within("an answer", slow).await.unwrap_err();
    assert_eq!(
        (slow.behind.as_slice(), slow.reached.next()),
        (&["streams"][..], at)
    );
}

/// Rows stay in memory between batches; those of a failed batch must not.
async fn what_a_failed_batch_folded_is_not_folded_twice(engine: Engine) {
    let mut world = World::new();
    let bob = world.register("bob");
    world.top_up(bob, usd("10.00"));
    let running = Running::after(engine, world.news()).await;
    world.top_up(bob, usd("5.00"));
    let text = TipText {
        sender_name: "bob".into(),
        message: None,
    };
    let (fee, net) = (usd("1.00"), usd("99.00"));
    let entry = EntryId(world.id());
    // More than there is: the domain refuses it.
    let tipped = Tipped {
        payer: bob,
        channel: bob.into(),
        stream: None,
        amount: usd("100.00").amount,
        fee: fee.amount,
        net: net.amount,
        fee_schedule: FeeSchedule::new("x".into(), rust_decimal::Decimal::ZERO).unwrap(),
        entry: Entry::tip(entry, bob, bob.into(), fee, net),
        personal: Personal::seal(text, Salt([0; 16])),
    };
    let wallet = HistoryId::Wallet(bob, fee.currency);
    world.record(wallet, None, wallet::Event::from(tipped).into());
    running.log.append(world.news());
    let parked = |state: &ProjectionState| matches!(state, ProjectionState::Parked { .. });
    let ProjectionState::Parked { at, reason } = state_of(&running.views, "wallets", parked).await
    else {
        unreachable!()
    };
    assert_eq!(at, world.head());
    assert!(reason.contains("negative"), "{reason}");
    let wallets = running.views.wallets(bob).await.unwrap();
    assert_eq!(wallets[0].balance, usd("15.00"));
    assert!(
        running
            .views
            .tips(bob.into(), 1, None)
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

async fn a_parked_projection_stays_parked_after_a_restart(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let running = Running::after(engine, world.news()).await;
    poison(&mut world, channel);
    running.log.append(world.news());
    let parked = |state: &ProjectionState| matches!(state, ProjectionState::Parked { .. });
    state_of(&running.views, "streams", parked).await;
    running.projectors.stop().await;
    running.views.close().await;
    let views = running.place.open(&running.log).await;
    let _projectors = start(&views, &running.log, impatient()).await;
    state_of(&views, "streams", parked).await;
}

async fn a_log_that_does_not_answer_is_asked_again(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let running = Running::after(engine, world.news()).await;
    running.log.fail(true);
    world.say(channel, channel.owner(), "x");
    let head = running.log.append(world.news());
    let retrying = |state: &ProjectionState| matches!(state, ProjectionState::Retrying { .. });
    state_of(&running.views, "chat", retrying).await;
    running.log.fail(false);
    arrived(&running.views, head).await;
    state_of(&running.views, "chat", |state| {
        *state == ProjectionState::Running
    })
    .await;
}

/// PostgreSQL takes no NUL in a text; SQLite does. A text that the database refuses is poison too,
/// found among good ones.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_the_database_refuses_parks_its_projection() {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let running = Running::after(Engine::Postgres, world.news()).await;
    let good = world.say(channel, channel.owner(), "good");
    let command = tributary_domain::command::chat::Command::Send {
        channel,
        sender: channel.owner(),
        kind: MessageKind::Text,
        said: "nul \0".into(),
        salt: Salt([0; 16]),
    };
    let actor = tributary_domain::command::Actor::Account(channel.owner());
    world
        .ask(actor, tributary_domain::command::Command::Chat(command))
        .unwrap();
    let bad = world.head();
    world.say(channel, channel.owner(), "behind it");
    running.log.append(world.news());
    let state = state_of(&running.views, "chat", |state| {
        matches!(state, ProjectionState::Parked { .. })
    })
    .await;
    let ProjectionState::Parked { at, .. } = state else {
        unreachable!()
    };
    assert_eq!(at, bad);
    let said = running.views.messages(channel, 10, None).await.unwrap();
    assert_eq!(
        said.items
            .iter()
            .map(|message| message.position)
            .collect::<Vec<_>>(),
        [good]
    );
}

/// Connections that the server ends are made anew, and nothing is folded twice.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_are_made_anew() {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let running = Running::after(Engine::Postgres, world.news()).await;
    for round in 0..5 {
        for n in 0..20 {
            world.say(channel, channel.owner(), &format!("{round} {n}"));
        }
        running.log.append(world.news());
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";
        running.place.tamper(kill).await;
    }
    arrived(&running.views, world.head()).await;
    running.projectors.stop().await;
    let expected = Running::after(Engine::Postgres, world.events).await;
    assert_eq!(running.place.dump().await, expected.place.dump().await);
}

/// A log that goes wrong after a place.
#[derive(Clone)]
struct WrongLog(MemoryLog, Wrong);

#[derive(Clone, Copy)]
enum Wrong {
    Unreadable,
    Panic,
}

struct WrongTail(Wrong);

impl Source for WrongLog {
    type Tail = WrongTail;

    fn head(&self) -> Position {
        self.0.head()
    }
    fn tail(&self, _: Position) -> WrongTail {
        WrongTail(self.1)
    }
    async fn read(&self, after: Position, limit: usize) -> Result<Page, SourceError> {
        self.0.read(after, limit).await
    }
}

impl Tail for WrongTail {
    async fn next(&mut self) -> Result<Page, SourceError> {
        match self.0 {
            Wrong::Unreadable => Err(SourceError::Unreadable("a newer event".into())),
            Wrong::Panic => panic!("as the test asked"),
        }
    }
}

async fn wrong(engine: Engine, wrong: Wrong) -> Vec<(Position, String)> {
    let place = crate::support::Place::fresh(engine).await;
    let log = MemoryLog::default();
    let views = place.open(&log).await;
    let log = WrongLog(log, wrong);
    let projectors = Projectors::start(views.clone(), log, impatient())
        .await
        .unwrap();
    let all = views.status_when(|all| {
        all.iter()
            .all(|one| matches!(one.state, ProjectionState::Parked { .. }))
    });
    let all = crate::support::within("all are parked", all).await;
    projectors.stop().await;
    all.into_iter()
        .map(|one| match one.state {
            ProjectionState::Parked { at, reason } => (at, reason),
            state => panic!("{state:?}"),
        })
        .collect()
}

async fn a_log_that_cannot_be_read_on_parks_every_projection(engine: Engine) {
    for (at, reason) in wrong(engine, Wrong::Unreadable).await {
        assert_eq!(
            (at, reason.as_str()),
            (Position::START.next(), "a newer event")
        );
    }
}

async fn a_panic_is_seen_as_a_parked_projection(engine: Engine) {
    for (_, reason) in wrong(engine, Wrong::Panic).await {
        assert!(reason.contains("panicked"), "{reason}");
    }
}
