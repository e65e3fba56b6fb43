//! `cargo xtask bench server`: the release binary from outside.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::figures::{Figure, machine};
use super::instance::Instance;
use super::process::{Memory, memory};
use super::publisher::{GROUP_FRAMES, Publisher, audio_time_ms, is_key, time_ms};
use super::viewer::Viewer;
use crate::workspace::{cargo, output, status, step};

/// How often the server is started.
const STARTS: usize = 7;

/// How long it is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(5);

/// How often each of the other figures is measured, unless told otherwise.
const SAMPLES: usize = 50;

/// From the decoders' configurations to the first key frame: the viewers' wake-up for the former is
/// over then, and does not hold the latter back.
const SETTLE: Duration = Duration::from_millis(100);

/// Between viewers of a running stream. Not a multiple of the time between frames, so that they
/// come at any moment of a group of pictures.
const BETWEEN_VIEWERS: Duration = Duration::from_millis(47);

/// No figure's measurement takes longer.
const MEASURE_MAX: Duration = Duration::from_secs(300);

/// What is asked for.
struct Options {
    samples: usize,
    /// A binary that is there already, instead of one that is built now.
    binary: Option<PathBuf>,
}

/// Measures, and builds first unless `--binary <file>` names what to measure. `--samples <n>` is how
/// often.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let Options { samples, binary } = options(arguments)?;
    let binary = match binary {
        Some(binary) => binary.canonicalize().context("the binary to measure")?,
        None => step("build", build)?,
    };
    println!("{}", machine());

    let start = step("cold start", || cold_start(&binary))?;
    let (server, memory) = step("idle memory", || idle_memory(&binary))?;
    let waiting = step("first key frame, viewers waiting", || {
        viewers_waiting(&server, samples)
    })?;
    let [first_byte, first_key, on_air] =
        step("running stream", || running_stream(&server, samples))?;
    step("stop", || server.stop())?;

    println!("\n{}", machine());
    println!("{}", memory.text);
    let figures = [start, waiting, first_byte, first_key, on_air];
    for figure in &figures {
        println!("{figure}");
    }
    println!("\nOne line of JSON for each figure:");
    println!("{}", memory.json);
    figures.iter().for_each(Figure::print_json);
    Ok(ExitCode::SUCCESS)
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options {
        samples: SAMPLES,
        binary: None,
    };
    for pair in arguments.chunks(2) {
        match pair {
            [flag, count] if flag == "--samples" => {
                let count: Option<usize> = count.parse().ok();
                let count = count.filter(|count| (1..=500).contains(count));
                options.samples = count.context("`--samples` is from 1 to 500")?;
            }
            [flag, file] if flag == "--binary" => options.binary = Some(file.into()),
            _ => bail!("`cargo xtask bench server` takes `--samples <n>` and `--binary <file>`"),
        }
    }
    Ok(options)
}

/// Builds the release binary, and tells where it is.
pub fn build() -> Result<PathBuf> {
    let built = status(cargo().args(["build", "--release", "--package", "tributary"]))?;
    ensure!(built.success(), "the release binary cannot be built");
    let metadata = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    let target = metadata["target_directory"].as_str();
    let target = target.context("cargo metadata names no target folder")?;
    Ok(Path::new(target).join("release/tributary"))
}

fn cold_start(binary: &Path) -> Result<Figure> {
    let mut samples = Vec::new();
    for _ in 0..STARTS {
        let server = Instance::start(binary)?;
        samples.push(server.start);
        server.stop()?;
    }
    Ok(Figure::new(
        "cold start on an empty folder, until ready",
        samples,
    ))
}

struct Idle {
    text: String,
    json: Value,
}

fn idle_memory(binary: &Path) -> Result<(Instance, Idle)> {
    let server = Instance::start(binary)?;
    sleep(IDLE);
    let Memory { rss, pss } = memory(server.pid())?;
    let file = fs::metadata(binary)?.len() / 1_024;
    let mebibytes = |kib: u64| format!("{}.{} MiB", kib / 1_024, kib % 1_024 * 10 / 1_024);
    let memory = Idle {
        text: format!(
            "memory after {} s idle: RSS {}, PSS {}; the binary: {}",
            IDLE.as_secs(),
            mebibytes(rss),
            mebibytes(pss),
            mebibytes(file)
        ),
        json: json!({
            "figure": "idle memory", "unit": "KiB", "rss": rss, "pss": pss, "binary": file,
        }),
    };
    Ok((server, memory))
}

