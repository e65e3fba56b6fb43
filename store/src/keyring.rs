//! What is derived from the installation's one secret: how stream keys are sealed and found, how
//! addresses are hashed, how tokens are signed, and how passwords are kept.
//!
//! The secret is kept outside the database, so that a copy of the database alone gives none of these
//! away.

use crate::checkpoint::CheckpointKey;
use crate::environment::Environment;
use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tributary_domain::ChannelId;
use tributary_domain::command::channels::SealedKey;
use tributary_domain::text::{AccountName, EmailAddress};

/// Bytes of a nonce of XChaCha20-Poly1305: large enough to be drawn at random.
const NONCE_BYTES: usize = 24;

/// How many passwords are hashed at once. Each takes 19 MiB and some 20 ms of a core.
const HASHERS_MAX: usize = 2;

/// How many requests may wait for a hash; one more is told to come back.
const HASHES_WAITING_MAX: usize = 256;

/// The shortest and longest password, in characters. Long ones would only cost hashing time.
pub const PASSWORD_CHARACTERS: std::ops::RangeInclusive<usize> = 8..=128;

/// A stream key as its owner sees it. Whoever has it can go live on the channel.
#[derive(Clone, PartialEq, Eq)]
pub struct StreamKey(String);

impl StreamKey {
    /// The longest text that is looked at; ours have 45 characters.
    pub const CHARACTERS_MAX: usize = 100;

    /// A new one: 160 random bits.
    pub fn generate(env: &Environment) -> Self {
        let bytes: [u8; 20] = env.bytes();
        Self(format!("live_{}", hex(&bytes)))
    }

    /// What a publisher sent, to be looked up.
    pub fn presented(text: &str) -> Option<Self> {
        (text.len() <= Self::CHARACTERS_MAX).then(|| Self(text.to_owned()))
    }

    /// The key in the clear, for its owner's eyes.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamKey(..)")
    }
}

/// Why a password could not be hashed or checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many others are being hashed.
    #[error("too many people are signing in at this moment; try again shortly")]
    Busy,
    /// The stored hash, or the hasher, is broken.
    #[error("the password cannot be checked: {0}")]
    Broken(String),
}

/// See the [module](self). Cheap to clone.
#[derive(Clone)]
pub struct Keyring {
    inner: Arc<Inner>,
}

struct Inner {
    stream_key_lookup: [u8; 32],
    stream_key_seal: XChaCha20Poly1305,
    name: [u8; 32],
    email: [u8; 32],
    tokens: [u8; 32],
    checkpoints: CheckpointKey,
    hashers: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(..)")
    }
}

