//! Channels and their stream keys.

use super::{Asker, execute};
use crate::{Fault, Refusal};
use tributary_domain::command::channels::Command;
use tributary_domain::decision::Credential;
use tributary_domain::{AccountId, ChannelId};
use tributary_store::{Keyring, Log, Receipt, StreamKey};

/// A channel that is open, and its stream key.
#[derive(Debug, Clone)]
pub struct OpenedChannel {
    /// Its id.
    pub channel: ChannelId,
    /// Its key; `None` if it was sealed under another secret.
    pub stream_key: Option<StreamKey>,
    /// The receipt.
    pub receipt: Receipt,
}

/// Opens an account's channel. One that is open already keeps its stream key.
///
/// # Errors
/// `NOT_ALLOWED` for another's account, `ACCOUNT_NOT_FOUND`, or why it could not be decided.
pub async fn open_channel(
    log: &Log,
    keyring: &Keyring,
    asker: Asker,
    account: AccountId,
) -> Result<OpenedChannel, Refusal> {
    let (env, channel) = (log.environment(), ChannelId::from(account));
    let key = keyring.seal(&StreamKey::generate(env), channel, env);
    let command = Command::Open { account, key };
    let receipt = execute(log, asker, tributary_domain::Command::Channels(command)).await?;
    let stream_key = stream_key(log, keyring, channel).await?;
    Ok(OpenedChannel {
        channel,
        stream_key,
        receipt,
    })
}

/// Replaces a channel's stream key; the old one stops working at once.
///
/// # Errors
/// `NOT_ALLOWED`, `CHANNEL_NOT_FOUND`, or why it could not be decided.
pub async fn rotate_stream_key(
    log: &Log,
    keyring: &Keyring,
    asker: Asker,
    channel: ChannelId,
) -> Result<OpenedChannel, Refusal> {
    let env = log.environment();
    let key = keyring.seal(&StreamKey::generate(env), channel, env);
    let command = Command::RotateStreamKey { channel, key };
    let receipt = execute(log, asker, tributary_domain::Command::Channels(command)).await?;
    // Read back: a repeated command made the key that the first one made.
    let stream_key = stream_key(log, keyring, channel).await?;
    Ok(OpenedChannel {
        channel,
        stream_key,
        receipt,
    })
}

/// A channel's stream key, for its owner's eyes; `None` where there is none, or where it was sealed
/// under another secret.
///
/// # Errors
/// When the log cannot be read.
pub async fn stream_key(
    log: &Log,
    keyring: &Keyring,
    channel: ChannelId,
) -> Result<Option<StreamKey>, Fault> {
    let sealed = log
        .credential(Credential::STREAM_KEY, &channel.to_string())
        .await?;
    Ok(sealed.and_then(|sealed| keyring.open(&sealed, channel)))
}
