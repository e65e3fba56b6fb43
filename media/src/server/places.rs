//! How many connections there are, in all and from one place.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use super::Limits;
use crate::hub::unpoisoned;

/// Counts connections by where they come from.
#[derive(Debug, Default)]
pub(super) struct Places {
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection's place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    network: IpAddr,
}

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Full {
    #[error("too many connections")]
    Server,
    #[error("too many connections from this address")]
    Address,
}

impl Places {
    pub(super) fn take(self: &Arc<Self>, address: IpAddr, limits: &Limits) -> Result<Place, Full> {
        let network = network(address);
        let mut taken = unpoisoned(&self.taken);
        if taken.values().sum::<usize>() >= limits.connections_max {
            return Err(Full::Server);
        }
        let count = taken.entry(network).or_default();
        if *count >= limits.connections_per_address_max {
            return Err(Full::Address);
        }
        *count += 1;
        drop(taken);
        Ok(Place {
            places: Arc::clone(self),
            network,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = unpoisoned(&self.places.taken);
        if let Some(count) = taken.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.network);
            }
        }
    }
}

/// What counts as one place: whoever has one address of an IPv6 /64 has all of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn places_are_limited_in_all_and_by_address_and_given_back() {
        let limits = Limits {
            connections_max: 3,
            connections_per_address_max: 2,
            ..Limits::default()
        };
        let places = Arc::new(Places::default());
        let first = places.take(address("10.0.0.1"), &limits).unwrap();
        let _second = places.take(address("::ffff:10.0.0.1"), &limits).unwrap();
        assert_eq!(
            places.take(address("10.0.0.1"), &limits).unwrap_err(),
            Full::Address
        );
        let _third = places.take(address("10.0.0.2"), &limits).unwrap();
        assert_eq!(
            places.take(address("10.0.0.3"), &limits).unwrap_err(),
            Full::Server
        );
        drop(first);
        places.take(address("10.0.0.1"), &limits).unwrap();
    }

    #[test]
    fn one_ipv6_network_is_one_place() {
        let limits = Limits {
            connections_per_address_max: 1,
            ..Limits::default()
        };
        let places = Arc::new(Places::default());
        let _one = places.take(address("2001:db8::1"), &limits).unwrap();
        assert_eq!(
            places.take(address("2001:db8::2"), &limits).unwrap_err(),
            Full::Address
        );
        places.take(address("2001:db8:0:1::1"), &limits).unwrap();
    }
}
