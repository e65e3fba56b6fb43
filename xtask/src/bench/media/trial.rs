//! One server, one stream, many viewers.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::crowd::Crowd;
use super::on_server_core;
use super::peer::Peer;
use crate::bench::instance::Instance;
use crate::bench::process::{cpu_seconds, memory};
use crate::bench::publisher::{Publisher, audio_time_ms, time_ms};
use crate::bench::viewer::Viewer;

/// From the first frame to the viewers: a broadcast keeps its last fifteen seconds, whoever watches, and what
/// they take of memory is not to be counted as the viewers'.
const FILL: Duration = Duration::from_secs(17);

/// From the last viewer to what is measured.
const SETTLE: Duration = Duration::from_secs(2);

/// Viewers that come one by one, alone and while the others watch: enough for a 99th percentile.
const LATE_VIEWERS: usize = 200;

/// Between them: not a multiple of the time between frames.
const BETWEEN_VIEWERS: Duration = Duration::from_millis(17);

/// The key of peers that take any.
const KEY: &str = "bench";

/// Whom the viewers watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Bare,
    NodeMediaServer,
    /// Ours, with a merge interval in milliseconds.
    Ours(String),
}

impl Kind {
    fn read(word: &str) -> Result<Self> {
        match word {
            "bare" => Ok(Self::Bare),
            "node-media-server" => Ok(Self::NodeMediaServer),
            ms if ms.parse::<u32>().is_ok() => Ok(Self::Ours(ms.to_owned())),
            _ => {
                bail!("{word:?} is not bare, node-media-server or a merge interval in milliseconds")
            }
        }
    }
}

impl Trial {
    /// Reads what is to be measured: a kind, then `x` and a number of viewers where they are not as many as
    /// usual, then `-stop` where they are to stop reading at the end.
    pub fn read(words: &str, viewers: usize, seconds: u64) -> Result<Self> {
        let (words, stops) = match words.strip_suffix("-stop") {
            Some(words) => (words, true),
            None => (words, false),
        };
        let (kind, viewers) = match words.rsplit_once('x') {
            Some((kind, many)) if many.parse::<usize>().is_ok() => (kind, many.parse()?),
            _ => (words, viewers),
        };
        Ok(Self {
            kind: Kind::read(kind)?,
            viewers,
            seconds,
            stops,
        })
    }
}

/// What is to be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    pub kind: Kind,
    pub viewers: usize,
    pub seconds: u64,
    /// Whether the viewers stop reading at the end.
    pub stops: bool,
}

/// What was.
pub struct Outcome {
    name: String,
    cpu_share: f64,
    cpu_per_gb: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Of what was published times the viewers.
    delivered: f64,
    here: usize,
    viewer_kib: f64,
    /// Of each viewer, for a picture.
    reads: f64,
    /// How long viewers waited for a key frame, p50 and p99: one alone, and one while all others watch.
    first_ms: [(f64, f64); 2],
    /// What the process took more once nobody read any more.
    stopped_kib: Option<i64>,
}

impl Outcome {
    pub const HEADINGS: &str = "server               CPU of a core   CPU s/GB   p50 ms   p99 ms   delivered   \
         viewers   KiB each   reads a picture   first key frame, p50 / p99 ms: alone, with the others";

