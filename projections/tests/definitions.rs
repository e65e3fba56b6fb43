//! docs/analytics.md: what each number means is a statement over the log that gives that number.

use crate::support::world::{World, titled, usd};
use crate::support::{Engine, Running};
use sqlx::{ConnectOptions as _, Connection as _};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tributary_domain::channel::{MessageKind, ReactedTo, ReactionsTallied, Tally};
use tributary_domain::command::chat::{self, Said};
use tributary_domain::command::{Actor, Command};
use tributary_domain::{ChannelId, Position, Recorded, Salt, StreamId, ViewerId};
use tributary_projections::{PAGE_MAX, Timeline};
use uuid::Uuid;

/// The first statement under each heading that names a number.
fn statements() -> BTreeMap<String, String> {
    let text = include_str!("../../docs/analytics.md");
    let mut found = BTreeMap::new();
    let mut section = "";
    for part in text.split("\n## ") {
        section = part.lines().next().unwrap_or(section);
        for number in part.split("\n### `").skip(1) {
            let (name, rest) = number.split_once('`').unwrap();
            let Some((_, rest)) = rest.split_once("```sql\n") else {
                continue;
            };
            let (sql, _) = rest.split_once("\n```").unwrap();
            let key = format!("{} {name}", section.split([',', ' ']).nth(1).unwrap());
            assert!(found.insert(key, sql.to_owned()).is_none(), "{name} twice");
        }
    }
    found
}

/// A table as the log has it, as far as the statements look at it.
async fn table(events: &[Recorded]) -> sqlx::SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().in_memory(true);
    let mut connection = options.connect().await.unwrap();
    let sql = "CREATE TABLE events (position INTEGER PRIMARY KEY, aggregate_type TEXT, \
               aggregate_id TEXT, event_type TEXT, payload TEXT, recorded_at INTEGER, channel BLOB)";
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    for event in events {
        sqlx::query("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)")
            .bind(event.position.get())
            .bind(event.history.kind())
            .bind(event.history.id())
            .bind(event.event.name().0)
            .bind(event.event.payload().unwrap())
            .bind(event.recorded_at.timestamp_micros())
            .bind(event.channel.map(|channel| channel.0))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    connection
}

/// An evening with breaks, two tabs, comings and goings, words, tips and follows.
fn evening(world: &mut World) -> (ChannelId, StreamId) {
    let anonymous = |n: u128| ViewerId::Anonymous(Uuid::from_u128(n));
    let channel = world.streamer("ada");
    let (bob, eve) = (world.register("bob"), world.register("eve"));
    world.top_up(bob, usd("100.00"));
    world.tip(bob, channel, usd("5.00"));
    world.follow(bob, channel);
    let stream = world.start(channel, titled("x"));
    let early = world.join(stream, anonymous(1), "n1");
    world.pass(5);
    world.media_arrives(channel);
    let mut sessions = vec![early];
    for n in 2..9 {
        sessions.push(world.join(stream, anonymous(n), "n1"));
        world.pass(17);
        world.say(channel, bob, "so it goes");
    }
    sessions.push(world.join(stream, ViewerId::Account(bob), "n1"));
    let tab = world.join(stream, ViewerId::Account(bob), "n2");
    world.tip(bob, channel, usd("10.01"));
    world.follow(eve, channel);
    world.pass(30);
    world.leave(tab);
    world.interrupt(channel);
    world.pass(10);
    world.leave(sessions.remove(3));
    world.pass(10);
    world.media_arrives(channel);
    world.pass(65);
    world.leave(sessions.remove(1));
    sessions.push(world.join(stream, anonymous(2), "n1"));
    world.tip(bob, channel, usd("0.99"));
    world.say(channel, eve, "and on");
    let mut ask = |actor: Actor, command: chat::Command| {
        world.ask(actor, Command::Chat(command)).unwrap();
    };
    let salt = Salt([4; 16]);
    let said = Said {
        text: "👏".to_owned(),
        reply_to: Some(Position::new(1).unwrap()),
        mentions: vec![bob],
    };
    let (sender, kind) = (eve, MessageKind::Emoji);
    let reply = chat::Command::Send {
        channel,
        sender,
        kind,
        said,
        salt,
    };
    ask(Actor::Account(eve), reply);
    let announce = chat::Command::Announce {
        channel,
        kind: MessageKind::Alert,
        text: "soon".to_owned(),
        salt,
    };
    ask(Actor::Console, announce);
    for node in ["n1", "n2"] {
        let of = |message, emoji: &str, count| Tally {
            message,
            emoji: emoji.to_owned(),
            count,
        };
        let tallied = ReactionsTallied {
            node: node.to_owned(),
            stream: Some(stream),
            tallies: vec![
                of(None, "👏", 3),
                of(None, "🎉", 1),
                of(Position::new(2), "👏", 9),
            ],
        };
        let tally = chat::Command::Tally { channel, tallied };
        ask(Actor::System("reactions"), tally);
    }
    world.pass(200);
    world.end(channel, stream);
    world.pass(3);
    for session in sessions {
        world.leave(session);
    }
    // Somebody else's must not be counted.
    let other = world.streamer("dan");
    let show = world.live(other, titled("y"));
    world.join(show, anonymous(77), "n1");
    world.say(other, bob, "elsewhere");
    (channel, stream)
}

