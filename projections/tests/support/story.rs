//! Random but lawful histories: numbers choose commands, the domain decides them.

use super::world::{World, reason, titled, usd};
use tributary_domain::channel::{Act, ModeratorPermission, ReactionsTallied, Tally};
use tributary_domain::command::channels;
use tributary_domain::command::{Actor, Command, accounts, follows, streams};
use tributary_domain::stream::{Health, HealthWarning};
use tributary_domain::viewer_session::Received;
use tributary_domain::{
    AccountId, ChannelId, Position, Recorded, StreamId, ViewerId, ViewerSessionId, account,
};
use uuid::Uuid;

struct Cast {
    people: Vec<AccountId>,
    channels: Vec<ChannelId>,
    open: Vec<Option<StreamId>>,
    past: Vec<(ChannelId, StreamId)>,
    sessions: Vec<ViewerSessionId>,
    messages: Vec<(ChannelId, Position, AccountId)>,
}

/// The events that the choices lead to. What the domain refuses did not happen.
pub fn story(choices: &[u32]) -> Vec<Recorded> {
    let mut world = World::new();
    let mut cast = Cast {
        people: vec![],
        channels: vec![],
        open: vec![],
        past: vec![],
        sessions: vec![],
        messages: vec![],
    };
    for n in 0..3 {
        let channel = world.streamer(&format!("streamer{n}"));
        cast.people.push(channel.owner());
        cast.channels.push(channel);
        cast.open.push(None);
    }
    for n in 0..4 {
        let person = world.register(&format!("viewer{n}"));
        world.top_up(person, usd("500.00"));
        cast.people.push(person);
    }
    for choice in choices {
        world.pass(i64::from(choice % 7));
        step(&mut world, &mut cast, *choice);
    }
    world.events
}

fn step(world: &mut World, cast: &mut Cast, choice: u32) {
    let pick = |of: usize, shift: u32| (choice >> shift) as usize % of.max(1);
    let person = cast.people[pick(cast.people.len(), 8)];
    let place = pick(cast.channels.len(), 12);
    let (channel, open) = (cast.channels[place], cast.open[place]);
    match choice % 20 {
        0 | 1 => {
            if open.is_none() {
                let metadata = titled(&format!("show {choice}"));
                cast.open[place] = Some(world.start(channel, metadata));
            } else {
                world.media_arrives(channel);
            }
        }
        2 => {
            if open.is_some() {
                world.media_arrives(channel);
                world.note_health(channel, health(choice));
            }
            let command = match choice & 0x400 {
                0 => follows::Command::Follow { channel },
                _ => follows::Command::Unfollow { channel },
            };
            let _ = world.ask(Actor::Account(person), Command::Follows(command));
        }
        3 => world.interrupt(channel),
        4 if choice & 0x300 == 0 => {
            if let Some(stream) = cast.open[place].take() {
                world.end(channel, stream);
                cast.past.push((channel, stream));
            }
        }
        5 => {
            let stream = world.schedule(channel, titled("soon"), 3_600);
            if choice & 0x100 == 0 {
                world.streams(channel, streams::Command::Cancel { stream });
            }
            cast.past.push((channel, stream));
        }
        6 => {
            if let Some((channel, stream)) = cast.past.get(pick(cast.past.len(), 9)).copied() {
                let salt = tributary_domain::Salt([1; 16]);
                let metadata = titled(&format!("mended {choice}"));
                let command = streams::Command::Update {
                    stream,
                    changes: metadata.into(),
                    salt,
                };
                let _ = world.ask(Actor::Account(channel.owner()), Command::Streams(command));
            }
        }
        7..=9 => {
            if let Some(stream) = open {
                let viewer = match choice & 0x200 {
                    0 => ViewerId::Account(person),
                    _ => ViewerId::Anonymous(Uuid::from_u128(u128::from(choice >> 10 & 3))),
                };
                let received = (choice & 0x4000 == 0).then_some(Received::Media);
                let session = world.join_with(stream, viewer, "n1", received);
                cast.sessions.push(session);
            }
        }
        10 | 11 => {
            if !cast.sessions.is_empty() {
                let session = cast.sessions.swap_remove(pick(cast.sessions.len(), 9));
                world.leave(session);
            }
        }
        12 => {
            if let Some((channel, message, sender)) =
                cast.messages.get(pick(cast.messages.len(), 9)).copied()
            {
                world.delete(channel, message, sender);
            }
        }
        13 => {
            let reason = reason("enough");
            // A quarter of these acts are of the rarer kinds.
            let rare = choice & 0x1800 == 0x1800;
            let act = match (rare, choice & 0x600) {
                (true, 0) => Act::Mute {
                    account: person,
                    reason,
                },
                (true, 0x200) => Act::Appoint {
                    account: person,
                    permissions: ModeratorPermission::ALL.into(),
                },
                (true, 0x400) => Act::ClearChat {
                    upto: world.head(),
                    reason,
                },
                (true, _) => match cast.messages.last().copied() {
                    Some((_, message, sender)) => Act::Pin { message, sender },
                    None => Act::Dismiss { account: person },
                },
                (false, 0) => Act::Ban {
                    account: person,
                    reason,
                },
                (false, 0x200) => Act::Unban {
                    account: person,
                    reason,
                },
                (false, 0x400) => Act::TimeOut {
                    account: person,
                    seconds: 60,
                    reason,
                },
                (false, _) => Act::LiftTimeout {
                    account: person,
                    reason,
                },
            };
            let owner = Actor::Account(channel.owner());
            let command = channels::Command::Moderate { channel, act };
            let _ = world.ask(owner, Command::Channels(command));
            let command = match choice & 0x2000 {
                0 => follows::Command::Follow { channel },
                _ => follows::Command::Unfollow { channel },
            };
            let _ = world.ask(Actor::Account(person), Command::Follows(command));
        }
        14 => {
            let role = account::Role::Finance;
            let command = match choice & 0x800 {
                0 => accounts::Command::GrantRole {
                    account: person,
                    role,
                },
                _ => accounts::Command::RevokeRole {
                    account: person,
                    role,
                },
            };
            let _ = world.ask(Actor::Console, Command::Accounts(command));
        }
        15 | 16 => {
            let before = world.head();
            if tip(world, person, channel, choice) {
                cast.messages.push((channel, before.next(), person));
            }
            react(world, cast, (channel, open), choice);
        }
        _ => {
            let before = world.head();
            let command = tributary_domain::command::chat::Command::Send {
                channel,
                sender: person,
                kind: tributary_domain::channel::MessageKind::Text,
                said: format!("words {choice}").into(),
                salt: tributary_domain::Salt([2; 16]),
            };
            if world
                .ask(Actor::Account(person), Command::Chat(command))
                .is_ok()
            {
                cast.messages.push((channel, before.next(), person));
            }
        }
    }
}

