//! Access and refresh tokens: JWT, HS256, with a key each. Nothing secret is stored: a refresh token
//! is a signed (account, session, generation), and the log says which generation is good.

use super::key_for;
use crate::Fault;
use crate::api::ApiSettings;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
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

struct Keys {
    sign: EncodingKey,
    check: DecodingKey,
    validation: Validation,
}

impl Keys {
    fn new(audience: &str, keyring: &Keyring) -> Self {
        let key = key_for(audience, keyring.token_key());
        let mut validation = Validation::new(Algorithm::HS256);
        // Its own check reads the machine's clock; time is read in one place only.
        validation.validate_exp = false;
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        Self {
            sign: EncodingKey::from_secret(&key),
            check: DecodingKey::from_secret(&key),
            validation,
        }
    }

    fn sign(&self, claims: &impl Serialize) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.sign)
            .expect("claims of plain numbers and texts can be signed")
    }

    fn check<C: DeserializeOwned>(&self, token: &str) -> Option<C> {
        if token.len() > TOKEN_CHARACTERS_MAX {
            return None;
        }
        let checked = jsonwebtoken::decode(token, &self.check, &self.validation);
        checked.ok().map(|data| data.claims)
    }
}

/// Makes and checks tokens.
pub(crate) struct Tokens {
    access: Keys,
    refresh: Keys,
    access_lifetime: chrono::TimeDelta,
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
        let refused = "this access token is not valid; log in again";
        let claims: AccessClaims = self
            .access
            .check(token)
            .ok_or(Fault::Unauthenticated(refused))?;
        let expires_at = whole_seconds(claims.exp);
        if expires_at <= now {
            let expired = "this access token has expired; refresh the session";
            return Err(Fault::Unauthenticated(expired));
        }
        Ok(Identity {
            account: claims.sub,
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
