//! Settings as a person may see them, and paste them elsewhere: no password is among them.

use super::{LogFormat, Settings, video};
use std::fmt;
use std::path::Path;
use tributary_projections::ViewsUrl;
use tributary_store::LogUrl;

/// Instead of what is not shown.
const HIDDEN: &str = "***";

/// Parameters of a PostgreSQL URL that are no secrets. Whatever else there is may be one.
const SHOWN_PARAMETERS: [&str; 7] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "sslmode",
    "user",
];

impl Settings {
    /// All settings as lines of a settings file, with the file that was read on the first one.
    /// Passwords are `***`.
    pub fn show(&self) -> String {
        let file = self.file.as_deref().map_or_else(
            || "# no settings file was read".to_owned(),
            |file| format!("# from {}", file.display()),
        );
        let log_url = match &self.log_url {
            LogUrl::Sqlite(path) => quoted(path),
            LogUrl::Postgres(url) => text(&without_secrets(url)),
        };
        let views_url = match &self.views_url {
            ViewsUrl::Sqlite(path) => quoted(path),
            ViewsUrl::Postgres(url) => text(&without_secrets(url)),
        };
        let public_rtmp_host = self.public_rtmp_host.as_deref().map_or_else(
            || "# public_rtmp_host is that of rtmp_addr".to_owned(),
            |host| format!("public_rtmp_host = {}", text(host)),
        );
        let rtmps = self.rtmps.as_ref().map_or_else(
            || "# rtmps_addr, tls_certificate_file and tls_key_file are not set".to_owned(),
            |rtmps| {
                let files = [&rtmps.certificate, &rtmps.key].map(|file| quoted(file));
                format!(
                    "rtmps_addr = \"{}\"\ntls_certificate_file = {}\ntls_key_file = {}",
                    rtmps.addr, files[0], files[1]
                )
            },
        );
        let log_format = match self.log_format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        [
            file,
            format!("http_addr = \"{}\"", self.http_addr),
            format!("rtmp_addr = \"{}\"", self.rtmp_addr),
            rtmps,
            format!("data_dir = {}", quoted(&self.data_dir)),
            format!("log_url = {log_url}"),
            format!("views_url = {views_url}"),
            format!("secret_file = {}", quoted(&self.secret_file)),
            format!("checkpoint_file = {}", quoted(&self.checkpoint_file)),
            format!("grace_seconds = {}", self.grace.num_seconds()),
            format!("fee_rate = \"{}\"", self.fee_schedule.rate),
            self.payments.show(),
            format!("playback_merge_ms = {}", self.playback_merge.as_millis()),
            video::show(&self.hls),
            self.recordings.show(quoted),
            public_rtmp_host,
            self.access.show(),
            format!("log = {}", text(&self.log)),
            format!("log_format = \"{log_format}\""),
        ]
        .join("\n")
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.show())
    }
}

pub(super) fn quoted(path: &Path) -> String {
    text(&path.to_string_lossy())
}

/// A string of TOML, whose escapes are those of JSON.
pub(super) fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A PostgreSQL URL with `***` for its password, and for each parameter that may be one.
fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    // The last @: a password that should have been escaped holds others.
    let (user, rest) = match rest.rsplit_once('@') {
        Some((who, rest)) => match who.split_once(':') {
            Some((user, _)) => (format!("{user}:{HIDDEN}@"), rest),
            None => (format!("{who}@"), rest),
        },
        None => (String::new(), rest),
    };
    let Some((place, parameters)) = rest.split_once('?') else {
        return format!("{scheme}://{user}{rest}");
    };
    let parameters: Vec<_> = parameters
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if SHOWN_PARAMETERS.contains(&name) => parameter.to_owned(),
            Some((name, _)) => format!("{name}={HIDDEN}"),
            None => HIDDEN.to_owned(),
        })
        .collect();
    format!("{scheme}://{user}{place}?{}", parameters.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Given;

    #[test]
    fn a_url_is_shown_without_its_password() {
        for (url, shown) in [
            ("postgres://db/tributary", "postgres://db/tributary"),
            ("postgres://ada@db/tributary", "postgres://ada@db/tributary"),
            ("postgres://ada:secret@db:5/t", "postgres://ada:***@db:5/t"),
            ("postgres://ada:se/c@ret?@db/t", "postgres://ada:***@db/t"),
            ("postgresql://:secret@db/t", "postgresql://:***@db/t"),
            (
                "postgres://db/t?user=ada&password=secret&sslmode=require&secret",
                "postgres://db/t?user=ada&password=***&sslmode=require&***",
            ),
            (
                "postgres:///t?pass%77ord=secret&host=/run/pg",
                "postgres:///t?pass%77ord=***&host=/run/pg",
            ),
            (
                "postgres://ada:x@db/t?password=secret@a",
                "postgres://ada:***@a",
            ),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }

    #[test]
    fn what_is_shown_is_a_settings_file() {
        let toml = "api_rate = \"7/20s\"\nchat_rate = \"off\"\nbatch_max = 3\n\
                    trusted_proxies = \"10.0.0.0/8, ::1\"\napi_origins = \"https://a.example\"\n\
                    stripe_key_file = \"k\"\nstripe_webhook_secret_file = \"w\"\nsandbox_payments = false\n\
                    data_dir = \"a \\\"quoted\\\" place\"\nlog_url = \"postgres://a:secret@db/t\"";
        let given: Given = toml::from_str(toml).unwrap();
        let settings = Settings::complete(given).unwrap();
        let shown = settings.show();
        assert!(
            !format!("{settings:?}{shown}").contains("secret@"),
            "{shown}"
        );
        let again = Settings::complete(toml::from_str(&shown).unwrap()).unwrap();
        assert_eq!(again.show(), shown);
    }
}
