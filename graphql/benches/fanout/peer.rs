//! What people would otherwise pick: a room of Socket.IO on Node, told to do the same by the same clients.

use super::clients::{Protocol, Wish};
use super::support::process::Server;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the programs of others live, and what they need.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/node")
}

/// Whether it was installed: `cargo xtask tools` does.
pub fn is_here() -> bool {
    folder().join("node_modules/socket.io").is_dir()
}

/// Starts it on the core of the servers.
pub fn start() -> Server {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0", "node"]);
    command.arg(folder().join("socket-io-room.mjs"));
    Server::of(command)
}

/// Everybody is in the room by being there.
pub fn wish() -> Wish {
    Wish {
        protocol: Protocol::SocketIo,
        subscriptions: Vec::new(),
        reads: true,
    }
}
