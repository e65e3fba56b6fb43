//! Recording a broadcast into files, so that what was written is of use whatever happens next.
//!
//! A recording is a folder: fragmented MP4 in parts (another one where the tracks change), if it is wished
//! the same as one FLV file, and an index with a line for each segment. A segment is written first and its
//! line then, so that whoever is killed leaves whole segments, a line for each but the last, and a tail that
//! [`Contents::recover`] cuts off. Nothing is written over but the length in a part's head, at the end.

mod contents;
mod index;
#[cfg(test)]
mod tests;
mod writer;

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

pub use self::contents::{Contents, INDEX, INDEX_BYTES_MAX, Unreadable};
pub use self::index::{Entry, Part};
use self::writer::Writer;
use crate::anchor::{Anchor, Anchors, WallClock};
use crate::flv::reader;
use crate::hls::set_size;
use crate::hub::Tap;
use crate::segments::{self, Origin, Segment, Segmenter};

/// Segments that a recording has at most: two days of 2 s each.
pub const SEGMENTS_MAX: usize = 86_400;

/// Parts that a recording has at most: an encoder that changes its tracks each second is broken.
pub const PARTS_MAX: usize = 1_000;

/// Room that is left on a disk, in bytes: others write there, too, the log first of all.
pub const RESERVE_BYTES: u64 = 256 * 1_024 * 1_024;

/// How to record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether to write one FLV file beside the MP4.
    pub flv: bool,
    /// See [`RESERVE_BYTES`].
    pub reserve_bytes: u64,
    /// See [`SEGMENTS_MAX`].
    pub segments_max: usize,
    /// Where segments are cut.
    pub segments: segments::Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            flv: false,
            reserve_bytes: RESERVE_BYTES,
            segments_max: SEGMENTS_MAX,
            segments: segments::Limits::default(),
        }
    }
}

/// Why a recording is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The broadcast ended.
    Broadcast,
    /// It was told to stop.
    Stopped,
    /// There is no room left, or only the reserve.
    DiskFull,
    /// It has as many segments or parts as a recording may have.
    TooLong,
    /// It could not be written: why.
    Failed(String),
}

/// Why a segment was not written.
#[derive(Debug)]
enum Refused {
    DiskFull,
    TooLong,
    Failed(std::io::Error),
}

impl From<Refused> for End {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::DiskFull => Self::DiskFull,
            Refused::TooLong => Self::TooLong,
            Refused::Failed(error) => Self::Failed(error.to_string()),
        }
    }
}

/// Records what `tap` gives into `folder` until the broadcast ends, `stop`, or there is no room. The
/// broadcast never waits for the disk: what is read too late is missing, and the file says so. `anchor` is
/// told when the recording's time and the day's have come apart; its `media_ms` count from the beginning of
/// the recording, as a player of its playlist counts.
///
/// What was written when it returns is complete, whatever the end.
pub async fn record(
    mut tap: Tap,
    folder: PathBuf,
    settings: Settings,
    clock: WallClock,
    stop: CancellationToken,
    mut anchor: impl FnMut(Anchor) + Send,
) -> (End, Contents) {
    let opened = blocking(move || Writer::create(folder, settings)).await;
    let mut writer = match opened {
        Ok(writer) => writer,
        Err(refused) => return (refused.into(), Contents::default()),
    };
    let mut segmenter = Segmenter::new(settings.segments, Origin::Tracks);
    let mut sized = false;
    let mut broadcast = Anchors::default();
    let mut own = Anchors::default();
    let mut end = None;
    while end.is_none() {
        let mut done = Vec::new();
        tokio::select! {
            biased;
            () = stop.cancelled() => end = Some(End::Stopped),
            piece = tap.next() => match piece {
                None => end = Some(End::Broadcast),
                Some(piece) => {
                    if piece.after_gap {
                        done.extend(segmenter.gap());
                        writer.end_of_segment();
                    }
                    if !sized {
                        sized = set_size(&mut segmenter, &tap.info());
                    }
                    match reader::tags(&piece.bytes) {
                        Ok(tags) => for tag in tags {
                            // What is complete by this tag comes before it.
                            if let Some(segment) = segmenter.push(&tag) {
                                writer.end_of_segment();
                                done.push(segment);
                            }
                            writer.hold(&tag);
                        },
                        // The ring writes what the reader reads: never seen.
                        Err(error) => end = Some(End::Failed(error.to_string())),
                    }
                    if let Some(media_ms) = segmenter.newest_ms().filter(|_| piece.is_newest) {
                        broadcast.observe(media_ms, clock.now_ms());
                    }
                }
            }
        }
        if end.is_some() {
            done.extend(segmenter.finish());
            writer.end_of_segment();
        }
        for segment in done {
            let at_ms = broadcast.at(segment.start_ms);
            if let Some(at_ms) = at_ms
                && let Some(moment) = own.observe(writer.duration_ms(), at_ms)
            {
                anchor(moment);
            }
            let (back, written) = write(writer, segment, at_ms).await;
            writer = back;
            if let Err(refused) = written {
                end = Some(refused.into());
                break;
            }
        }
    }
    let end = end.unwrap_or(End::Stopped);
    let finished = blocking(move || writer.finish()).await;
    match finished {
        Ok(contents) => (end, contents),
        Err((contents, error)) => match end {
            End::Broadcast | End::Stopped => (End::Failed(error.to_string()), contents),
            end => (end, contents),
        },
    }
}

async fn write(
    mut writer: Writer,
    segment: Segment,
    at_ms: Option<u64>,
) -> (Writer, Result<(), Refused>) {
    blocking(move || {
        let written = writer.write(&segment, at_ms);
        (writer, written)
    })
    .await
}

/// Runs what waits for a disk where that holds up nobody.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    // With a clock that stands still a thread beside it is not waited for.
    if cfg!(test) {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
