//! A server that lives some days ago; see `clock.c`.

use super::server::Site;
use std::process::Command;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/clock.c");

/// How far back the clock is, for the library.
const BACK: &str = "CLOCK_BACK_SECONDS";

const DAY_SECONDS: u32 = 24 * 60 * 60;

/// The site with its clock so many days back.
pub fn days_ago(site: Site, days: u32) -> Site {
    let library = site.folder.path().join("clock.so");
    let made = Command::new("cc")
        .args(["-O2", "-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(SOURCE)
        .status();
    assert!(made.unwrap().success(), "clock.c is not compiled");
    site.set("LD_PRELOAD", library.to_str().unwrap())
        .set(BACK, &(days * DAY_SECONDS).to_string())
}

/// The site at the time that it is.
pub fn today(site: Site) -> Site {
    site.set(BACK, "0")
}
