//! What befalls whole nodes: crashes, outages, clocks that are set, read models that are looked at.

use crate::check::Findings;
use crate::dice::Dice;
use crate::node::{Node, World};
use crate::plan::Engine;
use crate::reader::{Readings, follow};
use std::sync::Arc;
use std::time::Duration;
use tributary_domain::{ChannelId, Recorded};
use tributary_projections::testing::Memory;

/// An hour: what a clock is set back or forward by.
const HOUR_MS: i64 = 3_600_000;

/// Makes trouble until it is told to stop.
pub struct Trouble {
    /// The run.
    pub world: Arc<World>,
    /// Whom it befalls.
    pub nodes: Arc<Vec<Node>>,
    /// What the readers of nodes that start again see.
    pub readings: Arc<Readings>,
    /// What some of them follow.
    pub channel: ChannelId,
    /// What decides.
    pub dice: Dice,
}

impl Trouble {
    /// Goes on until it is dropped.
    pub async fn brew<T>(self) -> T {
        let plan = &self.world.plan;
        let crashes = self.every(plan.crash_every_ms, async || self.crash().await);
        let outages = self.every(plan.outage_every_ms, async || self.outage());
        let clocks = self.every(plan.clock_every_ms, async || self.set_a_clock());
        futures::join!(crashes, outages, clocks);
        std::future::pending().await
    }

    async fn every(&self, about_ms: u64, befall: impl AsyncFn()) {
        if about_ms == 0 {
            return;
        }
        loop {
            let ms = self.dice.between(1, 2 * about_ms);
            tokio::time::sleep(Duration::from_millis(ms)).await;
            befall().await;
        }
    }

    async fn crash(&self) {
        let node = self.dice.pick(&self.nodes);
        node.crash();
        if self.world.plan.engine == Engine::Sqlite && self.dice.chance(400) {
            let commits = usize::try_from(self.dice.below(8)).unwrap_or(0);
            self.world.memory.lose_last(commits);
        }
        let down_ms = self.dice.below(300);
        tokio::time::sleep(Duration::from_millis(down_ms)).await;
        let running = node.start().await;
        let (readings, channel) = (&self.readings, self.channel);
        follow(&self.world, readings, &running, channel, &self.dice);
    }

    fn outage(&self) {
        // Longer than all attempts to reach the database take, now and then.
        let most = *self.dice.pick(&[500, 4_000, 15_000]);
        let ms = self.dice.between(10, most);
        if self.dice.chance(500) {
            self.world.trace.note(format_args!("away for {ms} ms"));
            self.world.skies.go_away(ms);
        } else {
            self.world.trace.note(format_args!("full for {ms} ms"));
            self.world.skies.fill_disk(ms);
        }
    }

    fn set_a_clock(&self) {
        let by_ms = *self.dice.pick(&[-HOUR_MS, -HOUR_MS, HOUR_MS, -50, 50]);
        self.world
            .trace
            .note(format_args!("a clock steps {by_ms} ms"));
        self.dice.pick(&self.nodes).clock.step(by_ms);
    }
}

/// The read models are a fold of the log, each up to where it stands.
pub async fn views(world: &World, events: &[Arc<Recorded>], findings: &mut Findings) {
    let folded = Memory::like_sqlite();
    if let Err(error) = folded.fold(events).await {
        findings.note("events can be folded", error);
        return;
    }
    if let Some(difference) = world.memory.difference(&folded) {
        findings.note("read models are a fold of the log", difference);
    }
}
