//! A journal for hledger. Commodities and accounts are declared before their first use, so that it also
//! holds under `hledger check --strict`.

use super::Sink;
use crate::cli::ledger::show::amount;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use tributary_domain::Currency;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::Movement;

/// See the [module](self).
pub struct Journal {
    out: BufWriter<File>,
    accounts: HashSet<LedgerAccount>,
    currencies: HashSet<Currency>,
}

impl Journal {
    /// Begins with what the signs mean.
    pub fn begin(mut out: BufWriter<File>) -> anyhow::Result<Self> {
        writeln!(
            out,
            "; Exported by `tributary ledger export`. Debits are positive."
        )?;
        Ok(Self {
            out,
            accounts: HashSet::new(),
            currencies: HashSet::new(),
        })
    }
}

impl Sink for Journal {
    fn write(&mut self, movement: &Movement) -> anyhow::Result<()> {
        let currency = movement.currency;
        if self.currencies.insert(currency) {
            // A number with the digits that the currency has; without any, the point ends it.
            let digits = usize::try_from(currency.digits())?;
            writeln!(
                self.out,
                "\ncommodity 1000.{} {currency}",
                "0".repeat(digits)
            )?;
        }
        for line in &movement.lines {
            if !self.accounts.contains(&line.account) {
                writeln!(self.out, "\naccount {}", line.account.journal_name())?;
                self.accounts.insert(line.account.clone());
            }
        }
        write!(
            self.out,
            "\n{} * {}  ; entry:{}, position:{}",
            movement.effective, movement.kind, movement.entry, movement.position
        )?;
        if let Some(reversed) = movement.reverses {
            write!(self.out, ", reverses:{reversed}")?;
        }
        writeln!(self.out)?;
        for line in &movement.lines {
            let (account, amount) = (line.account.journal_name(), amount(line.amount, currency));
            writeln!(self.out, "    {account}  {amount} {currency}")?;
        }
        Ok(())
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        super::end(&mut self.out)
    }
}
