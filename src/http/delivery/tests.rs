use super::*;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tributary_media::flv::{Kind, Tag, reader};
use tributary_media::gate::IngestId;
use tributary_media::hub::{Hub, Leave, Publishing, Settings};

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
        self.watch_as(Framing::Plain).await
    }

    async fn watch_as(&self, framing: Framing) -> (TcpStream, JoinHandle<Over>) {
        let addr = self.listener.local_addr().unwrap();
        let (viewer, accepted) = tokio::join!(TcpStream::connect(addr), self.listener.accept());
        let (socket, _) = accepted.unwrap();
        let playback = self.hub.watch("show", Leave::Own).unwrap();
        let delivery = Delivery::new(playback, framing, None);
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

/// One unmasked message of a server, at least 126 bytes long: its kind and its content.
async fn message(viewer: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut begin = [0; 2];
    soon(viewer.read_exact(&mut begin)).await.unwrap();
    let length = match begin[1] {
        126 => usize::from(soon(viewer.read_u16()).await.unwrap()),
        127 => usize::try_from(soon(viewer.read_u64()).await.unwrap()).unwrap(),
        short => short.into(),
    };
    let mut content = vec![0; length];
    soon(viewer.read_exact(&mut content)).await.unwrap();
    (begin[0], content)
}

#[tokio::test]
async fn over_websocket_each_write_is_a_binary_message_of_whole_tags() {
    let mut show = Show::begin(PATIENCE).await;
    let (mut viewer, sending) = show.watch_as(Framing::WebSocket).await;
    soon(viewer.read_exact(&mut [0; HEAD.len()])).await.unwrap();
    let (kind, mut video) = message(&mut viewer).await;
    assert_eq!(
        (
            kind,
            reader::read(&video.clone().into()).unwrap().tags.len()
        ),
        (0x82, 1)
    );
    // A ping with two bytes, masked by zeros.
    viewer
        .write_all(&[0x89, 0x82, 0, 0, 0, 0, b'h', b'i'])
        .await
        .unwrap();
    assert_eq!(message(&mut viewer).await, (0x8A, b"hi".to_vec()));
    show.picture(70_000);
    let (kind, more) = message(&mut viewer).await;
    video.extend(more);
    let file = reader::read(&video.into()).unwrap();
    assert_eq!((kind, file.tags.len(), file.incomplete_bytes), (0x82, 2, 0));
    show.hub.end("show");
    let (kind, close) = message(&mut viewer).await;
    assert_eq!((kind, &close[..2]), (0x88, &ENDED.to_be_bytes()[..]));
    assert_eq!(soon(sending).await.unwrap(), Over::Ended);
}

#[tokio::test]
async fn over_websocket_who_closes_is_answered_and_who_sends_nonsense_is_told() {
    for (sent, code) in [
        ([0x88, 0x80, 0, 0, 0, 0], 1000_u16),
        ([0x8B, 0x80, 0, 0, 0, 0], 1002),
    ] {
        let show = Show::begin(PATIENCE).await;
        let (mut viewer, sending) = show.watch_as(Framing::WebSocket).await;
        soon(viewer.read_exact(&mut [0; HEAD.len()])).await.unwrap();
        message(&mut viewer).await;
        viewer.write_all(&sent).await.unwrap();
        let (kind, close) = message(&mut viewer).await;
        assert_eq!((kind, &close[..2]), (0x88, &code.to_be_bytes()[..]));
        assert_eq!(soon(sending).await.unwrap(), Over::Ended);
        assert_eq!(show.hub.stats().viewers, 0);
    }
}

#[tokio::test]
async fn viewers_that_come_and_go_by_the_hundred_leave_nothing() {
    let mut show = Show::begin(PATIENCE).await;
    let mut sending = Vec::new();
    for round in 0..300_u32 {
        let (viewer, task) = show.watch().await;
        sending.push(task);
        if round % 3 == 0 {
            show.picture(1_000);
        }
        // Some are gone before anything was sent, some behind it.
        tokio::task::yield_now().await;
        drop(viewer);
    }
    for task in sending {
        assert_eq!(soon(task).await.unwrap(), Over::Gone);
    }
    let stats = show.hub.stats();
    assert_eq!((stats.viewers, stats.viewers_total), (0, 300));
}
