//! Programs of others that speak RTMP with the server.

use super::encoder::Encoder;
use super::until;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// Newer than that of the system: it speaks enhanced RTMP.
pub fn newest_ffmpeg() -> PathBuf {
    let folder = std::env::var("TEST_PYTHON_DIR")
        .expect("TEST_PYTHON_DIR is set: run the tests with `cargo xtask test`");
    let libraries = std::fs::read_dir(Path::new(&folder).join("lib")).unwrap();
    let binaries = libraries.flatten().find_map(|python| {
        let folder = python.path().join("site-packages/imageio_ffmpeg/binaries");
        std::fs::read_dir(folder).ok()
    });
    let mut files = binaries.expect("imageio-ffmpeg is installed").flatten();
    let named = |path: &PathBuf| path.to_string_lossy().contains("/ffmpeg-");
    files
        .find_map(|file| Some(file.path()).filter(named))
        .unwrap()
}

/// GStreamer publishing H.264 with B-frames and AAC.
pub fn gstreamer(rtmp: &str, key: &str) -> Encoder {
    let mut command = Command::new("gst-launch-1.0");
    let location = format!("location={rtmp}/{key}");
    command
        .arg("-q")
        .args(["videotestsrc", "is-live=true", "!"])
        .args(["video/x-raw,width=320,height=180,framerate=30/1", "!"])
        .args(["x264enc", "speed-preset=ultrafast", "bframes=2"])
        .args(["key-int-max=30", "threads=1", "!", "h264parse", "!"])
        .args(["flvmux", "name=mux", "streamable=true", "!"])
        .args(["rtmp2sink", &location])
        .args(["audiotestsrc", "is-live=true", "!", "audioconvert", "!"])
        .args(["voaacenc", "!", "aacparse", "!", "mux."]);
    Encoder::run(&mut command)
}

/// nginx with its RTMP module.
pub struct Nginx {
    _child: Child,
    _folder: TempDir,
    /// Such as `rtmp://127.0.0.1:4711`.
    pub rtmp: String,
}

impl Nginx {
    /// Runs it with these applications, and waits until it listens.
    pub async fn start(applications: &str) -> Self {
        let folder = TempDir::new().unwrap();
        // Taken by somebody else in between, it does not start, and the test says so.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let settings = format!(
            "load_module /usr/lib/nginx/modules/ngx_rtmp_module.so; daemon off; master_process off; \
             pid nginx.pid; error_log error.log info; events {{}} \
             rtmp {{ access_log off; server {{ listen {address}; {applications} }} }}"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, settings).unwrap();
        let child = Command::new("/usr/sbin/nginx")
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(&file)
            .args(["-e", "error.log"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("nginx is installed: run the tests with `cargo xtask test`");
        until("nginx listens", async || {
            TcpStream::connect(address).await.ok()
        })
        .await;
        Self {
            _child: child,
            _folder: folder,
            rtmp: format!("rtmp://{address}"),
        }
    }
}
