//! A person who chats and tips, and sends again, under the same id, whatever got no answer.

use super::chance::Chance;
use crate::support::PATIENCE;
use crate::support::api::Api;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Kept of the acknowledged commands, to be sent once more.
const OLD_MAX: usize = 50;

/// Before it asks again where it was told that the database does not answer.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// How long it waits for one answer: a server whose database went away takes its time.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What all clients of a round know.
#[derive(Clone)]
pub struct Round {
    /// Where the server is.
    pub server: watch::Receiver<String>,
    /// Nothing new is begun once it is set.
    pub finish: Arc<AtomicBool>,
    pub acknowledged: Arc<AtomicU64>,
}

#[derive(Clone)]
struct Command {
    id: String,
    mutation: &'static str,
    kind: &'static str,
    input: Value,
    /// What it does to the wallet, in whole dollars.
    dollars: i64,
}

/// See the [module](self).
pub struct Client {
    pub name: String,
    pub api: Api,
    channels: Vec<String>,
    chance: Chance,
    next: u64,
    old: Vec<(Command, String)>,
    /// The ids of top-ups, which have no words.
    silent: HashSet<String>,
    /// The ids of what was acknowledged since this was last taken, and their positions.
    pub done: HashMap<String, String>,
    /// What its wallet holds, in whole dollars.
    pub balance: i64,
    /// What it gave to each channel.
    pub given: Vec<i64>,
}

impl Client {
    pub fn new(name: &str, api: Api, channels: &[String], chance: Chance) -> Self {
        Self {
            name: name.to_owned(),
            api,
            channels: channels.to_vec(),
            chance,
            next: 0,
            old: vec![],
            silent: HashSet::new(),
            done: HashMap::new(),
            balance: 0,
            given: vec![0; channels.len()],
        }
    }

    /// Goes on until the round is to finish, and everything that it has begun is acknowledged.
    pub async fn run(mut self, round: Round) -> Self {
        while !round.finish.load(Ordering::Relaxed) {
            if !self.old.is_empty() && self.chance.one_in(20) {
                let at = self.chance.below(self.old.len());
                let (command, first) = self.old[at].clone();
                let again = self.acknowledged(&command, &round).await;
                assert_eq!(again, first, "{} was carried out again", command.id);
                continue;
            }
            let (command, channel) = self.invent();
            let position = self.acknowledged(&command, &round).await;
            round.acknowledged.fetch_add(1, Ordering::Relaxed);
            self.balance += command.dollars;
            if command.dollars < 0 {
                self.given[channel] -= command.dollars;
            }
            self.done.insert(command.id.clone(), position.clone());
            if self.old.len() == OLD_MAX {
                let at = self.chance.below(OLD_MAX);
                self.old.swap_remove(at);
            }
            self.old.push((command, position));
        }
        self
    }

    /// Whether a command leaves no words in the log.
    pub fn is_silent(&self, id: &str) -> bool {
        self.silent.contains(id)
    }

    /// Signs in anew: access tokens are good for a quarter of an hour.
    pub async fn sign_in(&mut self, http: &str) {
        self.api = self.api.at(http).log_in(&self.name).await;
    }

    fn invent(&mut self) -> (Command, usize) {
        self.next += 1;
        let id = format!("#{}-{}#", self.name, self.next);
        let channel = self.chance.below(self.channels.len());
        let to = &self.channels[channel];
        let tips = self.chance.one_in(3);
        let (mutation, kind, dollars, input) = if tips && self.balance < 5 {
            self.silent.insert(id.clone());
            let input = json!({ "amount": "40.00", "currency": "USD" });
            ("topUp", "TopUp", 40, input)
        } else if tips {
            let amount = 1 + i64::try_from(self.chance.below(5)).unwrap();
            let input = json!({
                "channelId": to, "amount": format!("{amount}.00"), "currency": "USD", "message": id
            });
            ("sendTip", "SendTip", -amount, input)
        } else {
            let input = json!({ "channelId": to, "text": id });
            ("sendChatMessage", "SendChatMessage", 0, input)
        };
        let mut input = input;
        input["clientMutationId"] = json!(id);
        let command = Command {
            id,
            mutation,
            kind,
            input,
            dollars,
        };
        (command, channel)
    }

    /// Sends a command until it is acknowledged: its position.
    async fn acknowledged(&self, command: &Command, round: &Round) -> String {
        let Command { mutation, kind, .. } = command;
        let document = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) \
             {{ position errors {{ code message }} }} }}"
        );
        let body = json!({ "query": document, "variables": { "input": command.input } });
        let deadline = tokio::time::Instant::now() + 3 * PATIENCE;
        let mut last = Value::Null;
        loop {
            let http = round.server.borrow().clone();
            let request = self.api.client().post(format!("{http}/graphql"));
            let request = request.bearer_auth(self.api.token.as_ref().unwrap());
            let request = request.json(&body).timeout(ANSWER_WITHIN);
            if let Ok(response) = request.send().await
                && let Ok(answer) = response.json::<Value>().await
            {
                let payload = &answer["data"][mutation];
                if let Some(position) = payload["position"].as_str() {
                    return position.to_owned();
                }
                let refused = payload["errors"].as_array();
                assert!(refused.is_none_or(Vec::is_empty), "{command:?}: {answer}");
                last = answer;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "{} was not answered in time; the last answer was {last}",
                command.id
            );
            tokio::time::sleep(ASK_AGAIN_AFTER).await;
        }
    }
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.mutation, self.input)
    }
}
