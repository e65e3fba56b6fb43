//! What the command line asks for, carried out: by the running server if one has the folder, or by
//! the command itself.

use crate::parts::{Core, rtmp_url};
use crate::settings::Settings;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tributary_domain::account::Role;
use tributary_domain::command::Actor;
use tributary_domain::text::AccountName;
use tributary_domain::{AccountId, HistoryId, Position, State};
use tributary_graphql::service;
use tributary_projections::{
    ProjectionState, ProjectionStatus, Projectors, RebuildOptions, Switch, Views,
};
use tributary_store::{Keyring, Log};

/// Something asked for on the command line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Make an account; with a channel if wanted.
    CreateAccount {
        /// Its name.
        name: String,
        /// Its address.
        email: String,
        /// Its password.
        password: Password,
        /// Whether it gets a channel.
        channel: bool,
    },
    /// Give or take a role.
    ChangeRole {
        /// Whose, by name.
        name: String,
        /// Which.
        role: Role,
        /// Give, or take.
        grant: bool,
    },
    /// Open a channel, or show its stream key if it is open.
    OpenChannel {
        /// Whose, by name.
        name: String,
    },
    /// Replace a channel's stream key.
    RotateKey {
        /// Whose, by name.
        name: String,
    },
    /// How far the projections are.
    Projections,
    /// Make the read models anew.
    Rebuild {
        /// Only compare; keep what serves.
        check_only: bool,
    },
}

/// A password on its way. Not shown in debug output.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

/// What comes back: any number of `Progress`, then one of the others.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Reply {
    /// How far long work is.
    Progress {
        /// Events done.
        done: u64,
        /// Events in all.
        total: u64,
        /// Events per second.
        per_second: u64,
    },
    /// An account was made.
    Account {
        /// Its name.
        name: String,
        /// Its roles.
        roles: Vec<Role>,
        /// Its channel, if it got one.
        channel: Option<ChannelKey>,
    },
    /// A channel's key.
    Channel(ChannelKey),
    /// How far the projections are.
    Projections {
        /// The log's head.
        head: Position,
        /// Each of them.
        projections: Vec<Projection>,
    },
    /// The read models were made anew.
    Rebuilt {
        /// Lines for a person: one per table.
        tables: Vec<Table>,
        /// Events folded.
        events: u64,
        /// Milliseconds.
        elapsed_ms: u64,
        /// Whether the new ones serve now.
        switched: bool,
    },
    /// It was done, and there is nothing to tell.
    Done,
    /// It was not done.
    Failed {
        /// Why.
        message: String,
    },
}

/// What a streamer needs to go live.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChannelKey {
    /// The channel's name.
    pub name: String,
    /// Where to publish.
    pub rtmp_url: String,
    /// The secret key.
    pub key: String,
}

/// How far one projection is.
#[derive(Debug, Serialize, Deserialize)]
pub struct Projection {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub position: Position,
    /// Events that it has not folded.
    pub lag: u64,
    /// How it is, in words.
    pub state: String,
}

/// What a comparison found in one table.
#[derive(Debug, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Rows made anew.
    pub rebuilt: u64,
    /// Rows that served.
    pub serving: u64,
    /// Rows that differ.
    pub different: u64,
    /// The first that differ, in words.
    pub examples: Vec<String>,
}

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
    /// The read models and who keeps them up to date, where they are needed.
    pub read_models: Option<(Views, Arc<Projectors<Log>>)>,
    /// Where encoders publish.
    pub rtmp_addr: SocketAddr,
}

impl Desk {
    /// A running server's.
    pub fn of(core: &Core, rtmp_addr: SocketAddr) -> Self {
        Self {
            settings: Arc::clone(&core.settings),
            log: core.log.clone(),
            keyring: core.keyring.clone(),
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
        } => create_account(desk, &name, &email, password.0, channel).await,
        Ask::ChangeRole { name, role, grant } => change_role(desk, &name, role, grant).await,
        Ask::OpenChannel { name } => match account_named(desk, &name).await {
            Ok(account) => open_channel(desk, account, name).await.map(Reply::Channel),
            Err(error) => Err(error),
        },
        Ask::RotateKey { name } => rotate_key(desk, name).await,
        Ask::Projections => projections(desk),
        Ask::Rebuild { check_only } => rebuild(desk, check_only, &tell).await,
    };
    let reply = outcome.unwrap_or_else(|error| Reply::Failed {
        message: format!("{error:#}"),
    });
    // Who does not wait for the answer does not want it.
    let _gone = tell.send(reply).await;
}

