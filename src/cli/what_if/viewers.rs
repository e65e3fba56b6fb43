//! Viewers by another rule.

use crate::cli::bar;
use serde_json::json;
use std::process::ExitCode;
use std::sync::Arc;
use tributary_projections::{Sums, VIEWER_EVENTS, ViewerRule, WhatIf};
use tributary_store::LogReader;
use tributary_store::reader::Selection;

/// Works it out by the usual rule and by this one, and shows both.
pub async fn run(
    reader: &LogReader,
    selection: Selection,
    rule: ViewerRule,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let selection = Selection {
        types: VIEWER_EVENTS.map(str::to_owned).to_vec(),
        ..selection
    };
    let begin = selection.after;
    let folder = tempfile::tempdir()?;
    let usual = ViewerRule::default();
    let mut by_usual = WhatIf::new(&folder.path().join("usual"), usual).await?;
    let mut by_rule = WhatIf::new(&folder.path().join("other"), rule).await?;
    let mut scan = reader.scan(selection).await?;
    let bar = bar::events(scan.end().since(begin));
    while let Some(part) = scan.next().await? {
        let mut events = Vec::with_capacity(part.page.len());
        for row in part.page.iter() {
            events.push(Arc::new(row.decode()?));
        }
        by_usual.fold(&events, part.upto).await?;
        by_rule.fold(&events, part.upto).await?;
        bar.set_position(part.upto.since(begin));
    }
    bar.finish_and_clear();
    let rules = [
        (usual, by_usual.sums().await?),
        (rule, by_rule.sums().await?),
    ];
    let streams: Vec<_> = by_usual
        .largest()
        .await?
        .into_iter()
        .zip(by_rule.largest().await?)
        .collect();
    if as_json {
        let sums = |(rule, sums): &(ViewerRule, Sums)| {
            json!({
                "viewer_rule": rule.name(), "streams": sums.streams, "viewers": sums.viewers,
                "stream_viewers": sums.stream_viewers, "watch_ms": sums.watch_ms,
                "average_watch_ms": sums.average_watch_ms(),
            })
        };
        say!(
            "{}",
            json!({"usual": sums(&rules[0]), "what_if": sums(&rules[1])})
        );
    } else {
        show(&rules);
        if !streams.is_empty() {
            say!();
            say!(
                "{:<36} {:>8} {:>14} {:>14}",
                "largest streams",
                "peak",
                usual.name(),
                rule.name()
            );
        }
        for ((stream, usual), (_, other)) in streams {
            say!(
                "{:<36} {:>8} {:>14} {:>14}",
                stream.to_string(),
                usual.peak_viewers,
                usual.unique_viewers,
                other.unique_viewers
            );
        }
    }
    by_usual.close().await;
    by_rule.close().await;
    Ok(ExitCode::SUCCESS)
}

fn show(rules: &[(ViewerRule, Sums); 2]) {
    let [(usual, before), (rule, after)] = rules;
    say!("{:<28} {:>14} {:>14}", "", usual.name(), rule.name());
    let lines = [
        ("streams", before.streams, after.streams),
        ("viewers", before.viewers, after.viewers),
        (
            "viewers of each, added up",
            before.stream_viewers,
            after.stream_viewers,
        ),
    ];
    for (name, before, after) in lines {
        say!("{name:<28} {before:>14} {after:>14}");
    }
    let times = [
        ("watched, h:mm:ss", before.watch_ms, after.watch_ms),
        (
            "on average, h:mm:ss",
            before.average_watch_ms(),
            after.average_watch_ms(),
        ),
    ];
    for (name, before, after) in times {
        say!("{name:<28} {:>14} {:>14}", clock(before), clock(after));
    }
}

/// A span in hours, minutes and seconds, rounded to whole ones.
fn clock(ms: i64) -> String {
    let seconds = ms.max(0).saturating_add(500) / 1_000;
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{hours}:{minutes:02}:{:02}", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn a_span_under_an_hour_is_not_nothing() {
        for (ms, shown) in [
            (0, "0:00:00"),
            (499, "0:00:00"),
            (500, "0:00:01"),
            (61_000, "0:01:01"),
            (3_599_600, "1:00:00"),
            (3_600_000 * 1_234, "1234:00:00"),
            (i64::MAX, "2562047788015:12:55"),
            (-1, "0:00:00"),
        ] {
            assert_eq!(clock(ms), shown, "{ms}");
        }
    }
}
