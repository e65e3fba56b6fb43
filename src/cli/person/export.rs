//! `tributary person export`: every event that concerns a person, and what it comes to. It reads the log
//! beside a server that runs, from its first event to its last.

use crate::cli::bar;
use crate::secret;
use crate::settings::Settings;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tributary_domain::text::AccountName;
use tributary_domain::{AccountId, Event, HistoryId, Position, Recorded, State, claim};
use tributary_store::LogReader;
use tributary_store::reader::{Order, PAGE_ROWS, Selection};

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// The account's name or id
    who: String,
    /// Write into this new file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes the document.
///
/// # Errors
/// When there is no such person, the log cannot be read, or the document cannot be written.
pub async fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let reader = LogReader::open(&settings.log_url).await?;
    let account = find(settings, &reader, &arguments.who).await?;
    let out: Box<dyn Write + Send> = match &arguments.out {
        // What is kept of a person is nobody else's to read.
        Some(path) => Box::new(
            File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .with_context(|| format!("{} cannot be made", path.display()))?,
        ),
        None => Box::new(io::stdout()),
    };
    let bar = bar::events(0);
    let written = write(&reader, account, BufWriter::new(out), |position, end| {
        bar.set_length(end.since(Position::START));
        bar.set_position(position.since(Position::START));
    });
    let events = written.await;
    bar.finish_and_clear();
    let events = events.context("the export is not whole")?;
    if let Some(path) = &arguments.out {
        eprintln!("{events} events of {account} are in {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The account of an id, or of a name by the claim to it.
async fn find(settings: &Settings, reader: &LogReader, who: &str) -> anyhow::Result<AccountId> {
    let nobody = || anyhow::anyhow!("there is no account {who:?}");
    if let Ok(account) = who.parse::<AccountId>() {
        let known = history(reader, &HistoryId::Account(account)).await?;
        return if known.is_empty() {
            Err(nobody())
        } else {
            Ok(account)
        };
    }
    let name = AccountName::new(who).map_err(|_| nobody())?;
    let keyring = secret::existing(&settings.secret_file)?.with_context(|| {
        format!(
            "names are found by the installation's secret, and {} is not there; give the account's id",
            settings.secret_file.display()
        )
    })?;
    let claim = HistoryId::NameClaim(keyring.name_hash(&name));
    let claims = history(reader, &claim).await?;
    match claims.last().map(|recorded| &recorded.event) {
        Some(Event::Claim(claim::Event::Made(made))) => Ok(made.account),
        _ => Err(nobody()),
    }
}

/// A history's events: the first page of them, which is all that names and accounts are found by.
async fn history(reader: &LogReader, history: &HistoryId) -> anyhow::Result<Vec<Recorded>> {
    let selection = Selection {
        history: Some((history.kind().to_owned(), history.id())),
        ..Selection::default()
    };
    let page = reader.page(&selection, PAGE_ROWS, Order::Newest).await?;
    let events = page.iter().map(|row| row.decode());
    Ok(events.collect::<Result<_, _>>()?)
}

/// What a person's events come to.
#[derive(Default)]
struct Summary {
    states: BTreeMap<HistoryId, State>,
    counts: BTreeMap<&'static str, u64>,
    person: Option<Value>,
}

impl Summary {
    fn take_in(&mut self, recorded: &Recorded, account: AccountId) {
        *self.counts.entry(recorded.event.name().0).or_default() += 1;
        if let Event::Account(tributary_domain::account::Event::Registered(event)) = &recorded.event
            && event.account == account
        {
            let person = event.personal.get();
            self.person = Some(json!({
                "registered_at": recorded.recorded_at,
                "name": person.map(|person| person.name.as_str()),
                "email": person.map(|person| person.email.as_str()),
            }));
        }
        let is_theirs = match &recorded.history {
            HistoryId::Account(owner) | HistoryId::Wallet(owner, _) => *owner == account,
            _ => false,
        };
        if is_theirs {
            let empty = || recorded.history.empty();
            let state = self.states.entry(recorded.history.clone());
            state.or_insert_with(empty).fold(&recorded.event);
        }
    }

    fn into_json(self) -> Value {
        let mut summary = self.person.unwrap_or_else(|| json!({}));
        let mut wallets = vec![];
        for (history, state) in &self.states {
            match (history, state) {
                (_, State::Account(state)) => {
                    summary["roles"] = json!(state.roles);
                    summary["signed_in_sessions"] = json!(state.sessions.len());
                    summary["is_erased"] = json!(state.is_erased());
                }
                (HistoryId::Wallet(_, currency), State::Wallet(wallet)) => wallets.push(json!({
                    "currency": currency.code(),
                    "balance": wallet.balance,
                    "earnings": wallet.earnings,
                })),
                _ => {}
            }
        }
        summary["wallets"] = Value::from(wallets);
        summary["events_by_type"] = json!(self.counts);
        summary
    }
}

/// Writes `{"account", "upto", "events": […], "summary"}`; gives how many events there are.
async fn write(
    reader: &LogReader,
    account: AccountId,
    mut out: impl Write,
    mut on_progress: impl FnMut(Position, Position),
) -> anyhow::Result<u64> {
    let mut scan = reader.scan(Selection::default()).await?;
    let end = scan.end();
    write!(
        out,
        "{{\n\"account\": \"{account}\",\n\"upto\": {end},\n\"events\": ["
    )?;
    let (mut summary, mut events) = (Summary::default(), 0_u64);
    while let Some(scanned) = scan.next().await? {
        for row in scanned.page.iter() {
            let row = row.to_row()?;
            let recorded = row.decode()?;
            if !recorded.concerns(account) {
                continue;
            }
            summary.take_in(&recorded, account);
            let separator = if events == 0 { "\n" } else { ",\n" };
            write!(out, "{separator}{}", event(&recorded, account)?)?;
            events += 1;
        }
        on_progress(scanned.upto, end);
    }
    let summary = summary.into_json();
    writeln!(out, "\n],\n\"summary\": {summary:#}\n}}")?;
    out.flush()?;
    Ok(events)
}

/// An event as it is handed over. What others said and are called is theirs, and not in it.
fn event(recorded: &Recorded, account: AccountId) -> serde_json::Result<Value> {
    let (name, version) = recorded.event.name();
    let mut payload: Value = serde_json::from_str(&recorded.event.payload()?)?;
    if let Some(payload) = payload.as_object_mut() {
        payload.remove("type");
        // A digest says nothing to a person.
        payload.remove("personal");
    }
    let is_theirs = recorded.subject() == Some(account) || recorded.is_by(account);
    let personal = recorded.event.personal().filter(|_| is_theirs);
    let personal = personal
        .map(|column| serde_json::from_str::<Value>(&column))
        .transpose()?
        .map(|mut column| column["value"].take());
    Ok(json!({
        "position": recorded.position,
        "recorded_at": recorded.recorded_at,
        "type": name,
        "version": version,
        "history": recorded.history.to_string(),
        "channel": recorded.channel,
        "payload": payload,
        "personal": personal,
        "asked_by": recorded.metadata.get("actor"),
    }))
}
