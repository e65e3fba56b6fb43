//! A service that speaks S3 and is not ours, behind a gate that can be shut.

use super::judges::python;
use super::server::Site;
use super::until;
use std::net::{SocketAddr, TcpListener as Free};
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// The bucket that is there.
const BUCKET: &str = "shows";

/// See the [module](self). Forgets everything when it is dropped.
pub struct S3 {
    _child: Child,
    /// Past the gate.
    own: SocketAddr,
    gate: SocketAddr,
    is_open: Arc<watch::Sender<bool>>,
}

impl S3 {
    /// Runs it, with one bucket.
    pub async fn start() -> Self {
        // Taken by somebody else in between, it does not start, and the test says so.
        let free = Free::bind("127.0.0.1:0").unwrap();
        let own = free.local_addr().unwrap();
        drop(free);
        let child = Command::new(python("moto_server"))
            .args(["-H", "127.0.0.1", "-p", &own.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("moto is installed: run the tests with `cargo xtask test`");
        let made = reqwest::Client::new();
        until("there is a bucket", async || {
            let answer = made.put(format!("http://{own}/{BUCKET}")).send().await;
            answer.ok()?.status().is_success().then_some(())
        })
        .await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gate = listener.local_addr().unwrap();
        let is_open = Arc::new(watch::Sender::new(true));
        tokio::spawn(keep_gate(listener, own, Arc::clone(&is_open)));
        Self {
            _child: child,
            own,
            gate,
            is_open,
        }
    }

    /// Lets nobody in any more and throws out who is in, or lets all in again.
    pub fn open(&self, is_open: bool) {
        self.is_open.send_replace(is_open);
    }

    /// A site whose recordings are kept in the bucket.
    pub fn of(&self, site: Site) -> Site {
        let key = site.folder.path().join("bucket.key");
        std::fs::write(&key, "# of a test\nan-id\na-secret\n").unwrap();
        site.set("TRIBUTARY_RECORDINGS_BUCKET", "s3://shows/all/of-them")
            .set(
                "TRIBUTARY_RECORDINGS_BUCKET_URL",
                &format!("http://{}", self.gate),
            )
            .set(
                "TRIBUTARY_RECORDINGS_BUCKET_KEY_FILE",
                key.to_str().unwrap(),
            )
    }

    /// The keys of all objects, in order, without the prefix.
    pub async fn keys(&self) -> Vec<String> {
        let url = format!("http://{}/{BUCKET}?list-type=2", self.own);
        let listed = reqwest::get(url).await.unwrap().text().await.unwrap();
        let keys = listed.split("<Key>").skip(1);
        let keys = keys.map(|rest| rest.split("</Key>").next().unwrap());
        keys.map(|key| key.strip_prefix("all/of-them/").unwrap().to_owned())
            .collect()
    }

    /// Writes an object that is nobody's.
    pub async fn put(&self, key: &str) {
        let url = format!("http://{}/{BUCKET}/all/of-them/{key}", self.own);
        let answer = reqwest::Client::new().put(url).body("?").send().await;
        assert!(answer.unwrap().status().is_success());
    }
}

async fn keep_gate(listener: TcpListener, own: SocketAddr, is_open: Arc<watch::Sender<bool>>) {
    while let Ok((mut outside, _)) = listener.accept().await {
        let mut open = is_open.subscribe();
        if !*open.borrow_and_update() {
            continue;
        }
        tokio::spawn(async move {
            let Ok(mut inside) = TcpStream::connect(own).await else {
                return;
            };
            tokio::select! {
                _ = copy_bidirectional(&mut outside, &mut inside) => {}
                _ = open.wait_for(|open| !open) => {}
            }
        });
    }
}
