//! Says in words what happened where the chain was first seen to break.
//!
//! A row carries the link that it was written with. So it can be tried whether a row of somewhere else
//! belongs here, whether rows stand between that do not, or whether some were taken out.

use super::walk::Suspect;
use super::{Fault, Finding};
use crate::error::StoreError;
use crate::reader::{LogReader, Order, RawPage, RawRow, Selection};
use tributary_domain::Position;

/// How far the event that belongs at a place is looked for.
const LOOK_AHEAD: usize = 20_000;

/// How many events in a row are thought to have been taken out.
const REMOVED_MAX: usize = 1_000;

/// What is wrong at the suspect, or right before it.
pub(super) async fn explain(reader: &LogReader, suspect: Suspect) -> Result<Finding, StoreError> {
    let selection = Selection {
        after: Position::new(suspect.position - 1).unwrap_or_default(),
        ..Selection::default()
    };
    let page = reader
        .page(&selection, LOOK_AHEAD, Order::OldestFirst)
        .await?;
    let (back, fault) = page
        .get(0)
        .map_or((0, Fault::Broken), |row| judge(&page, &row, &suspect));
    let position = Position::new(suspect.position - back).unwrap_or_default();
    Ok(Finding { position, fault })
}

/// How far before the suspect, and what.
fn judge(page: &RawPage, row: &RawRow<'_>, suspect: &Suspect) -> (i64, Fault) {
    let Suspect {
        position,
        previous,
        before,
    } = *suspect;
    // The event before this one was put in with a good link of its own.
    if before.is_some_and(|before| row.link_at(&before, position - 1) == row.hash()) {
        return (1, Fault::Inserted { count: 1 });
    }
    if let Some(fault) = out_of_place(page, row, suspect) {
        return (0, fault);
    }
    let next = page
        .get(1)
        .filter(|next| next.stored_position() == position + 1);
    let Some(next) = next else {
        return (0, Fault::Broken);
    };
    if next.link(&row.hash()) == next.hash() {
        return (0, Fault::Changed);
    }
    if next.link(&row.link(&previous)) == next.hash() {
        return (0, Fault::HashChanged);
    }
    let removed = (1..=REMOVED_MAX).find(|count| {
        let shift = i64::try_from(*count).unwrap_or(0);
        next.link_at(&row.hash(), position + 1 + shift) == next.hash()
    });
    (
        0,
        removed.map_or(Fault::Broken, |count| Fault::Removed { count }),
    )
}

/// Whether the event that belongs here stands further on.
fn out_of_place(page: &RawPage, row: &RawRow<'_>, suspect: &Suspect) -> Option<Fault> {
    let Suspect {
        position, previous, ..
    } = *suspect;
    for (index, other) in page.iter().enumerate().skip(1) {
        let link = other.link_at(&previous, position);
        // Either it carries its link with it, or the links stayed where they were.
        if link != other.hash() && link != row.hash() {
            continue;
        }
        // Where the other one stands now, does this one belong there?
        let before_it = match page.get(index - 1) {
            Some(between) if index > 1 => between.hash(),
            _ => link,
        };
        let here = row.link_at(&before_it, other.stored_position());
        if here == row.hash() || here == other.hash() {
            let other = other.position();
            return Some(Fault::Swapped { other });
        }
        // Do those after it belong behind it?
        let next = page.get(index + 1);
        let moved_down = next.is_none_or(|next| next.link_at(&link, position + 1) == next.hash());
        return Some(if link == other.hash() && moved_down {
            Fault::Inserted { count: index }
        } else {
            let other = other.position();
            Fault::Moved { other }
        });
    }
    None
}
