//! The live list: public streams that are live, or interrupted and expected back.

use super::{Page, QueryError, SEARCH_CHARACTERS_MAX, bounded, read_all, streams};
use crate::Views;
use crate::db::{DbError, Row, Value, values};
use crate::project::stream_row::Stream;
use crate::record::Record;
use std::fmt;
use std::str::FromStr;
use tributary_domain::{StreamId, Timestamp};
use uuid::Uuid;

/// The order of the live list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LiveSort {
    /// The most watched first.
    #[default]
    Viewers,
    /// The one that went live last first.
    Newest,
}

/// What the live list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveFilter {
    /// The streams of one category, in capitals or not.
    pub category: Option<String>,
    /// Those with this text in their title, a tag or the channel's name, in capitals or not. Every
    /// character means itself.
    pub search: Option<String>,
}

/// A stream of the live list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveStream {
    /// The stream.
    pub stream: Stream,
    /// How many watch.
    pub viewer_count: i64,
}

/// A place in the live list. Viewers come and go between pages: a stream that moved may be shown
/// twice or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveCursor {
    /// In the order of [`LiveSort::Viewers`].
    Viewers(i64, StreamId),
    /// In the order of [`LiveSort::Newest`].
    Newest(Timestamp, StreamId),
}

/// A text that is not a place in the live list, or not in this order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor of the live list")]
pub struct NotALiveCursor;

impl LiveStream {
    /// The stream's place in the list.
    pub fn cursor(&self, sort: LiveSort) -> LiveCursor {
        let stream = &self.stream;
        match sort {
            LiveSort::Viewers => LiveCursor::Viewers(self.viewer_count, stream.id),
            LiveSort::Newest => {
                LiveCursor::Newest(stream.started_at.unwrap_or(stream.created_at), stream.id)
            }
        }
    }
}

impl LiveCursor {
    /// The order that the cursor belongs to.
    pub fn sort(self) -> LiveSort {
        match self {
            Self::Viewers(..) => LiveSort::Viewers,
            Self::Newest(..) => LiveSort::Newest,
        }
    }
}

impl fmt::Display for LiveCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Viewers(count, stream) => write!(f, "viewers:{count}:{stream}"),
            Self::Newest(at, stream) => write!(f, "newest:{}:{stream}", at.timestamp_micros()),
        }
    }
}

impl FromStr for LiveCursor {
    type Err = NotALiveCursor;
    fn from_str(text: &str) -> Result<Self, NotALiveCursor> {
        let mut parts = text.splitn(3, ':');
        let mut next = || parts.next().ok_or(NotALiveCursor);
        let (sort, number, stream) = (next()?, next()?, next()?);
        let number: i64 = number.parse().map_err(|_| NotALiveCursor)?;
        let stream = StreamId(Uuid::parse_str(stream).map_err(|_| NotALiveCursor)?);
        match sort {
            "viewers" => Ok(Self::Viewers(number, stream)),
            "newest" => Timestamp::from_timestamp_micros(number)
                .map(|at| Self::Newest(at, stream))
                .ok_or(NotALiveCursor),
            _ => Err(NotALiveCursor),
        }
    }
}

fn live_stream(row: &Row) -> Result<LiveStream, DbError> {
    let mut columns = row.columns();
    Ok(LiveStream {
        stream: Stream::read(&mut columns)?,
        viewer_count: columns.take()?,
    })
}

/// A pattern for LIKE in which nothing of `text` is a wildcard.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars().take(SEARCH_CHARACTERS_MAX) {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

const WATCHED: &str = "COALESCE(v.viewer_count, 0)";
const BEGUN: &str = "COALESCE(s.started_at, s.created_at)";

impl Views {
    /// The public streams that are live or interrupted. A cursor of the other order is as none.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn live_streams(
        &self,
        filter: &LiveFilter,
        sort: LiveSort,
        first: usize,
        after: Option<LiveCursor>,
    ) -> Result<Page<LiveStream>, QueryError> {
        let (limit, rows) = bounded(first);
        let category = filter.category.as_deref().map(str::to_lowercase);
        let search = filter
            .search
            .as_deref()
            .map(|text| containing(&text.to_lowercase()));
        let by = match sort {
            LiveSort::Viewers => WATCHED,
            LiveSort::Newest => BEGUN,
        };
        // A NULL that is only ever compared with IS NULL has no type that PostgreSQL could infer
        // from its use; every value carries one.
        let mut values: Vec<Value> = values![category, search, rows];
        let place = match after.filter(|cursor| cursor.sort() == sort) {
            Some(LiveCursor::Viewers(count, stream)) => Some((Value::from(count), stream)),
            Some(LiveCursor::Newest(at, stream)) => Some((Value::from(at), stream)),
            None => None,
        };
        let beyond = if let Some((place, stream)) = place {
            values.extend([place, stream.into()]);
            format!("AND ({by}, s.id) < ($4, $5)")
        } else {
            String::new()
        };
        let sql = format!(
            "SELECT {columns}, {WATCHED} FROM streams s \
             LEFT JOIN stream_statistics v ON v.stream = s.id \
             LEFT JOIN accounts a ON a.id = s.channel \
             WHERE s.status IN ('live', 'interrupted') AND s.visibility = 'public' \
             AND ($1 IS NULL OR s.category_key = $1) \
             AND ($2 IS NULL OR s.search_text LIKE $2 ESCAPE '\\' \
                  OR a.normalised_name LIKE $2 ESCAPE '\\') \
             {beyond} ORDER BY {by} DESC, s.id DESC LIMIT $3",
            columns = streams::columns(),
        );
        let rows = self.serving().db.all(&sql, values).await?;
        Ok(Page::of(read_all(&rows, live_stream)?, limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back_as_they_are_written() {
        let stream = StreamId(Uuid::from_u128(7));
        let at = Timestamp::from_timestamp_micros(1_700_000_000_123_456).unwrap();
        for cursor in [
            LiveCursor::Viewers(12, stream),
            LiveCursor::Newest(at, stream),
        ] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for bad in [
            "",
            "viewers",
            "viewers:x:y",
            "oldest:1:00000000-0000-0000-0000-000000000007",
        ] {
            assert_eq!(bad.parse::<LiveCursor>(), Err(NotALiveCursor), "{bad:?}");
        }
    }

    #[test]
    fn nothing_in_a_search_is_a_wildcard() {
        assert_eq!(containing(r"100%_\o/"), r"%100\%\_\\o/%");
        assert_eq!(
            containing(&"x".repeat(500)).len(),
            SEARCH_CHARACTERS_MAX + 2
        );
    }
}
