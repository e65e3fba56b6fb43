//! A run: a seed in, an outcome out.

use crate::cast::Cast;
use crate::check::{Findings, Violation, answers, decisions, log, readings};
use crate::client::Clients;
use crate::clock::NodeClock;
use crate::database::Database;
use crate::defect::Defect;
use crate::dice::Dice;
use crate::node::{Node, Running, World};
use crate::plan::{Engine, Plan};
use crate::reader::{Readings, follow};
use crate::record::Record;
use crate::skies::Skies;
use crate::trace::Trace;
use crate::trouble;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tributary_domain::Position;
use tributary_projections::testing::Memory;

/// The longest that the clients of a run may take, in virtual time.
const CLIENTS_TIMEOUT: Duration = Duration::from_secs(1_800);

/// The longest that anything may take once nothing goes wrong any more.
const CALM_TIMEOUT: Duration = Duration::from_secs(600);

/// After this nothing is on its way any more that was sent before.
const LANDED_AFTER: Duration = Duration::from_secs(5);

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// What did not hold.
    pub violations: Vec<Violation>,
    /// A number for all that happened: the same seed gives the same one.
    pub hash: u64,
    /// The end of the trace, or all of it.
    pub trace: Vec<String>,
    /// How many events were recorded.
    pub events: usize,
    /// How many commands were given.
    pub commands: usize,
    /// How long it was, in virtual milliseconds.
    pub ms: u64,
}

/// Runs a seed to its end. `keep_trace`: all of the trace, not only its end.
///
/// # Panics
/// When no runtime can be made.
pub fn run(seed: u64, keep_trace: bool) -> Outcome {
    run_on(seed, keep_trace, None)
}

/// The same on a database that breaks a promise.
///
/// # Panics
/// When no runtime can be made.
pub fn run_on(seed: u64, keep_trace: bool, defect: Option<Defect>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without IO can be made");
    runtime.block_on(go(seed, keep_trace, defect))
}

async fn go(seed: u64, keep_trace: bool, defect: Option<Defect>) -> Outcome {
    let dice = Dice::new(seed);
    let plan = Plan::of(&dice.branch());
    let trace = Arc::new(Trace::new(keep_trace));
    trace.note(format_args!("seed {seed}: {plan:?}"));
    let memory = match plan.engine {
        Engine::Sqlite => Memory::like_sqlite(),
        Engine::Postgres => Memory::like_postgres(),
    };
    let world = Arc::new(World {
        database: Arc::new(Database::new(plan.engine, defect, dice.branch())),
        memory,
        skies: Arc::new(Skies::new(dice.branch(), plan.clone())),
        record: Record::default(),
        trace: Arc::clone(&trace),
        dice: dice.branch(),
        plan,
    });
    let start = Instant::now();
    let nodes = (0..world.plan.nodes).map(|number| {
        let off_ms = i64::try_from(dice.below(4_000)).unwrap_or(0) - 2_000;
        let clock = NodeClock::new(start, off_ms);
        Node::new(Arc::clone(&world), number, clock)
    });
    let nodes: Arc<Vec<Node>> = Arc::new(nodes.collect());
    let cast = Cast::new(&dice);
    let clients = Arc::new(Clients::new(Arc::clone(&world), Arc::clone(&nodes), cast));
    let readings = Arc::new(Readings::default());
    let mut findings = Findings::default();

    let trouble = trouble::Trouble {
        world: Arc::clone(&world),
        nodes: Arc::clone(&nodes),
        readings: Arc::clone(&readings),
        channel: clients.cast.streamers[0].into(),
        dice: dice.branch(),
    };
    for node in nodes.iter() {
        let running = node.start().await;
        follow(&world, &readings, &running, trouble.channel, &trouble.dice);
    }
    let done = tokio::select! {
        biased;
        done = timeout(CLIENTS_TIMEOUT, work(&clients, &dice)) => done,
        never = trouble.brew() => never,
    };
    if done.is_err() {
        findings.note("every command is answered", "the clients still wait");
    }
    world.skies.clear_up();
    trace.note(format_args!("from here on nothing goes wrong"));
    tokio::time::sleep(LANDED_AFTER).await;
    let end = End {
        world: &world,
        nodes: &nodes,
        clients: &clients,
        readings: &readings,
    };
    if timeout(CALM_TIMEOUT, end.settle(&dice, &mut findings))
        .await
        .is_err()
    {
        findings.note("progress when nothing goes wrong", "it never settled");
    }
    let commands = end.check(&mut findings).await;
    Outcome {
        seed,
        violations: findings.0,
        hash: trace.hash(),
        trace: trace.lines(),
        events: world.database.rows().len(),
        commands,
        ms: trace.now_ms(),
    }
}

