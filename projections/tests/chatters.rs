//! What a stream's chat comes to in numbers, reactions, and tips in the chat.

use crate::support::world::{World, at, titled, usd};
use crate::support::{Engine, Running};
use std::collections::HashMap;
use tributary_domain::channel::{
    Act, MessageKind, ReactedTo, ReactionsTallied, SenderRole, TALLIES_MAX, Tally,
};
use tributary_domain::command::{Actor, Command, chat};
use tributary_domain::{ChannelId, Position, Salt, StreamId};
use tributary_projections::{ChatStatistics, EMOJI_MAX};

tributary_store::on_both_engines!(
    a_chat_is_told_in_numbers,
    a_stream_without_a_chat_has_zeros,
    reactions_are_the_sum_of_what_all_nodes_counted,
    a_tip_stands_in_the_chat_and_its_words_are_removed_everywhere,
    what_was_said_is_found_between_two_moments,
);

fn send(world: &mut World, channel: ChannelId, sender: Actor, said: chat::Said, kind: MessageKind) {
    let salt = Salt([7; 16]);
    let command = match sender.account() {
        Some(sender) => chat::Command::Send {
            channel,
            sender,
            kind,
            said,
            salt,
        },
        None => chat::Command::Announce {
            channel,
            kind,
            text: said.text,
            salt,
        },
    };
    world.ask(sender, Command::Chat(command)).unwrap();
}

async fn a_chat_is_told_in_numbers(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let (bob, eve) = (world.register("bob"), world.register("eve"));
    world.say(channel, bob, "before the stream");
    let stream = world.live(channel, titled("x"));
    let first = world.say(channel, bob, "one");
    let (by_bob, by_eve) = (Actor::Account(bob), Actor::Account(eve));
    send(&mut world, channel, by_bob, "👏".into(), MessageKind::Emoji);
    world.pass(60);
    let reply = chat::Said {
        text: "@bob indeed".into(),
        reply_to: Some(first),
        mentions: vec![bob],
    };
    send(&mut world, channel, by_eve, reply, MessageKind::Text);
    let alert = MessageKind::Alert;
    send(&mut world, channel, Actor::Console, "soon".into(), alert);
    world.pass(60);
    world.say(channel, bob, "three");
    // A message that is removed was said all the same.
    world.delete(channel, first, bob);
    let running = Running::after(engine, world.news()).await;
    let found = running.views.chat_statistics(stream).await.unwrap();
    let minute = (at(0).timestamp().div_euclid(60)) * 60 - at(0).timestamp();
    let expected = ChatStatistics {
        message_count: 5,
        announcement_count: 1,
        emoji_count: 1,
        reply_count: 1,
        mentioning_count: 1,
        chatter_count: 2,
        busiest: Some((at(minute), 2)),
    };
    assert_eq!(found, expected);
    assert!((found.per_minute(120_000) - 2.5).abs() < 1e-9);
    assert!((found.emoji_share() - 0.2).abs() < 1e-9);
    let most = |first| running.views.most_active_chatters(stream, first);
    let active = most(100).await.unwrap();
    let active: Vec<_> = active
        .into_iter()
        .map(|c| (c.account, c.message_count, c.emoji_count, c.last_at))
        .collect();
    assert_eq!(active, [(bob, 3, 1, at(120)), (eve, 1, 0, at(60))]);
    assert_eq!(most(1).await.unwrap().len(), 1);
}

async fn a_stream_without_a_chat_has_zeros(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("x"));
    let running = Running::after(engine, world.news()).await;
    let found = running.views.chat_statistics(stream).await.unwrap();
    assert_eq!(found, ChatStatistics::default());
    assert!(found.per_minute(0).abs() < 1e-9 && found.emoji_share().abs() < 1e-9);
}

fn tally(
    world: &mut World,
    channel: ChannelId,
    node: &str,
    stream: Option<StreamId>,
    tallies: &[(Option<Position>, &str, u32)],
) {
    let tallies = tallies.iter().map(|(message, emoji, count)| Tally {
        message: *message,
        emoji: (*emoji).to_owned(),
        count: *count,
    });
    let tallied = ReactionsTallied {
        node: node.to_owned(),
        stream,
        tallies: tallies.collect(),
    };
    let command = chat::Command::Tally { channel, tallied };
    world
        .ask(Actor::System("reactions"), Command::Chat(command))
        .unwrap();
}

