//! The API as the server holds it.

use crate::auth::Tokens;
use crate::door::Door;
use crate::fanout::{Fanout, Router, Standings};
use crate::mutation::Mutation;
use crate::past::Past;
use crate::query::Query;
use crate::schema::Lookups;
use crate::subscription::Subscription;
use async_graphql::dataloader::DataLoader;
use async_graphql::{Schema, SchemaBuilder};
use rust_decimal::Decimal;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_domain::money::FeeSchedule;
use tributary_domain::{Event, Recorded, account};
use tributary_projections::Views;
use tributary_store::{Keyring, Log, LogReader};

/// What can be set, with its default.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Where publishers send to, shown beside a stream key. `rtmp://localhost:1935/live`.
    pub rtmp_url: String,
    /// What the platform keeps of a tip. 5 %, called `standard`.
    pub fee_schedule: FeeSchedule,
    /// How long an access token is good. 15 minutes.
    pub access_token_lifetime: Duration,
    /// How long a refresh token is good. 30 days.
    pub refresh_token_lifetime: Duration,
    /// How long a query waits for `atLeast`, and a mutation for what it shows. 8 seconds: longer than
    /// another node takes to keep the read models after the one that did has died.
    pub at_least_timeout: Duration,
    /// How long the look-ups of a list gather before they are made together. 1 millisecond.
    pub lookups_gather: Duration,
    /// Whether the schema can be asked for. On.
    pub introspection: bool,
    /// The largest HTTP body or socket message, in bytes. 256 KiB.
    pub body_bytes_max: usize,
    /// The longest query, in bytes. 64 KiB.
    pub query_bytes_max: usize,
    /// The deepest nesting of brackets. 64.
    pub nesting_max: usize,
    /// The most levels of fields. 20: what clients ask of the schema itself has 16.
    pub depth_max: usize,
    /// The most fields, counted wherever their fragment is spread. 1,000.
    pub fields_max: usize,
    /// The most fields under another name. 100.
    pub aliases_max: usize,
    /// The most fields at the root. 20.
    pub root_fields_max: usize,
    /// The highest cost: a field costs 1, a list what its items cost times their number. 20,000.
    pub complexity_max: usize,
    /// The most operations at once on one socket. 100.
    pub subscriptions_max: usize,
    /// How long a socket may take to send `connection_init`. 10 seconds.
    pub init_timeout: Duration,
    /// How often a quiet socket is asked whether it is still there; after the second time without a
    /// sign of life it is closed. 30 seconds.
    pub ping_interval: Duration,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            rtmp_url: "rtmp://localhost:1935/live".to_owned(),
            fee_schedule: FeeSchedule {
                id: "standard".to_owned(),
                rate: Decimal::new(5, 2),
            },
            access_token_lifetime: Duration::from_secs(15 * 60),
            refresh_token_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
            at_least_timeout: Duration::from_secs(8),
            lookups_gather: Duration::from_millis(1),
            introspection: true,
            body_bytes_max: 256 * 1024,
            query_bytes_max: 64 * 1024,
            nesting_max: 64,
            depth_max: 20,
            fields_max: 1_000,
            aliases_max: 100,
            root_fields_max: 20,
            complexity_max: 20_000,
            subscriptions_max: 100,
            init_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(30),
        }
    }
}

/// What an API is made of.
pub struct ApiParts {
    /// Where commands go and feeds come from.
    pub log: Log,
    /// The same log, for what is read of its past: beside the commands, and without a lock.
    pub reader: LogReader,
    /// The read models, followed by running projectors.
    pub views: Views,
    /// Signs tokens, hashes passwords, seals stream keys.
    pub keyring: Keyring,
    /// Everything that can be set.
    pub settings: ApiSettings,
}

/// What every resolver works with.
pub(crate) struct Shared {
    pub(crate) log: Log,
    pub(crate) past: Past,
    pub(crate) views: Views,
    pub(crate) keyring: Keyring,
    pub(crate) tokens: Tokens,
    pub(crate) settings: ApiSettings,
    /// Hands events to feeds.
    pub(crate) router: Arc<Router>,
    /// Tells feeds what changed in the read models.
    pub(crate) standings: Arc<Standings>,
    /// Cancelled when the server stops.
    pub(crate) closing: CancellationToken,
}

/// The GraphQL API. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) shared: Arc<Shared>,
    pub(crate) schema: Schema<Query, Mutation, Subscription>,
    /// Groups of those who follow the same.
    pub(crate) fanout: Arc<Fanout>,
    /// Connections of people who have signed in.
    pub(crate) door: Arc<Door>,
}

impl Api {
    /// Puts an API together, and begins to follow the log for its feeds.
    pub fn new(parts: ApiParts) -> Self {
        let ApiParts {
            log,
            reader,
            views,
            keyring,
            settings,
        } = parts;
        let tokens = Tokens::new(&keyring, &settings);
        let lookups = Lookups::new(views.clone(), log.clone(), keyring.clone());
        let lookups = DataLoader::new(lookups, tokio::spawn).delay(settings.lookups_gather);
        let closing = CancellationToken::new();
        let router = Arc::new(Router::new(&log));
        let shared = Arc::new(Shared {
            router,
            standings: Arc::default(),
            past: Past::new(log.clone(), reader),
            log,
            views,
            keyring,
            tokens,
            settings,
            closing,
        });
        let mut builder = bare_schema()
            .limit_complexity(shared.settings.complexity_max)
            .limit_recursive_depth(shared.settings.nesting_max)
            .limit_directives(DIRECTIVES_MAX)
            .data(Arc::clone(&shared))
            .data(lookups);
        if !shared.settings.introspection {
            builder = builder.disable_introspection().disable_suggestions();
        }
        let api = Self {
            schema: builder.finish(),
            shared,
            fanout: Arc::default(),
            door: Arc::default(),
        };
        api.follow_log();
        api
    }

    /// Follows the log and the read models, once for all feeds, until the API is closed.
    fn follow_log(&self) {
        let (shared, fanout, door) = (
            Arc::clone(&self.shared),
            Arc::clone(&self.fanout),
            Arc::clone(&self.door),
        );
        tokio::spawn(async move {
            let attend = |recorded: &Recorded| {
                door.attend(recorded);
                if let Event::Account(
                    account::Event::Erased(_) | account::Event::ErasureCompleted(_),
                ) = &recorded.event
                {
                    fanout.forget();
                }
            };
            let closing = shared.closing.clone();
            shared.router.run(&shared.log, closing, attend).await;
        });
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let closing = shared.closing.clone();
            shared.standings.run(&shared.views, closing).await;
        });
    }

    /// Closes every socket, and with it its feeds. Requests under way are finished by whoever serves
    /// them. Call it before closing the log: a feed that reads the log waits for ever otherwise.
    pub fn close(&self) {
        self.shared.closing.cancel();
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Api(..)")
    }
}

/// The most directives on one field: `@skip` and `@include` are all there are.
const DIRECTIVES_MAX: usize = 4;

pub(crate) fn bare_schema() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
    )
}
