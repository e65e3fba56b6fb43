//! What makes sure that nothing of a server is left.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::owner::Owner;
use super::{STOP_MAX, wait};

/// `$1` is the folder; the words after it stop the server. The server's process id comes through
/// the pipe. The folder may already be gone, and the server with nothing to be stopped by: then it
/// is signalled (`QUIT` is PostgreSQL's immediate shutdown).
const GUARD: &str = r#"
folder=$1; shift
server=
while read -r line; do server=$line; done
if [ -n "$server" ]; then "$@" || kill -QUIT "$server"; fi
tries=0
until rm -rf -- "$folder" || [ "$tries" -ge 50 ]; do tries=$((tries + 1)); sleep 0.1; done
"#;

/// The process that tidies up after us.
pub struct Guard(Child);

impl Guard {
    /// Guards a folder in which no server runs yet.
    pub fn start(owner: &Owner, programs: &Path, folder: &Path) -> Result<Self> {
        owner
            .command("sh")
            .args(["-c", GUARD, "guard"])
            .arg(folder)
            .arg(programs.join("pg_ctl"))
            .args([
                "stop",
                "--silent",
                "--mode=immediate",
                "--timeout=10",
                "--pgdata",
            ])
            .arg(folder.join("data"))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Self)
            .context("cannot run sh")
    }

    /// Names the process to stop, in place of any named before.
    pub fn watch(&mut self, server: &Child) -> Result<()> {
        let pipe = self
            .0
            .stdin
            .as_mut()
            .context("the guard's pipe is closed")?;
        writeln!(pipe, "{}", server.id()).context("the guard is gone")
    }

    /// Lets it do its work, and waits for it.
    pub fn finish(&mut self) -> Result<()> {
        drop(self.0.stdin.take());
        ensure!(
            wait(&mut self.0, STOP_MAX)?,
            "PostgreSQL takes too long to stop"
        );
        Ok(())
    }

    /// Ends it with nothing done.
    pub fn dismiss(mut self) {
        // It fails only if the guard has ended already, which is as good.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Drop for Guard {
    /// An error between the guard's start and the server's also leaves a folder to remove.
    fn drop(&mut self) {
        drop(self.finish());
    }
}
