//! The limit: a program that knows its viewers and writes each frame to each of them as it comes, and
//! does nothing else.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::bench::clock;

/// A frame with the sound of its time: 2.1 Mbit/s at this rate.
const FRAME_BYTES: usize = 8_750;
const FRAME_RATE: u32 = 30;

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n\r\nFLV\x01\x05\0\0\0\x09\0\0\0\0";

/// Serves until it is killed.
pub fn serve(address: &str) -> Result<()> {
    let listener = TcpListener::bind(address)?;
    println!("ready {}", listener.local_addr()?);
    let viewers: Mutex<Vec<TcpStream>> = Mutex::default();
    scope(|scope| {
        scope.spawn(|| {
            for socket in listener.incoming().flatten() {
                // Whoever does not ask does not watch.
                if let Ok(socket) = welcome(socket) {
                    let mut viewers = viewers.lock().unwrap_or_else(PoisonError::into_inner);
                    viewers.push(socket);
                }
            }
        });
        let began = Instant::now();
        for number in 1.. {
            let due = began + Duration::from_secs(1) * number / FRAME_RATE;
            sleep(due.saturating_duration_since(Instant::now()));
            let frame = frame();
            let mut viewers = viewers.lock().unwrap_or_else(PoisonError::into_inner);
            // One that does not take a whole frame would need a buffer.
            viewers.retain_mut(|viewer| viewer.write(&frame).ok() == Some(frame.len()));
        }
    });
    Ok(())
}

fn welcome(mut socket: TcpStream) -> std::io::Result<TcpStream> {
    socket.set_nodelay(true)?;
    let _request = socket.read(&mut [0; 1_024])?;
    // With a picture at once, as whoever has one at hand can.
    socket.write_all(&[HEAD, &frame()].concat())?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A tag as the viewers read it.
fn frame() -> Vec<u8> {
    let body = FRAME_BYTES - 15;
    let [_, length @ ..] = u32::try_from(body).unwrap_or_default().to_be_bytes();
    let mut frame = vec![9];
    frame.extend(length);
    frame.extend([0; 7]);
    frame.extend([0x17, 1, 0, 0, 0, 0, 0, 0, 0]);
    frame.extend(clock::now_ns().to_be_bytes());
    frame.resize(FRAME_BYTES, 0x5a);
    frame
}
