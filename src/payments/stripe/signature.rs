//! Who sent a message: `Stripe-Signature: t=<seconds>,v1=<HMAC-SHA256 of "t.body">,v1=…`.
//!
//! While a secret is rotated, the provider signs with the old and the new one, and each of ours is tried.

use crate::payments::Unheard;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use tributary_domain::Timestamp;

/// How old a message may be, and how far ahead of our clock, in seconds.
const TOLERANCE_SECONDS: i64 = 300;

/// The most signatures that are looked at.
const SIGNATURES_MAX: usize = 16;

/// Checks the signature header of a message.
///
/// # Errors
/// Why nobody can tell that the provider sent it, or sent it now.
pub fn check(header: &str, body: &[u8], secrets: &[Vec<u8>], at: Timestamp) -> Result<(), Unheard> {
    let (mut time, mut signatures) = (None, vec![]);
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", text)) => time = text.parse::<i64>().ok().map(|seconds| (seconds, text)),
            Some(("v1", text)) if signatures.len() < SIGNATURES_MAX => {
                signatures.extend(bytes(text));
            }
            // Other schemes, of which Stripe has one for tests.
            _ => {}
        }
    }
    let Some((seconds, text)) = time else {
        return Err(Unheard::Forged("the signature has no time"));
    };
    let is_good = secrets.iter().any(|secret| {
        // Any key is long enough: HMAC takes all.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret) else {
            return false;
        };
        let mac = mac.chain_update(text).chain_update(b".").chain_update(body);
        let verify = |signature: &[u8; 32]| mac.clone().verify_slice(signature).is_ok();
        signatures.iter().any(verify)
    });
    if !is_good {
        return Err(Unheard::Forged("the signature is not the provider's"));
    }
    // Only now: who cannot sign learns nothing of our clock.
    if (at.timestamp() - seconds).abs() > TOLERANCE_SECONDS {
        return Err(Unheard::Forged(
            "the signature is of another time: more than five minutes from now",
        ));
    }
    Ok(())
}

/// 64 hexadecimal digits.
fn bytes(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut out = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

/// The header that the provider would send.
#[cfg(test)]
pub fn sign(body: &[u8], secrets: &[&str], seconds: i64) -> String {
    let mut header = format!("t={seconds}");
    for secret in secrets {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let mac = mac.chain_update(format!("{seconds}.")).chain_update(body);
        let hex = mac.finalize().into_bytes();
        let hex: String = hex.iter().map(|byte| format!("{byte:02x}")).collect();
        header.push_str(&format!(",v1={hex}"));
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn checked(header: &str, body: &[u8], secrets: &[&str]) -> Result<(), Unheard> {
        let secrets: Vec<_> = secrets.iter().map(|s| s.as_bytes().to_vec()).collect();
        let at = Timestamp::from_timestamp(NOW, 0).unwrap();
        check(header, body, &secrets, at)
    }

    /// As `printf '1800000000.{}' | openssl dgst -sha256 -hmac whsec_a` has it.
    #[test]
    fn the_signature_is_the_documented_one() {
        let known = "f66ebcd4d4dfd6f204ad83d004ebfc0312e82e8dfe7df5110714cbc58099a9c8";
        let header = format!("t={NOW},v0=00,v1={known}");
        assert_eq!(checked(&header, b"{}", &["whsec_a"]), Ok(()));
        assert_eq!(
            sign(b"{}", &["whsec_a"], NOW),
            format!("t={NOW},v1={known}")
        );
        assert!(checked(&header, b"{ }", &["whsec_a"]).is_err());
    }

    #[test]
    fn either_secret_is_good_while_one_is_rotated() {
        let both = sign(b"{}", &["old", "new"], NOW);
        for ours in [&["old"][..], &["new"], &["new", "old"]] {
            assert_eq!(checked(&both, b"{}", ours), Ok(()));
        }
        let old = sign(b"{}", &["old"], NOW);
        assert_eq!(checked(&old, b"{}", &["new", "old"]), Ok(()));
        assert!(checked(&old, b"{}", &["new"]).is_err());
    }

    #[test]
    fn what_is_forged_changed_old_or_of_the_future_is_refused() {
        let good = sign(b"{\"a\":1}", &["s"], NOW);
        assert!(checked(&good, b"{\"a\":2}", &["s"]).is_err());
        assert!(checked(&good, b"{\"a\":1}", &[]).is_err());
        let moved = good.replace(&NOW.to_string(), &(NOW + 1).to_string());
        assert!(checked(&moved, b"{\"a\":1}", &["s"]).is_err());
        for seconds in [NOW - 301, NOW + 301, 0, i64::MAX / 2] {
            let header = sign(b"{}", &["s"], seconds);
            let Err(Unheard::Forged(why)) = checked(&header, b"{}", &["s"]) else {
                panic!("{seconds} is taken")
            };
            assert!(why.contains("another time"), "{why}");
        }
        for seconds in [NOW - 300, NOW + 300] {
            assert_eq!(
                checked(&sign(b"{}", &["s"], seconds), b"{}", &["s"]),
                Ok(())
            );
        }
        for header in [
            "",
            "t=",
            "t=x,v1=00",
            "v1=00",
            "t=1800000000",
            "t=1800000000,v1=zz",
            ",,,=,",
        ] {
            assert!(checked(header, b"{}", &["s"]).is_err(), "{header}");
        }
        // Who sends very many is not served with as many computations.
        let wrong = format!(",v1={}", "0".repeat(64)).repeat(SIGNATURES_MAX);
        let late = good.replacen(",v1=", &format!("{wrong},v1="), 1);
        assert!(checked(&late, b"{\"a\":1}", &["s"]).is_err());
    }
}
