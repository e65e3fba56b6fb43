//! The ledger: every posting, and what the accounts come to.
//!
//! It stops at what it does not understand (an entry that is not balanced, one that stands here already,
//! a person's account overdrawn) and never skips. Which entries those are, the domain says.

use crate::fold::{FoldError, Projection};
use crate::project::ledger_rows::{
    AccountNumber, BalanceRow, Day, DayRow, EntryRow, FeeRow, PostingRow, ReversalRow,
    ScheduleNumber, TipperRow,
};
use crate::working::{Rows, Working};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tributary_domain::entry::{Entry, LedgerAccount};
use tributary_domain::ledger::{Movement, Wrong, balances};
use tributary_domain::{AccountId, ChannelId, EntryId, Recorded};

/// Folds every movement of money.
#[derive(Default)]
pub(crate) struct Ledger {
    balances: Working<BalanceRow>,
    entries: Working<EntryRow>,
    reversals: Working<ReversalRow>,
    postings: Working<PostingRow>,
    days: Working<DayRow>,
    tippers: Working<TipperRow>,
    fees: Working<FeeRow>,
}

impl Projection for Ledger {
    fn name(&self) -> &'static str {
        "ledger"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        let Some(entry) = recorded.event.entry() else {
            return false;
        };
        self.entries.want((entry.id,));
        // One that cannot be read is told when it is folded.
        let Ok(Some(movement)) = Movement::of(recorded) else {
            return true;
        };
        if let Some(reversed) = movement.reverses {
            self.entries.want((reversed,));
            self.reversals.want((reversed,));
        }
        self.want_accounts(entry, &movement);
        true
    }

    /// A fee that is given back is given back by the schedule of the entry that took it.
    fn want_then(&mut self, events: &[Arc<Recorded>]) {
        // One that cannot be read is told when it is folded.
        let read = |recorded: &Arc<Recorded>| Movement::of(recorded).ok().flatten();
        let reverses = |event: &&Arc<Recorded>| event.event.entry()?.reverses;
        let reversals = events.iter().filter(|event| reverses(event).is_some());
        let reversals: Vec<_> = reversals.filter_map(read).collect();
        // Of an entry in this batch no row is at hand.
        let mut within: HashMap<EntryId, Option<String>> = HashMap::new();
        let reversed: HashSet<_> = reversals.iter().filter_map(|m| m.reverses).collect();
        let is_reversed = |event: &&Arc<Recorded>| {
            let entry = event.event.entry();
            !reversed.is_empty() && entry.is_some_and(|entry| reversed.contains(&entry.id))
        };
        for movement in events.iter().filter(is_reversed).filter_map(read) {
            within.insert(movement.entry, movement.schedule);
        }
        for movement in &reversals {
            let Some(reversed) = movement.reverses else {
                continue;
            };
            let schedule = match self.entries.found(&(reversed,)) {
                Some(entry) => entry.schedule.as_deref(),
                None => within.get(&reversed).and_then(Option::as_deref),
            };
            self.fees.want(fees(movement, schedule));
        }
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        let Some(movement) = Movement::of(recorded).map_err(FoldError::Ledger)? else {
            return Ok(());
        };
        self.enter(&movement)?;
        for (line, change) in movement.lines.iter().enumerate() {
            let balance = self.post(&movement, &change.account, change.amount)?;
            self.postings.put(PostingRow {
                number: AccountNumber::of(&change.account, movement.currency),
                position: movement.position,
                line: i64::try_from(line).unwrap_or(i64::MAX),
                day: Day::of(&movement),
                amount: change.amount,
                balance,
            });
        }
        // What an entry leaves counts, not what it passes through.
        for (account, _) in movement.changes() {
            let number = AccountNumber::of(account, movement.currency);
            let balance = self.balances.edit(&(number,))?.balance;
            balances::refuse_overdrawn(&movement, account, balance).map_err(FoldError::Ledger)?;
        }
        self.take_tip(&movement)?;
        self.take_fee(&movement)
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![
            &mut self.balances,
            &mut self.entries,
            &mut self.reversals,
            &mut self.postings,
            &mut self.days,
            &mut self.tippers,
            &mut self.fees,
        ]
    }
}

impl Ledger {
    fn want_accounts(&mut self, entry: &Entry, movement: &Movement) {
        for posting in &entry.postings {
            let number = AccountNumber::of(&posting.account, entry.currency);
            self.balances.want((number,));
            self.days.want((number, Day::of(movement)));
        }
        if let Some((channel, payer, _)) = tip(movement) {
            self.tippers.want((channel, movement.currency, payer));
        }
        self.fees.want(fees(movement, movement.schedule.as_deref()));
    }

