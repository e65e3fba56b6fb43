//! A viewer over HTTP-FLV that notes when what it waits for comes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

/// Nothing that is waited for takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// FLV: the file's header with the empty tag's size behind it, a tag's header, a size behind a tag.
const FILE_HEADER_BYTES: usize = 13;
const TAG_HEADER_BYTES: usize = 11;
const TAG_SIZE_BYTES: usize = 4;

const VIDEO: u8 = 9;
const KEY_FRAME: [u8; 2] = [0x17, 1];

/// One connection that watches a channel.
pub struct Viewer {
    socket: TcpStream,
    /// What came of the body and was not looked at yet.
    pending: Vec<u8>,
    has_file_header: bool,
    /// When the first byte of the body came.
    pub first_byte: Option<Instant>,
}

impl Viewer {
    /// Asks for a channel, and waits for the answer's head.
    pub fn watch(address: &str, channel: &str) -> Result<Self> {
        Self::watch_at(address, &format!("/live/{channel}.flv"))
    }

    /// The same for any path.
    pub fn watch_at(address: &str, path: &str) -> Result<Self> {
        let (socket, status, pending) = get(address, path)?;
        ensure!(status == 200, "the video at {path} is refused: {status}");
        let first_byte = (!pending.is_empty()).then(Instant::now);
        Ok(Self {
            socket,
            pending,
            has_file_header: false,
            first_byte,
        })
    }

    /// Waits for the first byte, and tells when it came.
    pub fn first_byte(&mut self) -> Result<Instant> {
        loop {
            match self.first_byte {
                Some(at) => return Ok(at),
                None => self.read()?,
            }
        }
    }

    /// Waits for the next whole key frame: the number that it bears, and when it was complete.
    pub fn key_frame(&mut self) -> Result<(u32, Instant)> {
        loop {
            if let Some(number) = self.take_key_frame() {
                return Ok((number, Instant::now()));
            }
            self.read()?;
        }
    }

    fn take_key_frame(&mut self) -> Option<u32> {
        if !self.has_file_header {
            if self.pending.len() < FILE_HEADER_BYTES {
                return None;
            }
            self.pending.drain(..FILE_HEADER_BYTES);
            self.has_file_header = true;
        }
        while let Some(&[kind, a, b, c]) = self.pending.first_chunk() {
            let length = u32::from_be_bytes([0, a, b, c]);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let whole = TAG_HEADER_BYTES + length + TAG_SIZE_BYTES;
            if self.pending.len() < whole {
                return None;
            }
            let tag: Vec<u8> = self.pending.drain(..whole).collect();
            let body = &tag[TAG_HEADER_BYTES..];
            if kind == VIDEO && body.starts_with(&KEY_FRAME) {
                // Behind the two bytes come three of composition time, then the publisher's number.
                return body[5..]
                    .first_chunk()
                    .map(|bytes| u32::from_be_bytes(*bytes));
            }
        }
        None
    }

    fn read(&mut self) -> Result<()> {
        let mut buffer = [0; 65_536];
        let length = self.socket.read(&mut buffer).context("no video comes")?;
        ensure!(length > 0, "the video has ended");
        self.first_byte.get_or_insert_with(Instant::now);
        self.pending.extend_from_slice(&buffer[..length]);
        Ok(())
    }
}

/// The status that a GET is answered with.
pub fn status_of(address: &str, path: &str) -> Result<u16> {
    get(address, path).map(|(_, status, _)| status)
}

/// The connection, the status, and what came of the body with the head. HTTP/1.0, so that the body
/// comes as it is and not in chunks.
fn get(address: &str, path: &str) -> Result<(TcpStream, u16, Vec<u8>)> {
    let mut socket = TcpStream::connect(address).context("HTTP does not answer")?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.write_all(format!("GET {path} HTTP/1.0\r\nhost: {address}\r\n\r\n").as_bytes())?;
    let mut head = Vec::new();
    let mut buffer = [0; 65_536];
    loop {
        let length = socket.read(&mut buffer).context("HTTP does not answer")?;
        ensure!(length > 0, "HTTP ends before its answer");
        head.extend_from_slice(&buffer[..length]);
        if let Some(end) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let body = head.split_off(end + 4);
            let text = String::from_utf8_lossy(&head);
            let status = text.split_whitespace().nth(1);
            let status = status.and_then(|status| status.parse().ok());
            return Ok((socket, status.context("no HTTP status")?, body));
        }
    }
}
