//! A viewer over HTTP-FLV that keeps all it gets.

use super::server::Server;
use super::{in_time, until};
use futures::StreamExt as _;
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

/// Waits until there is something to watch on a channel.
pub async fn until_live(server: &Server, channel: &str) {
    let video = format!("{}/live/{channel}.flv", server.http);
    until("there is video", async || {
        let answer = reqwest::Client::new().head(&video).send().await.unwrap();
        answer.status().is_success().then_some(())
    })
    .await;
}

pub struct Viewer {
    got: Arc<Mutex<Vec<u8>>>,
    reading: JoinHandle<()>,
}

impl Viewer {
    /// Starts to watch a channel; panics if it is not there.
    pub async fn watch(http: &str, channel: &str) -> Self {
        let response = in_time(
            "video comes",
            reqwest::get(format!("{http}/live/{channel}.flv")),
        );
        let response = response.await.unwrap().error_for_status().unwrap();
        assert_eq!(response.headers()["content-type"], "video/x-flv");
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        let mut body = response.bytes_stream();
        let got = Arc::new(Mutex::new(vec![]));
        let first = in_time("the first bytes", body.next())
            .await
            .unwrap()
            .unwrap();
        got.lock().unwrap().extend_from_slice(&first);
        let reading = {
            let got = Arc::clone(&got);
            tokio::spawn(async move {
                while let Some(Ok(bytes)) = body.next().await {
                    got.lock().unwrap().extend_from_slice(&bytes);
                }
            })
        };
        Self { got, reading }
    }

    pub fn got(&self) -> Vec<u8> {
        self.got.lock().unwrap().clone()
    }

    pub fn is_connected(&self) -> bool {
        !self.reading.is_finished()
    }

    /// Waits until the server ends the video, and returns all of it.
    pub async fn finish(self) -> Vec<u8> {
        in_time("the video ends", self.reading).await.unwrap();
        self.got.lock().unwrap().clone()
    }

    /// Goes away.
    pub fn leave(self) {
        self.reading.abort();
    }
}
