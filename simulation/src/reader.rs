//! Readers of the tail: quick and slow, of everything and of one channel.

use crate::dice::Dice;
use crate::node::{Running, World};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tributary_domain::{ChannelId, Position, Recorded};
use tributary_store::Filter;

/// The pause after a reading that failed.
const AGAIN_AFTER: Duration = Duration::from_millis(30);

/// What one reader saw.
#[derive(Debug)]
pub struct Reading {
    /// Who.
    pub name: String,
    /// What it asked for.
    pub filter: Filter,
    /// From where.
    pub after: Position,
    /// What it got, in order.
    pub events: Vec<Arc<Recorded>>,
    /// How far, as it was told.
    pub upto: Position,
    /// The first page that was not durable when it came, if there was one.
    pub too_early: Option<Position>,
    /// Whether its node still runs.
    pub lives: bool,
}

/// What every reader of a run saw.
#[derive(Debug, Default)]
pub struct Readings(Mutex<Vec<Reading>>);

impl Readings {
    /// All of it.
    pub fn all(&self) -> MutexGuard<'_, Vec<Reading>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether every reader whose node runs has come so far.
    pub fn have_reached(&self, position: Position) -> bool {
        let all = self.all();
        let mut living = all.iter().filter(|reading| reading.lives);
        living.all(|reading| reading.upto >= position)
    }

    fn begin(&self, reading: Reading) -> usize {
        let mut all = self.all();
        all.push(reading);
        all.len() - 1
    }
}

/// Lets three readers follow a node's log as long as it lives.
pub fn follow(
    world: &Arc<World>,
    readings: &Arc<Readings>,
    running: &Running,
    channel: ChannelId,
    dice: &Dice,
) {
    let head = world.database.position();
    let somewhere = Position::START
        .plus(usize::try_from(dice.below(head.since(Position::START) + 1)).unwrap_or(0));
    let kinds = [
        ("newest", running.log.head(), Filter::All, 0),
        ("channel", Position::START, Filter::Channel(channel), 50),
        ("slow", somewhere, Filter::All, 400),
    ];
    for (kind, after, filter, pause_ms_max) in kinds {
        let name = format!("{} reader of {kind}", running.name);
        let number = readings.begin(Reading {
            name,
            filter,
            after,
            events: vec![],
            upto: after,
            too_early: None,
            lives: true,
        });
        let mut tail = running.log.tail(after, filter);
        let (readings, life) = (Arc::clone(readings), Arc::clone(&running.life));
        let (world, dice) = (Arc::clone(world), dice.branch());
        tokio::spawn(async move {
            while let Some(page) = life.during(tail.next()).await {
                let pause = match page {
                    Ok(page) => {
                        let durable = world.database.position();
                        world.record.hear_of(page.upto);
                        let mut all = readings.all();
                        let reading = &mut all[number];
                        if page.upto > durable {
                            reading.too_early.get_or_insert(page.upto);
                        }
                        reading.upto = page.upto;
                        reading.events.extend(page.events);
                        Duration::from_millis(dice.below(pause_ms_max + 1))
                    }
                    Err(_) => AGAIN_AFTER,
                };
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            }
            readings.all()[number].lives = false;
        });
    }
}
