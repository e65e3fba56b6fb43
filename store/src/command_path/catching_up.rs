//! What another node appended first, and the log's head in this one's hand.

use super::CommandPath;
use crate::decider::Ticket;
use crate::error::{CommandError, StoreError};
use crate::storage::{Filter, Head};
use crate::tail::PAGE_MAX;
use std::sync::Arc;
use tributary_domain::{HistoryId, Position, Recorded};

impl CommandPath {
    /// Reads what other nodes have appended, and lets everything that is not durable be decided again
    /// upon that. The last part of it with the log's head in hand, so that no node is quicker a second
    /// time: under load, one that is always overtaken would never come to append.
    pub(super) async fn catch_up(&mut self) {
        let caught_up = async {
            // Not until nothing is missing: beside a busy node something always is.
            let head = self.storage.head().await?;
            if !self.is_behind(&head) {
                self.stop_for(&head);
                return Ok(());
            }
            while self.head.position < head.position && self.take_in_missed().await? > 0 {}
            self.holds_head = true;
            self.storage.hold_head().await?;
            while self.take_in_missed().await? > 0 {}
            Ok::<(), StoreError>(())
        };
        if let Err(error) = caught_up.await {
            self.let_go().await;
            self.retry(error.to_string()).await;
        }
    }

    /// Whether the log may have gone on from where this node knows it to: it never loses its end.
    fn is_behind(&self, head: &Head) -> bool {
        head.position > self.head.position || *head == self.head
    }

    /// The log was restored, or cut, under a running node. What was acknowledged here may be gone:
    /// that is for a person to look at.
    fn stop_for(&mut self, head: &Head) {
        let (known, found) = (self.head.position, head.position);
        tracing::error!(
            %known,
            %found,
            "the log is not the one that this server has written: it was restored or changed while the \
             server ran. The server stops; `tributary log verify` tells what is there"
        );
        let error = CommandError::Unavailable(
            "the log was replaced while the server ran; the server stops".to_owned(),
        );
        let mut all: Vec<Ticket> = self.callers.keys().copied().collect();
        all.sort_unstable();
        self.fail(all, &error);
        self.replaced = true;
    }

    /// Takes in a page of events after the head that is known here, and returns how many there were.
    async fn take_in_missed(&mut self) -> Result<usize, StoreError> {
        let after = self.head.position;
        let rows = self.storage.read(after, PAGE_MAX, &Filter::All).await?;
        let theirs = self.tail.publish_rows(&rows);
        let unread = rows
            .iter()
            .filter(|row| {
                let place = |event: &Arc<Recorded>| event.position.get();
                theirs.binary_search_by_key(&row.position, place).is_err()
            })
            // A history that this program does not know is not in its cache either.
            .filter_map(|row| HistoryId::parse(&row.aggregate_type, &row.aggregate_id).ok());
        self.decider.overtaken(&theirs, unread);
        if let Some(last) = rows.last() {
            self.head = Head {
                position: Position::new(last.position).unwrap_or_default(),
                hash: last.hash,
                recorded_at: last.recorded_at,
            };
        }
        Ok(rows.len())
    }

    /// Lets other nodes append, where this one took the head and has nothing to append.
    pub(super) async fn let_go(&mut self) {
        if std::mem::take(&mut self.holds_head) {
            self.storage.release_head().await;
        }
    }
}