async fn reactions_are_the_sum_of_what_all_nodes_counted(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("x"));
    let message = world.say(channel, channel.owner(), "hello");
    let to_both = [(None, "❤\u{fe0f}", 3), (Some(message), "👏", 1)];
    tally(&mut world, channel, "n1", Some(stream), &to_both);
    let to_stream = [(None, "❤\u{fe0f}", 4), (None, "🎉", 1)];
    tally(&mut world, channel, "n2", Some(stream), &to_stream);
    tally(&mut world, channel, "n2", None, &[(Some(message), "👏", 5)]);
    let running = Running::after(engine, world.news()).await;
    let (to_stream, to_message) = (ReactedTo::Stream(stream), ReactedTo::Message(message));
    let nothing = ReactedTo::Message(world.head().next());
    let asked = [to_stream, to_message, nothing];
    let found = running.views.reactions_to(&asked).await.unwrap();
    let counts: HashMap<_, _> = found.into_iter().map(|(to, r)| (to, r.counts)).collect();
    let expected = HashMap::from([
        (
            to_stream,
            vec![("❤\u{fe0f}".to_owned(), 7), ("🎉".to_owned(), 1)],
        ),
        (to_message, vec![("👏".to_owned(), 6)]),
    ]);
    assert_eq!(counts, expected);

    // However many there are, a page shows the most frequent, and the total is of all.
    let many: Vec<_> = (0..TALLIES_MAX).map(|n| format!("e{n}")).collect();
    let many: Vec<_> = many.iter().map(|e| (None, e.as_str(), 2)).collect();
    tally(&mut world, channel, "n1", Some(stream), &many);
    running.tell(world.news()).await;
    let found = running.views.reactions_to(&[to_stream]).await.unwrap();
    let found = &found[&to_stream];
    assert_eq!(found.counts.len(), EMOJI_MAX);
    assert_eq!(found.counts[0], ("❤\u{fe0f}".to_owned(), 7));
    let more = 2 * i64::try_from(TALLIES_MAX).unwrap();
    assert_eq!(found.total, 8 + more);
}

async fn a_tip_stands_in_the_chat_and_its_words_are_removed_everywhere(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let bob = world.register("bob");
    world.top_up(bob, usd("50.00"));
    let stream = world.live(channel, titled("x"));
    let tip = world.tip(bob, channel, usd("5.00"));
    let running = Running::after(engine, world.news()).await;
    let shown = running.views.message(tip).await.unwrap().unwrap();
    assert_eq!(
        (shown.kind, shown.sender, shown.sender_role, shown.tip),
        (MessageKind::Tip, bob, SenderRole::Viewer, Some(usd("5.00")))
    );
    assert_eq!((shown.channel, shown.stream), (channel, Some(stream)));
    assert_eq!(shown.text.as_deref(), Some("well done"));
    let words = async |views: &tributary_projections::Views| {
        let listed = views.tips(channel, 10, None).await.unwrap();
        let given = views.tips_given(bob, 10, None).await.unwrap();
        let all = [listed.items, given.items, vec![]];
        let mut words: Vec<_> = all.into_iter().flatten().map(|tip| tip.message).collect();
        words.extend(views.tip(tip).await.unwrap().map(|tip| tip.message));
        words
    };
    let said = Some("well done".to_owned());
    assert_eq!(words(&running.views).await, vec![said; 3]);
    world.delete(channel, tip, bob);
    running.tell(world.news()).await;
    assert_eq!(words(&running.views).await, [None, None, None]);
    let gone = running.views.message(tip).await.unwrap().unwrap();
    assert_eq!((gone.text, gone.deleted), (None, true));
    assert_eq!(gone.tip, Some(usd("5.00")), "the gift stays");

    let next = world.tip(bob, channel, usd("5.00"));
    let upto = world.head();
    let act = Act::ClearChat {
        upto,
        reason: crate::support::world::reason("a raid"),
    };
    world.moderate(channel, act);
    running.tell(world.news()).await;
    let cleared = running.views.tip(next).await.unwrap().unwrap();
    assert_eq!(cleared.message, None);
}

async fn what_was_said_is_found_between_two_moments(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("x"));
    let mut said = vec![];
    for n in 0..5 {
        said.push(world.say(channel, channel.owner(), &n.to_string()));
        world.pass(10);
    }
    let running = Running::after(engine, world.news()).await;
    let between = async |since, until, first, after| {
        let views = &running.views;
        let page = views.messages_between(stream, (since, until), first, after);
        let page = page.await.unwrap();
        let places: Vec<_> = page.items.iter().map(|m| m.position).collect();
        (places, page.has_more)
    };
    let all = between(at(0), None, 100, None).await;
    assert_eq!(all, (said.clone(), false));
    let some = between(at(10), Some(at(30)), 100, None).await;
    assert_eq!(some, (said[1..3].to_vec(), false));
    let first = between(at(10), Some(at(40)), 2, None).await;
    assert_eq!(first, (said[1..3].to_vec(), true));
    let rest = between(at(10), Some(at(40)), 2, Some(said[2])).await;
    assert_eq!(rest, (vec![said[3]], false));
}
