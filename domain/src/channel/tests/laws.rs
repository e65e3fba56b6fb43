//! What holds after any commands whatsoever.

use super::chat::{delete, send};
use super::restrictions::{ban, lift, mute, time_out, unban, unmute};
use super::*;
use crate::testing::{account, erased, folded, stored};
use crate::{AccountId, HistoryId, State};
use proptest::prelude::*;

fn any_command() -> impl Strategy<Value = Command> {
    let who = (1_u128..4).prop_map(account);
    let which = (1_u128..4).prop_map(stream);
    prop_oneof![
        Just(Command::Open(ada().into())),
        Just(Command::RotateStreamKey),
        which.clone().prop_map(Command::OpenStream),
        which.prop_map(Command::CloseStream),
        who.clone().prop_map(ban),
        Just(unban()),
        who.clone().prop_map(mute),
        Just(unmute()),
        (who.clone(), -10_i64..100).prop_map(|(who, seconds)| time_out(who, seconds)),
        (0_i64..100).prop_map(lift),
        (who.clone(), 0_i64..100, prop::option::of(0_i64..100)).prop_map(|(who, now, since)| {
            let following_since = since.map(at);
            Command::Send(Send {
                following_since,
                ..send(who, now)
            })
        }),
        prop::collection::btree_set(prop::sample::select(&ModeratorPermission::ALL[..]), 0..3)
            .prop_flat_map(move |permissions| {
                let appoint = move |account| Act::Appoint {
                    account,
                    permissions: permissions.clone(),
                };
                (1_u128..4).prop_map(account).prop_map(appoint)
            })
            .prop_map(by_ada),
        who.clone()
            .prop_map(|account| by_ada(Act::Dismiss { account })),
        (0_i64..60).prop_map(pins::clear),
        (40_i64..60).prop_map(pins::pin),
        (40_i64..60).prop_map(pins::unpin),
        (0_u32..30, prop::option::of(0_u32..2), any::<bool>()).prop_map(
            |(slow, followed, emote)| gates::change(Some(slow), Some(followed), Some(emote))
        ),
        (who, any::<bool>()).prop_map(|(by, staff)| Command::Delete(delete(Some(by), staff))),
    ]
}

/// Who speaks when, if anyone does.
fn speaker(command: &Command) -> Option<(AccountId, Timestamp)> {
    match command {
        Command::Send(send) => Some((send.sender, send.at)),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_commands_leave_a_history_that_makes_sense(
        commands in prop::collection::vec(any_command(), 0..60),
    ) {
        let (mut channel, mut log) = (Channel::default(), vec![]);
        for command in commands {
            let speaker = speaker(&command);
            let result = channel.decide(command);
            if let Some((sender, now)) = speaker {
                let may = channel.id.is_some() && channel.may_speak(sender, now).is_ok();
                // Gates keep others out, and nobody who moderates.
                let passes = channel.is_exempt(by(sender)) || channel.chat == ChatSettings::default();
                let as_expected = if passes { result.is_ok() == may } else { may || result.is_err() };
                prop_assert!(as_expected);
            }
            let events = result.unwrap_or_default();
            events.iter().for_each(|event| channel.fold(event));
            log.extend(events);
            prop_assert!(!channel.restrictions.contains_key(&ada()));
            prop_assert!(channel.moderators.values().all(|granted| !granted.is_empty()));
            prop_assert!(channel.moderators.keys().all(|account| channel.may_tip(*account).is_ok()));
            prop_assert!(channel.pins.len() <= PINS_MAX);
            prop_assert!(channel.pins.iter().all(|pinned| !channel.is_gone(*pinned)));
            prop_assert!(channel.open_stream.is_none() || channel.open_stream == channel.last_stream);
        }
        // Nothing that a channel decides by is erasable.
        let (history, state) = (HistoryId::Channel(ada().into()), State::Channel(Box::new(channel)));
        let read: Vec<_> = log.iter().cloned().map(stored).collect();
        prop_assert_eq!(&folded(&history, &read), &state);
        let read: Vec<_> = log.into_iter().map(erased).collect();
        prop_assert_eq!(&folded(&history, &read), &state);
    }
}
