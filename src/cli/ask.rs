//! A question of the command line, put to the running server or answered here, and its answer shown.

use crate::checkpoints;
use crate::control;
use crate::operator::books::Seals;
use crate::operator::{self, Ask, Desk, Reply, Table};
use crate::parts::Core;
use crate::recovery;
use crate::settings::Settings;
use crate::welcome;
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Replies that may wait to be shown.
const REPLIES_MAX: usize = 64;

/// Puts the question and shows the answer.
///
/// # Errors
/// When neither a server nor the log can be reached.
pub async fn ask(settings: Settings, question: Ask) -> anyhow::Result<ExitCode> {
    let mut screen = Screen::default();
    let socket = settings.control_socket();
    if control::ask(&socket, &question, |reply| screen.show(reply))
        .await?
        .is_some()
    {
        return Ok(screen.end());
    }
    let (desk, core) = sit_down(settings, &question).await?;
    let (tell, mut replies) = mpsc::channel(REPLIES_MAX);
    let working = {
        let desk = desk.clone();
        tokio::spawn(async move { operator::carry_out(&desk, question, tell).await })
    };
    while let Some(reply) = replies.recv().await {
        screen.show(reply);
    }
    working.await?;
    desk.checkpoints.sign_last(checkpoints::COMMAND_LINE).await;
    match core {
        Some(core) => core.close().await,
        None => desk.log.close().await,
    }
    Ok(screen.end())
}

/// Opens what the question takes, and no more. Projectors take over from those of a running server,
/// so where a server of another folder runs on the same database, questions about its read models are
/// its own to answer.
async fn sit_down(settings: Settings, question: &Ask) -> anyhow::Result<(Desk, Option<Core>)> {
    let rtmp_addr = settings.rtmp_addr;
    let settings = Arc::new(settings);
    let (log, keyring, checkpoints) = Core::open_log(&settings).await?;
    let reads_models = match question {
        Ask::Projections | Ask::Rebuild { .. } => true,
        // Files of read models show the person until they have heard of it. On PostgreSQL they are
        // swept by whichever node keeps them.
        Ask::ErasePerson { .. } => recovery::is_alone(&settings),
        _ => false,
    };
    if !reads_models {
        let desk = Desk {
            seals: Arc::new(Seals::new(&settings, &keyring)),
            settings,
            log,
            keyring,
            checkpoints,
            read_models: None,
            policies: None,
            rtmp_addr,
        };
        return Ok((desk, None));
    }
    let now = log.environment().now();
    for node in log.nodes().await? {
        anyhow::ensure!(
            now - node.seen_at >= recovery::GONE_AFTER || recovery::is_alone(&settings),
            "a server runs on this database; ask in its data folder, so that it answers itself"
        );
    }
    let core = Core::open_views(settings, log, keyring, checkpoints, None).await?;
    Ok((Desk::without_server(&core, rtmp_addr), Some(core)))
}

#[derive(Default)]
struct Screen {
    bar: Option<ProgressBar>,
    failed: bool,
}

impl Screen {
    fn end(self) -> ExitCode {
        if self.failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }

    fn show(&mut self, reply: Reply) {
        if let Reply::Progress {
            done,
            total,
            per_second,
        } = reply
        {
            let bar = self.bar.get_or_insert_with(bar);
            bar.set_length(total);
            bar.set_position(done);
            bar.set_message(format!("{per_second} events/s"));
            return;
        }
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        match reply {
            Reply::Progress { .. } => {}
            Reply::Account {
                name,
                roles,
                channel,
            } => {
                let roles: Vec<_> = roles.iter().map(|role| format!("{role:?}")).collect();
                match roles[..] {
                    [] => say!("made the account {name}"),
                    _ => say!(
                        "made the account {name} ({})",
                        roles.join(", ").to_lowercase()
                    ),
                }
                if let Some(channel) = channel {
                    say!(@ "{}", welcome::go_live(&channel));
                }
            }
            Reply::Channel(channel) => say!(@ "{}", welcome::go_live(&channel)),
            Reply::Projections {
                head,
                projections,
                policies,
                node,
            } => {
                say!(
                    "{:<16} {:>12} {:>10}  state",
                    "projection",
                    "position",
                    "behind"
                );
                for projection in projections {
                    let operator::Projection {
                        name,
                        position,
                        lag,
                        state,
                    } = projection;
                    say!("{name:<16} {position:>12} {lag:>10}  {state}");
                }
                say!();
                say!(
                    "{:<24} {:>12} {:>10}  state",
                    "policy",
                    "position",
                    "behind"
                );
                for policy in policies {
                    let operator::Policy {
                        name,
                        position,
                        lag,
                        state,
                    } = policy;
                    say!("{name:<24} {position:>12} {lag:>10}  {state}");
                }
                say!();
                say!("the log's head is at {head}");
                if let Some(node) = node {
                    say!("answered by the node {node}");
                }
            }
            Reply::Rebuilt {
                tables,
                events,
                elapsed_ms,
                switched,
                viewer_rules,
            } => {
                self.failed |= !rebuilt(&tables, events, elapsed_ms, switched, &viewer_rules);
            }
            Reply::Checkpoint { line } => match line {
                Some(line) => say!("{line}"),
                None => say!("nothing has happened since the newest checkpoint"),
            },
            Reply::Erased { account, events } => {
                say!(
                    "{account} was forgotten: {events} events have lost what was personal in them"
                );
            }
            Reply::BooksClosed { line } => say!("{line}"),
            Reply::Done => say!("done"),
            Reply::Failed { message } => {
                eprintln!("error: {message}");
                self.failed = true;
            }
        }
    }
}

/// The tables whose rows the viewer rule changes.
const VIEWER_TABLES: [&str; 5] = [
    "stream_statistics",
    "stream_viewers",
    "stream_retention",
    "channel_days",
    "channel_viewers",
];

/// Shows what a rebuild found; false if anything differed.
fn rebuilt(
    tables: &[Table],
    events: u64,
    elapsed_ms: u64,
    switched: bool,
    (rule_before, rule): &(String, String),
) -> bool {
    say!(
        "{:<22} {:>10} {:>10} {:>10}",
        "table",
        "rebuilt",
        "serving",
        "different"
    );
    for Table {
        name,
        rebuilt,
        serving,
        different,
        examples,
    } in tables
    {
        say!("{name:<22} {rebuilt:>10} {serving:>10} {different:>10}");
        for example in examples {
            say!("    {example}");
        }
    }
    let another_rule = rule_before != rule;
    if another_rule {
        say!("viewers are counted by {rule}; in what served before, by {rule_before}");
    }
    // Of another rule the numbers of viewers, and nothing else, are another's.
    let of_viewers = |table: &Table| another_rule && VIEWER_TABLES.contains(&table.name.as_str());
    let mut tables = tables.iter();
    let equal = tables.all(|table| table.different == 0 || of_viewers(table));
    let verdict = match (equal, another_rule) {
        (true, false) => "every row is the same",
        (true, true) => "every row that the rule does not touch is the same",
        (false, _) => "SOME ROWS DIFFER",
    };
    let serving = if switched {
        "the new read models serve now"
    } else {
        "the old ones still serve"
    };
    say!(
        "{events} events in {:.1} s; {verdict}; {serving}",
        elapsed_ms as f64 / 1000.0
    );
    equal
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} events, {msg}, {eta} left");
    let bar = ProgressBar::new(0);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
