//! `cargo xtask bench api`: what a request costs, beside async-graphql behind a bare axum, and how many chat
//! messages are sent and durable.
//!
//! Two processes: the server on the first core, the clients on the second. The database of PostgreSQL runs
//! where it likes, as it would on a machine of its own.

mod bare;
mod clients;
mod figures;
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
