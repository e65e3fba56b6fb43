//! For analysts: the log itself, and what any aggregate comes to.

use crate::Fault;
use crate::past::Past;
use crate::reading::Reading;
use crate::schema::{
    AggregateState, AsOf, Cursor, EventFilterInput, LogEvent, LogEventConnection, Wanted,
    aggregate, cost, page_size, shared,
};
use async_graphql::{Context, ID, Object};
use std::sync::Arc;
use tributary_domain::Position;
use tributary_store::reader::{Order, Selection};

/// Places that one statement looks at where it may have to look at all of them.
const WINDOW: usize = 50_000;

/// The most statements for one page.
const STATEMENTS_MAX: usize = 8;

/// The most rows that one statement brings.
const ROWS_MAX: usize = 1_000;

#[derive(Default)]
pub(crate) struct EventQuery;

#[Object]
impl EventQuery {
    /// The log, in its order: for an admin all of it, for an analyst without personal parts, for finance
    /// the events of money, and for anyone else who is signed in the events that concern themselves. Amounts
    /// of other people's money are shown to finance alone; for others they are null.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which events; left out: all.")] filter: Option<EventFilterInput>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor, or behind a position.")] after: Option<String>,
    ) -> Result<Option<LogEventConnection>, Fault> {
        let first = page_size("first", first)?;
        let wanted = filter.unwrap_or_default().read()?;
        let after = after
            .map(|after| Cursor::position("after", &after))
            .transpose()?;
        let reading = Reading::of(ctx).await?;
        let past = &shared(ctx).past;
        let page = read(past, reading, &wanted, first, after).await?;
        Ok(Some(LogEventConnection::read_to(
            page.events,
            page.end,
            after.is_some(),
            page.has_more,
        )))
    }

    /// What an aggregate comes to, now or as of a past moment: for an admin any, for an analyst any
    /// without names and words, for finance any of money, for anyone else their own. Amounts of other
    /// people's money are shown to finance alone. Null where nothing had happened to it.
    async fn aggregate_state(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Its global id, or its kind and id as `aggregate` of an event gives them."
        )]
        id: ID,
        #[graphql(desc = "As it was then; left out: now.")] as_of: Option<AsOf>,
    ) -> Result<Option<AggregateState>, Fault> {
        let history = aggregate("id", &id)?;
        let reading = Reading::of(ctx).await?;
        let past = &shared(ctx).past;
        let upto = match as_of {
            Some(as_of) => past.moment(as_of).await?.position,
            None => past.reader.head().await?.position,
        };
        let events = past.history(&history, upto).await?;
        let mut state = history.empty();
        for recorded in &events {
            state.fold(&recorded.event);
        }
        // Before it is said whether there is anything.
        let state = reading.of_state(&history, state)?;
        let Some(last) = events.last() else {
            return Ok(None);
        };
        let state = AggregateState::new(&history, upto, last, events.len(), state);
        Ok(Some(state))
    }
}

struct Read {
    events: Vec<LogEvent>,
    /// Everything up to here was looked at.
    end: Option<Position>,
    has_more: bool,
}

/// Reads a page. Where most events are not wanted, it stops after so many statements, so that no page
/// takes long; the cursor says how far it came.
async fn read(
    past: &Past,
    reading: Reading,
    wanted: &Wanted,
    first: usize,
    after: Option<Position>,
) -> Result<Read, Fault> {
    let _turn = past.turn().await?;
    let mut selection = wanted.selection();
    let mut end = past.reader.head().await?.position;
    if let Some(since) = wanted.since {
        selection.after = selection.after.max(past.reader.last_before(since).await?);
    }
    if let Some(until) = wanted.until {
        end = end.min(past.reader.last_before(until).await?);
    }
    end = selection.upto.map_or(end, |upto| upto.min(end));
    let mut place = selection.after.max(after.unwrap_or_default());
    let mut events = Vec::new();
    let all_are_shown = reading.sees_all();
    for _ in 0..STATEMENTS_MAX {
        if place >= end || events.len() > first {
            break;
        }
        let window = match wanted.is_found_at_once() {
            true => end,
            false => place.plus(WINDOW).min(end),
        };
        let rows = match all_are_shown {
            true => first + 1 - events.len(),
            false => ROWS_MAX,
        };
        let part = Selection {
            after: place,
            upto: Some(window),
            ..selection.clone()
        };
        let page = past.reader.page(&part, rows, Order::OldestFirst).await?;
        place = window;
        for row in page.iter() {
            let recorded = Arc::new(row.decode()?);
            let position = recorded.position;
            events.extend(LogEvent::for_reading(recorded, reading));
            if events.len() > first || page.len() == rows {
                place = position;
            }
            if events.len() > first {
                break;
            }
        }
    }
    let has_more = events.len() > first || place < end;
    let is_full = events.len() > first;
    events.truncate(first);
    let last = events.last().map(LogEvent::place);
    let end = if is_full {
        last
    } else {
        Some(place).filter(|_| has_more).or(last)
    };
    Ok(Read {
        events,
        end,
        has_more,
    })
}
