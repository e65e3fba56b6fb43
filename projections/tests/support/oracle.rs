//! A stream's numbers, worked out by hand from its events: every number by itself, from all events, without
//! any of the shortcuts that folds take.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use tributary_domain::money::minor;
use tributary_domain::{
    ChannelId, Currency, Event, HistoryId, Recorded, StreamId, Timestamp, ViewerId,
    ViewerSessionId, channel, stream, viewer_session, wallet,
};
use tributary_projections::ViewerRule;

const MINUTE: i64 = 60_000;

/// What a stream comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Worked {
    pub viewer_count: i64,
    pub peak_viewers: i64,
    pub unique: BTreeSet<ViewerId>,
    pub sessions: i64,
    /// Whole watch time of every viewer who counts and of whom a visit is over.
    pub watched: BTreeMap<ViewerId, i64>,
    pub message_count: i64,
    pub tips: BTreeMap<Currency, (i64, i64)>,
    pub interruptions: i64,
    pub air_ms: i64,
    pub viewer_ms: i64,
    /// By minute: milliseconds, viewers times milliseconds, peak, messages, tips.
    pub minutes: Vec<(i64, i64, i64, i64, i64, i64)>,
}

impl Worked {
    /// How many watched for at least 0, 1, 2, … minutes.
    pub fn retention(&self) -> Vec<i64> {
        let Some(longest) = self.watched.values().max() else {
            return vec![];
        };
        let stayed = |minutes: i64| {
            let long = self.watched.values().filter(|ms| **ms >= minutes * MINUTE);
            i64::try_from(long.count()).unwrap()
        };
        (0..=longest / MINUTE).map(stayed).collect()
    }
}

struct Visit {
    viewer: ViewerId,
    from: i64,
    to: i64,
    /// When the log heard of its end.
    over: i64,
}

