//! A batch: events folded, rows and checkpoint written in one transaction.

use crate::changed::Changed;
use crate::db::{Checkpoint, Db, DbError, Tx};
use crate::fold::{FoldError, Projection};
use crate::generation::Generation;
use std::sync::Arc;
use tributary_domain::{Position, Recorded};

/// Why a batch was not written. Nothing of it was, unless the connection broke at the commit.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BatchError {
    /// The database refused.
    #[error(transparent)]
    Db(#[from] DbError),
    /// An event cannot be folded.
    #[error("{projection} cannot fold {event} at {at}: {source}")]
    Fold {
        projection: &'static str,
        at: Position,
        event: &'static str,
        source: FoldError,
    },
    /// Another projector took over.
    #[error("another projector took over {0}: this one stops and writes nothing")]
    Fenced(&'static str),
}

/// A projection with its place in the log and its right to write.
pub(crate) struct Folding {
    pub(crate) projection: Box<dyn Projection>,
    /// As it stands in the table.
    pub(crate) checkpoint: Position,
    /// The table's, as long as nobody took over.
    epoch: i64,
}

impl Generation {
    /// Takes the right to write a projection from whoever has it.
    pub(crate) async fn take_over(
        &self,
        projection: Box<dyn Projection>,
    ) -> Result<Folding, DbError> {
        let mut tx = self.db.begin().await?;
        let Some(Checkpoint { position, epoch }) = tx.take_over(projection.name()).await? else {
            return Err(DbError::Sql(sqlx::Error::RowNotFound));
        };
        tx.commit().await?;
        Ok(Folding {
            projection,
            checkpoint: position,
            epoch,
        })
    }
}

impl Folding {
    /// Asks for the rows that the events touch. Whether any event concerns the projection.
    pub(crate) fn want(&mut self, events: &[Arc<Recorded>]) -> bool {
        let mut relevant = false;
        for event in events {
            relevant |= self.projection.want(event);
        }
        relevant
    }

    /// Reads the checkpoint again, after a commit whose outcome is not known, or to see that what was
    /// written is still there. If it is another one, the rows at hand are of another time, too: folded on,
    /// they would take in events twice.
    pub(crate) async fn resync(&mut self, db: &Db) -> Result<(), BatchError> {
        let name = self.projection.name();
        let found = db.checkpoint(name).await?;
        let found = found.ok_or(BatchError::Fenced(name))?;
        if found.epoch != self.epoch {
            return Err(BatchError::Fenced(name));
        }
        if found.position != self.checkpoint {
            self.checkpoint = found.position;
            self.clear();
        }
        Ok(())
    }

    async fn fold(
        &mut self,
        tx: &mut Tx,
        events: &[Arc<Recorded>],
        upto: Position,
        changed: &mut Changed,
    ) -> Result<(), BatchError> {
        let name = self.projection.name();
        if self.want(events) {
            for table in self.projection.tables() {
                table.load(tx).await?;
            }
            self.projection.want_then(events);
            for table in self.projection.tables() {
                table.load(tx).await?;
            }
            for event in events {
                self.projection
                    .project(event)
                    .map_err(|source| BatchError::Fold {
                        projection: name,
                        at: event.position,
                        event: event.event.name().0,
                        source,
                    })?;
                self.projection.announce(event, changed);
            }
            for table in self.projection.tables() {
                table.store(tx).await?;
            }
        }
        let from = Checkpoint {
            position: self.checkpoint,
            epoch: self.epoch,
        };
        if tx.move_checkpoint(name, from, upto).await? {
            Ok(())
        } else {
            Err(BatchError::Fenced(name))
        }
    }

    fn settle(&mut self, upto: Position) {
        self.checkpoint = upto;
        for table in self.projection.tables() {
            table.settle();
        }
    }

    fn clear(&mut self) {
        for table in self.projection.tables() {
            table.clear();
        }
    }
}

/// Folds `events`, which are all up to `upto`, and writes rows and checkpoints: of every projection
/// given, or of none.
pub(crate) async fn commit(
    db: &Db,
    foldings: &mut [Folding],
    events: &[Arc<Recorded>],
    upto: Position,
) -> Result<Changed, BatchError> {
    let written = write(db, foldings, events, upto).await;
    for folding in foldings {
        match &written {
            Ok(_) => folding.settle(upto),
            Err(_) => folding.clear(),
        }
    }
    written
}

async fn write(
    db: &Db,
    foldings: &mut [Folding],
    events: &[Arc<Recorded>],
    upto: Position,
) -> Result<Changed, BatchError> {
    let mut changed = Changed {
        position: upto,
        ..Changed::default()
    };
    let mut tx = db.begin().await?;
    for folding in foldings {
        if let Err(error) = folding.fold(&mut tx, events, upto, &mut changed).await {
            // Rolled back when dropped, too; this way the lock is free at once.
            let _ = tx.rollback().await;
            return Err(error);
        }
    }
    tx.commit().await?;
    Ok(changed)
}
