//! What a recording consists of, and how it is played.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::index::{self, Entry, Part};
use super::writer::set_duration;
use crate::hls::{Listed, media_playlist};

/// The index's name.
pub const INDEX: &str = "index";

/// The FLV file's name.
pub(super) const FLV: &str = "video.flv";

/// The longest index that is read, in bytes: twice that of the longest recording.
pub const INDEX_BYTES_MAX: u64 = 32 * 1_024 * 1_024;

/// The name of a part.
pub(super) fn part_name(number: usize) -> String {
    format!("part-{number}.mp4")
}

/// A recording cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the recording in {folder} cannot be read: {why}", folder = .folder.display())]
pub struct Unreadable {
    folder: PathBuf,
    why: io::Error,
}

impl Unreadable {
    /// Whether there is no such recording.
    pub fn is_not_there(&self) -> bool {
        self.why.kind() == io::ErrorKind::NotFound
    }
}

/// A recording as its index has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    folder: PathBuf,
    /// Its files.
    pub parts: Vec<Part>,
    /// Its segments.
    pub entries: Vec<Entry>,
    duration_ms: u64,
}

impl Contents {
    pub(super) fn at(folder: PathBuf) -> Self {
        Self {
            folder,
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.duration_ms += entry.duration_ms;
        self.entries.push(entry);
    }

    /// Reads the recording in a folder, which may still be written.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Unreadable> {
        let read = || {
            let mut text = String::new();
            let file = File::open(folder.join(INDEX))?;
            file.take(INDEX_BYTES_MAX).read_to_string(&mut text)?;
            Ok(text)
        };
        let text = read().map_err(|why| Unreadable {
            folder: folder.to_owned(),
            why,
        })?;
        Ok(Self::indexed(folder.to_owned(), &text))
    }

    /// Of an index that stands elsewhere: its files have no folder.
    pub fn parse(index: &str) -> Self {
        Self::indexed(PathBuf::new(), index)
    }

    fn indexed(folder: PathBuf, text: &str) -> Self {
        let (parts, entries) = index::read(text);
        let mut contents = Self::at(folder);
        contents.parts = parts;
        for entry in entries {
            contents.push(entry);
        }
        contents
    }

    /// Completes a recording whose writer is gone: what the index does not know, or what is not there
    /// although it does, is cut off.
    ///
    /// # Errors
    /// As above.
    pub fn recover(folder: &Path) -> Result<Self, Unreadable> {
        let mut contents = Self::read(folder)?;
        let mend = |contents: &mut Self| {
            let whole = contents.whole_entries();
            let entries = std::mem::take(&mut contents.entries);
            contents.duration_ms = 0;
            for entry in entries.into_iter().take(whole) {
                contents.push(entry);
            }
            let used = contents.entries.last().map_or(0, |entry| entry.part + 1);
            for number in used..contents.parts.len() {
                remove(&contents.folder.join(part_name(number)))?;
            }
            contents.parts.truncate(used);
            contents.write_index()?;
            contents.truncate()?;
            contents.complete()
        };
        mend(&mut contents).map_err(|why| Unreadable {
            folder: folder.to_owned(),
            why,
        })?;
        Ok(contents)
    }

    /// How many segments are there as the index has them: after a power cut a file may be shorter.
    fn whole_entries(&self) -> usize {
        let is_whole = |entry: &Entry| {
            let mut head = [0; 8];
            let mut file = File::open(self.folder.join(part_name(entry.part))).ok()?;
            let length = file.metadata().ok()?.len();
            file.seek(SeekFrom::Start(entry.offset)).ok()?;
            file.read_exact(&mut head).ok()?;
            (length >= entry.end() && head.ends_with(b"moof")).then_some(())
        };
        let broken = self
            .entries
            .iter()
            .position(|entry| is_whole(entry).is_none());
        broken.unwrap_or(self.entries.len())
    }

    /// Cuts off what is behind the last segment of each file.
    pub(super) fn truncate(&self) -> io::Result<()> {
        for number in 0..self.parts.len() {
            let file = File::options()
                .write(true)
                .open(self.folder.join(part_name(number)))?;
            file.set_len(self.part_bytes(number))?;
        }
        // One that was begun and has no segment.
        remove(&self.folder.join(part_name(self.parts.len())))?;
        let flv_bytes = self.entries.last().map_or(0, |entry| entry.flv_bytes);
        if flv_bytes > 0 {
            let file = File::options().write(true).open(self.folder.join(FLV))?;
            file.set_len(flv_bytes)?;
        }
        let lines: usize = self.lines().map(|line| line.len()).sum();
        let index = File::options().write(true).open(self.folder.join(INDEX))?;
        index.set_len(lines as u64)
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let mut told = 0;
        self.entries.iter().flat_map(move |entry| {
            let parts = self.parts.get(told..=entry.part).unwrap_or_default();
            told = told.max(entry.part + 1);
            let parts = parts.iter().map(Part::line);
            parts.chain([entry.line()]).collect::<Vec<_>>()
        })
    }

