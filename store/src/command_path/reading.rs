//! What the command path reads: histories, receipts, and which ids were used.

use crate::decider::{Loaded, Need};
use crate::error::StoreError;
use crate::storage::Storage;
use crate::used_ids::ShortKey;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Tells the command path which ids were used before, a page at a time and last an empty one; or nothing,
/// and then it looks up each. Behind everything else: nobody waits for this.
pub(crate) async fn tell_used_ids(storage: Arc<dyn Storage>, told: mpsc::Sender<Vec<ShortKey>>) {
    let mut after = None;
    loop {
        match storage.used_ids(after).await {
            Ok(Some(page)) => {
                after = page.last().copied();
                if told.send(page).await.is_err() || after.is_none() {
                    return;
                }
            }
            Ok(None) | Err(StoreError::Closed) => return,
            Err(error) => {
                tracing::warn!(%error, "used command ids could not be read: each is looked up");
                return;
            }
        }
    }
}

/// Reads histories and receipts, all of a kind in one query.
pub(super) async fn load(storage: &dyn Storage, needs: &[Need]) -> Result<Vec<Loaded>, StoreError> {
    let (mut histories, mut keys) = (Vec::new(), Vec::new());
    for need in needs {
        match need {
            Need::History(history) => histories.push(history.clone()),
            Need::Receipt(scope, id) => keys.push((scope.clone(), id.clone())),
        }
    }
    let mut loaded = Vec::with_capacity(needs.len());
    if !keys.is_empty() {
        let receipts = storage.receipts(&keys).await?;
        for ((scope, id), receipt) in keys.into_iter().zip(receipts) {
            loaded.push(Loaded::Receipt(scope, id, receipt));
        }
    }
    if !histories.is_empty() {
        let rows = storage.histories(&histories).await?;
        for (history, rows) in histories.into_iter().zip(rows) {
            let mut state = history.empty();
            let mut sequence = 0;
            for row in rows {
                state.fold(&row.decode()?.event);
                sequence = row.sequence;
            }
            loaded.push(Loaded::History(history, Box::new(state), sequence));
        }
    }
    Ok(loaded)
}
