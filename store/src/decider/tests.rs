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

#[test]
fn nothing_is_answered_before_it_is_durable() {
    let mut bench = Bench::new(Limits::default());
    let (_, request) = bench.register("ada");
    let ticket = bench.submit(request);
    bench.read();
    assert_eq!(bench.cut(), Some(1));
    assert_eq!(bench.answers(), []);
    bench.commit();
    let (first, last) = (Position::START.plus(1), Position::START.plus(3));
    assert_eq!(
        bench.answers(),
        [(ticket, Answer::Appended { first, last })]
    );
    assert!(bench.decider.is_idle());
}

#[test]
fn a_refusal_waits_for_what_it_was_decided_on() {
    let mut bench = Bench::new(Limits::default());
    let (_, first) = bench.register("ada");
    let (_, second) = bench.register("ADA");
    bench.submit(first);
    bench.read();
    bench.cut();
    let refused = bench.submit(second);
    bench.read();
    assert_eq!(
        bench.answers(),
        [],
        "the first registration is not durable yet"
    );
    bench.commit();
    let answers = bench.answers();
    assert_eq!(answers.len(), 2);
    assert!(
        answers
            .iter()
            .any(|(t, a)| *t == refused && is_refused(a, "NAME_TAKEN"))
    );
}

#[test]
fn a_refusal_that_rests_on_a_failed_append_is_decided_again() {
    let mut bench = Bench::new(Limits::default());
    let (_, first) = bench.register("ada");
    let (_, second) = bench.register("ADA");
    let first = bench.submit(first);
    bench.read();
    bench.cut();
    let second = bench.submit(second);
    bench.read();
    // The first one can never be stored: the second gets the name after all.
    assert_eq!(bench.decider.give_up(), [first]);
    bench.decider.run();
    bench.read();
    assert_eq!(bench.cut(), Some(1));
    bench.commit();
    assert!(matches!(bench.answers()[..], [(t, Answer::Appended { .. })] if t == second));
}

#[test]
fn commands_are_decided_on_what_the_ones_before_them_will_leave() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    for _ in 0..3 {
        let request = bench.top_up(account);
        bench.submit(request);
        bench.read();
    }
    assert_eq!(
        bench.cut(),
        Some(3),
        "one batch, without waiting in between"
    );
    bench.commit();
    assert_eq!(bench.answers().len(), 3);
}

#[test]
fn a_failed_batch_and_what_came_after_it_are_decided_again_in_order() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let before = bench.top_up(account);
    let before = bench.submit(before);
    bench.read();
    bench.cut();
    let after = bench.top_up(account);
    let after = bench.submit(after);
    bench.read();
    // Another node has topped up the same wallet meanwhile.
    let wallet = HistoryId::Wallet(account, "USD".parse().unwrap());
    let theirs = bench.decider.next_batch().unwrap()[0].events[0]
        .event
        .clone();
    bench.stored.entry(wallet.clone()).or_default().push(theirs);
    bench.head += 1;
    bench.decider.overtaken(&[], [wallet.clone()]);
    bench.decider.run();
    bench.read();
    assert_eq!(bench.cut(), Some(2));
    bench.commit();
    let tickets: Vec<_> = bench
        .answers()
        .into_iter()
        .map(|(ticket, _)| ticket)
        .collect();
    assert_eq!(tickets, [before, after]);
    assert_eq!(bench.stored[&wallet].len(), 3);
}

#[test]
fn a_node_that_was_overtaken_goes_on_without_reading_anything_again() {
    let shared = Limits {
        confirm: true,
        ..Limits::default()
    };
    let mut bench = Bench::new(shared);
    let account = bench.registered();
    let wallet = HistoryId::Wallet(account, "USD".parse().unwrap());
    for _ in 0..2 {
        let request = bench.top_up(account);
        bench.submit(request);
        bench.read();
        bench.cut();
    }
    // One is under way and one is decided upon it when another node is quicker.
    let theirs = bench.decider.next_batch().unwrap()[0].events[0]
        .event
        .clone();
    let theirs = bench.append_elsewhere(&wallet, theirs);
    bench.decider.overtaken(&[theirs], []);
    bench.decider.run();
    let (_, needs) = bench.decider.take_needs();
    assert_eq!(needs, []);
    assert_eq!(bench.cut(), Some(2));
    bench.commit();
    assert_eq!(bench.stored[&wallet].len(), 3);
    // And what is durable is what the next one is decided on.
    let request = bench.top_up(account);
    bench.submit(request);
    bench.read();
    bench.cut();
    bench.decider.failed(false);
    bench.decider.run();
    assert_eq!(bench.decider.take_needs().1, []);
    bench.cut();
    bench.commit();
    assert_eq!(bench.stored[&wallet].len(), 4);
}

