//! What is measured, and how it is shown.

use super::clients::{Clients, Protocol, Wish};
use super::peer;
use super::support::process::Server;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// How often the clients' count is looked at.
const LOOK: Duration = Duration::from_millis(1);

/// The longest wait for deliveries.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long memory is left alone before it is read.
const SETTLE: Duration = Duration::from_secs(3);

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// One part alone.
    only: Option<String>,
    /// How long each rate is measured.
    seconds: u64,
}

impl Plan {
    /// Reads `--only <part>` and `--seconds <n>`; what cargo adds is passed over.
    ///
    /// # Errors
    /// How it is used.
    pub fn read(words: &[&str]) -> Result<Self, &'static str> {
        let usage =
            "cargo xtask bench fanout [--only speed|pace|memory|stalled|groups] [--seconds 1-20]";
        let mut plan = Self {
            only: None,
            seconds: 3,
        };
        let mut words = words.iter().filter(|word| **word != "--bench");
        while let Some(word) = words.next() {
            match (*word, words.next().copied()) {
                ("--only", Some(part @ ("speed" | "pace" | "memory" | "stalled" | "groups"))) => {
                    plan.only = Some(part.to_owned());
                }
                ("--seconds", Some(count)) => {
                    let seconds = count.parse().ok().filter(|count| (1..=20).contains(count));
                    plan.seconds = seconds.ok_or(usage)?;
                }
                _ => return Err(usage),
            }
        }
        Ok(plan)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}

/// Measures everything that is asked for.
pub async fn measure(plan: Plan) {
    if plan.wants("speed") {
        println!("\ndeliveries per second at full speed");
        for followers in [100, 1_000, 5_000] {
            let bare = speed("bare", followers, plan.seconds).await;
            let ours = speed("tributary", followers, plan.seconds).await;
            let share = ours / bare;
            print!("{followers:>6} followers: {ours:>10.0}   bare {bare:>10.0}   share {share:.2}");
            if peer::is_here() {
                let peer = speed("socket.io", followers, plan.seconds).await;
                print!("   Socket.IO {peer:>8.0}   times {:.1}", ours / peer);
            }
            println!();
        }
    }
    if plan.wants("pace") {
        println!("\n1,000 followers at a pace: CPU s per million deliveries, p99 delay");
        for rate in [10, 60] {
            let [bare, ours] = [
                pace("bare", rate, plan.seconds * 2, 0).await,
                pace("tributary", rate, plan.seconds * 2, 0).await,
            ];
            print!(
                "{rate:>4}/s: {:.1} s, {:.1} ms   bare {:.1} s, {:.1} ms",
                ours.0, ours.1, bare.0, bare.1
            );
            if peer::is_here() {
                let peer = pace("socket.io", rate, plan.seconds * 2, 0).await;
                print!("   Socket.IO {:.1} s, {:.1} ms", peer.0, peer.1);
            }
            println!();
        }
    }
    if plan.wants("stalled") {
        println!("\n1,000 followers at 60/s, of whom 50 stop reading");
        let (cpu, p99, grown) = pace("tributary", 60, plan.seconds * 2, 50).await;
        println!(
            "CPU {cpu:.1} s per million, p99 {p99:.1} ms of the others, memory +{grown:.1} MiB"
        );
    }
    if plan.wants("memory") {
        memory().await;
    }
    if plan.wants("groups") {
        groups(plan.seconds).await;
    }
}

/// The subscription that everything is measured with; its messages have about 210 bytes.
fn subscription(channel: &str) -> String {
    let query = "subscription S($c: ID!) { chat(channelId: $c) { cursor message { text } } }";
    format!(r#"{{"query":"{query}","variables":{{"c":"{channel}"}}}}"#)
}

fn wish(kind: &str, server: &Server) -> Wish {
    if kind == "socket.io" {
        return peer::wish();
    }
    let channel = server.words.first().map_or("", String::as_str);
    Wish {
        protocol: Protocol::GraphqlTransportWs,
        subscriptions: vec![subscription(channel)],
        reads: true,
    }
}

async fn start(kind: &str, followers: usize, silent: usize) -> (Server, Clients) {
    let mut server = match kind {
        "socket.io" => peer::start(),
        kind => Server::start(kind, &[]),
    };
    let wish = wish(kind, &server);
    let wishes = (0..followers).map(|n| Wish {
        reads: n >= silent,
        ..wish.clone()
    });
    let clients = Clients::connect(server.address, wishes).await;
    // Everybody is there once a first message has come to everybody.
    let readers = u64::try_from(followers - silent).unwrap_or(0);
    begin(kind, &mut server, &clients, readers).await;
    clients.seen.deliveries.store(0, Relaxed);
    (server, clients)
}

/// Waits until everybody follows. What shows it is really said: a feed begins once the read models hold the
/// newest event, and they never hold one that was only put into the tail.
async fn begin(kind: &str, server: &mut Server, clients: &Clients, readers: u64) {
    let ours = kind == "tributary";
    let say = if ours { "say" } else { "inject 1" };
    reach(clients, readers, || server.tell(say)).await;
    if ours {
        server.ask("rehearse");
    }
}

/// Sends single messages until so many deliveries came and no more come.
async fn reach(clients: &Clients, wanted: u64, mut send: impl FnMut()) {
    let until = Instant::now() + PATIENCE;
    loop {
        let before = clients.seen.count();
        send();
        tokio::time::sleep(LOOK * 200).await;
        if clients.seen.count() - before >= wanted {
            return;
        }
        assert!(Instant::now() < until, "the followers do not come together");
    }
}

/// Deliveries per second with a window of messages in flight.
async fn speed(kind: &str, followers: usize, seconds: u64) -> f64 {
    let (mut server, clients) = start(kind, followers, 0).await;
    let window: u64 = match followers {
        0..=100 => 256,
        101..=1_000 => 64,
        _ => 32,
    };
    let each = u64::try_from(followers).unwrap_or(1);
    let mut sent = 0;
    let began = Instant::now();
    let length = Duration::from_secs(seconds);
    while began.elapsed() < length {
        let in_flight = sent - clients.seen.count() / each;
        if in_flight <= window / 2 {
            let more = window - in_flight;
            server.tell(&format!("inject {more}"));
            sent += more;
        }
        tokio::time::sleep(LOOK).await;
    }
    per_second(clients.seen.count(), began.elapsed())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure that is shown with three digits"
)]
fn per_second(count: u64, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure that is shown with three digits"
)]
fn ratio(count: u64, of: u64) -> f64 {
    count as f64 / of as f64
}

