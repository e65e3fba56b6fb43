//! The decider with a pretended database: what it answers, asks for and hands over.

mod batches;
mod cache;
mod durability;
mod ids;
mod other_nodes;

use super::*;
use crate::environment::{Environment, ManualClock, SeededEntropy};
use crate::sequencer::{COMMAND_KEY, Draft};
use crate::storage::Head;
use chrono::TimeDelta;
use std::sync::Arc;
use tributary_domain::account::Person;
use tributary_domain::command::{Actor, Command, accounts, tips};
use tributary_domain::position::Metadata;
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{AccountId, EntryId, Event, Money, Position, Recorded, Timestamp};
use uuid::Uuid;

/// A decider with a pretended database: events by history, and how many there are in all.
struct Bench {
    decider: Decider,
    clock: Arc<ManualClock>,
    env: Environment,
    stored: HashMap<HistoryId, Vec<Event>>,
    receipts: HashMap<(String, String), StoredReceipt>,
    head: usize,
    tickets: Ticket,
}

impl Bench {
    fn new(limits: Limits) -> Self {
        let clock = ManualClock::at(Timestamp::from_timestamp(1_800_000_000, 0).unwrap());
        let env = Environment {
            clock: Arc::clone(&clock) as _,
            entropy: SeededEntropy::new(1),
        };
        Self {
            decider: Decider::new(limits),
            clock,
            env,
            stored: HashMap::new(),
            receipts: HashMap::new(),
            head: 0,
            tickets: 0,
        }
    }

    fn submit(&mut self, request: Request) -> Ticket {
        self.tickets += 1;
        self.decider.submit(self.tickets, request);
        self.decider.run();
        self.tickets
    }

    /// Answers every reading from what is stored, until nothing more is asked for.
    fn read(&mut self) {
        loop {
            let (epoch, needs) = self.decider.take_needs();
            if needs.is_empty() {
                return;
            }
            let loaded = needs.into_iter().map(|need| self.look_up(need)).collect();
            self.decider.loaded(epoch, loaded);
            self.decider.run();
        }
    }

    fn look_up(&self, need: Need) -> Loaded {
        match need {
            Need::History(history) => {
                let events = self.stored.get(&history).map_or(&[][..], Vec::as_slice);
                let mut state = history.empty();
                events.iter().for_each(|event| state.fold(event));
                let sequence = i64::try_from(events.len()).unwrap();
                Loaded::History(history, Box::new(state), sequence)
            }
            Need::Receipt(scope, id) => {
                let receipt = self.receipts.get(&(scope.clone(), id.clone())).cloned();
                Loaded::Receipt(scope, id, receipt)
            }
        }
    }

    /// Cuts a batch: the commands' tickets whose events are in it.
    fn cut(&mut self) -> Option<usize> {
        let batch = self.decider.next_batch()?;
        Some(
            batch
                .iter()
                .filter(|decided| !decided.events.is_empty())
                .count(),
        )
    }

    /// Makes the batch under way durable.
    fn commit(&mut self) {
        let first = Position::START.plus(self.head + 1);
        let mut next = first;
        let mut recorded = Vec::new();
        for decided in self.decider.next_batch().expect("a batch is under way") {
            let begin = next;
            for new in &decided.events {
                let history = self.stored.entry(new.history.clone()).or_default();
                history.push(new.event.clone());
                recorded.push(recorded_at(next, new.clone()));
                assert_eq!(
                    new.sequence,
                    i64::try_from(history.len()).unwrap(),
                    "dense histories"
                );
                next = next.next();
                self.head += 1;
            }
            if let Some(id) = &decided.request().id
                && next > begin
            {
                let last = Position::START.plus(self.head);
                let receipt = StoredReceipt {
                    id: id.clone(),
                    first: begin,
                    last,
                };
                self.receipts
                    .insert((id.scope.clone(), id.id.clone()), receipt);
            }
        }
        self.decider.appended(first, &recorded);
        self.decider.run();
    }

    /// Appends what another node decided.
    fn append_elsewhere(&mut self, history: &HistoryId, event: Event) -> Arc<Recorded> {
        let events = self.stored.entry(history.clone()).or_default();
        events.push(event.clone());
        let sequence = i64::try_from(events.len()).unwrap();
        self.head += 1;
        let new = NewEvent {
            history: history.clone(),
            sequence,
            channel: None,
            event,
        };
        recorded_at(Position::START.plus(self.head), new)
    }

    fn answers(&mut self) -> Vec<(Ticket, Answer)> {
        self.decider.take_answers()
    }

    fn request(&self, actor: Actor, command: Command) -> Request {
        Request {
            actor,
            at: self.env.now(),
            id: None,
            command,
        }
    }

    fn register(&mut self, name: &str) -> (AccountId, Request) {
        let account = AccountId(self.env.uuid());
        let command = accounts::Command::Register {
            account,
            person: Person {
                name: AccountName::new(name).unwrap(),
                email: EmailAddress::new(&format!("{account}@example.com")).unwrap(),
            },
            name_hash: format!("hash of {}", name.to_lowercase()),
            email_hash: account.to_string(),
            password_hash: String::new(),
            salt: self.env.salt(),
        };
        (
            account,
            self.request(Actor::Anonymous, Command::Accounts(command)),
        )
    }

    fn top_up(&self, account: AccountId) -> Request {
        let amount = Money::parse("1.00", "USD".parse().unwrap()).unwrap();
        let command = tips::Command::TopUp {
            entry: EntryId(self.env.uuid()),
            amount,
        };
        self.request(Actor::Account(account), Command::Tips(command))
    }

    /// A registered account, its histories in the cache.
    fn registered(&mut self) -> AccountId {
        let (account, request) = self.register("ada");
        self.submit(request);
        self.read();
        self.cut();
        self.commit();
        self.answers();
        account
    }
}

fn with_id(request: Request, id: &str, body: u8) -> Request {
    let id = CommandId {
        scope: "ada".into(),
        id: id.into(),
        body: [body; 32],
    };
    Request {
        id: Some(id),
        ..request
    }
}

fn is_refused(answer: &Answer, code: &str) -> bool {
    matches!(answer, Answer::Rejected(rejection) if rejection.code == code)
}

fn recorded_at(position: Position, new: NewEvent) -> Arc<Recorded> {
    Arc::new(Recorded {
        position,
        event_id: Uuid::nil(),
        recorded_at: Timestamp::UNIX_EPOCH,
        history: new.history,
        sequence: new.sequence,
        channel: new.channel,
        event: new.event,
        metadata: Metadata::new(),
    })
}
