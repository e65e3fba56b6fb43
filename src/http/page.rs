//! The web page and the GraphQL explorer, from within the binary.

use super::viewer;
use crate::parts::Parts;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tributary_web::Asset;

const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The page, which shows what its URL names. Who has no viewer token yet gets one, so that all tabs
/// of a browser are one viewer.
pub async fn index(State(parts): State<Parts>, headers: HeaderMap) -> Response {
    let mut response = serve(tributary_web::index(), &headers);
    if viewer::from_cookie(&parts, &headers).is_none()
        && let Ok(cookie) = HeaderValue::from_str(&viewer::new_cookie(&parts))
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The GraphQL explorer.
pub async fn graphiql(headers: HeaderMap) -> Response {
    serve(tributary_web::graphiql(), &headers)
}

/// A file of the page.
pub async fn asset(Path(file): Path<String>, headers: HeaderMap) -> Response {
    match tributary_web::asset(&format!("/assets/{file}")) {
        Some(asset) => serve(asset, &headers),
        None => (StatusCode::NOT_FOUND, "there is no such file\n").into_response(),
    }
}

/// Says what is here.
pub async fn not_found(uri: Uri) -> Response {
    let text = format!(
        "there is nothing at {}\n\n\
         /                     who is live, and the player\n\
         /finance              the books, for the role finance\n\
         /graphql              the API (POST); /graphiql to explore it\n\
         /live/<channel>.flv   video\n\
         /live/<channel>/master.m3u8   the same as HLS\n\
         /recordings/<id>/master.m3u8  a recording\n\
         /health/live, /health/ready, /metrics\n",
        uri.path()
    );
    (StatusCode::NOT_FOUND, text).into_response()
}

fn serve(asset: &'static Asset, request: &HeaderMap) -> Response {
    let cached = if asset.immutable {
        IMMUTABLE
    } else {
        "no-cache"
    };
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::ETAG, asset.etag),
        (header::CACHE_CONTROL, cached),
        (
            header::CONTENT_SECURITY_POLICY,
            tributary_web::CONTENT_SECURITY_POLICY,
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    let known = request
        .get(header::IF_NONE_MATCH)
        .is_some_and(|tag| tag == asset.etag);
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, asset.bytes).into_response()
}
