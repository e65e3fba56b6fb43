use super::*;
use std::sync::Arc;
use std::time::Duration;
use tributary_domain::command::{Actor, Command, holds, streams, tips};
use tributary_domain::policy::Due;
use tributary_domain::{
    EntryId, Event, HistoryId, HoldId, Money, Position, Recorded, Request, StreamId, Timestamp,
    stream, wallet,
};
use tributary_store::storage::Filter;
use tributary_store::testing::{Engine, Place, Written, request, streamer};
use tributary_store::{Environment, LEASE_TTL, LogOptions, ManualClock};

const PATIENCE: Duration = Duration::from_secs(30);

const SHORT: TimeDelta = TimeDelta::milliseconds(20);
const LONG: TimeDelta = TimeDelta::hours(1);

tributary_store::on_both_engines!(
    a_policy_goes_on_where_it_stopped,
    a_policy_that_breaks_down_is_parked_and_the_others_go_on,
    what_it_cannot_read_parks_a_policy,
    acted_upon_twice_it_is_the_same_command,
    a_clock_that_steps_back_makes_no_policy_act_early,
);

async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(done) => done,
        Err(_) => panic!("not in time: {what}"),
    }
}

async fn ask(log: &Log, actor: Actor, command: Command) {
    log.execute(request(actor, command)).await.unwrap();
}

/// A stream that waits for media which never comes. Each is of a streamer of its own.
async fn start_stream(log: &Log) -> StreamId {
    let env = Environment::system();
    let account = streamer(log, &format!("u{}", &env.uuid().simple().to_string()[20..])).await;
    let stream = StreamId(env.uuid());
    let publish = streams::Command::Publish {
        channel: account.into(),
        stream,
        salt: env.salt(),
    };
    ask(log, Actor::System("ingest"), Command::Streams(publish)).await;
    stream
}

/// Every end of a stream up to the head: which, and by which command.
async fn ends(log: &Log) -> Vec<(StreamId, Option<String>)> {
    let (mut place, mut ends) = (Position::START, vec![]);
    while place < log.head() {
        let page = log.read(place, 1_000, &Filter::All).await.unwrap();
        for recorded in &page.events {
            if let (HistoryId::Stream(stream), Event::Stream(stream::Event::Ended(_))) =
                (&recorded.history, &recorded.event)
            {
                ends.push((*stream, recorded.metadata.get("command").cloned()));
            }
        }
        place = page.upto;
    }
    ends
}

/// Waits until all of them have ended.
async fn ended(log: &Log, streams: &[StreamId]) {
    let mut tail = log.tail(Position::START, Filter::All);
    let mut left = streams.to_vec();
    let waiting = async {
        while !left.is_empty() {
            for recorded in tail.next().await.unwrap().events {
                if matches!(recorded.event, Event::Stream(stream::Event::Ended(_))) {
                    left.retain(|stream| recorded.history != HistoryId::Stream(*stream));
                }
            }
        }
    };
    within("every stream ends", waiting).await;
}

/// A node's policies.
struct Running {
    policies: Policies,
    ended: JoinHandle<()>,
    shutdown: CancellationToken,
}

impl Running {
    fn start(log: &Log, node: &str, all: &[Box<dyn Policy>]) -> Self {
        let shutdown = CancellationToken::new();
        let (policies, ended) = Policies::start_all(log, node, all, &shutdown);
        Self {
            policies,
            ended,
            shutdown,
        }
    }

    async fn becomes(&self, name: &str, state: fn(&PolicyState) -> bool) -> PolicyState {
        let entry = self
            .policies
            .entries
            .iter()
            .find(|entry| entry.name == name);
        let mut standing = entry.unwrap().standing.clone();
        let found = standing.wait_for(|standing| state(&standing.state));
        within("the state of a policy", found)
            .await
            .unwrap()
            .state
            .clone()
    }

