//! The web page of Tributary, embedded: who is live, the player with its chat, the studio, and GraphiQL.
//!
//! The page lives in `web/page` (TypeScript and React) and is bundled by `build.rs`. Without Node.js the
//! crate still builds: [`BUILT`] is false and both pages say what is missing. This crate knows no HTTP;
//! whoever serves an [`Asset`] sends its `content_type` and `etag`, [`CONTENT_SECURITY_POLICY`] with the
//! HTML, and `Cache-Control: public, max-age=31536000, immutable` where `immutable`, else `no-cache`.

/// One embedded file, ready to be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// Where it is served, with the leading slash: `/assets/page-4Z3K7Q2A.js`.
    pub path: &'static str,
    /// The value of `Content-Type`, with the charset where it is text.
    pub content_type: &'static str,
    /// The value of `ETag`, a strong one with its quotes.
    pub etag: &'static str,
    /// The name changes with the content, so that a cache may keep it for ever.
    pub immutable: bool,
    /// The content, not compressed.
    pub bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The value of `Content-Security-Policy` for both pages. Everything comes from the server itself; the
/// exceptions are:
///
/// - `media-src blob:`: Media Source Extensions hand the video element a `blob:` address.
/// - `connect-src ws: wss:`: not every browser counts a WebSocket to the same host as `'self'`.
/// - `style-src 'unsafe-inline'`: GraphiQL's editors and dialogs write `style` attributes and `<style>`
///   elements. The page itself needs it not, and scripts have no exception anywhere.
///
/// There is no worker: mpegts.js demultiplexes one live stream on the main thread without effort.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    script-src 'self'; \
    style-src 'self' 'unsafe-inline'; \
    img-src 'self'; \
    media-src 'self' blob:; \
    worker-src 'none'; \
    connect-src 'self' ws: wss:; \
    base-uri 'none'; \
    form-action 'none'; \
    frame-ancestors 'none'";

/// The file served at `path` (`/assets/…`); none for the addresses of the pages, see [`index`].
#[must_use]
pub fn asset(path: &str) -> Option<&'static Asset> {
    let index = ASSETS.binary_search_by(|asset| asset.path.cmp(path)).ok()?;
    Some(&ASSETS[index])
}

/// The page for `/`, `/c/<channel name>` and `/finance`: it reads the address itself.
#[must_use]
pub fn index() -> &'static Asset {
    asset("/index.html").expect("build.rs writes it, built or not")
}

/// The GraphQL explorer, for `/graphiql`.
#[must_use]
pub fn graphiql() -> &'static Asset {
    asset("/graphiql.html").expect("build.rs writes it, built or not")
}
