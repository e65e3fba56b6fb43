//! What lets somebody watch a private stream: a few signed bytes in the address of its video. Players send
//! no headers, so an address is all that they can be given.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use tributary_domain::{AccountId, ChannelId, Timestamp};
use tributary_store::Keyring;
use uuid::Uuid;

/// Separates these signatures from others under the same key.
const DOMAIN: &[u8] = b"tributary.ticket.v1";

/// How long a ticket lets somebody in. Who watches already stays.
pub(crate) const LASTS: TimeDelta = TimeDelta::hours(12);

/// Bytes of what is signed: the channel, the account (zero for none), the second when it ends.
const CLAIM_BYTES: usize = 16 + 16 + 8;

/// Bytes of the signature that are kept.
const SIGNATURE_BYTES: usize = 16;

/// Leave to watch one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// Which.
    pub channel: ChannelId,
    /// Who it was made for; guests have no account, and each connection of one is a viewer.
    pub account: Option<AccountId>,
    /// Until when it lets somebody in, in whole seconds.
    pub until: Timestamp,
}

/// Why a ticket lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTicket {
    /// It was not made here, or was changed.
    #[error("this ticket is not valid: copy the whole address")]
    NotOurs,
    /// It is for another channel.
    #[error("this ticket is for another channel")]
    Elsewhere,
    /// It was good once.
    #[error("this ticket has expired: ask for a new address")]
    Expired,
}

impl Ticket {
    /// The ticket as it stands in an address.
    pub fn sign(&self, keyring: &Keyring) -> String {
        let account = self.account.map_or(Uuid::nil(), |account| account.0);
        let claim = [
            self.channel.owner().0.as_bytes().as_slice(),
            account.as_bytes(),
            &self.until.timestamp().to_be_bytes(),
        ]
        .concat();
        let signature = mac(keyring, &claim).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&claim, &signature[..SIGNATURE_BYTES]].concat())
    }

    /// Reads a ticket for a channel.
    ///
    /// # Errors
    /// Why it does not let anybody in.
    pub fn read(
        text: &str,
        channel: ChannelId,
        keyring: &Keyring,
        now: Timestamp,
    ) -> Result<Self, BadTicket> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let bytes = bytes.filter(|bytes| bytes.len() == CLAIM_BYTES + SIGNATURE_BYTES);
        let bytes = bytes.ok_or(BadTicket::NotOurs)?;
        let (claim, signature) = bytes.split_at(CLAIM_BYTES);
        let signed = mac(keyring, claim).verify_truncated_left(signature);
        signed.map_err(|_| BadTicket::NotOurs)?;
        let id = |at: usize| {
            let bytes = claim.get(at..at + 16)?;
            Uuid::from_slice(bytes).ok().map(AccountId)
        };
        let seconds = claim.last_chunk().copied().map(i64::from_be_bytes);
        let until = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let (Some(of), Some(account), Some(until)) = (id(0), id(16), until) else {
            return Err(BadTicket::NotOurs);
        };
        if of != channel.owner() {
            return Err(BadTicket::Elsewhere);
        }
        if until <= now {
            return Err(BadTicket::Expired);
        }
        Ok(Self {
            channel,
            account: Some(account).filter(|account| !account.0.is_nil()),
            until,
        })
    }
}

fn mac(keyring: &Keyring, claim: &[u8]) -> Hmac<Sha256> {
    let key = keyring.token_key();
    let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(DOMAIN);
    mac.update(claim);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn keyring(byte: u8) -> Keyring {
        Keyring::new(&[byte; 32])
    }

    fn channel(byte: u8) -> ChannelId {
        AccountId(Uuid::from_bytes([byte; 16])).into()
    }

    fn ticket(account: Option<AccountId>) -> Ticket {
        Ticket {
            channel: channel(1),
            account,
            until: at(1_000),
        }
    }

    #[test]
    fn a_ticket_lets_in_whom_it_names_until_it_ends() {
        for account in [None, Some(AccountId(Uuid::from_bytes([7; 16])))] {
            let text = ticket(account).sign(&keyring(1));
            let read = |now| Ticket::read(&text, channel(1), &keyring(1), at(now));
            assert_eq!(read(999), Ok(ticket(account)));
            assert_eq!(read(1_000), Err(BadTicket::Expired));
        }
    }

    #[test]
    fn a_ticket_is_for_one_channel_of_one_installation() {
        let text = ticket(None).sign(&keyring(1));
        let read = |of, key| Ticket::read(&text, channel(of), &keyring(key), at(1));
        assert_eq!(read(2, 1), Err(BadTicket::Elsewhere));
        assert_eq!(read(1, 2), Err(BadTicket::NotOurs));
    }

    #[test]
    fn a_ticket_that_was_changed_in_any_place_is_none() {
        let text = ticket(None).sign(&keyring(1));
        for at_byte in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at_byte] = if changed[at_byte] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            let read = Ticket::read(&changed, channel(1), &keyring(1), at(1));
            assert_eq!(read, Err(BadTicket::NotOurs), "{changed}");
        }
        for text in ["", "AAAA", "no base64!"] {
            let read = Ticket::read(text, channel(1), &keyring(1), at(1));
            assert_eq!(read, Err(BadTicket::NotOurs));
        }
    }
}