async fn create_account(
    desk: &Desk,
    name: &str,
    email: &str,
    password: String,
    channel: bool,
) -> anyhow::Result<Reply> {
    let asker = Actor::Console.into();
    let made = service::register(&desk.log, &desk.keyring, asker, name, email, password).await?;
    let channel = if channel {
        Some(open_channel(desk, made.account, name.to_owned()).await?)
    } else {
        None
    };
    let roles = match desk.log.state(&HistoryId::Account(made.account)).await? {
        State::Account(account) => account.roles,
        _ => vec![],
    };
    let name = name.to_owned();
    Ok(Reply::Account {
        name,
        roles,
        channel,
    })
}

/// By the claim to the name, which is never behind.
async fn account_named(desk: &Desk, name: &str) -> anyhow::Result<AccountId> {
    let nobody = || anyhow::anyhow!("there is no account named {name:?}");
    let name = AccountName::new(name).map_err(|_| nobody())?;
    match desk
        .log
        .state(&HistoryId::NameClaim(name.normalised()))
        .await?
    {
        State::Claim(claim) => claim.holder().ok_or_else(nobody),
        _ => Err(nobody()),
    }
}

async fn change_role(desk: &Desk, name: &str, role: Role, grant: bool) -> anyhow::Result<Reply> {
    let account = account_named(desk, name).await?;
    service::change_role(&desk.log, Actor::Console.into(), account, role, grant).await?;
    Ok(Reply::Done)
}

async fn open_channel(desk: &Desk, account: AccountId, name: String) -> anyhow::Result<ChannelKey> {
    let asker = Actor::Console.into();
    let opened = service::open_channel(&desk.log, &desk.keyring, asker, account).await?;
    channel_key(desk, name, opened)
}

async fn rotate_key(desk: &Desk, name: String) -> anyhow::Result<Reply> {
    let channel = account_named(desk, &name).await?.into();
    let asker = Actor::Console.into();
    let rotated = service::rotate_stream_key(&desk.log, &desk.keyring, asker, channel).await?;
    channel_key(desk, name, rotated).map(Reply::Channel)
}

fn channel_key(
    desk: &Desk,
    name: String,
    opened: service::OpenedChannel,
) -> anyhow::Result<ChannelKey> {
    let key = opened.stream_key.ok_or_else(|| {
        anyhow::anyhow!(
            "the stream key was sealed under another secret than {}; rotate it",
            desk.settings.secret_file.display()
        )
    })?;
    let key = key.reveal().to_owned();
    Ok(ChannelKey {
        name,
        rtmp_url: rtmp_url(&desk.settings, desk.rtmp_addr),
        key,
    })
}

fn projections(desk: &Desk) -> anyhow::Result<Reply> {
    let (views, _) = desk.read_models()?;
    let in_words = |status: &ProjectionStatus| match &status.state {
        ProjectionState::Running => "running".to_owned(),
        ProjectionState::Stopped => "stopped".to_owned(),
        ProjectionState::Retrying { reason } => format!("retrying: {reason}"),
        ProjectionState::Parked { at, reason } => format!("parked at {at}: {reason}"),
        ProjectionState::Fenced => "fenced: another process has taken over".to_owned(),
    };
    let projections = views.status();
    let projections = projections
        .iter()
        .map(|status| Projection {
            name: status.name.to_owned(),
            position: status.position,
            lag: status.lag,
            state: in_words(status),
        })
        .collect();
    Ok(Reply::Projections {
        head: desk.log.head(),
        projections,
    })
}

async fn rebuild(
    desk: &Desk,
    check_only: bool,
    tell: &mpsc::Sender<Reply>,
) -> anyhow::Result<Reply> {
    let switch = if check_only {
        Switch::Never
    } else {
        Switch::Always
    };
    let options = RebuildOptions {
        switch,
        ..RebuildOptions::default()
    };
    let cancel = CancellationToken::new();
    let (_, projectors) = desk.read_models()?;
    let report = projectors
        .rebuild(&options, &cancel, |progress| {
            // Whoever went away (an interrupted command line) does not want it any more.
            if tell.is_closed() {
                cancel.cancel();
            }
            let done = progress.position.since(Position::START);
            let total = progress.head.since(Position::START);
            let per_second = progress.events_per_second;
            // A full queue drops a step of the bar, not the rebuild.
            let _full = tell.try_send(Reply::Progress {
                done,
                total,
                per_second,
            });
        })
        .await?;
    let tables = report.tables.iter().map(|table| Table {
        name: table.table.to_owned(),
        rebuilt: table.rebuilt_rows,
        serving: table.serving_rows,
        different: table.different_rows,
        examples: table
            .differences
            .iter()
            .map(|difference| format!("{difference:?}"))
            .collect(),
    });
    Ok(Reply::Rebuilt {
        tables: tables.collect(),
        events: report.events,
        elapsed_ms: u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
        switched: report.switched,
    })
}
