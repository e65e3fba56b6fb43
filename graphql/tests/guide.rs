//! `docs/api.md`: every example is sent to a server, and what came back is what stands there.
//!
//! Clock and randomness of that server are the test's, so that answers are the same each time, ids
//! included. Where something changed, `UPDATE_GUIDE=1 cargo test -p tributary-graphql guide` writes the
//! answers anew, and what is learned from them (an id, a position) into the examples that follow.

use crate::support::{Client, Server, Socket, go_live, system};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tributary_domain::Command;
use tributary_domain::command::recordings::Command as Recordings;
use tributary_domain::stream::{Anchored, RecordingEnd, RecordingFinished};

/// A piece of the guide.
enum Piece {
    /// Text, and what is told to the test in a comment.
    Text(String),
    /// An example: who sends it in which language, the operation, its variables, what came back.
    Example(Example),
}

#[derive(Default)]
struct Example {
    who: Vec<String>,
    operation: String,
    variables: Option<String>,
    answers: Vec<String>,
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/api.md")
}

fn read(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut lines = text.lines();
    let mut plain = String::new();
    while let Some(line) = lines.next() {
        let Some(fence) = line.strip_prefix("```").filter(|fence| !fence.is_empty()) else {
            plain = plain + line + "\n";
            continue;
        };
        let body: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        let body = body.join("\n");
        let mut words = fence.split(' ').map(str::to_owned);
        match words.next().as_deref() {
            Some("graphql") => {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Example(Example {
                    who: words.collect(),
                    operation: body,
                    ..Example::default()
                }));
            }
            Some("json") => {
                let Some(Piece::Example(example)) = pieces.last_mut() else {
                    panic!("an answer without a question: {body}");
                };
                match words.next().as_deref() {
                    Some("variables") => example.variables = Some(body),
                    _ => example.answers.push(body),
                }
            }
            other => panic!("the guide has a block of {other:?}"),
        }
    }
    pieces.push(Piece::Text(plain));
    pieces
}

fn write(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(plain) => text += plain,
            Piece::Example(example) => {
                let who: String = example.who.iter().map(|word| format!(" {word}")).collect();
                text += &format!("```graphql{who}\n{}\n```\n", example.operation);
                if let Some(variables) = &example.variables {
                    text += &format!("```json variables\n{variables}\n```\n");
                }
                for answer in &example.answers {
                    text += &format!("```json\n{answer}\n```\n");
                }
            }
        }
    }
    text
}

/// Cuts what is too long to be read: tokens.
fn shortened(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("eyJ") && text.len() > 40 => {
            text.truncate(12);
            text.push('…');
        }
        Value::Array(items) => items.iter_mut().for_each(shortened),
        Value::Object(fields) => fields.values_mut().for_each(shortened),
        _ => {}
    }
}

struct Walk {
    server: Server,
    clients: BTreeMap<String, Client>,
}

impl Walk {
    async fn begin() -> Self {
        let server = Server::repeatable().await;
        let root = server.admin().await;
        let clients = BTreeMap::from([("root".to_owned(), root)]);
        Self { server, clients }
    }

    /// What follows reads what was written.
    async fn catch_up(&self) {
        let head = self.server.log.head();
        let reached = self.server.views.wait_for(head, crate::support::DEADLINE);
        reached.await.unwrap();
    }

    /// Does what a text tells to the test: what encoders and recorders do, who have no part here.
    async fn act(&self, text: &str) {
        if text.contains("<!-- ada goes live -->") {
            go_live(&self.server, &self.clients["ada"]).await;
        }
        if text.contains("<!-- the recording is complete -->") {
            self.complete_recording().await;
        }
        self.catch_up().await;
    }

    async fn complete_recording(&self) {
        let recording = self.server.views.open_recordings().await.unwrap().remove(0);
        let (stream, recording, now) = (
            recording.stream,
            recording.id,
            self.server.log.environment().now(),
        );
        let anchor = Anchored {
            recording,
            media_ms: 0,
            at: now,
        };
        let finished = RecordingFinished {
            recording,
            at: now,
            end: RecordingEnd::Asked,
            duration_ms: 61_500,
            bytes: 46_125_000,
        };
        for command in [
            Recordings::Anchor { stream, anchor },
            Recordings::Finish { stream, finished },
        ] {
            system(&self.server, Command::Recordings(command)).await;
        }
    }

