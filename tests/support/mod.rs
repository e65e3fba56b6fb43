//! What the scenarios share.

pub mod api;
pub mod bucket;
pub mod clock;
pub mod cluster;
pub mod encoder;
pub mod feed;
pub mod flv;
pub mod guard;
pub mod hls;
pub mod judges;
pub mod load;
pub mod lost_writes;
pub mod program;
pub mod recorded;
pub mod server;
pub mod small_disk;
pub mod stripe;
pub mod viewer;
pub mod whole_year;
pub mod year;

use std::time::Duration;

/// How long a scenario waits for anything that must happen.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How often it looks, where nothing tells it.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Waits until `look` finds something.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "this did not happen in time: {what}"
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Waits for a future, but not for ever.
pub async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(done) => done,
        Err(_) => panic!("this did not happen in time: {what}"),
    }
}
