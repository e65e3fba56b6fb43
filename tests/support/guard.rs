//! What must be undone whatever ends a test, `kill -9` included: a shell waits for the end of a pipe that
//! only the test holds open.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

/// Undoes something when it is dropped, or this process is gone.
pub struct Guard(Child);

impl Guard {
    /// `script` reads what it is told from its input until that ends, and tidies up then.
    pub fn start(script: &str, arguments: &[&OsStr]) -> Self {
        let child = Command::new("sh")
            .args(["-c", script, "guard"])
            .args(arguments)
            // The terminal's Ctrl-C must not reach it.
            .process_group(0)
            .current_dir("/")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Tells it something, in one line.
    pub fn tell(&mut self, line: impl std::fmt::Display) {
        let pipe = self.0.stdin.as_mut().expect("it is open until the end");
        writeln!(pipe, "{line}").unwrap();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // It has done what could be done; a test that fails already must not panic again.
        drop(self.0.wait());
    }
}
