//! A piece of a file, as a request asks for it.

use super::refusal::Refusal;
use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::stream::{self, Stream};
use std::io;
use std::ops::Range;
use std::path::Path;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

/// How much is read at once, in bytes.
const READ_BYTES: u64 = 128 * 1_024;

/// What of a file is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The first byte, and the one behind the last.
    from: u64,
    to: u64,
    /// Of the whole file.
    all: u64,
    /// It was asked for as a piece.
    is_range: bool,
}

impl Piece {
    /// What a request wants of a file of so many bytes. Of several ranges none is honoured: all of it is
    /// an answer, too.
    ///
    /// # Errors
    /// 416 where nothing of it is there.
    pub fn asked_for(request: &HeaderMap, all: u64) -> Result<Self, Refusal> {
        let whole = Self {
            from: 0,
            to: all,
            all,
            is_range: false,
        };
        let range = request
            .get(header::RANGE)
            .and_then(|range| range.to_str().ok());
        let Some((from, to)) =
            range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
        else {
            return Ok(whole);
        };
        let number = |text: &str| text.trim().parse::<u64>();
        let (from, to) = match (number(from), number(to)) {
            (Ok(from), Ok(last)) if last >= from => (from, last.saturating_add(1).min(all)),
            (Ok(from), Err(_)) if to.trim().is_empty() => (from, all),
            // The last so many bytes.
            (Err(_), Ok(count)) if from.trim().is_empty() && count > 0 => {
                (all.saturating_sub(count), all)
            }
            _ => return Ok(whole),
        };
        if from >= all {
            let why = format!("there are {all} bytes of it");
            return Err(Refusal::saying(StatusCode::RANGE_NOT_SATISFIABLE, why));
        }
        Ok(Self {
            from,
            to,
            all,
            is_range: true,
        })
    }

    /// Its bytes in the file.
    pub const fn range(&self) -> Range<u64> {
        self.from..self.to
    }
}

/// Answers with a piece of a file, which is read as it is taken.
///
/// # Errors
/// When it cannot be read.
pub async fn serve(path: &Path, piece: Piece, method: &Method) -> io::Result<Response> {
    let mut file = File::open(path).await?;
    file.seek(io::SeekFrom::Start(piece.from)).await?;
    let length = piece.to - piece.from;
    let bytes = stream::try_unfold((file, length), read_on);
    Ok(answer(piece, method, bytes))
}

/// Answers with a piece whose bytes come from elsewhere.
pub fn answer<E>(
    piece: Piece,
    method: &Method,
    bytes: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
) -> Response
where
    E: Into<axum::BoxError> + 'static,
{
    let body = if *method == Method::HEAD {
        Body::empty()
    } else {
        Body::from_stream(bytes)
    };
    let mut headers = vec![
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_LENGTH, (piece.to - piece.from).to_string()),
    ];
    if !piece.is_range {
        return (axum::response::AppendHeaders(headers), body).into_response();
    }
    let Piece { from, to, all, .. } = piece;
    headers.push((
        header::CONTENT_RANGE,
        format!("bytes {from}-{}/{all}", to - 1),
    ));
    let headers = axum::response::AppendHeaders(headers);
    (StatusCode::PARTIAL_CONTENT, headers, body).into_response()
}

async fn read_on((mut file, left): (File, u64)) -> io::Result<Option<(Bytes, (File, u64))>> {
    if left == 0 {
        return Ok(None);
    }
    let wanted = left.min(READ_BYTES);
    let mut bytes = vec![0; usize::try_from(wanted).unwrap_or_default()];
    file.read_exact(&mut bytes).await?;
    Ok(Some((bytes.into(), (file, left - wanted))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(range: &str, all: u64) -> Option<(u64, u64, bool)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        let piece = Piece::asked_for(&headers, all).ok()?;
        Some((piece.from, piece.to, piece.is_range))
    }

    #[test]
    fn a_range_is_a_piece_and_what_is_none_is_all_of_it() {
        for (range, expected) in [
            ("bytes=0-99", Some((0, 100, true))),
            ("bytes=100-", Some((100, 1_000, true))),
            ("bytes=-100", Some((900, 1_000, true))),
            ("bytes=-5000", Some((0, 1_000, true))),
            ("bytes=900-5000", Some((900, 1_000, true))),
            ("bytes=999-999", Some((999, 1_000, true))),
            ("bytes=1000-", None),
            ("bytes=5-4", Some((0, 1_000, false))),
            ("bytes=0-1,5-6", Some((0, 1_000, false))),
            ("bytes=-0", Some((0, 1_000, false))),
            ("bytes=a-b", Some((0, 1_000, false))),
            ("pages=1-2", Some((0, 1_000, false))),
        ] {
            assert_eq!(piece(range, 1_000), expected, "{range}");
        }
        assert_eq!(piece("bytes=0-", 0), None);
    }
}