    /// Waits until it has read all that the log holds.
    async fn has_read(&self, log: &Log) {
        let entry = self.policies.entries.iter().find(|entry| entry.name == END);
        let mut standing = entry.unwrap().standing.clone();
        let head = log.head();
        let read = standing.wait_for(|standing| standing.position >= head);
        within("the policy reads on", read).await.unwrap();
    }

    async fn stop(self) {
        self.shutdown.cancel();
        within("the policies stop", self.ended).await.unwrap();
    }
}

fn acting(state: &PolicyState) -> bool {
    *state == PolicyState::Acting
}

fn is_parked(state: &PolicyState) -> bool {
    matches!(state, PolicyState::Parked { .. })
}

const END: &str = "end_abandoned_streams";
const LIFT: &str = "lift_expired_holds";

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_one_acts() {
    let place = Place::fresh(Engine::Postgres).await;
    let (here, there) = (place.open().await, place.open().await);
    let one = Running::start(&here, "one", &all(SHORT));
    one.becomes(END, acting).await;
    let two = Running::start(&there, "two", &all(SHORT));
    let mut streams = vec![];
    for _ in 0..10 {
        streams.push(start_stream(&here).await);
    }
    ended(&there, &streams).await;
    let mut found: Vec<_> = ends(&here)
        .await
        .into_iter()
        .map(|(stream, _)| stream)
        .collect();
    found.sort_unstable();
    streams.sort_unstable();
    assert_eq!(found, streams, "each once");
    let (stats, status) = (there.stats(), two.policies.everywhere().await);
    assert_eq!(
        stats.commands_carried_out + stats.commands_refused,
        0,
        "it did not even try"
    );
    assert_eq!(status[0].state, PolicyState::Standby);
    assert_eq!(status[0].node.as_deref(), Some("one"));
    one.stop().await;
    two.becomes(END, acting).await;
    two.stop().await;
    here.close().await;
    there.close().await;
}