    fn write_index(&self) -> io::Result<()> {
        let new = self.folder.join("index.new");
        fs::write(&new, self.lines().collect::<String>())?;
        fs::rename(new, self.folder.join(INDEX))
    }

    /// Lets each part say how long it is, and waits until all of it is on the disk.
    pub(super) fn complete(&self) -> io::Result<()> {
        for number in 0..self.parts.len() {
            let path = self.folder.join(part_name(number));
            let mut file = File::options().write(true).open(path)?;
            let of_it = self.entries.iter().filter(|entry| entry.part == number);
            set_duration(&mut file, of_it.map(|entry| entry.duration_ms).sum())?;
            file.sync_all()?;
        }
        for name in [FLV, INDEX] {
            match File::open(self.folder.join(name)) {
                Ok(file) => file.sync_all()?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        File::open(&self.folder)?.sync_all()
    }

    /// Milliseconds of video.
    pub const fn duration_ms(&self) -> u64 {
        self.duration_ms
    }

    /// Bytes of a part.
    pub fn part_bytes(&self, number: usize) -> u64 {
        let mut of_it = self
            .entries
            .iter()
            .rev()
            .filter(|entry| entry.part == number);
        let head = self.parts.get(number).map_or(0, |part| part.head_bytes);
        of_it.next().map_or(head, Entry::end)
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        let parts: u64 = (0..self.parts.len())
            .map(|part| self.part_bytes(part))
            .sum();
        parts + self.entries.last().map_or(0, |entry| entry.flv_bytes)
    }

    /// A part's file and how much of it is complete.
    pub fn part(&self, number: usize) -> Option<(PathBuf, u64)> {
        self.parts.get(number)?;
        Some((self.folder.join(part_name(number)), self.part_bytes(number)))
    }

    /// The FLV file and how much of it is complete, if there is one.
    pub fn flv(&self) -> Option<(PathBuf, u64)> {
        let bytes = self.entries.last()?.flv_bytes;
        (bytes > 0).then(|| (self.folder.join(FLV), bytes))
    }

    /// The master playlist: one variant at `address`. None before there is a segment.
    pub fn master(&self, address: &str) -> Option<String> {
        // What a player must be able to decode is all of it; the first part's size stands for the others.
        let mut codecs: Vec<&str> = vec![];
        for name in self.parts.iter().flat_map(|part| part.codecs.split(',')) {
            if !codecs.contains(&name) {
                codecs.push(name);
            }
        }
        let (width, height) = self.parts.first()?.size;
        let resolution = if width > 0 {
            format!(",RESOLUTION={width}x{height}")
        } else {
            String::new()
        };
        let rate = |bytes: u64, ms: u64| bytes.saturating_mul(8_000) / ms.max(1);
        let peak = self
            .entries
            .iter()
            .map(|entry| rate(entry.bytes, entry.duration_ms));
        let all: u64 = self.entries.iter().map(|entry| entry.bytes).sum();
        Some(format!(
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},\
             CODECS=\"{}\"{resolution}\n{address}\n",
            peak.max()?,
            rate(all, self.duration_ms),
            codecs.join(",")
        ))
    }

    /// The media playlist: pieces of the parts, whose addresses end in `query`. One that is still written
    /// grows at its end.
    pub fn playlist(&self, query: &str, is_complete: bool) -> String {
        let kind = if is_complete { "VOD" } else { "EVENT" };
        let head = format!("#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:{kind}\n");
        let longest = self.entries.iter().map(|entry| entry.duration_ms).max();
        let is_independent = self.entries.iter().all(|entry| entry.is_independent);
        let mut before = None;
        let listed = self.entries.iter().filter_map(move |entry| {
            let part = self.parts.get(entry.part)?;
            let address = format!("{}{query}", part_name(entry.part));
            let other_part = before.is_some_and(|before| before != entry.part);
            before = Some(entry.part);
            Some(Listed {
                discontinuity: other_part || entry.after_gap,
                at_ms: entry.at_ms,
                init: entry.part as u64,
                map: format!("URI=\"{address}\",BYTERANGE=\"{}@0\"", part.head_bytes),
                duration_ms: entry.duration_ms,
                range: Some((entry.bytes, entry.offset)),
                address,
            })
        });
        media_playlist(
            &head,
            longest.unwrap_or(1),
            is_independent,
            listed,
            is_complete,
        )
    }
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
