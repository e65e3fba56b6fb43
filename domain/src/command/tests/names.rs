//! What a command names is what deciding it reads first.

use super::*;
use crate::account::Role;
use crate::command::accounts;
use crate::payment::Standing;
use crate::testing::session;

/// Which kinds of history a command is led to by what it has read. A new command does not compile
/// until it is here; [`commands`] is where it belongs next.
fn follows(command: &Command) -> &'static [&'static str] {
    match command {
        Command::Accounts(
            Accounts::Register { .. }
            | Accounts::GrantRole { .. }
            | Accounts::RevokeRole { .. }
            | Accounts::OpenSession { .. }
            | Accounts::RefreshSession { .. }
            | Accounts::CloseSession { .. }
            | Accounts::ChangePassword { .. }
            | Accounts::Reinstate { .. }
            | Accounts::CompleteErasure { .. },
        )
        | Command::Channels(
            Channels::Open { .. } | Channels::RotateStreamKey { .. } | Channels::Moderate { .. },
        )
        | Command::Follows(Follows::Follow { .. } | Follows::Unfollow { .. })
        | Command::Streams(Streams::Schedule { .. } | Streams::Start { .. })
        | Command::Recordings(
            Recordings::Start { .. }
            | Recordings::Stop { .. }
            | Recordings::Anchor { .. }
            | Recordings::Finish { .. }
            | Recordings::Delete { .. },
        )
        | Command::Chat(
            Chat::Send { .. }
            | Chat::Announce { .. }
            | Chat::Delete { .. }
            | Chat::React { .. }
            | Chat::Tally { .. },
        )
        | Command::Tips(Tips::TopUp { .. } | Tips::Tip { .. })
        | Command::Books(Books::Close { .. })
        | Command::Fees(Fees::Schedule { .. })
        | Command::Holds(Holds::Place { .. } | Holds::Release { .. } | Holds::Expire { .. })
        | Command::Payments(Payments::Intend { .. } | Payments::Fail { .. })
        | Command::Payouts(Payouts::Request { .. })
        | Command::Promotions(Promotions::Grant { .. })
        | Command::Refunds(Refunds::Tip { .. })
        | Command::Sessions(Sessions::Join { .. } | Sessions::Leave { .. }) => &[],
        // The channel's last or open stream.
        Command::Accounts(Accounts::Erase { .. } | Accounts::Suspend { .. })
        | Command::Streams(
            Streams::Publish { .. }
            | Streams::MediaArrived { .. }
            | Streams::Interrupt { .. }
            | Streams::NoteHealth { .. },
        )
        | Command::Recordings(Recordings::StartByItself { .. }) => &["stream"],
        // The payer's wallet, and those of the channels whose tips are taken back.
        Command::Payments(
            Payments::Confirm { .. } | Payments::Refund { .. } | Payments::Dispute { .. },
        )
        // The wallet of the channel.
        | Command::Payouts(
            Payouts::Approve { .. }
            | Payouts::HandOver { .. }
            | Payouts::Send { .. }
            | Payouts::Settle { .. }
            | Payouts::Fail { .. }
            | Payouts::Cancel { .. },
        ) => &["wallet"],
        // The stream's channel.
        Command::Streams(Streams::Update { .. } | Streams::End { .. } | Streams::Cancel { .. }) => {
            &["channel"]
        }
    }
}