/// Each end of a hold up to the head: whose turn it was, and why.
async fn lifted_holds(log: &Log) -> Vec<(HoldId, wallet::HoldEnd, Option<String>)> {
    let (mut place, mut lifted) = (Position::START, vec![]);
    while place < log.head() {
        let page = log.read(place, 1_000, &Filter::All).await.unwrap();
        for recorded in &page.events {
            if let Event::Wallet(wallet::Event::HoldLifted(event)) = &recorded.event {
                let by = recorded.metadata.get("actor").cloned();
                lifted.push((event.hold, event.reason, by));
            }
        }
        place = page.upto;
    }
    lifted
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_that_run_out_are_lifted_once_and_others_stay() {
    let place = Place::fresh(Engine::Postgres).await;
    let (here, there) = (place.open().await, place.open().await);
    let one = Running::start(&here, "one", &all(LONG));
    one.becomes(LIFT, acting).await;
    let two = Running::start(&there, "two", &all(LONG));
    let env = Environment::system();
    let usd = "USD".parse().unwrap();
    let money = |cents| Money::from_minor(cents, usd);
    // Each in a wallet of its own: whoever places another one would lift what is over.
    let hold = async |name: &str, lasts: TimeDelta| {
        let viewer = streamer(&here, name).await;
        let top_up = tips::Command::TopUp {
            entry: EntryId(env.uuid()),
            amount: money(100),
        };
        ask(&here, Actor::Account(viewer), Command::Tips(top_up)).await;
        let hold = HoldId(env.uuid());
        let command = holds::Command::Place {
            hold,
            amount: money(100),
            until: env.now() + lasts,
        };
        ask(&there, Actor::Account(viewer), Command::Holds(command)).await;
        hold
    };
    let stays = hold("patient", LONG).await;
    let mut run_out = vec![];
    for n in 0..8 {
        let lasts = TimeDelta::milliseconds(200 + 20 * n);
        run_out.push(hold(&format!("viewer{n}"), lasts).await);
    }
    let mut tail = there.tail(Position::START, Filter::All);
    let mut left = run_out.clone();
    let waiting = async {
        while !left.is_empty() {
            for recorded in tail.next().await.unwrap().events {
                if let Event::Wallet(wallet::Event::HoldLifted(event)) = &recorded.event {
                    left.retain(|hold| *hold != event.hold);
                }
            }
        }
    };
    within("every hold that ran out is lifted", waiting).await;
    let lifted = lifted_holds(&here).await;
    assert_eq!(lifted.len(), run_out.len(), "each once: {lifted:?}");
    for (hold, reason, by) in lifted {
        assert_ne!(hold, stays);
        assert_eq!(reason, wallet::HoldEnd::Expired);
        assert_eq!(by.as_deref(), Some("system:lift_expired_holds"));
    }
    // Only the holds were placed through it.
    assert_eq!(there.stats().commands_carried_out, 9);
    let standing = two.policies.everywhere().await;
    let lifts = standing.iter().find(|status| status.name == LIFT).unwrap();
    assert_eq!(lifts.state, PolicyState::Standby);
    assert_eq!(lifts.node.as_deref(), Some("one"));
    one.stop().await;
    two.becomes(LIFT, acting).await;
    two.stop().await;
    here.close().await;
    there.close().await;
}

/// A runtime of its own that ends without a word is a process that is killed.
#[test]
fn when_its_node_dies_another_one_acts_and_nothing_is_done_twice() {
    let doomed = tokio::runtime::Runtime::new().unwrap();
    let living = tokio::runtime::Runtime::new().unwrap();
    let place = living.block_on(Place::fresh(Engine::Postgres));
    let (here, one, mut streams) = doomed.block_on(async {
        let here = place.open().await;
        let one = Running::start(&here, "one", &all(SHORT));
        one.becomes(END, acting).await;
        let mut streams = vec![];
        for _ in 0..5 {
            streams.push(start_stream(&here).await);
        }
        (here, one, streams)
    });
    living.block_on(async {
        let there = place.open().await;
        let two = Running::start(&there, "two", &all(SHORT));
        doomed.shutdown_background();
        let began = tokio::time::Instant::now();
        for _ in 0..5 {
            streams.push(start_stream(&there).await);
        }
        two.becomes(END, acting).await;
        let took = began.elapsed();
        assert!(took < LEASE_TTL + Duration::from_secs(1), "{took:?}");
        ended(&there, &streams).await;
        let mut found: Vec<_> = ends(&there)
            .await
            .into_iter()
            .map(|(stream, _)| stream)
            .collect();
        found.sort_unstable();
        streams.sort_unstable();
        assert_eq!(found, streams, "each once");
        two.stop().await;
        there.close().await;
    });
    // Their handles are of the runtime that is gone.
    std::mem::forget((here, one));
}

async fn a_policy_goes_on_where_it_stopped(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let done = start_stream(&log).await;
    let first = Running::start(&log, "one", &all(SHORT));
    ended(&log, &[done]).await;
    first.stop().await;
    let waiting = start_stream(&log).await;
    let patient = Running::start(&log, "two", &all(LONG));
    patient.becomes(END, acting).await;
    patient.stop().await;
    let checkpoints = log.policy_checkpoints().await.unwrap();
    let checkpoint = checkpoints
        .iter()
        .find(|found| found.policy == END)
        .unwrap();
    let next = log
        .event_at(checkpoint.position.next())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        next.history,
        HistoryId::Stream(waiting),
        "just before what waits"
    );
    log.close().await;

    let log = place.open().await;
    let last = Running::start(&log, "three", &all(SHORT));
    ended(&log, &[done, waiting]).await;
    last.stop().await;
    assert_eq!(ends(&log).await.len(), 2);
    log.close().await;
}

/// Breaks down at the first stream.
struct Fragile;

