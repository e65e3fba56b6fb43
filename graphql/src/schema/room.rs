//! A channel's chat as a room: who may speak, what is pinned, who moderates, what was done.

use super::channel::is_moderated_by;
use super::page::connection;
use super::{
    Account, ChatMessage, Cursor, DateTime, GlobalId, ModeratorPermission, Position, cost,
    page_size, shared, surely,
};
use crate::Fault;
use crate::auth::Caller;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use tributary_domain::account::Role;
use tributary_domain::{ChannelId, channel};
use tributary_projections as views;

/// Who may speak in a chat, and how often. The owner, moderators and admins speak whatever is set.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(crate) struct ChatSettings {
    /// How long each sender waits between two messages, in seconds; 0 for not at all.
    slow_mode_seconds: i32,
    /// How many minutes a sender must have followed the channel; null for everybody.
    followers_only_minutes: Option<i32>,
    /// Whether messages consist of emoji alone.
    emote_only: bool,
}

impl From<channel::ChatSettings> for ChatSettings {
    fn from(settings: channel::ChatSettings) -> Self {
        let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        Self {
            slow_mode_seconds: number(settings.slow_mode_seconds),
            followers_only_minutes: settings.followers_only_minutes.map(number),
            emote_only: settings.emote_only,
        }
    }
}

/// Who moderates a channel.
pub(crate) struct Moderator(views::Moderator);

/// Who moderates a channel.
#[Object]
impl Moderator {
    /// Who.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        Ok(Some(surely(ctx, self.0.account).await?.into()))
    }

    /// What they may do.
    async fn permissions(&self) -> Vec<ModeratorPermission> {
        let permissions = self.0.permissions.iter().copied();
        permissions.map(Into::into).collect()
    }

    /// Since when they may do this.
    async fn since(&self) -> DateTime {
        DateTime(self.0.since)
    }
}

/// What was done by whoever moderates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "views::ModerationKind")]
pub(crate) enum ModerationKind {
    /// Somebody was banned from a channel.
    Ban,
    /// A ban was undone.
    Unban,
    /// Somebody was muted.
    Mute,
    /// A mute was undone.
    Unmute,
    /// Somebody was timed out.
    TimeOut,
    /// A timeout was undone.
    LiftTimeout,
    /// A message was deleted by another than its sender.
    Delete,
    /// A chat was cleared.
    ClearChat,
    /// A message was pinned.
    Pin,
    /// It was unpinned.
    Unpin,
    /// Who may speak changed, or how often.
    ChangeSettings,
    /// Somebody was let moderate.
    Appoint,
    /// Somebody moderates no longer.
    Remove,
    /// An account was suspended on the whole platform.
    Suspend,
    /// That was undone.
    Reinstate,
    /// An admin or finance took a tip back.
    RefundTip,
    /// Finance approved a payout.
    ApprovePayout,
    /// A provider was told to pay a payout, or finance noted that.
    SendPayout,
    /// A payout was noted as arrived.
    SettlePayout,
    /// A payout was noted as failed.
    FailPayout,
    /// Finance called a payout off.
    CancelPayout,
    /// What the platform keeps of tips was set.
    SetFees,
    /// Somebody was given money to spend.
    GrantPromotion,
    /// Finance closed a month.
    CloseBooks,
}

connection!(
    /// A page of the audit log.
    ModerationActionConnection,
    /// An act of moderation in a list.
    ModerationActionEdge,
    ModerationAction
);

/// Something that was done by whoever moderates: who, when, what and why.
#[derive(Debug, Clone)]
pub(crate) struct ModerationAction(views::AuditedAction);

/// Something that was done by whoever moderates: who, when, what and why.
#[Object]
impl ModerationAction {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::ModerationAction(self.0.action.position).into()
    }

    /// Its place in the log.
    async fn position(&self) -> Position {
        Position(self.0.action.position)
    }

    /// What.
    async fn kind(&self) -> ModerationKind {
        self.0.action.kind.into()
    }

    /// The channel's global id; null for what holds on the whole platform.
    async fn channel_id(&self) -> Option<ID> {
        self.0.action.channel.map(|id| GlobalId::Channel(id).into())
    }

    /// Who did it; null for the console and for Tributary itself.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        match self.0.action.actor {
            Some(actor) => Ok(Some(surely(ctx, actor).await?.into())),
            None => Ok(None),
        }
    }

    /// Whom it is about: for a message, its sender; for a chat as a whole, the channel's owner.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        match self.0.action.account {
            Some(account) => Ok(Some(surely(ctx, account).await?.into())),
            None => Ok(None),
        }
    }

    /// The message that it is about: its global id.
    async fn message_id(&self) -> Option<ID> {
        let message = self.0.action.message;
        let of_one = self.0.action.kind != views::ModerationKind::ClearChat;
        message
            .filter(|_| of_one)
            .map(|message| GlobalId::ChatMessage(message).into())
    }

    /// When a timeout ends by itself.
    async fn until(&self) -> Option<DateTime> {
        self.0.action.until.map(DateTime)
    }

    /// The settings or permissions that were given, as words.
    async fn detail(&self) -> Option<&str> {
        self.0.action.detail.as_deref()
    }

    /// Why, in the moderator's words.
    async fn reason(&self) -> Option<&str> {
        self.0.action.reason.as_deref()
    }

    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.0.action.done_at)
    }

    /// The place of the act that undid it; null while it stands, and for what cannot be undone.
    async fn undone_by(&self) -> Option<Position> {
        self.0.undone_by.map(Position)
    }
}

