//! Programs beside ours: each is started on the server's core, and ended when it is dropped.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::on_server_core;
use crate::workspace::root;

/// A running program that serves video.
pub struct Peer {
    child: Child,
    /// `host:port` of HTTP.
    pub http: String,
    /// `host:port` of RTMP, if it takes any.
    pub rtmp: Option<String>,
}

impl Peer {
    /// The bare program, which is this one.
    pub fn bare() -> Result<Self> {
        let mut command = on_server_core(env::current_exe()?);
        command.args(["bench", "media", "--serve-bare", "127.0.0.1:0"]);
        Self::start(command)
    }

    /// node-media-server, as `tests/node` has it.
    pub fn node_media_server() -> Result<Self> {
        let folder = root().join("tests/node");
        let installed = folder.join("node_modules/node-media-server");
        if !Path::new(&installed).is_dir() {
            bail!("node-media-server is not there: run `npm ci` in tests/node");
        }
        let mut command = on_server_core("node");
        command.arg("media-server.mjs").current_dir(folder);
        Self::start(command)
    }

    /// It says `ready <http> [<rtmp>]` once it is.
    fn start(mut command: Command) -> Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()?;
        let out = child.stdout.take().context("it has an output")?;
        let mut peer = Self {
            child,
            http: String::new(),
            rtmp: None,
        };
        for line in BufReader::new(out).lines() {
            let line = line?;
            let mut words = line.split_whitespace();
            if words.next() == Some("ready") {
                peer.http = words.next().context("an address")?.to_owned();
                peer.rtmp = words.next().map(str::to_owned);
                return Ok(peer);
            }
        }
        bail!("it has ended")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Nothing to do for one that has ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
