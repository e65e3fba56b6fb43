//! How streams, channels and the platform do, and who sees it.

use crate::support::{Client, DEADLINE, Server, Socket, channel_of, go_live, system};
use serde_json::{Value, json};
use tributary_domain::command::sessions;
use tributary_domain::viewer_session::{Joined, Received};
use tributary_domain::{Command, StreamId, ViewerId, ViewerSessionId};

async fn join(server: &Server, streamer: &Client, stream: StreamId) -> ViewerSessionId {
    let env = server.log.environment();
    let session = ViewerSessionId(env.uuid());
    let joined = Joined {
        stream,
        channel: channel_of(streamer),
        viewer: ViewerId::Anonymous(env.uuid()),
        node: "test".to_owned(),
        at: env.now(),
        received: Some(Received::Media),
    };
    let join = sessions::Command::Join { session, joined };
    system(server, Command::Sessions(join)).await;
    session
}

const ANALYTICS: &str = "{ liveStreams(first: 1) { nodes { analytics {
        viewerRule averageViewers watchSeconds averageWatchSeconds messagesPerViewer newFollowers interruptions
        tips { count amount { amount currency } fee { amount } net { amount } average { amount } }
        timeline(first: 10) { nodes { peakViewers messageCount tipCount tips { amount } } pageInfo { hasNextPage } }
        retention(first: 10) { nodes { minutes viewers percent } }
    } channel { analytics {
        totals { streams newViewers messageCount tips { net { amount } } }
        thisMonth { streams } bestStream { title }
        periods(unit: WEEK, last: 2) { nodes { totals { newViewers } growthPercent } }
    } } } } }";

async fn seen_by(client: &Client) -> Value {
    client.ask(ANALYTICS).await.data()["liveStreams"]["nodes"][0].clone()
}

#[tokio::test]
async fn who_runs_a_channel_sees_how_it_does_and_nobody_else() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let (ada, channel) = server.streamer("ada").await;
    let (bob, analyst) = (
        server.register("bob").await,
        server.register("analyst").await,
    );
    let role = json!({"accountId": analyst.id, "role": "ANALYST"});
    admin.done("grantRole", role, "account { id }").await;
    bob.done("topUp", json!({"amount": "20", "currency": "USD"}), "")
        .await;
    let stream = go_live(&server, &ada).await;
    let session = join(&server, &ada, stream).await;
    join(&server, &ada, stream).await;
    let tip = json!({"channelId": channel, "amount": "10.00", "currency": "USD"});
    bob.done("sendTip", tip, "").await;
    let words = json!({"channelId": channel, "text": "good evening"});
    bob.done("sendChatMessage", words, "").await;
    let leave = sessions::Command::Leave {
        session,
        at: server.log.environment().now(),
    };
    system(&server, Command::Sessions(leave)).await;
    let folded = server.views.wait_for(server.log.head(), DEADLINE);
    folded.await.unwrap();
    for client in [&ada, &admin, &analyst] {
        let seen = seen_by(client).await;
        let analytics = &seen["analytics"];
        assert_eq!(analytics["viewerRule"], "v2-received");
        assert_eq!(analytics["messagesPerViewer"], 0.5);
        assert_eq!(
            analytics["tips"],
            json!([{"count": 1, "amount": {"amount": "10.00", "currency": "USD"},
                    "fee": {"amount": "0.50"}, "net": {"amount": "9.50"}, "average": {"amount": "10.00"}}])
        );
        let points = analytics["timeline"]["nodes"].as_array().unwrap();
        assert_eq!(points[0]["peakViewers"], 2, "{analytics}");
        let sum = |name: &str| {
            points
                .iter()
                .map(|point| point[name].as_i64().unwrap())
                .sum::<i64>()
        };
        assert_eq!((sum("messageCount"), sum("tipCount")), (1, 1));
        assert_eq!(
            analytics["retention"]["nodes"],
            json!([{"minutes": 0, "viewers": 1, "percent": 100.0}])
        );
        let analytics = &seen["channel"]["analytics"];
        assert_eq!(
            analytics["totals"],
            json!({"streams": 1, "newViewers": 2, "messageCount": 1, "tips": [{"net": {"amount": "9.50"}}]})
        );
        assert_eq!(analytics["bestStream"], json!({"title": "ada is live"}));
        assert_eq!(
            analytics["periods"]["nodes"],
            json!([{"totals": {"newViewers": 2}, "growthPercent": null}])
        );
    }
    for client in [&bob, &server.anyone()] {
        let nothing = json!({"analytics": null, "channel": {"analytics": null}});
        assert_eq!(seen_by(client).await, nothing);
    }
}

#[tokio::test]
async fn the_platform_shows_its_numbers_to_its_staff() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let (ada, _) = server.streamer("ada").await;
    let stream = go_live(&server, &ada).await;
    join(&server, &ada, stream).await;
    let query = "query P($at: Position) { platformAnalytics(atLeast: $at) { liveStreams viewerCount accounts channels totals { streams newViewers }
        thisMonth { streams } periods(unit: MONTH, last: 1) { nodes { totals { streams } } } } }";
    let at = json!({"at": server.log.head()});
    let seen = admin.ask_with(query, at).await.data()["platformAnalytics"].clone();
    assert_eq!(
        seen,
        json!({"liveStreams": 1, "viewerCount": 1, "accounts": 2, "channels": 1,
               "totals": {"streams": 1, "newViewers": 1}, "thisMonth": {"streams": 1},
               "periods": {"nodes": [{"totals": {"streams": 1}}]}})
    );
    for client in [&ada, &server.anyone()] {
        let answer = client.ask(query).await;
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "FORBIDDEN");
    }
    let query = "{ liveStreams(first: 1) { nodes { analytics { timeline(first: 1, minutesPerPoint: 61) { nodes { at } } } } } }";
    let answer = ada.ask(query).await;
    assert_eq!(
        answer.body["errors"][0]["extensions"]["code"],
        "BAD_USER_INPUT"
    );
}

#[tokio::test]
async fn a_streams_numbers_are_followed_while_it_runs() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    go_live(&server, &ada).await;
    let query = format!(
        "{{ liveStreams(first: 1, atLeast: \"{}\") {{ nodes {{ id }} }} }}",
        server.log.head()
    );
    let id = ada.ask(&query).await.data()["liveStreams"]["nodes"][0]["id"].clone();
    let mut numbers = Socket::open(address, None).await;
    let query = "subscription S($s: ID!) { streamStatistics(streamId: $s) { messageCount } }";
    numbers.subscribe("1", query, json!({"s": id})).await;
    assert_eq!(
        numbers.item("streamStatistics").await,
        json!({"messageCount": 0})
    );
    let words = json!({"channelId": channel, "text": "good evening"});
    ada.done("sendChatMessage", words, "").await;
    loop {
        let item = numbers.item("streamStatistics").await;
        if item["messageCount"] == 1 {
            break;
        }
    }
}
