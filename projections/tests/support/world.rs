//! A world in which commands are decided by the domain, so that its events are those that a log
//! could hold.

use std::collections::HashMap;
use tributary_domain::account::Person;
use tributary_domain::channel::{Act, MessageKind, Reason};
use tributary_domain::command::channels::SealedKey;
use tributary_domain::command::{
    Actor, Command, accounts, channels, chat, follows, recordings, sessions, streams, tips,
};
use tributary_domain::money::FeeSchedule;
use tributary_domain::stream::{Labels, Media, Metadata, Title};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::viewer_session::{Joined, Received};
use tributary_domain::{
    AccountId, ChannelId, EntryId, Event, Histories, HistoryId, Money, Position, Recorded,
    Rejection, Request, Salt, State, StreamId, Timestamp, Undecided, ViewerId, ViewerSessionId,
};
use uuid::Uuid;

#[derive(Default)]
struct Known {
    states: HashMap<HistoryId, State>,
    sequences: HashMap<HistoryId, i64>,
}

impl Histories for Known {
    fn state(&mut self, history: &HistoryId) -> Option<&State> {
        let states = &mut self.states;
        Some(
            states
                .entry(history.clone())
                .or_insert_with(|| history.empty()),
        )
    }
}

/// Time and ids that repeat, the states of all histories, and the events that led to them.
pub struct World {
    known: Known,
    pub now: Timestamp,
    ids: u128,
    /// Everything that happened.
    pub events: Vec<Recorded>,
    told: usize,
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
}

pub fn usd(amount: &str) -> Money {
    Money::parse(amount, "USD".parse().unwrap()).unwrap()
}

pub fn titled(title: &str) -> Metadata {
    let title = Title {
        title: title.into(),
        description: None,
    };
    Metadata {
        title,
        labels: Labels::default(),
    }
}

pub fn media() -> Media {
    Media {
        node: "n1".into(),
        video_codec: Some("h264".into()),
        audio_codec: Some("aac".into()),
        width: Some(1920),
        height: Some(1080),
    }
}

fn salt() -> Salt {
    Salt([7; 16])
}

impl World {
    pub fn new() -> Self {
        Self {
            known: Known::default(),
            now: at(0),
            ids: 0,
            events: vec![],
            told: 0,
        }
    }

    /// The events since the last call.
    pub fn news(&mut self) -> Vec<Recorded> {
        let news = self.events[self.told..].to_vec();
        self.told = self.events.len();
        news
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: i64) {
        self.now += chrono::TimeDelta::seconds(seconds);
    }

    pub fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    pub fn head(&self) -> Position {
        Position::START.plus(self.events.len())
    }

    /// Records an event that nothing decided.
    pub fn record(&mut self, history: HistoryId, channel: Option<ChannelId>, event: Event) {
        let sequence = self.known.sequences.entry(history.clone()).or_default();
        *sequence += 1;
        let recorded = Recorded {
            position: Position::START.plus(self.events.len()).next(),
            event_id: Uuid::from_u128(u128::MAX - self.events.len() as u128),
            recorded_at: self.now,
            history,
            sequence: *sequence,
            channel,
            event,
            metadata: std::collections::BTreeMap::default(),
        };
        self.events.push(recorded);
    }

    /// Decides a command and records what it comes to.
    pub fn ask(&mut self, actor: Actor, command: Command) -> Result<(), Rejection> {
        let request = Request {
            actor,
            at: self.now,
            id: None,
            command,
        };
        let decision = match request.decide(&mut self.known) {
            Ok(decision) => decision,
            Err(Undecided::Rejected(rejection)) => return Err(rejection),
            Err(Undecided::Missing(history)) => unreachable!("{history} is always at hand"),
        };
        for (history, channel, event) in decision.events {
            self.known.state(&history);
            self.known.states.get_mut(&history).unwrap().fold(&event);
            self.record(history, channel, event);
            // As the log records it.
            let by = [("actor".to_owned(), actor.to_string())].into();
            self.events.last_mut().unwrap().metadata = by;
        }
        Ok(())
    }

    fn done(&mut self, actor: Actor, command: Command) {
        self.ask(actor, command).unwrap();
    }

    pub fn register(&mut self, name: &str) -> AccountId {
        let account = AccountId(self.id());
        let person = Person {
            name: AccountName::new(name).unwrap(),
            email: EmailAddress::new(&format!("{name}@example.com")).unwrap(),
        };
        let command = accounts::Command::Register {
            account,
            person,
            name_hash: format!("hash of {}", name.to_lowercase()),
            email_hash: format!("hash of {name}"),
            password_hash: "x".into(),
            salt: salt(),
        };
        self.done(Actor::Anonymous, Command::Accounts(command));
        account
    }

    pub fn open_channel(&mut self, account: AccountId) -> ChannelId {
        let key = SealedKey {
            lookup: vec![1],
            ciphertext: vec![2],
        };
        let command = channels::Command::Open { account, key };
        self.done(Actor::Account(account), Command::Channels(command));
        account.into()
    }

    /// An account with a channel.
    pub fn streamer(&mut self, name: &str) -> ChannelId {
        let account = self.register(name);
        self.open_channel(account)
    }

    pub fn streams(&mut self, channel: ChannelId, command: streams::Command) {
        self.done(Actor::Account(channel.owner()), Command::Streams(command));
    }

    pub fn recordings(&mut self, channel: ChannelId, command: recordings::Command) {
        self.done(
            Actor::Account(channel.owner()),
            Command::Recordings(command),
        );
    }

