//! Access and refresh tokens: JWT, HS256, with a key each. Nothing secret is stored: a refresh token
//! is a signed (account, session, generation), and the log says which generation is good.

use super::key_for;
use crate::Fault;
use crate::api::ApiSettings;
use crate::messages::Sentence;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use tributary_domain::{AccountId, SessionId, Timestamp};
use tributary_store::Keyring;

/// The longest token that is looked at; ours have some 300 characters.
const TOKEN_CHARACTERS_MAX: usize = 2_048;

const ACCESS: &str = "tributary/access";
const REFRESH: &str = "tributary/refresh";

/// Somebody who has signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Who.
    pub(crate) account: AccountId,
    /// Since which sign-in.
    pub(crate) session: SessionId,
    /// When the token that says so ends.
    pub(crate) expires_at: Timestamp,
}

/// What a refresh token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refresh {
    /// Whose.
    pub(crate) account: AccountId,
    /// The family.
    pub(crate) session: SessionId,
    /// Which of the family; only the newest is good.
    pub(crate) generation: u32,
    /// When it ends, in whole seconds.
    pub(crate) expires_at: Timestamp,
}

/// A token as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct AccessClaims {
    aud: String,
    sub: AccountId,
    sid: SessionId,
    iat: i64,
    exp: i64,
}

#[derive(Serialize, Deserialize)]
struct RefreshClaims {
    aud: String,
    sub: AccountId,
    sid: SessionId,
    generation: u32,
    exp: i64,
}

/// The only header that is written, and the only one that is read: no token chooses its algorithm.
/// `{"alg":"HS256","typ":"JWT"}`
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// One kind of token. A JWT with one algorithm is a dozen lines over HMAC; the crates for it bring
/// RSA and elliptic curves, of which nothing here has a use.
struct Keys {
    audience: &'static str,
    mac: Hmac<Sha256>,
}

impl Keys {
    fn new(audience: &'static str, keyring: &Keyring) -> Self {
        let key = key_for(audience, keyring.token_key());
        let mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(&key).expect("HMAC takes any key");
        Self { audience, mac }
    }

