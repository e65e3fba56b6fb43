//! Starts every part in order, and stops them in the other one.

use crate::attendance::Attendance;
use crate::checkpoints::Checkpoints;
use crate::folder::Folder;
use crate::http::{self, Limits, Listener};
use crate::ingest::Ingest;
use crate::operator::Desk;
use crate::operator::books::Seals;
use crate::parts::{Core, Parts, Sending, rtmp_url};
use crate::payments::Payments;
use crate::policies::Policies;
use crate::presence::Presence;
use crate::recordings::bucket::Bucket;
use crate::recordings::{Recordings, moving};
use crate::settings::{Rtmps, Settings};
use crate::vitals::OfHub;
use crate::watched::{Watched, settle};
use crate::{backup, control, descriptors, erasure, health, reactions, recovery, secret, welcome};
use anyhow::Context as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tributary_domain::Position;
use tributary_graphql::books::Sealer;
use tributary_graphql::{Api, ApiParts, ApiSettings};
use tributary_media::anchor::WallClock;
use tributary_media::hls::Hls;
use tributary_media::hub::Hub;
use tributary_media::server::{Tls, Transport};
use tributary_projections::{ProjectorOptions, Projectors, Views};
use tributary_store::{Environment, Keyring, Leadership, Log, LogOptions, LogReader};

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
        backup::refuse_half(settings)?;
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

    /// Opens the read models of a log, and begins to keep them up to date: in turn with other nodes for
    /// a server, whose `node` this is; alone for the command line, where no server runs.
    ///
    /// # Errors
    /// When they cannot be used.
    pub async fn open_views(
        settings: Arc<Settings>,
        log: Log,
        keyring: Keyring,
        checkpoints: Checkpoints,
        node: Option<&str>,
    ) -> anyhow::Result<Self> {
        let views = Views::open(&settings.views_url, &log).await?;
        let options = ProjectorOptions::default();
        let leadership = match (views.shared_work().await?, node) {
            (Some(work), Some(node)) => log.campaign(&work, node),
            _ => Leadership::for_good("projections"),
        };
        let sharing = Projectors::share(views.clone(), log.clone(), options, leadership);
        let projectors = sharing.await?;
        Ok(Self {
            seals: Arc::new(Seals::new(&settings, &keyring)),
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
    descriptors::take_all();
    let (folder, previous) = Folder::take(&settings.data_dir)?;
    let settings = Arc::new(settings);
    let (log, keyring, checkpoints) = Core::open_log(&settings).await?;
    let node: Arc<str> = log.environment().uuid().to_string().into();
    let opening = Core::open_views(settings, log, keyring, checkpoints, Some(&node));
    let mut core = opening.await?;
    core.previous = previous;
    let outcome = serve(&core, node, &folder).await;
    core.close().await;
    outcome
}

/// The bucket that recordings are kept in, if one is set up and can be used.
async fn open_bucket(settings: &Settings) -> anyhow::Result<Option<Bucket>> {
    let Some(settings) = &settings.recordings.bucket else {
        return Ok(None);
    };
    let bucket = Bucket::open(settings)?;
    bucket.check().await?;
    Ok(Some(bucket))
}

async fn serve(core: &Core, node: Arc<str>, folder: &Folder) -> anyhow::Result<()> {
    let settings = &core.settings;
    // Before anybody can know that this is here: who asks it to stop from now on gets a clean stop.
    let mut signals = Signals::listen()?;
    let http = Listener::bind(settings.http_addr, Limits::default())
        .await
        .with_context(|| format!("HTTP cannot be served at {}", settings.http_addr))?;
    let rtmp = tributary_media::server::bind(settings.rtmp_addr)
        .with_context(|| format!("RTMP cannot be served at {}", settings.rtmp_addr))?;
    let rtmps = settings.rtmps.as_ref().map(open_rtmps).transpose()?;
    let (http_addr, rtmp_addr) = (http.local_addr()?, rtmp.local_addr()?);
    let rtmps_addr = rtmps.as_ref().map(|(listener, _)| listener.local_addr());
    let rtmps_addr = rtmps_addr.transpose()?;

    let payments = Payments::open(&settings.payments)?;
    folder.note(&node)?;
    core.log.beat(&node).await?;
    let hub = Arc::new(Hub::new(tributary_media::hub::Settings {
        merge_interval: settings.playback_merge,
        ..tributary_media::hub::Settings::default()
    }));
    let clock = core.env().clone();
    let clock = WallClock::new(move || u64::try_from(clock.now().timestamp_millis()).unwrap_or(0));
    let bucket = open_bucket(settings).await?;
    let recordings = Recordings::new(core.clone(), Arc::clone(&hub), bucket, clock.clone());
    let hls = Hls::new(Arc::clone(&hub), settings.hls, clock);
    let presence = Presence::new(core.clone(), Arc::clone(&node));
    let stop = CancellationToken::new();
    let background = CancellationToken::new();
    let watched = Watched::new();
    let (policies, policies_ended) = Policies::start(&core.log, &node, settings.grace, &background);
    let policies_ended = watched.spawn("policies", async {
        settle("policies", policies_ended).await;
    });
    let parts = Parts {
        core: core.clone(),
        hub,
        hls,
        recordings,
        sending: Sending::default(),
        presence,
        attendance: Attendance::new(core.clone()),
        policies,
        payments,
        node,
        http_addr,
        rtmp_addr,
        rtmps_addr,
    };
    let looking = core.log.campaign(recovery::WORK, &parts.node);
    if let Err(error) = recovery::recover(&parts, looking.held().is_some()).await {
        // A read model that is parked is no reason not to serve; it is tried again.
        tracing::error!("what a crash left open could not be closed yet: {error:#}");
    }
    let reader = LogReader::open(&settings.log_url).await?;
    let api = Api::new(ApiParts {
        reader: reader.clone(),
        log: core.log.clone(),
        views: core.views.clone(),
        keyring: core.keyring.clone(),
        vitals: Arc::new(OfHub(Arc::clone(&parts.hub))),
        providers: parts.payments.providers(),
        sealer: Arc::clone(&core.seals) as Arc<dyn Sealer>,
        node: Arc::clone(&parts.node),
        settings: ApiSettings {
            rtmp_url: rtmp_url(settings, rtmp_addr),
            fee_schedule: settings.fee_schedule.clone(),
            introspection: settings.access.introspection,
            suggestions: settings.access.suggestions,
            budgets: settings.access.budgets,
            trusted_proxies: settings.access.trusted_proxies.clone(),
            origins: settings.access.api_origins.clone(),
            operation_timeout: settings.access.operation_timeout,
            batch_max: usize::try_from(settings.access.batch_max).unwrap_or_default(),
            ..ApiSettings::default()
        },
    });

    let gate = Arc::new(Ingest::new(parts.clone(), api.clone()));
    let limits = tributary_media::server::Limits::default();
    let server = tributary_media::server::Server::new(gate, Arc::clone(&parts.hub), limits);
    let ingesting = stop.clone();
    let ingest = watched.spawn("ingest", async move {
        let plain = server.listen(rtmp, Transport::Plain, ingesting.clone());
        let secure = async {
            if let Some((listener, tls)) = rtmps {
                let transport = Transport::Tls(tls);
                server.listen(listener, transport, ingesting.clone()).await;
            }
        };
        tokio::join!(plain, secure);
    });
    let reacting = reactions::run(parts.clone(), background.clone());
    let reactions = watched.spawn("reactions", reacting);
    let attending = parts.attendance.clone().run(background.clone());
    let attendance = watched.spawn("attendance", attending);
    let beating = recovery::beat(core.clone(), Arc::clone(&parts.node), background.clone());
    let beats = watched.spawn("heartbeats", beating);
    let signing = core.checkpoints.clone();
    let signing = signing.run(Arc::clone(&parts.node), background.clone());
    let checkpoints = watched.spawn("checkpoints", signing);
    let looking = recovery::run(parts.clone(), looking, background.clone());
    let recovery = watched.spawn("recovery", looking);
    let moving = moving::run(parts.recordings.clone(), background.clone());
    let moving = watched.spawn("moving recordings", moving);
    let noting = health::run(parts.clone(), background.clone());
    let healths = watched.spawn("health notes", noting);
    let forgetting = erasure::run(core.clone(), background.clone());
    let erasures = watched.spawn("erasures", forgetting);
    let control = match control::listen(&settings.control_socket()) {
        Ok(listener) => listener.into(),
        // A folder whose name is too long for a socket, say: the server is of use all the same.
        Err(error) => {
            tracing::warn!("{error:#}; the command line cannot reach this server");
            None
        }
    };
    let control = control.map(|listener| {
        let desk = Desk::of(&parts);
        watched.spawn(
            "the control socket",
            control::serve(listener, desk, stop.clone()),
        )
    });
    let router = http::router(parts.clone(), api.clone(), reader);
    let mut web = watched.spawn("HTTP", http.serve(router, stop.clone()));
    let log = core.log.clone();
    watched.spawn("the command path", async move { log.ended().await });

    welcome::greet(&parts).await;
    let broken = tokio::select! {
        () = signals.stop() => None,
        name = watched.first_end() => Some(name),
    };
    match broken {
        None => tracing::info!("stopping"),
        Some(part) => tracing::error!(part, "ended by itself; the server stops"),
    }
    stop.cancel();
    api.close();
    // Encoders first: their last words are commands. Then viewers, whose bodies would never end.
    settle("ingest", ingest).await;
    // While their broadcasts are there.
    parts.recordings.close().await;
    for key in parts.hub.keys() {
        parts.hub.end(&key);
    }
    if tokio::time::timeout(DRAIN, &mut web).await.is_err() {
        let seconds = DRAIN.as_secs();
        tracing::warn!("some requests did not end in {seconds} s and were cut");
        web.abort();
    }
    api.write_last_reactions().await;
    parts.presence.close().await;
    background.cancel();
    settle("policies", policies_ended).await;
    settle("reactions", reactions).await;
    settle("attendance", attendance).await;
    settle("recovery", recovery).await;
    settle("moving recordings", moving).await;
    settle("health notes", healths).await;
    settle("erasures", erasures).await;
    settle("heartbeats", beats).await;
    settle("checkpoints", checkpoints).await;
    if let Some(control) = control {
        settle("the control socket", control).await;
        let _gone = std::fs::remove_file(settings.control_socket());
    }
    // What could not be closed when it should have been is closed now, or found by the next start.
    match recovery::recover(&parts, false).await {
        Ok(()) => core.log.forget_node(&parts.node).await?,
        Err(error) => tracing::warn!("something may be left open for the next start: {error:#}"),
    }
    core.checkpoints.sign_last(&parts.node).await;
    if let Some(part) = broken {
        anyhow::bail!("{part} ended by itself; see the log for why");
    }
    tracing::info!("stopped; every command was answered");
    Ok(())
}

fn open_rtmps(settings: &Rtmps) -> anyhow::Result<(TcpListener, Tls)> {
    let Rtmps {
        addr,
        certificate,
        key,
    } = settings;
    let tls = Tls::from_files(certificate, key).with_context(|| {
        let (certificate, key) = (certificate.display(), key.display());
        format!("RTMPS cannot be served with {certificate} and {key}")
    })?;
    let listener = tributary_media::server::bind(*addr)
        .with_context(|| format!("RTMPS cannot be served at {addr}"))?;
    Ok((listener, tls))
}

/// What asks the process to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on none of them ends the process by itself.
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for one; also for one that came before this was called.
    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
