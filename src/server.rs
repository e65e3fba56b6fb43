//! Starts every part in order, and stops them in the other one.

use crate::checkpoints::Checkpoints;
use crate::folder::Folder;
use crate::http::{self, Limits, Listener};
use crate::ingest::Ingest;
use crate::operator::Desk;
use crate::parts::{Core, Parts, Sending, rtmp_url};
use crate::presence::Presence;
use crate::settings::Settings;
use crate::{control, policies, recovery, secret, welcome};
use anyhow::Context as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tributary_domain::Position;
use tributary_graphql::{Api, ApiParts, ApiSettings};
use tributary_media::hub::Hub;
use tributary_projections::{ProjectorOptions, Projectors, Views};
use tributary_store::{Environment, Keyring, Log, LogOptions};

/// How long open requests may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

impl Core {
    /// Opens the log, reads the secret that belongs to it, and compares the log with what was signed.
    ///
    /// # Errors
    /// When one of them cannot be used, or the log has events and its secret is not there: under a new
    /// one no stream key, address or token of before would be known. When the log is not the one that
    /// the newest checkpoint was signed for.
    pub async fn open_log(settings: &Settings) -> anyhow::Result<(Log, Keyring, Checkpoints)> {
        let (log, keyring) = Self::open_log_unproven(settings).await?;
        match Checkpoints::open(&settings.checkpoint_file, &keyring, &log).await {
            Ok(checkpoints) => Ok((log, keyring, checkpoints)),
            Err(error) => {
                log.close().await;
                Err(error.into())
            }
        }
    }

    /// The same without comparing.
    ///
    /// # Errors
    /// As above.
    pub async fn open_log_unproven(settings: &Settings) -> anyhow::Result<(Log, Keyring)> {
        let env = Environment::system();
        let log = Log::open(&settings.log_url, LogOptions::default(), env.clone()).await?;
        let secret = &settings.secret_file;
        // After the log: its lock says that the folder is ours.
        if log.head() > Position::START && !secret.exists() {
            log.close().await;
            anyhow::bail!(
                "the log has events, but its secret {} is missing; put back the file (nodes of one \
                 installation share it)",
                secret.display()
            );
        }
        let keyring = secret::keyring(secret, &env)?;
        Ok((log, keyring))
    }

    /// Opens the read models of a log, and begins to keep them up to date.
    ///
    /// # Errors
    /// When they cannot be used.
    pub async fn open_views(
        settings: Arc<Settings>,
        log: Log,
        keyring: Keyring,
        checkpoints: Checkpoints,
    ) -> anyhow::Result<Self> {
        let views = Views::open(&settings.views_url, &log).await?;
        let options = ProjectorOptions::default();
        let projectors = Projectors::start(views.clone(), log.clone(), options).await?;
        Ok(Self {
            settings,
            log,
            views,
            projectors: Arc::new(projectors),
            keyring,
            checkpoints,
            previous: None,
        })
    }

    /// Finishes what was begun, and lets go of everything.
    pub async fn close(&self) {
        // What the projectors have not folded by now they fold at the next start.
        self.projectors.stop().await;
        self.views.close().await;
        self.log.close().await;
    }
}

/// Runs the server until it is told to stop.
///
/// # Errors
/// When a part cannot be started.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let (folder, previous) = Folder::take(&settings.data_dir)?;
    let settings = Arc::new(settings);
    let (log, keyring, checkpoints) = Core::open_log(&settings).await?;
    let mut core = Core::open_views(settings, log, keyring, checkpoints).await?;
    core.previous = previous;
    let outcome = serve(&core, &folder).await;
    core.close().await;
    outcome
}

