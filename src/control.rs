//! The socket in the data folder through which the command line reaches the running server. Who may
//! open it is the file system's to say: it is its owner's alone.

use crate::operator::{self, Ask, Desk, Reply};
use crate::private;
use anyhow::{Context as _, bail};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The longest line that is read.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// Replies that may wait to be written.
const REPLIES_MAX: usize = 64;

/// How long a connection may take to say what it asks.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(5);

/// The wait after the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens at `path`, and makes its folder if need be. A socket that a dead server left there is
/// replaced. One that answers is not: the folder's lock should have kept us out, but a socket that is
/// taken away cannot be given back.
///
/// # Errors
/// When another server listens there, or the path cannot be used.
pub fn listen(path: &Path) -> anyhow::Result<UnixListener> {
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        bail!(
            "another Tributary answers at {}: each server needs a data folder of its own",
            path.display()
        );
    }
    let listen = || -> std::io::Result<UnixListener> {
        if let Some(folder) = path.parent() {
            private::folder(folder)?;
        }
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
pub async fn serve(listener: UnixListener, desk: Desk, shutdown: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let socket = match accepted {
            Ok((socket, _)) => socket,
            Err(error) => {
                tracing::warn!(%error, "a control connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let desk = desk.clone();
        tokio::spawn(async move {
            if let Err(error) = answer(socket, desk).await {
                tracing::debug!(
                    error = format!("{error:#}"),
                    "a control connection ended early"
                );
            }
        });
    }
}

async fn answer(mut socket: UnixStream, desk: Desk) -> anyhow::Result<()> {
    let (reading, mut writing) = socket.split();
    let line = question(reading, QUESTION_TIMEOUT).await?;
    let (tell, mut replies) = mpsc::channel(REPLIES_MAX);
    match serde_json::from_str::<Ask>(&line) {
        Ok(ask) => {
            tokio::spawn(async move { operator::carry_out(&desk, ask, tell).await });
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

/// The line that is asked, or as much of it as may be read.
async fn question(reading: impl AsyncRead + Unpin, patience: Duration) -> anyhow::Result<String> {
    let mut line = String::new();
    let mut reading = BufReader::new(reading).take(LINE_BYTES_MAX);
    tokio::time::timeout(patience, reading.read_line(&mut line))
        .await
        .context("nothing was asked in time")??;
    Ok(line)
}

/// Whether a server listens at `path`.
pub async fn is_served(path: &Path) -> bool {
    UnixStream::connect(path).await.is_ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_socket_and_its_folder_are_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/control.sock");
        let _listener = listen(&path).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }

    #[tokio::test]
    async fn a_live_socket_is_left_alone_and_a_dead_one_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control.sock");
        let first = listen(&path).unwrap();
        let refusal = listen(&path).unwrap_err().to_string();
        assert!(refusal.contains("another Tributary answers"), "{refusal}");
        assert!(UnixStream::connect(&path).await.is_ok(), "it still answers");
        drop(first);
        assert!(path.exists(), "a server that dies leaves its socket");
        let _second = listen(&path).unwrap();
    }

    #[tokio::test]
    async fn who_asks_nothing_is_not_waited_for() {
        let (here, mut there) = tokio::io::duplex(64);
        there.write_all(b"half a que").await.unwrap();
        let patience = Duration::from_millis(20);
        let error = question(here, patience).await.unwrap_err().to_string();
        assert!(error.contains("in time"), "{error}");
        let (here, mut there) = tokio::io::duplex(64);
        there.write_all(b"a question\n").await.unwrap();
        assert_eq!(question(here, patience).await.unwrap(), "a question\n");
    }
}
