//! Amounts set aside: until when, and why they are no longer.

use crate::db::micros;
use crate::fold::{FoldError, Projection, asked_by};
use crate::project::plain_row::row;
use crate::working::{Rows, Working};
use tributary_domain::money::minor;
use tributary_domain::wallet::{Event as Happened, HoldEnd};
use tributary_domain::{
    AccountId, Currency, Event, HistoryId, HoldId, Position, Recorded, Timestamp,
};

row! {
    /// An amount set aside in a wallet.
    pub Hold in "holds" by (
        /// Its id.
        hold: HoldId,
    ) {
        /// Where it was placed: orders it.
        position: Position,
        /// In whose wallet.
        account: AccountId,
        /// Of that wallet.
        currency: Currency,
        /// In whole minor units.
        amount: i64,
        /// When its time is over.
        until: Timestamp,
        /// Since when.
        placed_at: Timestamp,
        /// Why it is over; `None` as long as it stands.
        hold_end: Option<HoldEnd>,
        /// Who ended it: `account:` and an id, `console`, or `system:` and a part of Tributary.
        lifted_by: Option<String>,
        /// When it was ended.
        lifted_at: Option<Timestamp>,
        /// Where in the log.
        lifted_position: Option<Position>,
    }
}

/// Folds holds.
#[derive(Default)]
pub(crate) struct Holds {
    holds: Working<Hold>,
}

impl Projection for Holds {
    fn name(&self) -> &'static str {
        "holds"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        match &recorded.event {
            Event::Wallet(Happened::HoldPlaced(_)) => true,
            Event::Wallet(Happened::HoldLifted(event)) => {
                self.holds.want((event.hold,));
                true
            }
            _ => false,
        }
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        let Event::Wallet(event) = &recorded.event else {
            return Ok(());
        };
        let HistoryId::Wallet(account, currency) = recorded.history else {
            return Err(FoldError::WrongHistory);
        };
        if let Happened::HoldPlaced(event) = event {
            self.holds.put(Hold {
                hold: event.hold,
                position: recorded.position,
                account,
                currency,
                amount: minor(event.amount, currency),
                until: micros(event.until),
                placed_at: micros(recorded.recorded_at),
                hold_end: None,
                lifted_by: None,
                lifted_at: None,
                lifted_position: None,
            });
        }
        if let Happened::HoldLifted(event) = event {
            let hold = self.holds.edit(&(event.hold,))?;
            hold.hold_end = Some(event.reason);
            hold.lifted_by = asked_by(recorded);
            hold.lifted_at = Some(micros(recorded.recorded_at));
            hold.lifted_position = Some(recorded.position);
        }
        Ok(())
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.holds]
    }
}
