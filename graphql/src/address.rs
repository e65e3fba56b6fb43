//! Where a request comes from: the address of the connection, or, behind proxies that are trusted, the
//! one that these say.

use axum::http::HeaderMap;
use axum::http::header::{FORWARDED, HeaderName};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// The address at the other end of a connection. Whoever serves the router puts it into each request's
/// extensions; without it, a request comes from nowhere in particular, like every other such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The most addresses that are looked at: no chain of proxies is longer.
const HOPS_MAX: usize = 32;

/// What counts as one place: whoever has one address of an IPv6 /64 has all of them.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// A range of addresses, such as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                u32::from(network) & mask == u32::from(address) & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.bits))
                    .unwrap_or(0);
                u128::from(network) & mask == u128::from(address) & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().map_err(|_| ())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits }).ok_or(())
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// Proxies that may say where a request comes from. Nobody else is believed: whoever connects can write
/// any header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Where a request comes from: the last address in the chain of proxies that is not a trusted one.
    /// Entries before it were written by whoever was there, and may be invented.
    pub fn client(&self, peer: Option<Peer>, headers: &HeaderMap) -> IpAddr {
        let Some(Peer(peer)) = peer else {
            return Ipv6Addr::UNSPECIFIED.into();
        };
        let mut nearest = peer.to_canonical();
        if !self.trusts(nearest) {
            return nearest;
        }
        for address in hops(headers) {
            // What a trusted proxy wrote and is no address (`unknown`, a name) says that it does not know
            // either: the proxy stands for whoever is behind it.
            let Some(address) = address else {
                return nearest;
            };
            nearest = address.to_canonical();
            if !self.trusts(nearest) {
                return nearest;
            }
        }
        nearest
    }

    /// Whether a request says that it came through a proxy which is not believed.
    pub fn ignores(&self, peer: Option<Peer>, headers: &HeaderMap) -> bool {
        let is_forwarded = headers.contains_key(FORWARDED) || headers.contains_key(X_FORWARDED_FOR);
        is_forwarded && peer.is_some_and(|Peer(peer)| !self.trusts(peer))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// The addresses that proxies wrote, the nearest first. `Forwarded` counts where it is there, else
/// `X-Forwarded-For`.
fn hops(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> + '_ {
    let standard = headers.contains_key(FORWARDED);
    let name = if standard { FORWARDED } else { X_FORWARDED_FOR };
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    let entries = lines.into_iter().rev().flat_map(|line| {
        let line = line.to_str().unwrap_or_default();
        line.rsplit(',')
    });
    let addresses = entries.map(move |entry| {
        let node = if standard {
            entry.split(';').find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                name.trim()
                    .eq_ignore_ascii_case("for")
                    .then(|| value.trim())
            })?
        } else {
            entry.trim()
        };
        address_of(node.trim_matches('"'))
    });
    addresses.take(HOPS_MAX)
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn address_of(node: &str) -> Option<IpAddr> {
    if let Some(rest) = node.strip_prefix('[') {
        return rest.split_once(']')?.0.parse().ok();
    }
    if let Ok(address) = node.parse() {
        return Some(address);
    }
    node.split_once(':')?.0.parse().ok()
}

/// A list of proxies that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address and no network such as 10.0.0.0/8 or 2001:db8::/32")]
pub struct NotANetwork(String);

impl FromStr for TrustedProxies {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let networks = parts.map(|part| part.parse().map_err(|()| NotANetwork(part.to_owned())));
        networks.collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&networks.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &str, peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        let trusted: TrustedProxies = trusted.parse().unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let peer = Peer(peer.parse().unwrap());
        trusted.client(Some(peer), &map).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let forged = [("x-forwarded-for", "192.0.2.9")];
        assert_eq!(client("", "192.0.2.1", &forged), "192.0.2.1");
        assert_eq!(client("10.0.0.0/8", "192.0.2.1", &forged), "192.0.2.1");
        assert_eq!(client("10.0.0.0/8", "10.1.2.3", &forged), "192.0.2.9");
        assert_eq!(
            client("10.0.0.0/8", "::ffff:10.1.2.3", &forged),
            "192.0.2.9"
        );
        assert_eq!(client("10.0.0.0/8", "10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn the_last_address_that_is_not_trusted_wins() {
        for (headers, from) in [
            (
                &[("x-forwarded-for", "198.51.100.1, 192.0.2.9, 10.0.0.7")][..],
                "192.0.2.9",
            ),
            (
                &[
                    ("x-forwarded-for", "198.51.100.1"),
                    ("x-forwarded-for", "192.0.2.9"),
                ],
                "192.0.2.9",
            ),
            (&[("x-forwarded-for", "10.0.0.1, 10.0.0.2")], "10.0.0.1"),
            (&[("x-forwarded-for", "192.0.2.9:4711")], "192.0.2.9"),
            (&[("x-forwarded-for", "192.0.2.9, unknown")], "10.1.1.1"),
            (
                &[("x-forwarded-for", "192.0.2.9, unknown, 10.0.0.7")],
                "10.0.0.7",
            ),
            (
                &[("forwarded", "for=198.51.100.1, for=192.0.2.9;proto=https")],
                "192.0.2.9",
            ),
            (
                &[("forwarded", "proto=http;For=\"[2001:db8::1]:4711\"")],
                "2001:db8::1",
            ),
            (&[("forwarded", "for=_hidden")], "10.1.1.1"),
            (
                &[
                    ("forwarded", "for=192.0.2.9"),
                    ("x-forwarded-for", "192.0.2.8"),
                ],
                "192.0.2.9",
            ),
        ] {
            assert_eq!(
                client("10.0.0.0/8", "10.1.1.1", headers),
                from,
                "{headers:?}"
            );
        }
    }

    #[test]
    fn networks_are_read_and_shown() {
        let read = |text: &str| text.parse::<TrustedProxies>().map(|all| all.to_string());
        assert_eq!(
            read(" 10.0.0.0/8, ::1 ,192.0.2.1,, 2001:db8::/32").unwrap(),
            "10.0.0.0/8, ::1/128, 192.0.2.1/32, 2001:db8::/32"
        );
        for wrong in [
            "10.0.0.0/33",
            "::/129",
            "localhost",
            "10.0.0/8",
            "10.0.0.0/x",
        ] {
            assert!(read(wrong).unwrap_err().to_string().contains(wrong));
        }
        assert_eq!(
            client(
                "0.0.0.0/0",
                "192.0.2.1",
                &[("x-forwarded-for", "192.0.2.2")]
            ),
            "192.0.2.2"
        );
        assert_eq!(
            client("::/0", "192.0.2.1", &[("x-forwarded-for", "192.0.2.2")]),
            "192.0.2.1"
        );
        assert_eq!(
            client(
                "2001:db8::/33",
                "2001:db8:8000::1",
                &[("x-forwarded-for", "::2")]
            ),
            "2001:db8:8000::1"
        );
    }

    #[test]
    fn a_place_is_an_address_or_a_64() {
        let place = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(place("192.0.2.1"), "192.0.2.1");
        assert_eq!(place("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(place("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
