//! The same text again and again: what one sender says in one channel, by what a reader sees of it.
//!
//! It is kept here and not in the channel's history, because what is decided there must not rest on words
//! that an erasure takes away. Each node counts what it takes, at once, and what the log tells of every node,
//! a few milliseconds later; the higher of the two holds. So another node is no way around it, but for what
//! is sent to several nodes within these milliseconds. A restart forgets.

use lru::LruCache;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use tributary_domain::chat_text::{self, Rejection};
use tributary_domain::{AccountId, ChannelId, Timestamp};

/// How often the same text may be said in a period.
pub(super) const TIMES_MAX: u32 = 3;
/// The period, in seconds.
pub(super) const SECONDS: u32 = 30;
/// How many texts are remembered; the one that was not said for longest is forgotten first.
const TEXTS_MAX: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// So many times since a moment.
#[derive(Clone, Copy)]
struct Times {
    since: Timestamp,
    times: u32,
}

impl Times {
    /// Nothing since `now`, unless the period that began before is not over.
    fn at(self, now: Timestamp) -> Self {
        match (now - self.since).num_seconds() {
            0.. if self.left(now) > 0 => self,
            _ => Self {
                since: now,
                times: 0,
            },
        }
    }

    /// Seconds until the period is over.
    fn left(self, now: Timestamp) -> i64 {
        i64::from(SECONDS) - (now - self.since).num_seconds()
    }
}

struct Said {
    /// What this node took.
    here: Times,
    /// What the log tells of all nodes.
    everywhere: Times,
}

/// See the [module](self).
pub(super) struct Repeats(Mutex<LruCache<u64, Said>>);

impl Repeats {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(TEXTS_MAX)))
    }

    fn with<T>(
        &self,
        (sender, channel): (AccountId, ChannelId),
        text: &str,
        now: Timestamp,
        look: impl FnOnce(&mut Said) -> T,
    ) -> T {
        let mut hasher = DefaultHasher::new();
        (sender, channel, chat_text::skeleton(text)).hash(&mut hasher);
        let nothing = Times {
            since: now,
            times: 0,
        };
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        look(texts.get_or_insert_mut(hasher.finish(), || Said {
            here: nothing,
            everywhere: nothing,
        }))
    }

    /// Notes that somebody says something here.
    ///
    /// # Errors
    /// `REPEATED_TEXT`.
    pub(super) fn note(
        &self,
        sender: AccountId,
        channel: ChannelId,
        text: &str,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        self.with((sender, channel), text, now, |said| {
            said.here = said.here.at(now);
            let everywhere = said.everywhere.at(now);
            for times in [said.here, everywhere] {
                if times.times >= TIMES_MAX {
                    return Err(Rejection::RepeatedText {
                        times: TIMES_MAX,
                        seconds: SECONDS,
                        retry_after: u32::try_from(times.left(now)).unwrap_or(SECONDS),
                    });
                }
            }
            said.here.times += 1;
            Ok(())
        })
    }

    /// Notes what the log tells, this node's own messages among it: `at` is when it was recorded.
    pub(super) fn told(&self, sender: AccountId, channel: ChannelId, text: &str, at: Timestamp) {
        self.with((sender, channel), text, at, |said| {
            said.everywhere = said.everywhere.at(at);
            said.everywhere.times = said.everywhere.times.saturating_add(1);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use uuid::Uuid;

    #[test]
    fn the_same_text_is_said_three_times_in_thirty_seconds() {
        let repeats = Repeats::new();
        let who = |n| AccountId(Uuid::from_u128(n));
        let noon = Timestamp::UNIX_EPOCH;
        let say = |n, channel, text: &str, second| {
            let at = noon + TimeDelta::seconds(second);
            repeats
                .note(who(n), ChannelId::from(who(channel)), text, at)
                .is_ok()
        };
        assert!(say(1, 9, "Buy now!", 0) && say(1, 9, "BUY NOW", 1) && say(1, 9, "b u y now", 2));
        assert!(!say(1, 9, "buy nowww", 29), "it reads the same");
        assert!(say(1, 9, "something else", 29));
        assert!(say(2, 9, "buy now", 29), "another says it");
        assert!(say(1, 8, "buy now", 29), "elsewhere");
        assert!(say(1, 9, "buy now", 30), "the period is over");
    }

    #[test]
    fn what_is_said_on_another_node_counts_once_the_log_tells_it() {
        let (repeats, noon) = (Repeats::new(), Timestamp::UNIX_EPOCH);
        let (bob, there) = (AccountId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(9)));
        let there = ChannelId::from(there);
        let at = |second| noon + TimeDelta::seconds(second);
        let say = |second| repeats.note(bob, there, "buy now", at(second));
        // Said here, and told by the log as well: that is one.
        assert_eq!(say(0), Ok(()));
        repeats.told(bob, there, "Buy now!", at(0));
        repeats.told(bob, there, "BUY NOW", at(1));
        assert_eq!(say(2), Ok(()));
        repeats.told(bob, there, "buy now", at(2));
        let refused = say(10).unwrap_err();
        assert!(
            matches!(
                refused,
                Rejection::RepeatedText {
                    retry_after: 20,
                    ..
                }
            ),
            "{refused:?}"
        );
        assert_eq!(say(30), Ok(()));
    }
}
