//! The audit log of moderation.

use super::conditions::Conditions;
use super::{Page, QueryError};
use crate::Views;
use crate::db::{DbError, Row};
use crate::project::moderation::{ModerationAction, ModerationKind};
use crate::record::Record;
use crate::word::Word;
use tributary_domain::{AccountId, ChannelId, Position, Timestamp};

/// Which acts are wanted: all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModerationFilter {
    /// In this channel.
    pub channel: Option<ChannelId>,
    /// About this person.
    pub account: Option<AccountId>,
    /// By this person.
    pub actor: Option<AccountId>,
    /// Of one of these kinds; of any, if there is none.
    pub kinds: Vec<ModerationKind>,
    /// At this moment or later.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// An act, and what undid it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedAction {
    /// The act.
    pub action: ModerationAction,
    /// The place of the act that undid it, if one did.
    pub undone_by: Option<Position>,
}

/// The first later act that undoes one of this kind, unless it undid a later one of the same kind.
const ACTIONS: &str = "SELECT a.position, a.channel, a.kind, a.undoes, a.actor, a.actor_part, \
     a.account, a.message, a.until, a.detail, a.reason, a.done_at, \
     (SELECT MIN(u.position) FROM moderation_actions u WHERE u.account = a.account \
        AND u.channel IS NOT DISTINCT FROM a.channel AND u.undoes = a.kind AND u.position > a.position \
        AND (a.message IS NULL OR u.message = a.message) \
        AND NOT EXISTS (SELECT 1 FROM moderation_actions b WHERE b.account = a.account \
            AND b.channel IS NOT DISTINCT FROM a.channel AND b.kind = a.kind \
            AND (a.message IS NULL OR b.message = a.message) \
            AND b.position > a.position AND b.position < u.position)) \
     FROM moderation_actions a";

fn audited(row: &Row) -> Result<AuditedAction, DbError> {
    let mut columns = row.columns();
    let action = ModerationAction::read(&mut columns)?;
    let undone_by = columns.take::<Option<i64>>()?.and_then(Position::new);
    Ok(AuditedAction { action, undone_by })
}

impl Views {
    /// What was done by whoever moderates, the newest first. The cursor of an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn moderation_actions(
        &self,
        filter: &ModerationFilter,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<AuditedAction>, QueryError> {
        let mut wanted = Conditions::newest(ACTIONS, "a.position", first, after);
        wanted.that_if("a.channel = ?", filter.channel);
        wanted.that_if("a.account = ?", filter.account);
        wanted.that_if("a.actor = ?", filter.actor);
        wanted.that_if("a.done_at >= ?", filter.since);
        wanted.that_if("a.done_at < ?", filter.until);
        if !filter.kinds.is_empty() {
            // Words of an enum: nothing that anybody wrote.
            let words: Vec<_> = filter.kinds.iter().map(|kind| kind.word()).collect();
            wanted.and(&format!("a.kind IN ('{}')", words.join("', '")));
        }
        wanted.page(&self.serving().db, audited).await
    }
}
