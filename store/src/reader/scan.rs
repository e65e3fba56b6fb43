//! Works through the log page by page; a task reads ahead.

use super::{LogReader, Order, PAGE_ROWS, RawPage, Selection};
use crate::error::StoreError;
use tokio::sync::mpsc;
use tributary_domain::Position;

/// Pages that wait to be worked on. With the two that are being read and worked on: 20 MiB.
const PAGES_AHEAD: usize = 2;

/// Places that are looked at for one page where no index leads to the wanted events, so that progress
/// is seen even where none is found.
const WINDOW: usize = PAGE_ROWS;

/// A part of what was wanted.
#[derive(Debug)]
pub struct Scanned {
    /// The rows; may be none.
    pub page: RawPage,
    /// All that is wanted up to here has been handed over.
    pub upto: Position,
}

/// See the [module](self).
pub struct Scan {
    pages: mpsc::Receiver<Result<Scanned, StoreError>>,
    end: Position,
}

impl Scan {
    pub(super) fn start(reader: LogReader, selection: Selection, end: Position) -> Self {
        let (sender, pages) = mpsc::channel(PAGES_AHEAD);
        tokio::spawn(async move {
            if let Err(error) = read(&reader, selection, end, &sender).await {
                let _gone = sender.send(Err(error)).await;
            }
        });
        Self { pages, end }
    }

    /// Where it ends.
    pub fn end(&self) -> Position {
        self.end
    }

    /// The next part; `None` at the end.
    ///
    /// # Errors
    /// When the database does not answer. Nothing comes after that.
    pub async fn next(&mut self) -> Result<Option<Scanned>, StoreError> {
        self.pages.recv().await.transpose()
    }

    /// [`next`](Self::next), for a thread that may block.
    ///
    /// # Errors
    /// When the database does not answer. Nothing comes after that.
    pub fn next_blocking(&mut self) -> Result<Option<Scanned>, StoreError> {
        self.pages.blocking_recv().transpose()
    }
}

async fn read(
    reader: &LogReader,
    mut selection: Selection,
    end: Position,
    pages: &mpsc::Sender<Result<Scanned, StoreError>>,
) -> Result<(), StoreError> {
    let indexed = selection.is_indexed();
    while selection.after < end {
        let window = if indexed {
            end
        } else {
            selection.after.plus(WINDOW).min(end)
        };
        selection.upto = Some(window);
        let page = reader
            .page(&selection, PAGE_ROWS, Order::OldestFirst)
            .await?;
        let last = page.iter().next_back().map(|row| row.position());
        let upto = match last {
            Some(last) if page.len() == PAGE_ROWS => last,
            _ => window,
        };
        // A table that was tampered with may hold a position more than once; it must not hold us up.
        selection.after = upto.max(selection.after.next());
        if pages.send(Ok(Scanned { page, upto })).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