/// A node has counted reactions to what is on, and to a message.
fn react(
    world: &mut World,
    cast: &Cast,
    (channel, stream): (ChannelId, Option<StreamId>),
    choice: u32,
) {
    let of = |message, emoji: &str| Tally {
        message,
        emoji: emoji.to_owned(),
        count: 1 + choice % 3,
    };
    let mut tallies = vec![of(None, "👏"), of(None, "🎉")];
    if let Some((_, message, _)) = cast.messages.last() {
        tallies.push(of(Some(*message), "👏"));
    }
    let tallied = ReactionsTallied {
        node: "n1".to_owned(),
        stream,
        tallies,
    };
    let command = tributary_domain::command::chat::Command::Tally { channel, tallied };
    let _ = world.ask(Actor::System("reactions"), Command::Chat(command));
}

fn health(choice: u32) -> Health {
    let n = i64::from(choice >> 8);
    Health {
        span_ms: 10_000,
        video_bytes: n,
        frames: n % 600,
        key_frame_interval_ms: (n % 2 == 0).then_some(n % 5_000),
        sound_ahead_ms: (n % 3 == 0).then_some(-(n % 1_000)),
        warnings: (n % 5 == 0)
            .then_some(HealthWarning::Gaps)
            .into_iter()
            .collect(),
        ..Health::default()
    }
}

fn tip(world: &mut World, payer: AccountId, channel: ChannelId, choice: u32) -> bool {
    let rate = rust_decimal::Decimal::new(5, 2);
    let command = tributary_domain::command::tips::Command::Tip {
        entry: tributary_domain::EntryId(world.id()),
        channel,
        amount: usd(&format!("{}.{:02}", 1 + choice % 9, choice % 100)),
        fee_schedule: tributary_domain::money::FeeSchedule::new("standard".into(), rate).unwrap(),
        hold: None,
        message: (choice & 0x1000 == 0).then(|| "well done".to_owned()),
        salt: tributary_domain::Salt([3; 16]),
    };
    let tipped = world.ask(Actor::Account(payer), Command::Tips(command));
    tipped.is_ok()
}
