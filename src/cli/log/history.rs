//! Histories as people name them: `stream:<id>`, `account:ada`, `wallet:ada:USD`.

use crate::secret;
use crate::settings::Settings;
use anyhow::Context as _;
use serde::Deserialize;
use tributary_domain::text::AccountName;
use tributary_domain::{AccountId, HistoryId};
use tributary_store::LogReader;
use tributary_store::reader::{Order, Selection};

/// What a history can be called, for help and errors.
pub const FORMS: &str = "account:<name or id>, channel:<name or id>, stream:<id>, \
                         viewer_session:<id>, wallet:<name or id>:<currency>, name_claim:<name>, \
                         installation";

/// Reads the name of a history. Names of accounts are looked up in the log.
///
/// # Errors
/// When there is no such thing.
pub async fn named(
    reader: &LogReader,
    settings: &Settings,
    text: &str,
) -> anyhow::Result<HistoryId> {
    let none = || format!("{text:?} names no aggregate; there are {FORMS}");
    if text == "installation" {
        return Ok(HistoryId::Installation);
    }
    let (kind, id) = text.split_once(':').with_context(none)?;
    Ok(match kind {
        "account" => HistoryId::Account(account(reader, settings, id).await?),
        "channel" => HistoryId::Channel(account(reader, settings, id).await?.into()),
        "wallet" => {
            let (owner, currency) = id.rsplit_once(':').with_context(none)?;
            let owner = account(reader, settings, owner).await?;
            let currency = currency.to_uppercase().parse();
            HistoryId::Wallet(owner, currency.ok().with_context(none)?)
        }
        "name_claim" => match AccountName::new(id) {
            Ok(name) => name_claim(settings, &name)?,
            Err(_) => HistoryId::NameClaim(id.to_owned()),
        },
        _ => HistoryId::parse(kind, id).ok().with_context(none)?,
    })
}

/// An account by its id or its name.
///
/// # Errors
/// When nobody has the name, or it cannot be looked up.
pub async fn account(
    reader: &LogReader,
    settings: &Settings,
    text: &str,
) -> anyhow::Result<AccountId> {
    #[derive(Deserialize)]
    struct Made {
        account: AccountId,
    }
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let nobody = || format!("there is no account named {text:?}");
    let name = AccountName::new(text).ok().with_context(nobody)?;
    let claim = name_claim(settings, &name)?;
    let selection = Selection {
        history: Some((claim.kind().to_owned(), claim.id())),
        ..Selection::default()
    };
    let page = reader.page(&selection, 1, Order::Newest).await?;
    let row = page.get(0).with_context(nobody)?;
    let made: Made = serde_json::from_slice(row.payload())
        .ok()
        .with_context(nobody)?;
    Ok(made.account)
}

/// Names are claimed under a hash that only the secret leads to.
fn name_claim(settings: &Settings, name: &AccountName) -> anyhow::Result<HistoryId> {
    let keyring = secret::existing(&settings.secret_file)?.with_context(|| {
        format!(
            "without the secret {} an account cannot be found by its name; give its id",
            settings.secret_file.display()
        )
    })?;
    Ok(HistoryId::NameClaim(keyring.name_hash(name)))
}
