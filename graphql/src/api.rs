//! The API as the server holds it.

use crate::Fault;
use crate::address::{Peer, TrustedProxies};
use crate::auth::Tokens;
use crate::books::Sealer;
use crate::documents::Documents;
use crate::door::Door;
use crate::fanout::{Fanout, Router, Standings};
use crate::guard::InputTypes;
use crate::http::Origins;
use crate::mutation::Mutation;
use crate::past::Past;
use crate::payments::Providers;
use crate::persisted::Persisted;
use crate::query::Query;
use crate::rate::{Budgets, RateLimits, Who};
use crate::reactions::Reactions;
use crate::schema::Lookups;
use crate::subscription::Subscription;
use crate::vitals::Vitals;
use async_graphql::dataloader::DataLoader;
use async_graphql::{Schema, SchemaBuilder, ValidationMode};
use axum::http::{Extensions, HeaderMap};
use rust_decimal::Decimal;
use std::sync::{Arc, Once};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_domain::AccountId;
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
    /// How long the look-ups of several operations gather before they are made together; those of one
    /// gather until it stands still. 1 millisecond.
    pub lookups_gather: Duration,
    /// Whether the schema can be asked for. On.
    pub introspection: bool,
    /// Whether errors name what may have been meant. On; without introspection it is off.
    pub suggestions: bool,
    /// How often what may be done.
    pub budgets: Budgets,
    /// Proxies that may say where a request comes from. None.
    pub trusted_proxies: TrustedProxies,
    /// Other origins whose pages may use the API. None.
    pub origins: Origins,
    /// How long an operation may take. 30 seconds.
    pub operation_timeout: Duration,
    /// How long an HTTP body may take to come. 30 seconds.
    pub body_timeout: Duration,
    /// How long it may take before it must come at 4 KiB a second. 5 seconds.
    pub body_grace: Duration,
    /// The most operations in one HTTP request; 0 for no batches. 10.
    pub batch_max: usize,
    /// The largest HTTP body or socket message, in bytes. 256 KiB.
    pub body_bytes_max: usize,
    /// The longest query, in bytes. 64 KiB.
    pub query_bytes_max: usize,
    /// The most tokens of a query. 10,000.
    pub tokens_max: usize,
    /// The deepest nesting of brackets, in a query and in variables. 64.
    pub nesting_max: usize,
    /// The most values in variables, lists and objects counted. 10,000.
    pub values_max: usize,
    /// The most items of one list that is sent. 1,000.
    pub list_items_max: usize,
    /// The most levels of fields. 20: what clients ask of the schema itself has 16.
    pub depth_max: usize,
    /// The most fields, counted wherever their fragment is spread. 1,000.
    pub fields_max: usize,
    /// The most fields under another name. 100.
    pub aliases_max: usize,
    /// The most directives. 50.
    pub directives_max: usize,
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
            suggestions: true,
            budgets: Budgets::default(),
            trusted_proxies: TrustedProxies::default(),
            origins: Origins::NONE,
            operation_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(30),
            body_grace: Duration::from_secs(5),
            batch_max: 10,
            body_bytes_max: 256 * 1024,
            query_bytes_max: 64 * 1024,
            tokens_max: 10_000,
            nesting_max: 64,
            values_max: 10_000,
            list_items_max: 1_000,
            depth_max: 20,
            fields_max: 1_000,
            aliases_max: 100,
            directives_max: 50,
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
    /// Knows how publishers do.
    pub vitals: Arc<dyn Vitals>,
    /// Take payments and pay out.
    pub providers: Providers,
    /// Seals the books that are closed.
    pub sealer: Arc<dyn Sealer>,
    /// Names this run of this node.
    pub node: Arc<str>,
    /// Everything that can be set.
    pub settings: ApiSettings,
}

/// What every resolver works with.
pub(crate) struct Shared {
    pub(crate) log: Log,
    pub(crate) past: Past,
    pub(crate) views: Views,
    pub(crate) keyring: Keyring,
    /// What is read of the read models by id.
    pub(crate) lookups: Arc<DataLoader<Lookups>>,
    pub(crate) vitals: Arc<dyn Vitals>,
    pub(crate) providers: Providers,
    pub(crate) sealer: Arc<dyn Sealer>,
    pub(crate) tokens: Tokens,
    pub(crate) settings: ApiSettings,
    /// Hands events to feeds.
    pub(crate) router: Arc<Router>,
    /// Tells feeds what changed in the read models.
    pub(crate) standings: Arc<Standings>,
    /// Documents that clients send again and again.
    pub(crate) documents: Documents,
    /// Texts that clients name by their hashes.
    pub(crate) persisted: Persisted,
    /// What variables are checked against.
    pub(crate) input_types: InputTypes,
    /// Keeps everyone within their budgets.
    pub(crate) rates: RateLimits,
    /// Adds up what people react with.
    pub(crate) reactions: Reactions,
    /// Cancelled when the server stops.
    pub(crate) closing: CancellationToken,
}

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor {
    /// The account that is signed in, if one is.
    pub account: Option<AccountId>,
    /// Whose budgets it goes by.
    pub who: Who,
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
    /// The same without validation, for documents that have passed it.
    pub(crate) validated: Schema<Query, Mutation, Subscription>,
}