/// Every stream's channel, in the order in which they began.
pub fn streams(events: &[Recorded]) -> Vec<(StreamId, ChannelId)> {
    let of = |recorded: &Recorded| match (&recorded.history, &recorded.event) {
        (HistoryId::Stream(stream), Event::Stream(stream::Event::WentLive(_))) => {
            Some((*stream, recorded.channel.unwrap()))
        }
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

/// Works out one stream.
pub fn work_out(events: &[Recorded], of: StreamId, rule: ViewerRule, now: Timestamp) -> Worked {
    let its: Vec<&Recorded> = events.iter().filter(|event| concerns(event, of)).collect();
    let mut worked = Worked::default();
    let Some(first) = its.first() else {
        return worked;
    };
    let ms = |recorded: &Recorded| recorded.recorded_at.timestamp_millis();
    let (counts, visits) = coming_and_going(&its, of, &mut worked);
    worked.viewer_count = counts.last().map_or(0, |(_, count)| *count);
    worked.peak_viewers = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let air = on_air(&its, now.timestamp_millis());
    worked.interruptions = its
        .iter()
        .filter(|event| matches!(event.event, Event::Stream(stream::Event::Interrupted(_))))
        .count()
        .try_into()
        .unwrap();
    for (from, to) in &air.stretches {
        worked.air_ms += to - from;
        worked.viewer_ms += viewed(&counts, *from, *to);
    }
    watched(&its, &visits, rule, &mut worked);
    // What is not over counts as it is known now, by the rule alone.
    let last = its.last().map_or(0, |event| ms(event).div_euclid(MINUTE));
    let end = if air.is_on {
        last.max(now.timestamp_millis().div_euclid(MINUTE))
    } else {
        last
    };
    for minute in ms(first).div_euclid(MINUTE)..=end {
        let (from, full) = (minute * MINUTE, (minute + 1) * MINUTE);
        let to = if air.is_on {
            full.min(now.timestamp_millis())
        } else {
            full
        };
        let within = |recorded: &&&Recorded| (from..full).contains(&ms(recorded));
        let at_begin = counts.iter().rev().find(|(at, _)| *at < from);
        let in_it = counts.iter().filter(|(at, _)| (from..full).contains(at));
        let peak = in_it
            .chain(at_begin)
            .map(|(_, count)| *count)
            .max()
            .unwrap_or(0);
        let said = its
            .iter()
            .filter(within)
            .filter(|event| is_message(event))
            .count();
        let given = its
            .iter()
            .filter(within)
            .filter(|event| is_tip(event))
            .count();
        let (said, given) = (i64::try_from(said).unwrap(), i64::try_from(given).unwrap());
        worked.message_count += said;
        worked.minutes.push((
            minute,
            to - from,
            viewed(&counts, from, to),
            peak,
            said,
            given,
        ));
    }
    for event in &its {
        if let Event::Wallet(wallet::Event::Tipped(tip)) = &event.event {
            let sum = worked.tips.entry(tip.entry.currency).or_default();
            sum.0 += 1;
            sum.1 += minor(tip.amount, tip.entry.currency);
        }
    }
    worked
}

fn is_message(recorded: &Recorded) -> bool {
    matches!(
        recorded.event,
        Event::Channel(channel::Event::MessageSent(_))
    )
}

fn is_tip(recorded: &Recorded) -> bool {
    matches!(recorded.event, Event::Wallet(wallet::Event::Tipped(_)))
}

fn concerns(recorded: &Recorded, of: StreamId) -> bool {
    match &recorded.event {
        Event::ViewerSession(viewer_session::Event::Joined(event)) => event.stream == of,
        Event::ViewerSession(viewer_session::Event::Left(event)) => event.stream == of,
        Event::Channel(channel::Event::MessageSent(event)) => event.stream == Some(of),
        Event::Wallet(wallet::Event::Tipped(event)) => event.stream == Some(of),
        Event::Stream(
            stream::Event::WentLive(_)
            | stream::Event::Interrupted(_)
            | stream::Event::Resumed(_)
            | stream::Event::Ended(_),
        ) => recorded.history == HistoryId::Stream(of),
        _ => false,
    }
}

/// The viewer count after each event that changed it, and every visit that is over.
fn coming_and_going(
    its: &[&Recorded],
    of: StreamId,
    worked: &mut Worked,
) -> (Vec<(i64, i64)>, Vec<Visit>) {
    let mut open: BTreeMap<ViewerId, BTreeSet<ViewerSessionId>> = BTreeMap::new();
    let mut began: HashMap<ViewerId, i64> = HashMap::new();
    let mut gone: HashMap<ViewerId, i64> = HashMap::new();
    let (mut counts, mut visits) = (vec![], vec![]);
    for recorded in its {
        let HistoryId::ViewerSession(session) = recorded.history else {
            continue;
        };
        let heard = recorded.recorded_at.timestamp_millis();
        match &recorded.event {
            Event::ViewerSession(viewer_session::Event::Joined(event)) => {
                assert_eq!(event.stream, of);
                worked.sessions += 1;
                let theirs = open.entry(event.viewer).or_default();
                if theirs.is_empty() {
                    let at = event.at.timestamp_millis();
                    let after = gone.get(&event.viewer).copied().unwrap_or(at);
                    began.insert(event.viewer, at.max(after));
                }
                theirs.insert(session);
            }
            Event::ViewerSession(viewer_session::Event::Left(event)) => {
                let theirs = open.entry(event.viewer).or_default();
                if !theirs.remove(&session) {
                    continue;
                }
                let at = event.at.timestamp_millis();
                let at = gone.get(&event.viewer).map_or(at, |before| at.max(*before));
                gone.insert(event.viewer, at);
                if theirs.is_empty() {
                    visits.push(Visit {
                        viewer: event.viewer,
                        from: began[&event.viewer],
                        to: at,
                        over: heard,
                    });
                }
            }
            _ => continue,
        }
        let count = open.values().filter(|theirs| !theirs.is_empty()).count();
        counts.push((heard, i64::try_from(count).unwrap()));
    }
    (counts, visits)
}

struct Air {
    stretches: Vec<(i64, i64)>,
    is_on: bool,
}

fn on_air(its: &[&Recorded], now: i64) -> Air {
    let (mut stretches, mut since) = (vec![], None);
    for recorded in its {
        let at = recorded.recorded_at.timestamp_millis();
        match &recorded.event {
            Event::Stream(stream::Event::WentLive(_) | stream::Event::Resumed(_)) => {
                since = Some(at);
            }
            Event::Stream(stream::Event::Interrupted(_) | stream::Event::Ended(_)) => {
                stretches.extend(since.take().map(|since| (since, at)));
            }
            _ => {}
        }
    }
    stretches.extend(since.map(|since| (since, now)));
    let is_on = since.is_some();
    Air { stretches, is_on }
}

/// Viewers times milliseconds between two moments.
fn viewed(counts: &[(i64, i64)], from: i64, to: i64) -> i64 {
    let mut sum = 0;
    for (index, (at, count)) in counts.iter().enumerate() {
        let until = counts.get(index + 1).map_or(i64::MAX, |(next, _)| *next);
        sum += count * (until.min(to) - (*at).max(from)).max(0);
    }
    sum
}

/// Who counts, and how long they watched.
fn watched(its: &[&Recorded], visits: &[Visit], rule: ViewerRule, worked: &mut Worked) {
    let mut whole: BTreeMap<ViewerId, i64> = BTreeMap::new();
    for visit in visits {
        // What was known of the stream when the log heard of the end: events before it, by position.
        let (mut live, mut off) = (None, None);
        let end = its.iter().position(|recorded| {
            matches!(&recorded.event, Event::ViewerSession(viewer_session::Event::Left(event))
                if event.viewer == visit.viewer)
                && recorded.recorded_at.timestamp_millis() == visit.over
        });
        for recorded in &its[..end.unwrap()] {
            match &recorded.event {
                Event::Stream(stream::Event::WentLive(event)) => {
                    live = Some(event.at.timestamp_millis());
                }
                Event::Stream(stream::Event::Interrupted(event)) => {
                    off = Some(event.at.timestamp_millis());
                }
                Event::Stream(stream::Event::Resumed(_)) => off = None,
                Event::Stream(stream::Event::Ended(event)) => {
                    off = Some(event.ended_at.timestamp_millis());
                }
                _ => {}
            }
        }
        let there = match live {
            Some(live) => visit.to.min(off.unwrap_or(i64::MAX)) - visit.from.max(live),
            None => 0,
        };
        *whole.entry(visit.viewer).or_default() += there.max(0);
    }
    for recorded in its {
        if let Event::ViewerSession(viewer_session::Event::Joined(event)) = &recorded.event {
            let counts = match rule {
                ViewerRule::All => true,
                ViewerRule::Received => event.received.is_some(),
                ViewerRule::Minute => false,
            };
            if counts {
                worked.unique.insert(event.viewer);
            }
        }
    }
    let enough = match rule {
        ViewerRule::All => 0,
        ViewerRule::Received => 1_000,
        ViewerRule::Minute => MINUTE,
    };
    for (viewer, ms) in whole {
        if ms >= enough {
            worked.unique.insert(viewer);
        }
        if worked.unique.contains(&viewer) {
            worked.watched.insert(viewer, ms);
        }
    }
}
