//! `moderationEvents`: what a channel's staff does.

use super::of_log::{self, Items, Placed};
use super::{Feed, channel};
use crate::Fault;
use crate::api::Shared;
use crate::auth::Caller;
use crate::fanout::Topic;
use crate::messages::Sentence;
use crate::schema::{DateTime, GlobalId, shared};
use async_graphql::{Context, Enum, ID, SimpleObject, Subscription};
use std::sync::Arc;
use tributary_domain::channel::Event as ChannelEvent;
use tributary_domain::{AccountId, ChannelId, Event, Personal, Recorded, Timestamp};
use tributary_store::Page;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum ModerationEventKind {
    /// Somebody may no longer chat or tip.
    Banned,
    /// A ban was lifted.
    Unbanned,
    /// Somebody may not chat for a while.
    TimedOut,
    /// A timeout was lifted before its time.
    TimeoutLifted,
    /// A message was removed.
    MessageDeleted,
    /// Somebody may no longer chat.
    Muted,
    /// A mute was lifted.
    Unmuted,
    /// The chat was cleared.
    ChatCleared,
    /// A message was pinned.
    MessagePinned,
    /// A message was unpinned.
    MessageUnpinned,
    /// Who may speak changed, or how often.
    SettingsChanged,
    /// Somebody was let moderate.
    ModeratorAppointed,
    /// Somebody moderates no longer.
    ModeratorRemoved,
}

/// Something that a channel's staff did.
#[derive(SimpleObject)]
pub(crate) struct ModerationEvent {
    /// Give it as `after` to resume behind this event.
    cursor: String,
    /// What.
    kind: ModerationEventKind,
    /// The global id of the account that it is about: for a message, its sender's; for the chat as a
    /// whole, the channel owner's.
    account_id: ID,
    /// The global id of the account that did it; null for the console and for Tributary itself.
    actor_id: Option<ID>,
    /// When a timeout ends by itself.
    until: Option<DateTime>,
    /// The message that it is about: its global id.
    message_id: Option<ID>,
    /// Why, in the moderator's words.
    reason: Option<String>,
    /// When.
    at: DateTime,
}

#[derive(Default)]
pub(crate) struct ModerationSubscription;

#[Subscription]
impl ModerationSubscription {
    /// What a channel's staff does, for its owner, its moderators and admins. With `after`, first everything since
    /// then; nothing is left out and nothing comes twice.
    async fn moderation_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The channel's global id.")] channel_id: ID,
        #[graphql(
            desc = "Resume behind this cursor, or behind a position such as `headPosition`. Left out: from now on."
        )]
        after: Option<String>,
    ) -> Result<Feed<ModerationEvent>, Fault> {
        let account = Caller::of(ctx).account().ok_or_else(Fault::not_signed_in)?;
        let channel = channel(ctx, &channel_id).await?;
        let acts = Acts {
            shared: Arc::clone(shared(ctx)),
            account,
            channel,
        };
        acts.check().await?;
        of_log::feed(ctx, Topic::Channel(channel), after.as_deref(), acts)
    }
}

/// Why somebody acted.
type Why = Personal<Option<String>>;

struct Acts {
    shared: Arc<Shared>,
    /// Who follows.
    account: AccountId,
    channel: ChannelId,
}

impl Acts {
    /// Whoever follows may see this now: a role may have been taken away since.
    async fn check(&self) -> Result<(), Fault> {
        match crate::auth::moderates(&self.shared.views, self.account, self.channel).await? {
            true => Ok(()),
            false => Err(Fault::Forbidden(Sentence::StaffOnly)),
        }
    }
}

impl Items for Acts {
    type Item = ModerationEvent;

    async fn of(&self, page: &Page) -> Result<Vec<Placed<ModerationEvent>>, Fault> {
        let items: Vec<_> = page.events.iter().filter_map(|event| item(event)).collect();
        if !items.is_empty() {
            self.check().await?;
        }
        Ok(items)
    }
}

fn item(recorded: &Recorded) -> Option<Placed<ModerationEvent>> {
    use ModerationEventKind as Kind;
    let (Event::Channel(event), Some(channel)) = (&recorded.event, recorded.channel) else {
        return None;
    };
    let owner = channel.owner();
    let actor = recorded
        .actor()
        .map(|actor| GlobalId::Account(actor).into());
    let act =
        |kind, account: AccountId, until: Option<Timestamp>, why: Option<&Why>| ModerationEvent {
            actor_id: actor.clone(),
            cursor: of_log::cursor(recorded),
            kind,
            account_id: GlobalId::Account(account).into(),
            until: until.map(DateTime),
            message_id: None,
            reason: why.and_then(|why| why.get().cloned().flatten()),
            at: DateTime(recorded.recorded_at),
        };
    let item = match event {
        ChannelEvent::Banned(event) => {
            act(Kind::Banned, event.account, None, Some(&event.personal))
        }
        ChannelEvent::Unbanned(event) => {
            act(Kind::Unbanned, event.account, None, Some(&event.personal))
        }
        ChannelEvent::TimedOut(event) => act(
            Kind::TimedOut,
            event.account,
            Some(event.until),
            Some(&event.personal),
        ),
        ChannelEvent::TimeoutLifted(event) => act(
            Kind::TimeoutLifted,
            event.account,
            None,
            Some(&event.personal),
        ),
        ChannelEvent::MessageDeleted(event) => ModerationEvent {
            message_id: Some(GlobalId::ChatMessage(event.message).into()),
            ..act(
                Kind::MessageDeleted,
                event.sender,
                None,
                Some(&event.personal),
            )
        },
        ChannelEvent::Muted(event) => act(Kind::Muted, event.account, None, Some(&event.personal)),
        ChannelEvent::Unmuted(event) => {
            act(Kind::Unmuted, event.account, None, Some(&event.personal))
        }
        ChannelEvent::ChatCleared(event) => {
            act(Kind::ChatCleared, owner, None, Some(&event.personal))
        }
        ChannelEvent::ChatSettingsChanged(event) => {
            act(Kind::SettingsChanged, owner, None, Some(&event.personal))
        }
        ChannelEvent::MessagePinned(event) => ModerationEvent {
            message_id: Some(GlobalId::ChatMessage(event.message).into()),
            ..act(Kind::MessagePinned, event.sender, None, None)
        },
        ChannelEvent::MessageUnpinned(event) => ModerationEvent {
            message_id: Some(GlobalId::ChatMessage(event.message).into()),
            ..act(Kind::MessageUnpinned, event.sender, None, None)
        },
        ChannelEvent::ModeratorAppointed(event) => {
            act(Kind::ModeratorAppointed, event.account, None, None)
        }
        ChannelEvent::ModeratorRemoved(event) => {
            act(Kind::ModeratorRemoved, event.account, None, None)
        }
        _ => return None,
    };
    Some(Placed::new(recorded, item))
}