/// Each viewer waits on a channel of its own, which has never shown a picture.
fn viewers_waiting(server: &Instance, samples: usize) -> Result<Figure> {
    let until = Instant::now() + MEASURE_MAX;
    let mut taken = Vec::new();
    for number in 0..samples {
        ensure!(Instant::now() < until, "this takes too long");
        let name = format!("first-{number}");
        let key = server.channel(&name)?;
        let mut publisher = Publisher::publish(&server.rtmp, &key)?;
        publisher.send_headers()?;
        let mut viewer = Viewer::watch(&server.http, &name)?;
        sleep(SETTLE);
        ensure!(viewer.first_byte.is_none(), "there is nothing to show yet");
        let sent = publisher.send_frame(0)?;
        taken.push(viewer.first_byte()?.saturating_duration_since(sent));
    }
    Ok(Figure::new(
        "first key frame sent → first byte at a viewer who waits",
        taken,
    ))
}

/// A stream in real time: viewers who come to it, and a viewer who stays.
fn running_stream(server: &Instance, samples: usize) -> Result<[Figure; 3]> {
    let name = "running";
    let key = server.channel(name)?;
    let mut publisher = Publisher::publish(&server.rtmp, &key)?;
    publisher.send_headers()?;
    let (tell, sent) = mpsc::channel();
    let stop = AtomicBool::new(false);
    let measured = thread::scope(|scope| {
        let publishing = scope.spawn(|| publish_in_real_time(publisher, &tell, &stop));
        let measured = measure_running(server, name, samples, &sent);
        stop.store(true, Ordering::Relaxed);
        match publishing.join() {
            Ok(published) => published.and(measured),
            Err(_) => bail!("the publisher panicked"),
        }
    })?;
    let [first_byte, first_key, on_air] = measured;
    Ok([
        Figure::new("running stream: a viewer connects → first byte", first_byte),
        Figure::new(
            "running stream: a viewer connects → first whole key frame",
            first_key,
        ),
        Figure::new(
            "running stream: key frame sent → whole at a viewer who watches",
            on_air,
        ),
    ])
}

/// Sends pictures and sound, each at its time, and tells when a key frame was sent.
fn publish_in_real_time(
    mut publisher: Publisher,
    tell: &mpsc::Sender<(u32, Instant)>,
    stop: &AtomicBool,
) -> Result<()> {
    let began = Instant::now();
    let (mut number, mut sound) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let (due_ms, sound_ms) = (time_ms(number), audio_time_ms(sound));
        let due = began + Duration::from_millis(due_ms.min(sound_ms).into());
        sleep(due.saturating_duration_since(Instant::now()));
        if sound_ms < due_ms {
            publisher.send_audio(sound)?;
            sound += 1;
            continue;
        }
        let sent = publisher.send_frame(number)?;
        if is_key(number) {
            tell.send((number, sent)).context("nobody measures")?;
        }
        number += 1;
    }
    Ok(())
}

fn measure_running(
    server: &Instance,
    name: &str,
    samples: usize,
    sent: &mpsc::Receiver<(u32, Instant)>,
) -> Result<[Vec<Duration>; 3]> {
    let until = Instant::now() + MEASURE_MAX;
    let mut staying = Viewer::watch(&server.http, name)?;
    staying.key_frame()?;
    let (mut first_byte, mut first_key) = (Vec::new(), Vec::new());
    for _ in 0..samples {
        ensure!(Instant::now() < until, "this takes too long");
        let began = Instant::now();
        let mut viewer = Viewer::watch(&server.http, name)?;
        first_byte.push(viewer.first_byte()?.saturating_duration_since(began));
        first_key.push(viewer.key_frame()?.1.saturating_duration_since(began));
        sleep(BETWEEN_VIEWERS);
    }
    // Alone from here on. What came meanwhile was taken late, and does not count.
    let newest = sent.try_iter().last().map_or(0, |(number, _)| number);
    let mut on_air = Vec::new();
    while on_air.len() < samples {
        ensure!(Instant::now() < until, "this takes too long");
        let (number, came) = staying.key_frame()?;
        if number <= newest + GROUP_FRAMES {
            continue;
        }
        let (_, began) = sent
            .iter()
            .find(|(sent, _)| *sent == number)
            .context("a key frame came that was not sent")?;
        on_air.push(came.saturating_duration_since(began));
    }
    Ok([first_byte, first_key, on_air])
}
