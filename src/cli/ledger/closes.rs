//! Whether the periods that were closed are still what was sealed.

use std::path::Path;
use tributary_domain::books::{Event as Happened, Sealed};
use tributary_domain::ledger::{Balances, Movement, TrialBalance};
use tributary_domain::{Event, HistoryId, Position};
use tributary_store::LogReader;
use tributary_store::checkpoint::seal::{self, Statement};
use tributary_store::checkpoint::{PublicKey, to_hex};
use tributary_store::reader::{Order, RawRow, Selection};

/// The most closes that are looked at: 800 years of months.
const CLOSES_MAX: usize = 10_000;

/// Follows every close through the log. A movement is added up once, under the first period that it falls
/// into; what was sealed is the sum of all up to there.
#[derive(Default)]
pub struct Closes {
    all: Vec<Close>,
    /// The next one whose place has not been passed.
    next: usize,
    findings: Vec<String>,
}

struct Close {
    /// Where the event stands.
    at: Position,
    closed: Sealed,
    /// The movements of this period, but of no earlier one.
    sums: Balances,
}

impl Closes {
    /// Reads the closes of a log.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn read(reader: &LogReader) -> anyhow::Result<Self> {
        let history = HistoryId::Books;
        let selection = Selection {
            history: Some((history.kind().to_owned(), history.id())),
            ..Selection::default()
        };
        let page = reader
            .page(&selection, CLOSES_MAX, Order::OldestFirst)
            .await?;
        let mut closes = Self::default();
        for row in page.iter() {
            // One that cannot be read is told when its place is come to.
            let Ok(recorded) = row.decode() else {
                continue;
            };
            if let Event::Books(Happened::Closed(closed)) = recorded.event {
                closes.all.push(Close {
                    at: recorded.position,
                    closed: closed.sealed(),
                    sums: Balances::default(),
                });
            }
        }
        Ok(closes)
    }

    /// Before the row at a position: what was sealed before it is compared.
    pub fn pass(&mut self, row: &RawRow<'_>) {
        let position = row.position();
        self.settle_before(position);
        for close in &self.all[self.next.min(self.all.len())..] {
            if close.closed.seal.position == position
                && close.closed.seal.hash != to_hex(&row.hash())
            {
                let told = format!("another hash was sealed for {}", close.closed.through);
                self.findings.push(format!("position {position}: {told}"));
            }
        }
    }

    fn settle_before(&mut self, position: Position) {
        while let Some(close) = self.all.get(self.next) {
            if close.closed.seal.position >= position {
                return;
            }
            self.next += 1;
            let sums = self.all[..self.next].iter().map(|close| &close.sums);
            let rows = sums.flat_map(|sums| sums.trial_balance().rows().to_vec());
            let trial = TrialBalance::added_up(rows);
            let close = &self.all[self.next - 1];
            if to_hex(&trial.digest()) != close.closed.seal.trial_balance {
                self.findings.push(format!(
                    "position {}: the trial balance of {} is not the one that was sealed",
                    close.at, close.closed.through
                ));
            }
        }
    }

    /// Takes in a movement.
    ///
    /// # Errors
    /// When a sum leaves 64 bits.
    pub fn take(&mut self, movement: &Movement) -> Result<(), tributary_domain::ledger::Wrong> {
        let fits = |close: &Close| movement.effective <= close.closed.through;
        let Some(at) = self.all.iter().position(fits) else {
            return Ok(());
        };
        // What was sealed already cannot have got anything since.
        if at < self.next {
            let close = &self.all[at];
            self.findings.push(format!(
                "position {}: the entry {} is dated {}, into the period up to {}, which was sealed at {}",
                movement.position,
                movement.entry,
                movement.effective,
                close.closed.through,
                close.closed.seal.position
            ));
            return Ok(());
        }
        self.all[at].sums.add(movement)
    }

    /// After the last row: signatures, and the file of seals. What is wrong.
    pub fn end(
        mut self,
        head: Position,
        key: Option<PublicKey>,
        file: &Path,
    ) -> (usize, Vec<String>) {
        self.settle_before(head.next());
        if let Some(key) = key {
            for close in &self.all {
                if let Err(error) = seal::check(&close.closed, key) {
                    let through = close.closed.through;
                    self.findings.push(format!(
                        "position {}: the seal of {through}: {error}",
                        close.at
                    ));
                }
            }
        }
        let lines = std::fs::read_to_string(file).unwrap_or_default();
        for (number, line) in (1..).zip(lines.lines()) {
            let place = || format!("{} line {number}", file.display());
            match Statement::read(line, key) {
                Err(error) => self.findings.push(format!("{}: {error}", place())),
                Ok(statement) => {
                    let is_there = self.all.iter().any(|close| {
                        PublicKey::parse(&statement.key)
                            .is_some_and(|key| Statement::of(&close.closed, key) == statement)
                    });
                    if !is_there {
                        let through = &statement.through;
                        let told = format!("the log does not hold the close of {through}");
                        self.findings.push(format!("{}: {told}", place()));
                    }
                }
            }
        }
        (self.all.len(), self.findings)
    }
}
