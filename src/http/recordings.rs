//! Recordings over HTTP: `/recordings/<id>/master.m3u8`, the playlist that it names, and the files that
//! this names pieces of.
//!
//! Whoever may watch the stream may watch its recording: for a private one that takes a ticket, which goes
//! on from the address of one playlist into all that stand in it.

use super::file::{self, Piece};
use super::refusal::{Refusal, TRY_AGAIN};
use super::videos::{Asked, Videos, is_token};
use crate::admission::admit;
use crate::recordings::bucket::{Bucket, Place};
use axum::BoxError;
use axum::extract::{Path, Query, State};
use axum::http::{Extensions, HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use tributary_domain::RecordingId;
use tributary_domain::stream::Visibility;
use tributary_media::recording::Contents;
use tributary_projections::{QueryError, Recording, Stream};

const PLAYLIST: &str = "application/vnd.apple.mpegurl";

/// How long whoever keeps copies may keep what is complete, in seconds.
const SECONDS: u32 = 3_600;

/// A file of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum File {
    Master,
    Index,
    Part(usize),
    Flv,
}

impl File {
    fn read(name: &str) -> Option<Self> {
        match name {
            "master.m3u8" => Some(Self::Master),
            "index.m3u8" => Some(Self::Index),
            "video.flv" => Some(Self::Flv),
            _ => {
                let digits = name.strip_prefix("part-")?.strip_suffix(".mp4")?;
                let number: usize = digits.parse().ok()?;
                (number.to_string() == digits).then_some(Self::Part(number))
            }
        }
    }
}

/// Where a recording is read from.
enum Source {
    Folder(Place, PathBuf, Contents),
    Bucket(Place, Arc<Contents>),
}

impl Source {
    fn contents(&self) -> &Contents {
        match self {
            Self::Folder(_, _, contents) => contents,
            Self::Bucket(_, contents) => contents,
        }
    }
}

/// After how many seconds what is not in the bucket yet, or a bucket that does not answer, is worth another try.
const AGAIN_AFTER_SECONDS: u32 = 5;

async fn in_bucket(bucket: &Bucket, place: Place) -> Result<Source, Refusal> {
    let contents = bucket.contents(place).await;
    let contents = contents.map_err(|error| unreadable(&error))?;
    Ok(Source::Bucket(place, contents))
}

/// What is complete and not in the bucket is on its way there, from the node that recorded it.
fn unreadable(error: &object_store::Error) -> Refusal {
    if !matches!(error, object_store::Error::NotFound { .. }) {
        tracing::warn!(%error, "a recording cannot be read from its bucket");
    }
    TRY_AGAIN.again_after(AGAIN_AFTER_SECONDS)
}

