//! What a stream's chat comes to in numbers, and who says how much. docs/analytics.md defines each.
//!
//! Counts are of what was sent, also of what was removed later: moderation does not rewrite how lively a chat
//! was. What the platform announces counts as a message and is nobody's.

use crate::db::micros;
use crate::fold::{FoldError, Projection};
use crate::project::plain_row::plain_row;
use crate::working::{Rows, Working};
use tributary_domain::channel::{Event as Happened, MessageKind, MessageSent, SenderRole};
use tributary_domain::{AccountId, Event, Recorded, StreamId, Timestamp};

plain_row! {
    /// The numbers of a stream's chat.
    ChatNumbers in "chat_numbers" by (stream: StreamId) {
        message_count: i64 = 0,
        /// Of these, the platform's own.
        announcement_count: i64 = 0,
        emoji_count: i64 = 0,
        reply_count: i64 = 0,
        /// Messages that mention somebody.
        mentioning_count: i64 = 0,
        /// Whoever said something.
        chatter_count: i64 = 0,
    }
}

plain_row! {
    /// How much somebody said while a stream was open.
    ChatterRow in "chatters" by (stream: StreamId, account: AccountId) {
        message_count: i64 = 0,
        emoji_count: i64 = 0,
        last_at: Option<Timestamp> = None,
    }
}

/// Folds who says how much.
#[derive(Default)]
pub(crate) struct Chatters {
    numbers: Working<ChatNumbers>,
    chatters: Working<ChatterRow>,
}

/// A message that was sent while a stream was open.
fn said(recorded: &Recorded) -> Option<(&MessageSent, StreamId)> {
    match &recorded.event {
        Event::Channel(Happened::MessageSent(event)) => Some((event, event.stream?)),
        _ => None,
    }
}

impl Projection for Chatters {
    fn name(&self) -> &'static str {
        "chatters"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        let Some((event, stream)) = said(recorded) else {
            return false;
        };
        self.numbers.want((stream,));
        self.chatters.want((stream, event.sender));
        true
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        let Some((event, stream)) = said(recorded) else {
            return Ok(());
        };
        let emoji = i64::from(event.kind == MessageKind::Emoji);
        let key = (stream,);
        let numbers = self.numbers.edit_or(&key, || ChatNumbers::nothing(key))?;
        numbers.message_count += 1;
        numbers.emoji_count += emoji;
        numbers.reply_count += i64::from(event.reply_to.is_some());
        numbers.mentioning_count += i64::from(!event.mentions.is_empty());
        if event.role == SenderRole::Platform {
            numbers.announcement_count += 1;
            return Ok(());
        }
        let key = (stream, event.sender);
        if self.chatters.get(&key)?.is_none() {
            numbers.chatter_count += 1;
        }
        let chatter = self.chatters.edit_or(&key, || ChatterRow::nothing(key))?;
        chatter.message_count += 1;
        chatter.emoji_count += emoji;
        chatter.last_at = Some(micros(recorded.recorded_at));
        Ok(())
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.numbers, &mut self.chatters]
    }
}
