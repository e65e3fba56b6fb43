//! The task of one policy.

use super::status::{PolicyState, Standing};
use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tributary_domain::command::{Actor, CommandId};
use tributary_domain::policy::{Due, Policy};
use tributary_domain::{Position, Request, Timestamp};
use tributary_store::{CommandError, Filter, Leadership, Log, PolicyCheckpoint, StoreError, Term};

/// The longest sleep before looking at the clock again: it may have been set.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The wait after the log did not answer.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// How often a checkpoint that has moved is written.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// How long a policy that cannot go on here is left to other nodes.
const PARKED_FOR: Duration = Duration::from_secs(30);

pub(super) struct Task {
    log: Log,
    /// Has seen nothing.
    policy: Box<dyn Policy>,
    leadership: Leadership,
    tell: watch::Sender<Standing>,
}

/// How a term ended.
enum Ended {
    /// The server stops, or the log was closed.
    Stopped,
    /// Another node may act now.
    Lost,
    Parked {
        at: Position,
        reason: String,
    },
}

/// One term: the policy as it stands, and where it reads.
struct Turn {
    policy: Box<dyn Policy>,
    term: Term,
    saved: Position,
    saved_at: Instant,
}

impl Turn {
    /// Up to here nothing is left to be done.
    fn done_up_to(&self, reached: Position) -> Position {
        let before = |cause: Position| Position::new(cause.get() - 1).unwrap_or_default();
        self.policy.waits_for().map_or(reached, before)
    }
}

impl Task {
    pub(super) fn new(
        log: Log,
        policy: Box<dyn Policy>,
        leadership: Leadership,
        tell: watch::Sender<Standing>,
    ) -> Self {
        Self {
            log,
            policy,
            leadership,
            tell,
        }
    }

    /// Runs until `shutdown`; a panic parks the policy for a while and harms no other.
    pub(super) async fn supervised(self, shutdown: CancellationToken) {
        let task = std::sync::Arc::new(self);
        loop {
            let running = {
                let (task, shutdown) = (std::sync::Arc::clone(&task), shutdown.clone());
                tokio::spawn(async move { task.run(&shutdown).await })
            };
            if running.await.is_ok() {
                break;
            }
            let at = task.tell.borrow().position.next();
            let reason = "a fault in the program: the policy panicked".to_owned();
            if !task.park(at, reason, &shutdown).await {
                break;
            }
        }
        task.say(PolicyState::Stopped);
        task.leadership.release().await;
    }

