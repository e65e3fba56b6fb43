//! `tributary ledger close`.

use crate::cli::ask;
use crate::operator::Ask;
use crate::settings::Settings;
use std::process::ExitCode;
use tributary_domain::ledger::Period;

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// The month to close, such as 2026-10. It must be over; everything before it is closed, too
    #[arg(long, value_name = "MONTH")]
    period: Period,
    /// Why; it stands beside the close in the audit log
    #[arg(long, value_name = "WORDS")]
    reason: Option<String>,
}

/// Closes it: by the running server, or here.
///
/// # Errors
/// When neither a server nor the log can be reached.
pub async fn run(settings: Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let through = arguments.period.last_day();
    let reason = arguments.reason;
    ask::ask(settings, Ask::CloseBooks { through, reason }).await
}
