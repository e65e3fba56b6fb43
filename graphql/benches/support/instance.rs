//! The API on a log of its own, as a server that is measured.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tributary_domain::command::{Actor, channels};
use tributary_domain::{AccountId, ChannelId, Command, Request};
use tributary_graphql::rate::Budgets;
use tributary_graphql::{Api, ApiParts, ApiSettings, service};
use tributary_projections::{ProjectorOptions, Projectors, Views, ViewsUrl};
use tributary_store::testing::{Engine, Place};
use tributary_store::{Environment, Keyring, Log, LogReader, StreamKey};

/// Names the engine of the server's log: `sqlite`, or `postgres` at `TEST_POSTGRES_URL`.
pub const ENGINE: &str = "BENCH_ENGINE";

/// The password of every account.
pub const PASSWORD: &str = "correct horse";

/// The longest that anything takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The parts of a running server.
pub struct Instance {
    /// The log.
    pub log: Log,
    /// Its read models.
    pub views: Views,
    /// What folds them.
    pub projectors: Projectors<Log>,
    /// Its secrets.
    pub keyring: Keyring,
    /// The API on all that.
    pub api: Api,
    /// Holds the files.
    _place: Place,
}

impl Instance {
    /// An empty one. Nobody is kept within any budget: everybody comes from one address here.
    pub async fn start() -> Self {
        let engine = match std::env::var(ENGINE).as_deref() {
            Ok("postgres") => Engine::Postgres,
            _ => Engine::Sqlite,
        };
        let place = Place::fresh(engine).await;
        let log = place.open().await;
        let url = ViewsUrl::Sqlite(place.folder.path().join("views"));
        let views = Views::open(&url, &log).await.expect("read models");
        let options = ProjectorOptions::default();
        let projectors = Projectors::start(views.clone(), log.clone(), options).await;
        let projectors = projectors.expect("projectors");
        let keyring = Keyring::new(&[7; 32]);
        let settings = ApiSettings {
            budgets: Budgets::NONE,
            ..ApiSettings::default()
        };
        let api = Api::new(ApiParts {
            reader: LogReader::open(&place.url).await.expect("a reader"),
            log: log.clone(),
            views: views.clone(),
            keyring: keyring.clone(),
            vitals: std::sync::Arc::new(tributary_graphql::vitals::NoVitals),
            sealer: std::sync::Arc::new(tributary_graphql::books::NoSealer),
            providers: tributary_graphql::payments::Providers::sandbox(),
            node: "bench".into(),
            settings,
        });
        Self {
            log,
            views,
            projectors,
            keyring,
            api,
            _place: place,
        }
    }

    /// Serves the API on a port of its own.
    pub async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let router = tributary_graphql::router(self.api.clone());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        address
    }

    /// The log's clock and its chance.
    pub fn env(&self) -> &Environment {
        self.log.environment()
    }

    /// An account that can log in.
    pub async fn register(&self, name: &str) -> AccountId {
        let address = format!("{name}@example.com");
        let (log, keyring, asker) = (&self.log, &self.keyring, Actor::Console.into());
        let made =
            service::register(log, keyring, asker, name, &address, PASSWORD.to_owned()).await;
        made.expect("an account").account
    }

    /// Carries a command out.
    pub async fn execute(&self, actor: Actor, command: Command) {
        let request = Request {
            actor,
            at: self.env().now(),
            id: None,
            command,
        };
        self.log.execute(request).await.expect("it is carried out");
    }

    /// Opens an account's channel.
    pub async fn open_channel(&self, account: AccountId) -> ChannelId {
        let channel = ChannelId::from(account);
        let key = StreamKey::generate(self.env());
        let key = self.keyring.seal(&key, channel, self.env());
        let open = channels::Command::Open { account, key };
        let actor = Actor::Account(account);
        self.execute(actor, Command::Channels(open)).await;
        channel
    }

    /// Waits for the read models.
    pub async fn settle(&self) {
        let reached = self.views.wait_for(self.log.head(), PATIENCE).await;
        reached.expect("the read models are there");
    }
}

/// A channel's global id.
pub fn global_id(channel: ChannelId) -> String {
    URL_SAFE_NO_PAD.encode(format!("Channel:{channel}"))
}
