//! Commands as people, encoders and players would give them.

mod accounts;
mod shows;

use crate::cast::Cast;
use crate::database::{NUL, REFUSED};
use crate::dice::Dice;
use rust_decimal::Decimal;
use tributary_domain::channel::{Act, MessageKind, Reason};
use tributary_domain::command::channels::SealedKey;
use tributary_domain::command::{Actor, Command, CommandId, channels, chat, tips};
use tributary_domain::money::FeeSchedule;
use tributary_domain::{AccountId, ChannelId, EntryId, Money, Request, Timestamp};

/// The names that people want; fewer than people, so that some are refused.
const NAMES: [&str; 5] = ["Ada", "Bob", "Eve", "Grace", "Linus"];

/// The lookup hash of a key that several channels may get; the database refuses the second.
pub const SHARED_KEY: [u8; 8] = [0; 8];

/// Makes commands.
pub struct Workload<'a> {
    /// Whom they concern.
    pub cast: &'a Cast,
    /// What decides.
    pub dice: &'a Dice,
}

impl Workload<'_> {
    /// Any command at all, given at `at`.
    pub fn any(&self, at: Timestamp) -> Request {
        let (actor, command) = match self.dice.below(100) {
            0..4 => self.register(),
            4..8 => self.open_channel(),
            8..44 => self.say(),
            44..50 => self.delete(),
            50..58 => self.moderate(),
            58..66 => self.top_up(),
            66..76 => self.tip(),
            76..86 => self.stream(at),
            86..94 => self.watch(at),
            94..97 => self.sign_in(at),
            97..99 => self.key(),
            _ if self.dice.chance(300) => self.erasure(),
            _ => self.role(),
        };
        let id = None;
        Request {
            actor,
            at,
            id,
            command,
        }
    }

    /// What everything else begins with: people and channels.
    pub fn opening(&self, at: Timestamp) -> Vec<Request> {
        let mut all = vec![];
        for (index, account) in self.cast.people.iter().enumerate() {
            let name = NAMES[index % NAMES.len()];
            all.push((Actor::Console, self.registration(*account, name, index)));
        }
        for account in &self.cast.streamers {
            let key = self.sealed_key();
            let open = channels::Command::Open {
                account: *account,
                key,
            };
            all.push((Actor::Account(*account), Command::Channels(open)));
        }
        let request = |(actor, command)| Request {
            actor,
            at,
            id: None,
            command,
        };
        all.into_iter().map(request).collect()
    }

    /// A message to a channel: of so many words that nothing else says.
    pub fn message(&self, channel: AccountId, sender: AccountId, text: String) -> Request {
        let salt = self.dice.salt();
        let command = chat::Command::Send {
            channel: channel.into(),
            sender,
            kind: MessageKind::Text,
            said: text.into(),
            salt,
        };
        Request {
            actor: Actor::Account(sender),
            at: Timestamp::default(),
            id: None,
            command: Command::Chat(command),
        }
    }

    /// The same command, made once more by the same client: with another salt, at another time.
    pub fn again(&self, request: &Request, at: Timestamp) -> Request {
        let mut request = request.clone();
        request.at = at;
        if let Command::Chat(chat::Command::Send { salt, .. })
        | Command::Tips(tips::Command::Tip { salt, .. }) = &mut request.command
        {
            *salt = self.dice.salt();
        }
        request
    }

    /// An id for a command, of its actor's.
    pub fn id(&self, request: &Request) -> CommandId {
        let mut id = format!("{:016x}", self.dice.next());
        if self.dice.chance(10) {
            id.push(NUL);
        }
        CommandId {
            scope: request.actor.to_string(),
            id,
            body: [u8::try_from(self.dice.below(200)).unwrap_or(0); 32],
        }
    }

    fn person(&self) -> AccountId {
        *self.dice.pick(&self.cast.people)
    }

    fn streamer(&self) -> AccountId {
        *self.dice.pick(&self.cast.streamers)
    }

    fn reason(&self) -> Reason {
        let salt = self.dice.salt();
        let text = self.dice.chance(500).then(|| "as I please".to_owned());
        Reason { text, salt }
    }

    fn sealed_key(&self) -> SealedKey {
        let lookup = if self.dice.chance(30) {
            SHARED_KEY.to_vec()
        } else {
            self.dice.next().to_be_bytes().to_vec()
        };
        SealedKey {
            lookup,
            ciphertext: vec![1],
        }
    }

    fn open_channel(&self) -> (Actor, Command) {
        let account = self.streamer();
        let key = self.sealed_key();
        let open = channels::Command::Open { account, key };
        (Actor::Account(account), Command::Channels(open))
    }

    fn key(&self) -> (Actor, Command) {
        let account = self.streamer();
        let rotate = channels::Command::RotateStreamKey {
            channel: account.into(),
            key: self.sealed_key(),
        };
        (Actor::Account(account), Command::Channels(rotate))
    }

    fn say(&self) -> (Actor, Command) {
        let (channel, sender) = (self.streamer(), self.person());
        let text = if self.dice.chance(10) {
            REFUSED.to_owned()
        } else {
            format!("words {}", self.dice.below(1_000_000))
        };
        let request = self.message(channel, sender, text);
        (request.actor, request.command)
    }

    fn delete(&self) -> (Actor, Command) {
        let known = self.dice.any(&self.cast.known().messages);
        let Some((channel, message, sender)) = known else {
            return self.say();
        };
        let by = *self.dice.pick(&[sender, channel.owner(), self.person()]);
        let reason = self.reason();
        let command = chat::Command::Delete {
            channel,
            message,
            sender,
            reason,
        };
        (Actor::Account(by), Command::Chat(command))
    }

    fn moderate(&self) -> (Actor, Command) {
        let (owner, account, reason) = (self.streamer(), self.person(), self.reason());
        let channel = ChannelId::from(owner);
        let act = match self.dice.below(4) {
            0 => Act::Ban { account, reason },
            1 => Act::Unban { account, reason },
            2 => Act::TimeOut {
                account,
                seconds: i64::try_from(self.dice.below(20)).unwrap_or(1),
                reason,
            },
            _ => Act::LiftTimeout { account, reason },
        };
        let actor = Actor::Account(*self.dice.pick(&[owner, owner, owner, account]));
        let command = channels::Command::Moderate { channel, act };
        (actor, Command::Channels(command))
    }

    fn money(&self, most: u64) -> Money {
        let currency = self.dice.pick(&["USD", "JPY"]);
        let currency = currency.parse().expect("a currency");
        let minor = i64::try_from(self.dice.between(1, most)).unwrap_or(1);
        Money::from_minor(minor, currency)
    }

    fn top_up(&self) -> (Actor, Command) {
        let entry = EntryId(self.dice.uuid());
        let amount = self.money(5_000);
        let command = tips::Command::TopUp { entry, amount };
        (Actor::Account(self.person()), Command::Tips(command))
    }

    fn tip(&self) -> (Actor, Command) {
        let rate = Decimal::new(5, 2);
        let command = tips::Command::Tip {
            entry: EntryId(self.dice.uuid()),
            channel: self.streamer().into(),
            amount: self.money(4_000),
            fee_schedule: FeeSchedule::new("2026".to_owned(), rate).expect("a rate below 1"),
            hold: None,
            message: self.dice.chance(500).then(|| "thanks".to_owned()),
            salt: self.dice.salt(),
        };
        (Actor::Account(self.person()), Command::Tips(command))
    }
}
