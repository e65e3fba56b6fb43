//! The projections, one file each.

pub(crate) mod accounts;
pub(crate) mod audience_rows;
pub(crate) mod chat;
pub(crate) mod chatters;
pub(crate) mod day_rows;
pub(crate) mod follows;
pub(crate) mod health;
pub(crate) mod holds;
pub(crate) mod ledger;
pub(crate) mod ledger_rows;
pub(crate) mod moderation;
pub(crate) mod payment_rows;
pub(crate) mod payments;
pub(crate) mod payouts;
pub(crate) mod plain_row;
pub(crate) mod reactions;
pub(crate) mod recordings;
pub(crate) mod restrictions;
pub(crate) mod rooms;
pub(crate) mod statistics;
pub(crate) mod statistics_rows;
pub(crate) mod stream_row;
pub(crate) mod streams;
pub(crate) mod viewer_sessions;
pub(crate) mod wallet_rows;
pub(crate) mod wallets;

use crate::db::Table;
use crate::fold::Projection;
use crate::record::Record;
use crate::viewer_rule::ViewerRule;

/// Raised when a fold changes what it makes of the same events: generations that another version
/// made are then rebuilt at the next start.
pub(crate) const FOLDS_VERSION: u32 = 6;

/// Every projection, with nothing at hand, as read models with this rule have them.
pub(crate) fn all(rule: ViewerRule) -> Vec<Box<dyn Projection>> {
    vec![
        Box::new(accounts::Accounts::default()),
        Box::new(streams::Streams::default()),
        Box::new(recordings::Recordings::default()),
        Box::new(chat::Chat::default()),
        Box::new(chatters::Chatters::default()),
        Box::new(reactions::Reactions::default()),
        Box::new(restrictions::Restrictions::default()),
        Box::new(rooms::Rooms::default()),
        Box::new(moderation::Moderation::default()),
        Box::new(follows::Follows::default()),
        Box::new(statistics::Statistics::by(rule)),
        Box::new(health::Healths::default()),
        Box::new(viewer_sessions::ViewerSessions::default()),
        Box::new(wallets::Wallets::default()),
        Box::new(ledger::Ledger::default()),
        Box::new(payments::Payments::default()),
        Box::new(payouts::Payouts::default()),
        Box::new(holds::Holds::default()),
    ]
}

/// The name of every projection.
pub(crate) fn names() -> Vec<&'static str> {
    let all = all(ViewerRule::default());
    all.iter().map(|projection| projection.name()).collect()
}

/// Every table, with the projection that writes it.
pub(crate) const TABLES: [(&str, Table); 44] = [
    ("accounts", accounts::Account::TABLE),
    ("accounts", accounts::ChannelRow::TABLE),
    ("streams", stream_row::Stream::TABLE),
    ("recordings", recordings::Recording::TABLE),
    ("recordings", recordings::RecordingAnchor::TABLE),
    ("chat", chat::ChatMessage::TABLE),
    ("chatters", chatters::ChatNumbers::TABLE),
    ("chatters", chatters::ChatterRow::TABLE),
    ("reactions", reactions::MessageReactions::TABLE),
    ("reactions", reactions::StreamReactions::TABLE),
    ("restrictions", restrictions::Restriction::TABLE),
    ("rooms", rooms::Room::TABLE),
    ("rooms", rooms::Pin::TABLE),
    ("rooms", rooms::Moderator::TABLE),
    ("moderation", moderation::ModerationAction::TABLE),
    ("follows", follows::Follow::TABLE),
    ("follows", follows::FollowerCount::TABLE),
    ("statistics", statistics_rows::StatisticsRow::TABLE),
    ("statistics", audience_rows::StreamViewer::TABLE),
    ("statistics", audience_rows::Retention::TABLE),
    ("statistics", statistics_rows::StreamTips::TABLE),
    ("statistics", statistics_rows::StreamMinute::TABLE),
    ("statistics", statistics_rows::StreamTipMinute::TABLE),
    ("statistics", day_rows::ChannelDay::TABLE),
    ("statistics", day_rows::ChannelTipDay::TABLE),
    ("statistics", audience_rows::ChannelViewer::TABLE),
    ("statistics", day_rows::ChannelMinute::TABLE),
    ("stream_health", health::HealthNote::TABLE),
    ("viewer_sessions", viewer_sessions::ViewerSession::TABLE),
    ("wallets", wallet_rows::Wallet::TABLE),
    ("wallets", wallet_rows::Tip::TABLE),
    ("ledger", ledger_rows::BalanceRow::TABLE),
    ("ledger", ledger_rows::EntryRow::TABLE),
    ("ledger", ledger_rows::ReversalRow::TABLE),
    ("ledger", ledger_rows::PostingRow::TABLE),
    ("ledger", ledger_rows::DayRow::TABLE),
    ("ledger", ledger_rows::TipperRow::TABLE),
    ("ledger", ledger_rows::FeeRow::TABLE),
    ("payments", payment_rows::Payment::TABLE),
    ("payments", payment_rows::Dispute::TABLE),
    ("payments", payment_rows::Reversal::TABLE),
    ("payments", payment_rows::TakingBack::TABLE),
    ("payouts", payouts::Payout::TABLE),
    ("holds", holds::Hold::TABLE),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Type, Value};
    use crate::generation::ViewsUrl;

    /// A projector asks for the same few rows of ever larger tables.
    #[tokio::test]
    async fn no_row_is_searched_for_in_the_whole_table_on_sqlite() {
        let folder = tempfile::TempDir::new().unwrap();
        let generation = ViewsUrl::Sqlite(folder.path().into())
            .make(1, ViewerRule::default())
            .await
            .unwrap();
        for (_, table) in &TABLES {
            for rows in [1, 2, 128] {
                for sql in [table.select(rows), table.delete(rows)] {
                    let values = vec![Value::Null(Type::I64); rows * table.key];
                    let sql = format!("EXPLAIN QUERY PLAN {sql}");
                    for row in generation.db.all(&sql, values).await.unwrap() {
                        let mut columns = row.columns();
                        for _ in 0..3 {
                            columns.take::<i64>().unwrap();
                        }
                        let step: String = columns.take().unwrap();
                        assert!(!step.contains("SCAN"), "{sql}: {step}");
                    }
                }
            }
        }
    }
}
