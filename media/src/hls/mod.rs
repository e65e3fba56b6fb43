//! HLS: broadcasts as playlists and segments, made once whoever watches.
//!
//! Segments are made only while somebody plays a broadcast that way ([`IDLE_AFTER`]): what nobody
//! watches costs nothing. The first one who comes begins at the newest key frame that the ring has, and
//! waits until the next.

mod playlist;
mod show;
#[cfg(test)]
mod tests;
mod window;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

pub use self::playlist::{Listed, media_playlist};
pub use self::show::Show;
pub(crate) use self::show::set_size;
use crate::anchor::WallClock;
use crate::hub::{Hub, unpoisoned};
use crate::segments;

/// How far back a player may go, unless the settings say otherwise.
pub const WINDOW: Duration = Duration::from_secs(60);

/// Bytes of segments that one broadcast keeps: two minutes at 8 Mbit/s.
pub const WINDOW_BYTES_MAX: usize = 128 * 1_024 * 1_024;

/// Bytes of segments that all broadcasts keep. Beyond them each keeps [`SEGMENTS_MIN`] alone.
pub const BYTES_MAX: usize = 1_024 * 1_024 * 1_024;

/// Segments that a player needs to go on.
pub const SEGMENTS_MIN: usize = 4;

/// Segments that a window keeps: an hour of 2 s each.
pub const SEGMENTS_MAX: usize = 1_800;

/// Nobody asked for so long: segments are made no more. Players ask every few seconds.
pub const IDLE_AFTER: Duration = Duration::from_secs(60);

/// How these broadcasts are packaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// See [`WINDOW`].
    pub window: Duration,
    /// See [`WINDOW_BYTES_MAX`].
    pub window_bytes_max: usize,
    /// See [`BYTES_MAX`].
    pub bytes_max: usize,
    /// See [`IDLE_AFTER`].
    pub idle_after: Duration,
    /// Where segments are cut.
    pub segments: segments::Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window: WINDOW,
            window_bytes_max: WINDOW_BYTES_MAX,
            bytes_max: BYTES_MAX,
            idle_after: IDLE_AFTER,
            segments: segments::Limits::default(),
        }
    }
}

/// All broadcasts of this node that are played over HLS.
#[derive(Debug)]
pub struct Hls {
    hub: Arc<Hub>,
    settings: Settings,
    clock: WallClock,
    shows: Mutex<HashMap<String, Arc<Show>>>,
    /// Bytes that all shows keep.
    bytes: Arc<AtomicUsize>,
}

impl Hls {
    /// Plays the broadcasts of `hub`; `clock` gives segments their date.
    pub fn new(hub: Arc<Hub>, settings: Settings, clock: WallClock) -> Arc<Self> {
        Arc::new(Self {
            hub,
            settings,
            clock,
            shows: Mutex::default(),
            bytes: Arc::default(),
        })
    }

    /// A broadcast's playlists and segments, which begin to be made if they are not; `None` if there is
    /// no such broadcast. Its segments are numbered from `first` if they begin now: seconds since some
    /// moment, so that a number never stands for two segments, whatever is started again.
    pub fn open(self: &Arc<Self>, key: &str, first: u64) -> Option<Arc<Show>> {
        let mut shows = self.shows();
        if let Some(show) = shows.get(key)
            && (!show.is_over() || !self.hub.contains(key))
        {
            show.asked();
            return Some(Arc::clone(show));
        }
        let tap = self.hub.tap(key)?;
        let show = Arc::new(Show::new(self.settings, Arc::clone(&self.bytes), first));
        shows.insert(key.to_owned(), Arc::clone(&show));
        drop(shows);
        let (hls, key, made) = (Arc::clone(self), key.to_owned(), Arc::clone(&show));
        tokio::spawn(async move {
            made.make(tap, hls.clock.clone()).await;
            hls.forget(&key, &made);
        });
        Some(show)
    }

    /// The same, if it is being made already: segments are for those who have a playlist.
    pub fn find(&self, key: &str) -> Option<Arc<Show>> {
        let show = self.shows().get(key).cloned()?;
        show.asked();
        Some(show)
    }

    /// Whether a broadcast is being played this way, which this asks without wanting it.
    pub fn contains(&self, key: &str) -> bool {
        self.shows().contains_key(key)
    }

    /// Bytes of segments that are kept.
    pub fn kept_bytes(&self) -> usize {
        self.bytes.load(Relaxed)
    }

    /// Broadcasts that are being played this way.
    pub fn count(&self) -> usize {
        self.shows().len()
    }

    fn forget(&self, key: &str, show: &Arc<Show>) {
        let mut shows = self.shows();
        if shows.get(key).is_some_and(|held| Arc::ptr_eq(held, show)) {
            shows.remove(key);
        }
    }

    fn shows(&self) -> MutexGuard<'_, HashMap<String, Arc<Show>>> {
        unpoisoned(&self.shows)
    }
}
