//! What can be asked.

mod alerts;
mod analytics;
mod events;
mod ledger;
mod moderation;
mod nouns;
mod past;

use async_graphql::MergedObject;

/// What can be asked. Every field here can be null, so that an error in one leaves the others their
/// answers.
#[derive(Default, MergedObject)]
pub(crate) struct Query(
    nouns::NounQuery,
    alerts::AlertQuery,
    moderation::ModerationQuery,
    past::PastQuery,
    events::EventQuery,
    analytics::AnalyticsQuery,
    ledger::LedgerQuery,
);
