//! Tributary: an event-sourced live-streaming backend in one binary.
//!
//! | to find | look in |
//! |---|---|
//! | what is started, in which order, and how it stops | `server` |
//! | settings: file, environment, flag | `settings` |
//! | an encoder that goes live | `ingest` |
//! | a viewer who comes and goes | `presence` |
//! | what happens without anybody asking | `policies`, `recovery` |
//! | a command of the command line | `cli`, `operator` |
//! | proof that the log was not rewritten | `checkpoints`, `cli::log` |
//! | backups, and back from them | `backup` |
//! | pages, health, metrics, video over HTTP | `http` |

mod admission;
mod attendance;
mod backup;
mod checkpoints;
mod cli;
mod control;
mod descriptors;
mod erasure;
mod files;
mod folder;
mod health;
mod http;
mod ingest;
mod operator;
mod parts;
mod payments;
mod playing;
mod policies;
mod presence;
mod private;
mod reactions;
mod recordings;
mod recovery;
mod secret;
mod server;
mod settings;
mod trust;
mod vitals;
mod watched;
mod welcome;

/// A command makes and frees dozens of small objects, many on another thread than they came on. The C
/// library's allocator took a fifth of the time that a command takes.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
