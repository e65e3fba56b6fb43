//! What was used last, within a bound of bytes.

use lru::LruCache;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values by text. What was not used for the longest time gives way to what is new.
pub(crate) struct Cache<V: ?Sized> {
    kept: Mutex<Kept<V>>,
    bytes_max: usize,
}

struct Kept<V: ?Sized> {
    by_text: LruCache<Box<str>, (Arc<V>, usize)>,
    bytes: usize,
}

/// No entry takes more than this part of a cache: one must not empty it.
const SHARE_OF_ONE: usize = 16;

/// What an entry takes beside its key and value.
const ENTRY_BYTES: usize = 128;

impl<V: ?Sized> Cache<V> {
    /// An empty one, for so many bytes.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            kept: Mutex::new(Kept {
                by_text: LruCache::unbounded(),
                bytes: 0,
            }),
            bytes_max,
        }
    }

    /// What is kept for a text.
    pub(crate) fn get(&self, text: &str) -> Option<Arc<V>> {
        self.kept()
            .by_text
            .get(text)
            .map(|(value, _)| Arc::clone(value))
    }

    /// Keeps a value that takes some `bytes`, unless that is too much for one.
    pub(crate) fn put(&self, text: &str, value: Arc<V>, bytes: usize) {
        let bytes = bytes.saturating_add(text.len()).saturating_add(ENTRY_BYTES);
        if bytes > self.bytes_max / SHARE_OF_ONE {
            return;
        }
        let mut kept = self.kept();
        if let Some((_, before)) = kept.by_text.put(text.into(), (value, bytes)) {
            kept.bytes -= before;
        }
        kept.bytes += bytes;
        while kept.bytes > self.bytes_max
            && let Some((_, (_, bytes))) = kept.by_text.pop_lru()
        {
            kept.bytes -= bytes;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept<V>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(number: usize) -> String {
        format!("{number:04}")
    }

    #[test]
    fn what_was_not_used_gives_way_and_the_bound_holds() {
        let one = 1_000 - ENTRY_BYTES - 4;
        let cache = Cache::new(20_000);
        for number in 0..20 {
            cache.put(&numbered(number), Arc::new(number), one);
        }
        assert_eq!(cache.get(&numbered(0)).as_deref(), Some(&0));
        for number in 20..25 {
            cache.put(&numbered(number), Arc::new(number), one);
        }
        assert!(cache.get(&numbered(0)).is_some(), "it was used");
        assert!(cache.get(&numbered(1)).is_none(), "it was not");
        assert!(cache.kept().bytes <= 20_000);
        assert_eq!(cache.kept().by_text.len(), 20);
    }

    #[test]
    fn one_that_would_take_too_much_is_not_kept() {
        let cache = Cache::new(16_000);
        cache.put("small", Arc::new(1), 100);
        cache.put("large", Arc::new(2), 1_000);
        assert!(cache.get("large").is_none());
        assert!(cache.get("small").is_some());
    }

    #[test]
    fn the_same_again_counts_once() {
        let cache = Cache::new(16_000);
        for number in 0..1_000 {
            cache.put("same", Arc::new(number), 100);
        }
        assert_eq!(cache.get("same").as_deref(), Some(&999));
        assert_eq!(cache.kept().bytes, 100 + 4 + ENTRY_BYTES);
    }
}