/// CPU seconds per million deliveries, p99 in ms, and MiB that the server grew by.
async fn pace(kind: &str, rate: u64, seconds: u64, silent: usize) -> (f64, f64, f64) {
    let (mut server, clients) = start(kind, 1_000, silent).await;
    let (cpu, memory) = (server.cpu(), server.memory());
    clients.seen.notes.store(true, Relaxed);
    let count = rate * seconds;
    server.tell(&format!("pace {rate} {count}"));
    let expected = count * u64::try_from(1_000 - silent).unwrap_or(0);
    let until = Instant::now() + Duration::from_secs(seconds) + PATIENCE;
    while clients.seen.count() < expected {
        assert!(Instant::now() < until, "deliveries are missing");
        tokio::time::sleep(LOOK * 20).await;
    }
    let cpu = (server.cpu() - cpu).as_secs_f64() / ratio(expected, 1_000_000);
    let grown = ratio(server.memory().saturating_sub(memory), 1_024 * 1_024);
    (cpu, clients.seen.p99().as_secs_f64() * 1_000.0, grown)
}

/// Resident memory for each connection that follows and hears nothing.
async fn memory() {
    const FOLLOWERS: usize = 8_000;
    println!("\nmemory for each idle connection that follows, of {FOLLOWERS}");
    let peer = peer::is_here().then_some("socket.io");
    for kind in ["bare", "tributary"].into_iter().chain(peer) {
        // The first thousand pay for what is there once, and what the start took is given back meanwhile.
        let (server, _first) = start(kind, 1_000, 0).await;
        tokio::time::sleep(SETTLE).await;
        let before = server.memory();
        let wish = wish(kind, &server);
        let wishes = (0..FOLLOWERS).map(|_| wish.clone());
        let _clients = Clients::connect(server.address, wishes).await;
        tokio::time::sleep(SETTLE).await;
        let grown = server.memory().saturating_sub(before);
        let each = ratio(grown, u64::try_from(FOLLOWERS).unwrap_or(1)) / 1_024.0;
        println!("{kind:>10}: {each:.1} KiB");
    }
}

/// What an event costs where few follow anything, and where 10,000 follow something else each.
async fn groups(seconds: u64) {
    const OTHERS: usize = 10_000;
    const ON_ONE: usize = 100;
    println!("\nan event for one follower, beside groups that follow something else");
    let (mut server, one) = start("tributary", 1, 0).await;
    let alone = cost(&mut server, &one, seconds).await;

    let mut server = Server::start("tributary", &[]);
    let others = server.ask(&format!("channels {OTHERS}"));
    let wishes = others.chunks(ON_ONE).map(|channels| Wish {
        protocol: Protocol::GraphqlTransportWs,
        subscriptions: channels
            .iter()
            .map(|channel| subscription(channel))
            .collect(),
        reads: true,
    });
    let _others = Clients::connect(server.address, wishes).await;
    let one = Clients::connect(server.address, [wish("tributary", &server)]).await;
    begin("tributary", &mut server, &one, 1).await;
    let groups = server.ask("groups").concat();
    let among = cost(&mut server, &one, seconds).await;
    println!("CPU for an event: {alone:.1} µs with 1 group, {among:.1} µs with {groups} groups");
}

/// Microseconds of CPU for an event that one follower hears.
async fn cost(server: &mut Server, clients: &Clients, seconds: u64) -> f64 {
    let (cpu, count) = (server.cpu(), clients.seen.count());
    let events = 2_000 * seconds;
    server.tell(&format!("pace 2000 {events}"));
    let until = Instant::now() + PATIENCE;
    while clients.seen.count() - count < events {
        let came = clients.seen.count() - count;
        assert!(Instant::now() < until, "{came} of {events} deliveries came");
        tokio::time::sleep(LOOK * 10).await;
    }
    (server.cpu() - cpu).as_secs_f64() * 1_000_000.0 / ratio(events, 1)
}
