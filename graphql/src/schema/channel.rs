//! Channels.

use super::earnings::Earnings;
use super::ledger;
use super::lookups::{
    FollowersOf, MessagesOf, ModeratedBy, RestrictionsOf, StreamKeyOf, StreamsOf, TipsOf,
};
use super::playback::Playback;
use super::tipper::{TopTipperConnection, top_tippers};
use super::{
    Account, ChannelAnalytics, ChatMessage, ChatMessageConnection, CurrentStreamOf, Cursor,
    DateTime, GlobalId, RecordingConnection, Restriction, RestrictionConnection, Room, Stream,
    StreamConnection, Tip, TipConnection, channel_analytics, cost, count, lookups, page_size,
    recording, shared, surely,
};
use crate::Fault;
use crate::auth::Caller;
use crate::messages::Sentence;
use crate::past::Then;
use async_graphql::{Context, ID, Object, SimpleObject};
use tributary_domain::ChannelId;
use tributary_domain::account::Role;
use tributary_projections as views;

/// What a publisher needs to go live. Whoever has the key can.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct StreamKey {
    /// The key.
    key: String,
    /// The server to send to.
    rtmp_url: String,
}

impl StreamKey {
    pub(crate) fn new(key: &tributary_store::StreamKey, rtmp_url: &str) -> Self {
        Self {
            key: key.reveal().to_owned(),
            rtmp_url: rtmp_url.to_owned(),
        }
    }
}

/// A streamer's home.
#[derive(Debug, Clone)]
pub(crate) struct Channel {
    row: views::Channel,
    /// What a feed has read already.
    current: Option<Option<views::Stream>>,
    /// As of when, where that is not now.
    then: Option<Then>,
}

impl From<views::Channel> for Channel {
    fn from(row: views::Channel) -> Self {
        let (current, then) = (None, None);
        Self { row, current, then }
    }
}

impl Channel {
    /// A channel with its current stream, as they were read together.
    pub(crate) fn with_current(row: views::Channel, current: Option<views::Stream>) -> Self {
        Self {
            row,
            current: Some(current),
            then: None,
        }
    }

    /// As it was.
    pub(crate) fn as_of(row: views::Channel, then: Then) -> Self {
        let (current, then) = (None, Some(then));
        Self { row, current, then }
    }

    /// Refuses a list, of which only the present is kept.
    fn only_now(&self, field: &'static str) -> Result<(), Fault> {
        match self.then {
            Some(_) => Err(Fault::BadInput(Sentence::NotAsOf { field })),
            None => Ok(()),
        }
    }

    fn name_text(&self) -> &str {
        self.row.name.as_deref().unwrap_or_default()
    }

    async fn current(&self, ctx: &Context<'_>) -> Result<Option<views::Stream>, Fault> {
        match (&self.current, self.then) {
            (Some(current), _) => Ok(current.clone()),
            (None, Some(then)) => shared(ctx).past.current_stream(self.row.id, then).await,
            (None, None) => lookups(ctx).load_one(CurrentStreamOf(self.row.id)).await,
        }
    }
}

/// Whether the caller runs a channel: as its owner, or as staff.
pub(crate) async fn is_run_by(ctx: &Context<'_>, channel: ChannelId) -> Result<bool, Fault> {
    let caller = Caller::of(ctx);
    Ok(caller.sees_as(channel.owner(), ctx) || caller.has(Role::Admin, ctx).await?)
}

/// Whether the caller sees what a channel's staff does.
pub(super) async fn is_moderated_by(ctx: &Context<'_>, channel: ChannelId) -> Result<bool, Fault> {
    if is_run_by(ctx, channel).await? {
        return Ok(true);
    }
    let Some(account) = Caller::of(ctx).account() else {
        return Ok(false);
    };
    let key = ModeratedBy(channel, account);
    Ok(lookups(ctx).load_one(key).await?.is_some())
}