    async fn run(&self, shutdown: &CancellationToken) {
        loop {
            let term = tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                term = self.leadership.gained() => term,
            };
            match self.act(term, shutdown).await {
                Ended::Stopped => return,
                Ended::Lost => self.say(PolicyState::Standby),
                Ended::Parked { at, reason } => {
                    if !self.park(at, reason, shutdown).await {
                        return;
                    }
                }
            }
        }
    }

    /// Leaves it to other nodes for a while; false when it is time to stop.
    async fn park(&self, at: Position, reason: String, shutdown: &CancellationToken) -> bool {
        let policy = self.policy.name();
        tracing::error!(policy, %at, reason, "the policy is parked on this node");
        self.say(PolicyState::Parked { at, reason });
        self.leadership.stand_back(PARKED_FOR);
        pause(PARKED_FOR, shutdown).await
    }

    /// Where the node before this one stopped.
    async fn checkpoint(&self) -> Result<Position, StoreError> {
        let all = self.log.policy_checkpoints().await?;
        let own = all
            .into_iter()
            .find(|found| found.policy == self.policy.name());
        Ok(own.map_or(Position::START, |found| found.position))
    }

    async fn act(&self, term: Term, shutdown: &CancellationToken) -> Ended {
        let from = loop {
            match self.checkpoint().await {
                Ok(from) => break from,
                Err(error) => {
                    self.retrying(&error);
                    if !pause(RETRY_AFTER, shutdown).await {
                        return Ended::Stopped;
                    }
                }
            }
        };
        let mut turn = Turn {
            policy: self.policy.anew(),
            term,
            saved: from,
            saved_at: Instant::now(),
        };
        let mut tail = self.log.tail(from, Filter::All);
        loop {
            // Never on less than all that was known a moment ago: what is overdue by the events so far
            // may have been settled by the next ones.
            let goal = self.log.head();
            let caught_up = tail.position() >= goal;
            self.tell
                .send_modify(|standing| standing.position = tail.position());
            if caught_up {
                self.say(PolicyState::Acting);
                self.settle_due(&mut turn, shutdown).await;
            }
            match self.save(&mut turn, tail.position(), SAVE_EVERY).await {
                Ok(true) => {}
                Ok(false) => return Ended::Lost,
                Err(error) => self.retrying(&error),
            }
            let sleep = if caught_up {
                self.until_next(&turn)
            } else {
                LOOK_EVERY
            };
            tokio::select! {
                biased;
                () = shutdown.cancelled() => {
                    let saved = self.save(&mut turn, tail.position(), Duration::ZERO).await;
                    if let Err(error) = saved {
                        tracing::debug!(%error, "some events are looked at again after the start");
                    }
                    return Ended::Stopped;
                }
                () = self.leadership.lost(term) => return Ended::Lost,
                page = tail.next() => match page {
                    Ok(page) => {
                        page.events.iter().for_each(|recorded| turn.policy.observe(recorded));
                    }
                    Err(StoreError::Closed) => return Ended::Stopped,
                    Err(StoreError::Unreadable { position, reason }) => {
                        return Ended::Parked { at: position, reason };
                    }
                    Err(error) => {
                        self.retrying(&error);
                        if !pause(RETRY_AFTER, shutdown).await {
                            return Ended::Stopped;
                        }
                    }
                },
                () = tokio::time::sleep(sleep) => {}
            }
        }
    }

    fn until_next(&self, turn: &Turn) -> Duration {
        let left = turn
            .policy
            .next_at()
            .map(|at: Timestamp| at - self.log.environment().now());
        let left = left.map(|left| left.max(TimeDelta::zero()).to_std().unwrap_or(LOOK_EVERY));
        left.unwrap_or(LOOK_EVERY).min(LOOK_EVERY)
    }

    /// Carries out what is due, one after the other, as long as the term lasts.
    async fn settle_due(&self, turn: &mut Turn, shutdown: &CancellationToken) {
        let policy = self.policy.name();
        for Due { cause, command } in turn.policy.due(self.log.environment().now()) {
            if !self.leadership.holds(turn.term) || shutdown.is_cancelled() {
                return;
            }
            let request = Request {
                actor: Actor::System(policy),
                at: self.log.environment().now(),
                id: Some(command_id(policy, cause)),
                command,
            };
            match self.log.execute(request).await {
                Ok(receipt) => {
                    let position = receipt.position;
                    tracing::info!(policy, %cause, %position, "acted");
                }
                Err(CommandError::Rejected(rejection)) => {
                    tracing::debug!(policy, %cause, %rejection, "is no longer called for");
                }
                Err(CommandError::IdReused) => {
                    tracing::error!(policy, %cause, "its command id was used for something else");
                }
                Err(
                    error @ (CommandError::Overloaded
                    | CommandError::Unavailable(_)
                    | CommandError::UnknownOutcome
                    | CommandError::ShuttingDown),
                ) => {
                    self.retrying(&error);
                    pause(RETRY_AFTER, shutdown).await;
                    return;
                }
            }
            turn.policy.settled(cause);
        }
    }

    /// Writes the checkpoint if it has moved and was not written for so long; false if a later holder of
    /// the lease has written one.
    async fn save(
        &self,
        turn: &mut Turn,
        reached: Position,
        every: Duration,
    ) -> Result<bool, StoreError> {
        let position = turn.done_up_to(reached);
        if position <= turn.saved || turn.saved_at.elapsed() < every {
            return Ok(true);
        }
        let policy = self.policy.name().to_owned();
        let checkpoint = PolicyCheckpoint { policy, position };
        turn.saved_at = Instant::now();
        let saved = self
            .log
            .save_policy_checkpoint(&checkpoint, turn.term)
            .await?;
        turn.saved = position;
        Ok(saved)
    }

    fn retrying(&self, error: &dyn std::fmt::Display) {
        let reason = error.to_string();
        tracing::warn!(policy = self.policy.name(), reason, "trying again");
        self.say(PolicyState::Retrying { reason });
    }

    fn say(&self, state: PolicyState) {
        self.tell.send_if_modified(|standing| {
            let changed = standing.state != state;
            standing.state = state;
            changed
        });
    }
}

/// One cause is acted upon once, whoever does it.
pub(super) fn command_id(policy: &'static str, cause: Position) -> CommandId {
    let id = cause.to_string();
    let body = Sha256::new_with_prefix(policy)
        .chain_update(b"\0")
        .chain_update(&id);
    CommandId {
        scope: Actor::System(policy).to_string(),
        id,
        body: body.finalize().into(),
    }
}

/// Waits; false when it is time to stop.
async fn pause(length: Duration, shutdown: &CancellationToken) -> bool {
    tokio::select! {
        () = shutdown.cancelled() => false,
        () = tokio::time::sleep(length) => true,
    }
}
