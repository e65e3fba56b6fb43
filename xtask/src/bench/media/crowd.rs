//! Thousands of viewers in one thread.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::event::{Timespec, epoll};

use super::tags::{Picture, Tags};
use crate::bench::clock;

/// Read at once. A viewer that has more is asked again.
const READ_BYTES: usize = 256 * 1_024;

/// Sockets that are looked after at once.
const EVENTS: usize = 512;

/// The longest wait for any socket.
const WAIT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

struct Viewer {
    socket: TcpStream,
    tags: Tags,
    is_there: bool,
}

/// Viewers of one video.
pub struct Crowd {
    epoll: OwnedFd,
    viewers: Vec<Viewer>,
    buffer: Vec<u8>,
    /// Bytes that came since the last look.
    pub bytes: u64,
    /// Reads that brought something since then: with viewers who keep up, what the server wrote at once.
    pub reads: u64,
    /// How long each picture took to each viewer since then, in microseconds.
    pub latencies_us: Vec<u32>,
}

impl Crowd {
    pub fn new() -> Result<Self> {
        Ok(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            viewers: vec![],
            buffer: vec![0; READ_BYTES],
            bytes: 0,
            reads: 0,
            latencies_us: vec![],
        })
    }

    /// One more viewer, who asks and does not wait. HTTP/1.0, so that the body comes as it is.
    pub fn join(&mut self, address: &str, path: &str) -> Result<()> {
        let mut socket = TcpStream::connect(address).context("HTTP does not answer")?;
        socket.write_all(format!("GET {path} HTTP/1.0\r\nhost: {address}\r\n\r\n").as_bytes())?;
        socket.set_nonblocking(true)?;
        let number = u64::try_from(self.viewers.len())?;
        let data = epoll::EventData::new_u64(number);
        epoll::add(&self.epoll, &socket, data, epoll::EventFlags::IN)?;
        self.viewers.push(Viewer {
            socket,
            tags: Tags::new(),
            is_there: true,
        });
        Ok(())
    }

    /// How many are still there.
    pub fn here(&self) -> usize {
        self.viewers.iter().filter(|viewer| viewer.is_there).count()
    }

    /// Forgets what was counted.
    pub fn reset(&mut self) {
        self.bytes = 0;
        self.reads = 0;
        self.latencies_us.clear();
    }

    /// Watches for a while.
    pub fn watch(&mut self, duration: Duration) -> Result<()> {
        let until = Instant::now() + duration;
        while Instant::now() < until {
            self.turn()?;
        }
        Ok(())
    }

    /// Reads what is there, once.
    pub fn turn(&mut self) -> Result<()> {
        let mut events = Vec::with_capacity(EVENTS);
        epoll::wait(
            &self.epoll,
            rustix::buffer::spare_capacity(&mut events),
            Some(&WAIT),
        )?;
        for event in events {
            let number = usize::try_from(event.data.u64())?;
            let viewer = self.viewers.get_mut(number).context("a viewer")?;
            match viewer.socket.read(&mut self.buffer) {
                Ok(0) => leave(&self.epoll, viewer)?,
                Ok(length) => {
                    self.bytes += u64::try_from(length)?;
                    self.reads += 1;
                    let now_ns = clock::now_ns();
                    let took = |picture: Picture| {
                        let took_us = now_ns.saturating_sub(picture.sent_ns) / 1_000;
                        self.latencies_us
                            .push(u32::try_from(took_us).unwrap_or(u32::MAX));
                    };
                    viewer.tags.read(&self.buffer[..length], took);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => leave(&self.epoll, viewer)?,
            }
        }
        Ok(())
    }

    /// How long it took until a share of all pictures had come, in milliseconds.
    pub fn latency_ms(&mut self, percent: usize) -> Result<f64> {
        ensure!(!self.latencies_us.is_empty(), "no picture came");
        self.latencies_us.sort_unstable();
        let rank = (self.latencies_us.len() * percent).div_ceil(100);
        let us = self.latencies_us[rank.saturating_sub(1)];
        Ok(f64::from(us) / 1_000.0)
    }
}

fn leave(epoll: &OwnedFd, viewer: &mut Viewer) -> Result<()> {
    viewer.is_there = false;
    epoll::delete(epoll, &viewer.socket)?;
    Ok(())
}
