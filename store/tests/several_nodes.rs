//! Several nodes on one PostgreSQL, and a connection that breaks at the worst moment.

use crate::support::{code, register, request, say, streamer, top_up};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tributary_domain::channel::{Act, Reason};
use tributary_domain::command::{Actor, Command, channels};
use tributary_domain::{AccountId, HistoryId, Request, State};
use tributary_store::testing::{Engine, Place};
use tributary_store::{Environment, Filter, Log, LogOptions, LogUrl};

fn reason() -> Reason {
    let salt = Environment::system().salt();
    Reason { text: None, salt }
}

fn ban(owner: AccountId, account: AccountId) -> Request {
    let (channel, reason) = (owner.into(), reason());
    let act = Act::Ban { account, reason };
    let command = channels::Command::Moderate { channel, act };
    request(Actor::Account(owner), Command::Channels(command))
}

fn unban(owner: AccountId, account: AccountId) -> Request {
    let (channel, reason) = (owner.into(), reason());
    let act = Act::Unban { account, reason };
    let command = channels::Command::Moderate { channel, act };
    request(Actor::Account(owner), Command::Channels(command))
}

/// A node that has heard nothing for long must not answer from what it remembers.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_node_changed_is_seen_before_anything_is_refused_or_agreed_to() {
    let place = Place::fresh(Engine::Postgres).await;
    let (one, two) = (place.open().await, place.open().await);
    let ada = streamer(&one, "ada").await;
    let (bob, command) = register("bob");
    one.execute(command).await.unwrap();
    for log in [&two, &one, &two, &one] {
        log.execute(say(ada, bob, "both know the channel"))
            .await
            .unwrap();
    }
    two.execute(ban(ada, bob)).await.unwrap();
    let lifted = one.execute(unban(ada, bob)).await.unwrap();
    assert_eq!(
        lifted.events.len(),
        1,
        "the ban of the other node is undone, not overlooked"
    );
    two.execute(say(ada, bob, "back again")).await.unwrap();
    two.execute(ban(ada, bob)).await.unwrap();
    assert_eq!(
        code(one.execute(say(ada, bob, "still here?")).await),
        "BANNED"
    );
    one.execute(unban(ada, bob)).await.unwrap();
    two.execute(say(ada, bob, "a refusal is not remembered either"))
        .await
        .unwrap();
    one.close().await;
    two.close().await;
}

/// Both nodes write all the time, so that each catches up while the other goes on.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_write_at_once_decide_on_the_true_state() {
    let place = Place::fresh(Engine::Postgres).await;
    let nodes = [place.open().await, place.open().await];
    let ada = streamer(&nodes[0], "ada").await;
    let (bob, command) = register("bob");
    nodes[0].execute(command).await.unwrap();
    nodes[0].execute(top_up(bob, "7.00")).await.unwrap();
    let tips = (0..40).map(|n| {
        let log = nodes[n % 2].clone();
        tokio::spawn(async move { log.execute(crate::appending::tip(bob, ada, "1.00")).await })
    });
    let noise = (0..40).map(|n| {
        let log = nodes[n % 2].clone();
        tokio::spawn(async move { log.execute(say(ada, ada, "noise")).await })
    });
    let (tips, noise) = tokio::join!(
        futures::future::join_all(tips),
        futures::future::join_all(noise)
    );
    assert!(noise.into_iter().all(|said| said.unwrap().is_ok()));
    assert_eq!(
        tips.into_iter()
            .filter(|tip| tip.as_ref().unwrap().is_ok())
            .count(),
        7
    );
    let wallet = nodes[1]
        .state(&HistoryId::Wallet(bob, "USD".parse().unwrap()))
        .await
        .unwrap();
    let State::Wallet(wallet) = wallet else {
        panic!("a wallet")
    };
    assert!(wallet.balance.is_zero(), "{}", wallet.balance);
    for log in nodes {
        log.close().await;
    }
}

/// A node far from the database asks for a head that has moved on by the time that it is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_far_away_comes_to_append_beside_a_busy_one() {
    let place = Place::fresh(Engine::Postgres).await;
    let busy = place.open().await;
    let port = proxy(server(&place), Fault::Far).await;
    let far = open_through(&place, port).await;
    let ada = streamer(&busy, "ada").await;
    let stop = Arc::new(AtomicBool::new(false));
    let noise: Vec<_> = (0..16)
        .map(|_| {
            let (log, stop) = (busy.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    log.execute(say(ada, ada, "noise")).await.unwrap();
                }
            })
        })
        .collect();
    let said = async {
        for n in 0..5 {
            let word = say(ada, ada, &format!("word {n}"));
            far.execute(word).await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), said)
        .await
        .expect("each node has its turn");
    stop.store(true, Ordering::Relaxed);
    for noise in noise {
        noise.await.unwrap();
    }
    busy.close().await;
    far.close().await;
}

