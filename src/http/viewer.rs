//! Who watches: an account, or a random id in a signed cookie.

use crate::parts::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::net::IpAddr;
use tributary_domain::ViewerId;
use uuid::Uuid;

/// The cookie's name.
const COOKIE: &str = "tributary_viewer";

/// Separates these signatures from others under the same key.
const DOMAIN: &[u8] = b"tributary.viewer.v1";

/// Separates who was told apart by address from who has a token.
const ADDRESS_DOMAIN: &[u8] = b"address";

/// How long a browser keeps it, in seconds: 180 days.
const COOKIE_SECONDS: u32 = 180 * 24 * 60 * 60;

/// Bytes of the signature that are kept.
const SIGNATURE_BYTES: usize = 16;

/// The viewer that the request's cookie names, if its signature is good.
pub fn from_cookie(parts: &Parts, headers: &HeaderMap) -> Option<ViewerId> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let token = cookies
        .flat_map(|line| line.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    from_token(parts, token)
}

/// The viewer that a token names, if its signature is good.
pub fn from_token(parts: &Parts, token: &str) -> Option<ViewerId> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (id, signature) = bytes.split_at_checked(16)?;
    mac(parts, id)
        .verify_truncated_left(signature)
        .ok()
        .filter(|()| signature.len() == SIGNATURE_BYTES)?;
    Uuid::from_slice(id).ok().map(ViewerId::Anonymous)
}

/// A token for a viewer that was not here before.
pub fn new_token(parts: &Parts) -> String {
    let id = parts.core.env().uuid();
    let signature = mac(parts, id.as_bytes()).finalize().into_bytes();
    URL_SAFE_NO_PAD.encode([&id.as_bytes()[..], &signature[..SIGNATURE_BYTES]].concat())
}

/// A `Set-Cookie` value for a viewer that was not here before.
pub fn new_cookie(parts: &Parts) -> String {
    let token = new_token(parts);
    format!("{COOKIE}={token}; Max-Age={COOKIE_SECONDS}; Path=/; HttpOnly; SameSite=Lax")
}

/// A viewer that says nothing about itself: each connection is one.
pub fn stranger(parts: &Parts) -> ViewerId {
    ViewerId::Anonymous(parts.core.env().uuid())
}

/// A viewer that says nothing about itself and comes again and again: told apart by where it comes from and
/// what program it is. Nobody can be followed by that from one channel to another.
pub fn by_address(parts: &Parts, channel: &str, address: IpAddr, headers: &HeaderMap) -> ViewerId {
    let agent = headers.get(header::USER_AGENT).map(HeaderValue::as_bytes);
    let mut said = ADDRESS_DOMAIN.to_vec();
    let address = address.to_string();
    for part in [
        channel.as_bytes(),
        address.as_bytes(),
        agent.unwrap_or_default(),
    ] {
        // With lengths, so that no two lists of parts read the same.
        said.extend((part.len() as u64).to_be_bytes());
        said.extend(part);
    }
    let digest = mac(parts, &said).finalize().into_bytes();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    ViewerId::Anonymous(uuid::Builder::from_random_bytes(id).into_uuid())
}

fn mac(parts: &Parts, id: &[u8]) -> Hmac<Sha256> {
    let key = parts.core.keyring.token_key();
    let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(DOMAIN);
    mac.update(id);
    mac
}
