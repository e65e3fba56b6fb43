//! Commands over several histories: given what happened, when somebody asks, then this is recorded
//! or that rule refuses.

mod accounts;
mod books;
mod channels;
mod chat;
mod erasure;
mod fees;
mod follows;
mod guide;
mod holds;
mod laws;
mod money;
mod names;
mod payments;
mod payouts;
mod promotions;
mod publish;
mod recordings;
mod refunds;
mod sessions;
mod streams;
mod suspension;
mod tips;

use super::*;
use crate::account::Registered;
use crate::decision::Credential;
use crate::testing::{ada, at, bob, eve, name_hash, person, root, salt};
use crate::{Event, Personal, Rejection, State, StreamId, account, stream};
use std::collections::HashMap;

const ADA: Actor = Actor::Account(crate::testing::ADA);
const BOB: Actor = Actor::Account(crate::testing::BOB);
const EVE: Actor = Actor::Account(crate::testing::EVE);
const ROOT: Actor = Actor::Account(crate::testing::ROOT);
/// Has a good token and was never registered.
const GHOST: Actor = Actor::Account(crate::testing::GHOST);
/// Has the role of finance, once [`World::finance`] was called.
const FINANCE: Actor = Actor::Account(crate::testing::EVE);
const INGEST: Actor = Actor::System("ingest");

/// So that a test names a command by its subject alone.
macro_rules! subjects {
    ($( $subject:ident: $module:ident; )*) => { $(
        use crate::command::$module::Command as $subject;
        impl From<$subject> for Command {
            fn from(command: $subject) -> Self {
                Self::$subject(command)
            }
        }
    )* };
}

subjects! {
    Accounts: accounts;
    Channels: channels;
    Follows: follows;
    Streams: streams;
    Recordings: recordings;
    Chat: chat;
    Tips: tips;
    Sessions: sessions;
    Books: books;
    Fees: fees;
    Holds: holds;
    Payments: payments;
    Payouts: payouts;
    Promotions: promotions;
    Refunds: refunds;
}

/// The histories so far, in memory.
#[derive(Debug, Clone, Default)]
struct World(HashMap<HistoryId, State>);

impl Histories for World {
    fn state(&mut self, history: &HistoryId) -> Option<&State> {
        self.0.get(history)
    }
}

/// Ada, Bob, Eve and Root are registered, Root as an admin; Ada's channel is open.
fn given() -> World {
    let opened = channel::Opened {
        channel: ada().into(),
    };
    World::default()
        .registered(ada(), "ada")
        .registered(bob(), "bob")
        .registered(eve(), "eve")
        .registered(root(), "root")
        .admin(root())
        .with(
            HistoryId::Channel(ada().into()),
            channel::Event::from(opened),
        )
}

impl World {
    fn with(mut self, history: HistoryId, event: impl Into<Event>) -> Self {
        let empty = history.empty();
        self.0.entry(history).or_insert(empty).fold(&event.into());
        self
    }

    fn registered(self, account: AccountId, name: &str) -> Self {
        let personal = Personal::seal(person(name), salt());
        let registered = Registered { account, personal };
        self.with(
            HistoryId::Account(account),
            account::Event::from(registered),
        )
    }

    fn admin(self, account: AccountId) -> Self {
        let granted = account::RoleGranted { role: Role::Admin };
        self.with(HistoryId::Account(account), account::Event::from(granted))
    }

    /// Eve works for finance.
    fn finance(self) -> Self {
        let granted = account::RoleGranted {
            role: Role::Finance,
        };
        self.with(HistoryId::Account(eve()), account::Event::from(granted))
    }

    /// The same after a command that is taken.
    fn after(mut self, actor: Actor, command: impl Into<Command>) -> Self {
        let decision = decide(&mut self, actor, 0, command.into()).expect("taken");
        for (history, _, event) in decision.events {
            self = self.with(history, event);
        }
        self
    }

    fn when(self, actor: Actor, command: impl Into<Command>) -> Then {
        self.when_at(0, actor, command)
    }

    /// So many seconds after noon.
    fn when_at(mut self, seconds: i64, actor: Actor, command: impl Into<Command>) -> Then {
        Then(decide(&mut self, actor, seconds, command.into()))
    }
}

/// Decides, loading what is asked for: a history without events is empty.
fn decide(
    world: &mut World,
    actor: Actor,
    seconds: i64,
    command: Command,
) -> Result<Decision, Rejection> {
    let request = Request {
        actor,
        at: at(seconds),
        id: None,
        command,
    };
    for _ in 0..10 {
        match request.decide(world) {
            Ok(decision) => return Ok(decision),
            Err(Undecided::Rejected(rejection)) => return Err(rejection),
            Err(Undecided::Missing(history)) => {
                let empty = history.empty();
                let asked_again = world.0.insert(history.clone(), empty);
                assert_eq!(asked_again, None, "{history} was at hand");
            }
        }
    }
    panic!("{request:?} asks for ever more histories");
}

/// What a command came to.
struct Then(Result<Decision, Rejection>);

impl Then {
    #[track_caller]
    fn decision(self) -> Decision {
        self.0.expect("taken")
    }

    /// Exactly these events, in this order.
    #[track_caller]
    fn records<E: Into<Event>>(self, events: impl IntoIterator<Item = (HistoryId, E)>) {
        let recorded = self.decision().events.into_iter();
        let recorded: Vec<_> = recorded
            .map(|(history, _, event)| (history, event))
            .collect();
        let expected = events
            .into_iter()
            .map(|(history, event)| (history, event.into()));
        assert_eq!(recorded, expected.collect::<Vec<_>>());
    }

    /// Events of these names, in this order, all of `channel`.
    #[track_caller]
    fn records_in(self, channel: Option<ChannelId>, names: &[&str]) {
        let decision = self.decision();
        assert_eq!(self::names(&decision), names);
        for (history, concerns, _) in &decision.events {
            assert_eq!(*concerns, channel, "{history}");
        }
    }

    /// It holds already.
    #[track_caller]
    fn records_nothing(self) {
        assert_eq!(self.decision(), Decision::default());
    }

    #[track_caller]
    fn refuses(self, code: &str) {
        match self.0 {
            Ok(decision) => panic!("{code} was expected, not {:?}", names(&decision)),
            Err(rejection) => assert_eq!(rejection.code, code),
        }
    }
}

fn names(decision: &Decision) -> Vec<&'static str> {
    let events = decision.events.iter();
    events.map(|(_, _, event)| event.name().0).collect()
}

fn in_ada() -> Option<ChannelId> {
    Some(ada().into())
}
