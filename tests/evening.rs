//! A scripted evening on two nodes: three streams, 300 clients, a ban wave, slow mode, tips, two moderators who
//! disagree, and the leading node killed in the middle. Afterwards a program that knows nothing of ours works all
//! numbers out of the exported log, and comes to the same as every question about them.

use crate::several_nodes::{health, open, surely};
use crate::support::api::Api;
use crate::support::encoder::Encoder;
use crate::support::judges::{differences, judge, python, said};
use crate::support::server::{Engine, Server, Site, signal};
use crate::support::{in_time, until};
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tributary_store::Environment;

/// Who chats, tips and follows.
const CHATTERS: usize = 30;
/// The last of them are here to be banned.
const TROLLS: usize = 6;
const ADAS_VIEWERS: usize = 140;
const BENS_VIEWERS: usize = 80;
const CLEOS_VIEWERS: usize = 50;
/// Whom the kill sends to another node, where they come back as who they were.
const LOYAL: usize = 12;

const SAY: &str = "mutation($input: SendChatMessageInput!) { sendChatMessage(input: $input) \
                   { position errors { code } } }";

const NUMBERS: &str = "
fragment Tips on TipTotal { count amount { ...M } fee { ...M } net { ...M } average { ...M } }
fragment M on Money { amount currency }
fragment Counts on ActivityTotals { streams newViewers messageCount newFollowers lostFollowers tips { ...Tips } }
fragment Totals on ActivityTotals {
  ...Counts onAirSeconds averageViewers watchSeconds messagesPerStream
}
fragment Periods on ActivityPeriodConnection {
  nodes { from growthPercent totals { ...Counts } }
}
query($p: Position, $name: String) {
  channel(name: $name, atLeast: $p) {
    id
    analytics {
      totals { ...Totals } thisMonth { ...Totals } bestStream { id }
      day: periods(unit: DAY, last: 8) { ...Periods }
      week: periods(unit: WEEK, last: 8) { ...Periods }
      month: periods(unit: MONTH, last: 8) { ...Periods }
    }
    streams(first: 2) { nodes {
      id durationSeconds
      statistics {
        viewerCount peakViewers uniqueViewers messageCount tipCount tips { ...M }
        averageWatchSeconds uptimePercent
      }
      analytics {
        viewerRule averageViewers watchSeconds averageWatchSeconds messagesPerViewer interruptions
        newFollowers tips { ...Tips }
        timeline(first: 30) { nodes {
          at averageViewers peakViewers messageCount newFollowers tipCount tips { ...M }
        } }
        retention(first: 30) { nodes { minutes viewers percent } }
      }
    } }
    chat { moderationActions(first: 100) { nodes {
      position kind actor { id } account { id } reason undoneBy
    } } }
  }
  platformAnalytics {
    liveStreams viewerCount accounts channels totals { ...Totals } thisMonth { ...Totals }
    day: periods(unit: DAY, last: 8) { ...Periods }
    week: periods(unit: WEEK, last: 8) { ...Periods }
    month: periods(unit: MONTH, last: 8) { ...Periods }
  }
}";

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

/// Somebody who watches, until dropped.
pub struct Watcher(JoinHandle<()>);

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Watcher {
    /// Is there once video came.
    pub async fn begin(server: &Server, channel: &str, cookie: Option<&str>) -> Self {
        let [address, _] = server.addresses();
        let mut socket = TcpStream::connect(&address).await.unwrap();
        let cookie = cookie.map_or_else(String::new, |cookie| format!("Cookie: {cookie}\r\n"));
        let ask = format!("GET /live/{channel}.flv HTTP/1.1\r\nHost: {address}\r\n{cookie}\r\n");
        socket.write_all(ask.as_bytes()).await.unwrap();
        let mut got = vec![];
        in_time("video comes", async {
            while !got.windows(3).any(|bytes| bytes == b"FLV") {
                assert_ne!(socket.read_buf(&mut got).await.unwrap(), 0);
            }
        })
        .await;
        assert!(got.starts_with(b"HTTP/1.1 200"));
        Self(tokio::spawn(async move {
            let mut rest = vec![0; 1 << 16];
            while matches!(socket.read(&mut rest).await, Ok(n) if n > 0) {}
        }))
    }

    pub async fn several(server: &Server, channel: &str, count: usize) -> Vec<Self> {
        join_all((0..count).map(|_| Self::begin(server, channel, None))).await
    }

    async fn known(server: &Server, channel: &str, cookies: &[String]) -> Vec<Self> {
        let known = cookies.iter();
        join_all(known.map(|cookie| Self::begin(server, channel, Some(cookie)))).await
    }
}

