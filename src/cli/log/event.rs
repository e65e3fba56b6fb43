//! An event as a line for people.

use serde_json::Value;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use tributary_store::reader::RawRow;

/// Characters of the payload that a line shows.
const DETAILS_MAX: usize = 140;

const DIM: &str = "\x1b[2m";
const BOLD: &str = "\x1b[1m";
const CYAN: &str = "\x1b[36m";
const RESET: &str = "\x1b[0m";

/// Whether lines are coloured: on a terminal, unless `NO_COLOR` is set.
pub fn colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
}

/// Time, position, name, whose history, who asked, and what of the payload fits.
pub fn line(row: &RawRow<'_>, with_personal: bool, colour: bool) -> String {
    let [dim, bold, cyan, reset] = if colour {
        [DIM, BOLD, CYAN, RESET]
    } else {
        [""; 4]
    };
    let time = row.recorded_at().format("%Y-%m-%d %H:%M:%S%.3f");
    let position = row.stored_position();
    let name = text(row.event_type());
    let history = format!(
        "{}:{}",
        text(row.aggregate_type()),
        text(row.aggregate_id())
    );
    let who = actor(row);
    let details = details(row, with_personal);
    format!(
        "{dim}{time}{reset} {bold}{position:>9}{reset} {cyan}{name:<26}{reset} {history} \
         {dim}by {who}{reset} {details}"
    )
}

/// Who asked for what happened.
pub fn actor(row: &RawRow<'_>) -> String {
    let metadata: Value = serde_json::from_slice(row.metadata()).unwrap_or_default();
    let actor = metadata.get("actor").and_then(Value::as_str);
    clean(actor.unwrap_or("nobody known"))
}

/// A stored text, for showing.
pub fn text(bytes: &[u8]) -> String {
    clean(&String::from_utf8_lossy(bytes))
}

/// Terminals act on control characters, and texts come from strangers.
fn clean(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

/// The payload's members in a row, without what stands in the line already, and without digests.
fn details(row: &RawRow<'_>, with_personal: bool) -> String {
    let mut details = String::new();
    let payload: Value = serde_json::from_slice(row.payload()).unwrap_or_default();
    let mut add = |name: &str, value: &Value| {
        let value = match value {
            Value::String(text) => clean(text),
            other => clean(&other.to_string()),
        };
        let _infallible = write!(details, "{name}={value} ");
    };
    for (name, value) in payload.as_object().into_iter().flatten() {
        if name != "type" && name != "personal" {
            add(name, value);
        }
    }
    if with_personal && let Some(column) = row.personal() {
        let personal: Value = serde_json::from_slice(column).unwrap_or_default();
        match personal.get("value") {
            Some(Value::Object(members)) => {
                members.iter().for_each(|(name, value)| add(name, value));
            }
            Some(value) => add("personal", value),
            None => {}
        }
    }
    let details = details.trim_end();
    match details.char_indices().nth(DETAILS_MAX) {
        Some((end, _)) => format!("{}…", &details[..end]),
        None => details.to_owned(),
    }
}
