//! A server in the test's own process, and clients of it.

mod client;
mod seals;
mod socket;
mod system;

pub(crate) use client::{Answer, Client};
use seals::Seals;
pub(crate) use socket::Socket;
pub(crate) use system::{channel_of, chatter, done_by, go_live, many_live, system};

use axum::Router;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tributary_domain::Timestamp;
use tributary_domain::command::Actor;
use tributary_graphql::rate::Budgets;
use tributary_graphql::{Api, ApiParts, ApiSettings, service};
use tributary_projections::{ProjectorOptions, Projectors, Views, ViewsUrl};
use tributary_store::testing::{Engine, Place};
use tributary_store::{
    Entropy, Environment, Keyring, Log, LogOptions, LogReader, LogUrl, ManualClock, SeededEntropy,
};

pub(crate) const PASSWORD: &str = "correct horse";

/// The longest that a test waits for anything.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Waits for what a test needs to go on.
pub(crate) async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, work).await {
        Ok(done) => done,
        Err(_) => panic!("waited too long for {what}"),
    }
}

/// The settings that most tests have: nobody is told to ask less often.
pub(crate) fn unhurried() -> ApiSettings {
    ApiSettings {
        budgets: Budgets::NONE,
        ..ApiSettings::default()
    }
}

/// A thousand clients in the process of their server are more than most systems begin with.
fn allow_many_sockets() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

async fn api_on(
    place: &Place,
    log: &Log,
    views: &Views,
    keyring: &Keyring,
    (settings, node): (&ApiSettings, &str),
) -> Api {
    Api::new(ApiParts {
        log: log.clone(),
        reader: LogReader::open(&place.url).await.unwrap(),
        views: views.clone(),
        keyring: keyring.clone(),
        vitals: Arc::new(tributary_graphql::vitals::NoVitals),
        providers: tributary_graphql::payments::Providers::sandbox(),
        sealer: Arc::new(Seals::of(log)),
        node: node.into(),
        settings: settings.clone(),
    })
}

/// A server with a log and read models of its own. Its clock stands until it is moved.
pub(crate) struct Server {
    pub(crate) api: Api,
    pub(crate) log: Log,
    pub(crate) views: Views,
    pub(crate) keyring: Keyring,
    pub(crate) clock: Arc<ManualClock>,
    router: Router,
    settings: ApiSettings,
    _projectors: Projectors<Log>,
    place: Place,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(Engine::Sqlite, unhurried()).await
    }

    /// One that does the same each time: its randomness begins where the last one's did.
    pub(crate) async fn repeatable() -> Self {
        let entropy = SeededEntropy::new(7);
        Self::start_in(Engine::Sqlite, ApiSettings::default(), entropy).await
    }

    pub(crate) async fn start_with(engine: Engine, settings: ApiSettings) -> Self {
        Self::start_in(engine, settings, Environment::system().entropy).await
    }

    async fn start_in(engine: Engine, settings: ApiSettings, entropy: Arc<dyn Entropy>) -> Self {
        let clock = ManualClock::at("2026-01-31T18:00:00Z".parse::<Timestamp>().unwrap());
        let env = Environment {
            clock: Arc::clone(&clock) as _,
            entropy,
        };
        let place = Place::fresh(engine).await;
        let log = place.open_with(LogOptions::default(), env).await;
        let url = match &place.url {
            LogUrl::Sqlite(_) => ViewsUrl::Sqlite(place.folder.path().join("views")),
            LogUrl::Postgres(url) => ViewsUrl::Postgres(url.clone()),
        };
        let views = Views::open(&url, &log).await.unwrap();
        let projectors = Projectors::start(views.clone(), log.clone(), ProjectorOptions::default())
            .await
            .unwrap();
        let keyring = Keyring::new(&[7; 32]);
        let api = api_on(&place, &log, &views, &keyring, (&settings, "one")).await;
        Self {
            router: tributary_graphql::router(api.clone()),
            api,
            log,
            views,
            keyring,
            clock,
            settings,
            _projectors: projectors,
            place,
        }
    }

    /// Puts an API in the place of the one that is there, which knows nothing of what that one knew.
    pub(crate) async fn restart_api(&mut self) {
        self.api.close();
        self.api = api_on(
            &self.place,
            &self.log,
            &self.views,
            &self.keyring,
            (&self.settings, "one, again"),
        )
        .await;
        self.router = tributary_graphql::router(self.api.clone());
    }

    /// The API of another node, beside this one on the same log.
    pub(crate) async fn beside(&self) -> Api {
        let named = (&self.settings, "two");
        api_on(&self.place, &self.log, &self.views, &self.keyring, named).await
    }

    /// A client at another node.
    pub(crate) fn at(api: &Api, client: &Client) -> Client {
        let mut there = Client::new(tributary_graphql::router(api.clone()), client.token.clone());
        there.name.clone_from(&client.name);
        there.id.clone_from(&client.id);
        there
    }

    /// Somebody who has not signed in.
    pub(crate) fn anyone(&self) -> Client {
        Client::new(self.router.clone(), None)
    }

    /// A client with this token.
    pub(crate) fn with_token(&self, token: &str) -> Client {
        Client::new(self.router.clone(), Some(token.to_owned()))
    }

    /// Somebody who has just registered.
    pub(crate) async fn register(&self, name: &str) -> Client {
        let input = serde_json::json!({
            "name": name, "email": format!("{name}@example.com"), "password": PASSWORD,
        });
        let answer = self.anyone().mutate("register", input, REGISTERED).await;
        let payload = answer.payload("register");
        let mut client = self.with_token(payload["session"]["accessToken"].as_str().unwrap());
        client.name = name.to_owned();
        client.id = payload["account"]["id"].as_str().unwrap().to_owned();
        client
    }

    /// Somebody who has just registered and opened a channel; its id.
    pub(crate) async fn streamer(&self, name: &str) -> (Client, String) {
        let client = self.register(name).await;
        let answer = client
            .mutate("openChannel", serde_json::json!({}), "channel { id }")
            .await;
        let channel = answer.payload("openChannel")["channel"]["id"].as_str();
        let channel = channel.unwrap().to_owned();
        (client, channel)
    }

    /// The admin, whom the console made.
    pub(crate) async fn admin(&self) -> Client {
        let asker = Actor::Console.into();
        let email = "root@example.com";
        let made = service::register(
            &self.log,
            &self.keyring,
            asker,
            "root",
            email,
            PASSWORD.to_owned(),
        )
        .await
        .unwrap();
        let wait = self.views.wait_for(made.receipt.position, DEADLINE);
        wait.await.unwrap();
        let input = serde_json::json!({"nameOrEmail": "root", "password": PASSWORD});
        let answer = self.anyone().mutate("logIn", input, REGISTERED).await;
        let payload = answer.payload("logIn");
        let mut client = self.with_token(payload["session"]["accessToken"].as_str().unwrap());
        client.name = "root".to_owned();
        client.id = payload["account"]["id"].as_str().unwrap().to_owned();
        client
    }

    /// Serves real sockets, for as long as the test runs.
    pub(crate) async fn listen(&self) -> SocketAddr {
        allow_many_sockets();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }
}

pub(crate) const REGISTERED: &str =
    "account { id name } session { accessToken expiresAt refreshToken refreshExpiresAt }";
