//! Settings: file < environment < flag. A key that is not known is refused, wherever it stands.

mod access;
mod bucket;
mod payments;
mod recordings;
mod rtmps;
mod show;
mod video;

pub use access::Access;
pub use bucket::Bucket;
pub use payments::{Payments, Stripe};
pub use recordings::Recordings;
pub use rtmps::Rtmps;

use anyhow::{Context as _, bail};
use chrono::TimeDelta;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tributary_domain::money::FeeSchedule;
use tributary_media::hls;
use tributary_media::hub::{MERGE_INTERVAL, MERGE_INTERVAL_MAX};
use tributary_projections::ViewsUrl;
use tributary_store::LogUrl;

/// The file that is read where none is named.
pub const DEFAULT_FILE: &str = "tributary.toml";

/// Variables of the build, which are no settings of the server.
const BUILD_VARIABLES: [&str; 1] = ["TRIBUTARY_WEB_SKIP"];

macro_rules! settings {
    ($( $(#[doc = $doc:literal])+ $name:ident: $ty:ty, $env:literal; )*) => {
        /// Settings as they are given: each may be absent.
        #[derive(Clone, Default, clap::Args, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Given {
            $( $(#[doc = $doc])+
               // Help shows no values: one of them may hold a password.
               #[arg(long, env = $env, hide_env_values = true, global = true, help_heading = "Settings")]
               $name: Option<$ty>, )*
        }

        /// Names of all settings: key in the file, and variable.
        pub const KEYS: &[(&str, &str)] = &[$( (stringify!($name), $env) ),*];

        impl Given {
            /// What is given here, or else there.
            fn or(self, other: Self) -> Self {
                Self { $( $name: self.$name.or(other.$name), )* }
            }
        }
    };
}

settings! {
    /// Where HTTP is served: the page, GraphQL, video; port 0 takes a free one [default: 127.0.0.1:8080]
    http_addr: SocketAddr, "TRIBUTARY_HTTP_ADDR";
    /// Where encoders publish over RTMP; port 0 takes a free one [default: 127.0.0.1:1935]
    rtmp_addr: SocketAddr, "TRIBUTARY_RTMP_ADDR";
    /// Where encoders publish over RTMPS; port 0 takes a free one [default: nowhere]
    rtmps_addr: SocketAddr, "TRIBUTARY_RTMPS_ADDR";
    /// The PEM file of the certificate for RTMPS, with those between it and a known authority
    tls_certificate_file: PathBuf, "TRIBUTARY_TLS_CERTIFICATE_FILE";
    /// The PEM file of that certificate's key, without a password
    tls_key_file: PathBuf, "TRIBUTARY_TLS_KEY_FILE";
    /// The folder for everything that is kept in files [default: ./data]
    data_dir: PathBuf, "TRIBUTARY_DATA_DIR";
    /// Where the log is: a file, or postgres://… [default: log.db in the data folder]
    log_url: String, "TRIBUTARY_LOG_URL";
    /// Where the read models are: a folder, or postgres://… [default: the log's database, or views in
    /// the data folder]
    views_url: String, "TRIBUTARY_VIEWS_URL";
    /// The file with the installation's secret, made at the first start; nodes of one installation
    /// share it [default: secret.key in the data folder]
    secret_file: PathBuf, "TRIBUTARY_SECRET_FILE";
    /// The file of this node's signed checkpoints of the log, best kept on another disk than the log
    /// [default: checkpoints.jsonl in the data folder]
    checkpoint_file: PathBuf, "TRIBUTARY_CHECKPOINT_FILE";
    /// How long an encoder may be away before its stream ends, in seconds, 1 to 86400 [default: 120]
    grace_seconds: u32, "TRIBUTARY_GRACE_SECONDS";
    /// What the platform keeps of a tip, from 0 to less than 1 [default: 0.05]
    fee_rate: String, "TRIBUTARY_FEE_RATE";
    /// Whether the sandbox takes payments, which says yes without any money behind it [default: true]
    sandbox_payments: bool, "TRIBUTARY_SANDBOX_PAYMENTS";
    /// The file of the secret key that Stripe is asked with, for payments through Stripe
    stripe_key_file: PathBuf, "TRIBUTARY_STRIPE_KEY_FILE";
    /// The file of the secrets that Stripe signs its messages with, one a line: two while one is rotated
    stripe_webhook_secret_file: PathBuf, "TRIBUTARY_STRIPE_WEBHOOK_SECRET_FILE";
    /// Where Stripe's API is [default: https://api.stripe.com]
    stripe_url: String, "TRIBUTARY_STRIPE_URL";
    /// How long video is gathered before viewers are sent it, in milliseconds, 0 to 350: more costs less
    /// processor time and more delay; 0 sends each frame at once [default: 33]
    playback_merge_ms: u32, "TRIBUTARY_PLAYBACK_MERGE_MS";
    /// How far back viewers of HLS may go, in seconds, 10 to 3600 [default: 60]
    hls_window_seconds: u32, "TRIBUTARY_HLS_WINDOW_SECONDS";
    /// The most memory for that, in MiB for each stream, 8 to 4096; all together take eight times as
    /// much at most [default: 128]
    hls_window_mib: u32, "TRIBUTARY_HLS_WINDOW_MIB";
    /// The folder for recordings [default: recordings in the data folder]
    recordings_dir: PathBuf, "TRIBUTARY_RECORDINGS_DIR";
    /// Whether every stream is recorded; else those whose streamer asks for it [default: false]
    recordings_automatic: bool, "TRIBUTARY_RECORDINGS_AUTOMATIC";
    /// Whether recordings are written as one FLV file, too [default: false]
    recordings_flv: bool, "TRIBUTARY_RECORDINGS_FLV";
    /// How long recordings are kept, in days, 0 to 3650; 0 is for ever [default: 0]
    recordings_days: u32, "TRIBUTARY_RECORDINGS_DAYS";
    /// How much room recordings leave on their disk, in MiB [default: 256]
    recordings_reserve_mib: u32, "TRIBUTARY_RECORDINGS_RESERVE_MIB";
    /// Where recordings are kept once they are complete: s3://<bucket> or s3://<bucket>/<prefix>, of any
    /// service that speaks S3 [default: their folder]
    recordings_bucket: String, "TRIBUTARY_RECORDINGS_BUCKET";
    /// Where that service is [default: https://s3.<region>.amazonaws.com]
    recordings_bucket_url: String, "TRIBUTARY_RECORDINGS_BUCKET_URL";
    /// The region that requests to it are signed for [default: us-east-1]
    recordings_bucket_region: String, "TRIBUTARY_RECORDINGS_BUCKET_REGION";
    /// The file of the key that it is asked with: its id and its secret, a line each
    recordings_bucket_key_file: PathBuf, "TRIBUTARY_RECORDINGS_BUCKET_KEY_FILE";
    /// The host that encoders are told to publish to [default: that of rtmp_addr]
    public_rtmp_host: String, "TRIBUTARY_PUBLIC_RTMP_HOST";
    /// Requests to the API, for each account or address: a number and a period, or off
    /// [default: 300/15m]
    api_rate: String, "TRIBUTARY_API_RATE";
    /// Chat messages, for each account [default: 5/10s]
    chat_rate: String, "TRIBUTARY_CHAT_RATE";
    /// Reactions, for each account [default: 30/10s]
    reaction_rate: String, "TRIBUTARY_REACTION_RATE";
    /// Sockets that an address opens [default: 10/1m]
    socket_rate: String, "TRIBUTARY_SOCKET_RATE";
    /// Requests for video, for each address [default: 100/1m]
    video_rate: String, "TRIBUTARY_VIDEO_RATE";
    /// Proxies whose Forwarded or X-Forwarded-For is believed: addresses and networks, separated by
    /// commas [default: none]
    trusted_proxies: String, "TRIBUTARY_TRUSTED_PROXIES";
    /// Other origins whose pages may use the API, separated by commas, or * [default: none]
    api_origins: String, "TRIBUTARY_API_ORIGINS";
    /// Other origins whose pages may play video, separated by commas, or * [default: *]
    video_origins: String, "TRIBUTARY_VIDEO_ORIGINS";
    /// Whether the API tells its schema [default: true]
    introspection: bool, "TRIBUTARY_INTROSPECTION";
    /// Whether the API's errors name what may have been meant [default: true]
    suggestions: bool, "TRIBUTARY_SUGGESTIONS";
    /// The most operations in one request to the API, 0 to 50; 0 takes no batches [default: 10]
    batch_max: u32, "TRIBUTARY_BATCH_MAX";
    /// How long an operation of the API may take, in seconds, 1 to 600 [default: 30]
    operation_seconds: u32, "TRIBUTARY_OPERATION_SECONDS";
    /// What is logged, such as info or tributary_store=debug,info [default: info]
    log: String, "TRIBUTARY_LOG";
    /// How it is logged: text or json [default: text]
    log_format: LogFormat, "TRIBUTARY_LOG_FORMAT";
}

/// How the program's own log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Settings, complete and checked. Shown without passwords, see [`Settings::show`].
#[derive(Clone)]
pub struct Settings {
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// Where HTTP is served.
    pub http_addr: SocketAddr,
    /// Where encoders publish.
    pub rtmp_addr: SocketAddr,
    /// Where encoders publish over TLS, if they can.
    pub rtmps: Option<Rtmps>,
    /// The folder for everything that is kept in files.
    pub data_dir: PathBuf,
    /// Where the log is.
    pub log_url: LogUrl,
    /// Where the read models are.
    pub views_url: ViewsUrl,
    /// The file with the installation's secret.
    pub secret_file: PathBuf,
    /// The file of this node's signed checkpoints.
    pub checkpoint_file: PathBuf,
    /// How long an encoder may be away.
    pub grace: TimeDelta,
    /// What the platform keeps of a tip.
    pub fee_schedule: FeeSchedule,
    /// Which payment providers there are.
    pub payments: Payments,
    /// How long video is gathered before viewers are sent it.
    pub playback_merge: Duration,
    /// What is recorded, where, and for how long.
    pub recordings: Recordings,
    /// How video is packaged as HLS.
    pub hls: hls::Settings,
    /// The host that encoders are told to publish to.
    pub public_rtmp_host: Option<String>,
    /// What is asked of the API, how often, and by whom.
    pub access: Access,
    /// What is logged.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
}

impl Settings {
    /// Puts together what flags and environment say (`given`) with the file, and checks it.
    ///
    /// # Errors
    /// What is wrong, where it stands, and what is allowed.
    pub fn load(given: Given, file: Option<&Path>) -> anyhow::Result<Self> {
        refuse_unknown_variables(
            std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()),
        )?;
        let default = Path::new(DEFAULT_FILE);
        let file = file.or_else(|| default.exists().then_some(default));
        let from_file = file.map(read).transpose()?.unwrap_or_default();
        let mut settings = Self::complete(given.or(from_file))?;
        settings.file = file.map(Path::to_owned);
        Ok(settings)
    }

    fn complete(given: Given) -> anyhow::Result<Self> {
        let access = Access::complete(&given)?;
        let rtmps = Rtmps::complete(&given)?;
        let hls = video::hls(&given)?;
        let payments = Payments::complete(&given)?;
        let data_dir = given.data_dir.clone();
        let data_dir = data_dir.unwrap_or_else(|| PathBuf::from("./data"));
        let recordings = Recordings::complete(&given, &data_dir)?;
        let log_url = match given.log_url {
            Some(url) => log_url(&url)?,
            None => LogUrl::Sqlite(data_dir.join("log.db")),
        };
        let views_url = match (given.views_url, &log_url) {
            (Some(url), _) => views_url(&url)?,
            (None, LogUrl::Postgres(url)) => ViewsUrl::Postgres(url.clone()),
            (None, LogUrl::Sqlite(_)) => ViewsUrl::Sqlite(data_dir.join("views")),
        };
        let grace = given.grace_seconds.unwrap_or(120);
        if !(1..=86_400).contains(&grace) {
            bail!("grace_seconds is {grace}; it must be from 1 to 86400");
        }
        let playback_merge = match given.playback_merge_ms {
            Some(ms) => Duration::from_millis(ms.into()),
            None => MERGE_INTERVAL,
        };
        if playback_merge > MERGE_INTERVAL_MAX {
            let (given, most) = (playback_merge.as_millis(), MERGE_INTERVAL_MAX.as_millis());
            bail!("playback_merge_ms is {given}; it must be from 0 to {most}");
        }
        let rate = given.fee_rate.unwrap_or_else(|| "0.05".to_owned());
        let fee_schedule = rate
            .parse()
            .ok()
            .and_then(|parsed| FeeSchedule::new(format!("rate-{rate}"), parsed).ok())
            .with_context(|| {
                format!(
                    "fee_rate is {rate:?}; it must be a decimal from 0 to less than 1, such as 0.05"
                )
            })?;
        Ok(Self {
            file: None,
            http_addr: given
                .http_addr
                .unwrap_or_else(|| ([127, 0, 0, 1], 8080).into()),
            rtmp_addr: given
                .rtmp_addr
                .unwrap_or_else(|| ([127, 0, 0, 1], 1935).into()),
            rtmps,
            checkpoint_file: given
                .checkpoint_file
                .unwrap_or_else(|| data_dir.join("checkpoints.jsonl")),
            secret_file: given
                .secret_file
                .unwrap_or_else(|| data_dir.join("secret.key")),
            data_dir,
            log_url,
            views_url,
            grace: TimeDelta::seconds(i64::from(grace)),
            fee_schedule,
            payments,
            access,
            playback_merge,
            hls,
            recordings,
            public_rtmp_host: given.public_rtmp_host,
            log: given.log.unwrap_or_else(|| "info".to_owned()),
            log_format: given.log_format.unwrap_or_default(),
        })
    }

    /// The socket through which the command line reaches a server that runs on this folder.
    pub fn control_socket(&self) -> PathBuf {
        self.data_dir.join("control.sock")
    }
}

fn read(file: &Path) -> anyhow::Result<Given> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the settings file {} cannot be read", file.display()))?;
    parse(&text, file)
}