/// What a proxy does with the append that carries `MARK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// None: all bytes take [`FAR_AWAY`] each way.
    Far,
    /// It reaches the server; its answer does not come back.
    AnswerLost,
    /// It never reaches the server.
    StatementLost,
    /// It reaches the server only when the node has tried again.
    StatementLate,
}

/// A statement that is on its way for long, and the session that it was sent in.
type Held = Mutex<Option<(TcpStream, Vec<u8>)>>;

const MARK: &[u8] = b"cut me off";

/// How long bytes are on their way to a node in another place.
const FAR_AWAY: Duration = Duration::from_millis(10);

/// A proxy in front of the test server that commits one fault. Gives its port.
async fn proxy(server: String, fault: Fault) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let armed = Arc::new(AtomicBool::new(true));
    let held: Arc<Held> = Arc::default();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.unwrap();
            let (armed, held) = (Arc::clone(&armed), Arc::clone(&held));
            tokio::spawn(async move {
                // A connection that ends is no news here.
                let _ended = relay(client, server, fault, &armed, &held).await;
            });
        }
    });
    port
}

async fn relay(
    mut client: TcpStream,
    mut server: TcpStream,
    fault: Fault,
    armed: &AtomicBool,
    held: &Held,
) -> std::io::Result<()> {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            count = client.read(&mut asked) => {
                let bytes = &asked[..count?];
                if bytes.is_empty() {
                    return Ok(());
                }
                let is_marked = bytes.windows(MARK.len()).any(|window| window == MARK);
                if is_marked && armed.swap(false, Ordering::Relaxed) {
                    match fault {
                        Fault::Far => unreachable!("nothing is marked there"),
                        Fault::AnswerLost => {
                            server.write_all(bytes).await?;
                            // Until the server has answered, and so committed.
                            let _bytes = server.read(&mut answered).await?;
                        }
                        Fault::StatementLost => {}
                        Fault::StatementLate => *held.lock().await = Some((server, bytes.to_vec())),
                    }
                    return Ok(());
                }
                if is_marked && let Some((mut old, late)) = held.lock().await.take() {
                    // The old session is gone, or it does now what it was asked for.
                    if old.write_all(&late).await.is_ok() {
                        let _gone = old.read(&mut answered).await;
                    }
                }
                if fault == Fault::Far {
                    tokio::time::sleep(FAR_AWAY).await;
                }
                server.write_all(bytes).await?;
            }
            count = server.read(&mut answered) => {
                let count = count?;
                if count == 0 {
                    return Ok(());
                }
                if fault == Fault::Far {
                    tokio::time::sleep(FAR_AWAY).await;
                }
                client.write_all(&answered[..count]).await?;
            }
        }
    }
}

/// Credentials, server and database of a place on PostgreSQL.
fn parts(place: &Place) -> (&str, &str, &str) {
    let LogUrl::Postgres(url) = &place.url else {
        panic!("PostgreSQL")
    };
    let (credentials, rest) = url.rsplit_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    (credentials, server, database)
}

fn server(place: &Place) -> String {
    parts(place).1.to_owned()
}

async fn open_through(place: &Place, port: u16) -> Log {
    let (credentials, _, database) = parts(place);
    let url = LogUrl::Postgres(format!("{credentials}@127.0.0.1:{port}/{database}"));
    Log::open(&url, LogOptions::default(), Environment::system())
        .await
        .unwrap()
}

async fn a_broken_commit_is_neither_lost_nor_doubled(fault: Fault) {
    let place = Place::fresh(Engine::Postgres).await;
    let port = proxy(server(&place), fault).await;
    let log = open_through(&place, port).await;
    let ada = streamer(&log, "ada").await;
    // The statement is prepared by then, and goes in one piece.
    log.execute(say(ada, ada, "before")).await.unwrap();
    let before = log.head();
    let receipt = log.execute(say(ada, ada, "cut me off")).await.unwrap();
    assert_eq!(receipt.position, before.next());
    log.execute(say(ada, ada, "after")).await.unwrap();
    let rows = log.storage().read(before, 10, &Filter::All).await.unwrap();
    let said: Vec<_> = rows
        .iter()
        .map(|row| {
            row.personal
                .as_ref()
                .is_some_and(|text| text.contains("cut me off"))
        })
        .collect();
    assert_eq!(said, [true, false], "once, and in its place");
    log.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost() {
    a_broken_commit_is_neither_lost_nor_doubled(Fault::AnswerLost).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_never_arrives() {
    a_broken_commit_is_neither_lost_nor_doubled(Fault::StatementLost).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_arrives_late() {
    a_broken_commit_is_neither_lost_nor_doubled(Fault::StatementLate).await;
}
