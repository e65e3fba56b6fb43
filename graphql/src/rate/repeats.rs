//! The same text again and again: what one sender says in one channel, by what a reader sees of it.
//!
//! It is kept here and not in the channel's history, because what is decided there must not rest on words
//! that an erasure takes away. So it holds for each node by itself, and is forgotten at a restart.

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

struct Said {
    since: Timestamp,
    times: u32,
}

/// See the [module](self).
pub(super) struct Repeats(Mutex<LruCache<u64, Said>>);

impl Repeats {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(TEXTS_MAX)))
    }

    /// Notes that somebody says something.
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
        let mut hasher = DefaultHasher::new();
        (sender, channel, chat_text::skeleton(text)).hash(&mut hasher);
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Said {
            since: now,
            times: 0,
        };
        let said = texts.get_or_insert_mut(hasher.finish(), fresh);
        let passed = (now - said.since).num_seconds();
        let left = i64::from(SECONDS) - passed;
        if left <= 0 || passed < 0 {
            *said = fresh();
        } else if said.times >= TIMES_MAX {
            return Err(Rejection::RepeatedText {
                times: TIMES_MAX,
                seconds: SECONDS,
                retry_after: u32::try_from(left).unwrap_or(SECONDS),
            });
        }
        said.times += 1;
        Ok(())
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
}
