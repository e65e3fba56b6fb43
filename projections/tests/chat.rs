//! Chat history.

use crate::support::world::World;
use crate::support::{Engine, Running};
use tributary_domain::channel::{self, MessageKind, SenderRole};
use tributary_domain::{HistoryId, Personal, Salt};

tributary_store::on_both_engines!(
    a_message_is_kept_as_it_was_sent,
    history_is_paged_backwards,
    a_deleted_message_stays_without_its_text,
    another_channels_message_cannot_be_deleted,
    the_stream_that_was_open_is_known,
);

async fn a_message_is_kept_as_it_was_sent(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let bob = world.register("Bob");
    world.pass(30);
    let text = "  <b>'été'</b> 👩‍🚀\n\t%$1 \\ ";
    let first = world.say(channel, bob, text);
    let second = world.say(channel, channel.owner(), "welcome");
    let running = Running::after(engine, world.news()).await;
    let message = running.views.message(first).await.unwrap().unwrap();
    assert_eq!(message.text.as_deref(), Some(text));
    assert_eq!(
        (message.channel, message.sender, message.stream),
        (channel, bob, None)
    );
    assert_eq!(message.sender_name.as_deref(), Some("Bob"));
    assert_eq!(
        (message.sender_role, message.kind),
        (SenderRole::Viewer, MessageKind::Text)
    );
    assert_eq!((message.sent_at, message.deleted), (world.now(), false));
    let found = running
        .views
        .messages_at(&[first, second, world.head().next()])
        .await
        .unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[&second].sender_role, SenderRole::Streamer);
}

async fn history_is_paged_backwards(engine: Engine) {
    let mut world = World::new();
    let (channel, other) = (world.streamer("ada"), world.streamer("bob"));
    let mut said = vec![];
    for n in 0..7 {
        said.push(world.say(channel, channel.owner(), &format!("{n}")));
        world.say(other, other.owner(), "elsewhere");
    }
    let running = Running::after(engine, world.news()).await;
    let (mut found, mut before, mut more) = (vec![], None, vec![]);
    loop {
        let page = running.views.messages(channel, 3, before).await.unwrap();
        before = page.items.first().map(|message| message.position);
        let positions = page.items.iter().map(|message| message.position);
        found.splice(0..0, positions);
        more.push(page.has_more);
        if !page.has_more {
            break;
        }
    }
    assert_eq!(found, said);
    assert_eq!(more, [true, true, false]);
    let all = running.views.messages(channel, 7, None).await.unwrap();
    assert!(!all.has_more, "exactly as many as there are");
}

async fn a_deleted_message_stays_without_its_text(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let (early, late) = (
        world.say(channel, channel.owner(), "early"),
        world.head().next(),
    );
    let running = Running::after(engine, world.news()).await;
    // One sent and deleted in the same batch, one long before.
    world.say(channel, channel.owner(), "late");
    world.delete(channel, late, channel.owner());
    world.delete(channel, early, channel.owner());
    running.tell(world.news()).await;
    let page = running.views.messages(channel, 10, None).await.unwrap();
    let seen: Vec<_> = page
        .items
        .iter()
        .map(|message| (message.position, message.text.as_deref(), message.deleted))
        .collect();
    assert_eq!(seen, [(early, None, true), (late, None, true)]);
    let dump = format!("{:?}", running.place.dump().await);
    assert!(
        !dump.contains("early") && !dump.contains("late"),
        "no trace in any table: {dump}"
    );
}

async fn another_channels_message_cannot_be_deleted(engine: Engine) {
    let mut world = World::new();
    let (channel, other) = (world.streamer("ada"), world.streamer("eve"));
    let said = world.say(channel, channel.owner(), "mine");
    let deleted = channel::MessageDeleted {
        message: said,
        sender: channel.owner(),
        by: Some(other.owner()),
        personal: Personal::seal(None, Salt([0; 16])),
    };
    let event = channel::Event::from(deleted).into();
    world.record(HistoryId::Channel(other), Some(other), event);
    let running = Running::after(engine, world.news()).await;
    let message = running.views.message(said).await.unwrap().unwrap();
    assert_eq!(
        (message.text.as_deref(), message.deleted),
        (Some("mine"), false)
    );
}

async fn the_stream_that_was_open_is_known(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, crate::support::world::titled("x"));
    let said = world.say(channel, channel.owner(), "hello");
    let running = Running::after(engine, world.news()).await;
    let message = running.views.message(said).await.unwrap().unwrap();
    assert_eq!(message.stream, Some(stream));
}
