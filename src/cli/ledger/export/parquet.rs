//! Postings as columns. Amounts are decimals with three digits after the point, which every currency fits
//! into; nothing is rounded.

use super::Sink;
use anyhow::Context as _;
use chrono::Datelike as _;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::Movement;

const SCHEMA: &str = "message posting {
    REQUIRED INT64 position;
    REQUIRED BYTE_ARRAY entry (UTF8);
    REQUIRED BYTE_ARRAY kind (UTF8);
    REQUIRED INT32 effective (DATE);
    REQUIRED INT64 recorded_at (TIMESTAMP(MICROS,true));
    REQUIRED INT32 line;
    REQUIRED BYTE_ARRAY account (UTF8);
    REQUIRED BYTE_ARRAY currency (UTF8);
    REQUIRED INT64 amount (DECIMAL(18,3));
    OPTIONAL BYTE_ARRAY reverses (UTF8);
    OPTIONAL BYTE_ARRAY schedule (UTF8);
}";

/// Digits after the point of the column `amount`.
const SCALE: u32 = 3;

/// Postings of a row group.
const GROUP_ROWS: usize = 200_000;

/// Days between the first of the common era and 1970-01-01.
const DAYS_TO_1970: i32 = 719_163;

/// A row group on its way.
#[derive(Default)]
struct Group {
    positions: Vec<i64>,
    entries: Vec<ByteArray>,
    kinds: Vec<ByteArray>,
    days: Vec<i32>,
    times: Vec<i64>,
    lines: Vec<i32>,
    accounts: Vec<ByteArray>,
    currencies: Vec<ByteArray>,
    amounts: Vec<i64>,
    reverses: Vec<ByteArray>,
    has_reverses: Vec<i16>,
    schedules: Vec<ByteArray>,
    has_schedule: Vec<i16>,
}

/// See the [module](self).
pub struct Columns {
    writer: SerializedFileWriter<File>,
    group: Group,
    /// The texts of accounts, made once and shared by every row.
    names: HashMap<LedgerAccount, ByteArray>,
}

impl Columns {
    /// Begins the file.
    pub fn begin(file: File) -> anyhow::Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(2 * GROUP_ROWS))
            .build();
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        Ok(Self {
            writer: SerializedFileWriter::new(file, schema, Arc::new(properties))?,
            group: Group::default(),
            names: HashMap::new(),
        })
    }

    fn save(&mut self) -> anyhow::Result<()> {
        if self.group.positions.is_empty() {
            return Ok(());
        }
        let group = std::mem::take(&mut self.group);
        let mut out = self.writer.next_row_group()?;
        column::<Int64Type>(&mut out, &group.positions, None)?;
        column::<ByteArrayType>(&mut out, &group.entries, None)?;
        column::<ByteArrayType>(&mut out, &group.kinds, None)?;
        column::<Int32Type>(&mut out, &group.days, None)?;
        column::<Int64Type>(&mut out, &group.times, None)?;
        column::<Int32Type>(&mut out, &group.lines, None)?;
        column::<ByteArrayType>(&mut out, &group.accounts, None)?;
        column::<ByteArrayType>(&mut out, &group.currencies, None)?;
        column::<Int64Type>(&mut out, &group.amounts, None)?;
        column::<ByteArrayType>(&mut out, &group.reverses, Some(&group.has_reverses))?;
        column::<ByteArrayType>(&mut out, &group.schedules, Some(&group.has_schedule))?;
        out.close()?;
        Ok(())
    }
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    values: &[T::T],
    there: Option<&[i16]>,
) -> parquet::errors::Result<()> {
    if let Some(mut writer) = group.next_column()? {
        writer.typed::<T>().write_batch(values, there, None)?;
        writer.close()?;
    }
    Ok(())
}

impl Sink for Columns {
    fn write(&mut self, movement: &Movement) -> anyhow::Result<()> {
        let group = &mut self.group;
        let entry = ByteArray::from(movement.entry.to_string().into_bytes());
        let kind = ByteArray::from(movement.kind.as_bytes().to_vec());
        let currency = ByteArray::from(movement.currency.code().as_bytes().to_vec());
        let day = movement.effective.num_days_from_ce() - DAYS_TO_1970;
        let factor = 10_i64.pow(SCALE.saturating_sub(movement.currency.digits()));
        for (place, line) in movement.lines.iter().enumerate() {
            let amount = line.amount.checked_mul(factor);
            let amount = amount.with_context(|| {
                format!(
                    "the entry {} is too large for the column amount",
                    movement.entry
                )
            })?;
            let account = match self.names.get(&line.account) {
                Some(name) => name.clone(),
                None => {
                    let name = ByteArray::from(line.account.to_string().into_bytes());
                    self.names.insert(line.account.clone(), name.clone());
                    name
                }
            };
            group.positions.push(movement.position.get());
            group.entries.push(entry.clone());
            group.kinds.push(kind.clone());
            group.days.push(day);
            group.times.push(movement.recorded_at.timestamp_micros());
            group.lines.push(i32::try_from(place)?);
            group.accounts.push(account);
            group.currencies.push(currency.clone());
            group.amounts.push(amount);
            group
                .has_reverses
                .push(i16::from(movement.reverses.is_some()));
            if let Some(reversed) = movement.reverses {
                group
                    .reverses
                    .push(ByteArray::from(reversed.to_string().into_bytes()));
            }
            group
                .has_schedule
                .push(i16::from(movement.schedule.is_some()));
            if let Some(schedule) = &movement.schedule {
                group
                    .schedules
                    .push(ByteArray::from(schedule.as_bytes().to_vec()));
            }
        }
        if self.group.positions.len() >= GROUP_ROWS {
            self.save()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        self.save()?;
        self.writer.finish()?;
        Ok(())
    }
}
