//! How video is given out.

use super::Given;
use anyhow::bail;
use std::time::Duration;
use tributary_media::hls;

const MIB: usize = 1_024 * 1_024;

/// All broadcasts together may take so many times what one may.
const TOGETHER: usize = 8;

/// How video is packaged as HLS.
///
/// # Errors
/// Which setting is wrong, and what is allowed.
pub(super) fn hls(given: &Given) -> anyhow::Result<hls::Settings> {
    let mut settings = hls::Settings::default();
    if let Some(seconds) = given.hls_window_seconds {
        if !(10..=3_600).contains(&seconds) {
            bail!("hls_window_seconds is {seconds}; it must be from 10 to 3600");
        }
        settings.window = Duration::from_secs(seconds.into());
    }
    if let Some(mib) = given.hls_window_mib {
        if !(8..=4_096).contains(&mib) {
            bail!("hls_window_mib is {mib}; it must be from 8 to 4096");
        }
        settings.window_bytes_max = usize::try_from(mib)? * MIB;
        settings.bytes_max = settings.window_bytes_max * TOGETHER;
    }
    Ok(settings)
}

/// The lines of a settings file.
pub(super) fn show(settings: &hls::Settings) -> String {
    format!(
        "hls_window_seconds = {}\nhls_window_mib = {}",
        settings.window.as_secs(),
        settings.window_bytes_max / MIB
    )
}