    /// What is promised of ours, as far as this says something of it; the peer's CPU for a GB, in the same run.
    pub fn promises(&self, trial: &Trial, peer: Option<f64>) -> Vec<String> {
        let mut all = vec![];
        let mut say = |what: &str, seen: f64, most: f64| {
            let verdict = if seen <= most { "kept" } else { "MISSED" };
            all.push(format!("  {verdict}: {what}: {seen:.2}, at most {most:.2}"));
        };
        let Kind::Ours(merge) = &trial.kind else {
            return all;
        };
        if trial.viewers == 1_000 && !trial.stops {
            let (gb, p99) = match merge.as_str() {
                "33" => (1.0, Some(50.0)),
                "350" => (0.55, None),
                "0" => (2.2, Some(15.0)),
                _ => return all,
            };
            say("CPU s/GB", self.cpu_per_gb, gb);
            if let Some(peer) = peer.filter(|_| merge == "33") {
                say(
                    "CPU s/GB, of node-media-server's",
                    self.cpu_per_gb / peer,
                    0.57,
                );
            }
            if let Some(p99) = p99 {
                say("added latency p99, ms", self.p99_ms, p99);
            }
            say("KiB for a viewer", self.viewer_kib, 16.0);
            if merge == "33" {
                let [(_, alone), (_, others)] = self.first_ms;
                say("first key frame alone p99, ms", alone, 1.0);
                say("first key frame with 1,000 others p99, ms", others, 10.0);
            }
        }
        if trial.viewers > 1_000 {
            say(
                "not delivered in time, %",
                (1.0 - self.delivered) * 100.0,
                1.0,
            );
        }
        if let Some(kib) = self.stopped_kib {
            let mib = to_f64(kib.max(0).unsigned_abs()) / 1_024.0;
            say("MiB more once nobody reads", mib, 4.0);
        }
        all
    }

    /// What a GB cost.
    pub const fn cpu_per_gb(&self) -> f64 {
        self.cpu_per_gb
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<20} {:>13.1} % {:>9.2} {:>9.1} {:>8.1} {:>9.1} % {:>9} {:>10.1} {:>17.2}",
            self.name,
            self.cpu_share * 100.0,
            self.cpu_per_gb,
            self.p50_ms,
            self.p99_ms,
            self.delivered * 100.0,
            self.here,
            self.viewer_kib,
            self.reads,
        )?;
        for (p50, p99) in &self.first_ms {
            write!(f, "   {p50:.1} / {p99:.1}")?;
        }
        if let Some(kib) = self.stopped_kib {
            write!(f, "   stopped reading: {kib:+} KiB")?;
        }
        Ok(())
    }
}

impl Trial {
    pub fn run(&self, binary: &Path) -> Result<Outcome> {
        match &self.kind {
            Kind::Bare => {
                let peer = Peer::bare()?;
                self.measure("bare writes", peer.pid(), &peer.http, "/")
            }
            Kind::NodeMediaServer => {
                let peer = Peer::node_media_server()?;
                let rtmp = peer.rtmp.as_deref().context("an address of RTMP")?;
                let path = format!("/live/{KEY}.flv");
                self.watching(rtmp, KEY, || {
                    self.measure("node-media-server", peer.pid(), &peer.http, &path)
                })
            }
            Kind::Ours(merge_ms) => {
                let settings = [("TRIBUTARY_PLAYBACK_MERGE_MS", merge_ms.as_str())];
                let server = Instance::start_as(binary, &settings, on_server_core(binary))?;
                let key = server.channel("ada")?;
                let name = format!("ours, merge {merge_ms} ms");
                self.watching(&server.rtmp, &key, || {
                    self.measure(&name, server.pid(), &server.http, "/live/ada.flv")
                })
            }
        }
    }

    /// Does something while a stream is on.
    fn watching<T>(&self, rtmp: &str, key: &str, what: impl FnOnce() -> Result<T>) -> Result<T> {
        let mut publisher = Publisher::publish(rtmp, key)?;
        publisher.send_headers()?;
        let stop = AtomicBool::new(false);
        scope(|scope| {
            let publishing = scope.spawn(|| publish(publisher, &stop));
            sleep(FILL);
            let done = what();
            stop.store(true, Ordering::Relaxed);
            match publishing.join() {
                Ok(published) => done.and_then(|done| published.map(|()| done)),
                Err(_) => bail!("the publisher panicked"),
            }
        })
    }

