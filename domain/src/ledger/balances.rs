//! What the accounts come to.

use super::{Movement, Wrong};
use crate::entry::LedgerAccount;
use crate::{Currency, Money};
use rust_decimal::Decimal;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};

/// The sum of each account in each currency, in minor units; debits are positive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Balances {
    all: HashMap<(LedgerAccount, Currency), i64>,
}

impl Balances {
    /// Adds a movement, whatever it leaves.
    ///
    /// # Errors
    /// When a sum leaves 64 bits.
    pub fn add(&mut self, movement: &Movement) -> Result<(), Wrong> {
        for line in &movement.lines {
            let key = (line.account.clone(), movement.currency);
            let balance = self.all.entry(key).or_default();
            let sum = balance.checked_add(line.amount);
            *balance = sum.ok_or_else(|| too_large(movement, &line.account))?;
        }
        Ok(())
    }

    /// Adds a movement that may leave no person's account overdrawn.
    ///
    /// # Errors
    /// When it leaves one so, or a sum leaves 64 bits.
    pub fn settle(&mut self, movement: &Movement) -> Result<(), Wrong> {
        self.add(movement)?;
        for line in &movement.lines {
            let balance = self.of(&line.account, movement.currency);
            refuse_overdrawn(movement, &line.account, balance)?;
        }
        Ok(())
    }

    /// What an account comes to, in minor units.
    pub fn of(&self, account: &LedgerAccount, currency: Currency) -> i64 {
        let key = (account.clone(), currency);
        self.all.get(&key).copied().unwrap_or_default()
    }

    /// All that are not zero, in order.
    pub fn trial_balance(&self) -> TrialBalance {
        let rows = self
            .all
            .iter()
            .map(|((account, currency), minor)| TrialRow {
                account: account.clone(),
                balance: Money::from_minor(*minor, *currency),
            });
        TrialBalance::new(rows)
    }
}

/// Refuses what leaves a person's account overdrawn.
///
/// # Errors
/// When it does.
pub fn refuse_overdrawn(
    movement: &Movement,
    account: &LedgerAccount,
    balance: i64,
) -> Result<(), Wrong> {
    if account.is_overdrawn_at(balance) {
        return Err(Wrong::Overdrawn {
            entry: movement.entry,
            account: account.clone(),
            currency: movement.currency,
            minor: balance.unsigned_abs(),
        });
    }
    Ok(())
}

/// What a movement is refused with whose sum leaves 64 bits.
pub fn too_large(movement: &Movement, account: &LedgerAccount) -> Wrong {
    Wrong::TooLarge {
        entry: movement.entry,
        account: account.clone(),
    }
}

/// One account's balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialRow {
    /// The account.
    pub account: LedgerAccount,
    /// What it comes to; a debit balance is positive.
    pub balance: Money,
}

/// Every account that does not stand at zero, ordered by account and currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrialBalance {
    rows: Vec<TrialRow>,
}

/// Separates the digest from every other use of SHA-256 in the product.
const DIGEST_DOMAIN: &[u8] = b"tributary.trial-balance.v1\n";

impl TrialBalance {
    /// Of these rows.
    pub fn new(rows: impl IntoIterator<Item = TrialRow>) -> Self {
        let mut rows: Vec<_> = rows
            .into_iter()
            .filter(|row| !row.balance.amount.is_zero())
            .collect();
        rows.sort_by(|a, b| {
            (&a.account, a.balance.currency).cmp(&(&b.account, b.balance.currency))
        });
        Self { rows }
    }

    /// Of rows of which several may be of one account.
    pub fn added_up(rows: impl IntoIterator<Item = TrialRow>) -> Self {
        let mut sums: BTreeMap<(LedgerAccount, Currency), Decimal> = BTreeMap::new();
        for row in rows {
            let sum = sums.entry((row.account, row.balance.currency)).or_default();
            *sum += row.balance.amount;
        }
        let row = |((account, currency), amount): ((LedgerAccount, Currency), Decimal)| {
            let mut balance = Money { amount, currency };
            balance.amount.rescale(currency.digits());
            TrialRow { account, balance }
        };
        Self::new(sums.into_iter().map(row))
    }

    /// Its rows, in order.
    pub fn rows(&self) -> &[TrialRow] {
        &self.rows
    }

