//! What the command line asks for, carried out: by the running server if one has the folder, or by
//! the command itself. One file per noun.

mod accounts;
pub mod books;
mod messages;
mod person;
mod read_models;

pub use messages::{Ask, ChannelKey, Password, Policy, Projection, Reply, Table};

use crate::checkpoints::{self, Checkpoints};
use crate::parts::{Core, Parts};
use crate::policies::Policies;
use crate::settings::Settings;
use anyhow::Context as _;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::mpsc;
use tributary_projections::{Projectors, Views};
use tributary_store::{Keyring, Log};

/// What carrying out takes. Accounts and channels need the log alone: what a command of the command
/// line does must not disturb the servers of other folders.
#[derive(Clone)]
pub struct Desk {
    /// Checked settings.
    pub settings: Arc<Settings>,
    /// The log.
    pub log: Log,
    /// What is derived from the secret.
    pub keyring: Keyring,
    /// Signed checkpoints of the log.
    pub checkpoints: Checkpoints,
    /// Seals of the books.
    pub seals: Arc<books::Seals>,
    /// The read models and who keeps them up to date, where they are needed.
    pub read_models: Option<(Views, Arc<Projectors<Log>>)>,
    /// What acts by itself on the node that answers, and that node's name.
    pub policies: Option<(Policies, Arc<str>)>,
    /// Where encoders publish.
    pub rtmp_addr: SocketAddr,
}

impl Desk {
    /// A running server's.
    pub fn of(parts: &Parts) -> Self {
        Self {
            policies: Some((parts.policies.clone(), Arc::clone(&parts.node))),
            ..Self::without_server(&parts.core, parts.rtmp_addr)
        }
    }

    /// Where no server runs.
    pub fn without_server(core: &Core, rtmp_addr: SocketAddr) -> Self {
        Self {
            policies: None,
            settings: Arc::clone(&core.settings),
            log: core.log.clone(),
            keyring: core.keyring.clone(),
            checkpoints: core.checkpoints.clone(),
            seals: Arc::clone(&core.seals),
            read_models: Some((core.views.clone(), Arc::clone(&core.projectors))),
            rtmp_addr,
        }
    }

    fn read_models(&self) -> anyhow::Result<&(Views, Arc<Projectors<Log>>)> {
        let read_models = self.read_models.as_ref();
        read_models.context("this needs the read models, which were not opened")
    }
}

/// Carries out what is asked, and tells how it goes.
pub async fn carry_out(desk: &Desk, ask: Ask, tell: mpsc::Sender<Reply>) {
    let outcome = match ask {
        Ask::CreateAccount {
            name,
            email,
            password,
            channel,
        } => accounts::create(desk, &name, &email, password.0, channel).await,
        Ask::ChangeRole { name, role, grant } => {
            accounts::change_role(desk, &name, role, grant).await
        }
        Ask::OpenChannel { name } => accounts::open_channel(desk, name).await,
        Ask::RotateKey { name } => accounts::rotate_key(desk, name).await,
        Ask::ErasePerson { who } => person::erase(desk, &who, &tell).await,
        Ask::Checkpoint => sign(desk).await,
        Ask::CloseBooks { through, reason } => books::close(desk, through, reason).await,
        Ask::Projections => read_models::show(desk).await,
        Ask::Rebuild {
            check_only,
            viewer_rule,
        } => read_models::rebuild(desk, check_only, viewer_rule.as_deref(), &tell).await,
    };
    let reply = outcome.unwrap_or_else(|error| Reply::Failed {
        message: format!("{error:#}"),
    });
    // Who does not wait for the answer does not want it.
    let _gone = tell.send(reply).await;
}

async fn sign(desk: &Desk) -> anyhow::Result<Reply> {
    let line = desk.checkpoints.sign(checkpoints::COMMAND_LINE).await?;
    Ok(Reply::Checkpoint { line })
}
