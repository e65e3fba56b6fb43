//! Clients that ask again as soon as they are answered. They parse no more of an answer than its length,
//! so that the server is measured.

use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client's question, the same each time.
#[derive(Debug, Clone)]
pub struct Question {
    bytes: Vec<u8>,
    /// What every good answer holds.
    expected: &'static str,
}

impl Question {
    /// A GraphQL request, as somebody who is signed in or as nobody.
    pub fn new(body: &str, token: Option<&str>, expected: &'static str) -> Self {
        let token = token.map_or_else(String::new, |token| {
            format!("authorization: Bearer {token}\r\n")
        });
        let length = body.len();
        let bytes = format!(
            "POST /graphql HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n\
             accept: application/json\r\n{token}content-length: {length}\r\n\r\n{body}"
        );
        Self {
            bytes: bytes.into_bytes(),
            expected,
        }
    }
}

/// What came of asking for a while.
#[derive(Debug)]
pub struct Answers {
    /// Per second.
    pub rate: f64,
    /// Time that 99 of 100 answers did not exceed.
    pub p99: Duration,
}

/// Asks each question on a connection of its own, again and again, for so long.
pub async fn ask(address: SocketAddr, questions: &[Question], length: Duration) -> Answers {
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for question in questions {
        let question = question.clone();
        clients.spawn(async move {
            let mut client = Client::connect(address).await;
            let mut times = Vec::new();
            while began.elapsed() < length {
                let asked = Instant::now();
                client.ask(&question).await;
                times.push(asked.elapsed());
            }
            times
        });
    }
    let mut times = clients.join_all().await.concat();
    times.sort_unstable();
    let at = (times.len() * 99 / 100).min(times.len().saturating_sub(1));
    #[expect(
        clippy::cast_precision_loss,
        reason = "a figure that is shown with three digits"
    )]
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    Answers {
        rate,
        p99: times.get(at).copied().unwrap_or_default(),
    }
}

/// Asks once; the answer's body.
pub async fn ask_once(address: SocketAddr, question: &Question) -> String {
    Client::connect(address).await.ask(question).await
}

struct Client {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Client {
    async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("small writes");
        Self {
            stream,
            bytes: Vec::with_capacity(4 * 1_024),
        }
    }

    async fn ask(&mut self, question: &Question) -> String {
        let asking = async {
            self.stream.write_all(&question.bytes).await?;
            self.bytes.clear();
            loop {
                self.stream.read_buf(&mut self.bytes).await?;
                if let Some(body) = whole(&self.bytes) {
                    return Ok::<_, std::io::Error>(body.to_owned());
                }
            }
        };
        let body = tokio::time::timeout(PATIENCE, asking).await;
        let body = body.expect("an answer in time").expect("an answer");
        assert!(body.contains(question.expected), "answered {body}");
        body
    }
}

/// The body of an answer that has come whole.
fn whole(answer: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.split("content-length: ").nth(1)?;
    let length: usize = length.split("\r\n").next()?.parse().ok()?;
    (body.len() >= length).then_some(body)
}
