//! Reads the log's past for one topic, page by page.

use super::router::{Topic, is_going_live};
use crate::Fault;
use crate::api::Shared;
use std::sync::Arc;
use tributary_domain::{HistoryId, Position};
use tributary_store::{Filter, Page};

/// Events in one page from the table. Whoever is far behind may be one of a thousand, and each keeps the
/// page that it works on.
const PAGE: usize = 128;

/// How close to the head the log's own memory has what is asked for.
const IN_MEMORY: u64 = 8_192;

/// See the [module](self).
pub(crate) struct Pages {
    shared: Arc<Shared>,
    topic: Topic,
    position: Position,
}

impl Pages {
    /// What concerns `topic` behind a place.
    pub(crate) fn new(shared: &Arc<Shared>, topic: Topic, after: Position) -> Self {
        Self {
            shared: Arc::clone(shared),
            topic,
            position: after,
        }
    }

    /// Everything up to here has been returned.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// What lies before was had elsewhere.
    pub(super) fn skip_to(&mut self, position: Position) {
        self.position = self.position.max(position);
    }

    /// The next page, which may be empty. `until` is known to be in the log.
    ///
    /// # Errors
    /// When the log does not answer, or an event cannot be read.
    pub(crate) async fn next(&mut self, until: Position) -> Result<Page, Fault> {
        let page = match self.topic {
            Topic::Channel(_) | Topic::GoingLive | Topic::All => {
                let filter = match self.topic {
                    Topic::Channel(channel) => Filter::Channel(channel),
                    _ => Filter::All,
                };
                let log = &self.shared.log;
                let mut page = if until.since(self.position) <= IN_MEMORY {
                    log.tail(self.position, filter).next().await?
                } else {
                    log.read(self.position, PAGE, &filter).await?
                };
                if self.topic == Topic::GoingLive {
                    page.events.retain(|recorded| is_going_live(recorded));
                }
                page
            }
            Topic::Wallets(account) => self.wallets(account, until).await?,
        };
        self.position = page.upto;
        Ok(page)
    }

    /// What happened in an account's wallets, at once: there is no index by account and position. The read
    /// models name the wallets, so they must know of all that is asked for.
    async fn wallets(
        &self,
        account: tributary_domain::AccountId,
        until: Position,
    ) -> Result<Page, Fault> {
        let Shared { views, log, .. } = &*self.shared;
        views
            .wait_for(until, self.shared.settings.at_least_timeout)
            .await?;
        let wallets = views.wallets(account).await?;
        let histories: Vec<_> = wallets
            .iter()
            .map(|wallet| HistoryId::Wallet(account, wallet.balance.currency))
            .collect();
        let mut events = log.histories(&histories, self.position).await?;
        events.retain(|recorded| recorded.position <= until);
        Ok(Page {
            events,
            upto: until,
        })
    }
}
