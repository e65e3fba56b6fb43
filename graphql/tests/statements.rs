//! A list costs as many statements as its kinds of things, however many items it has.

use crate::support::{DEADLINE, Server, channel_of, done_by, many_live};
use serde_json::Value;
use std::time::Duration;
use tributary_domain::channel::{Act, ModeratorPermission, Reason};
use tributary_domain::command::{Actor, channels};
use tributary_domain::{ChannelId, Command};
use tributary_graphql::ApiSettings;
use tributary_store::on_both_engines;
use tributary_store::testing::Engine;

on_both_engines!(
    the_statements_of_a_page_do_not_grow_with_its_rows,
    who_moderates_is_asked_once_for_all_channels_of_a_page
);

/// One thing of every kind that a stream leads to.
const PAGE: &str = "
query Page($first: Int!) {
  liveStreams(first: $first) { nodes {
    id title viewerCount durationSeconds
    statistics { viewerCount messageCount tips { amount currency } }
    channel {
      name isLive
      currentStream { title viewerCount statistics { peakViewers } }
      owner { name isStreaming email roles wallets { balance } channel { name } }
      streamKey { key }
      messages(last: 3) { nodes { text sender { name } } pageInfo { hasPreviousPage } }
      tips(first: 3) { nodes { amount { amount } } }
      streams(first: 3) { nodes { title statistics { tipCount } channel { name } } }
      restrictions(first: 3) { nodes { kind account { name } } }
    }
  } }
}";

/// The most statements that the page above takes: at most one for each field that reads a table.
const STATEMENTS_MAX: u64 = 40;

async fn the_statements_of_a_page_do_not_grow_with_its_rows(engine: Engine) {
    let settings = ApiSettings {
        complexity_max: 1_000_000,
        // No time at all: that all items of a list are asked about together does not rest on any.
        lookups_gather: Duration::ZERO,
        ..ApiSettings::default()
    };
    let server = Server::start_with(engine, settings).await;
    let admin = server.admin().await;
    many_live(&server, 50).await;
    let mut counted = Vec::new();
    for rows in [2, 10, 50] {
        let before = server.views.asked();
        let variables = serde_json::json!({"first": rows});
        let answer = admin.ask_with(PAGE, variables).await;
        let nodes = answer.data()["liveStreams"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), rows);
        for node in nodes {
            let channel = &node["channel"];
            assert_eq!(node["statistics"]["messageCount"], 2, "{node}");
            // Two messages, and the tip.
            assert_eq!(
                channel["messages"]["nodes"].as_array().map(Vec::len),
                Some(3)
            );
            assert_eq!(channel["streams"]["nodes"][0]["title"], node["title"]);
            assert_ne!(channel["owner"]["email"], Value::Null);
        }
        counted.push(server.views.asked() - before);
    }
    let few = counted[0];
    assert!(few <= STATEMENTS_MAX, "2 rows took {few} statements");
    // Fields of the same step share their statements, whatever the machine does meanwhile.
    assert!(counted.iter().all(|count| *count == few), "{counted:?}");
}

/// What is shown to whoever moderates.
const MODERATED: &str = "
query Moderated($first: Int!) {
  liveStreams(first: $first) { nodes { channel { restrictions(first: 3) { nodes { kind } } } } }
}";

async fn who_moderates_is_asked_once_for_all_channels_of_a_page(engine: Engine) {
    let settings = ApiSettings {
        complexity_max: 1_000_000,
        lookups_gather: Duration::ZERO,
        ..ApiSettings::default()
    };
    let server = Server::start_with(engine, settings).await;
    let (moderator, eve) = (server.register("mod").await, server.register("eve").await);
    for owner in many_live(&server, 50).await {
        let channel = ChannelId::from(owner);
        let salt = server.log.environment().salt();
        let reason = Reason { text: None, salt };
        for act in [
            Act::Appoint {
                account: channel_of(&moderator).owner(),
                permissions: ModeratorPermission::ALL.into(),
            },
            Act::Ban {
                account: channel_of(&eve).owner(),
                reason,
            },
        ] {
            let command = Command::Channels(channels::Command::Moderate { channel, act });
            done_by(&server, Actor::Account(owner), command).await;
        }
    }
    let reached = server.views.wait_for(server.log.head(), DEADLINE);
    reached.await.unwrap();
    for (client, shown) in [(&moderator, 1), (&eve, 0)] {
        let mut counted = Vec::new();
        for rows in [2, 10, 50] {
            let before = server.views.asked();
            let variables = serde_json::json!({"first": rows});
            let answer = client.ask_with(MODERATED, variables).await;
            let nodes = answer.data()["liveStreams"]["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), rows);
            for node in nodes {
                let restrictions = &node["channel"]["restrictions"]["nodes"];
                assert_eq!(restrictions.as_array().map(Vec::len), Some(shown), "{node}");
            }
            counted.push(server.views.asked() - before);
        }
        let few = counted[0];
        assert!(counted.iter().all(|count| *count == few), "{counted:?}");
    }
}