#[tokio::test]
async fn every_number_is_what_its_statement_says() {
    let mut world = World::new();
    let (channel, stream) = evening(&mut world);
    let mut log = table(&world.events).await;
    let now = world.now();
    let running = Running::after(Engine::Sqlite, world.news()).await;
    let views = &running.views;
    let found = views.statistics(stream).await.unwrap();
    let totals = views.totals(Some(channel)).await.unwrap();
    let minutes = Timeline {
        minutes: 1,
        first: PAGE_MAX,
        after: None,
        now,
    };
    let minutes = views.timeline(stream, minutes).await.unwrap();
    let said = minutes.items.iter().map(|point| point.message_count);
    let said = said
        .filter(|count| *count > 0)
        .fold(String::new(), |mut text, count| {
            let _ = write!(text, "{}{count}", if text.is_empty() { "" } else { " " });
            text
        });
    let tips = &found.tips[0];
    let seconds = |ms: i64| {
        (rust_decimal::Decimal::from(ms) / rust_decimal::Decimal::from(1_000)).to_string()
    };
    let chat = views.chat_statistics(stream).await.unwrap();
    let active = views.most_active_chatters(stream, 100).await.unwrap();
    let active: Vec<_> = active.iter().map(|c| c.message_count.to_string()).collect();
    let reactions = views.reactions_to(&[ReactedTo::Stream(stream)]).await;
    let reactions = reactions
        .unwrap()
        .remove(&ReactedTo::Stream(stream))
        .unwrap();
    let reactions: Vec<_> = reactions
        .counts
        .iter()
        .map(|(_, n)| n.to_string())
        .collect();
    let wanted = [
        (
            "stream chatStatistics",
            format!(
                "{} {} {} {} {} {}",
                chat.message_count,
                chat.chatter_count,
                chat.announcement_count,
                chat.emoji_count,
                chat.reply_count,
                chat.mentioning_count
            ),
        ),
        ("stream mostActive", active.join(" ")),
        ("stream reactions", reactions.join(" ")),
        ("stream viewerCount", found.viewer_count.to_string()),
        ("stream peakViewers", found.peak_viewers.to_string()),
        ("stream uniqueViewers", found.unique_viewers.to_string()),
        (
            "stream averageViewers",
            found.average_viewers(now).to_string(),
        ),
        ("stream watchSeconds", seconds(found.watch_ms)),
        ("stream messageCount", found.message_count.to_string()),
        (
            "stream tips",
            format!("{} {}", tips.count, tips.amount.minor()),
        ),
        ("stream timeline", said),
        ("channel streams", totals.streams.to_string()),
        ("channel newViewers", totals.new_viewers.to_string()),
        ("channel earnings", totals.tips[0].net.minor().to_string()),
        ("channel newFollowers", totals.new_followers.to_string()),
    ];
    let mut statements = statements();
    for (name, wanted) in wanted {
        let sql = statements
            .remove(name)
            .unwrap_or_else(|| panic!("{name} has no statement"));
        let sql = sql
            .replace(":stream", &format!("'{stream}'"))
            .replace(":channel", &format!("'{channel}'"));
        let sql = format!("SELECT group_concat(CAST(value AS TEXT), ' ') FROM ({sql})");
        let told: String = sqlx::query_scalar(&sql).fetch_one(&mut log).await.unwrap();
        let numbers = |text: &str| -> Vec<f64> {
            text.split(' ')
                .map(|number| number.parse().unwrap())
                .collect()
        };
        assert!(
            numbers(&wanted).iter().any(|number| *number > 0.0) || name.ends_with("viewerCount"),
            "{name} shows nothing"
        );
        assert_eq!(numbers(&told), numbers(&wanted), "{name}");
    }
    assert!(statements.is_empty(), "nobody checks {statements:?}");
    log.close().await.unwrap();
}
