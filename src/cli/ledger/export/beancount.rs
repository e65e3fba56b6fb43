//! A journal for beancount. Accounts are opened where they are first used, on the first day that there
//! is: an entry may be effective before one that was recorded earlier.

use super::Sink;
use crate::cli::ledger::show::amount;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::Movement;

/// The day that every account is opened on.
const OPENED: &str = "1970-01-01";

/// See the [module](self).
pub struct Journal {
    out: BufWriter<File>,
    accounts: HashSet<LedgerAccount>,
}

impl Journal {
    /// Begins with what the signs mean.
    pub fn begin(mut out: BufWriter<File>) -> anyhow::Result<Self> {
        writeln!(
            out,
            "; Exported by `tributary ledger export`. Debits are positive."
        )?;
        writeln!(out, "option \"title\" \"Tributary\"")?;
        let accounts = HashSet::new();
        Ok(Self { out, accounts })
    }
}

impl Sink for Journal {
    fn write(&mut self, movement: &Movement) -> anyhow::Result<()> {
        for line in &movement.lines {
            if !self.accounts.contains(&line.account) {
                writeln!(self.out, "\n{OPENED} open {}", line.account.journal_name())?;
                self.accounts.insert(line.account.clone());
            }
        }
        writeln!(
            self.out,
            "\n{} * \"{}\" ^{}\n  position: {}",
            movement.effective, movement.kind, movement.entry, movement.position
        )?;
        if let Some(reversed) = movement.reverses {
            writeln!(self.out, "  reverses: \"{reversed}\"")?;
        }
        let currency = movement.currency;
        for line in &movement.lines {
            let (account, amount) = (line.account.journal_name(), amount(line.amount, currency));
            writeln!(self.out, "  {account}  {amount} {currency}")?;
        }
        Ok(())
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        super::end(&mut self.out)
    }
}