impl Keyring {
    /// Derives everything from 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        let seal = derive(secret, "stream key seal");
        Self {
            inner: Arc::new(Inner {
                stream_key_lookup: derive(secret, "stream key lookup"),
                stream_key_seal: XChaCha20Poly1305::new(&seal.into()),
                name: derive(secret, "name"),
                email: derive(secret, "email"),
                tokens: derive(secret, "tokens"),
                checkpoints: CheckpointKey::new(&derive(secret, "checkpoints")),
                hashers: Arc::new(Semaphore::new(HASHERS_MAX)),
                waiting: Arc::new(Semaphore::new(HASHES_WAITING_MAX)),
            }),
        }
    }

    /// The key that signs access, refresh and viewer tokens.
    pub fn token_key(&self) -> &[u8; 32] {
        &self.inner.tokens
    }

    /// The key that signs checkpoints of the log.
    pub fn checkpoint_key(&self) -> &CheckpointKey {
        &self.inner.checkpoints
    }

    /// The keyed hash that makes a name unique where no erasure could remove the name itself.
    pub fn name_hash(&self, name: &AccountName) -> String {
        hex(&mac(&self.inner.name, name.normalised().as_bytes()))
    }

    /// The keyed hash that makes an address unique without storing it.
    pub fn email_hash(&self, email: &EmailAddress) -> String {
        hex(&mac(&self.inner.email, email.normalised().as_bytes()))
    }

    /// The keyed hash by which a stream key's channel is found.
    pub fn stream_key_lookup(&self, key: &StreamKey) -> Vec<u8> {
        mac(&self.inner.stream_key_lookup, key.0.as_bytes()).to_vec()
    }

    /// Encrypts a stream key for its channel.
    pub fn seal(&self, key: &StreamKey, channel: ChannelId, env: &Environment) -> SealedKey {
        let nonce: [u8; NONCE_BYTES] = env.bytes();
        let aad = channel.0.into_bytes();
        let payload = Payload {
            msg: key.0.as_bytes(),
            aad: &aad,
        };
        let sealed = self
            .inner
            .stream_key_seal
            .encrypt(XNonce::from_slice(&nonce), payload)
            .expect("a short text can be encrypted");
        let ciphertext = [&nonce[..], &sealed].concat();
        SealedKey {
            lookup: self.stream_key_lookup(key),
            ciphertext,
        }
    }

    /// Decrypts a channel's stream key; `None` if it was sealed for another channel or under another
    /// secret.
    pub fn open(&self, ciphertext: &[u8], channel: ChannelId) -> Option<StreamKey> {
        let (nonce, sealed) = ciphertext.split_at_checked(NONCE_BYTES)?;
        let aad = channel.0.into_bytes();
        let payload = Payload {
            msg: sealed,
            aad: &aad,
        };
        let opened = self
            .inner
            .stream_key_seal
            .decrypt(XNonce::from_slice(nonce), payload)
            .ok()?;
        String::from_utf8(opened).ok().map(StreamKey)
    }

    /// Hashes a password with argon2id, as a PHC string. Off the async threads, a few at a time.
    ///
    /// # Errors
    /// When too many others wait.
    pub async fn hash_password(
        &self,
        password: String,
        env: &Environment,
    ) -> Result<String, PasswordError> {
        let salt: [u8; 16] = env.bytes();
        self.off_thread(move || {
            let salt = SaltString::encode_b64(&salt).map_err(broken)?;
            let hash = Argon2::default()
                .hash_password(password.as_bytes(), &salt)
                .map_err(broken)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether `password` is the one behind `hash`. With no hash it takes as long and says no, so
    /// that an answer's time does not tell which accounts exist.
    ///
    /// # Errors
    /// When too many others wait, or the hash is not one.
    pub async fn check_password(
        &self,
        password: String,
        hash: Option<Vec<u8>>,
    ) -> Result<bool, PasswordError> {
        self.off_thread(move || {
            let Some(hash) = hash else {
                let _waste = Argon2::default()
                    .hash_password(
                        password.as_bytes(),
                        &SaltString::encode_b64(&[0; 16]).map_err(broken)?,
                    )
                    .map_err(broken)?;
                return Ok(false);
            };
            let text = String::from_utf8(hash).map_err(broken)?;
            let hash = PasswordHash::new(&text).map_err(broken)?;
            Ok(Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok())
        })
        .await
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let waiting = Arc::clone(&self.inner.waiting)
            .try_acquire_owned()
            .map_err(|_| PasswordError::Busy)?;
        let hashers = Arc::clone(&self.inner.hashers);
        let turn = hashers.acquire_owned().await.map_err(broken)?;
        // The turn goes with the work, which goes on when nobody waits for it any more.
        let work = move || {
            let _held = (waiting, turn);
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(broken)?
    }
}

fn broken(error: impl fmt::Display) -> PasswordError {
    PasswordError::Broken(error.to_string())
}

fn derive(secret: &[u8; 32], purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(b"tributary.v1"), secret)
        .expand(purpose.as_bytes(), &mut key)
        .expect("32 bytes are fewer than HKDF's limit");
    key
}

fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn channel(n: u128) -> ChannelId {
        ChannelId(Uuid::from_u128(n))
    }

    #[test]
    fn a_stream_key_comes_back_for_its_own_channel_only() {
        let (ring, env) = (Keyring::new(&[1; 32]), Environment::system());
        let key = StreamKey::generate(&env);
        assert_eq!(key.reveal().len(), 45);
        assert!(!format!("{key:?}").contains("live_"));
        let sealed = ring.seal(&key, channel(1), &env);
        assert_eq!(ring.open(&sealed.ciphertext, channel(1)), Some(key.clone()));
        assert_eq!(ring.open(&sealed.ciphertext, channel(2)), None);
        assert_eq!(
            Keyring::new(&[2; 32]).open(&sealed.ciphertext, channel(1)),
            None
        );
        assert_eq!(ring.open(b"short", channel(1)), None);
        assert_eq!(sealed.lookup, ring.stream_key_lookup(&key));
        let stored = String::from_utf8_lossy(&sealed.ciphertext).into_owned();
        assert!(!stored.contains(key.reveal()));
    }

    #[test]
    fn addresses_hash_alike_in_any_case_and_differently_under_another_secret() {
        let hash = |secret, text| {
            Keyring::new(&[secret; 32]).email_hash(&EmailAddress::new(text).unwrap())
        };
        assert_eq!(hash(1, "Ada@example.com"), hash(1, "ada@EXAMPLE.com"));
        assert_ne!(hash(1, "ada@example.com"), hash(2, "ada@example.com"));
    }

    #[test]
    fn names_hash_alike_in_any_case_and_never_to_a_name() {
        let ring = Keyring::new(&[1; 32]);
        let hash = |name| ring.name_hash(&AccountName::new(name).unwrap());
        assert_eq!(hash("Ada"), hash("aDA"));
        assert_ne!(hash("Ada"), hash("Eve"));
        assert!(AccountName::new(&hash("Ada")).is_err());
    }

    #[tokio::test]
    async fn callers_that_hang_up_do_not_make_room_for_more() {
        let ring = Keyring::new(&[1; 32]);
        for _ in 0..20 {
            let hung_up = ring.check_password("anything".into(), None);
            assert!(futures::poll!(Box::pin(hung_up)).is_pending());
        }
        // Two of them hash, although nobody waits; no third one has begun.
        assert_eq!(ring.inner.hashers.available_permits(), 0);
        let begun = HASHES_WAITING_MAX - ring.inner.waiting.available_permits();
        assert!(begun <= HASHERS_MAX, "{begun} of 20 went on");
    }

    #[tokio::test]
    async fn a_password_is_checked_against_its_hash() {
        let (ring, env) = (Keyring::new(&[1; 32]), Environment::system());
        let hash = ring
            .hash_password("correct horse".into(), &env)
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        let hash = Some(hash.into_bytes());
        assert_eq!(
            ring.check_password("correct horse".into(), hash.clone())
                .await,
            Ok(true)
        );
        assert_eq!(
            ring.check_password("battery staple".into(), hash).await,
            Ok(false)
        );
        assert_eq!(
            ring.check_password("anything".into(), None).await,
            Ok(false)
        );
        let nonsense = ring
            .check_password("x".into(), Some(b"nonsense".to_vec()))
            .await;
        assert!(matches!(nonsense, Err(PasswordError::Broken(_))));
    }
}
