//! What the parts of a running server share.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tributary_domain::command::{Actor, Command};
use tributary_domain::stream::Media;
use tributary_domain::{ChannelId, Request};
use tributary_media::hls::Hls;
use tributary_media::hub::Hub;
use tributary_projections::{Projectors, Views};
use tributary_store::{CommandError, Environment, Keyring, Log, Receipt};

use crate::attendance::Attendance;
use crate::checkpoints::Checkpoints;
use crate::operator::books::Seals;
use crate::payments::Payments;
use crate::policies::Policies;
use crate::presence::Presence;
use crate::recordings::Recordings;
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
    /// Signed checkpoints of the log.
    pub checkpoints: Checkpoints,
    /// Seals of the books.
    pub seals: Arc<Seals>,
    /// The node that ran in this data folder before: gone for certain.
    pub previous: Option<Arc<str>>,
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

    /// The same, again and again for a while: for what nobody would ask for a second time. A refusal
    /// is an answer.
    ///
    /// # Errors
    /// What it failed for in the end. Recovery then finds what was left open.
    pub async fn execute_surely(
        &self,
        part: &'static str,
        command: Command,
    ) -> Result<(), CommandError> {
        let mut wait = FIRST_RETRY;
        loop {
            match self.execute(part, command.clone()).await {
                Ok(_) | Err(CommandError::Rejected(_)) => return Ok(()),
                Err(error) if wait > LAST_RETRY => return Err(error),
                Err(_) => tokio::time::sleep(wait).await,
            }
            wait *= 2;
        }
    }
}

/// The first wait of [`Core::execute_surely`]; it doubles each time.
const FIRST_RETRY: Duration = Duration::from_millis(100);

/// The last one: 13 seconds in all.
const LAST_RETRY: Duration = Duration::from_millis(6_400);

/// What publishers on this node send, by channel.
#[derive(Clone, Default)]
pub struct Sending(Arc<Mutex<HashMap<ChannelId, Media>>>);

impl Sending {
    /// A publisher sends this now.
    pub fn begin(&self, channel: ChannelId, media: Media) {
        self.lock().insert(channel, media);
    }

    /// No publisher sends any more.
    pub fn end(&self, channel: ChannelId) {
        self.lock().remove(&channel);
    }

    /// What is sent, if anything is.
    pub fn of(&self, channel: ChannelId) -> Option<Media> {
        self.lock().get(&channel).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ChannelId, Media>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running server's parts.
#[derive(Clone)]
pub struct Parts {
    /// The log, read models and secrets.
    pub core: Core,
    /// Media on this node.
    pub hub: Arc<Hub>,
    /// The same as segments.
    pub hls: Arc<Hls>,
    /// The same on its way into files.
    pub recordings: Recordings,
    /// What publishers on this node send.
    pub sending: Sending,
    /// Viewers on this node.
    pub presence: Presence,
    /// Those of them who hold no connection.
    pub attendance: Attendance,
    /// What acts by itself.
    pub policies: Policies,
    /// Who takes payments and pays out.
    pub payments: Payments,
    /// This run of this node.
    pub node: Arc<str>,
    /// Where HTTP is served.
    pub http_addr: SocketAddr,
    /// Where encoders publish.
    pub rtmp_addr: SocketAddr,
    /// Where they publish over TLS, if they can.
    pub rtmps_addr: Option<SocketAddr>,
}

impl Parts {
    /// A channel's key in the hub.
    pub fn broadcast(channel: ChannelId) -> String {
        channel.to_string()
    }
}

/// The address that encoders publish to.
pub fn rtmp_url(settings: &Settings, bound: SocketAddr) -> String {
    publish_url("rtmp", 1935, settings, bound)
}

/// The address that they publish to over TLS.
pub fn rtmps_url(settings: &Settings, bound: SocketAddr) -> String {
    publish_url("rtmps", 443, settings, bound)
}

fn publish_url(scheme: &str, usual: u16, settings: &Settings, bound: SocketAddr) -> String {
    let host = match &settings.public_rtmp_host {
        Some(host) => host.clone(),
        // An address that means "all of them" is nothing to dial.
        None if bound.ip().is_unspecified() => "localhost".to_owned(),
        None if bound.is_ipv6() => format!("[{}]", bound.ip()),
        None => bound.ip().to_string(),
    };
    match bound.port() {
        port if port == usual => format!("{scheme}://{host}/live"),
        port => format!("{scheme}://{host}:{port}/live"),
    }
}
