//! `tributary ledger verify`.

use super::closes::Closes;
use super::fold;
use crate::cli::bar;
use crate::cli::log::proof::{self, Proof};
use crate::operator::books;
use crate::settings::Settings;
use std::process::ExitCode;
use tributary_domain::Position;
use tributary_domain::ledger::{Audit, Fault, TrialBalance};
use tributary_projections::beside;
use tributary_store::LogReader;
use tributary_store::checkpoint::to_hex;
use tributary_store::reader::RawPage;
use tributary_store::verify::{self, Progress};

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    proof: Proof,
    /// Leave the read model out: the log alone
    #[arg(long)]
    log_only: bool,
}

/// Verifies. The exit code is 1 where something is wrong, 2 where that could not be found out.
///
/// # Errors
/// Never: what went wrong is told here.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    Ok(proof::exit_code(look(settings, arguments).await))
}

/// What the walk over the log keeps.
struct Books {
    audit: Audit,
    closes: Closes,
    /// The first entry or event that does not hold, and where.
    fault: Option<(Position, String)>,
    /// Where the read model stands, and what the log comes to there.
    model_at: Option<Position>,
    at_model: Option<TrialBalance>,
}

impl Books {
    fn take(&mut self, page: &RawPage) {
        let mut rows = page.iter();
        for event in fold::meanings(page) {
            if self.fault.is_some() {
                return;
            }
            let position = event.position;
            let meaning = match event.meaning {
                Ok(meaning) => meaning,
                Err(reason) => {
                    self.fault = Some((position, reason));
                    return;
                }
            };
            // Seals name places of any event, which are passed on the way to the next movement.
            for row in rows.by_ref() {
                self.closes.pass(&row);
                if row.position() >= position {
                    break;
                }
            }
            self.pass(position);
            let added = meaning.and_then(|meaning| self.audit.add(position, meaning));
            let taken = added.and_then(|movement| match movement {
                Some(movement) => self.closes.take(&movement).map_err(|wrong| Fault {
                    position: movement.position,
                    wrong,
                }),
                None => Ok(()),
            });
            if let Err(fault) = taken {
                let told = format!("entry {}: {fault}", fault.wrong.entry());
                self.fault = Some((fault.position, told));
            }
        }
        rows.for_each(|row| self.closes.pass(&row));
    }

    /// Before the event at a position is taken in.
    fn pass(&mut self, position: Position) {
        if self.at_model.is_none() && self.model_at.is_some_and(|model| position > model) {
            self.at_model = Some(self.audit.balances().trial_balance());
        }
    }

    fn end(&mut self, end: Position) {
        if self.fault.is_none()
            && let Err(fault) = self.audit.end()
        {
            let told = format!("entry {}: {fault}", fault.wrong.entry());
            self.fault = Some((fault.position, told));
        }
        self.pass(end.next());
    }
}

async fn look(settings: &Settings, arguments: Arguments) -> anyhow::Result<bool> {
    let proof = arguments.proof.read(settings)?;
    let reader = LogReader::open(&settings.log_url).await?;
    // Before the log's end is looked at, so that it is never ahead of what is walked over.
    let model = if arguments.log_only {
        None
    } else {
        beside::trial_balance(&settings.views_url).await?
    };
    let books = Books {
        audit: Audit::default(),
        closes: Closes::read(&reader).await?,
        fault: None,
        model_at: model.as_ref().map(|(position, _)| *position),
        at_model: None,
    };
    let bar = bar::events(0);
    let shown = bar.clone();
    let on_progress = move |progress: Progress| {
        shown.set_length(progress.end.since(Position::START));
        shown.set_position(progress.position.since(Position::START));
    };
    let checkpoints = proof.lines.checkpoints.clone();
    let walked = verify::verify_with(&reader, checkpoints, on_progress, books, Books::take).await;
    bar.finish_and_clear();
    let (report, mut walked) = walked?;
    walked.end(report.head.position);
    let chain_holds = proof.tell(&report);
    for finding in &report.findings {
        if let Some(entry) = entry_at(&reader, finding.position).await {
            say!("position {} holds the entry {entry}", finding.position);
        }
    }
    let entries = walked.audit.entries();
    let rate = entries as f64 / report.elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
    say!("{entries} entries ({rate:.0} entries/s)");
    let mut holds = chain_holds;
    if let Some((position, told)) = &walked.fault {
        say!("THE LEDGER DOES NOT HOLD: first at position {position}: {told}");
        holds = false;
    }
    holds &= compare(&walked, model.as_ref());
    let file = books::seals(&settings.checkpoint_file);
    let (closes, findings) = walked.closes.end(report.head.position, proof.key, &file);
    for finding in &findings {
        say!("{finding}");
    }
    if !findings.is_empty() {
        say!("THE SEALS DO NOT HOLD");
        holds = false;
    } else if closes > 0 {
        say!("{closes} closed periods are as they were sealed");
    }
    if holds {
        let digest = walked.audit.balances().trial_balance().digest();
        say!("the ledger holds; trial balance digest {}", to_hex(&digest));
    }
    Ok(holds)
}

/// The entry that the event at a position holds, if it can still be read.
async fn entry_at(reader: &LogReader, position: Position) -> Option<String> {
    let page = reader.at(position).await.ok()?;
    let recorded = page.get(0)?.decode().ok()?;
    let id = match &recorded.event {
        tributary_domain::Event::Wallet(tributary_domain::wallet::Event::Credited(half)) => {
            half.entry
        }
        event => event.entry()?.id,
    };
    Some(id.to_string())
}

/// Whether the read model says what the log says.
fn compare(walked: &Books, model: Option<&(Position, TrialBalance)>) -> bool {
    let Some((position, told)) = model else {
        say!("no read model was compared");
        return true;
    };
    let Some(expected) = &walked.at_model else {
        say!("the read model stands at {position}, which the log does not hold up to");
        return walked.fault.is_some();
    };
    if expected == told {
        say!("the read model at position {position} says the same");
        return true;
    }
    let differs = |rows: &TrialBalance, others: &TrialBalance| {
        let row = rows.rows().iter().find(|row| !others.rows().contains(row));
        row.map(|row| format!("{} {}", row.account, row.balance))
    };
    let (log, view) = (differs(expected, told), differs(told, expected));
    say!(
        "THE READ MODEL DIFFERS at position {position}: the log says {}, the read model {}; `tributary \
         projections rebuild` makes it anew",
        log.as_deref().unwrap_or("nothing"),
        view.as_deref().unwrap_or("nothing")
    );
    false
}