    fn measure(&self, name: &str, pid: u32, http: &str, path: &str) -> Result<Outcome> {
        let mut crowd = Crowd::new()?;
        let alone_ms = late(&mut crowd, http, path)?;
        let before = memory(pid)?.rss;
        for _ in 0..self.viewers {
            crowd.join(http, path)?;
            crowd.turn()?;
        }
        crowd.watch(SETTLE)?;
        let viewers = u64::try_from(self.viewers)?;
        let grown_kib = memory(pid)?.rss.saturating_sub(before);
        crowd.reset();
        let (began, cpu_before) = (Instant::now(), cpu_seconds(pid)?);
        crowd.watch(Duration::from_secs(self.seconds))?;
        let (took, cpu) = (began.elapsed(), cpu_seconds(pid)? - cpu_before);
        let (bytes, reads) = (crowd.bytes, crowd.reads);
        ensure!(bytes > 0, "{name} delivers nothing");
        let (p50_ms, p99_ms) = (crowd.latency_ms(50)?, crowd.latency_ms(99)?);
        // Pictures rather than bytes: each server has its own framing.
        let pictures = to_f64(u64::try_from(crowd.latencies_us.len())?);
        let published = took.as_secs_f64() * 30.0 * to_f64(viewers);
        let first_ms = [alone_ms, late(&mut crowd, http, path)?];
        let here = crowd.here();
        let stopped_kib = if self.stops {
            let reading = i64::try_from(memory(pid)?.rss)?;
            sleep(Duration::from_secs(self.seconds));
            Some(i64::try_from(memory(pid)?.rss)? - reading)
        } else {
            None
        };
        Ok(Outcome {
            name: name.to_owned(),
            cpu_share: cpu / took.as_secs_f64(),
            cpu_per_gb: cpu / (to_f64(bytes) / 1e9),
            p50_ms,
            p99_ms,
            delivered: pictures / published,
            here,
            viewer_kib: to_f64(grown_kib) / to_f64(viewers),
            reads: to_f64(reads) / pictures,
            first_ms,
            stopped_kib,
        })
    }
}

/// Viewers that come while the others watch: how long until each has a key frame.
fn late(crowd: &mut Crowd, http: &str, path: &str) -> Result<(f64, f64)> {
    let is_over = AtomicBool::new(false);
    let mut waited = scope(|scope| {
        let late = scope.spawn(|| {
            let waited = (0..LATE_VIEWERS).map(|_| {
                sleep(BETWEEN_VIEWERS);
                let began = Instant::now();
                let mut viewer = Viewer::watch_at(http, path)?;
                let (_, came) = viewer.key_frame()?;
                Ok(came.saturating_duration_since(began))
            });
            let waited: Result<Vec<Duration>> = waited.collect();
            is_over.store(true, Ordering::Relaxed);
            waited
        });
        while !is_over.load(Ordering::Relaxed) {
            crowd.turn()?;
        }
        late.join().unwrap_or_else(|_| bail!("a viewer panicked"))
    })?;
    waited.sort_unstable();
    let at = |percent: usize| {
        let rank = (waited.len() * percent).div_ceil(100);
        let waited = waited.get(rank.saturating_sub(1));
        waited.copied().unwrap_or_default().as_secs_f64() * 1_000.0
    };
    Ok((at(50), at(99)))
}

/// Sends pictures and sound, each at its time.
fn publish(mut publisher: Publisher, stop: &AtomicBool) -> Result<()> {
    let began = Instant::now();
    let (mut number, mut sound) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let (due_ms, sound_ms) = (time_ms(number), audio_time_ms(sound));
        let due = began + Duration::from_millis(due_ms.min(sound_ms).into());
        sleep(due.saturating_duration_since(Instant::now()));
        if sound_ms < due_ms {
            publisher.send_audio(sound)?;
            sound += 1;
        } else {
            publisher.send_frame(number)?;
            number += 1;
        }
    }
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures are printed with three digits"
)]
const fn to_f64(number: u64) -> f64 {
    number as f64
}
