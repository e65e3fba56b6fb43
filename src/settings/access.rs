//! Who may ask what of HTTP, and how often.

use super::Given;
use anyhow::{Context as _, bail};
use std::time::Duration;
use tributary_graphql::Origins;
use tributary_graphql::address::TrustedProxies;
use tributary_graphql::rate::{Budget, Budgets};

/// The most operations in one request that can be set.
const BATCH_MAX: u32 = 50;

/// The longest time for an operation that can be set, in seconds.
const OPERATION_SECONDS_MAX: u32 = 600;

/// Checked settings of access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// How often what may be done.
    pub budgets: Budgets,
    /// Proxies that are believed.
    pub trusted_proxies: TrustedProxies,
    /// Other origins whose pages may use the API.
    pub api_origins: Origins,
    /// Other origins whose pages may play video.
    pub video_origins: Origins,
    /// Whether the API tells its schema.
    pub introspection: bool,
    /// Whether errors name what may have been meant.
    pub suggestions: bool,
    /// The most operations in one request; 0 for no batches.
    pub batch_max: u32,
    /// How long an operation may take.
    pub operation_timeout: Duration,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            budgets: Budgets::default(),
            trusted_proxies: TrustedProxies::default(),
            api_origins: Origins::NONE,
            // A player is there to be embedded, and what it gets depends on nothing that a browser adds.
            video_origins: Origins::Any,
            introspection: true,
            suggestions: true,
            batch_max: 10,
            operation_timeout: Duration::from_secs(30),
        }
    }
}

impl Access {
    /// # Errors
    /// Which setting is wrong, and what is allowed.
    pub(super) fn complete(given: &Given) -> anyhow::Result<Self> {
        let mut access = Self::default();
        let budgets = &mut access.budgets;
        for (name, text, budget) in [
            ("api_rate", &given.api_rate, &mut budgets.requests),
            ("chat_rate", &given.chat_rate, &mut budgets.messages),
            (
                "reaction_rate",
                &given.reaction_rate,
                &mut budgets.reactions,
            ),
            ("socket_rate", &given.socket_rate, &mut budgets.sockets),
            ("video_rate", &given.video_rate, &mut budgets.videos),
        ] {
            if let Some(text) = text {
                *budget = Budget::setting(text).with_context(|| name)?;
            }
        }
        if let Some(text) = &given.trusted_proxies {
            access.trusted_proxies = text.parse().context("trusted_proxies")?;
        }
        for (name, text, origins) in [
            ("api_origins", &given.api_origins, &mut access.api_origins),
            (
                "video_origins",
                &given.video_origins,
                &mut access.video_origins,
            ),
        ] {
            if let Some(text) = text {
                *origins = text.parse().context(name)?;
            }
        }
        access.introspection = given.introspection.unwrap_or(access.introspection);
        access.suggestions = given.suggestions.unwrap_or(access.suggestions);
        access.batch_max = given.batch_max.unwrap_or(access.batch_max);
        if access.batch_max > BATCH_MAX {
            let most = access.batch_max;
            bail!("batch_max is {most}; it must be from 0 to {BATCH_MAX}");
        }
        if let Some(seconds) = given.operation_seconds {
            if !(1..=OPERATION_SECONDS_MAX).contains(&seconds) {
                bail!(
                    "operation_seconds is {seconds}; it must be from 1 to {OPERATION_SECONDS_MAX}"
                );
            }
            access.operation_timeout = Duration::from_secs(seconds.into());
        }
        Ok(access)
    }

    /// As lines of a settings file.
    pub(super) fn show(&self) -> String {
        let budgets = &self.budgets;
        [
            format!("api_rate = \"{}\"", Budget::shown(budgets.requests)),
            format!("chat_rate = \"{}\"", Budget::shown(budgets.messages)),
            format!("reaction_rate = \"{}\"", Budget::shown(budgets.reactions)),
            format!("socket_rate = \"{}\"", Budget::shown(budgets.sockets)),
            format!("video_rate = \"{}\"", Budget::shown(budgets.videos)),
            format!("trusted_proxies = \"{}\"", self.trusted_proxies),
            format!("api_origins = \"{}\"", self.api_origins),
            format!("video_origins = \"{}\"", self.video_origins),
            format!("introspection = {}", self.introspection),
            format!("suggestions = {}", self.suggestions),
            format!("batch_max = {}", self.batch_max),
            format!("operation_seconds = {}", self.operation_timeout.as_secs()),
        ]
        .join("\n")
    }
}
