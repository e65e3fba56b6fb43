//! Read models: folds of the log that can be thrown away and rebuilt, and the questions over them.
//!
//! | to find | look in |
//! |---|---|
//! | what one read model is made of | `project`, one file per projection |
//! | a question | `queries`, one file per noun: methods of [`Views`] |
//! | a row as it was | [`past`] |
//! | read models of another process | [`beside`] |
//! | how rows and checkpoint are written together | `batch`, `projector` |
//! | how all is made anew beside what serves | `rebuild`, `compare`, `generation` |
//! | what differs between the engines | `db`, `generation` |
//! | read models in memory, for simulation | `db/memory` |

mod batch;
pub mod beside;
mod changed;
mod compare;
mod db;
mod fold;
mod generation;
pub mod past;
mod project;
mod projector;
mod queries;
mod rebuild;
mod record;
mod source;
mod status;
#[cfg(feature = "testing")]
pub mod testing;
mod viewer_rule;
mod views;
mod what_if;
mod word;
mod working;

pub use changed::Changed;
pub use compare::{Difference, TableReport};
pub use db::DbError;
pub use generation::ViewsUrl;
pub use project::accounts::Account;
pub use project::chat::ChatMessage;
pub use project::follows::Follow;
pub use project::holds::Hold;
pub use project::moderation::{ModerationAction, ModerationKind};
pub use project::payment_rows::{Dispute, DisputeState, Payment, PaymentState};
pub use project::payouts::{Payout, PayoutState};
pub use project::recordings::{Recording, RecordingAnchor};
pub use project::restrictions::{Restriction, RestrictionKind};
pub use project::rooms::Moderator;
pub use project::stream_row::{Stream, StreamStatus};
pub use project::viewer_sessions::ViewerSession;
pub use project::wallet_rows::{Tip, Wallet};
pub use projector::{ProjectorOptions, Projectors};
pub use queries::{
    AuditedAction, Channel, ChatStatistics, Chatter, DisputeFilter, EARNING_DAYS_MAX, EMOJI_MAX,
    Earned, EarnedBy, EntryFilter, FeeIncome, HealthPoint, HoldFilter, LedgerEntry, LiveCursor,
    LiveFilter, LiveSort, LiveStream, ModerationFilter, NotALiveCursor, NotARestrictionCursor,
    NotAStatementCursor, NotATipperCursor, Now, OPEN_MAX, PAGE_MAX, POINT_MINUTES_MAX, Page,
    PaymentFilter, PayoutFilter, Period, PeriodTotals, QueryError, Reactions, RestrictionCursor,
    SCHEDULES_MAX, SEARCH_CHARACTERS_MAX, StatementCursor, StatementOf, StatementSums, Statistics,
    Timeline, TimelinePoint, TipTotal, Tipper, TipperCursor, TippersOf, Totals, percent,
};
pub use rebuild::{Progress, RebuildError, RebuildOptions, Report, Switch, rebuild};
pub use source::{Source, SourceError, Tail};
pub use status::{ProjectionState, ProjectionStatus, TooSlow};
pub use viewer_rule::{NotAViewerRule, ViewerRule};
pub use views::{Views, ViewsError};
pub use what_if::{STREAMS_MAX, Sums, VIEWER_EVENTS, WhatIf};