async fn serve(core: &Core, folder: &Folder) -> anyhow::Result<()> {
    let settings = &core.settings;
    let http = Listener::bind(settings.http_addr, Limits::default())
        .await
        .with_context(|| format!("HTTP cannot be served at {}", settings.http_addr))?;
    let rtmp = TcpListener::bind(settings.rtmp_addr)
        .await
        .with_context(|| format!("RTMP cannot be served at {}", settings.rtmp_addr))?;
    let (http_addr, rtmp_addr) = (http.local_addr()?, rtmp.local_addr()?);

    let node: Arc<str> = core.env().uuid().to_string().into();
    folder.note(&node)?;
    core.log.beat(&node).await?;
    let hub = Arc::new(Hub::new(tributary_media::hub::Settings::default()));
    let presence = Presence::new(core.clone(), Arc::clone(&node));
    let parts = Parts {
        core: core.clone(),
        hub,
        sending: Sending::default(),
        presence,
        node,
        http_addr,
        rtmp_addr,
    };
    if let Err(error) = recovery::recover(&parts).await {
        // A read model that is parked is no reason not to serve; it is tried again.
        tracing::error!("what a crash left open could not be closed yet: {error:#}");
    }
    let api = Api::new(ApiParts {
        log: core.log.clone(),
        views: core.views.clone(),
        keyring: core.keyring.clone(),
        settings: ApiSettings {
            rtmp_url: rtmp_url(settings, rtmp_addr),
            fee_schedule: settings.fee_schedule.clone(),
            ..ApiSettings::default()
        },
    });

    let stop = CancellationToken::new();
    let background = CancellationToken::new();
    let ingest = tokio::spawn(tributary_media::server::serve(
        rtmp,
        Arc::new(Ingest::new(parts.clone())),
        Arc::clone(&parts.hub),
        tributary_media::server::Limits::default(),
        stop.clone(),
    ));
    let policies = tokio::spawn(policies::run(parts.clone(), background.clone()));
    let beats = tokio::spawn(recovery::beat(
        core.clone(),
        Arc::clone(&parts.node),
        background.clone(),
    ));
    let checkpoints = tokio::spawn(
        core.checkpoints
            .clone()
            .run(Arc::clone(&parts.node), background.clone()),
    );
    let recovery = tokio::spawn(recovery::run(parts.clone(), background.clone()));
    let control = match control::listen(&settings.control_socket()) {
        Ok(listener) => listener.into(),
        // A folder whose name is too long for a socket, say: the server is of use all the same.
        Err(error) => {
            tracing::warn!("{error:#}; the command line cannot reach this server");
            None
        }
    };
    let control = control.map(|listener| {
        tokio::spawn(control::serve(
            listener,
            Desk::of(core, rtmp_addr),
            stop.clone(),
        ))
    });
    let router = http::router(parts.clone(), api.clone());
    let mut web = tokio::spawn(http.serve(router, stop.clone()));

    welcome::greet(&parts).await;
    wait_for_signal().await?;
    tracing::info!("stopping");
    stop.cancel();
    api.close();
    // Encoders first: their last words are commands. Then viewers, whose bodies would never end.
    ingest.await.context("ingest ended badly")?;
    for key in parts.hub.keys() {
        parts.hub.end(&key);
    }
    if tokio::time::timeout(DRAIN, &mut web).await.is_err() {
        let seconds = DRAIN.as_secs();
        tracing::warn!("some requests did not end in {seconds} s and were cut");
        web.abort();
    }
    parts.presence.close().await;
    background.cancel();
    policies.await.context("policies ended badly")?;
    recovery.await.context("recovery ended badly")?;
    beats.await.context("heartbeats ended badly")?;
    checkpoints.await.context("checkpoints ended badly")?;
    if let Some(control) = control {
        control.await.context("the control socket ended badly")?;
        let _gone = std::fs::remove_file(settings.control_socket());
    }
    // What could not be closed when it should have been is closed now, or found by the next start.
    match recovery::recover(&parts).await {
        Ok(()) => core.log.forget_node(&parts.node).await?,
        Err(error) => tracing::warn!("something may be left open for the next start: {error:#}"),
    }
    core.checkpoints.sign_last(&parts.node).await;
    tracing::info!("stopped; every command was answered");
    Ok(())
}

async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
