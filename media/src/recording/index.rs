//! The index of a recording: a line for each part and each segment, in their order.
//!
//! Plain words and numbers, so that a person can read them where all else is lost:
//! `part <bytes of its head> <width> <height> <codecs>`, and
//! `segment <part> <offset> <bytes> <milliseconds> <date> <flags> <bytes of the FLV file by then>`.

use std::fmt::Write as _;

/// A file of fragmented MP4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Bytes before its first segment.
    pub head_bytes: u64,
    /// Pixels, zero where they are not known.
    pub size: (u16, u16),
    /// As playlists name them.
    pub codecs: String,
}

/// A segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// In which part, from 0.
    pub part: usize,
    /// Where in it.
    pub offset: u64,
    /// How long it is.
    pub bytes: u64,
    /// How long it lasts, in milliseconds.
    pub duration_ms: u64,
    /// When it was on air, in milliseconds since 1970, where that is known.
    pub at_ms: Option<u64>,
    /// It begins with a key frame, or has no video.
    pub is_independent: bool,
    /// Frames are missing before it.
    pub after_gap: bool,
    /// How long the FLV file is with it.
    pub flv_bytes: u64,
}

impl Part {
    pub(super) fn line(&self) -> String {
        let (width, height) = self.size;
        format!(
            "part {} {width} {height} {}\n",
            self.head_bytes, self.codecs
        )
    }

    fn read<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<Self> {
        Some(Self {
            head_bytes: words.next()?.parse().ok()?,
            size: (words.next()?.parse().ok()?, words.next()?.parse().ok()?),
            codecs: words.next()?.to_owned(),
        })
    }
}

impl Entry {
    pub(super) fn line(&self) -> String {
        let mut flags = String::new();
        flags.push(if self.is_independent { 'k' } else { '-' });
        flags.push(if self.after_gap { 'g' } else { '-' });
        let at_ms = self.at_ms.unwrap_or_default();
        let mut line = String::with_capacity(80);
        // Writing to a string does not fail.
        let _ = writeln!(
            line,
            "segment {} {} {} {} {at_ms} {flags} {}",
            self.part, self.offset, self.bytes, self.duration_ms, self.flv_bytes
        );
        line
    }

    fn read<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<Self> {
        let part = words.next()?.parse().ok()?;
        let mut number = || words.next()?.parse::<u64>().ok();
        let (offset, bytes, duration_ms, at_ms) = (number()?, number()?, number()?, number()?);
        let flags = words.next()?;
        Some(Self {
            part,
            offset,
            bytes,
            duration_ms,
            at_ms: Some(at_ms).filter(|at_ms| *at_ms > 0),
            is_independent: flags.starts_with('k'),
            after_gap: flags.ends_with('g'),
            flv_bytes: words.next()?.parse().ok()?,
        })
    }

    /// Where it ends in its part.
    pub const fn end(&self) -> u64 {
        self.offset.saturating_add(self.bytes)
    }
}

/// Reads an index up to its first line that is not whole.
pub(super) fn read(text: &str) -> (Vec<Part>, Vec<Entry>) {
    let (mut parts, mut entries) = (vec![], vec![]);
    for line in text.split_inclusive('\n') {
        let Some(line) = line.strip_suffix('\n') else {
            break;
        };
        let mut words = line.split(' ');
        match words.next() {
            Some("part") => match Part::read(words) {
                Some(part) => parts.push(part),
                None => break,
            },
            Some("segment") => match Entry::read(words) {
                Some(entry) if entry.part < parts.len() => entries.push(entry),
                Some(_) | None => break,
            },
            _ => break,
        }
    }
    (parts, entries)
}
