//! Who runs the server.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::workspace::output;

/// Ourselves, or another user if we are root: PostgreSQL refuses to run as root.
pub struct Owner(Option<(u32, u32)>);

impl Owner {
    /// The user `postgres` that the package makes, if we are root.
    pub fn choose() -> Result<Self> {
        if id("--user", None)? != 0 {
            return Ok(Self(None));
        }
        let name = if id("--user", Some("postgres")).is_ok() {
            "postgres"
        } else {
            "nobody"
        };
        Ok(Self(Some((
            id("--user", Some(name))?,
            id("--group", Some(name))?,
        ))))
    }

    /// A command that runs as the owner, out of reach of the terminal's Ctrl-C: only the guard
    /// ends the server, and nothing but the pipe ends the guard.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command.process_group(0);
        command
    }

    /// Makes the owner own a file or folder.
    pub fn give(&self, path: &Path) -> Result<()> {
        let Some((user, group)) = self.0 else {
            return Ok(());
        };
        chown(path, Some(user), Some(group))
            .with_context(|| format!("cannot give {} to the server's user", path.display()))
    }

    /// Whether the owner could make a folder here.
    pub fn can_write(&self, folder: &Path) -> bool {
        let script = r#"[ -w "$1" ] && [ -x "$1" ]"#;
        let mut test = self.command("sh");
        test.args(["-c", script, "test"])
            .arg(folder)
            .current_dir("/");
        test.status().is_ok_and(|status| status.success())
    }
}

fn id(what: &str, user: Option<&str>) -> Result<u32> {
    let id = output(Command::new("id").arg(what).args(user))?;
    id.trim().parse().context("`id` printed no number")
}
