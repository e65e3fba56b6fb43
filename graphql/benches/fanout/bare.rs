//! The limit: one prepared frame for everybody, all that is pending in one write.

use super::server::microseconds;
use super::support::process::commands;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, RwLock};

/// What is written at once.
const WRITE_BYTES: usize = 64 * 1024;

/// A frame of the size of ours, with the same place for the time.
fn frame(sent: u64) -> Vec<u8> {
    let mut text = format!("{{\"id\":\"1\",\"text\":\"t:{sent:020}\"}}").into_bytes();
    text.resize(206, b' ');
    let mut frame = vec![0x81, 126, 0, 206];
    frame.append(&mut text);
    frame
}

#[derive(Default)]
struct Room {
    published: AtomicUsize,
    frame: RwLock<Vec<u8>>,
    followers: RwLock<Vec<Arc<Notify>>>,
}

impl Room {
    async fn publish(&self, count: usize) {
        let frame = frame(microseconds());
        let times = (WRITE_BYTES / frame.len()).max(1);
        *self.frame.write().await = frame.repeat(times);
        self.published.fetch_add(count, Relaxed);
        for follower in self.followers.read().await.iter() {
            follower.notify_one();
        }
    }
}

/// Serves until nobody gives commands any more.
pub async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("it is bound"));
    let room = Arc::new(Room::default());
    let accepting = Arc::clone(&room);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(follow(Arc::clone(&accepting), stream));
        }
    });
    let mut commands = commands();
    while let Some(command) = commands.recv().await {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            ["inject", count] => room.publish(count.parse().unwrap_or(0)).await,
            ["pace", rate, count] => {
                let wait = Duration::from_secs(1) / rate.parse().unwrap_or(1);
                let mut tick = tokio::time::interval(wait);
                for _ in 0..count.parse().unwrap_or(0) {
                    tick.tick().await;
                    room.publish(1).await;
                }
            }
            _ => {}
        }
    }
}

async fn follow(room: Arc<Room>, mut stream: TcpStream) {
    let _small_writes = stream.set_nodelay(true);
    let mut bytes = [0; 1_024];
    // The handshake, and then what a client of the protocol says first.
    for _ in 0..3 {
        if !stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {
            return;
        }
        let answer = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";
        if bytes.starts_with(b"GET") && stream.write_all(answer).await.is_err() {
            return;
        }
        if bytes[0] == 0x81 {
            break;
        }
    }
    let wake = Arc::new(Notify::new());
    let mut sent = room.published.load(Relaxed);
    room.followers.write().await.push(Arc::clone(&wake));
    if stream.write_all(b"\x81\x03ack").await.is_err() {
        return;
    }
    loop {
        let pending = room.published.load(Relaxed) - sent;
        if pending == 0 {
            wake.notified().await;
            continue;
        }
        let frames = room.frame.read().await;
        let size = 210;
        let count = pending.min(frames.len() / size);
        // A copy of its own, as each socket has its own beginning of each message.
        let out = frames[..count * size].to_vec();
        drop(frames);
        if stream.write_all(&out).await.is_err() {
            return;
        }
        sent += count;
    }
}
