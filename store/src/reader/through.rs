//! Goes through a part of the log with work that keeps a processor busy.
//!
//! On SQLite a task reads ahead while a thread works. On PostgreSQL one thread does both: the one that reads
//! ahead is the server, which goes on writing into the socket while we work.

use super::{Engine, LogReader, RawPage, Selection};
use crate::error::StoreError;
use tributary_domain::Position;

impl LogReader {
    /// Hands `work` all rows after `after` and up to `upto`, in order, some at a time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn go_through<T: Send + 'static>(
        &self,
        after: Position,
        upto: Position,
        mut state: T,
        mut work: impl FnMut(&mut T, &RawPage) + Send + 'static,
    ) -> Result<T, StoreError> {
        let selection = Selection {
            after,
            upto: Some(upto),
            ..Selection::default()
        };
        let worked = match &*self.engine {
            Engine::Sqlite(_) => {
                let mut scan = self.scan(selection).await?;
                tokio::task::spawn_blocking(move || {
                    while let Some(part) = scan.next_blocking()? {
                        work(&mut state, &part.page);
                    }
                    Ok(state)
                })
                .await
            }
            Engine::Postgres(reader) => {
                let stream = reader.stream();
                tokio::task::spawn_blocking(move || {
                    stream.run(&selection, upto, |page| work(&mut state, page))?;
                    Ok(state)
                })
                .await
            }
        };
        worked.map_err(super::unavailable)?
    }
}