#[test]
fn an_id_that_no_event_of_theirs_carries_is_not_looked_up_again() {
    let shared = Limits {
        confirm: true,
        ..Limits::default()
    };
    let mut bench = Bench::new(shared);
    let account = bench.registered();
    let wallet = HistoryId::Wallet(account, "USD".parse().unwrap());
    let mut request = bench.top_up(account);
    request.id = Some(CommandId {
        scope: "somebody".to_owned(),
        id: "mine".to_owned(),
        body: [1; 32],
    });
    bench.submit(request);
    bench.read();
    bench.cut();
    let theirs = bench.decider.next_batch().unwrap()[0].events[0]
        .event
        .clone();
    let theirs = bench.append_elsewhere(&wallet, theirs);
    bench.decider.overtaken(&[Arc::clone(&theirs)], []);
    bench.decider.run();
    assert_eq!(bench.decider.take_needs().1, []);
    bench.cut();
    // The same command, retried there: the id must be looked up.
    let mut same = Recorded::clone(&bench.append_elsewhere(&wallet, theirs.event.clone()));
    same.metadata
        .insert(COMMAND_KEY.to_owned(), "mine".to_owned());
    bench.decider.overtaken(&[same.into()], []);
    bench.decider.run();
    let (_, needs) = bench.decider.take_needs();
    assert!(
        matches!(&needs[..], [Need::Receipt(_, id)] if id == "mine"),
        "{needs:?}"
    );
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

#[test]
fn readings_from_before_another_nodes_append_are_asked_for_again() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let mut bench = Bench {
        decider: Decider::new(Limits::default()),
        ..bench
    };
    let request = bench.top_up(account);
    bench.submit(request);
    let (epoch, needs) = bench.decider.take_needs();
    let stale = needs
        .iter()
        .cloned()
        .map(|need| bench.look_up(need))
        .collect();
    bench.decider.failed(false);
    bench.decider.loaded(epoch, stale);
    let (now, again) = bench.decider.take_needs();
    assert_ne!(now, epoch);
    assert_eq!(again.len(), needs.len());
}

#[test]
fn an_id_that_was_never_used_is_not_looked_up_once_all_used_ones_are_known() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let asked = |bench: &mut Bench, id: &str| {
        let request = bench.top_up(account);
        bench.submit(with_id(request, id, 1));
        let (epoch, needs) = bench.decider.take_needs();
        let asked = needs.iter().any(|need| matches!(need, Need::Receipt(..)));
        let loaded = needs.into_iter().map(|need| bench.look_up(need)).collect();
        bench.decider.loaded(epoch, loaded);
        bench.decider.run();
        bench.read();
        bench.cut();
        bench.commit();
        asked
    };
    let used = IdKey::of("ada", "used").short();
    bench.decider.used_before(&[used]);
    assert!(asked(&mut bench, "before all are known"));
    bench.decider.used_before(&[]);
    assert!(!asked(&mut bench, "new"));
    assert!(asked(&mut bench, "used"));
}

#[test]
fn the_next_batch_is_known_while_one_is_under_way() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let submit = |bench: &mut Bench| {
        let request = bench.top_up(account);
        bench.submit(request);
        bench.read();
    };
    submit(&mut bench);
    bench.cut();
    assert_eq!(bench.decider.upcoming().len(), 0);
    submit(&mut bench);
    submit(&mut bench);
    assert_eq!(bench.decider.upcoming().len(), 2);
    assert_eq!(bench.decider.upcoming().len(), 0, "each is given out once");
    submit(&mut bench);
    assert_eq!(bench.decider.upcoming().len(), 1);
    // The batch under way failed: all are decided anew, and given out anew.
    bench.decider.failed(false);
    bench.decider.run();
    bench.read();
    assert_eq!(bench.decider.upcoming().len(), 4);
    assert_eq!(bench.cut(), Some(4));
}