    async fn send(&mut self, example: &Example) -> Vec<Value> {
        let variables = example.variables.as_deref().unwrap_or("{}");
        let variables: Value = serde_json::from_str(variables).unwrap();
        let who = example.who.first();
        let client = who.map(|who| &self.clients[who]);
        let token = client.and_then(|client| client.token.clone());
        if example.operation.starts_with("subscription") {
            let address = self.server.listen().await;
            let mut socket = Socket::open(address, token.as_deref()).await;
            socket.subscribe("1", &example.operation, variables).await;
            let mut items = Vec::new();
            for _ in &example.answers {
                items.push(socket.next().await["payload"].clone());
            }
            return items;
        }
        let mut request =
            Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(language) = example.who.get(1) {
            request = request.header(header::ACCEPT_LANGUAGE, language);
        }
        let body = json!({"query": example.operation, "variables": variables}).to_string();
        let request = request.body(Body::from(body)).unwrap();
        let mut answer = self.server.anyone().send(request).await.body;
        let token = answer["data"]["register"]["session"]["accessToken"].as_str();
        if let Some(token) = token {
            let mut client = self.server.with_token(token);
            client.id = answer["data"]["register"]["account"]["id"]
                .as_str()
                .unwrap()
                .to_owned();
            let name = variables["input"]["name"].as_str().unwrap();
            self.clients.insert(name.to_owned(), client);
        }
        self.catch_up().await;
        answer.as_object_mut().unwrap().remove("extensions");
        vec![answer]
    }
}

/// Strings that stand at the same place of two answers and differ: what was learned.
fn learned(was: &Value, is: &Value, found: &mut Vec<(String, String)>) {
    match (was, is) {
        (Value::String(was), Value::String(is)) if was != is && was.len() > 5 => {
            found.push((was.clone(), is.clone()));
        }
        (Value::Array(was), Value::Array(is)) => {
            was.iter()
                .zip(is)
                .for_each(|(was, is)| learned(was, is, found));
        }
        (Value::Object(was), Value::Object(is)) => {
            for (name, was) in was {
                is.get(name)
                    .into_iter()
                    .for_each(|is| learned(was, is, found));
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_example_of_the_guide_is_answered_as_it_says() {
    let update = std::env::var_os("UPDATE_GUIDE").is_some();
    let text = std::fs::read_to_string(path()).unwrap();
    let mut pieces = read(&text);
    assert_eq!(write(&pieces), text, "the guide is read as it is written");
    let mut walk = Walk::begin().await;
    let mut known: Vec<(String, String)> = Vec::new();
    let mut examples = 0;
    for piece in &mut pieces {
        let example = match piece {
            Piece::Text(plain) => {
                walk.act(plain).await;
                continue;
            }
            Piece::Example(example) => example,
        };
        if update && let Some(variables) = &mut example.variables {
            for (was, is) in &known {
                *variables = variables.replace(was, is);
            }
        }
        examples += 1;
        let mut answers = walk.send(example).await;
        answers.iter_mut().for_each(shortened);
        assert_eq!(
            answers.len(),
            example.answers.len(),
            "{}",
            example.operation
        );
        for (stands, came) in example.answers.iter_mut().zip(&answers) {
            let was: Value = serde_json::from_str(stands).unwrap();
            if update && was != *came {
                learned(&was, came, &mut known);
                *stands = serde_json::to_string_pretty(came).unwrap();
            }
            let stands: Value = serde_json::from_str(stands).unwrap();
            assert_eq!(stands, *came, "{}", example.operation);
        }
    }
    assert!(examples > 20, "there are {examples} examples");
    if update {
        std::fs::write(path(), write(&pieces)).unwrap();
    }
}