    pub fn start(&mut self, channel: ChannelId, metadata: Metadata) -> StreamId {
        let stream = StreamId(self.id());
        let metadata = Some(metadata);
        self.streams(
            channel,
            streams::Command::Start {
                stream,
                channel,
                metadata,
                salt: salt(),
            },
        );
        stream
    }

    pub fn schedule(&mut self, channel: ChannelId, metadata: Metadata, in_s: i64) -> StreamId {
        let stream = StreamId(self.id());
        let scheduled_for = self.now + chrono::TimeDelta::seconds(in_s);
        let command = streams::Command::Schedule {
            stream,
            channel,
            metadata,
            scheduled_for,
            salt: salt(),
        };
        self.streams(channel, command);
        stream
    }

    pub fn media_arrives(&mut self, channel: ChannelId) {
        self.streams(
            channel,
            streams::Command::MediaArrived {
                channel,
                media: media(),
            },
        );
    }

    /// A stream that is live.
    pub fn live(&mut self, channel: ChannelId, metadata: Metadata) -> StreamId {
        let stream = self.start(channel, metadata);
        self.media_arrives(channel);
        stream
    }

    pub fn interrupt(&mut self, channel: ChannelId) {
        let reason = tributary_domain::stream::Interruption::Disconnected;
        let at = self.now;
        self.streams(
            channel,
            streams::Command::Interrupt {
                channel,
                node: media().node,
                at,
                reason,
            },
        );
    }

    pub fn note_health(&mut self, channel: ChannelId, health: tributary_domain::stream::Health) {
        let node = media().node;
        let command = streams::Command::NoteHealth {
            channel,
            node,
            health,
        };
        self.streams(channel, command);
    }

    pub fn end(&mut self, channel: ChannelId, stream: StreamId) {
        let reason = tributary_domain::stream::EndReason::Asked;
        self.streams(channel, streams::Command::End { stream, reason });
    }

    pub fn update(&mut self, channel: ChannelId, stream: StreamId, metadata: Metadata) {
        self.streams(
            channel,
            streams::Command::Update {
                stream,
                changes: metadata.into(),
                salt: salt(),
            },
        );
    }

    /// Says something; the message's place.
    pub fn say(&mut self, channel: ChannelId, sender: AccountId, text: &str) -> Position {
        let kind = MessageKind::Text;
        let said = text.into();
        let command = chat::Command::Send {
            channel,
            sender,
            kind,
            said,
            salt: salt(),
        };
        self.done(Actor::Account(sender), Command::Chat(command));
        self.head()
    }

    pub fn delete(&mut self, channel: ChannelId, message: Position, sender: AccountId) {
        let reason = reason("spam");
        let command = chat::Command::Delete {
            channel,
            message,
            sender,
            reason,
        };
        self.done(Actor::Account(channel.owner()), Command::Chat(command));
    }

    /// By the owner.
    pub fn moderate(&mut self, channel: ChannelId, act: Act) {
        let command = channels::Command::Moderate { channel, act };
        self.done(Actor::Account(channel.owner()), Command::Channels(command));
    }

    pub fn join(&mut self, stream: StreamId, viewer: ViewerId, node: &str) -> ViewerSessionId {
        self.join_with(stream, viewer, node, Some(Received::Media))
    }

    /// The same, of a session that says what it received, or comes from before sessions said so.
    pub fn join_with(
        &mut self,
        stream: StreamId,
        viewer: ViewerId,
        node: &str,
        received: Option<Received>,
    ) -> ViewerSessionId {
        let session = ViewerSessionId(self.id());
        let channel = match self.known.state(&HistoryId::Stream(stream)) {
            Some(State::Stream(stream)) => stream.channel().unwrap(),
            _ => unreachable!(),
        };
        let joined = Joined {
            stream,
            channel,
            viewer,
            node: node.into(),
            at: self.now,
            received,
        };
        let command = sessions::Command::Join { session, joined };
        self.done(Actor::System("test"), Command::Sessions(command));
        session
    }

    pub fn leave(&mut self, session: ViewerSessionId) {
        let command = sessions::Command::Leave {
            session,
            at: self.now,
        };
        self.done(Actor::System("test"), Command::Sessions(command));
    }

    pub fn follow(&mut self, account: AccountId, channel: ChannelId) {
        let command = follows::Command::Follow { channel };
        self.done(Actor::Account(account), Command::Follows(command));
    }

    pub fn top_up(&mut self, account: AccountId, amount: Money) {
        let entry = EntryId(self.id());
        let command = tips::Command::TopUp { entry, amount };
        self.done(Actor::Account(account), Command::Tips(command));
    }

    /// Tips; the place of the tip.
    pub fn tip(&mut self, payer: AccountId, channel: ChannelId, amount: Money) -> Position {
        let entry = EntryId(self.id());
        let rate = rust_decimal::Decimal::new(5, 2);
        let fee_schedule = FeeSchedule::new("standard".into(), rate).unwrap();
        let message = Some("well done".to_owned());
        let command = tips::Command::Tip {
            entry,
            channel,
            amount,
            fee_schedule,
            hold: None,
            message,
            salt: salt(),
        };
        self.done(Actor::Account(payer), Command::Tips(command));
        // The streamer's credit comes after it.
        Position::START.plus(self.events.len() - 1)
    }
}

pub fn reason(text: &str) -> Reason {
    Reason {
        text: Some(text.into()),
        salt: salt(),
    }
}
