//! A node: the real log and the real projectors, on a simulated database.

use crate::clock::NodeClock;
use crate::database::Database;
use crate::dice::Dice;
use crate::life::Life;
use crate::plan::Plan;
use crate::record::Record;
use crate::skies::Skies;
use crate::storage::NodeStorage;
use crate::trace::Trace;
use crate::views_weather::ViewsWeather;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tributary_projections::testing::{Memory, Weather};
use tributary_projections::{Projectors, Views};
use tributary_store::storage::Storage;
use tributary_store::{Environment, Log, LogOptions, SeededEntropy, StoreError};

/// The pause before a node that could not start tries again.
const RESTART_AFTER: Duration = Duration::from_millis(50);

/// How often in a row accidents may spoil a start. It asks for something of each projection, so with many of them
/// hardly one would come through where a step in twelve fails, and a run would be nothing but starts.
const SPOILED_STARTS_MAX: u32 = 20;

/// What every node of a run shares.
pub struct World {
    /// What kind of run it is.
    pub plan: Plan,
    /// The log's database.
    pub database: Arc<Database>,
    /// The read models' database.
    pub memory: Memory,
    /// What goes wrong.
    pub skies: Arc<Skies>,
    /// What was asked and answered.
    pub record: Record,
    /// What happened.
    pub trace: Arc<Trace>,
    /// For what has no dice of its own.
    pub dice: Dice,
}

/// A node that runs.
#[derive(Clone)]
pub struct Running {
    /// Ends when it crashes.
    pub life: Arc<Life>,
    /// Its log.
    pub log: Log,
    /// Its read models.
    pub views: Views,
    /// What keeps them up to date. Kept so that they go on.
    pub projectors: Projectors<Log>,
    storage: Arc<NodeStorage>,
    /// Its name, with the number of its start.
    pub name: String,
}

/// A place where a node runs, crashes and is started again.
pub struct Node {
    world: Arc<World>,
    number: usize,
    /// The machine's clock: it goes on while the node is down.
    pub clock: Arc<NodeClock>,
    running: Mutex<Option<Running>>,
    starts: Mutex<u32>,
}

impl Node {
    /// A node that is down.
    pub fn new(world: Arc<World>, number: usize, clock: NodeClock) -> Self {
        Self {
            world,
            number,
            clock: Arc::new(clock),
            running: Mutex::new(None),
            starts: Mutex::new(0),
        }
    }

    /// The node, if it runs.
    pub fn running(&self) -> Option<Running> {
        let running = self.running.lock();
        running.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts it, trying as often as it takes: something else restarts a process that ends.
    pub async fn start(&self) -> Running {
        let mut spoiled = 0;
        loop {
            match self.try_start(spoiled >= SPOILED_STARTS_MAX).await {
                Ok(running) => {
                    let mut place = self.running.lock().unwrap_or_else(PoisonError::into_inner);
                    *place = Some(running.clone());
                    return running;
                }
                Err(error) => {
                    spoiled += 1;
                    let number = self.number;
                    let trace = &self.world.trace;
                    trace.note(format_args!("node {number} could not start: {error}"));
                    tokio::time::sleep(RESTART_AFTER).await;
                }
            }
        }
    }

    async fn try_start(&self, is_spared: bool) -> Result<Running, String> {
        let world = &self.world;
        let name = {
            let mut starts = self.starts.lock().unwrap_or_else(PoisonError::into_inner);
            *starts += 1;
            format!("node {}.{}", self.number, *starts)
        };
        let life = Arc::new(Life::default());
        let storage = Arc::new(NodeStorage::new(
            name.clone(),
            Arc::clone(&life),
            Arc::clone(&world.database),
            Arc::clone(&world.skies),
            Arc::clone(&world.trace),
        ));
        let env = Environment {
            clock: self.clock.clone(),
            entropy: SeededEntropy::new(world.dice.next()),
        };
        let options = LogOptions {
            decider: world.plan.limits,
        };
        let opened = Log::on(Arc::clone(&storage) as Arc<dyn Storage>, options, env).await;
        let log = opened.map_err(|error: StoreError| error.to_string())?;
        let weather = ViewsWeather::new(
            Arc::clone(&life),
            Arc::clone(&world.skies),
            Arc::clone(&world.database),
        );
        weather.spare(is_spared);
        let weather = Arc::new(weather);
        let memory = world.memory.under(Arc::clone(&weather) as Arc<dyn Weather>);
        let started = async {
            let views = Views::in_memory(&memory).await?;
            let options = world.plan.projector.clone();
            let projectors = if world.plan.takes_turns {
                let turn = log.campaign("projections", &name);
                Projectors::share(views.clone(), log.clone(), options, turn).await?
            } else {
                Projectors::start(views.clone(), log.clone(), options).await?
            };
            Ok((views, projectors))
        };
        match started.await {
            Ok((views, projectors)) => {
                weather.spare(false);
                world.trace.note(format_args!("{name} runs"));
                Ok(Running {
                    life,
                    log,
                    views,
                    projectors,
                    storage,
                    name,
                })
            }
            Err(error) => {
                let error: tributary_projections::ViewsError = error;
                life.end();
                Err(error.to_string())
            }
        }
    }

    /// Ends it as `kill -9` does, or a power cut.
    pub fn crash(&self) {
        let mut place = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = place.take() {
            running.life.end();
            running.storage.break_connection();
            self.world
                .trace
                .note(format_args!("{} crashes", running.name));
        }
    }
}
