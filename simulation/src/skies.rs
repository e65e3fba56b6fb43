//! What goes wrong, and when: the weather over a run's database.

use crate::dice::Dice;
use crate::plan::Plan;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// How much longer a slow operation takes.
const SLOW_FACTOR: u64 = 100;

/// The longest that a statement whose client is gone may still be on its way, in milliseconds.
const LATE_MS_MAX: u64 = 3_000;

/// So many ways to the database are more than any run has. Whoever goes more often goes round in
/// circles: from then on each way takes a second, so that the end of the run comes.
const TRAVELS_MAX: u64 = 300_000;

/// What becomes of an append on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journey {
    /// It arrives, and the answer comes back.
    Through,
    /// The database does not take it now, and says so.
    Busy,
    /// The connection breaks before it arrives.
    Lost,
    /// The connection breaks when it was carried out.
    AnswerLost,
    /// The connection breaks, and the server carries it out after so many milliseconds.
    Late(u64),
}

/// See the [module](self).
pub struct Skies {
    dice: Dice,
    plan: Plan,
    start: Instant,
    calm: AtomicBool,
    travels: AtomicU64,
    /// Until when, in milliseconds of the run, the database cannot be reached.
    away_until_ms: AtomicU64,
    /// Until when its disk is full.
    full_until_ms: AtomicU64,
}

impl Skies {
    /// The weather of a plan.
    pub fn new(dice: Dice, plan: Plan) -> Self {
        Self {
            dice,
            plan,
            start: Instant::now(),
            calm: AtomicBool::new(false),
            travels: AtomicU64::new(0),
            away_until_ms: AtomicU64::new(0),
            full_until_ms: AtomicU64::new(0),
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// From now on nothing goes wrong.
    pub fn clear_up(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    /// Nobody reaches the database for so long.
    pub fn go_away(&self, ms: u64) {
        self.away_until_ms
            .store(self.now_ms() + ms, Ordering::Relaxed);
    }

    /// The database takes no rows for so long.
    pub fn fill_disk(&self, ms: u64) {
        self.full_until_ms
            .store(self.now_ms() + ms, Ordering::Relaxed);
    }

    /// A number below `count`.
    pub fn below(&self, count: u64) -> u64 {
        self.dice.below(count)
    }

    /// Whether the database cannot be reached.
    pub fn is_away(&self) -> bool {
        !self.is_calm() && self.now_ms() < self.away_until_ms.load(Ordering::Relaxed)
    }

    fn is_full(&self) -> bool {
        !self.is_calm() && self.now_ms() < self.full_until_ms.load(Ordering::Relaxed)
    }

    fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    fn strikes(&self, per_mille: u64) -> bool {
        !self.is_calm() && self.dice.chance(per_mille)
    }

    /// One way to the database, or back.
    pub async fn travel(&self) {
        let mut ms = self.dice.below(self.plan.latency_ms_max + 1);
        if self.travels.fetch_add(1, Ordering::Relaxed) > TRAVELS_MAX {
            ms += 1_000;
        }
        if self.strikes(self.plan.rates.slow) {
            ms = (ms + 1) * SLOW_FACTOR;
        }
        if ms > 0 {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        } else if self.dice.chance(500) {
            tokio::task::yield_now().await;
        }
    }

    /// Whether a reading fails.
    pub fn reading_fails(&self) -> bool {
        self.is_away() || self.strikes(self.plan.rates.reading)
    }

    /// What becomes of an append that can be sent.
    pub fn journey(&self) -> Journey {
        if self.is_full() || self.is_away() || self.strikes(self.plan.rates.busy) {
            return Journey::Busy;
        }
        if !self.strikes(self.plan.rates.cut) {
            return Journey::Through;
        }
        if self.dice.chance(80) {
            // It is the network, and for longer than all attempts to look for the append take.
            self.go_away(self.dice.between(100, 12_000));
        }
        match self.dice.below(3) {
            0 => Journey::Lost,
            1 => Journey::AnswerLost,
            _ => Journey::Late(self.late_ms()),
        }
    }

    /// Whether a question to the writing connection gets no answer, so that the node stops waiting.
    pub fn stays_silent(&self) -> bool {
        self.strikes(self.plan.rates.cut)
    }

    /// What becomes of an append whose node is gone: never, at once, or after a while.
    pub fn orphan(&self) -> Option<u64> {
        match self.dice.below(3) {
            0 => None,
            1 => Some(0),
            _ => Some(self.late_ms()),
        }
    }

    /// Often about as long as it takes to look for what was written.
    fn late_ms(&self) -> u64 {
        let most = *self.dice.pick(&[30, LATE_MS_MAX]);
        self.dice.below(most)
    }

    /// Whether a projector's connection breaks at a step, and if so, whether after it took effect. Who is
    /// spared meets no accident, only a database that is away.
    pub fn projector_cut(&self, is_spared: bool) -> Option<bool> {
        let accident = self.strikes(self.plan.rates.projector);
        let cut = self.is_away() || (accident && !is_spared);
        cut.then(|| self.dice.chance(500))
    }
}
