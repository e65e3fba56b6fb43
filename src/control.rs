//! The socket in the data folder through which the command line reaches the running server. Who may
//! open it is the file system's to say: it is its owner's alone.

use crate::operator::{self, Ask, Reply};
use crate::parts::Core;
use anyhow::Context as _;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The longest line that is read.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// Replies that may wait to be written.
const REPLIES_MAX: usize = 64;

/// Listens at `path`. A socket that a dead server left there is replaced: the folder's lock says that
/// it is dead.
///
/// # Errors
/// When the path cannot be used.
pub fn listen(path: &Path) -> anyhow::Result<UnixListener> {
    let listen = || -> std::io::Result<UnixListener> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        Ok(listener)
    };
    listen().with_context(|| format!("the control socket {} cannot be made", path.display()))
}

/// Serves one question per connection until `shutdown`.
pub async fn serve(
    listener: UnixListener,
    core: Core,
    rtmp_addr: SocketAddr,
    shutdown: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((socket, _)) = accepted else { continue };
        let core = core.clone();
        tokio::spawn(async move {
            if let Err(error) = answer(socket, core, rtmp_addr).await {
                tracing::debug!(
                    error = format!("{error:#}"),
                    "a control connection ended early"
                );
            }
        });
    }
}

async fn answer(mut socket: UnixStream, core: Core, rtmp_addr: SocketAddr) -> anyhow::Result<()> {
    let (reading, mut writing) = socket.split();
    let mut line = String::new();
    BufReader::new(reading)
        .take(LINE_BYTES_MAX)
        .read_line(&mut line)
        .await?;
    let (tell, mut replies) = mpsc::channel(REPLIES_MAX);
    match serde_json::from_str::<Ask>(&line) {
        Ok(ask) => {
            tokio::spawn(async move { operator::carry_out(&core, rtmp_addr, ask, tell).await });
        }
        Err(error) => {
            let message = format!("the server does not understand this command: {error}");
            tell.send(Reply::Failed { message }).await?;
            drop(tell);
        }
    }
    while let Some(reply) = replies.recv().await {
        let mut line = serde_json::to_vec(&reply)?;
        line.push(b'\n');
        writing.write_all(&line).await?;
    }
    Ok(())
}

/// Asks a running server; `None` if none listens at `path`.
///
/// # Errors
/// When the server goes away before it has answered.
pub async fn ask(
    path: &Path,
    ask: &Ask,
    mut on_reply: impl FnMut(Reply),
) -> anyhow::Result<Option<()>> {
    let Ok(mut socket) = UnixStream::connect(path).await else {
        return Ok(None);
    };
    let mut line = serde_json::to_vec(ask)?;
    line.push(b'\n');
    socket.write_all(&line).await?;
    let mut lines = BufReader::new(socket).lines();
    let mut finished = false;
    while let Some(line) = lines.next_line().await.context("the server went away")? {
        let reply: Reply = serde_json::from_str(&line)?;
        finished = !matches!(reply, Reply::Progress { .. });
        on_reply(reply);
    }
    anyhow::ensure!(finished, "the server went away before it had answered");
    Ok(Some(()))
}
