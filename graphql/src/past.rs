//! What was so at a past moment, folded from the log itself.
//!
//! An answer is a fold of one history up to then, by the projections' own folds, and its length is
//! bounded. Only so many such readings run at once: they are the only ones whose work is not bounded by
//! the size of their answer.

use crate::Fault;
use crate::messages::Sentence;
use crate::schema::AsOf;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tributary_domain::{
    AccountId, ChannelId, Currency, Event, HistoryId, Position, Recorded, StreamId, Timestamp,
    channel,
};
use tributary_projections::{self as views, past};
use tributary_store::reader::{Order, Selection};
use tributary_store::{Log, LogReader};

/// The most events that are folded for one answer.
pub(crate) const HISTORY_EVENTS_MAX: usize = 20_000;

/// Events that are read at once.
const PART_EVENTS: usize = 2_000;

/// How many readings run at once; others wait.
const READINGS_MAX: usize = 4;

/// How long they wait.
const TURN_TIMEOUT: Duration = Duration::from_secs(2);

/// A moment that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Then {
    /// The last event that counts.
    pub(crate) position: Position,
    /// The time that it was.
    pub(crate) time: Timestamp,
}

/// The log's past.
pub(crate) struct Past {
    log: Log,
    pub(crate) reader: LogReader,
    turns: Semaphore,
}

impl Past {
    pub(crate) fn new(log: Log, reader: LogReader) -> Self {
        let turns = Semaphore::new(READINGS_MAX);
        Self { log, reader, turns }
    }

    /// The right to read, for as long as it is kept.
    ///
    /// # Errors
    /// `RATE_LIMITED` when too many read already.
    pub(crate) async fn turn(&self) -> Result<SemaphorePermit<'_>, Fault> {
        match tokio::time::timeout(TURN_TIMEOUT, self.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Fault::RateLimited(Sentence::TooManyPasts)),
        }
    }

    /// The moment that is asked for.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for one that is still to come, or before anything happened.
    pub(crate) async fn moment(&self, as_of: AsOf) -> Result<Then, Fault> {
        let head = self.reader.head().await?;
        let (position, time) = match as_of {
            AsOf::Position(position) if position.0 <= head.position => (position.0, None),
            AsOf::Time(time) if time.0 <= self.log.environment().now() => {
                // What was recorded in that very microsecond counts, too.
                let after = time.0 + chrono::TimeDelta::microseconds(1);
                let position = self.reader.last_before(after).await?;
                (position, Some(time.0))
            }
            AsOf::Position(_) | AsOf::Time(_) => {
                let head = head.position;
                return Err(Fault::BadInput(Sentence::StillToCome { head }));
            }
        };
        let page = self.reader.at(position).await?;
        let event = page.get(0);
        let event = event.ok_or(Fault::BadInput(Sentence::BeforeTheBeginning))?;
        let time = time.unwrap_or_else(|| event.recorded_at());
        Ok(Then { position, time })
    }

    /// A history's events up to a moment.
    ///
    /// # Errors
    /// `QUERY_TOO_COMPLEX` when there are more than [`HISTORY_EVENTS_MAX`].
    pub(crate) async fn history(
        &self,
        history: &HistoryId,
        upto: Position,
    ) -> Result<Vec<Recorded>, Fault> {
        let _turn = self.turn().await?;
        let mut selection = Selection {
            history: Some((history.kind().to_owned(), history.id())),
            upto: Some(upto),
            ..Selection::default()
        };
        let mut events = Vec::new();
        loop {
            let page = self
                .reader
                .page(&selection, PART_EVENTS, Order::OldestFirst)
                .await?;
            for row in page.iter() {
                events.push(row.decode()?);
            }
            if events.len() > HISTORY_EVENTS_MAX {
                let most = HISTORY_EVENTS_MAX;
                return Err(Fault::TooComplex(Sentence::HistoryTooLong { most }));
            }
            match events.last() {
                Some(last) if page.len() == PART_EVENTS => selection.after = last.position,
                _ => return Ok(events),
            }
        }
    }

    /// An account as it was.
    pub(crate) async fn account(
        &self,
        id: AccountId,
        then: Then,
    ) -> Result<Option<views::Account>, Fault> {
        let events = self.history(&HistoryId::Account(id), then.position).await?;
        past::account(id, &events).map_err(|error| broken(&error))
    }

    /// A wallet as it was.
    pub(crate) async fn wallet(
        &self,
        account: AccountId,
        currency: Currency,
        then: Then,
    ) -> Result<Option<views::Wallet>, Fault> {
        let history = HistoryId::Wallet(account, currency);
        let events = self.history(&history, then.position).await?;
        past::wallet(account, currency, &events).map_err(|error| broken(&error))
    }

    /// A stream as it was.
    pub(crate) async fn stream(
        &self,
        id: StreamId,
        then: Then,
    ) -> Result<Option<views::Stream>, Fault> {
        let events = self.history(&HistoryId::Stream(id), then.position).await?;
        past::stream(id, &events).map_err(|error| broken(&error))
    }

    /// A channel as it was: its first event, and its owner's name. Its chat, which makes its history
    /// long, is not read.
    pub(crate) async fn channel(
        &self,
        id: ChannelId,
        then: Then,
    ) -> Result<Option<views::Channel>, Fault> {
        let opened = self.of_channel(id, then, &["channel.opened"]).await?;
        let Some(opened) = opened else {
            return Ok(None);
        };
        let owner = self.account(id.owner(), then).await?;
        Ok(Some(views::Channel {
            id,
            name: owner.and_then(|owner| owner.name),
            opened_at: opened.recorded_at,
        }))
    }

    /// The stream of a channel that was starting, live or interrupted: the one that it opened last, if
    /// that was not over.
    pub(crate) async fn current_stream(
        &self,
        channel: ChannelId,
        then: Then,
    ) -> Result<Option<views::Stream>, Fault> {
        let names = ["channel.stream_opened", "channel.stream_closed"];
        let newest = self.of_channel(channel, then, &names).await?;
        let stream = match newest.map(|newest| newest.event) {
            Some(Event::Channel(channel::Event::StreamOpened(opened))) => opened.stream,
            _ => return Ok(None),
        };
        let stream = self.stream(stream, then).await?;
        Ok(stream.filter(|stream| stream.status.is_open()))
    }

    /// The newest event of a channel with one of these names.
    async fn of_channel(
        &self,
        channel: ChannelId,
        then: Then,
        names: &[&str],
    ) -> Result<Option<Recorded>, Fault> {
        let _turn = self.turn().await?;
        let history = HistoryId::Channel(channel);
        let selection = Selection {
            history: Some((history.kind().to_owned(), history.id())),
            upto: Some(then.position),
            types: names.iter().copied().map(str::to_owned).collect(),
            ..Selection::default()
        };
        let page = self.reader.page(&selection, 1, Order::Newest).await?;
        let row = page.get(0).map(|row| row.to_row()).transpose()?;
        Ok(row.map(|row| row.decode()).transpose()?)
    }
}

fn broken(error: &past::PastError) -> Fault {
    tracing::error!(%error, "a past state could not be folded");
    Fault::Internal
}
