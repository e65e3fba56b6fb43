//! What is recorded, where, and for how long.

use super::{Bucket, Given};
use anyhow::bail;
use chrono::TimeDelta;
use std::path::{Path, PathBuf};
use tributary_media::recording;

const MIB: u64 = 1_024 * 1_024;

/// How long recordings can be kept at most, in days: ten years. Zero is for ever.
const DAYS_MAX: u32 = 3_650;

/// The most room that can be left, in MiB: a TiB.
const RESERVE_MIB_MAX: u32 = 1_024 * 1_024;

/// Checked settings of recordings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recordings {
    /// Where they are.
    pub folder: PathBuf,
    /// Whether every stream is recorded, or only those whose streamer asks for it.
    pub automatic: bool,
    /// How long they are kept; `None` is for ever.
    pub kept_for: Option<TimeDelta>,
    /// Where they are kept once they are complete, if that is not their folder.
    pub bucket: Option<Bucket>,
    /// How they are written.
    pub media: recording::Settings,
}

impl Recordings {
    /// # Errors
    /// Which setting is wrong, and what is allowed.
    pub(super) fn complete(given: &Given, data_dir: &Path) -> anyhow::Result<Self> {
        let mut media = recording::Settings::default();
        media.flv = given.recordings_flv.unwrap_or(media.flv);
        if let Some(mib) = given.recordings_reserve_mib {
            if mib > RESERVE_MIB_MAX {
                bail!("recordings_reserve_mib is {mib}; it must be from 0 to {RESERVE_MIB_MAX}");
            }
            media.reserve_bytes = u64::from(mib) * MIB;
        }
        let days = given.recordings_days.unwrap_or(0);
        if days > DAYS_MAX {
            bail!("recordings_days is {days}; it must be from 0 to {DAYS_MAX}");
        }
        let folder = given.recordings_dir.clone();
        Ok(Self {
            folder: folder.unwrap_or_else(|| data_dir.join("recordings")),
            automatic: given.recordings_automatic.unwrap_or(false),
            bucket: Bucket::complete(given)?,
            kept_for: (days > 0).then(|| TimeDelta::days(days.into())),
            media,
        })
    }

    /// The lines of a settings file; `quoted` writes a path.
    pub(super) fn show(&self, quoted: impl Fn(&Path) -> String) -> String {
        format!(
            "recordings_dir = {}\nrecordings_automatic = {}\nrecordings_flv = {}\n\
             recordings_days = {}\nrecordings_reserve_mib = {}\n{}",
            quoted(&self.folder),
            self.automatic,
            self.media.flv,
            self.kept_for.map_or(0, |kept_for| kept_for.num_days()),
            self.media.reserve_bytes / MIB,
            Bucket::show(self.bucket.as_ref())
        )
    }
}
