//! Every movement of the log, in order, read beside whoever writes it.

use crate::cli::bar;
use tributary_domain::ledger::{Audit, Fault, Meaning, Movement};
use tributary_domain::{Event, Position};
use tributary_store::LogReader;
use tributary_store::reader::{RawPage, RawRow};

/// Rows that are worth a thread of their own.
const ROWS_A_THREAD_MIN: usize = 256;

/// Hands `take` each movement up to a position, audited: what does not hold ends it.
///
/// # Errors
/// When the log cannot be read, an entry is not understood, or `take` fails.
pub async fn movements<T: Send + 'static>(
    reader: &LogReader,
    upto: Option<Position>,
    state: T,
    mut take: impl FnMut(&mut T, Movement) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<T> {
    let head = reader.head().await?.position;
    let end = match upto {
        Some(upto) => {
            anyhow::ensure!(
                upto <= head,
                "the log ends at position {head}; there is nothing at {upto} yet"
            );
            upto
        }
        None => head,
    };
    let bar = bar::events(end.since(Position::START));
    let shown = bar.clone();
    let folding = (state, Audit::default(), Ok(()));
    let work = move |(state, audit, so_far): &mut (T, Audit, anyhow::Result<()>),
                     page: &RawPage| {
        if so_far.is_ok() {
            *so_far = fold(page, audit, |movement| take(state, movement));
        }
        if let Some(last) = page.iter().next_back() {
            shown.set_position(last.position().since(Position::START));
        }
    };
    let folded = reader.go_through(Position::START, end, folding, work).await;
    bar.finish_and_clear();
    let (state, mut audit, so_far) = folded?;
    so_far?;
    // As of a position between an entry and its half there is nothing to complain of.
    if end == head {
        audit.end().map_err(|fault| told(&fault))?;
    }
    Ok(state)
}

fn fold(
    page: &RawPage,
    audit: &mut Audit,
    mut take: impl FnMut(Movement) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for event in meanings(page) {
        let position = event.position;
        let meaning = event
            .meaning
            .map_err(|reason| anyhow::anyhow!("position {position}: {reason}"))?;
        let added = meaning.and_then(|meaning| audit.add(position, meaning));
        if let Some(movement) = added.map_err(|fault| told(&fault))? {
            take(movement)?;
        }
    }
    Ok(())
}

fn told(fault: &Fault) -> anyhow::Error {
    anyhow::anyhow!(
        "position {}: {fault}; `tributary ledger verify` tells more",
        fault.position
    )
}

/// An event that may move money.
pub struct Read {
    /// Where it stands.
    pub position: Position,
    /// What it means to the ledger, if that holds by itself; or why the event cannot be read.
    pub meaning: Result<Result<Meaning, Fault>, String>,
}

/// What the events of a page that may move money mean, in order. Several threads read them, because most of
/// the time goes into that.
pub fn meanings(page: &RawPage) -> Vec<Read> {
    let rows: Vec<RawRow<'_>> = page.iter().filter(may_move_money).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = rows.len().div_ceil(threads).max(ROWS_A_THREAD_MIN);
    let mut parts = rows.chunks(part);
    let Some(first) = parts.next() else {
        return vec![];
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = parts
            .map(|part| scope.spawn(|| part.iter().map(read).collect::<Vec<_>>()))
            .collect();
        let mut all: Vec<_> = first.iter().map(read).collect();
        for other in others {
            match other.join() {
                Ok(part) => all.extend(part),
                // Nothing in it panics; if it does, the panic is what there is to tell.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    })
}

fn may_move_money(row: &RawRow<'_>) -> bool {
    std::str::from_utf8(row.event_type()).is_ok_and(|name| !Event::moves_no_money(name))
}

fn read(row: &RawRow<'_>) -> Read {
    let recorded = row.decode_bare().map_err(|error| error.to_string());
    Read {
        position: row.position(),
        meaning: recorded.map(|recorded| Meaning::of(&recorded)),
    }
}