#[test]
fn the_head_after_a_batch_is_that_of_its_last_event() {
    // What other nodes read of the last event must be what the head says.
    let mut bench = Bench::new(Limits {
        confirm: true,
        ..Limits::default()
    });
    let (_, first) = bench.register("ada");
    let (_, again) = bench.register("ADA");
    let begin = bench.env.now();
    let head = Head {
        position: Position::START,
        hash: crate::chain::GENESIS,
        recorded_at: begin,
    };
    let mut draft = Draft::behind(head);
    bench.submit(first);
    bench.read();
    draft.add(bench.decider.upcoming(), &bench.env);
    bench.clock.advance(TimeDelta::seconds(1));
    bench.submit(again);
    bench.read();
    let refused = bench.decider.upcoming();
    assert_eq!(refused.len(), 1);
    draft.add(refused, &bench.env);
    let batch = draft.finish().unwrap().batch;
    assert_eq!(batch.head.recorded_at, begin);
    assert_eq!(batch.rows.last().unwrap().recorded_at, begin);
    assert_eq!(batch.rows.last().unwrap().hash, batch.head.hash);
}

#[test]
fn a_repeated_id_is_answered_with_the_first_events() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let request = with_id(bench.top_up(account), "t", 1);
    let first = bench.submit(request.clone());
    bench.read();
    bench.cut();
    // While the first is under way, and after it is durable.
    let during = bench.submit(request.clone());
    bench.read();
    bench.commit();
    while bench.cut().is_some() {
        bench.commit();
    }
    let after = bench.submit(request);
    let other = bench.submit(with_id(bench.top_up(account), "t", 2));
    // What came in, and what it was paid with.
    let place = Position::START.plus(4);
    let last = place.next();
    let repeated = Answer::Repeated { first: place, last };
    assert_eq!(
        bench.answers(),
        [
            (first, Answer::Appended { first: place, last }),
            (during, repeated.clone()),
            (after, repeated),
            (other, Answer::IdReused),
        ]
    );
    assert_eq!(bench.head, 5);
}

#[test]
fn a_duplicate_of_a_command_that_failed_is_carried_out() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let request = with_id(bench.top_up(account), "t", 1);
    let first = bench.submit(request.clone());
    bench.read();
    bench.cut();
    let second = bench.submit(request);
    bench.read();
    assert_eq!(bench.decider.give_up(), [first]);
    bench.decider.run();
    bench.read();
    assert_eq!(bench.cut(), Some(1));
    bench.commit();
    assert!(matches!(bench.answers()[..], [(t, Answer::Appended { .. })] if t == second));
}

#[test]
fn a_batch_is_bounded_and_commands_are_never_parted() {
    let mut bench = Bench::new(Limits {
        batch_events: 4,
        ..Limits::default()
    });
    for n in 0..3 {
        let (_, request) = bench.register(&format!("name{n}"));
        bench.submit(request);
    }
    bench.read();
    for _ in 0..3 {
        assert_eq!(bench.cut(), Some(1), "three events each, four at most");
        bench.commit();
    }
    assert_eq!(bench.cut(), None);
    assert_eq!(bench.answers().len(), 3);
}

#[test]
fn after_a_refused_batch_commands_are_appended_one_by_one() {
    let mut bench = Bench::new(Limits::default());
    for n in 0..3 {
        let (_, request) = bench.register(&format!("name{n}"));
        bench.submit(request);
    }
    bench.read();
    assert_eq!(bench.cut(), Some(3));
    bench.decider.failed(true);
    bench.decider.run();
    bench.read();
    assert_eq!(bench.cut(), Some(1));
    bench.commit();
    assert_eq!(bench.cut(), Some(1));
    assert!(bench.decider.fails_singly());
    assert_eq!(
        bench.decider.give_up().len(),
        1,
        "the one that cannot be stored"
    );
    bench.decider.run();
    bench.read();
    assert_eq!(bench.cut(), Some(1));
    bench.commit();
    assert_eq!(bench.answers().len(), 2);
    assert!(!bench.decider.fails_singly());
    assert!(bench.decider.is_idle());
}

