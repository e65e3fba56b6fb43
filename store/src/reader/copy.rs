//! Rows as `COPY … TO STDOUT (FORMAT binary)` sends them: what comes is kept as it is, and only the places
//! of its fields are noted.

use super::page::{Fixed, RawPage, Span, hash, id};
use super::unavailable;
use crate::error::StoreError;
use futures::TryStreamExt as _;
use sqlx::postgres::PgPool;

/// What is copied, in the order in which [`Copied`] reads it. JSON is text on the wire as it is.
const COLUMNS: &str = "position, sequence, recorded_at, event_id, channel, hash, \
    aggregate_type, aggregate_id, event_type, event_version, payload, metadata, personal";

/// As many as there are in [`COLUMNS`].
const COLUMNS_COUNT: i16 = 13;

/// What the format begins with: a signature, flags, and the length of an extension.
const HEADER: usize = 19;

/// Between 1970, from which we count, and 2000, from which PostgreSQL does.
const EPOCH_2000_MICROS: i64 = 946_684_800_000_000;

/// The rows of `events` that `wanted` (all of a query after its `FROM`) selects.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn copy_out(pool: &PgPool, wanted: &str) -> Result<RawPage, StoreError> {
    let mut connection = pool.acquire().await.map_err(unavailable)?;
    let sql = statement(wanted);
    let mut pieces = connection.copy_out_raw(&sql).await.map_err(unavailable)?;
    let mut copied = Copied::default();
    while let Some(piece) = pieces.try_next().await.map_err(unavailable)? {
        copied.take_in(&piece)?;
    }
    copied.end()?;
    Ok(copied.page)
}

/// The statement that [`Copied`] understands the answer to.
pub(super) fn statement(wanted: &str) -> String {
    format!("COPY (SELECT {COLUMNS} FROM events {wanted}) TO STDOUT (FORMAT binary)")
}

/// Takes in what the server sends, piece by piece, however it is cut.
#[derive(Debug, Default)]
pub(super) struct Copied {
    page: RawPage,
    /// Up to here the bytes were understood.
    at: usize,
    began: bool,
    ended: bool,
}

/// Why a row cannot be read.
enum Misread {
    /// The rest of it is still to come.
    Unfinished,
    /// It has another shape than what was asked for.
    Malformed,
}

impl Copied {
    /// The rows that have come and were not cleared away.
    pub(super) fn page(&self) -> &RawPage {
        &self.page
    }

    /// Takes in the next bytes.
    ///
    /// # Errors
    /// When they are not what the server sends for [`COLUMNS`].
    pub(super) fn take_in(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.page.bytes.extend_from_slice(bytes);
        if !self.began {
            if self.page.bytes.len() < self.at + HEADER {
                return Ok(());
            }
            self.began = true;
            self.at += HEADER;
        }
        while !self.ended {
            let mut walk = Walk {
                bytes: &self.page.bytes,
                at: self.at,
            };
            match walk.row() {
                Ok(Some(row)) => self.page.rows.push(row),
                Ok(None) => self.ended = true,
                Err(Misread::Unfinished) => return Ok(()),
                Err(Misread::Malformed) => return Err(misunderstood()),
            }
            self.at = walk.at;
        }
        Ok(())
    }

    /// Drops the rows that have come, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.page.rows.clear();
        self.page.bytes.drain(..self.at);
        self.at = 0;
    }

    /// After the last bytes, and before those of another copy.
    ///
    /// # Errors
    /// When the end is missing.
    pub(super) fn end(&mut self) -> Result<(), StoreError> {
        (self.began, self.at) = (false, self.page.bytes.len());
        if std::mem::take(&mut self.ended) {
            Ok(())
        } else {
            Err(misunderstood())
        }
    }
}

fn misunderstood() -> StoreError {
    unavailable("what the database sent could not be understood")
}

