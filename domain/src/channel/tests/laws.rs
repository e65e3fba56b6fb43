//! What holds after any commands whatsoever.

use super::chat::{delete, send};
use super::restrictions::{lift, time_out};
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
        who.clone()
            .prop_map(|who| Command::Ban(who, because("spam"))),
        who.clone()
            .prop_map(|who| Command::Unban(who, because("sorry"))),
        (who.clone(), -10_i64..100).prop_map(|(who, seconds)| time_out(who, seconds)),
        (0_i64..100).prop_map(lift),
        (who.clone(), 0_i64..100).prop_map(|(who, now)| Command::Send(send(who, now))),
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
                prop_assert_eq!(result.is_ok(), may);
            }
            let events = result.unwrap_or_default();
            events.iter().for_each(|event| channel.fold(event));
            log.extend(events);
            prop_assert!(!channel.restrictions.contains_key(&ada()));
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
