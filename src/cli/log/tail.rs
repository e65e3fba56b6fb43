//! `tributary log tail`.

use super::event;
use super::filter::Filter;
use crate::settings::Settings;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;
use tributary_store::reader::{Order, RawPage, Selection};
use tributary_store::{LogReader, line};

/// How often the log is looked at for more. It is another process's, which wakes nobody here.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The most events that are shown at first.
const EVENTS_MAX: u32 = 100_000;

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// How many of the newest events
    #[arg(short, long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=i64::from(EVENTS_MAX)))]
    number: u32,
    /// Go on with what comes, until it is interrupted
    #[arg(short, long)]
    follow: bool,
    /// Lines of JSON, as `export` writes them
    #[arg(long)]
    json: bool,
    /// Show personal parts, too: names, addresses, words
    #[arg(long)]
    personal: bool,
    #[command(flatten)]
    filter: Filter,
}

/// Shows the newest events.
///
/// # Errors
/// When the log cannot be read or the filter not be understood.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let reader = LogReader::open(&settings.log_url).await?;
    let mut selection = arguments.filter.selection(&reader, settings).await?;
    anyhow::ensure!(
        !(arguments.follow && arguments.filter.has_end()),
        "--follow goes on without an end, so it cannot be used with --to and --until"
    );
    let head = reader.head().await?.position;
    selection.upto = Some(selection.upto.map_or(head, |upto| upto.min(head)));
    if arguments.number > 0 {
        let number = usize::try_from(arguments.number).unwrap_or(usize::MAX);
        let page = reader.page(&selection, number, Order::Newest).await?;
        if !show(&page, &arguments)? {
            return Ok(ExitCode::SUCCESS);
        }
    }
    if arguments.follow {
        selection.after = selection.after.max(head);
        follow(&reader, selection, &arguments).await?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn follow(
    reader: &LogReader,
    mut selection: Selection,
    arguments: &Arguments,
) -> anyhow::Result<()> {
    loop {
        let head = reader.head().await?.position;
        if head > selection.after {
            selection.upto = Some(head);
            let mut scan = reader.scan(selection.clone()).await?;
            while let Some(part) = scan.next().await? {
                if !show(&part.page, arguments)? {
                    return Ok(());
                }
            }
            selection.after = head;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// False when nobody looks any more.
fn show(page: &RawPage, arguments: &Arguments) -> anyhow::Result<bool> {
    let colour = event::colour();
    let mut text = Vec::new();
    for row in page.iter() {
        if arguments.json {
            line::write(&row, arguments.personal, &mut text)?;
        } else {
            text.extend(event::line(&row, arguments.personal, colour).into_bytes());
            text.push(b'\n');
        }
    }
    let mut out = std::io::stdout().lock();
    Ok(out.write_all(&text).and_then(|()| out.flush()).is_ok())
}
