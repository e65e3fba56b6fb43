//! Reads and works on the same thread, with a connection and an event loop of its own. Nobody waits for a
//! packet as long as there are rows to work on, and then it is not the first packet that is waited for: to
//! wake a sleeper for each of them costs the server a quarter of its time.

use super::super::copy::{Copied, statement};
use super::super::selection::Dialect;
use super::super::{RawPage, Selection, unavailable};
use crate::error::StoreError;
use futures::{FutureExt as _, StreamExt as _};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;
use tributary_domain::Position;

/// Rows that are worked on at once: about as many bytes as a core keeps near it.
const WORK_ROWS: usize = 512;

/// How long the server, when it is the slower one, is left alone: a hundred rows or two.
const PAUSE: Duration = Duration::from_micros(250);

/// Places in one statement. Each is a snapshot, which holds up vacuums for as long as it is read.
const WINDOW: usize = 65_536;

/// See the [module](self).
pub(in crate::reader) struct Stream {
    pub(super) options: PgConnectOptions,
}

impl Stream {
    /// Hands `work` all wanted rows up to `end`. Blocks.
    pub(in crate::reader) fn run(
        self,
        selection: &Selection,
        end: Position,
        work: impl FnMut(&RawPage),
    ) -> Result<(), StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(unavailable)?;
        runtime.block_on(self.read(selection, end, work))
    }

    async fn read(
        self,
        selection: &Selection,
        end: Position,
        mut work: impl FnMut(&RawPage),
    ) -> Result<(), StoreError> {
        // In the order of the index, whatever the planner knows of a table that was filled a moment ago.
        let options = self.options.options([("enable_sort", "off")]);
        let mut connection = PgConnection::connect_with(&options)
            .await
            .map_err(unavailable)?;
        let mut selection = selection.clone();
        let mut copied = Copied::default();
        while selection.after < end {
            let upto = selection.after.plus(WINDOW).min(end);
            selection.upto = Some(upto);
            let places = selection.condition(Dialect::Postgres);
            let sql = statement(&format!("WHERE {places} ORDER BY position"));
            let mut pieces = connection.copy_out_raw(&sql).await.map_err(unavailable)?;
            loop {
                let piece = match pieces.next().now_or_never() {
                    Some(piece) => piece,
                    None => {
                        hand_over(&mut copied, &mut work);
                        std::thread::sleep(PAUSE);
                        pieces.next().await
                    }
                };
                let Some(piece) = piece.transpose().map_err(unavailable)? else {
                    break;
                };
                copied.take_in(&piece)?;
                if copied.page().len() >= WORK_ROWS {
                    hand_over(&mut copied, &mut work);
                }
            }
            copied.end()?;
            hand_over(&mut copied, &mut work);
            selection.after = upto;
        }
        connection.close().await.map_err(unavailable)
    }
}

fn hand_over(copied: &mut Copied, work: &mut impl FnMut(&RawPage)) {
    if !copied.page().is_empty() {
        work(copied.page());
        copied.clear();
    }
}
