//! How far each projection is, and who may write it: the statements that fence a projector.

use super::{Db, DbError, Row, Tx, values};
use crate::project;
use tributary_domain::Position;

const READ: &str = "SELECT position, epoch FROM checkpoints WHERE projection = $1";
const POSITIONS: &str = "SELECT projection, position FROM checkpoints";
const TAKE_OVER: &str =
    "UPDATE checkpoints SET epoch = epoch + 1 WHERE projection = $1 RETURNING position, epoch";
const MOVE: &str = "UPDATE checkpoints SET position = $1 \
     WHERE projection = $2 AND position = $3 AND epoch = $4";

/// A projection's row in the table of checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// The rows stand here.
    pub(crate) position: Position,
    /// Raised by whoever takes the projection over; who holds an older one may not write.
    pub(crate) epoch: i64,
}

impl Checkpoint {
    fn read(rows: &[Row]) -> Result<Option<Self>, DbError> {
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let mut columns = row.columns();
        Ok(Some(Self {
            position: columns.position()?,
            epoch: columns.take()?,
        }))
    }
}

impl Db {
    /// Every projection's position, read in one go where the engine can.
    pub(crate) async fn positions(&self) -> Result<Vec<(&'static str, Position)>, DbError> {
        let names = project::names();
        let mut positions = vec![];
        #[cfg(feature = "testing")]
        if let super::Engine::Memory(memory) = &self.engine {
            for name in names {
                let found = memory.checkpoint(name).await?;
                positions.extend(found.map(|found| (name, found.position)));
            }
            return Ok(positions);
        }
        let rows = self.uncounted(POSITIONS, vec![]).await?;
        let mut found = std::collections::HashMap::new();
        for row in &rows {
            let mut columns = row.columns();
            found.insert(columns.take::<String>()?, columns.position()?);
        }
        for name in names {
            positions.extend(found.remove(name).map(|position| (name, position)));
        }
        Ok(positions)
    }

    /// A projection's checkpoint as it stands.
    pub(crate) async fn checkpoint(
        &self,
        projection: &'static str,
    ) -> Result<Option<Checkpoint>, DbError> {
        #[cfg(feature = "testing")]
        if let super::Engine::Memory(memory) = &self.engine {
            return memory.checkpoint(projection).await;
        }
        Checkpoint::read(&self.uncounted(READ, values![projection]).await?)
    }
}

impl Tx {
    /// Raises the epoch, so that whoever wrote the projection until now no longer can.
    pub(crate) async fn take_over(
        &mut self,
        projection: &'static str,
    ) -> Result<Option<Checkpoint>, DbError> {
        #[cfg(feature = "testing")]
        if let Self::Memory(tx) = self {
            return tx.take_over(projection).await;
        }
        Checkpoint::read(&self.all(TAKE_OVER, values![projection]).await?)
    }

    /// Moves the checkpoint to `upto` if it is still `from`; whether it was.
    pub(crate) async fn move_checkpoint(
        &mut self,
        projection: &'static str,
        from: Checkpoint,
        upto: Position,
    ) -> Result<bool, DbError> {
        #[cfg(feature = "testing")]
        if let Self::Memory(tx) = self {
            return tx.move_checkpoint(projection, from, upto).await;
        }
        let values = values![upto, projection, from.position, from.epoch];
        Ok(self.execute(MOVE, values).await? == 1)
    }
}