    /// The entry itself, once.
    fn enter(&mut self, movement: &Movement) -> Result<(), FoldError> {
        let entry = movement.entry;
        if self.entries.get(&(entry,))?.is_some() {
            return Err(FoldError::Ledger(Wrong::Twice(entry)));
        }
        if let Some(reversed) = movement.reverses {
            if self.entries.get(&(reversed,))?.is_none() {
                let wrong = Wrong::ReversesNothing { entry, reversed };
                return Err(FoldError::Ledger(wrong));
            }
            if let Some(before) = self.reversals.get(&(reversed,))? {
                let before = before.entry;
                return Err(FoldError::Ledger(Wrong::ReversedTwice {
                    entry,
                    reversed,
                    before,
                }));
            }
            self.reversals.put(ReversalRow { reversed, entry });
        }
        self.entries.put(EntryRow {
            entry,
            position: movement.position,
            kind: movement.kind.to_owned(),
            currency: movement.currency,
            day: Day::of(movement),
            recorded_at: crate::db::micros(movement.recorded_at),
            reverses: movement.reverses,
            schedule: movement.schedule.clone(),
        });
        Ok(())
    }

    /// Adds to an account; what it comes to.
    fn post(
        &mut self,
        movement: &Movement,
        account: &LedgerAccount,
        amount: i64,
    ) -> Result<i64, FoldError> {
        let number = AccountNumber::of(account, movement.currency);
        let too_large = || FoldError::Ledger(balances::too_large(movement, account));
        let row = self.balances.edit_or(&(number,), || BalanceRow {
            number,
            account: account.clone(),
            currency: movement.currency,
            balance: 0,
            postings: 0,
            updated_position: movement.position,
        })?;
        if row.account != *account || row.currency != movement.currency {
            return Err(FoldError::SameNumber(account.clone()));
        }
        row.balance = row.balance.checked_add(amount).ok_or_else(too_large)?;
        row.postings += 1;
        row.updated_position = movement.position;
        let balance = row.balance;
        let key = (number, Day::of(movement));
        let day = self.days.edit_or(&key, || DayRow::nothing(key))?;
        let side = if amount > 0 {
            &mut day.debits
        } else {
            &mut day.credits
        };
        *side = amount
            .checked_abs()
            .and_then(|amount| side.checked_add(amount))
            .ok_or_else(too_large)?;
        day.postings += 1;
        Ok(balance)
    }

    fn take_tip(&mut self, movement: &Movement) -> Result<(), FoldError> {
        let Some((channel, payer, amount)) = tip(movement) else {
            return Ok(());
        };
        let key = (channel, movement.currency, payer);
        let row = self.tippers.edit_or(&key, || TipperRow {
            channel,
            currency: movement.currency,
            payer,
            amount: 0,
            tips: 0,
            last_position: movement.position,
        })?;
        let sum = row.amount.checked_add(amount);
        row.amount = sum.ok_or(FoldError::TooLarge("what a viewer gave to a channel"))?;
        row.tips += amount.signum();
        row.last_position = movement.position;
        Ok(())
    }

    /// The schedule that an entry was parted by, or the one that it takes back.
    fn schedule(&self, movement: &Movement) -> Result<Option<String>, FoldError> {
        if movement.schedule.is_some() {
            return Ok(movement.schedule.clone());
        }
        let Some(reversed) = movement.reverses else {
            return Ok(None);
        };
        let entry = self.entries.get(&(reversed,))?;
        Ok(entry.and_then(|entry| entry.schedule.clone()))
    }

    fn take_fee(&mut self, movement: &Movement) -> Result<(), FoldError> {
        let parts = movement.lines.iter();
        let parts = parts.filter(|line| line.account == LedgerAccount::PlatformFees);
        let income: i64 = parts.map(|line| -line.amount).sum();
        if income == 0 {
            return Ok(());
        }
        let schedule = self.schedule(movement)?;
        let (number, day) = fees(movement, schedule.as_deref());
        let row = self.fees.edit_or(&(number, day), || FeeRow {
            number,
            day,
            schedule,
            currency: movement.currency,
            amount: 0,
            entries: 0,
        })?;
        let sum = row.amount.checked_add(income);
        row.amount = sum.ok_or(FoldError::TooLarge("the income by a fee schedule"))?;
        row.entries += 1;
        Ok(())
    }
}

fn fees(movement: &Movement, schedule: Option<&str>) -> (ScheduleNumber, Day) {
    let number = ScheduleNumber::of(schedule, movement.currency);
    (number, Day::of(movement))
}

/// What moves from a viewer to a streamer, or back where it is negative: who gives is debited, who gets
/// is credited.
fn tip(movement: &Movement) -> Option<(ChannelId, AccountId, i64)> {
    let (mut given, mut to) = (None, None);
    for line in &movement.lines {
        match &line.account {
            LedgerAccount::ViewerBalance(payer) if given.is_none() => {
                given = Some((*payer, line.amount));
            }
            // Who owes us gets a tip by owing less.
            LedgerAccount::StreamerEarnings(channel)
            | LedgerAccount::ChargebacksReceivable(channel)
                if to.is_none_or(|to| to == *channel) =>
            {
                to = Some(*channel);
            }
            LedgerAccount::ViewerBalance(_)
            | LedgerAccount::StreamerEarnings(_)
            | LedgerAccount::ChargebacksReceivable(_) => return None,
            LedgerAccount::PlatformFees
            | LedgerAccount::ProviderClearing(_)
            | LedgerAccount::PayoutsInFlight(_)
            | LedgerAccount::Refunds
            | LedgerAccount::Promotions => {}
        }
    }
    let ((payer, amount), channel) = given.zip(to)?;
    Some((channel, payer, amount))
}
