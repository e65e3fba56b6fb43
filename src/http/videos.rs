//! What all ways to play video over HTTP have in common: who asks, how often they may, and for what.

use super::known::{Known, Lately};
use super::refusal::{NOT_LIVE, Refusal, TRY_AGAIN};
use crate::admission;
use crate::parts::Parts;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tributary_domain::ChannelId;
use tributary_domain::text::AccountName;
use tributary_graphql::rate::Deed;
use tributary_graphql::{Api, Origins, Visitor};

/// The methods of a video, and what a page of another origin may send along.
const METHODS: &str = "GET, HEAD, OPTIONS";
const REQUEST_HEADERS: &str = "authorization, range";

/// The longest ticket or token that is passed on; real ones have 75 and 43 characters.
const TOKEN_CHARACTERS_MAX: usize = 100;

/// What plays videos.
#[derive(Clone)]
pub struct Videos {
    /// The server's parts.
    pub parts: Parts,
    /// Knows who asks, and how often they may.
    pub api: Api,
    lately: Lately,
}

impl Videos {
    /// Nothing is known yet.
    pub fn new(parts: Parts, api: Api) -> Self {
        let lately = Lately::default();
        Self { parts, api, lately }
    }

    /// Whose pages may play.
    pub fn origins(&self) -> &Origins {
        &self.parts.core.settings.access.video_origins
    }

    /// Lets pages of other origins see an answer.
    pub fn shown(&self, request: &HeaderMap, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        self.origins().allow(request, response.headers_mut());
        response
    }

    /// Who asks.
    pub fn visitor(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Visitor, Refusal> {
        let visitor = self.api.visitor(headers, extensions);
        visitor.map_err(|fault| Refusal::of(StatusCode::UNAUTHORIZED, &fault))
    }

    /// Spends one of a visitor's requests for video.
    pub fn spend(&self, visitor: &Visitor) -> Result<(), Refusal> {
        let spent = self.api.rates().spend(Deed::Video, visitor.who, 1);
        spent.map_err(|fault| Refusal::of(StatusCode::TOO_MANY_REQUESTS, &fault))
    }

    /// Answers a browser that asks before it plays from another origin.
    pub fn preflight(&self, request: &HeaderMap) -> Response {
        self.origins().preflight(request, METHODS, REQUEST_HEADERS)
    }

    /// The channel of a name whose video is there, and its stream, from what was known a second ago at most.
    pub async fn known(
        &self,
        name: &str,
        is_there: impl FnOnce(&str) -> bool,
    ) -> Result<Known, Refusal> {
        let parts = &self.parts;
        if let Some(known) = self.lately.of(name, parts) {
            let is_there = is_there(&Parts::broadcast(known.channel));
            return is_there.then_some(known).ok_or(NOT_LIVE);
        }
        let channel = self.channel(name).await?;
        let key = Parts::broadcast(channel);
        if !is_there(&key) {
            return Err(NOT_LIVE);
        }
        let standing = (parts.hub.public_mark(), parts.hub.number(&key));
        let stream = admission::current_stream(parts, channel).await;
        let known = Known::new(channel, stream.ok_or(TRY_AGAIN)?, standing);
        self.lately.keep(name, known.clone());
        Ok(known)
    }

    /// The channel of this name.
    async fn channel(&self, name: &str) -> Result<ChannelId, Refusal> {
        let nobody = || Refusal::new(StatusCode::NOT_FOUND, "there is no such channel");
        // Not every text may be asked of a database: PostgreSQL takes no NUL.
        AccountName::new(name).map_err(|_| nobody())?;
        match self.parts.core.views.channel_named(name).await {
            Ok(channel) => channel.map(|channel| channel.id).ok_or_else(nobody),
            Err(error) => {
                tracing::error!(%error, "a channel could not be looked up");
                Err(TRY_AGAIN)
            }
        }
    }
}

/// What may stand behind the `?` of a video's address.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    /// Leave to watch a private stream.
    pub ticket: Option<String>,
    /// Who a guest is, from one request to the next.
    pub viewer: Option<String>,
}

/// Answers a browser that asks before it plays from another origin.
pub async fn preflight(State(videos): State<Videos>, headers: HeaderMap) -> Response {
    videos.preflight(&headers)
}

/// Whether a text is made as tickets and tokens are: such a one may stand in a playlist.
pub fn is_token(text: &str) -> bool {
    let is_of_it = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() <= TOKEN_CHARACTERS_MAX && text.bytes().all(is_of_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_playlist_breaks_no_line() {
        assert!(is_token("aZ09-_"));
        for text in [
            "a\nb",
            "a b",
            "a\"",
            "a,b",
            "a&b",
            &"a".repeat(TOKEN_CHARACTERS_MAX + 1),
        ] {
            assert!(!is_token(text), "{text:?}");
        }
    }
}
