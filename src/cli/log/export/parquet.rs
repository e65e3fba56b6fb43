//! Parquet. The file's directory stands at its end, so it cannot be gone on with: row groups are written
//! as files of their own, and put together, without being decoded, when all are there.

use super::{COLUMNS, Note, SAVE_EVERY, Sink};
use crate::files;
use anyhow::Context as _;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int64Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::FileReader as _;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tributary_store::reader::{RawPage, RawRow};

/// In the order of [`COLUMNS`].
const TYPES: [&str; COLUMNS.len()] = [
    "REQUIRED INT64",
    "REQUIRED BYTE_ARRAY",
    "REQUIRED INT64",
    "REQUIRED BYTE_ARRAY",
    "REQUIRED BYTE_ARRAY",
    "REQUIRED INT64",
    "REQUIRED BYTE_ARRAY",
    "REQUIRED BYTE_ARRAY",
    "OPTIONAL BYTE_ARRAY",
    "REQUIRED BYTE_ARRAY",
    "REQUIRED BYTE_ARRAY",
    "REQUIRED FIXED_LEN_BYTE_ARRAY (32)",
    "OPTIONAL BYTE_ARRAY",
];

/// A row group's columns on their way.
#[derive(Default)]
struct Columns {
    positions: Vec<i64>,
    sequences: Vec<i64>,
    times: Vec<i64>,
    hashes: Vec<FixedLenByteArray>,
    /// By the index of the column. Of an optional one, those that are there.
    texts: [Vec<ByteArray>; COLUMNS.len()],
    /// 1 where an optional one is there.
    has_channel: Vec<i16>,
    has_personal: Vec<i16>,
}

impl Columns {
    fn take(&mut self, row: &RawRow<'_>) {
        self.positions.push(row.stored_position());
        self.sequences.push(row.sequence());
        self.times.push(row.recorded_at_micros());
        self.hashes
            .push(ByteArray::from(row.hash().to_vec()).into());
        let mut text = |index: usize, bytes: &[u8]| {
            self.texts[index].push(ByteArray::from(bytes.to_vec()));
        };
        text(1, row.event_id().to_string().as_bytes());
        text(3, row.aggregate_type());
        text(4, row.aggregate_id());
        text(6, row.event_type());
        text(7, row.event_version());
        if let Some(channel) = row.channel() {
            text(8, channel.to_string().as_bytes());
        }
        text(9, row.payload());
        text(10, row.metadata());
        if let Some(personal) = row.personal() {
            text(12, personal);
        }
        self.has_channel.push(i16::from(row.channel().is_some()));
        self.has_personal.push(i16::from(row.personal().is_some()));
    }

    fn write(&self, group: &mut SerializedRowGroupWriter<'_, File>, count: usize) -> Written {
        for index in 0..count {
            match index {
                0 => column::<Int64Type>(group, &self.positions, None)?,
                2 => column::<Int64Type>(group, &self.times, None)?,
                5 => column::<Int64Type>(group, &self.sequences, None)?,
                8 => column::<ByteArrayType>(group, &self.texts[8], Some(&self.has_channel))?,
                11 => column::<FixedLenByteArrayType>(group, &self.hashes, None)?,
                12 => column::<ByteArrayType>(group, &self.texts[12], Some(&self.has_personal))?,
                _ => column::<ByteArrayType>(group, &self.texts[index], None)?,
            }
        }
        Ok(())
    }
}

type Written = parquet::errors::Result<()>;

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    values: &[T::T],
    there: Option<&[i16]>,
) -> Written {
    if let Some(mut writer) = group.next_column()? {
        writer.typed::<T>().write_batch(values, there, None)?;
        writer.close()?;
    }
    Ok(())
}

/// See the [module](self).
pub struct Parts {
    out: PathBuf,
    columns: Columns,
}

impl Parts {
    /// Goes on behind the parts that are noted.
    pub fn open(out: &Path) -> Self {
        Self {
            out: out.to_owned(),
            columns: Columns::default(),
        }
    }

    fn part(&self, number: u32) -> PathBuf {
        files::with_suffix(&self.out, &format!(".partial-{number}"))
    }

    fn write_part(&self, path: &Path, personal: bool) -> anyhow::Result<()> {
        let file = files::create(path)?;
        let mut writer = writer(file.try_clone()?, personal)?;
        let mut group = writer.next_row_group()?;
        self.columns.write(&mut group, columns(personal))?;
        group.close()?;
        writer.close()?;
        file.sync_all()?;
        files::sync_folder_of(path)?;
        Ok(())
    }

    fn put_together(&self, note: &Note) -> anyhow::Result<()> {
        let partial = files::with_suffix(&self.out, ".partial");
        let file = files::create(&partial)?;
        let mut writer = writer(file.try_clone()?, note.personal)?;
        for number in 0..note.parts {
            let input = File::open(self.part(number))?;
            let reader = SerializedFileReader::new(input.try_clone()?)?;
            for group in reader.metadata().row_groups() {
                let mut next = writer.next_row_group()?;
                for column in group.columns() {
                    let result = ColumnCloseResult {
                        bytes_written: u64::try_from(column.compressed_size())?,
                        rows_written: u64::try_from(group.num_rows())?,
                        metadata: column.clone(),
                        bloom_filter: None,
                        column_index: None,
                        offset_index: None,
                    };
                    next.append_column(&input, result)?;
                }
                next.close()?;
            }
        }
        writer.close()?;
        file.sync_all()?;
        files::rename(&partial, &self.out)?;
        for number in 0..note.parts {
            std::fs::remove_file(self.part(number))?;
        }
        Ok(())
    }
}

impl Sink for Parts {
    fn write(&mut self, page: &RawPage, _: &mut Note) -> anyhow::Result<()> {
        page.iter().for_each(|row| self.columns.take(&row));
        Ok(())
    }

    fn save(&mut self, note: &mut Note) -> anyhow::Result<()> {
        let rows = self.columns.positions.len();
        if rows == 0 {
            return Ok(());
        }
        let path = self.part(note.parts);
        self.write_part(&path, note.personal)
            .with_context(|| format!("{} cannot be written", path.display()))?;
        note.parts += 1;
        note.events += u64::try_from(rows)?;
        self.columns = Columns::default();
        Ok(())
    }

    fn finish(&mut self, note: &Note) -> anyhow::Result<()> {
        self.put_together(note)
            .with_context(|| format!("{} cannot be put together", self.out.display()))
    }
}

fn writer(file: File, personal: bool) -> anyhow::Result<SerializedFileWriter<File>> {
    let level = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder()
        .set_compression(level)
        .set_max_row_group_row_count(usize::try_from(2 * SAVE_EVERY).ok())
        .build();
    let schema: Arc<Type> = Arc::new(parse_message_type(&schema(personal))?);
    Ok(SerializedFileWriter::new(
        file,
        schema,
        Arc::new(properties),
    )?)
}

fn columns(personal: bool) -> usize {
    COLUMNS.len() - usize::from(!personal)
}

fn schema(personal: bool) -> String {
    let columns: String = (COLUMNS.iter().zip(TYPES))
        .take(columns(personal))
        .map(|(name, kind)| {
            let meaning = match (*name, kind) {
                ("recorded_at", _) => " (TIMESTAMP(MICROS,true))",
                (_, kind) if kind.ends_with("BYTE_ARRAY") => " (UTF8)",
                _ => "",
            };
            format!("{kind} {name}{meaning};\n")
        })
        .collect();
    format!("message event {{\n{columns}}}")
}
