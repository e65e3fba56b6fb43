//! One broadcast over HLS.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;

use super::Settings;
use super::window::Window;
use crate::anchor::{Anchors, WallClock};
use crate::flv::{MediaInfo, reader};
use crate::hub::{Tap, unpoisoned};
use crate::segments::{Origin, Segment, Segmenter};

/// See the [module](self).
#[derive(Debug)]
pub struct Show {
    settings: Settings,
    window: Mutex<Window>,
    asked: Mutex<Instant>,
    /// Bytes that all shows keep.
    all_bytes: Arc<AtomicUsize>,
    /// Changes whenever there is something new.
    news: watch::Sender<()>,
}

impl Show {
    pub(super) fn new(settings: Settings, all_bytes: Arc<AtomicUsize>, first: u64) -> Self {
        Self {
            settings,
            window: Mutex::new(Window::new(settings, first)),
            asked: Mutex::new(Instant::now()),
            all_bytes,
            news: watch::Sender::new(()),
        }
    }

    /// Waits until there is a segment. Gives whether there is.
    pub async fn ready(&self, patience: Duration) -> bool {
        let mut news = self.news.subscribe();
        let some = async {
            loop {
                {
                    let window = unpoisoned(&self.window);
                    if !window.is_empty() || window.is_ended() {
                        return !window.is_empty();
                    }
                }
                if news.changed().await.is_err() {
                    return false;
                }
            }
        };
        tokio::time::timeout(patience, some).await.unwrap_or(false)
    }

    /// The master playlist: one variant at `address`.
    pub fn master(&self, address: &str) -> Option<String> {
        let window = unpoisoned(&self.window);
        let init = window.newest_init()?;
        let (peak, average) = window.bandwidth();
        let size = init.size();
        let resolution = size.map_or_else(String::new, |(width, height)| {
            format!(",RESOLUTION={width}x{height}")
        });
        Some(format!(
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},\
             CODECS=\"{}\"{resolution}\n{address}\n",
            init.codecs()
        ))
    }

    /// The media playlist; each address in it ends in `query`.
    pub fn playlist(&self, query: &str) -> String {
        unpoisoned(&self.window).playlist(query)
    }

    /// An initialisation segment, while a segment refers to it.
    pub fn init(&self, number: u64) -> Option<Bytes> {
        unpoisoned(&self.window).init(number)
    }

    /// A segment, while it is in the window.
    pub fn segment(&self, number: u64) -> Option<Bytes> {
        unpoisoned(&self.window).segment(number)
    }

    /// Whether nothing will be added.
    pub fn is_over(&self) -> bool {
        unpoisoned(&self.window).is_ended()
    }

    /// Somebody asked just now.
    pub(super) fn asked(&self) {
        *unpoisoned(&self.asked) = Instant::now();
    }

    fn is_idle(&self) -> bool {
        unpoisoned(&self.asked).elapsed() > self.settings.idle_after
    }

    /// Makes segments until the broadcast ends or nobody asks any more; then stays for those who have
    /// not played the last ones yet.
    pub(super) async fn make(&self, mut tap: Tap, clock: WallClock) {
        let mut segmenter = Segmenter::new(self.settings.segments, Origin::Broadcast);
        let mut sized = false;
        let mut anchors = Anchors::default();
        while let Some(piece) = tap.next().await {
            if self.is_idle() {
                self.end();
                return;
            }
            if piece.after_gap {
                self.add(segmenter.gap(), &anchors);
            }
            if !sized {
                sized = set_size(&mut segmenter, &tap.info());
            }
            match reader::tags(&piece.bytes) {
                Ok(tags) => {
                    for tag in tags {
                        self.add(segmenter.push(&tag), &anchors);
                    }
                }
                // The ring writes what the reader reads: never seen.
                Err(error) => tracing::error!(%error, "a piece of a broadcast cannot be read"),
            }
            if let Some(media_ms) = segmenter.newest_ms().filter(|_| piece.is_newest) {
                anchors.observe(media_ms, clock.now_ms());
            }
        }
        self.add(segmenter.finish(), &anchors);
        self.end();
        while !self.is_idle() {
            let until = *unpoisoned(&self.asked) + self.settings.idle_after;
            tokio::time::sleep_until(until + Duration::from_millis(1)).await;
        }
    }

    fn add(&self, segment: Option<Segment>, anchors: &Anchors) {
        let Some(segment) = segment else {
            return;
        };
        let at_ms = anchors.at(segment.start_ms);
        let mut window = unpoisoned(&self.window);
        let before = window.bytes();
        let is_crowded = self.all_bytes.load(Relaxed) > self.settings.bytes_max;
        window.push(segment, at_ms, is_crowded);
        let after = window.bytes();
        self.all_bytes.fetch_add(after, Relaxed);
        self.all_bytes.fetch_sub(before, Relaxed);
        drop(window);
        self.news.send_replace(());
    }

    fn end(&self) {
        unpoisoned(&self.window).end();
        self.news.send_replace(());
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        let bytes = unpoisoned(&self.window).bytes();
        self.all_bytes.fetch_sub(bytes, Relaxed);
    }
}

/// Passes on what the publisher says of the picture; gives whether it said it.
pub(crate) fn set_size(segmenter: &mut Segmenter, info: &MediaInfo) -> bool {
    let pixels = |value: Option<u32>| value.and_then(|value| u16::try_from(value).ok());
    let size = pixels(info.width).zip(pixels(info.height));
    if let Some((width, height)) = size {
        segmenter.set_size(width, height);
    }
    size.is_some()
}