fn commands() -> Vec<Command> {
    let register = Accounts::Register {
        account: bob(),
        person: person("Bob"),
        name_hash: name_hash("Bob"),
        email_hash: "b1".to_owned(),
        password_hash: "$argon2id$".to_owned(),
        salt: salt(),
    };
    let role = Role::Admin;
    let (session, expires_at) = (session(1), at(100));
    let refresh = Accounts::RefreshSession {
        account: bob(),
        session,
        generation: 1,
        expires_at,
    };
    let open = accounts::Command::OpenSession {
        account: bob(),
        session,
        expires_at,
    };
    vec![
        register.into(),
        Accounts::GrantRole {
            account: bob(),
            role,
        }
        .into(),
        Accounts::RevokeRole {
            account: bob(),
            role,
        }
        .into(),
        open.into(),
        refresh.into(),
        Accounts::CloseSession {
            account: bob(),
            session,
        }
        .into(),
        Accounts::ChangePassword {
            kept: session,
            changes: 0,
            password_hash: "$argon2id$".to_owned(),
        }
        .into(),
        erasure::erase("Ada", ada()).into(),
        erasure::complete(bob()).into(),
        channels::open(ada()).into(),
        channels::open(bob()).into(),
        channels::rotate().into(),
        channels::ban(bob()).into(),
        channels::ban(ada()).into(),
        channels::unban(bob()).into(),
        channels::time_out(bob(), 60).into(),
        channels::lift(bob()).into(),
        channels::mute(bob()).into(),
        channels::unmute(bob()).into(),
        channels::clear(9).into(),
        channels::pin().into(),
        channels::unpin().into(),
        channels::slow(5).into(),
        channels::appoint(bob(), &[channel::ModeratorPermission::Ban]).into(),
        channels::dismiss(bob()).into(),
        follows::follow().into(),
        follows::unfollow().into(),
        suspension::suspend(bob()).into(),
        suspension::suspend(ada()).into(),
        suspension::reinstate(bob()).into(),
        streams::schedule().into(),
        streams::start().into(),
        streams::publish().into(),
        streams::media_arrived().into(),
        streams::interrupt().into(),
        streams::note_health().into(),
        streams::update().into(),
        streams::end().into(),
        streams::cancel().into(),
        recordings::start().into(),
        recordings::start_by_itself().into(),
        recordings::stop().into(),
        recordings::anchor().into(),
        recordings::finish().into(),
        recordings::delete().into(),
        chat::send(ada()).into(),
        chat::send(bob()).into(),
        chat::delete(bob()).into(),
        chat::announce().into(),
        chat::react().into(),
        chat::tally().into(),
        tips::top_up("1.00").into(),
        tips::tip(ada(), "1.00").into(),
        tips::tip(bob(), "1.00").into(),
        sessions::join().into(),
        sessions::leave(60).into(),
        books::close("2026-12-31").into(),
        fees::set(7, None, crate::testing::because("a new year")).into(),
        holds::place(1, "1.00", 60).into(),
        holds::release(1).into(),
        holds::expire(bob(), 1).into(),
        payments::intend("1.00").into(),
        payments::confirm("1.00").into(),
        payments::refund("1.00", vec![]).into(),
        payments::dispute("1.00", Standing::Open, vec![]).into(),
        payouts::request(1, "10.00").into(),
        payouts::approve(1).into(),
        payouts::hand_over(1, "bank").into(),
        payouts::send(1).into(),
        payouts::settle(1, None).into(),
        payouts::fail(1).into(),
        payouts::cancel(1).into(),
        promotions::welcome(bob(), "1.00").into(),
        refunds::refund(refunds::ten_dollars(), Some("by mistake")).into(),
    ]
}

fn actors() -> [Actor; 8] {
    [
        ADA,
        BOB,
        EVE,
        ROOT,
        GHOST,
        Actor::Anonymous,
        Actor::Console,
        INGEST,
    ]
}

/// `world` without what `request` does not name; what it lacks is empty.
fn with_only_named(world: &World, request: &Request) -> World {
    let named = request.names().into_iter();
    World(
        named
            .map(|name| {
                let state = world.0.get(&name).cloned().unwrap_or_else(|| name.empty());
                (name, state)
            })
            .collect(),
    )
}

#[test]
fn what_is_named_is_enough_to_decide_or_to_be_led_on() {
    let live = given()
        .after(ADA, streams::start())
        .after(INGEST, streams::media_arrived());
    let watched = live.clone().after(INGEST, sessions::join());
    let ended = live.clone().after(ADA, streams::end());
    for world in [World::default(), given(), live, watched, ended] {
        for (actor, command) in actors()
            .into_iter()
            .flat_map(|actor| commands().into_iter().map(move |command| (actor, command)))
        {
            let request = Request {
                actor,
                at: at(0),
                id: None,
                command,
            };
            let mut loaded = with_only_named(&world, &request);
            if let Err(Undecided::Missing(history)) = request.decide(&mut loaded) {
                let led_to = follows(&request.command).contains(&history.kind());
                assert!(led_to, "{request:?} reads {history} and does not name it");
            }
        }
    }
}

#[test]
fn each_history_is_named_once() {
    for actor in actors() {
        for command in commands() {
            let request = Request {
                actor,
                at: at(0),
                id: None,
                command,
            };
            let named = request.names();
            let mut different = named.clone();
            different.sort();
            different.dedup();
            assert_eq!(named.len(), different.len(), "{request:?}");
        }
    }
}

#[test]
fn nothing_is_decided_on_a_history_that_is_not_at_hand() {
    for command in commands() {
        let request = Request {
            actor: ROOT,
            at: at(0),
            id: None,
            command,
        };
        let decided = request.decide(&mut World::default());
        // Root may neither send in another's name nor count, whatever the histories say.
        let refused_outright = matches!(
            request.command,
            Command::Chat(Chat::Send { .. } | Chat::Tally { .. })
                | Command::Channels(Channels::Open { .. })
        );
        if !refused_outright {
            assert!(matches!(decided, Err(Undecided::Missing(_))), "{request:?}");
        }
    }
}
