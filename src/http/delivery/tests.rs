use super::*;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tributary_media::flv::{Kind, Tag, reader};
use tributary_media::gate::IngestId;
use tributary_media::hub::{Hub, Publishing, Settings};

const HEAD: &[u8] = b"head\r\n\r\n";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A broadcast that is on, and where it can be watched.
struct Show {
    hub: Arc<Hub>,
    publishing: Publishing,
    listener: TcpListener,
    frames: u32,
}

impl Show {
    async fn begin(write_timeout: Duration) -> Self {
        let hub = Arc::new(Hub::new(Settings {
            merge_interval: Duration::ZERO,
            write_timeout,
            ..Settings::default()
        }));
        let publishing = hub.attach("show", IngestId(1), hub.mark()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut show = Self {
            hub,
            publishing,
            listener,
            frames: 0,
        };
        show.picture(100);
        show
    }

    /// Publishes a key frame with so many bytes behind its header.
    fn picture(&mut self, bytes: usize) {
        let mut payload = vec![0x17, 1, 0, 0, 0];
        payload.resize(5 + bytes, 7);
        self.publishing.push(&Tag {
            kind: Kind::Video,
            timestamp: self.frames * 40,
            payload: payload.into(),
        });
        self.frames += 1;
    }

    /// A viewer's socket, and the task that sends to it.
    async fn watch(&self) -> (TcpStream, JoinHandle<Over>) {
        let addr = self.listener.local_addr().unwrap();
        let (viewer, accepted) = tokio::join!(TcpStream::connect(addr), self.listener.accept());
        let (socket, _) = accepted.unwrap();
        let playback = self.hub.watch("show").unwrap();
        let delivery = Delivery::new(playback, None);
        (
            viewer.unwrap(),
            tokio::spawn(delivery.run(socket, HEAD.to_vec())),
        )
    }
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(PATIENCE, what).await.expect("in time")
}

#[tokio::test]
async fn the_head_is_followed_by_the_video_to_its_end() {
    let mut show = Show::begin(PATIENCE).await;
    let (mut viewer, sending) = show.watch().await;
    let mut start = [0; HEAD.len() + 13];
    soon(viewer.read_exact(&mut start)).await.unwrap();
    assert!(start.starts_with(HEAD) && start[HEAD.len()..].starts_with(b"FLV"));
    // More than any socket's buffer, so that writing has to go on where it stopped.
    for _ in 0..40 {
        show.picture(200_000);
    }
    show.hub.end("show");
    let mut rest = start[HEAD.len()..].to_vec();
    soon(viewer.read_to_end(&mut rest)).await.unwrap();
    let file = reader::read(&rest.into()).unwrap();
    assert_eq!((file.tags.len(), file.incomplete_bytes), (41, 0));
    assert_eq!(soon(sending).await.unwrap(), Over::Ended);
}

#[tokio::test]
async fn a_viewer_that_goes_is_noticed_while_nothing_is_sent() {
    let show = Show::begin(PATIENCE).await;
    let (viewer, sending) = show.watch().await;
    drop(viewer);
    assert_eq!(soon(sending).await.unwrap(), Over::Gone);
    assert_eq!(show.hub.stats().viewers, 0);
}

#[tokio::test]
async fn a_viewer_that_says_too_much_is_none() {
    let show = Show::begin(PATIENCE).await;
    let (mut viewer, sending) = show.watch().await;
    viewer.write_all(&[b'x'; SAID_BYTES_MAX]).await.unwrap();
    assert_eq!(soon(sending).await.unwrap(), Over::Gone);
}

#[tokio::test]
async fn a_viewer_that_takes_nothing_is_cut() {
    let mut show = Show::begin(Duration::from_millis(50)).await;
    let (mut viewer, sending) = show.watch().await;
    soon(viewer.read_exact(&mut [0; HEAD.len()])).await.unwrap();
    for _ in 0..40 {
        show.picture(200_000);
    }
    assert_eq!(soon(sending).await.unwrap(), Over::Stuck);
    assert_eq!(show.hub.stats().viewers_cut, 1);
}

#[tokio::test]
async fn a_viewer_that_lags_goes_on_at_a_newer_key_frame_with_whole_tags() {
    let mut show = Show::begin(PATIENCE).await;
    let (mut viewer, sending) = show.watch().await;
    // Far more than the ring and the sockets hold.
    for _ in 0..300 {
        show.picture(200_000);
        tokio::task::yield_now().await;
    }
    show.hub.end("show");
    let mut bytes = Vec::new();
    soon(viewer.read_to_end(&mut bytes)).await.unwrap();
    let file = reader::read(&bytes.split_off(HEAD.len()).into()).unwrap();
    assert!(file.tags.len() < 300, "{}", file.tags.len());
    assert_eq!(file.incomplete_bytes, 0);
    assert!(file.tags.is_sorted_by_key(|tag| tag.timestamp));
    assert_eq!(soon(sending).await.unwrap(), Over::Ended);
    assert_eq!(show.hub.stats().jumps, 1);
}
