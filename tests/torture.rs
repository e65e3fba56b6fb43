//! `kill -9`, again and again, while people chat and tip; after every start, everything must add up.
//!
//! `cargo xtask torture` does it for long. In a test run it is a few rounds on each engine.

mod audit;
mod chance;
mod client;
mod place;

use crate::support::api::Api;
use crate::support::server::Engine;
use crate::support::until;
use audit::Audit;
use chance::Chance;
use client::{Client, Round};
use indicatif::{ProgressBar, ProgressStyle};
use place::Place;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

tributary_store::on_both_engines!(whatever_is_killed_everything_adds_up);

const STREAMERS: usize = 2;
const CLIENTS: usize = 6;

/// Where nobody says for how long.
const ROUNDS: u64 = 3;

/// A rebuild looks at the whole log: not in every round.
const ROUNDS_PER_REBUILD: u64 = 10;

/// At most so many commands are acknowledged before the next kill.
const COMMANDS_MAX: usize = 300;

/// How long, and with which choices.
struct Plan {
    length: Option<Duration>,
    seed: u64,
}

impl Plan {
    /// `TORTURE_SECONDS` and `TORTURE_SEED`.
    fn read() -> Self {
        fn number<T: FromStr>(name: &str) -> Option<T> {
            let text = std::env::var(name).ok()?;
            let number = text.parse().ok();
            assert!(number.is_some(), "{name} is not a number: {text}");
            number
        }
        Self {
            length: number("TORTURE_SECONDS").map(Duration::from_secs),
            seed: number("TORTURE_SEED").unwrap_or(1),
        }
    }

    fn is_over(&self, start: Instant, rounds: u64) -> bool {
        match self.length {
            Some(length) => start.elapsed() >= length,
            None => rounds >= ROUNDS,
        }
    }
}

async fn whatever_is_killed_everything_adds_up(engine: Engine) {
    let plan = Plan::read();
    let chance = Chance::new(plan.seed);
    let mut place = Place::new(engine).await;
    let (mut streamers, mut channels) = (vec![], vec![]);
    for n in 0..STREAMERS {
        let name = format!("streamer{n}");
        place.site.streamer(&name).await;
        let streamer = place.server().api().log_in(&name).await;
        channels.push(streamer.channel(&name).await);
        streamers.push(streamer);
    }
    let mut clients = vec![];
    for n in 0..CLIENTS {
        let name = format!("client{n}");
        let api = place.server().api().register(&name).await;
        let chance = Chance::new(chance.number());
        clients.push(Client::new(&name, api, &channels, chance));
    }

    let bar = bar(&plan, engine);
    let (start, mut audit, acknowledged) = (Instant::now(), Audit::default(), Arc::default());
    let mut rounds = 0;
    while !plan.is_over(start, rounds) {
        clients = round(&mut place, clients, &chance, &acknowledged).await;
        sign_in(&place, &mut streamers, &mut clients).await;
        audit.check(&place, &streamers, &mut clients).await;
        rounds += 1;
        if rounds.is_multiple_of(ROUNDS_PER_REBUILD) {
            audit.check_read_models(&place).await;
        }
        let commands = acknowledged.load(Ordering::Relaxed);
        bar.set_position(start.elapsed().as_secs());
        bar.set_message(format!("{rounds} kills, {commands} commands acknowledged"));
    }
    audit.check_read_models(&place).await;
    place.stop().await;
    bar.finish_and_clear();
    println!(
        "{engine:?}, seed {}: {rounds} kills in {} s, {} commands acknowledged, none lost, none doubled",
        plan.seed,
        start.elapsed().as_secs(),
        acknowledged.load(Ordering::Relaxed),
    );
}

/// One kill. It returns when everything that was begun is acknowledged.
async fn round(
    place: &mut Place,
    clients: Vec<Client>,
    chance: &Chance,
    acknowledged: &Arc<AtomicU64>,
) -> Vec<Client> {
    let (address, server) = watch::channel(place.server().http.clone());
    let round = Round {
        server,
        finish: Arc::new(AtomicBool::new(false)),
        acknowledged: Arc::clone(acknowledged),
    };
    let running: Vec<_> = clients
        .into_iter()
        .map(|client| tokio::spawn(client.run(round.clone())))
        .collect();
    let enough = acknowledged.load(Ordering::Relaxed) + 1;
    let enough = enough + u64::try_from(chance.below(COMMANDS_MAX)).unwrap();
    until("enough commands are acknowledged", async || {
        // A client that failed tells why below.
        let failed = running.iter().any(tokio::task::JoinHandle::is_finished);
        (failed || acknowledged.load(Ordering::Relaxed) >= enough).then_some(())
    })
    .await;
    // The looks above come at even times; what is killed should be in the middle of anything.
    tokio::time::sleep(Duration::from_micros(chance.number() % 20_000)).await;
    place.kill_and_start(chance).await;
    address.send_replace(place.server().http.clone());
    round.finish.store(true, Ordering::Relaxed);
    let mut clients = vec![];
    for client in running {
        clients.push(client.await.unwrap());
    }
    clients
}

async fn sign_in(place: &Place, streamers: &mut [Api], clients: &mut [Client]) {
    let http = &place.server().http;
    for (n, streamer) in streamers.iter_mut().enumerate() {
        *streamer = streamer.at(http).log_in(&format!("streamer{n}")).await;
    }
    for client in clients {
        client.sign_in(http).await;
    }
}

/// Drawn only where there is a terminal.
fn bar(plan: &Plan, engine: Engine) -> ProgressBar {
    let Some(length) = plan.length else {
        return ProgressBar::hidden();
    };
    let style = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} s, {msg}").unwrap();
    ProgressBar::new(length.as_secs())
        .with_style(style)
        .with_prefix(format!("{engine:?}"))
}
