//! A real ffmpeg that publishes a test picture with a tone.

use super::in_time;
use super::server::signal;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

/// Frames per second of the test picture.
pub const FRAME_RATE: u32 = 30;

/// H.264 with B-frames.
pub const H264: [&str; 6] = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2"];

pub struct Encoder {
    child: Child,
}

impl Encoder {
    /// Publishes to `<rtmp>/<key>` in real time, with a key frame each second and B-frames.
    pub fn publish(rtmp: &str, key: &str) -> Self {
        let codecs = [
            &H264[..],
            &["-b:v", "300k"],
            &["-c:a", "aac", "-b:a", "64k"],
        ];
        Self::publish_with("ffmpeg".as_ref(), &codecs.concat(), rtmp, key)
    }

    /// The same with some ffmpeg and its codecs (and whatever else is said of the output).
    pub fn publish_with(program: &Path, codecs: &[&str], rtmp: &str, key: &str) -> Self {
        let picture = format!("testsrc2=size=320x180:rate={FRAME_RATE}");
        let mut command = Command::new(program);
        command
            .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-re"])
            .args(["-f", "lavfi", "-i", &picture])
            .args(["-f", "lavfi", "-i", "sine=frequency=440"])
            .args(["-pix_fmt", "yuv420p", "-g", &FRAME_RATE.to_string()])
            .args(["-threads", "1"])
            .args(codecs)
            .args(["-f", "flv", &format!("{rtmp}/{key}")]);
        Self::run(&mut command)
    }

    /// Runs a program that publishes.
    pub fn run(command: &mut Command) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the encoder is installed: run the tests with `cargo xtask test`");
        Self { child }
    }

    /// Stops it where it is, as a network that goes away does: it says nothing, and no goodbye.
    pub fn freeze(&self) {
        signal(self.child.id().expect("it runs"), "STOP");
    }

    /// Ends it as a lost connection or a crash would.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits until it gives up by itself, and returns what it says.
    pub async fn fails(mut self) -> String {
        let mut said = String::new();
        let mut errors = self.child.stderr.take().unwrap();
        in_time("ffmpeg gives up", errors.read_to_string(&mut said))
            .await
            .unwrap();
        let status = in_time("ffmpeg ends", self.child.wait()).await.unwrap();
        assert!(!status.success(), "ffmpeg was content: {said}");
        said
    }
}

/// Decodes a file to nothing; what ffmpeg complains about.
///
/// Frames keep their times in milliseconds: rounded to a guessed frame rate, as ffmpeg does by itself,
/// two frames 33 ms apart can fall on the same tick, and ffmpeg then blames the file.
pub async fn decode(file: &Path) -> String {
    let output = Command::new("ffmpeg")
        .args([
            "-hide_banner",
            "-loglevel",
            "error",
            "-nostdin",
            "-xerror",
            "-i",
        ])
        .arg(file)
        .args([
            "-fps_mode",
            "passthrough",
            "-enc_time_base",
            "-1",
            "-f",
            "null",
            "-",
        ])
        .output();
    let output = in_time("ffmpeg decodes", output).await.unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        complaints
    } else {
        format!("it failed: {complaints}")
    }
}
