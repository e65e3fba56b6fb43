//! Video as HLS: `/live/<channel>/master.m3u8`, the playlist that it names, and what that names.
//!
//! Each request stands for itself, so whoever may watch is found out each time, from what was known a
//! second ago at most. What a player was let in with (a ticket), and who a guest is, goes on from the
//! address of one playlist into all that stand in it.

use super::known::Known;
use super::refusal::{NOT_LIVE, Refusal, TRY_AGAIN};
use super::videos::{Asked, Videos, is_token};
use super::viewer;
use crate::admission::admit;
use crate::attendance::Attendance;
use crate::parts::Parts;
use axum::extract::{Path, Query, State};
use axum::http::{Extensions, HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tributary_domain::ViewerId;
use tributary_domain::stream::Visibility;
use tributary_graphql::Visitor;
use tributary_graphql::rate::Who;
use tributary_media::hls::{Hls, Show};

/// How long the first one who asks waits for the first segment, which ends at the second key frame.
const FIRST_SEGMENT: Duration = Duration::from_secs(12);

/// When to ask again where it took longer, in seconds.
const ASK_AGAIN_S: u32 = 2;

const PLAYLIST: &str = "application/vnd.apple.mpegurl";
const SEGMENT: &str = "video/mp4";

/// How long whoever keeps copies may keep a segment, which never changes, in seconds.
const SEGMENT_SECONDS: u32 = 3_600;

/// What plays videos as segments.
#[derive(Clone)]
pub struct Segments {
    /// What all videos have in common.
    pub videos: Videos,
    /// Broadcasts as segments.
    pub hls: Arc<Hls>,
    /// Who takes them.
    pub attendance: Attendance,
}

/// A file of a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum File {
    Master,
    Index,
    Init(u64),
    Segment(u64),
}

impl File {
    fn read(name: &str) -> Option<Self> {
        let numbered = |before: &str, behind: &str| {
            let digits = name.strip_prefix(before)?.strip_suffix(behind)?;
            // One name for each number: no signs, no zeros in front.
            let number: u64 = digits.parse().ok()?;
            (number.to_string() == digits).then_some(number)
        };
        match name {
            "master.m3u8" => Some(Self::Master),
            "index.m3u8" => Some(Self::Index),
            _ => numbered("init-", ".mp4")
                .map(Self::Init)
                .or_else(|| numbered("seg-", ".m4s").map(Self::Segment)),
        }
    }
}

/// A player, and what was asked along.
struct Player {
    visitor: Visitor,
    viewer: ViewerId,
    ticket: Option<String>,
    token: Option<String>,
}

impl Player {
    /// Whether only its address tells who it is.
    fn is_unnamed(&self, parts: &Parts, headers: &HeaderMap) -> bool {
        let is_guest = matches!(self.viewer, ViewerId::Anonymous(_));
        is_guest && self.token.is_none() && viewer::from_cookie(parts, headers).is_none()
    }

    /// What stands behind each address of a playlist.
    fn query(&self) -> String {
        let parts = [("ticket", &self.ticket), ("viewer", &self.token)];
        let parts: Vec<_> = parts
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?)))
            .collect();
        if parts.is_empty() {
            return String::new();
        }
        format!("?{}", parts.join("&"))
    }
}

impl Segments {
    /// Nothing is known yet.
    pub fn new(videos: Videos, hls: Arc<Hls>, attendance: Attendance) -> Self {
        Self {
            videos,
            hls,
            attendance,
        }
    }

