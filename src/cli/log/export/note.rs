//! How far an export is, beside its file.

use super::Format;
use crate::cli::log::filter::Filter;
use crate::files;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tributary_domain::Position;
use tributary_store::reader::Selection;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What the export is made of.
    pub format: Format,
    /// Whether personal parts are written.
    pub personal: bool,
    /// The filter as it was given: moments like `2h` ago are others when it goes on.
    asked: serde_json::Value,
    /// What the filter came to, with an end.
    pub selection: Selection,
    /// All that is wanted up to here is written and durable.
    pub done: Position,
    /// Events written.
    pub events: u64,
    /// Bytes of the partial file, where there is one.
    pub bytes: u64,
    /// Partial files, where there are several.
    pub parts: u32,
}

impl Note {
    /// Before the first event.
    pub fn new(
        format: Format,
        personal: bool,
        filter: &Filter,
        mut selection: Selection,
        head: Position,
    ) -> Self {
        selection.upto = Some(selection.upto.map_or(head, |upto| upto.min(head)));
        Self {
            format,
            personal,
            asked: serde_json::json!(filter),
            done: selection.after,
            selection,
            events: 0,
            bytes: 0,
            parts: 0,
        }
    }

    /// What is still to be written.
    pub fn rest(&self) -> Selection {
        Selection {
            after: self.done,
            ..self.selection.clone()
        }
    }

    /// This one, if it is of an export like the one that is asked for now.
    pub fn that_fits(self, asked: &Self) -> anyhow::Result<Self> {
        anyhow::ensure!(
            self.format == asked.format
                && self.personal == asked.personal
                && self.asked == asked.asked,
            "the export that was interrupted was asked for in another way; repeat its format, filter \
             and --personal"
        );
        Ok(self)
    }

    /// Reads the note of a file; `None` if there is none.
    pub fn read(out: &Path) -> anyhow::Result<Option<Self>> {
        let path = path(out);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let note = serde_json::from_slice(&text);
        note.with_context(|| format!("{} is damaged; remove it", path.display()))
            .map(Some)
    }

    /// Writes it, durably and at once.
    pub fn write(&self, out: &Path) -> anyhow::Result<()> {
        let path = path(out);
        files::write(&path, &serde_json::to_vec(self)?)
            .with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Removes it.
    pub fn remove(out: &Path) -> anyhow::Result<()> {
        let path = path(out);
        std::fs::remove_file(&path).with_context(|| path.display().to_string())
    }
}

fn path(out: &Path) -> PathBuf {
    files::with_suffix(out, ".partial.json")
}
