//! Read models that another process keeps, only read: what proves them opens no writer and makes nothing.

use crate::ViewsError;
use crate::db::values;
use crate::generation::ViewsUrl;
use crate::queries::trial_row;
use tributary_domain::Position;
use tributary_domain::ledger::TrialBalance;

/// The balances and the position that they stand at, of one moment.
const BALANCES: &str = "SELECT c.position, b.number IS NOT NULL, b.account, b.currency, b.balance
    FROM checkpoints c LEFT JOIN ledger_balances b ON b.balance <> 0 WHERE c.projection = 'ledger'";

/// What the served read model says that the accounts come to, and at which position of the log; `None`
/// where no read models serve.
///
/// # Errors
/// When they cannot be read, or another version of this program made them.
pub async fn trial_balance(url: &ViewsUrl) -> Result<Option<(Position, TrialBalance)>, ViewsError> {
    let Some(generation) = url.serving_beside().await? else {
        return Ok(None);
    };
    if !generation.is_ours().await {
        generation.db.close().await;
        return Err(ViewsError::AnotherVersion);
    }
    let rows = generation.db.all(BALANCES, values![]).await;
    generation.db.close().await;
    let (mut position, mut balances) = (Position::START, vec![]);
    for row in rows? {
        let mut columns = row.columns();
        position = columns.position()?;
        if columns.take::<bool>()? {
            balances.push(trial_row(&mut columns)?);
        }
    }
    Ok(Some((position, TrialBalance::new(balances))))
}