    fn sign(&self, claims: &impl Serialize) -> String {
        let claims = serde_json::to_vec(claims).expect("numbers and texts are JSON");
        let signed = format!("{HEADER}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = self
            .mac
            .clone()
            .chain_update(&signed)
            .finalize()
            .into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn check<C: DeserializeOwned + Claims>(&self, token: &str) -> Option<C> {
        if token.len() > TOKEN_CHARACTERS_MAX {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let mac = self.mac.clone().chain_update(signed);
        mac.verify_slice(&signature).ok()?;
        let claims: C = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        (header == HEADER && claims.audience() == self.audience).then_some(claims)
    }
}

/// What every token says.
trait Claims {
    /// What it is for.
    fn audience(&self) -> &str;
}

impl Claims for AccessClaims {
    fn audience(&self) -> &str {
        &self.aud
    }
}

impl Claims for RefreshClaims {
    fn audience(&self) -> &str {
        &self.aud
    }
}

/// Makes and checks tokens.
pub(crate) struct Tokens {
    access: Keys,
    refresh: Keys,
    /// How long an access token is good.
    pub(crate) access_lifetime: chrono::TimeDelta,
}

impl Tokens {
    pub(crate) fn new(keyring: &Keyring, settings: &ApiSettings) -> Self {
        Self {
            access: Keys::new(ACCESS, keyring),
            refresh: Keys::new(REFRESH, keyring),
            access_lifetime: chrono::TimeDelta::from_std(settings.access_token_lifetime)
                .unwrap_or(chrono::TimeDelta::minutes(15)),
        }
    }

    /// An access token for `account`, good from `now` on.
    pub(crate) fn access(&self, account: AccountId, session: SessionId, now: Timestamp) -> Issued {
        let expires_at = whole_seconds((now + self.access_lifetime).timestamp());
        let claims = AccessClaims {
            aud: ACCESS.to_owned(),
            sub: account,
            sid: session,
            iat: now.timestamp(),
            exp: expires_at.timestamp(),
        };
        Issued {
            token: self.access.sign(&claims),
            expires_at,
        }
    }

    /// Who presents an access token.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when it is not one of ours, or has expired.
    pub(crate) fn check_access(&self, token: &str, now: Timestamp) -> Result<Identity, Fault> {
        let claims: AccessClaims = self
            .access
            .check(token)
            .ok_or(Fault::Unauthenticated(Sentence::TokenInvalid))?;
        let expires_at = whole_seconds(claims.exp);
        if expires_at <= now {
            return Err(Fault::Unauthenticated(Sentence::TokenExpired));
        }
        Ok(Identity {
            account: claims.sub,
            session: claims.sid,
            expires_at,
        })
    }

    /// The refresh token that stands for `refresh`: the same each time.
    pub(crate) fn refresh(&self, refresh: Refresh) -> Issued {
        let expires_at = whole_seconds(refresh.expires_at.timestamp());
        let claims = RefreshClaims {
            aud: REFRESH.to_owned(),
            sub: refresh.account,
            sid: refresh.session,
            generation: refresh.generation,
            exp: expires_at.timestamp(),
        };
        Issued {
            token: self.refresh.sign(&claims),
            expires_at,
        }
    }

    /// What a refresh token stands for; `None` if it is not one of ours. Whether it has expired, and
    /// whether it is still good, the log decides.
    pub(crate) fn check_refresh(&self, token: &str) -> Option<Refresh> {
        let claims: RefreshClaims = self.refresh.check(token)?;
        Some(Refresh {
            account: claims.sub,
            session: claims.sid,
            generation: claims.generation,
            expires_at: whole_seconds(claims.exp),
        })
    }
}

/// A moment of a token. What lies outside of the calendar has long passed.
fn whole_seconds(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(seconds, 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use uuid::Uuid;

    fn tokens(secret: u8) -> Tokens {
        Tokens::new(&Keyring::new(&[secret; 32]), &ApiSettings::default())
    }

    fn now() -> Timestamp {
        whole_seconds(1_700_000_000)
    }

    fn ada() -> AccountId {
        AccountId(Uuid::from_u128(1))
    }

    fn session() -> SessionId {
        SessionId(Uuid::from_u128(2))
    }

    #[test]
    fn an_access_token_is_good_until_it_expires() {
        let issued = tokens(1).access(ada(), session(), now());
        let check = |at| tokens(1).check_access(&issued.token, at);
        assert_eq!(check(now()).map(|identity| identity.account), Ok(ada()));
        assert!(check(issued.expires_at - TimeDelta::seconds(1)).is_ok());
        assert_eq!(
            check(issued.expires_at).unwrap_err().code(),
            "UNAUTHENTICATED"
        );
        assert_eq!(issued.expires_at - now(), TimeDelta::minutes(15));
    }

    #[test]
    fn no_other_token_passes_for_an_access_token() {
        let refresh = Refresh {
            account: ada(),
            session: session(),
            generation: 1,
            expires_at: now() + TimeDelta::days(30),
        };
        let access = tokens(1).access(ada(), session(), now()).token;
        let parts: Vec<_> = access.split('.').collect();
        // {"alg":"none"}
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
        let cut = access[..access.len() - 4].to_owned();
        for token in [
            tokens(1).refresh(refresh).token,
            tokens(2).access(ada(), session(), now()).token,
            unsigned,
            cut,
            String::new(),
            "x".repeat(1_000_000),
        ] {
            assert!(
                tokens(1).check_access(&token, now()).is_err(),
                "{token:.60}"
            );
        }
        assert_eq!(tokens(1).check_refresh(&access), None);
    }

    #[test]
    fn a_token_is_a_jwt_as_anyone_can_check() {
        // Signed by another implementation (Python's hmac and base64).
        let keys = Keys {
            audience: ACCESS,
            mac: <Hmac<Sha256> as hmac::Mac>::new_from_slice(b"secret").unwrap(),
        };
        let signed = keys.sign(&serde_json::json!({"aud": "x"}));
        assert_eq!(
            signed,
            format!("{HEADER}.eyJhdWQiOiJ4In0.h6l01NJpx-BW5JDwmZAkp--46jtt4qo0o9gEiVutxMU")
        );
    }

    #[test]
    fn a_refresh_token_is_what_it_stands_for() {
        let refresh = Refresh {
            account: ada(),
            session: session(),
            generation: 7,
            expires_at: now() + TimeDelta::days(30),
        };
        let issued = tokens(1).refresh(refresh);
        assert_eq!(tokens(1).check_refresh(&issued.token), Some(refresh));
        assert_eq!(tokens(2).check_refresh(&issued.token), None);
        assert_eq!(tokens(1).refresh(refresh), issued);
    }
}
