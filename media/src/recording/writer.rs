//! Writing a recording.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::contents::{Contents, FLV, INDEX, part_name};
use super::index::{Entry, Part};
use super::{PARTS_MAX, Refused, Settings};
use crate::flv::{self, Kind, Tag};
use crate::fmp4::DURATION_OFFSETS;
use crate::segments::{Init, Segment};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Writer {
    folder: PathBuf,
    settings: Settings,
    index: File,
    /// The part that is written now, and what its tracks are.
    part: Option<(File, Arc<Init>)>,
    flv: Option<Flv>,
    contents: Contents,
}

/// The FLV file: tags are held until the segment that they belong to is written.
#[derive(Debug)]
struct Flv {
    file: File,
    written: u64,
    held: Vec<u8>,
    /// Bytes of what is held that belong to segments that are complete, in their order.
    ends: Vec<usize>,
    /// What the file's times count from.
    zero: Option<u32>,
}

impl Writer {
    /// Begins a recording in a folder that is not there yet.
    pub(super) fn create(folder: PathBuf, settings: Settings) -> Result<Self, Refused> {
        let mut make = fs::DirBuilder::new();
        // As private as the log: it may be a private stream.
        make.recursive(true).mode(0o700).create(&folder)?;
        let index = new_file(&folder.join(INDEX))?;
        let flv = if settings.flv {
            Some(Flv::create(&folder)?)
        } else {
            None
        };
        Ok(Self {
            contents: Contents::at(folder.clone()),
            folder,
            settings,
            index,
            part: None,
            flv,
        })
    }

    /// Milliseconds of video so far.
    pub(super) fn duration_ms(&self) -> u64 {
        self.contents.duration_ms()
    }

    /// Keeps a tag for the FLV file.
    pub(super) fn hold(&mut self, tag: &Tag) {
        if let Some(flv) = &mut self.flv {
            flv.hold(tag);
        }
    }

    /// What is held so far belongs to the segment that is complete now.
    pub(super) fn end_of_segment(&mut self) {
        if let Some(flv) = &mut self.flv
            && flv.ends.last().copied().unwrap_or(0) < flv.held.len()
        {
            flv.ends.push(flv.held.len());
        }
    }

    /// Writes a segment, or leaves everything as it was.
    pub(super) fn write(&mut self, segment: &Segment, at_ms: Option<u64>) -> Result<(), Refused> {
        if self.contents.entries.len() >= self.settings.segments_max {
            return Err(Refused::TooLong);
        }
        let room = rustix::fs::statvfs(&self.folder).map_err(io::Error::from)?;
        let free = room.f_bavail.saturating_mul(room.f_frsize);
        let needed = segment.bytes.len() as u64 * if self.flv.is_some() { 2 } else { 1 };
        if free < self.settings.reserve_bytes.saturating_add(needed) {
            return Err(Refused::DiskFull);
        }
        let written = self.write_all(segment, at_ms);
        if written.is_err() {
            // Where even that fails, whoever reads goes by the index.
            let _left = self.contents.truncate();
        }
        written
    }

    fn write_all(&mut self, segment: &Segment, at_ms: Option<u64>) -> Result<(), Refused> {
        let mut lines = String::new();
        let new_part = self.begin_part(&segment.init)?;
        if let Some(part) = &new_part {
            lines.push_str(&part.line());
        }
        let number = self.contents.parts.len() - usize::from(new_part.is_none());
        let (file, _) = self.part.as_mut().ok_or(Refused::TooLong)?;
        let offset = match &new_part {
            Some(part) => part.head_bytes,
            None => self.contents.part_bytes(number),
        };
        file.write_all(&segment.bytes)?;
        let flv_bytes = match &mut self.flv {
            Some(flv) => flv.write()?,
            None => 0,
        };
        let entry = Entry {
            part: number,
            offset,
            bytes: segment.bytes.len() as u64,
            duration_ms: segment.duration_ms,
            at_ms,
            is_independent: segment.is_independent,
            after_gap: segment.after_gap,
            flv_bytes,
        };
        lines.push_str(&entry.line());
        self.index.write_all(lines.as_bytes())?;
        self.contents.parts.extend(new_part);
        self.contents.push(entry);
        Ok(())
    }

    /// Begins another file where the tracks are others.
    fn begin_part(&mut self, init: &Arc<Init>) -> Result<Option<Part>, Refused> {
        if self
            .part
            .as_ref()
            .is_some_and(|(_, held)| Arc::ptr_eq(held, init))
        {
            return Ok(None);
        }
        let number = self.contents.parts.len();
        if number >= PARTS_MAX {
            return Err(Refused::TooLong);
        }
        let mut file = new_file(&self.folder.join(part_name(number)))?;
        file.write_all(&init.bytes)?;
        self.part = Some((file, Arc::clone(init)));
        Ok(Some(Part {
            head_bytes: init.bytes.len() as u64,
            size: init.size().unwrap_or_default(),
            codecs: init.codecs(),
        }))
    }

    /// Completes what there is: each part says how long it is, and all of it is on the disk.
    pub(super) fn finish(self) -> Result<Contents, (Contents, io::Error)> {
        let contents = self.contents;
        match contents.complete() {
            Ok(()) => Ok(contents),
            Err(error) => Err((contents, error)),
        }
    }
}

impl Flv {
    fn create(folder: &Path) -> io::Result<Self> {
        let mut file = new_file(&folder.join(FLV))?;
        // Both: what comes later in a show is not known at its beginning.
        let header = flv::file_header(true, true);
        file.write_all(&header)?;
        Ok(Self {
            file,
            written: header.len() as u64,
            held: Vec::new(),
            ends: Vec::new(),
            zero: None,
        })
    }

    fn hold(&mut self, tag: &Tag) {
        let timestamp = if tag.kind == Kind::Script {
            tag.timestamp
        } else {
            let zero = *self.zero.get_or_insert(tag.timestamp);
            let since = tag.timestamp.wrapping_sub(zero);
            // A header of before the first frame.
            if since.cast_signed() < 0 { 0 } else { since }
        };
        let bytes = flv::tag_bytes(tag.kind, timestamp, &tag.payload);
        self.held.extend_from_slice(&bytes.unwrap_or_default());
    }

    /// Writes what belongs to the next segment; how long the file is then.
    fn write(&mut self) -> io::Result<u64> {
        let end = if self.ends.is_empty() {
            self.held.len()
        } else {
            self.ends.remove(0)
        };
        self.file
            .write_all(self.held.get(..end).unwrap_or_default())?;
        self.held.drain(..end);
        for later in &mut self.ends {
            *later -= end;
        }
        self.written += end as u64;
        Ok(self.written)
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    File::options().write(true).create_new(true).open(path)
}

/// Says in a part's head how long it is.
pub(super) fn set_duration(file: &mut File, duration_ms: u64) -> io::Result<()> {
    let duration = u32::try_from(duration_ms).unwrap_or(u32::MAX).to_be_bytes();
    for offset in DURATION_OFFSETS {
        file.seek(SeekFrom::Start(offset as u64))?;
        file.write_all(&duration)?;
    }
    Ok(())
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::DiskFull,
            _ => Self::Failed(error),
        }
    }
}