impl Api {
    /// Puts an API together, and begins to follow the log for its feeds.
    pub fn new(parts: ApiParts) -> Self {
        let ApiParts {
            log,
            reader,
            views,
            keyring,
            vitals,
            providers,
            sealer,
            node,
            settings,
        } = parts;
        let tokens = Tokens::new(&keyring, &settings);
        let closing = CancellationToken::new();
        let router = Arc::new(Router::new(&log));
        let rates = RateLimits::new(settings.budgets, log.environment().clone());
        let lookups = Lookups::new(views.clone(), log.clone(), keyring.clone());
        let lookups = DataLoader::new(lookups, tokio::spawn).delay(settings.lookups_gather);
        let shared = Arc::new(Shared {
            lookups: Arc::new(lookups),
            router,
            standings: Arc::default(),
            past: Past::new(log.clone(), reader),
            log,
            views,
            keyring,
            vitals,
            providers,
            sealer,
            tokens,
            settings,
            documents: Documents::new(),
            persisted: Persisted::new(),
            input_types: InputTypes::of_schema(&bare_schema().finish().sdl()),
            rates,
            reactions: Reactions::new(node.to_string()),
            closing,
        });
        let api = Self {
            schema: schema(&shared, ValidationMode::Strict),
            validated: schema(&shared, ValidationMode::Fast),
            shared,
            fanout: Arc::default(),
            door: Arc::default(),
        };
        api.follow_log();
        api
    }

    /// Follows the log and the read models, once for all feeds, until the API is closed.
    fn follow_log(&self) {
        let (shared, door) = (Arc::clone(&self.shared), Arc::clone(&self.door));
        tokio::spawn(async move {
            let now = shared.log.environment().now();
            let since = now - shared.tokens.access_lifetime;
            if let Err(error) = door.recall(&shared.past, since).await {
                tracing::warn!(%error, "sessions that were closed before the start are not known");
            }
        });
        let (shared, fanout, door) = (
            Arc::clone(&self.shared),
            Arc::clone(&self.fanout),
            Arc::clone(&self.door),
        );
        tokio::spawn(async move {
            let attend = |recorded: &Recorded| {
                door.attend(recorded);
                shared.reactions.attend(recorded);
                shared.rates.attend(recorded);
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
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let closing = shared.closing.clone();
            shared.reactions.write(&shared.log, closing).await;
        });
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let closing = shared.closing.clone();
            shared.reactions.passing.run(closing).await;
        });
    }

    /// Writes the reactions that were taken and not written yet. Call it when nobody can ask any more, before
    /// closing the log: whoever reacted was told that it counts.
    pub async fn write_last_reactions(&self) {
        self.shared.reactions.write_last(&self.shared.log).await;
    }

    /// What keeps everyone within their budgets, for what is served beside the API.
    pub fn rates(&self) -> &RateLimits {
        &self.shared.rates
    }

    /// Who sends a request to what is served beside the API.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for an access token that is no good.
    pub fn visitor(&self, headers: &HeaderMap, extensions: &Extensions) -> Result<Visitor, Fault> {
        let account = self.caller(headers)?.account();
        let address = || self.address(headers, extensions);
        let who = account.map_or_else(address, Who::Account);
        Ok(Visitor { account, who })
    }

    /// The address that a request comes from.
    pub(crate) fn address(&self, headers: &HeaderMap, extensions: &Extensions) -> Who {
        static SAID: Once = Once::new();
        let proxies = &self.shared.settings.trusted_proxies;
        let peer = extensions.get::<Peer>().copied();
        if proxies.ignores(peer, headers) {
            SAID.call_once(|| {
                tracing::warn!(
                    ?peer,
                    "a proxy that is not trusted says where requests come from; if it is yours, name \
                     it in trusted_proxies, or all who come through it share one budget"
                );
            });
        }
        Who::Address(proxies.client(peer, headers))
    }

    /// How many groups follow something: everybody who follows the same is in one.
    pub fn groups(&self) -> usize {
        self.fanout.size()
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

fn schema(shared: &Arc<Shared>, mode: ValidationMode) -> Schema<Query, Mutation, Subscription> {
    let settings = &shared.settings;
    let mut builder = bare_schema()
        .validation_mode(mode)
        .limit_complexity(settings.complexity_max)
        .limit_recursive_depth(settings.nesting_max)
        .limit_directives(DIRECTIVES_MAX)
        .data(Arc::clone(shared));
    if !settings.introspection {
        builder = builder.disable_introspection();
    }
    if !settings.introspection || !settings.suggestions {
        builder = builder.disable_suggestions();
    }
    builder.finish()
}

pub(crate) fn bare_schema() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
    )
}
