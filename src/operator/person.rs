//! Forgetting a person.

use super::{Desk, Reply, accounts};
use anyhow::Context as _;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tributary_domain::command::Actor;
use tributary_domain::command::accounts::Command;
use tributary_domain::{AccountId, Event, HistoryId, Position, account};
use tributary_graphql::service;

/// How long the read models may take to show nothing of the person any more.
const CATCH_UP: Duration = Duration::from_secs(60);

/// Decides the erasure, empties the log and waits for the read models.
pub(super) async fn erase(
    desk: &Desk,
    who: &str,
    tell: &mpsc::Sender<Reply>,
) -> anyhow::Result<Reply> {
    let account = match who.parse() {
        Ok(account) => account,
        Err(_) => accounts::named(desk, who).await?,
    };
    let [name_hash, email_hash] = claims(desk, account).await?;
    let command = Command::Erase {
        account,
        name_hash,
        email_hash,
    };
    let command = tributary_domain::Command::Accounts(command);
    service::execute(&desk.log, Actor::Console.into(), command).await?;
    crate::erasure::forget_recordings(&desk.settings, account).await?;
    let begun = Instant::now();
    let completed = desk.log.complete_erasure(account, |progress| {
        let done = progress.position.since(Position::START);
        let seconds = begun.elapsed().as_secs().max(1);
        // A full queue drops a step of the bar.
        let _full = tell.try_send(Reply::Progress {
            done,
            total: progress.upto.since(Position::START),
            per_second: done / seconds,
        });
    });
    let events = completed.await.with_context(|| {
        format!(
            "{account} can do nothing any more, but something personal may be left; \
             `tributary person erase {account}` goes on, and so does a running server by itself"
        )
    })?;
    if let Some((views, _)) = &desk.read_models {
        views.wait_for(desk.log.head(), CATCH_UP).await?;
        views.scour().await?;
    }
    Ok(Reply::Erased { account, events })
}

/// What the account's name and address are claimed by. Nothing, if they were emptied before.
async fn claims(desk: &Desk, account: AccountId) -> anyhow::Result<[Option<String>; 2]> {
    let history = [HistoryId::Account(account)];
    for row in desk
        .log
        .storage()
        .histories(&history)
        .await?
        .iter()
        .flatten()
    {
        if let Event::Account(account::Event::Registered(event)) = row.decode()?.event {
            let person = event.personal.get();
            return Ok([
                person.map(|person| desk.keyring.name_hash(&person.name)),
                person.map(|person| desk.keyring.email_hash(&person.email)),
            ]);
        }
    }
    Ok([None, None])
}
