//! What is measured, and how it is shown.

use super::clients::{Answers, Question, ask, ask_once};
use super::support::instance::{ENGINE, PASSWORD};
use super::support::process::Server;
use std::time::Duration;

/// Connections at once.
const CONNECTIONS: usize = 64;

/// How it is used.
const USAGE: &str = "cargo xtask bench api [--only trivial|chat] [--engine sqlite|postgres|both] \
                     [--runs 1-20] [--seconds 1-20]";

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    only: Option<String>,
    engines: Vec<&'static str>,
    runs: usize,
    seconds: u64,
}

impl Plan {
    /// Reads the arguments; what cargo adds is passed over.
    ///
    /// # Errors
    /// How it is used.
    pub fn read(words: &[&str]) -> Result<Self, &'static str> {
        let mut plan = Self {
            only: None,
            engines: vec!["sqlite", "postgres"],
            runs: 5,
            seconds: 2,
        };
        let mut words = words.iter().filter(|word| **word != "--bench");
        while let Some(word) = words.next() {
            let value = words.next().copied().unwrap_or_default();
            let number = value.parse().ok().filter(|n| (1..=20).contains(n));
            match (*word, value) {
                ("--only", "trivial" | "chat") => plan.only = Some(value.to_owned()),
                ("--engine", "sqlite") => plan.engines = vec!["sqlite"],
                ("--engine", "postgres") => plan.engines = vec!["postgres"],
                ("--engine", "both") => {}
                ("--runs", _) => plan.runs = number.ok_or(USAGE)?,
                ("--seconds", _) => {
                    plan.seconds = number.and_then(|n| n.try_into().ok()).ok_or(USAGE)?;
                }
                _ => return Err(USAGE),
            }
        }
        Ok(plan)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }

    fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// Measures everything that is asked for.
pub async fn measure(plan: Plan) {
    if plan.wants("trivial") {
        trivial(&plan).await;
    }
    if plan.wants("chat") {
        for engine in &plan.engines {
            chat(&plan, engine).await;
        }
    }
}

/// `{ __typename }`, answered by both.
async fn trivial(plan: &Plan) {
    println!(
        "\na trivial query, {CONNECTIONS} connections, medians of {} runs",
        plan.runs
    );
    let question = Question::new(r#"{"query":"{ __typename }"}"#, None, "\"__typename\"");
    let questions = vec![question; CONNECTIONS];
    let bare = Server::start("bare", &[]);
    let ours = Server::start("tributary", &[]);
    let (mut limits, mut rates, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.runs {
        let limit = ask(bare.address, &questions, plan.length()).await;
        let answers = ask(ours.address, &questions, plan.length()).await;
        shares.push(answers.rate / limit.rate);
        limits.push(limit);
        rates.push(answers);
    }
    let (limit, answers) = (medians(&limits), medians(&rates));
    shares.sort_by(f64::total_cmp);
    println!(
        "{:.0}/s, p99 {:.1} ms   bare axum {:.0}/s, p99 {:.1} ms   share {:.2}",
        answers.0,
        answers.1,
        limit.0,
        limit.1,
        shares[shares.len() / 2]
    );
}

/// `sendChatMessage` by as many people as there are connections, into one channel.
async fn chat(plan: &Plan, engine: &str) {
    let mut server = Server::start("tributary", &[(ENGINE, engine)]);
    server.ask(&format!("people {CONNECTIONS}"));
    let channel = server.words.first().cloned().unwrap_or_default();
    let mut questions = Vec::new();
    for n in 0..CONNECTIONS {
        let token = log_in(&server, &format!("person-{n}")).await;
        let query = "mutation S($i: SendChatMessageInput!) { sendChatMessage(input: $i) { position \
                     errors { code } } }";
        let text = format!("message of person {n}, as long as messages usually are in a chat");
        let body = format!(
            r#"{{"query":"{query}","variables":{{"i":{{"channelId":"{channel}","text":"{text}"}}}}}}"#
        );
        questions.push(Question::new(&body, Some(&token), "\"errors\":[]"));
    }
    let (cpu, mut runs) = (server.cpu(), Vec::new());
    for _ in 0..plan.runs {
        runs.push(ask(server.address, &questions, plan.length()).await);
    }
    let cpu = server.cpu() - cpu;
    let answers: f64 = runs
        .iter()
        .map(|run| run.rate * plan.length().as_secs_f64())
        .sum();
    let (rate, p99) = medians(&runs);
    println!(
        "\nsendChatMessage, {CONNECTIONS} connections, {engine}, medians of {} runs\n\
         {rate:.0}/s, p99 {p99:.1} ms, {:.0} µs of CPU each, {} MiB in the end",
        plan.runs,
        cpu.as_secs_f64() * 1_000_000.0 / answers,
        server.memory() / (1_024 * 1_024)
    );
}

async fn log_in(server: &Server, name: &str) -> String {
    let query = "mutation L($i: LogInInput!) { logIn(input: $i) { session { accessToken } errors { code } } }";
    let body = format!(
        r#"{{"query":"{query}","variables":{{"i":{{"nameOrEmail":"{name}","password":"{PASSWORD}"}}}}}}"#
    );
    let answer = ask_once(server.address, &Question::new(&body, None, "accessToken")).await;
    let token = answer.split("\"accessToken\":\"").nth(1);
    let token = token.and_then(|rest| rest.split('"').next());
    token.expect("a token").to_owned()
}

/// The median of the rates, and of the p99 in milliseconds.
fn medians(runs: &[Answers]) -> (f64, f64) {
    let median = |of: fn(&Answers) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    (
        median(|run| run.rate),
        median(|run| run.p99.as_secs_f64() * 1_000.0),
    )
}
