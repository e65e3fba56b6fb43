//! How fast a busy room is decided with all of its gates on, beside the same room without any.

use super::{Show, registration};
use chrono::TimeDelta;
use std::time::Instant;
use tributary_domain::AccountId;
use tributary_domain::channel::{Act, ChatSettingsChange, MessageKind, Reason};
use tributary_domain::command::{Actor, Command, channels, chat, follows};

/// What the room hears, by the times that the commands say.
const PER_SECOND: i32 = 2_000;

/// Enough that each waits for as long as slow mode asks.
const SENDERS: usize = 2_100;

const SLOW_MODE_SECONDS: u32 = 1;
const MESSAGES: i32 = 20_000;
const RUNS: usize = 5;

/// The least share of the ungated rate.
const WANTED: f64 = 0.8;

/// Measures both in turn, and prints the middle of each.
pub async fn measure(show: &Show) {
    let senders = followers(show).await;
    let mut at = show.log.environment().now();
    let mut rates = [vec![], vec![]];
    for _ in 0..RUNS {
        for (has_gates, rates) in [false, true].into_iter().zip(&mut rates) {
            show.all([set(show, has_gates)].into_iter()).await;
            // What the run before left to be folded would be at this one's cost.
            show.folded().await;
            let began = Instant::now();
            let said = (0..MESSAGES).map(|n| {
                let moment = at + TimeDelta::seconds(1) * n / PER_SECOND;
                (moment, say(show, &senders, n))
            });
            show.all_at(said).await;
            rates.push(f64::from(MESSAGES) / began.elapsed().as_secs_f64());
            // By then nobody waits for their turn any more.
            at += TimeDelta::seconds(1) * MESSAGES / PER_SECOND + TimeDelta::seconds(2);
        }
    }
    let [open, gated] = rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[RUNS / 2]
    });
    println!(
        "a room: {open:.0} messages/s decided and kept, with slow mode, followers-only and emote-only \
         {gated:.0}/s: {:.2} (wanted {WANTED})",
        gated / open
    );
}

async fn followers(show: &Show) -> Vec<AccountId> {
    let env = show.log.environment();
    let people: Vec<_> = (0..SENDERS).map(|_| AccountId(env.uuid())).collect();
    let names = people.iter().enumerate();
    let registered = names.map(|(n, account)| registration(env, *account, &format!("sender{n}")));
    show.all(registered).await;
    let channel = show.channel();
    let follow = |account: &AccountId| {
        let follow = follows::Command::Follow { channel };
        (Actor::Account(*account), Command::Follows(follow))
    };
    show.all(people.iter().map(follow)).await;
    people
}

/// Slow mode, followers-only and emote-only, all or none.
fn set(show: &Show, on: bool) -> (Actor, Command) {
    let change = ChatSettingsChange {
        slow_mode_seconds: Some(if on { SLOW_MODE_SECONDS } else { 0 }),
        followers_only_minutes: Some(on.then_some(0)),
        emote_only: Some(on),
    };
    let reason = Reason {
        text: None,
        salt: show.log.environment().salt(),
    };
    let act = Act::ChangeChat { change, reason };
    let channel = show.channel();
    let command = channels::Command::Moderate { channel, act };
    (Actor::Account(show.streamer), Command::Channels(command))
}

fn say(show: &Show, senders: &[AccountId], n: i32) -> (Actor, Command) {
    let place = usize::try_from(n).unwrap_or_default() % senders.len();
    let sender = senders[place];
    let send = chat::Command::Send {
        channel: show.channel(),
        sender,
        kind: MessageKind::Emoji,
        said: "\u{1f389}\u{1f389}\u{1f389}".into(),
        salt: show.log.environment().salt(),
    };
    (Actor::Account(sender), Command::Chat(send))
}