    async fn answer(
        &self,
        (name, file): (&str, &str),
        asked: Asked,
        method: &Method,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Response, Refusal> {
        let nothing = || Refusal::new(StatusCode::NOT_FOUND, "there is no such file");
        let file = File::read(file).ok_or_else(nothing)?;
        let visitor = self.videos.visitor(headers, extensions)?;
        let mut player = self.player(name, asked, visitor, headers);
        let is_here = self.attendance.is_here(name, player.viewer);
        // Whoever watches comes again and again: it is the beginning that is limited.
        if !is_here {
            self.videos.spend(&player.visitor)?;
        }
        let Known {
            channel, stream, ..
        } = self.known(name).await?;
        let stream = stream.as_deref();
        let parts = &self.videos.parts;
        let (ticket, account) = (player.ticket.as_deref(), player.visitor.account);
        let ticket = admit(parts, channel, stream, ticket, account)?.ticket;
        if stream.is_none() && !is_here && ticket.is_none() {
            // What is left of a stream that is over is for those who watched it: who else may have it,
            // nobody says any more.
            return Err(NOT_LIVE);
        }
        // A master playlist names a guest: kept for others, it would make one viewer of them all.
        let is_public = file != File::Master
            && stream.is_some_and(|stream| stream.labels.visibility == Visibility::Public);
        let key = Parts::broadcast(channel);
        let (kind, seconds, body) = match file {
            File::Master => {
                if player.is_unnamed(parts, headers) {
                    player.token = Some(viewer::new_token(parts));
                }
                let address = format!("index.m3u8{}", player.query());
                let master = self.show(&key).await?.master(&address);
                (PLAYLIST, 1, master.ok_or_else(nothing)?.into())
            }
            File::Index => {
                let playlist = self.show(&key).await?.playlist(&player.query());
                (PLAYLIST, 1, playlist.into())
            }
            File::Init(number) => {
                let init = self.hls.find(&key).and_then(|show| show.init(number));
                (SEGMENT, SEGMENT_SECONDS, init.ok_or_else(nothing)?)
            }
            File::Segment(number) => {
                let segment = self.hls.find(&key).and_then(|show| show.segment(number));
                let segment = segment.ok_or_else(nothing)?;
                if let (&Method::GET, Some(stream)) = (method, stream) {
                    let account = ticket.and_then(|ticket| ticket.account);
                    let viewer = account.map_or(player.viewer, ViewerId::Account);
                    let arrive = || parts.presence.arrive(stream.id, channel, viewer);
                    self.attendance
                        .takes(name, player.viewer, stream.id, arrive);
                }
                (SEGMENT, SEGMENT_SECONDS, segment)
            }
        };
        if *method == Method::GET {
            parts.hub.played(&key, body.len());
        }
        Ok(response(kind, seconds, is_public, body))
    }

    /// Who plays: whoever is signed in; a guest by the token of its address or its cookie; and who has
    /// none by where it comes from.
    fn player(&self, name: &str, asked: Asked, visitor: Visitor, headers: &HeaderMap) -> Player {
        let parts = &self.videos.parts;
        let named = asked.viewer.as_deref();
        let named = named.and_then(|token| viewer::from_token(parts, token));
        let viewer = match visitor.who {
            Who::Account(account) => ViewerId::Account(account),
            Who::Address(address) => named
                .or_else(|| viewer::from_cookie(parts, headers))
                .unwrap_or_else(|| viewer::by_address(parts, name, address, headers)),
        };
        Player {
            visitor,
            viewer,
            // It comes back in a playlist: as it is, or not at all.
            ticket: asked.ticket.filter(|ticket| is_token(ticket)),
            token: asked.viewer.filter(|_| named.is_some()),
        }
    }

    /// A channel that is live, or of which there is something left.
    async fn known(&self, name: &str) -> Result<Known, Refusal> {
        let is_there = |key: &str| self.videos.parts.hub.contains(key) || self.hls.contains(key);
        self.videos.known(name, is_there).await
    }

    /// A broadcast with a segment at least.
    async fn show(&self, key: &str) -> Result<Arc<Show>, Refusal> {
        let now = self.videos.parts.core.env().now();
        let first = u64::try_from(now.timestamp()).unwrap_or_default();
        let show = self.hls.open(key, first).ok_or(NOT_LIVE)?;
        if show.ready(FIRST_SEGMENT).await {
            return Ok(show);
        }
        Err(TRY_AGAIN.again_after(ASK_AGAIN_S))
    }
}

fn response(kind: &'static str, seconds: u32, is_public: bool, body: Bytes) -> Response {
    let cached = if is_public {
        format!("public, max-age={seconds}")
    } else {
        "private, no-store".to_owned()
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, &cached),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, body).into_response()
}

/// Answers with a playlist or a segment of a channel's broadcast.
pub async fn play(
    State(segments): State<Segments>,
    Path((channel, file)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    method: Method,
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    let answer = segments.answer((&channel, &file), asked, &method, &headers, &extensions);
    let answer = answer.await;
    segments.videos.shown(&headers, answer)
}

/// Answers a browser that asks before it plays from another origin.
pub async fn preflight(State(segments): State<Segments>, headers: HeaderMap) -> Response {
    segments.videos.preflight(&headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_name() {
        for (name, file) in [
            ("master.m3u8", Some(File::Master)),
            ("index.m3u8", Some(File::Index)),
            ("init-7.mp4", Some(File::Init(7))),
            ("seg-1790000000.m4s", Some(File::Segment(1_790_000_000))),
            ("seg-07.m4s", None),
            ("seg-+7.m4s", None),
            ("seg-.m4s", None),
            ("seg-99999999999999999999999.m4s", None),
            ("other.m3u8", None),
        ] {
            assert_eq!(File::read(name), file, "{name}");
        }
    }
}
