//! An encoder: just enough of RTMP to publish what looks like H.264 and AAC.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::clock;

/// No answer of the server takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What OBS uses.
const CHUNK_BYTES: usize = 4_096;

/// Bytes of a key frame and of the frames between: 2.1 Mbit/s with the sound.
const KEY_FRAME_BYTES: usize = 40_000;
const INTER_FRAME_BYTES: usize = 5_900;

/// Bytes of an audio frame: 128 kbit/s.
const AUDIO_FRAME_BYTES: usize = 340;

/// Audio frames a second, in thousandths: 1,024 samples each at 48 kHz.
const AUDIO_FRAMES_PER_1000_S: u64 = 46_875;

/// Frames from one key frame to the next.
pub const GROUP_FRAMES: u32 = 15;

/// Frames a second.
pub const FRAME_RATE: u32 = 30;

/// Message types.
const SET_CHUNK_SIZE: u8 = 1;
const AUDIO: u8 = 8;
const VIDEO: u8 = 9;
const COMMAND: u8 = 20;

/// The message stream that `createStream` gives first.
const STREAM: u32 = 1;

/// A publisher whose key was accepted.
pub struct Publisher {
    socket: TcpStream,
}

impl Publisher {
    /// Connects and publishes with a key, and waits until the server agrees.
    pub fn publish(address: &str, key: &str) -> Result<Self> {
        let socket = TcpStream::connect(address).context("RTMP does not answer")?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        let mut publisher = Self { socket };
        publisher.shake_hands()?;
        let size = u32::try_from(CHUNK_BYTES)?;
        publisher.send(SET_CHUNK_SIZE, 0, 0, &size.to_be_bytes())?;
        let mut connect = [string("connect"), number(1.0), vec![3]].concat();
        for (name, value) in [
            ("app", "live"),
            ("tcUrl", &format!("rtmp://{address}/live")),
        ] {
            connect.extend([text(name), string(value)].concat());
        }
        connect.extend([0, 0, 9]);
        publisher.send(COMMAND, 0, 0, &connect)?;
        let create = [string("createStream"), number(2.0), vec![5]].concat();
        publisher.send(COMMAND, 0, 0, &create)?;
        let publish = [
            string("publish"),
            number(3.0),
            vec![5],
            string(key),
            string("live"),
        ]
        .concat();
        publisher.send(COMMAND, STREAM, 0, &publish)?;
        publisher.wait_for_start()?;
        Ok(publisher)
    }

    /// The decoders' configurations: a tag without sound, and one without a picture.
    pub fn send_headers(&mut self) -> Result<()> {
        let record = [
            1, 0x64, 0, 31, 0xff, 0xe1, 0, 4, 0x67, 0x64, 0, 31, 1, 0, 4, 0x68, 0xee, 6, 0xf2,
        ];
        let header = [&[0x17, 0, 0, 0, 0][..], &record].concat();
        self.send(AUDIO, STREAM, 0, &[0xaf, 0, 0x11, 0x90])?;
        self.send(VIDEO, STREAM, 0, &header)
    }

    /// The sound with this number.
    pub fn send_audio(&mut self, number: u32) -> Result<()> {
        let mut frame = vec![0xaf, 1];
        frame.resize(AUDIO_FRAME_BYTES, 0x5a);
        self.send(AUDIO, STREAM, audio_time_ms(number), &frame)
    }

    /// The picture with this number, which it bears with its time ([`clock`]), and when its writing began: on the loopback the
    /// whole takes some microseconds, and the answer may come before the call returns.
    pub fn send_frame(&mut self, number: u32) -> Result<Instant> {
        let (first, bytes) = if is_key(number) {
            (0x17, KEY_FRAME_BYTES)
        } else {
            (0x27, INTER_FRAME_BYTES)
        };
        let mut frame = vec![first, 1, 0, 0, 0];
        frame.extend(number.to_be_bytes());
        frame.extend(clock::now_ns().to_be_bytes());
        // Not all alike, so that nothing on the way can make it small.
        frame.extend((frame.len()..bytes).map(|index| u8::try_from(index * 31 % 251).unwrap_or(0)));
        let began = Instant::now();
        self.send(VIDEO, STREAM, time_ms(number), &frame)?;
        Ok(began)
    }

    fn shake_hands(&mut self) -> Result<()> {
        let mut hello = vec![3];
        hello.resize(1 + 1_536, 0);
        self.socket.write_all(&hello)?;
        let mut answer = vec![0; 1 + 2 * 1_536];
        self.socket
            .read_exact(&mut answer)
            .context("no RTMP handshake")?;
        self.socket.write_all(&answer[1..=1_536])?;
        Ok(())
    }

    /// The server's answers are short: each is in one piece, so its text can be looked for as it is.
    fn wait_for_start(&mut self) -> Result<()> {
        let mut answers = Vec::new();
        let mut buffer = [0; 4_096];
        loop {
            let length = self.socket.read(&mut buffer)?;
            answers.extend_from_slice(&buffer[..length]);
            let text = String::from_utf8_lossy(&answers);
            if text.contains("NetStream.Publish.Start") {
                return Ok(());
            }
            if length == 0 || text.contains("NetStream.Publish.BadName") {
                bail!("the server refuses the key: {text}");
            }
        }
    }

    /// One message, in chunks, with one write.
    fn send(&mut self, kind: u8, stream: u32, time_ms: u32, payload: &[u8]) -> Result<()> {
        let chunk_bytes = if kind == SET_CHUNK_SIZE {
            128
        } else {
            CHUNK_BYTES
        };
        let chunk_stream = match kind {
            VIDEO => 6,
            AUDIO => 4,
            _ => 3,
        };
        let [_, time @ ..] = time_ms.to_be_bytes();
        let [_, length @ ..] = u32::try_from(payload.len())?.to_be_bytes();
        let mut bytes = vec![chunk_stream];
        bytes.extend(time);
        bytes.extend(length);
        bytes.push(kind);
        bytes.extend(stream.to_le_bytes());
        for (index, chunk) in payload.chunks(chunk_bytes).enumerate() {
            if index > 0 {
                bytes.push(0xc0 | chunk_stream);
            }
            bytes.extend_from_slice(chunk);
        }
        self.socket.write_all(&bytes).context("the server has gone")
    }
}

/// Whether the picture with this number is a key frame.
pub fn is_key(number: u32) -> bool {
    number.is_multiple_of(GROUP_FRAMES)
}

/// When the picture with this number is to be shown, in milliseconds. Fits a message's three bytes
/// for four hours, and no benchmark runs as long.
pub fn time_ms(number: u32) -> u32 {
    number * 1_000 / FRAME_RATE
}

/// When the sound with this number is to be heard, in milliseconds.
pub fn audio_time_ms(number: u32) -> u32 {
    let time_ms = u64::from(number) * 1_000_000 / AUDIO_FRAMES_PER_1000_S;
    u32::try_from(time_ms).unwrap_or(u32::MAX)
}

/// AMF0: a text with its length, as the names in an object stand.
fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap_or(0);
    [&length.to_be_bytes()[..], text.as_bytes()].concat()
}

fn string(value: &str) -> Vec<u8> {
    [vec![2], text(value)].concat()
}

fn number(value: f64) -> Vec<u8> {
    [&[0][..], &value.to_be_bytes()].concat()
}