    /// The debit and the credit balances of each currency, added up. They are the same.
    pub fn totals(&self) -> BTreeMap<Currency, Totals> {
        let mut totals: BTreeMap<Currency, Totals> = BTreeMap::new();
        for row in &self.rows {
            let total = totals.entry(row.balance.currency).or_default();
            if row.balance.amount.is_sign_positive() {
                total.debit += row.balance.amount;
            } else {
                total.credit -= row.balance.amount;
            }
        }
        totals
    }

    /// Whether the debits of each currency are its credits.
    pub fn is_balanced(&self) -> bool {
        self.totals()
            .values()
            .all(|totals| totals.debit == totals.credit)
    }

    /// SHA-256 over [`DIGEST_DOMAIN`](self) and a line for each row: account, currency and amount, parted
    /// by spaces. Anybody can compute it from a trial balance on paper.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(DIGEST_DOMAIN);
        for row in &self.rows {
            let Money { amount, currency } = row.balance;
            hasher.update(format!("{} {currency} {amount}\n", row.account));
        }
        hasher.finalize().into()
    }
}

/// What one currency's balances add up to, in whole units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Debit balances.
    pub debit: Decimal,
    /// Credit balances.
    pub credit: Decimal,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recorded;
    use crate::ledger::testing::{tipped, top_up};
    use crate::ledger::{AsOf, Movement};
    use proptest::prelude::*;

    /// Bob pays in and tips in several currencies, never more than he has.
    fn movements(choices: &[(u8, i64)]) -> Vec<Movement> {
        let mut held = [0_i64; 3];
        let mut all = vec![];
        for (choice, amount) in choices {
            let place = usize::from(choice % 3);
            let currency = ["USD", "JPY", "BHD"][place];
            let money = Money::from_minor(*amount, currency.parse().unwrap());
            let position = i64::try_from(all.len()).unwrap() * 40_000 + 1;
            let event: Recorded = if choice % 2 == 0 || held[place] < *amount {
                held[place] += amount;
                top_up(position, &money.amount.to_string(), currency)
            } else {
                held[place] -= amount;
                tipped(position, &money.amount.to_string(), currency)
            };
            all.push(Movement::of(&event).unwrap().unwrap());
        }
        all
    }

    proptest! {
        #[test]
        fn the_trial_balance_is_zero_at_every_prefix(
            choices in prop::collection::vec((any::<u8>(), 1_i64..100_000), 1..60)
        ) {
            let mut balances = Balances::default();
            for movement in movements(&choices) {
                balances.settle(&movement).unwrap();
                prop_assert!(balances.trial_balance().is_balanced());
            }
        }

        #[test]
        fn as_of_a_moment_is_what_had_moved_by_then(
            choices in prop::collection::vec((any::<u8>(), 1_i64..100_000), 1..60),
            at in 0_usize..60,
        ) {
            let movements = movements(&choices);
            let at = &movements[at.min(movements.len() - 1)];
            let sum = |as_of: AsOf| {
                let mut balances = Balances::default();
                for movement in movements.iter().filter(|movement| as_of.includes(movement)) {
                    balances.add(movement).unwrap();
                }
                balances.trial_balance()
            };
            let position = sum(AsOf { position: Some(at.position), day: None });
            let mut naive = Balances::default();
            for movement in &movements {
                naive.add(movement).unwrap();
                if movement.position == at.position {
                    prop_assert_eq!(&position, &naive.trial_balance());
                    prop_assert_eq!(position.digest(), naive.trial_balance().digest());
                }
            }
            prop_assert_eq!(sum(AsOf::default()), naive.trial_balance());
            let day = sum(AsOf { position: None, day: Some(at.effective) });
            let last = movements.iter().rfind(|other| other.effective <= at.effective).unwrap();
            prop_assert_eq!(day, sum(AsOf { position: Some(last.position), day: None }));
        }
    }

    #[test]
    fn another_cent_is_another_digest() {
        let row = |minor| TrialRow {
            account: LedgerAccount::Refunds,
            balance: Money::from_minor(minor, "USD".parse().unwrap()),
        };
        let digest = |minor| TrialBalance::new([row(minor)]).digest();
        assert_eq!(digest(100), digest(100));
        assert_ne!(digest(100), digest(101));
        assert!(!TrialBalance::new([row(1)]).is_balanced());
        assert_eq!(TrialBalance::new([row(0)]).rows(), []);
    }
}