#[test]
fn beside_other_nodes_an_answer_without_events_waits_for_the_head() {
    let mut bench = Bench::new(Limits {
        confirm: true,
        ..Limits::default()
    });
    let account = bench.registered();
    let (_, request) = bench.register("ada");
    let refused = bench.submit(request);
    bench.read();
    assert_eq!(bench.answers(), [], "the cache may be out of date");
    assert_eq!(bench.cut(), Some(0));
    // It was: another node had appended.
    bench.decider.overtaken(&[], [HistoryId::Account(account)]);
    bench.decider.run();
    bench.read();
    assert_eq!(bench.cut(), Some(0));
    bench.commit();
    let answers = bench.answers();
    assert!(matches!(&answers[..], [(t, a)] if *t == refused && is_refused(a, "NAME_TAKEN")));
    assert!(bench.decider.is_idle());

    // A head that cannot be seen is told, not asked for without end.
    let (_, request) = bench.register("ada");
    let unanswered = bench.submit(request);
    bench.read();
    assert_eq!(bench.cut(), Some(0));
    assert_eq!(bench.decider.give_up(), [unanswered]);
    assert!(bench.decider.is_idle());
}

#[test]
fn beside_other_nodes_an_answer_does_not_ride_on_a_head_that_was_seen_before_the_question() {
    let mut bench = Bench::new(Limits {
        confirm: true,
        ..Limits::default()
    });
    bench.registered();
    let (_, request) = bench.register("ada");
    let early = bench.submit(request);
    bench.read();
    assert_eq!(bench.cut(), Some(0), "the head is being looked at");
    let (_, request) = bench.register("ada");
    let late = bench.submit(request);
    bench.read();
    bench.commit();
    let answers = bench.answers();
    assert!(
        matches!(&answers[..], [(t, _)] if *t == early),
        "{answers:?}"
    );
    assert_eq!(bench.cut(), Some(0), "it is looked at once more");
    bench.commit();
    let answers = bench.answers();
    assert!(matches!(&answers[..], [(t, a)] if *t == late && is_refused(a, "NAME_TAKEN")));
    assert!(bench.decider.is_idle());
}

#[test]
fn the_cache_is_bounded_and_keeps_what_is_under_way() {
    let mut bench = Bench::new(Limits {
        cached_histories: 2,
        ..Limits::default()
    });
    for n in 0..50 {
        let (_, request) = bench.register(&format!("name{n}"));
        bench.submit(request);
    }
    bench.read();
    while bench.cut().is_some() {
        bench.commit();
        bench.read();
    }
    assert_eq!(bench.answers().len(), 50);
    assert_eq!(bench.head, 150);
    let (_, request) = bench.register("another");
    bench.submit(request);
    bench.read();
    assert!(
        bench.decider.cache.len() <= 3,
        "{}",
        bench.decider.cache.len()
    );
}

#[test]
fn a_history_that_cannot_be_read_gives_up_only_who_needs_it() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let (_, unreadable) = bench.register("eve");
    let unreadable = bench.submit(unreadable);
    let (_, needs) = bench.decider.take_needs();
    let fine = bench.top_up(account);
    let fine = bench.submit(fine);
    assert_eq!(bench.decider.unreadable(&needs), [unreadable]);
    bench.read();
    bench.cut();
    bench.commit();
    assert!(matches!(bench.answers()[..], [(t, Answer::Appended { .. })] if t == fine));
    assert!(bench.decider.is_idle());
}

#[test]
fn shared_environments_give_the_same_ids() {
    let ids = |seed| {
        let clock = ManualClock::at(Timestamp::from_timestamp(1, 0).unwrap());
        let env = Environment {
            clock: Arc::clone(&clock) as _,
            entropy: SeededEntropy::new(seed),
        };
        (env.uuid(), env.uuid())
    };
    assert_eq!(ids(5), ids(5));
    assert_ne!(ids(5), ids(6));
    assert_ne!(ids(5).0, ids(5).1);
}
