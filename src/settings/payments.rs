//! Which payment providers there are, and where their secrets stand.

use super::Given;
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};

/// Where Stripe's API is.
const STRIPE_URL: &str = "https://api.stripe.com";

/// Checked settings of payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payments {
    /// Whether the sandbox is there, which says yes without any money.
    pub sandbox: bool,
    /// Stripe, if it is set up.
    pub stripe: Option<Stripe>,
}

/// Where Stripe is, and the files of its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stripe {
    /// Its API.
    pub url: String,
    /// The file of the key that we ask with.
    pub key_file: PathBuf,
    /// The file of the secrets that it signs messages with, one a line.
    pub webhook_secret_file: PathBuf,
}

impl Payments {
    /// # Errors
    /// Which setting is missing, or which file cannot be used.
    pub(super) fn complete(given: &Given) -> anyhow::Result<Self> {
        let stripe = match (&given.stripe_key_file, &given.stripe_webhook_secret_file) {
            (Some(key_file), Some(webhook_secret_file)) => Some(Stripe {
                url: given
                    .stripe_url
                    .clone()
                    .unwrap_or_else(|| STRIPE_URL.to_owned()),
                key_file: key_file.clone(),
                webhook_secret_file: webhook_secret_file.clone(),
            }),
            (None, None) if given.stripe_url.is_none() => None,
            _ => bail!(
                "stripe_key_file and stripe_webhook_secret_file belong together: set both, or \
                 neither of them nor stripe_url"
            ),
        };
        Ok(Self {
            sandbox: given.sandbox_payments.unwrap_or(true),
            stripe,
        })
    }

    /// As lines of a settings file.
    pub(super) fn show(&self) -> String {
        let sandbox = format!("sandbox_payments = {}", self.sandbox);
        let Some(stripe) = &self.stripe else {
            return format!(
                "{sandbox}\n# stripe_key_file, stripe_webhook_secret_file and stripe_url are not set"
            );
        };
        format!(
            "{sandbox}\nstripe_url = {}\nstripe_key_file = {}\nstripe_webhook_secret_file = {}",
            super::show::text(&stripe.url),
            super::show::quoted(&stripe.key_file),
            super::show::quoted(&stripe.webhook_secret_file),
        )
    }
}

impl Stripe {
    /// The key, and the secrets that messages are signed with: two while one is rotated.
    ///
    /// # Errors
    /// Which file cannot be used, without what stands in it.
    pub fn secrets(&self) -> anyhow::Result<(String, Vec<String>)> {
        let key = lines("stripe_key_file", &self.key_file)?;
        let [key] = &key[..] else {
            bail!(
                "stripe_key_file {} must hold one line: the key",
                self.key_file.display()
            );
        };
        let file = &self.webhook_secret_file;
        let secrets = lines("stripe_webhook_secret_file", file)?;
        if secrets.is_empty() {
            bail!(
                "stripe_webhook_secret_file {} must hold a secret a line",
                file.display()
            );
        }
        Ok((key.clone(), secrets))
    }
}

/// What stands in a file, a line each, without what is empty or begins with `#`.
pub(super) fn lines(name: &str, file: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{name} {} cannot be read", file.display()))?;
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}