/// Lets the clients give their commands.
async fn work(clients: &Arc<Clients>, dice: &Dice) {
    clients.open(&dice.branch()).await;
    let plan = clients.world.plan.clone();
    let mut working = vec![];
    for _ in 0..plan.clients {
        let (clients, dice) = (Arc::clone(clients), dice.branch());
        working.push(tokio::spawn(async move {
            clients.run(&dice, plan.commands).await;
        }));
    }
    if plan.burst > 0 {
        let (clients, dice) = (Arc::clone(clients), dice.branch());
        working.push(tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(dice.below(1_000))).await;
            clients.burst(&dice, plan.burst).await;
        }));
    }
    for one in working {
        // A client that panics has found something, and shows it by itself.
        let _ = one.await;
    }
}

/// The end of a run.
struct End<'a> {
    world: &'a Arc<World>,
    nodes: &'a [Node],
    clients: &'a Clients,
    readings: &'a Readings,
}

impl End<'_> {
    /// Everything runs, and everything catches up.
    async fn settle(&self, dice: &Dice, findings: &mut Findings) {
        for node in self.nodes {
            let running = match node.running() {
                Some(running) => running,
                None => node.start().await,
            };
            let [sender, ..] = &self.clients.cast.people[..] else {
                return;
            };
            let workload = self.clients.workload(dice);
            let text = format!("the last word on {}", running.name);
            let mut request = workload.message(*sender, *sender, text);
            request.at = tributary_store::Clock::now(node.clock.as_ref());
            let number = self.world.record.ask(request.clone());
            let answer = running.log.execute(request).await;
            let refused = matches!(&answer, Err(error) if !is_refusal(error));
            if refused {
                let seen = format!("{}: {answer:?}", running.name);
                findings.note("progress when nothing goes wrong", seen);
            }
            let at = self.world.database.position();
            self.world.record.answer(number, answer, at);
        }
        let head = self.world.database.position();
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        let logs: Vec<_> = self.nodes.iter().filter_map(Node::running).collect();
        while logs.iter().any(|node| node.log.head() < head) || !self.readings.have_reached(head) {
            ticks.tick().await;
        }
        if !self.world.plan.takes_turns
            && let Some(last) = self.nodes.last()
        {
            // Whoever starts last keeps the read models, and no other node follows them.
            last.crash();
            self.caught_up(&last.start().await, head, findings).await;
            return;
        }
        for node in self.nodes.iter().filter_map(Node::running) {
            self.caught_up(&node, head, findings).await;
        }
    }

    /// The node's read models get there.
    async fn caught_up(&self, node: &Running, head: Position, findings: &mut Findings) {
        if let Err(slow) = node.views.wait_for(head, CALM_TIMEOUT / 4).await {
            let (name, status) = (&node.name, node.views.status());
            let seen = format!("{name}: {slow}: {status:?}");
            findings.note("read models catch up", seen);
        }
    }

    /// Checks every invariant; how many commands there were.
    async fn check(&self, findings: &mut Findings) -> usize {
        let database = &self.world.database;
        let record = self.world.record.take();
        let events = log::events(&database.rows(), database.head(), findings);
        log::receipts(&events, &database.all_receipts(), findings);
        answers::receipts(&events, &record, findings);
        if self.world.plan.is_calm() {
            answers::failures(&record, findings);
        }
        decisions::again(&events, &record, findings);
        readings::complete(&events, &self.readings.all(), findings);
        trouble::views(self.world, &events, findings).await;
        record.len()
    }
}

fn is_refusal(error: &tributary_store::CommandError) -> bool {
    matches!(error, tributary_store::CommandError::Rejected(_))
}
