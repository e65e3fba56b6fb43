//! What ingest and playback do.

use super::{Client, Server};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::join_all;
use tributary_domain::account::Person;
use tributary_domain::channel::MessageKind;
use tributary_domain::command::{Actor, accounts, channels, chat, streams, tips};
use tributary_domain::stream::Media;
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{AccountId, ChannelId, Command, EntryId, Money, Request, StreamId};
use tributary_store::{Receipt, StreamKey};

/// Carries out a command of the system's.
pub(crate) async fn system(server: &Server, command: Command) {
    done_by(server, Actor::System("test"), command).await;
}

/// A client's own channel.
pub(crate) fn channel_of(client: &Client) -> ChannelId {
    let bytes = URL_SAFE_NO_PAD.decode(&client.id).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    text.split_once(':').unwrap().1.parse().unwrap()
}

/// A publisher comes with the channel's key, and media arrive.
pub(crate) async fn go_live(server: &Server, client: &Client) -> StreamId {
    let (env, channel) = (server.log.environment(), channel_of(client));
    let stream = StreamId(env.uuid());
    let publish = streams::Command::Publish {
        channel,
        stream,
        salt: env.salt(),
    };
    system(server, Command::Streams(publish)).await;
    let arrived = streams::Command::MediaArrived {
        channel,
        media: Media::default(),
    };
    system(server, Command::Streams(arrived)).await;
    stream
}

/// So many channels that are live, each with two messages and a tip from another, without anybody's
/// password being hashed; whose they are.
pub(crate) async fn many_live(server: &Server, count: usize) -> Vec<AccountId> {
    let mut accounts = Vec::new();
    for n in 0..count {
        accounts.push(one_live(server, n).await);
    }
    for (n, streamer) in accounts.iter().enumerate() {
        let viewer = accounts[(n + 1) % count];
        let channel = ChannelId::from(*streamer);
        for text in ["hello", "again"] {
            let send = chat::Command::Send {
                channel,
                sender: viewer,
                kind: MessageKind::Text,
                said: text.into(),
                salt: server.log.environment().salt(),
            };
            done_by(server, Actor::Account(viewer), Command::Chat(send)).await;
        }
        let (env, currency) = (server.log.environment(), "USD".parse().unwrap());
        let amount = Money::parse("5", currency).unwrap();
        let entry = EntryId(env.uuid());
        let top_up = tips::Command::TopUp { entry, amount };
        done_by(server, Actor::Account(viewer), Command::Tips(top_up)).await;
        let tip = tips::Command::Tip {
            entry: EntryId(env.uuid()),
            channel,
            amount,
            fee_schedule: tributary_graphql::ApiSettings::default().fee_schedule,
            hold: None,
            message: None,
            salt: env.salt(),
        };
        done_by(server, Actor::Account(viewer), Command::Tips(tip)).await;
    }
    let head = server.log.head();
    let reached = server.views.wait_for(head, super::DEADLINE);
    reached.await.unwrap();
    accounts
}

async fn one_live(server: &Server, n: usize) -> AccountId {
    let env = server.log.environment();
    let account = AccountId(env.uuid());
    let person = Person {
        name: AccountName::new(&format!("streamer-{n}")).unwrap(),
        email: EmailAddress::new(&format!("streamer-{n}@example.com")).unwrap(),
    };
    let register = accounts::Command::Register {
        account,
        name_hash: server.keyring.name_hash(&person.name),
        email_hash: server.keyring.email_hash(&person.email),
        person,
        password_hash: String::new(),
        salt: env.salt(),
    };
    done_by(server, Actor::Anonymous, Command::Accounts(register)).await;
    let channel = ChannelId::from(account);
    let key = server.keyring.seal(&StreamKey::generate(env), channel, env);
    let open = channels::Command::Open { account, key };
    done_by(server, Actor::Account(account), Command::Channels(open)).await;
    let publish = streams::Command::Publish {
        channel,
        stream: StreamId(env.uuid()),
        salt: env.salt(),
    };
    system(server, Command::Streams(publish)).await;
    let media = Media::default();
    let arrived = streams::Command::MediaArrived { channel, media };
    system(server, Command::Streams(arrived)).await;
    account
}

/// Carries out a command of somebody's.
pub(crate) async fn done_by(server: &Server, actor: Actor, command: Command) -> Receipt {
    let at = server.log.environment().now();
    let request = Request {
        actor,
        at,
        id: None,
        command,
    };
    server.log.execute(request).await.unwrap()
}

/// So many messages in a client's own channel; the position that it leads to.
pub(crate) async fn chatter(server: &Server, client: &Client, count: usize) -> i64 {
    let channel = channel_of(client);
    let sender = channel.owner();
    let send = |n: usize| {
        let send = chat::Command::Send {
            channel,
            sender,
            kind: MessageKind::Text,
            said: n.to_string().into(),
            salt: server.log.environment().salt(),
        };
        done_by(server, Actor::Account(sender), Command::Chat(send))
    };
    for part in (0..count).collect::<Vec<_>>().chunks(1_000) {
        join_all(part.iter().map(|n| send(*n))).await;
    }
    server.log.head().get()
}