/// What a browser is known by from its first page on.
async fn cookie(server: &Server) -> String {
    let page = reqwest::get(&server.http).await.unwrap();
    let cookie = page.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn me(api: &Api) -> String {
    let data = api.query("{ me { id } }", json!({})).await;
    data["me"]["id"].as_str().unwrap().to_owned()
}

pub async fn stream_of(api: &Api, name: &str) -> Value {
    let document = "query($name: String) { channel(name: $name) { streams(first: 1) { nodes { \
                    id status viewerCount } } } }";
    let data = api.query(document, json!({ "name": name })).await;
    data["channel"]["streams"]["nodes"][0].clone()
}

pub async fn becomes(api: &Api, name: &str, status: &str, viewers: Option<usize>) {
    until(&format!("{name} is {status}, {viewers:?}"), async || {
        let stream = stream_of(api, name).await;
        let watched = viewers.is_none_or(|viewers| stream["viewerCount"] == viewers);
        (stream["status"] == status && watched).then_some(())
    })
    .await;
}

/// An export in which somebody came with the first viewer of all, and stayed.
fn with_one_more(lines: &str) -> String {
    let mut doctored = String::new();
    let mut is_done = false;
    for line in lines.lines() {
        doctored.push_str(line);
        doctored.push('\n');
        let mut event: Value = serde_json::from_str(line).unwrap();
        if !is_done && event["event_type"] == "viewer_session.joined" {
            event["aggregate_id"] = json!("01900000-0000-7000-8000-00000000f00d");
            event["payload"]["viewer"] = json!("anonymous:01900000-0000-7000-8000-00000000f00d");
            doctored.push_str(&event.to_string());
            doctored.push('\n');
            is_done = true;
        }
    }
    assert!(is_done, "nobody came");
    doctored
}

/// Who is there.
struct Cast {
    ada: Api,
    mia: Api,
    max: Api,
    chatters: Vec<Api>,
    /// The global ids of ada's, ben's and cleo's.
    channels: Vec<String>,
}

impl Cast {
    async fn gather(site: &Site, api: &Api) -> (Self, [String; 3]) {
        let root = ["account", "create", "root", "--email", "root@example.com"];
        let (done, text) = site.run(&root, "correct horse\n").await;
        assert!(done, "{text}");
        let names = ["ada", "ben", "cleo"];
        let mut keys = names.map(|_| String::new());
        for (key, name) in keys.iter_mut().zip(names) {
            *key = site.streamer(name).await;
        }
        let mut channels = vec![];
        for name in names {
            // They were opened on the other node.
            let document = "query($name: String) { channel(name: $name) { id } }";
            let found = until("a channel is known here", async || {
                let data = api.query(document, json!({ "name": name })).await;
                data["channel"]["id"].as_str().map(str::to_owned)
            });
            channels.push(found.await);
        }
        let chatters = (0..CHATTERS).map(async |n| api.register(&format!("chatter{n}")).await);
        let cast = Self {
            ada: api.log_in("ada").await,
            mia: api.register("mia").await,
            max: api.register("max").await,
            chatters: join_all(chatters).await,
            channels,
        };
        for moderator in [&cast.mia, &cast.max] {
            let appoint = json!({"channelId": cast.channels[0], "accountId": me(moderator).await});
            cast.ada.done("appointModerator", appoint, "").await;
        }
        (cast, keys)
    }

    /// Everybody follows somebody, says something here and there, and who has money tips.
    async fn warm_up(&self, chance: &mut Chance) {
        for (n, chatter) in self.chatters.iter().enumerate() {
            let channel = &self.channels[chance.below(3)];
            let follow = json!({ "channelId": channel });
            chatter.done("followChannel", follow.clone(), "").await;
            if n % 7 == 0 {
                chatter.done("unfollowChannel", follow, "").await;
            }
            for word in ["hello", "what a show", "again"] {
                let channel = &self.channels[chance.below(3)];
                let text = format!("{word}, says {n}");
                let say = json!({ "channelId": channel, "text": text });
                chatter.done("sendChatMessage", say, "").await;
            }
            if n % 3 == 0 {
                let rich = json!({ "amount": "90.00", "currency": "USD" });
                chatter.done("topUp", rich, "").await;
                for _ in 0..3 {
                    let amount = format!("{}.{:02}", 1 + chance.below(20), chance.below(100));
                    let channel = &self.channels[chance.below(3)];
                    let tip = json!({"channelId": channel, "amount": amount, "currency": "USD"});
                    chatter.done("sendTip", tip, "").await;
                }
            }
        }
    }

    /// One bans whoever floods, the other does not like it.
    async fn moderate(&self) {
        let channel = &self.channels[0];
        let act = async |who: &Api, what: &str, account: &str, reason: &str| {
            let input = json!({"channelId": channel, "accountId": account, "reason": reason});
            who.done(what, input, "").await;
        };
        let slow = async |who: &Api, seconds: u32, reason: &str| {
            let input = json!({"channelId": channel, "slowModeSeconds": seconds, "reason": reason});
            who.done("updateChatSettings", input, "").await;
        };
        let say = |text: &str| json!({ "channelId": channel, "text": text });
        let trolls = &self.chatters[CHATTERS - TROLLS..];
        let ids = join_all(trolls.iter().map(me)).await;
        for (n, troll) in trolls.iter().enumerate() {
            let shout = say(&format!("BUY MY THING, number {n}"));
            troll.done("sendChatMessage", shout, "").await;
        }
        join_all(
            ids.iter()
                .map(|id| act(&self.mia, "banFromChannel", id, "spam")),
        )
        .await;
        for troll in trolls {
            assert_eq!(troll.refused("sendChatMessage", say("but")).await, "BANNED");
        }
        act(&self.max, "unbanFromChannel", &ids[0], "a friend of mine").await;
        trolls[0]
            .done("sendChatMessage", say("I am back"), "")
            .await;
        act(&self.mia, "banFromChannel", &ids[0], "still spam").await;
        act(&self.max, "unbanFromChannel", &ids[1], "she is sorry").await;

        let talker = &self.chatters[0];
        let id = me(talker).await;
        act(&self.max, "timeOutInChannel", &id, "too loud").await;
        assert_eq!(
            talker.refused("sendChatMessage", say("oh")).await,
            "TIMED_OUT"
        );
        act(&self.mia, "liftTimeout", &id, "not at all").await;
        act(&self.mia, "muteInChannel", &id, "well, yes").await;
        act(&self.max, "unmuteInChannel", &id, "as you said").await;

        slow(&self.mia, 60, "breathe").await;
        talker.done("sendChatMessage", say("one"), "").await;
        assert_eq!(
            talker.refused("sendChatMessage", say("two")).await,
            "SLOW_MODE"
        );
        slow(&self.max, 0, "it is a party").await;
        talker.done("sendChatMessage", say("two"), "").await;
        slow(&self.mia, 30, "it is not").await;
        slow(&self.ada, 0, "stop it, both of you").await;
        let remove = json!({"channelId": channel, "accountId": me(&self.max).await});
        self.ada.done("removeModerator", remove, "").await;
    }

    /// Everybody who may says something on both nodes, whichever of them lives.
    async fn go_on(&self, https: [String; 2]) {
        join_all(self.chatters[..CHATTERS - TROLLS].iter().enumerate().map(
            async |(n, chatter)| {
                let nodes: Vec<Api> = https.iter().map(|http| chatter.at(http)).collect();
                for m in 0..6 {
                    let input = json!({
                        "channelId": self.channels[(n + m) % 3], "text": format!("{m} by {n}"),
                        "clientMutationId": format!("{n}-{m}"),
                    });
                    surely(&nodes, n + m, SAY, &input).await;
                }
            },
        ))
        .await;
    }
}

/// Ada's audit log, the oldest first, tells what happened, who did it, and what did not last.
fn tells_the_story(actions: &Value) {
    let mut acts: Vec<_> = actions.as_array().unwrap().iter().collect();
    acts.reverse();
    let kinds: Vec<_> = acts
        .iter()
        .map(|act| act["kind"].as_str().unwrap())
        .collect();
    let wave = ["BAN"; TROLLS];
    let disagreement = [
        "UNBAN",
        "BAN",
        "UNBAN",
        "TIME_OUT",
        "LIFT_TIMEOUT",
        "MUTE",
        "UNMUTE",
        "CHANGE_SETTINGS",
        "CHANGE_SETTINGS",
        "CHANGE_SETTINGS",
        "CHANGE_SETTINGS",
        "REMOVE",
    ];
    let story = [&["APPOINT", "APPOINT"][..], &wave, &disagreement].concat();
    assert_eq!(kinds, story);
    let stand = acts
        .iter()
        .filter(|act| act["kind"] == "BAN" && act["undoneBy"].is_null());
    assert_eq!(
        stand.count(),
        TROLLS - 1,
        "five of the wave and the second one of the first"
    );
    let last = &acts[acts.len() - 2];
    assert_eq!(last["reason"], "stop it, both of you");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evening_with_a_killed_node_adds_up_to_the_last_number() {
    let site = Site::new(Engine::Postgres)
        .await
        .set("TRIBUTARY_GRACE_SECONDS", "10")
        // Few pieces: what is watched here are the viewers.
        .set("TRIBUTARY_PLAYBACK_MERGE_MS", "350");
    let doomed = site.start().await;
    let beside = site.beside();
    let server = beside.start().await;
    let (api, mut chance) = (server.api(), Chance(7));
    let (cast, keys) = Cast::gather(&site, &api).await;
    let root = api.log_in("root").await;

    let encoders = [
        Encoder::publish(&server.rtmp, &keys[0]),
        Encoder::publish(&doomed.rtmp, &keys[1]),
        Encoder::publish(&doomed.rtmp, &keys[2]),
    ];
    let [of_ada, of_ben, of_cleo] = encoders;
    for name in ["ada", "ben", "cleo"] {
        becomes(&api, name, "LIVE", None).await;
    }
    let cookies = join_all((0..LOYAL).map(|_| cookie(&server))).await;
    let loyal = Watcher::known(&doomed, "ben", &cookies).await;
    // Who opens a second tab is still one.
    let tabs = Watcher::known(&doomed, "ben", &cookies[..4]).await;
    let at_ada = Watcher::several(&server, "ada", ADAS_VIEWERS).await;
    let at_ben = Watcher::several(&doomed, "ben", BENS_VIEWERS - LOYAL).await;
    let at_cleo = Watcher::several(&doomed, "cleo", CLEOS_VIEWERS).await;
    becomes(&api, "ada", "LIVE", Some(ADAS_VIEWERS)).await;
    becomes(&api, "ben", "LIVE", Some(BENS_VIEWERS)).await;
    becomes(&api, "cleo", "LIVE", Some(CLEOS_VIEWERS)).await;
    cast.warm_up(&mut chance).await;
    cast.moderate().await;
    drop(tabs);

    let node = health(&doomed).await["node"].as_str().unwrap().to_owned();
    let nodes = [server.http.clone(), doomed.http.clone()];
    let mut talk = std::pin::pin!(cast.go_on(nodes));
    // In the middle of it.
    let messages = "{ channel(name: \"ada\") { currentStream { statistics { messageCount } } } }";
    let said_so_far = async |api: &Api| {
        let data = api.query(messages, json!({})).await;
        let stream = &data["channel"]["currentStream"];
        stream["statistics"]["messageCount"].as_i64().unwrap()
    };
    let before = said_so_far(&api).await;
    let middle = until("they talk", async || {
        (said_so_far(&api).await > before + 10).then_some(())
    });
    tokio::select! {
        () = &mut talk => panic!("they were done before the node died"),
        () = middle => {}
    }
    drop((at_ben, at_cleo, loyal));
    signal(doomed.pid(), "KILL");
    talk.await;
    doomed.kill().await;
    of_ben.kill().await;
    of_cleo.kill().await;
    // As if half a minute had passed: a node that was not heard of for so long is gone.
    let log = open(&beside).await;
    let long_ago = log.environment().now() - chrono::TimeDelta::minutes(1);
    log.storage().beat(&node, long_ago).await.unwrap();
    log.close().await;
    becomes(&api, "ben", "INTERRUPTED", Some(0)).await;
    let of_ben = Encoder::publish(&server.rtmp, &keys[1]);
    becomes(&api, "ben", "LIVE", None).await;
    let loyal = Watcher::known(&server, "ben", &cookies).await;
    let more = Watcher::several(&server, "ben", 20).await;
    becomes(&api, "ben", "LIVE", Some(LOYAL + 20)).await;
    becomes(&api, "cleo", "ENDED", Some(0)).await;

    drop((loyal, more));
    for (name, who) in [("ada", &cast.ada), ("ben", &api.log_in("ben").await)] {
        let stream = stream_of(&api, name).await;
        let end = json!({ "streamId": stream["id"] });
        who.done("endStream", end, "").await;
    }
    drop(at_ada);
    for name in ["ada", "ben"] {
        becomes(&api, name, "ENDED", Some(0)).await;
    }
    for encoder in [of_ada, of_ben] {
        encoder.kill().await;
    }

    let head = root.query("{ headPosition }", json!({})).await["headPosition"].clone();
    let now = Environment::system().now();
    let mut told = json!({ "channels": {} });
    for name in ["ada", "ben", "cleo"] {
        let asked = json!({ "p": head, "name": name });
        let mut data = root.query(NUMBERS, asked).await;
        let channel = data["channel"].take();
        let mut channel_told = channel.clone();
        channel_told.as_object_mut().unwrap().remove("id");
        told["channels"][channel["id"].as_str().unwrap()] = channel_told;
        told["platform"] = data["platformAnalytics"].take();
    }
    let out = beside.folder.path().join("evening.jsonl");
    let out = out.to_str().unwrap();
    let (done, text) = beside
        .run(&["log", "export", "--personal", "--out", out], "")
        .await;
    assert!(done, "{text}");
    let lines = std::fs::read_to_string(out).unwrap();
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(
        last["position"].to_string(),
        head.as_str().unwrap(),
        "the evening is over"
    );

    let oracle = judge("evening_oracle.py");
    let work_out = async || -> Value {
        let worked_out = said(&python("python"), &[&oracle, out, &now.to_rfc3339()]).await;
        serde_json::from_str(&worked_out).unwrap()
    };
    let found = differences("evening", &work_out().await, &told);
    assert!(found.is_empty(), "{found:#?}");
    // It would be noticed, were a single viewer too few counted.
    std::fs::write(out, with_one_more(&lines)).unwrap();
    let found = differences("evening", &work_out().await, &told);
    for number in ["peakViewers", "uniqueViewers", "thisMonth.newViewers"] {
        assert!(
            found.iter().any(|place| place.contains(number)),
            "{number}: {found:#?}"
        );
    }
    tells_the_story(&told["channels"][&cast.channels[0]]["chat"]["moderationActions"]["nodes"]);
    let platform = &told["platform"]["totals"];
    assert_eq!(platform["streams"], 3);
    // Who came back to ben after the kill is who they were; the 20 others are new.
    assert_eq!(
        platform["newViewers"],
        ADAS_VIEWERS + BENS_VIEWERS + CLEOS_VIEWERS + 20
    );
    assert!(server.stop().await, "{}", beside.log());
}