/// A streamer's home.
#[Object]
impl Channel {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Channel(self.row.id).into()
    }

    /// Its owner's name, which stands in its addresses; empty once the person was erased.
    async fn name(&self) -> &str {
        self.name_text()
    }

    /// Whose it is.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        let owner = self.row.id.owner();
        match self.then {
            Some(then) => {
                let owner = shared(ctx).past.account(owner, then).await?;
                Ok(owner.map(|owner| Account::as_of(owner, then)))
            }
            None => Ok(Some(surely(ctx, owner).await?.into())),
        }
    }

    /// Whether it is live, or interrupted and expected back.
    async fn is_live(&self, ctx: &Context<'_>) -> Result<Option<bool>, Fault> {
        let current = self.current(ctx).await?;
        Ok(Some(current.is_some_and(|stream| stream.status.is_live())))
    }

    /// The stream that is starting, live or interrupted.
    async fn current_stream(&self, ctx: &Context<'_>) -> Result<Option<Stream>, Fault> {
        let current = self.current(ctx).await?;
        Ok(current.map(|stream| Stream::read(stream, self.then)))
    }

    /// Where its video is. Null for a private stream, unless you run the channel: then the path has a
    /// ticket, which you may give to guests.
    async fn playback(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Whether it is to be given away: who uses it then counts as a guest, not as you.",
            default = false
        )]
        for_guests: bool,
    ) -> Result<Option<Playback>, Fault> {
        self.only_now("playback")?;
        let current = self.current(ctx).await?;
        let channel = (self.row.id, self.name_text());
        Playback::of(ctx, channel, current.as_ref(), for_guests).await
    }

    /// What a publisher needs to go live. Only the owner sees it.
    async fn stream_key(&self, ctx: &Context<'_>) -> Result<Option<StreamKey>, Fault> {
        if !Caller::of(ctx).sees_as(self.row.id.owner(), ctx) || self.then.is_some() {
            return Ok(None);
        }
        let key = lookups(ctx).load_one(StreamKeyOf(self.row.id)).await?;
        Ok(key.map(|key| StreamKey::new(&key, &shared(ctx).settings.rtmp_url)))
    }

    /// Its streams, the newest first. Private ones are shown to the owner and admins only.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn streams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<StreamConnection>, Fault> {
        self.only_now("streams")?;
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::position("after", &after))
            .transpose()?;
        let with_private = is_run_by(ctx, self.row.id).await?;
        let key = StreamsOf(self.row.id, (with_private, first, after));
        let page = lookups(ctx).load_one(key).await?.unwrap_or_default();
        let item = |row: views::Stream| (Cursor::write(row.created_position), Stream::from(row));
        let items = page.items.into_iter().map(item).collect();
        let connection = StreamConnection::new(items, after.is_some(), page.has_more);
        Ok(Some(connection))
    }

    /// Its recordings, the newest first. Those of private streams are shown to the owner and admins only.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn recordings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<RecordingConnection>, Fault> {
        self.only_now("recordings")?;
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::position("after", &after))
            .transpose()?;
        let with_private = is_run_by(ctx, self.row.id).await?;
        let asked = (self.row.id, with_private);
        let views = &shared(ctx).views;
        let found = views.recordings_of_channel(asked, first, after).await?;
        Ok(Some(recording::page(found, after.is_some())))
    }

    /// Its chat, the oldest of the page first. Deleted messages are among them without their text.
    /// The cursor of the newest one resumes the subscription `chat` behind it.
    #[graphql(complexity = "cost(last, child_complexity)")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] last: i32,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Option<ChatMessageConnection>, Fault> {
        self.only_now("messages")?;
        let last = page_size("last", last)?;
        let before = before
            .map(|before| Cursor::position("before", &before))
            .transpose()?;
        let key = MessagesOf(self.row.id, (last, before));
        let page = lookups(ctx).load_one(key).await?.unwrap_or_default();
        let item = |row: views::ChatMessage| (Cursor::write(row.position), ChatMessage::from(row));
        let items = page.items.into_iter().map(item).collect();
        let connection = ChatMessageConnection::new(items, page.has_more, before.is_some());
        Ok(Some(connection))
    }

    /// The tips that it was given, the newest first. The cursor of the newest one resumes the
    /// subscription `tips` behind it.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn tips(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<TipConnection>, Fault> {
        self.only_now("tips")?;
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::position("after", &after))
            .transpose()?;
        let key = TipsOf(self.row.id, (first, after));
        let page = lookups(ctx).load_one(key).await?.unwrap_or_default();
        let item = |row: views::Tip| (Cursor::write(row.position), Tip::from(row));
        let items = page.items.into_iter().map(item).collect();
        let connection = TipConnection::new(items, after.is_some(), page.has_more);
        Ok(Some(connection))
    }

    /// Its chat as a room: who may speak, what is pinned, who moderates, what was done.
    async fn chat(&self) -> Room {
        Room(self.row.id)
    }

    /// How many follow it.
    async fn follower_count(&self, ctx: &Context<'_>) -> Result<Option<i32>, Fault> {
        self.only_now("followerCount")?;
        let found = lookups(ctx).load_one(FollowersOf(self.row.id)).await?;
        Ok(Some(count(found.unwrap_or_default())))
    }

    /// Since when the caller follows it; null for who does not.
    async fn followed_since(&self, ctx: &Context<'_>) -> Result<Option<DateTime>, Fault> {
        let Some(account) = Caller::of(ctx).account() else {
            return Ok(None);
        };
        let found = shared(ctx).views.follow(account, self.row.id).await?;
        Ok(found.map(|found| DateTime(found.since)))
    }

    /// Who is banned, muted or timed out here, the newest first. Only the owner, moderators and admins see
    /// it; for others it is empty.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn restrictions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<RestrictionConnection>, Fault> {
        self.only_now("restrictions")?;
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::read::<views::RestrictionCursor>("after", &after))
            .transpose()?;
        let page = if is_moderated_by(ctx, self.row.id).await? {
            let key = RestrictionsOf(self.row.id, (first, after));
            lookups(ctx).load_one(key).await?.unwrap_or_default()
        } else {
            views::Page::default()
        };
        let item = |row: views::Restriction| {
            let cursor = Cursor::write(views::RestrictionCursor::from(&row));
            (cursor, Restriction(row))
        };
        let items = page.items.into_iter().map(item).collect();
        let connection = RestrictionConnection::new(items, after.is_some(), page.has_more);
        Ok(Some(connection))
    }

    /// How it does. Its owner, admins and analysts see it; for others it is null.
    async fn analytics(&self, ctx: &Context<'_>) -> Result<Option<ChannelAnalytics>, Fault> {
        self.only_now("analytics")?;
        let shown = channel_analytics::is_shown(ctx, self.row.id).await?;
        Ok(shown.then_some(ChannelAnalytics(self.row.id)))
    }

    /// Who gave most to it in one currency, refunds taken off: over all time, or between two moments.
    #[graphql(complexity = "10 + cost(first, child_complexity)")]
    async fn top_tippers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An ISO 4217 code such as `USD`.")] currency: String,
        #[graphql(desc = "Only what was given at this moment or later.")] since: Option<DateTime>,
        #[graphql(desc = "Only what was given before this moment.")] until: Option<DateTime>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<TopTipperConnection>, Fault> {
        self.only_now("topTippers")?;
        let of = views::TippersOf {
            channel: self.row.id,
            currency: ledger::currency(&currency)?,
            stream: None,
            since: since.map(|since| since.0),
            until: until.map(|until| until.0),
        };
        top_tippers(ctx, of, first, after).await
    }

    /// What it earned: statements, and by day and month. Its owner and finance see it; for others it is null.
    async fn earnings(&self, ctx: &Context<'_>) -> Result<Option<Earnings>, Fault> {
        self.only_now("earnings")?;
        Earnings::of(ctx, self.row.id).await
    }

    /// Where its video can be watched: a path on this server.
    async fn flv_url(&self) -> String {
        format!("/live/{}.flv", self.name_text())
    }
}
