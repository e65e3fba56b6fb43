//! Reactions as they pass: shown to whoever follows a channel now, and kept by nobody.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use tributary_domain::ChannelId;
use tributary_domain::channel::ReactedTo;

/// The shortest time between two bursts of a channel.
const SPACING: Duration = Duration::from_millis(100);
/// The most kinds in one burst; more than nobody can look at are counted and not shown.
const KINDS_MAX: usize = 256;
/// How many bursts a feed may be behind before it misses some.
const BURSTS_MAX: usize = 16;

/// What passed since the last one: to what, with what, how often.
pub(crate) type Burst = Vec<(ReactedTo, String, u32)>;

/// See the [module](self).
#[derive(Default)]
pub(crate) struct Passing {
    /// Channels that somebody follows.
    rooms: Mutex<HashMap<ChannelId, Room>>,
    something: Notify,
}

struct Room {
    bursts: broadcast::Sender<Arc<Burst>>,
    next: BTreeMap<(ReactedTo, String), u32>,
}

impl Passing {
    fn rooms(&self) -> MutexGuard<'_, HashMap<ChannelId, Room>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows reactions to whoever follows the channel.
    pub(super) fn pass(&self, channel: ChannelId, to: ReactedTo, emoji: &str, times: u32) {
        let mut rooms = self.rooms();
        let Some(room) = rooms.get_mut(&channel) else {
            return;
        };
        let kind = (to, emoji.to_owned());
        if room.next.len() >= KINDS_MAX && !room.next.contains_key(&kind) {
            return;
        }
        let passed = room.next.entry(kind).or_default();
        *passed = passed.saturating_add(times);
        drop(rooms);
        self.something.notify_one();
    }

    /// Hands on what passes, until `closing`.
    pub(crate) async fn run(&self, closing: CancellationToken) {
        loop {
            tokio::select! {
                () = closing.cancelled() => return,
                () = self.something.notified() => {}
            }
            self.hand_on();
            tokio::time::sleep(SPACING).await;
        }
    }

    fn hand_on(&self) {
        for room in self.rooms().values_mut() {
            if room.next.is_empty() {
                continue;
            }
            let kinds = std::mem::take(&mut room.next).into_iter();
            let burst = kinds.map(|((to, emoji), times)| (to, emoji, times));
            // Whoever followed may have gone a moment ago.
            let _nobody = room.bursts.send(Arc::new(burst.collect()));
        }
    }

    /// Follows a channel from now on.
    pub(crate) fn watch(self: &Arc<Self>, channel: ChannelId) -> Watch {
        let mut rooms = self.rooms();
        let room = rooms.entry(channel).or_insert_with(|| Room {
            bursts: broadcast::Sender::new(BURSTS_MAX),
            next: BTreeMap::new(),
        });
        let bursts = room.bursts.subscribe();
        drop(rooms);
        Watch {
            passing: Arc::clone(self),
            channel,
            bursts,
        }
    }
}

/// Sees what passes in a channel.
pub(crate) struct Watch {
    passing: Arc<Passing>,
    channel: ChannelId,
    bursts: broadcast::Receiver<Arc<Burst>>,
}

impl Watch {
    /// The next burst. What passed while nobody looked is missed; `None` when there will be no more.
    pub(crate) async fn next(&mut self) -> Option<Arc<Burst>> {
        loop {
            match self.bursts.recv().await {
                Ok(burst) => return Some(burst),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut rooms = self.passing.rooms();
        if let Some(room) = rooms.get(&self.channel)
            && room.bursts.receiver_count() <= 1
        {
            rooms.remove(&self.channel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tributary_domain::{AccountId, Position};
    use uuid::Uuid;

    fn channel(n: u128) -> ChannelId {
        ChannelId::from(AccountId(Uuid::from_u128(n)))
    }

    const TO: ReactedTo = ReactedTo::Message(Position::START);

    #[tokio::test]
    async fn who_follows_a_channel_sees_what_passes_there_and_nobody_keeps_it() {
        let passing = Arc::new(Passing::default());
        passing.pass(channel(1), TO, "👏", 1);
        let (mut one, mut other) = (passing.watch(channel(1)), passing.watch(channel(2)));
        let closing = CancellationToken::new();
        let running = Arc::clone(&passing);
        let run = tokio::spawn({
            let closing = closing.clone();
            async move { running.run(closing).await }
        });
        passing.pass(channel(1), TO, "👏", 1);
        passing.pass(channel(1), TO, "👏", 2);
        passing.pass(channel(1), TO, "🎉", 1);
        passing.pass(channel(2), TO, "🔥", 1);
        let mut burst = one.next().await.unwrap().to_vec();
        burst.sort_by_key(|(_, _, times)| *times);
        assert_eq!(burst, [(TO, "🎉".into(), 1), (TO, "👏".into(), 3)]);
        assert_eq!(*other.next().await.unwrap(), [(TO, "🔥".into(), 1)]);
        drop(one);
        assert_eq!(passing.rooms().len(), 1, "nobody follows the other");
        let kinds = u32::try_from(KINDS_MAX).unwrap() + 10;
        for n in 0..kinds {
            passing.pass(channel(2), TO, &n.to_string(), 1);
        }
        assert_eq!(other.next().await.unwrap().len(), KINDS_MAX);
        closing.cancel();
        run.await.unwrap();
    }
}
