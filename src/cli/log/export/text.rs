//! Lines of JSON, and CSV.

use super::{COLUMNS, Format, Note, Sink};
use crate::files;
use anyhow::Context as _;
use chrono::SecondsFormat;
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use tributary_store::checkpoint::to_hex;
use tributary_store::line;
use tributary_store::reader::{RawPage, RawRow};

/// See the [module](self).
pub struct Lines {
    out: PathBuf,
    partial: PathBuf,
    file: File,
    buffer: Vec<u8>,
}

impl Lines {
    /// Goes on where the note says; what is behind that was not durable for certain.
    pub fn open(out: &Path, note: &Note) -> anyhow::Result<Self> {
        let partial = files::with_suffix(out, ".partial");
        let open = || -> std::io::Result<File> {
            if note.bytes == 0 {
                return files::create(&partial);
            }
            let mut file = File::options().write(true).open(&partial)?;
            file.set_len(note.bytes)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = open().with_context(|| format!("{} cannot be written", partial.display()))?;
        let mut lines = Self {
            out: out.to_owned(),
            partial,
            file,
            buffer: vec![],
        };
        if note.bytes == 0 && note.format == Format::Csv {
            let count = COLUMNS.len() - usize::from(!note.personal);
            writeln!(lines.buffer, "{}", COLUMNS[..count].join(","))?;
        }
        Ok(lines)
    }

    fn flush(&mut self, note: &mut Note) -> anyhow::Result<()> {
        self.file
            .write_all(&self.buffer)
            .with_context(|| format!("{} cannot be written", self.partial.display()))?;
        note.bytes += u64::try_from(self.buffer.len()).unwrap_or(0);
        self.buffer.clear();
        Ok(())
    }
}

impl Sink for Lines {
    fn write(&mut self, page: &RawPage, note: &mut Note) -> anyhow::Result<()> {
        for row in page.iter() {
            match note.format {
                Format::Csv => csv(&row, note.personal, &mut self.buffer)?,
                Format::Jsonl | Format::Parquet => {
                    line::write(&row, note.personal, &mut self.buffer)?;
                }
            }
            note.events += 1;
        }
        self.flush(note)
    }

    fn save(&mut self, note: &mut Note) -> anyhow::Result<()> {
        self.flush(note)?;
        self.file
            .sync_data()
            .with_context(|| format!("{} cannot be written", self.partial.display()))
    }

    fn finish(&mut self, _: &Note) -> anyhow::Result<()> {
        files::rename(&self.partial, &self.out)
            .with_context(|| format!("{} cannot be named", self.out.display()))
    }
}

fn csv(row: &RawRow<'_>, with_personal: bool, out: &mut Vec<u8>) -> std::io::Result<()> {
    let time = row
        .recorded_at()
        .to_rfc3339_opts(SecondsFormat::Micros, true);
    write!(out, "{},{},{time},", row.stored_position(), row.event_id())?;
    field(row.aggregate_type(), out);
    out.push(b',');
    field(row.aggregate_id(), out);
    write!(out, ",{},", row.sequence())?;
    field(row.event_type(), out);
    out.push(b',');
    field(row.event_version(), out);
    out.push(b',');
    if let Some(channel) = row.channel() {
        write!(out, "{channel}")?;
    }
    for bytes in [row.payload(), row.metadata()] {
        out.push(b',');
        field(bytes, out);
    }
    write!(out, ",{}", to_hex(&row.hash()))?;
    if with_personal {
        out.push(b',');
        field(row.personal().unwrap_or_default(), out);
    }
    out.push(b'\n');
    Ok(())
}

/// In quotation marks where it must be.
fn field(bytes: &[u8], out: &mut Vec<u8>) {
    if !bytes
        .iter()
        .any(|byte| matches!(byte, b'"' | b',' | b'\n' | b'\r'))
    {
        out.extend_from_slice(bytes);
        return;
    }
    out.push(b'"');
    for byte in bytes {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}
