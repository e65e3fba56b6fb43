//! What the parts of a running server share.

use std::net::SocketAddr;
use std::sync::Arc;
use tributary_domain::command::{Actor, Command};
use tributary_domain::{ChannelId, Request};
use tributary_media::hub::Hub;
use tributary_projections::{Projectors, Views};
use tributary_store::{CommandError, Environment, Keyring, Log, Receipt};

use crate::presence::Presence;
use crate::settings::Settings;

/// The log and its read models, opened: enough for the command line.
#[derive(Clone)]
pub struct Core {
    /// Checked settings.
    pub settings: Arc<Settings>,
    /// The log.
    pub log: Log,
    /// Its read models.
    pub views: Views,
    /// Whoever keeps these up to date.
    pub projectors: Arc<Projectors<Log>>,
    /// What is derived from the secret.
    pub keyring: Keyring,
}

impl Core {
    /// The clock and randomness.
    pub fn env(&self) -> &Environment {
        self.log.environment()
    }

    /// Carries out a command of Tributary's own.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub async fn execute(
        &self,
        part: &'static str,
        command: Command,
    ) -> Result<Receipt, CommandError> {
        let at = self.env().now();
        let request = Request {
            actor: Actor::System(part),
            at,
            id: None,
            command,
        };
        self.log.execute(request).await
    }
}

/// A running server's parts.
#[derive(Clone)]
pub struct Parts {
    /// The log, read models and secrets.
    pub core: Core,
    /// Media on this node.
    pub hub: Arc<Hub>,
    /// Viewers on this node.
    pub presence: Presence,
    /// This run of this node.
    pub node: Arc<str>,
    /// Where HTTP is served.
    pub http_addr: SocketAddr,
    /// Where encoders publish.
    pub rtmp_addr: SocketAddr,
}

impl Parts {
    /// A channel's key in the hub.
    pub fn broadcast(channel: ChannelId) -> String {
        channel.to_string()
    }
}

/// The address that encoders publish to.
pub fn rtmp_url(settings: &Settings, bound: SocketAddr) -> String {
    let host = match &settings.public_rtmp_host {
        Some(host) => host.clone(),
        // An address that means "all of them" is nothing to dial.
        None if bound.ip().is_unspecified() => "localhost".to_owned(),
        None if bound.is_ipv6() => format!("[{}]", bound.ip()),
        None => bound.ip().to_string(),
    };
    match bound.port() {
        1935 => format!("rtmp://{host}/live"),
        port => format!("rtmp://{host}:{port}/live"),
    }
}
