//! How often something may be done: so many times a period, for each account that is signed in and for
//! each address otherwise. Each kind of thing has its own budget, so that chat does not eat the API's.

mod budget;
mod meter;
mod repeats;

pub use budget::{Budget, NotABudget};

use meter::Meter;
use repeats::Repeats;
use std::net::IpAddr;
use std::time::Duration;
use tributary_domain::{AccountId, ChannelId, Event, Recorded, Rejection, channel};
use tributary_store::Environment;

use crate::Fault;
use crate::address::network;
use crate::messages::Sentence;

/// What is done within a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// An operation of the API, over whatever transport.
    Request,
    /// A chat message.
    Message,
    /// A reaction.
    Reaction,
    /// Opening a socket.
    Socket,
    /// Asking for video.
    Video,
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// An account that is signed in.
    Account(AccountId),
    /// Anybody else, by address. An IPv6 /64 is one address.
    Address(IpAddr),
}

/// The budget of each kind of deed; without one it is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// Operations of the API. 300 in 15 minutes.
    pub requests: Option<Budget>,
    /// Chat messages. 5 in 10 seconds.
    pub messages: Option<Budget>,
    /// Reactions. 30 in 10 seconds.
    pub reactions: Option<Budget>,
    /// Sockets that are opened. 10 a minute.
    pub sockets: Option<Budget>,
    /// Requests for video. 100 a minute.
    pub videos: Option<Budget>,
}

impl Budgets {
    /// Nothing is limited.
    pub const NONE: Self = Self {
        requests: None,
        messages: None,
        reactions: None,
        sockets: None,
        videos: None,
    };
}

impl Default for Budgets {
    fn default() -> Self {
        let budget = |most, seconds| Some(Budget::new(most, Duration::from_secs(seconds)));
        Self {
            requests: budget(300, 15 * 60),
            messages: budget(5, 10),
            reactions: budget(30, 10),
            sockets: budget(10, 60),
            videos: budget(100, 60),
        }
    }
}

/// Keeps everyone within their budgets. In memory, for this process: what was spent before a restart is
/// forgotten.
pub struct RateLimits {
    environment: Environment,
    /// Where messages are not limited, their repetition is not either.
    repeats: Option<Repeats>,
    requests: Option<Meter>,
    messages: Option<Meter>,
    reactions: Option<Meter>,
    sockets: Option<Meter>,
    videos: Option<Meter>,
}

impl RateLimits {
    /// Nobody has spent anything yet.
    pub fn new(budgets: Budgets, environment: Environment) -> Self {
        Self {
            repeats: budgets.messages.map(|_| Repeats::new()),
            environment,
            requests: budgets.requests.map(Meter::new),
            messages: budgets.messages.map(Meter::new),
            reactions: budgets.reactions.map(Meter::new),
            sockets: budgets.sockets.map(Meter::new),
            videos: budgets.videos.map(Meter::new),
        }
    }

    /// Notes what somebody says in a channel.
    ///
    /// # Errors
    /// `REPEATED_TEXT`, when they have just said so again and again.
    pub(crate) fn repeat(
        &self,
        sender: AccountId,
        channel: ChannelId,
        text: &str,
    ) -> Result<(), Rejection> {
        match &self.repeats {
            Some(repeats) => {
                let now = self.environment.now();
                Ok(repeats.note(sender, channel, text, now)?)
            }
            None => Ok(()),
        }
    }

    /// Notes what the log tells of what was said, on whichever node.
    pub(crate) fn attend(&self, recorded: &Recorded) {
        let (Some(repeats), Event::Channel(channel::Event::MessageSent(sent)), Some(channel)) =
            (&self.repeats, &recorded.event, recorded.channel)
        else {
            return;
        };
        if let Some(said) = sent.personal.get() {
            repeats.told(sent.sender, channel, &said.text, recorded.recorded_at);
        }
    }

    /// Spends `count` deeds of somebody's budget, or none of them.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with the seconds after which there is enough again.
    pub fn spend(&self, deed: Deed, who: Who, count: u32) -> Result<(), Fault> {
        let meter = match deed {
            Deed::Request => &self.requests,
            Deed::Message => &self.messages,
            Deed::Reaction => &self.reactions,
            Deed::Socket => &self.sockets,
            Deed::Video => &self.videos,
        };
        let Some(meter) = meter else {
            return Ok(());
        };
        let who = match who {
            Who::Address(address) => Who::Address(network(address)),
            account @ Who::Account(_) => account,
        };
        let spent = meter.spend(who, count, self.environment.now());
        spent.map_err(|wait| over(deed, meter.budget(), wait))
    }
}

fn over(deed: Deed, budget: Budget, wait: Duration) -> Fault {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let wait = u32::try_from(seconds.max(1)).unwrap_or(u32::MAX);
    let (most, seconds) = (budget.most(), budget.period().as_secs());
    let sentence = match deed {
        Deed::Request => Sentence::TooManyRequests {
            most,
            seconds,
            wait,
        },
        Deed::Message => Sentence::TooManyMessages {
            most,
            seconds,
            wait,
        },
        Deed::Reaction => Sentence::TooManyReactions {
            most,
            seconds,
            wait,
        },
        Deed::Socket => Sentence::TooManySockets {
            most,
            seconds,
            wait,
        },
        Deed::Video => Sentence::TooManyVideos {
            most,
            seconds,
            wait,
        },
    };
    Fault::OverBudget {
        sentence,
        retry_after: wait,
    }
}

impl std::fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RateLimits(..)")
    }
}