/// Which acts of moderation are wanted. All that is given must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct ModerationFilterInput {
    /// About this account: its global id.
    account_id: Option<ID>,
    /// By this account: its global id.
    actor_id: Option<ID>,
    /// Of one of these kinds.
    kinds: Option<Vec<ModerationKind>>,
    /// Done at this moment or later.
    since: Option<DateTime>,
    /// Done before this moment.
    until: Option<DateTime>,
}

impl ModerationFilterInput {
    fn read(self, channel: Option<ChannelId>) -> Result<views::ModerationFilter, Fault> {
        let account =
            |field, id: Option<ID>| id.map(|id| GlobalId::account(field, &id)).transpose();
        let mut kinds: Vec<views::ModerationKind> = Vec::new();
        for kind in self.kinds.unwrap_or_default() {
            if !kinds.contains(&kind.into()) {
                kinds.push(kind.into());
            }
        }
        Ok(views::ModerationFilter {
            channel,
            account: account("accountId", self.account_id)?,
            actor: account("actorId", self.actor_id)?,
            kinds,
            since: self.since.map(|time| time.0),
            until: self.until.map(|time| time.0),
        })
    }
}

/// The act at a place in the log, if there is one for the caller to see.
pub(super) async fn action_at(
    ctx: &Context<'_>,
    position: tributary_domain::Position,
) -> Result<Option<ModerationAction>, Fault> {
    let views = &shared(ctx).views;
    let all = views::ModerationFilter::default();
    let page = views
        .moderation_actions(&all, 1, Some(position.next()))
        .await?;
    let found = page
        .items
        .into_iter()
        .find(|found| found.action.position == position);
    let Some(found) = found else {
        return Ok(None);
    };
    let caller = Caller::of(ctx);
    let may = match (caller.account(), found.action.channel) {
        (Some(_), Some(channel)) => is_moderated_by(ctx, channel).await?,
        _ => caller.has(Role::Admin, ctx).await?,
    };
    Ok(Some(ModerationAction(found)).filter(|_| may))
}

/// A page of the audit log; the caller has been checked.
pub(crate) async fn audit_log(
    ctx: &Context<'_>,
    channel: Option<ChannelId>,
    filter: Option<ModerationFilterInput>,
    first: i32,
    after: Option<String>,
) -> Result<ModerationActionConnection, Fault> {
    let first = page_size("first", first)?;
    let after = after
        .map(|after| Cursor::position("after", &after))
        .transpose()?;
    let filter = filter.unwrap_or_default().read(channel)?;
    let views = &shared(ctx).views;
    let page = views.moderation_actions(&filter, first, after).await?;
    let item =
        |row: views::AuditedAction| (Cursor::write(row.action.position), ModerationAction(row));
    let items = page.items.into_iter().map(item).collect();
    Ok(ModerationActionConnection::new(
        items,
        after.is_some(),
        page.has_more,
    ))
}

/// A channel's chat as a room.
pub(crate) struct Room(pub(crate) ChannelId);

/// A channel's chat as a room.
#[Object]
impl Room {
    /// Who may speak, and how often.
    async fn settings(&self, ctx: &Context<'_>) -> Result<Option<ChatSettings>, Fault> {
        Ok(Some(shared(ctx).views.chat_settings(self.0).await?.into()))
    }

    /// The messages that are kept in sight, the last one pinned first: at most 10.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn pinned_messages(&self, ctx: &Context<'_>) -> Result<Option<Vec<ChatMessage>>, Fault> {
        let pinned = shared(ctx).views.pinned(self.0).await?;
        Ok(Some(pinned.into_iter().map(Into::into).collect()))
    }

    /// Who moderates, the newest first: at most 100.
    #[graphql(complexity = "100 * child_complexity + 1")]
    async fn moderators(&self, ctx: &Context<'_>) -> Result<Option<Vec<Moderator>>, Fault> {
        let found = shared(ctx).views.moderators(self.0).await?;
        Ok(Some(found.into_iter().map(Moderator).collect()))
    }

    /// What the caller may do here as whoever moderates.
    async fn viewer_permissions(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Option<Vec<ModeratorPermission>>, Fault> {
        let all = || channel::ModeratorPermission::ALL.map(Into::into).into();
        if super::channel::is_run_by(ctx, self.0).await? {
            return Ok(Some(all()));
        }
        let Some(account) = Caller::of(ctx).account() else {
            return Ok(Some(vec![]));
        };
        let granted = shared(ctx).views.moderator(self.0, account).await?;
        let granted = granted.map(|found| found.permissions).unwrap_or_default();
        Ok(Some(granted.into_iter().map(Into::into).collect()))
    }

    /// What was done here by whoever moderates, the newest first. The owner, moderators and admins see it;
    /// for others it is empty.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn moderation_actions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
        #[graphql(desc = "Which.")] filter: Option<ModerationFilterInput>,
    ) -> Result<Option<ModerationActionConnection>, Fault> {
        if !is_moderated_by(ctx, self.0).await? {
            page_size("first", first)?;
            let nothing = ModerationActionConnection::new(vec![], false, false);
            return Ok(Some(nothing));
        }
        Ok(Some(
            audit_log(ctx, Some(self.0), filter, first, after).await?,
        ))
    }
}