/// Says what an answer holds, and how long it may be kept.
fn said(mut response: Response, kind: &'static str, cached: &str) -> Response {
    let said = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, cached),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in said {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

const NOT_THERE: Refusal = Refusal::new(StatusCode::NOT_FOUND, "there is no such recording");

impl Videos {
    async fn recorded(
        &self,
        (id, name): (&str, &str),
        asked: Asked,
        method: &Method,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Response, Refusal> {
        let file = File::read(name).ok_or(NOT_THERE)?;
        let id: RecordingId = id.parse().map_err(|_| NOT_THERE)?;
        let visitor = self.visitor(headers, extensions)?;
        // Pieces are asked for one after the other; a beginning is what is limited.
        if matches!(file, File::Master | File::Index) {
            self.spend(&visitor)?;
        }
        let (recording, stream) = self.found(id).await?;
        let ticket = asked.ticket.filter(|ticket| is_token(ticket));
        let (channel, account) = (recording.channel, visitor.account);
        admit(
            &self.parts,
            channel,
            Some(&stream),
            ticket.as_deref(),
            account,
        )?;
        let is_complete = recording.finished_at.is_some();
        let place = Place {
            channel,
            recording: id,
        };
        let source = self.source(place, is_complete).await?;
        let contents = source.contents();
        let is_public = stream.labels.visibility == Visibility::Public;
        let cached = match (is_public, is_complete) {
            (true, true) => format!("public, max-age={SECONDS}"),
            (true, false) => "public, max-age=1".to_owned(),
            (false, _) => "private, no-store".to_owned(),
        };
        let query = ticket.map_or_else(String::new, |ticket| format!("?ticket={ticket}"));
        let text = match file {
            File::Master => contents.master(&format!("index.m3u8{query}")),
            File::Index if contents.entries.is_empty() => None,
            File::Index => Some(contents.playlist(&query, is_complete)),
            File::Part(number) => {
                let (_, bytes) = contents.part(number).ok_or(NOT_THERE)?;
                let piece = Piece::asked_for(headers, bytes)?;
                let served = self.served(&source, name, piece, method).await?;
                return Ok(said(served, "video/mp4", &cached));
            }
            File::Flv => {
                let (_, bytes) = contents.flv().ok_or(NOT_THERE)?;
                let piece = Piece::asked_for(headers, bytes)?;
                let served = self.served(&source, name, piece, method).await?;
                return Ok(said(served, "video/x-flv", &cached));
            }
        };
        let kind = [
            (header::CONTENT_TYPE, PLAYLIST),
            (header::CACHE_CONTROL, &cached),
        ];
        Ok((kind, text.ok_or(NOT_THERE)?).into_response())
    }

    /// Where a recording is read from: this disk, or the bucket once it is there.
    async fn source(&self, place: Place, is_complete: bool) -> Result<Source, Refusal> {
        let all = &self.parts.recordings;
        let folder = all.folders().of(place.channel, place.recording);
        let at = folder.clone();
        let contents = tokio::task::spawn_blocking(move || Contents::read(&at)).await;
        match contents.map_err(|_| TRY_AGAIN)? {
            Ok(contents) => Ok(Source::Folder(place, folder, contents)),
            Err(error) if error.is_not_there() => match all.bucket() {
                Some(bucket) if is_complete => in_bucket(bucket, place).await,
                _ => Err(NOT_THERE),
            },
            Err(error) => {
                tracing::error!(%error, "a recording cannot be played");
                Err(NOT_THERE)
            }
        }
    }

    /// A piece of a file of it. It may be moved while it is looked at.
    async fn served(
        &self,
        source: &Source,
        name: &str,
        piece: Piece,
        method: &Method,
    ) -> Result<Response, Refusal> {
        let bucket = self.parts.recordings.bucket();
        let place = match source {
            Source::Bucket(place, _) => *place,
            Source::Folder(place, folder, _) => {
                let path = folder.join(name);
                match file::serve(&path, piece, method).await {
                    Ok(response) => return Ok(response),
                    Err(error) if error.kind() == ErrorKind::NotFound && bucket.is_some() => *place,
                    Err(error) => {
                        tracing::error!(%error, file = %path.display(), "a recording cannot be read");
                        return Err(NOT_THERE);
                    }
                }
            }
        };
        let bucket = bucket.ok_or(NOT_THERE)?;
        if *method == Method::HEAD {
            return Ok(file::answer(
                piece,
                method,
                stream::empty::<Result<_, BoxError>>(),
            ));
        }
        let bytes = bucket.read(place, name, piece.range()).await;
        let bytes = bytes.map_err(|error| unreadable(&error))?;
        Ok(file::answer(piece, method, bytes))
    }

    /// A recording that is there, and its stream.
    async fn found(&self, id: RecordingId) -> Result<(Recording, Stream), Refusal> {
        let views = &self.parts.core.views;
        let found = async {
            let Some(recording) = views.recording(id).await? else {
                return Ok::<_, QueryError>(None);
            };
            let stream = views.stream(recording.stream).await?;
            Ok(stream.map(|stream| (recording, stream)))
        };
        match found.await {
            Ok(found) => found.ok_or(NOT_THERE),
            Err(error) => {
                tracing::error!(%error, "a recording could not be looked up");
                Err(TRY_AGAIN)
            }
        }
    }
}

/// Answers with a file of a recording, or a piece of it.
pub async fn play(
    State(videos): State<Videos>,
    Path((recording, file)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    method: Method,
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    let answer = videos.recorded((&recording, &file), asked, &method, &headers, &extensions);
    let answer = answer.await;
    videos.shown(&headers, answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_name() {
        for (name, file) in [
            ("master.m3u8", Some(File::Master)),
            ("index.m3u8", Some(File::Index)),
            ("part-12.mp4", Some(File::Part(12))),
            ("video.flv", Some(File::Flv)),
            ("part-012.mp4", None),
            ("part--1.mp4", None),
            ("index", None),
            ("../secret.key", None),
        ] {
            assert_eq!(File::read(name), file, "{name}");
        }
    }
}
