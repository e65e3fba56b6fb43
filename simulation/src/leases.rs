//! The table of leases.

use std::collections::BTreeMap;
use std::time::Duration;
use tributary_store::storage::LeaseSeen;

/// Who holds what, and until when.
#[derive(Debug, Default)]
pub struct Leases(BTreeMap<String, Lease>);

#[derive(Debug)]
struct Lease {
    node: String,
    epoch: i64,
    until_ms: u64,
}

impl Leases {
    /// Takes a lease that nobody holds, or that is the node's own; its new epoch.
    pub fn take(&mut self, name: &str, node: &str, now_ms: u64, ttl: Duration) -> Option<i64> {
        let found = self.0.get(name);
        if found.is_some_and(|lease| lease.until_ms >= now_ms && lease.node != node) {
            return None;
        }
        let epoch = found.map_or(1, |lease| lease.epoch + 1);
        let ttl_ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        let lease = Lease {
            node: node.to_owned(),
            epoch,
            until_ms: now_ms.saturating_add(ttl_ms),
        };
        self.0.insert(name.to_owned(), lease);
        Some(epoch)
    }

    /// Lets the holder's lease run out at another time; false if it is not its own any more.
    pub fn renew(&mut self, name: &str, node: &str, epoch: i64, until_ms: u64) -> bool {
        match self.0.get_mut(name) {
            Some(lease) if lease.node == node && lease.epoch == epoch => {
                lease.until_ms = until_ms;
                true
            }
            _ => false,
        }
    }

    /// Every lease.
    pub fn all(&self, now_ms: u64) -> Vec<LeaseSeen> {
        let leases = self.0.iter();
        leases
            .map(|(name, lease)| LeaseSeen {
                name: name.clone(),
                node: lease.node.clone(),
                epoch: lease.epoch,
                is_held: lease.until_ms >= now_ms,
            })
            .collect()
    }
}
