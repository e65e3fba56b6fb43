//! What taking in RTMP costs: the core alone, beside a bare copy of the same bytes, and the whole server
//! with 200 publishers. Run it with `cargo xtask bench rtmp`.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on stops there"
)]

mod parse;
mod publishers;

fn main() {
    let mut seconds = 5;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // Cargo's own.
            "--bench" => {}
            "--seconds" => {
                let value = arguments.next().and_then(|value| value.parse().ok());
                seconds = value.expect("--seconds takes a whole number");
            }
            _ => {
                println!("cargo xtask bench rtmp [--seconds N]   how long publishers send");
                return;
            }
        }
    }
    parse::run();
    publishers::run(seconds);
}
