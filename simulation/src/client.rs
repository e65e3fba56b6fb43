//! Clients: they give commands to whichever node runs, go away, ask again, and use ids as they
//! should and as they should not.

use crate::cast::Cast;
use crate::dice::Dice;
use crate::node::{Node, World};
use crate::workload::Workload;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tributary_domain::Request;
use tributary_store::{Clock as _, CommandError, Receipt};

/// How often a client asks again with the same id before it gives up.
const ATTEMPTS_MAX: u32 = 6;

/// How many commands with an id are remembered for being asked again later.
const DONE_MAX: usize = 30;

/// What the clients of a run share.
pub struct Clients {
    /// The run.
    pub world: Arc<World>,
    /// Where they ask.
    pub nodes: Arc<Vec<Node>>,
    /// Whom they ask about.
    pub cast: Cast,
    /// Commands with an id that were answered.
    done: Mutex<Vec<Request>>,
}

/// What came of one attempt; `None` if there was no answer.
type Came = Option<Result<Receipt, CommandError>>;

impl Clients {
    /// Nobody has asked anything.
    pub fn new(world: Arc<World>, nodes: Arc<Vec<Node>>, cast: Cast) -> Self {
        Self {
            world,
            nodes,
            cast,
            done: Mutex::default(),
        }
    }

    /// Makes people and channels, however long that takes.
    pub async fn open(&self, dice: &Dice) {
        let workload = self.workload(dice);
        for mut request in workload.opening(self.nodes[0].clock.now()) {
            request.id = Some(workload.id(&request));
            self.insist(request, dice).await;
        }
    }

    /// Gives so many commands, one after the other.
    pub async fn run(&self, dice: &Dice, commands: u64) {
        let workload = self.workload(dice);
        for _ in 0..commands {
            tokio::time::sleep(Duration::from_millis(dice.below(60))).await;
            let at = self.nodes[0].clock.now();
            let earlier = {
                let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
                (!done.is_empty() && dice.chance(80)).then(|| dice.pick(&done).clone())
            };
            let mut request = workload.any(at);
            match earlier {
                // The same once more, when the state has moved on.
                Some(earlier) if dice.chance(600) => request = workload.again(&earlier, at),
                // Its id for something else.
                Some(earlier) => {
                    request.actor = earlier.actor;
                    request.id = earlier.id.map(|mut id| {
                        id.body[31] ^= 1;
                        id
                    });
                }
                None if dice.chance(600) => request.id = Some(workload.id(&request)),
                None => {}
            }
            if request.id.is_some() {
                self.insist(request, dice).await;
            } else {
                let patience_ms = dice.chance(150).then(|| dice.below(60));
                self.attempt(request, patience_ms, dice).await;
            }
        }
    }

    /// Gives many commands at once, one of which the database refuses.
    pub async fn burst(&self, dice: &Dice, count: u64) {
        let workload = self.workload(dice);
        let channel = *dice.pick(&self.cast.streamers);
        let bad = dice.below(count);
        let all = (0..count).map(|number| {
            let sender = *dice.pick(&self.cast.people);
            let text = if number == bad {
                crate::database::REFUSED.to_owned()
            } else {
                format!("all at once {number}")
            };
            let mut request = workload.message(channel, sender, text);
            request.at = self.nodes[0].clock.now();
            if dice.chance(500) {
                request.id = Some(workload.id(&request));
            }
            self.attempt(request, None, dice)
        });
        let all: Vec<_> = all.collect();
        futures::future::join_all(all).await;
    }

    /// Asks until there is an answer, with the same id; now and then twice at once.
    async fn insist(&self, request: Request, dice: &Dice) {
        let workload = self.workload(dice);
        for attempt in 0..ATTEMPTS_MAX {
            let at = self.nodes[0].clock.now();
            let this = if attempt == 0 {
                request.clone()
            } else {
                workload.again(&request, at)
            };
            let patience_ms = dice.chance(100).then(|| dice.below(60));
            let came = if dice.chance(60) {
                let other = workload.again(&request, at);
                let both = futures::future::join(
                    self.attempt(this, patience_ms, dice),
                    self.attempt(other, None, dice),
                );
                let (one, other) = both.await;
                one.or(other)
            } else {
                self.attempt(this, patience_ms, dice).await
            };
            match came {
                Some(Ok(_)) => {
                    let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
                    crate::cast::remember(&mut done, request);
                    let surplus = done.len().saturating_sub(DONE_MAX);
                    done.drain(..surplus);
                    return;
                }
                Some(Err(CommandError::Rejected(_) | CommandError::IdReused)) => return,
                Some(Err(
                    CommandError::Overloaded
                    | CommandError::Unavailable(_)
                    | CommandError::UnknownOutcome
                    | CommandError::ShuttingDown,
                ))
                | None => {
                    tokio::time::sleep(Duration::from_millis(dice.below(400))).await;
                }
            }
        }
    }

    /// Asks once, and goes away if it takes too long for the caller's patience.
    pub async fn attempt(&self, request: Request, patience_ms: Option<u64>, dice: &Dice) -> Came {
        let running: Vec<_> = self.nodes.iter().filter_map(Node::running).collect();
        if running.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            return None;
        }
        let node = dice.pick(&running);
        let world = &self.world;
        let number = world.record.ask(request.clone());
        let (name, id) = (&node.name, request.id.as_ref().map(|id| &id.id));
        let (trace, command) = (&world.trace, &request.command);
        trace.note(format_args!("{name}: #{number} id {id:?}: {command:?}"));
        let asking = node.life.during(node.log.execute(request));
        let came = match patience_ms {
            Some(ms) => {
                let patience = Duration::from_millis(ms);
                let answered = tokio::time::timeout(patience, asking).await;
                answered.ok().flatten()
            }
            None => asking.await,
        };
        let at = world.database.position();
        match &came {
            Some(Ok(receipt)) => {
                let (events, upto) = (receipt.events.len(), receipt.position);
                let again = if receipt.repeated { ", as before" } else { "" };
                trace.note(format_args!("#{number}: {events} events to {upto}{again}"));
                self.cast.learn(&receipt.events);
            }
            Some(Err(error)) => trace.note(format_args!("#{number}: {error}")),
            None => trace.note(format_args!("#{number}: no answer")),
        }
        if let Some(answer) = came.clone() {
            world.record.answer(number, answer, at);
        }
        came
    }

    /// Makes this client's commands.
    pub fn workload<'a>(&'a self, dice: &'a Dice) -> Workload<'a> {
        Workload {
            cast: &self.cast,
            dice,
        }
    }
}
