//! A client that loses its connection again and again hears everything once, in order.

use crate::support::feed::Feed;
use crate::support::load::{Acknowledged, Load};
use crate::support::server::{Engine, Site};
use serde_json::{Value, json};
use std::collections::HashSet;

tributary_store::on_both_engines!(fifty_losses_and_two_restarts_cost_and_double_nothing);

/// Messages in all, and how many of them a client hears on one connection.
const MESSAGES: usize = 10_000;
const ON_ONE: usize = 200;

const CHAT: &str = "subscription($channel: ID!, $after: String) { chat(channelId: $channel, after: $after) \
                    { cursor message { id text } } }";

async fn fifty_losses_and_two_restarts_cost_and_double_nothing(engine: Engine) {
    let site = Site::new(engine).await;
    let mut heard: Vec<(String, String)> = Vec::new();
    let mut acknowledged: Vec<Acknowledged> = Vec::new();
    let mut cursor = json!("0");
    let mut connections = 0;
    for run in 1..=3 {
        let server = site.start().await;
        if run == 1 {
            site.streamer("ada").await;
        }
        let ada = server.api().log_in("ada").await;
        let channel = ada.channel("ada").await;
        let load = Load::start(&ada, &channel);
        while heard.len() < MESSAGES * run / 3 {
            let variables = json!({ "channel": channel, "after": cursor });
            let mut feed = Feed::open(&ada, CHAT, variables).await;
            connections += 1;
            for _ in 0..ON_ONE {
                take(&feed.next().await, &mut heard, &mut cursor);
            }
            // Dropped without a word, in the middle of what is being sent.
        }
        // Once asked to stop, once pulled away.
        if run == 1 {
            assert!(server.stop().await);
            acknowledged.extend(load.end().await);
        } else if run == 2 {
            server.kill().await;
            acknowledged.extend(load.end().await);
        } else {
            acknowledged.extend(load.end().await);
            let wanted: HashSet<_> = acknowledged.iter().map(|said| said.id.clone()).collect();
            let mut found: HashSet<_> = heard.iter().map(|(id, _)| id.clone()).collect();
            let variables = json!({ "channel": channel, "after": cursor });
            let mut feed = Feed::open(&ada, CHAT, variables).await;
            while !wanted.is_subset(&found) {
                take(&feed.next().await, &mut heard, &mut cursor);
                found.extend(heard.last().map(|(id, _)| id.clone()));
            }
            assert!(server.stop().await);
        }
    }
    assert!(connections >= 50, "{connections}");
    assert!(heard.len() >= MESSAGES);
    // Whoever sent them sent one after the other: each sender's are in order, and each came once.
    let ids: HashSet<_> = heard.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), heard.len(), "something came twice");
    let mut last = std::collections::HashMap::new();
    for (_, text) in &heard {
        let (sender, number) = text.rsplit_once('-').unwrap();
        let number: u64 = number.parse().unwrap();
        let before = last.insert(sender.to_owned(), number);
        assert!(
            before.is_none_or(|before| before < number),
            "{text} after {before:?}"
        );
    }
}

fn take(data: &Value, heard: &mut Vec<(String, String)>, cursor: &mut Value) {
    let (item, text) = (&data["chat"], |value: &Value| {
        value.as_str().unwrap().to_owned()
    });
    *cursor = item["cursor"].clone();
    heard.push((text(&item["message"]["id"]), text(&item["message"]["text"])));
}