/// Walks through what was sent.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Misread> {
        let end = self.at.checked_add(length).ok_or(Misread::Malformed)?;
        let taken = self.bytes.get(self.at..end).ok_or(Misread::Unfinished)?;
        self.at = end;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Misread> {
        self.take(N)?.try_into().map_err(|_| Misread::Malformed)
    }

    /// The next field's place; `None` for NULL.
    fn field(&mut self) -> Result<Option<Span>, Misread> {
        let Ok(length) = usize::try_from(i32::from_be_bytes(self.fixed()?)) else {
            return Ok(None);
        };
        let begin = self.at;
        self.take(length)?;
        Ok(Some(begin..self.at))
    }

    fn number(&mut self) -> Result<i64, Misread> {
        if i32::from_be_bytes(self.fixed()?) != 8 {
            return Err(Misread::Malformed);
        }
        self.fixed().map(i64::from_be_bytes)
    }

    fn bytes(&mut self) -> Result<Option<&'a [u8]>, Misread> {
        let bytes = self.bytes;
        Ok(self.field()?.and_then(|span| bytes.get(span)))
    }

    /// The next row; `None` at the end.
    fn row(&mut self) -> Result<Option<Fixed>, Misread> {
        match i16::from_be_bytes(self.fixed()?) {
            -1 => return Ok(None),
            COLUMNS_COUNT => {}
            _ => return Err(Misread::Malformed),
        }
        let (position, sequence, since_2000) = (self.number()?, self.number()?, self.number()?);
        let event_id = id(self.bytes()?.unwrap_or_default());
        let channel = self.bytes()?.map(id);
        let hash = hash(self.bytes()?.unwrap_or_default());
        let mut texts: [Span; 7] = Default::default();
        let mut has_personal = false;
        for (index, span) in texts.iter_mut().enumerate() {
            let field = self.field()?;
            has_personal |= index == 6 && field.is_some();
            *span = field.unwrap_or_default();
        }
        Ok(Some(Fixed {
            position,
            sequence,
            recorded_at_micros: since_2000.saturating_add(EPOCH_2000_MICROS),
            event_id,
            channel,
            hash,
            texts,
            has_personal,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A copy of rows that hold a position, and NULL where that may be.
    fn sent(positions: &[i64]) -> Vec<u8> {
        let mut sent = vec![0; HEADER];
        for position in positions {
            sent.extend(COLUMNS_COUNT.to_be_bytes());
            for number in [*position, 1, 1] {
                sent.extend(8_i32.to_be_bytes());
                sent.extend(number.to_be_bytes());
            }
            for _ in 0..10 {
                sent.extend((-1_i32).to_be_bytes());
            }
        }
        sent.extend((-1_i16).to_be_bytes());
        sent
    }

    fn positions(copied: &Copied) -> Vec<i64> {
        let rows = copied.page().iter();
        rows.map(|row| row.stored_position()).collect()
    }

    #[test]
    fn an_answer_that_was_cut_off_is_not_understood() {
        let whole = sent(&[7]);
        for length in 0..=whole.len() {
            let mut copied = Copied::default();
            copied.take_in(&whole[..length]).unwrap();
            assert_eq!(copied.end().is_ok(), length == whole.len(), "{length}");
        }
    }

    #[test]
    fn rows_are_the_same_however_they_are_cut() {
        let whole = sent(&[7, 8, 9]);
        for cut in 0..whole.len() {
            let mut copied = Copied::default();
            copied.take_in(&whole[..cut]).unwrap();
            let mut found = positions(&copied);
            copied.clear();
            copied.take_in(&whole[cut..]).unwrap();
            found.extend(positions(&copied));
            copied.end().unwrap();
            assert_eq!(found, [7, 8, 9], "{cut}");
        }
    }

    #[test]
    fn one_copy_follows_another() {
        let mut copied = Copied::default();
        for positions in [&[7, 8][..], &[], &[9]] {
            copied.take_in(&sent(positions)).unwrap();
            copied.end().unwrap();
        }
        assert_eq!(positions(&copied), [7, 8, 9]);
    }

    #[test]
    fn other_columns_than_were_asked_for_are_refused() {
        let mut other = sent(&[7]);
        other[HEADER + 1] = 12;
        assert!(Copied::default().take_in(&other).is_err());
        let mut short = sent(&[7]);
        short[HEADER + 5] = 4;
        assert!(Copied::default().take_in(&short).is_err());
    }
}
