//! `cargo xtask bench fanout`: how fast what happens reaches those who follow it, beside bare frames.
//!
//! Two processes: the server on the first core, the clients on the second. The server is the API itself on
//! a log on SQLite; for deliveries at full speed its events are put into the tail, so that no append is
//! measured, a window of them in flight at a time. "Bare" is a prepared frame that is broadcast with its
//! writes batched, by the same clients in the same run: what the sockets of this machine can do.

mod bare;
mod clients;
mod figures;
mod peer;
mod server;
#[path = "../support/mod.rs"]
mod support;

use figures::Plan;
use std::process::ExitCode;
use support::{machine, process};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--serve", "tributary"] => process::on_core(0, server::serve()),
        ["--serve", "bare"] => process::on_core(0, bare::serve()),
        words => match Plan::read(words) {
            Ok(plan) => {
                println!("{}", machine());
                process::on_core(1, figures::measure(plan))
            }
            Err(usage) => {
                eprintln!("{usage}");
                ExitCode::FAILURE
            }
        },
    }
}