impl Policy for Fragile {
    fn name(&self) -> &'static str {
        "fragile"
    }
    fn anew(&self) -> Box<dyn Policy> {
        Box::new(Self)
    }
    fn observe(&mut self, recorded: &Recorded) {
        let is_stream = matches!(recorded.history, HistoryId::Stream(_));
        assert!(!is_stream, "as the test wants it");
    }
    fn due(&self, _: Timestamp) -> Vec<Due> {
        vec![]
    }
    fn next_at(&self) -> Option<Timestamp> {
        None
    }
    fn settled(&mut self, _: Position) {}
    fn waits_for(&self) -> Option<Position> {
        None
    }
}

async fn a_policy_that_breaks_down_is_parked_and_the_others_go_on(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let mut policies = all(SHORT);
    policies.insert(0, Box::new(Fragile));
    let running = Running::start(&log, "one", &policies);
    let first = start_stream(&log).await;
    ended(&log, &[first]).await;
    running.becomes("fragile", is_parked).await;
    let second = start_stream(&log).await;
    ended(&log, &[second]).await;
    running.stop().await;
    log.close().await;
}

async fn what_it_cannot_read_parks_a_policy(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let stream = start_stream(&log).await;
    log.close().await;
    let log = place.open().await;
    let written = Written {
        history: HistoryId::Stream(stream),
        sequence: 2,
        name: "stream.sublimated",
        version: "1",
        payload: "{}",
        personal: None,
    };
    let at = written.append_to(log.storage().as_ref()).await;
    log.close().await;
    let log = place.open().await;
    let running = Running::start(&log, "one", &all(SHORT));
    let parked = running.becomes(END, is_parked).await;
    assert!(
        matches!(parked, PolicyState::Parked { at: found, .. } if found == at),
        "{parked:?}"
    );
    assert_eq!(log.head(), at, "it does not act on half of what happened");
    running.stop().await;
    log.close().await;
}

/// As if a node had lost its lease without knowing: it acts once more on what was acted upon.
async fn acted_upon_twice_it_is_the_same_command(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let stream = start_stream(&log).await;
    // The stream's start; the channel's event that it is open follows.
    let cause = Position::new(log.head().get() - 1).unwrap();
    let running = Running::start(&log, "one", &all(SHORT));
    ended(&log, &[stream]).await;
    running.stop().await;
    assert_eq!(ends(&log).await, [(stream, Some(cause.to_string()))]);
    let reason = stream::EndReason::NeverLive;
    let again = Request {
        actor: Actor::System(END),
        at: log.environment().now(),
        id: Some(task::command_id(END, cause)),
        command: Command::Streams(streams::Command::End { stream, reason }),
    };
    assert!(log.execute(again).await.unwrap().repeated);
    assert_eq!(ends(&log).await.len(), 1);
    log.close().await;
}

async fn a_clock_that_steps_back_makes_no_policy_act_early(engine: Engine) {
    let place = Place::fresh(engine).await;
    let clock = ManualClock::at("2026-01-31T18:00:00Z".parse::<Timestamp>().unwrap());
    let env = Environment {
        clock: Arc::clone(&clock) as _,
        entropy: Environment::system().entropy,
    };
    let log = place.open_with(LogOptions::default(), env).await;
    let running = Running::start(&log, "one", &all(LONG));
    running.becomes(END, acting).await;
    let mut streams = vec![start_stream(&log).await];
    running.has_read(&log).await;
    clock.advance(TimeDelta::hours(-2));
    // Each wakes it, and it has looked at the clock again by the time that it reads the next one.
    for _ in 0..3 {
        streams.push(start_stream(&log).await);
        running.has_read(&log).await;
    }
    assert_eq!(ends(&log).await, [], "nobody was away for long");
    clock.advance(TimeDelta::hours(2) + LONG);
    start_stream(&log).await;
    ended(&log, &streams).await;
    running.stop().await;
    assert_eq!(ends(&log).await.len(), streams.len());
    log.close().await;
}
