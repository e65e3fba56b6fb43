//! The opening handshake of WebSocket (RFC 6455, 4.2), the server's side.

use crate::messages::Sentence;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// What a client's key is hashed with, by the specification.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A request for a socket.
#[derive(Debug, PartialEq, Eq)]
pub struct Offer {
    /// The answer to the client's key.
    pub accept: String,
    subprotocols: Vec<String>,
}

impl Offer {
    /// Whether the client speaks a subprotocol.
    pub(super) fn speaks(&self, subprotocol: &str) -> bool {
        self.subprotocols
            .iter()
            .any(|offered| offered == subprotocol)
    }
}

/// Why a request is none for a socket.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// The answer's.
    pub status: StatusCode,
    /// What is said of it.
    pub why: Sentence,
}

/// Reads a request for a socket.
///
/// # Errors
/// When it is not one, or of a version that nobody speaks any more.
pub fn read(method: &Method, headers: &HeaderMap) -> Result<Offer, Refused> {
    let refused = |status, why| Err(Refused { status, why });
    if method != Method::GET
        || !lists(headers, &header::CONNECTION, "upgrade")
        || !lists(headers, &header::UPGRADE, "websocket")
    {
        return refused(StatusCode::UPGRADE_REQUIRED, Sentence::NoSocket);
    }
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(&header::SEC_WEBSOCKET_VERSION) != Some("13") {
        return refused(StatusCode::UPGRADE_REQUIRED, Sentence::SocketVersion);
    }
    let key = text(&header::SEC_WEBSOCKET_KEY).unwrap_or_default().trim();
    if STANDARD.decode(key).map_or(0, |key| key.len()) != 16 {
        return refused(StatusCode::BAD_REQUEST, Sentence::SocketKey);
    }
    let subprotocols = values(headers, &header::SEC_WEBSOCKET_PROTOCOL);
    Ok(Offer {
        accept: accept(key),
        subprotocols: subprotocols.map(str::to_owned).collect(),
    })
}

/// Whether a client wants to speak WebSocket from here on.
pub fn is_asked_for(headers: &HeaderMap) -> bool {
    lists(headers, &header::UPGRADE, "websocket")
}

fn accept(key: &str) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    STANDARD.encode(digest)
}

fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lists = headers.get_all(name).into_iter();
    let lists = lists.filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim)
}

fn lists(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    values(headers, name).any(|value| value.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(changed: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let good = [
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "WebSocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-protocol", "graphql-ws, graphql-transport-ws"),
        ];
        for (name, value) in good.iter().chain(changed) {
            headers.insert(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_example_of_the_specification_is_accepted() {
        let offer = read(&Method::GET, &headers(&[])).unwrap();
        assert_eq!(offer.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert!(offer.speaks("graphql-transport-ws"));
        assert!(!offer.speaks("graphql"));
    }

    #[test]
    fn what_is_no_request_for_a_socket_is_told_so() {
        let status = |method, changed| read(&method, &headers(changed)).unwrap_err().status;
        let upgrade = StatusCode::UPGRADE_REQUIRED;
        assert_eq!(status(Method::POST, &[]), upgrade);
        assert_eq!(status(Method::GET, &[("connection", "close")]), upgrade);
        assert_eq!(status(Method::GET, &[("upgrade", "h2c")]), upgrade);
        assert_eq!(
            status(Method::GET, &[("sec-websocket-version", "8")]),
            upgrade
        );
        for key in ["", "dGhl", "no base64!"] {
            let changed = [("sec-websocket-key", key)];
            assert_eq!(
                read(&Method::GET, &headers(&changed)).unwrap_err().status,
                StatusCode::BAD_REQUEST,
                "{key}"
            );
        }
    }
}