fn parse(text: &str, file: &Path) -> anyhow::Result<Given> {
    toml::from_str(text).map_err(|error| {
        // Without the line itself, which the error would show: it may hold a password.
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        let keys: Vec<_> = KEYS.iter().map(|(key, _)| *key).collect();
        anyhow::anyhow!(
            "line {line} of the settings file {}: {}; the keys are {}",
            file.display(),
            error.message(),
            keys.join(", ")
        )
    })
}

/// A misspelt variable would otherwise go unnoticed until it matters.
fn refuse_unknown_variables(names: impl Iterator<Item = String>) -> anyhow::Result<()> {
    for name in names.filter(|name| name.starts_with("TRIBUTARY_")) {
        let known = KEYS.iter().any(|(_, variable)| *variable == name)
            || BUILD_VARIABLES.contains(&name.as_str())
            || name == "TRIBUTARY_CONFIG";
        if !known {
            let known: Vec<_> = KEYS.iter().map(|(_, variable)| *variable).collect();
            bail!(
                "there is no setting {name}; the settings are {}",
                known.join(", ")
            );
        }
    }
    Ok(())
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

fn log_url(text: &str) -> anyhow::Result<LogUrl> {
    if is_postgres(text) {
        return Ok(LogUrl::Postgres(text.to_owned()));
    }
    Ok(LogUrl::Sqlite(path("log_url", text)?))
}

fn views_url(text: &str) -> anyhow::Result<ViewsUrl> {
    if is_postgres(text) {
        return Ok(ViewsUrl::Postgres(text.to_owned()));
    }
    Ok(ViewsUrl::Sqlite(path("views_url", text)?))
}

fn path(key: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = text.strip_prefix("sqlite://").unwrap_or(text);
    if path.contains("://") || path.is_empty() {
        // The text may hold a password: it is not repeated.
        bail!("{key} must be a path, sqlite://<path> or postgres://…");
    }
    Ok(path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(toml: &str) -> anyhow::Result<Settings> {
        Settings::complete(parse(toml, Path::new("test.toml"))?)
    }

    #[test]
    fn nothing_given_is_a_laptop() {
        let settings = given("").unwrap();
        assert_eq!(settings.http_addr.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.rtmp_addr.to_string(), "127.0.0.1:1935");
        assert_eq!(settings.log_url, LogUrl::Sqlite("./data/log.db".into()));
        assert_eq!(settings.fee_schedule.rate.to_string(), "0.05");
        assert_eq!(settings.grace, TimeDelta::seconds(120));
        assert_eq!(settings.access, Access::default());
    }

    #[test]
    fn a_postgres_log_takes_the_views_along() {
        let settings = given("log_url = \"postgres://db/tributary\"").unwrap();
        assert!(
            matches!(settings.views_url, ViewsUrl::Postgres(url) if url.ends_with("tributary"))
        );
    }

    #[test]
    fn nonsense_is_refused_with_what_is_allowed() {
        for (toml, says) in [
            ("htp_addr = \"127.0.0.1:1\"", "htp_addr"),
            ("http_addr = \"here\"", "invalid socket address"),
            ("grace_seconds = 0", "1 to 86400"),
            ("playback_merge_ms = 351", "0 to 350"),
            ("hls_window_seconds = 9", "10 to 3600"),
            ("hls_window_mib = 4097", "8 to 4096"),
            ("recordings_days = 3651", "0 to 3650"),
            (
                "recordings_bucket = \"s3://a\"",
                "recordings_bucket_key_file",
            ),
            (
                "recordings_bucket_url = \"https://a\"",
                "recordings_bucket is not",
            ),
            ("fee_rate = \"1\"", "less than 1"),
            ("fee_rate = \"-0.1\"", "less than 1"),
            ("rtmps_addr = \"127.0.0.1:1936\"", "all three"),
            ("tls_key_file = \"a.pem\"", "rtmps_addr"),
            ("stripe_key_file = \"a\"", "set both"),
            ("stripe_url = \"https://a\"", "stripe_webhook_secret_file"),
            ("log_url = \"mysql://hunter2@db\"", "postgres://"),
            ("\n\nlog_url = \"postgres://a:hunter2@db", "line 3 of"),
            ("log_url = [\"postgres://a:hunter2@db\"]", "line 1 of"),
            ("log_format = \"xml\"", "text"),
            ("api_rate = \"many\"", "300/15m"),
            ("chat_rate = \"0/10s\"", "chat_rate"),
            ("trusted_proxies = \"proxy\"", "10.0.0.0/8"),
            ("api_origins = \"https://a/b\"", "without a path"),
            ("video_origins = \"a.example\"", "video_origins"),
            ("batch_max = 51", "0 to 50"),
            ("operation_seconds = 0", "1 to 600"),
            ("introspection = 1", "introspection"),
        ] {
            let error = format!("{:#}", given(toml).unwrap_err());
            assert!(error.contains(says), "{toml}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn flags_and_environment_go_before_the_file() {
        let from_file: Given = toml::from_str("grace_seconds = 5\nlog = \"debug\"").unwrap();
        let flags: Given = toml::from_str("grace_seconds = 7").unwrap();
        let settings = Settings::complete(flags.or(from_file)).unwrap();
        assert_eq!(settings.grace, TimeDelta::seconds(7));
        assert_eq!(settings.log, "debug");
    }

    #[test]
    fn a_misspelt_variable_is_refused() {
        let check = |name: &str| refuse_unknown_variables([name.to_owned()].into_iter());
        assert!(check("TRIBUTARY_HTTP_ADDR").is_ok());
        assert!(check("TRIBUTARY_CONFIG").is_ok());
        assert!(check("PATH").is_ok());
        let error = check("TRIBUTARY_HTTP_ADR").unwrap_err().to_string();
        assert!(error.contains("TRIBUTARY_HTTP_ADR") && error.contains("TRIBUTARY_HTTP_ADDR"));
    }
}
