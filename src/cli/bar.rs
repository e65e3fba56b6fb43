//! Progress bars. They are drawn on standard error, and only where that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// How far work over events is, with its rate and the time that remains.
pub fn events(total: u64) -> ProgressBar {
    styled(
        total,
        "{bar:40} {human_pos}/{human_len} events, {per_sec}, {eta} left",
    )
}

/// How far work over a file is.
pub fn bytes(total: u64) -> ProgressBar {
    styled(
        total,
        "{bar:40} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left",
    )
}

fn styled(total: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
