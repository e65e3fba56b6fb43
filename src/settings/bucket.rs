//! Where recordings are kept once they are complete.

use super::Given;
use super::show::{quoted, text};
use anyhow::{Context as _, bail};
use axum::http::Uri;
use std::net::IpAddr;
use std::path::PathBuf;

const SCHEME: &str = "s3://";

/// The region that requests are signed for where none is given; services of one's own do not care.
const REGION: &str = "us-east-1";

/// S3 allows as many in the name of a bucket.
const NAME_LENGTHS: std::ops::RangeInclusive<usize> = 3..=63;

/// Of what stands before each object's name.
const PREFIX_CHARACTERS_MAX: usize = 200;

/// A bucket of a service that speaks S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What stands before each object's name; may be empty.
    pub prefix: String,
    /// Where the service is.
    pub url: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The file of the key that it is asked with.
    pub key_file: PathBuf,
}

impl Bucket {
    /// # Errors
    /// Which setting is missing or wrong, and what is allowed.
    pub(super) fn complete(given: &Given) -> anyhow::Result<Option<Self>> {
        let (url, region) = (
            &given.recordings_bucket_url,
            &given.recordings_bucket_region,
        );
        let key_file = &given.recordings_bucket_key_file;
        let Some(bucket) = &given.recordings_bucket else {
            if url.is_some() || region.is_some() || key_file.is_some() {
                bail!(
                    "recordings_bucket is not set, and its url, region and key_file are: set it, too"
                );
            }
            return Ok(None);
        };
        let Some(key_file) = key_file.clone() else {
            bail!("recordings_bucket_key_file is needed with recordings_bucket");
        };
        let (name, prefix) = read(bucket).with_context(|| {
            format!(
                "recordings_bucket is {bucket:?}; it must be s3://<bucket> or s3://<bucket>/<prefix>, \
                 the bucket of {} to {} characters, the prefix of {PREFIX_CHARACTERS_MAX} at most, and \
                 both of a-z, A-Z, 0-9, '.', '_', '-', and between names '/'",
                NAME_LENGTHS.start(),
                NAME_LENGTHS.end()
            )
        })?;
        let region = region.clone().unwrap_or_else(|| REGION.to_owned());
        if region.is_empty()
            || !region
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-')
        {
            bail!("recordings_bucket_region is {region:?}; it must be of a-z, 0-9 and '-'");
        }
        let url = match url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://s3.{region}.amazonaws.com"),
        };
        check_url(&url)?;
        Ok(Some(Self {
            name,
            prefix,
            url,
            region,
            key_file,
        }))
    }

    /// As lines of a settings file.
    pub(super) fn show(bucket: Option<&Self>) -> String {
        let Some(bucket) = bucket else {
            return "# recordings_bucket is not set".to_owned();
        };
        let separator = if bucket.prefix.is_empty() { "" } else { "/" };
        let place = format!("{SCHEME}{}{separator}{}", bucket.name, bucket.prefix);
        format!(
            "recordings_bucket = {}\nrecordings_bucket_url = {}\nrecordings_bucket_region = {}\n\
             recordings_bucket_key_file = {}",
            text(&place),
            text(&bucket.url),
            text(&bucket.region),
            quoted(&bucket.key_file)
        )
    }

    /// The id and the secret of the key.
    ///
    /// # Errors
    /// When the file cannot be used, without what stands in it.
    pub fn key(&self) -> anyhow::Result<(String, String)> {
        let lines = super::payments::lines("recordings_bucket_key_file", &self.key_file)?;
        let Ok([id, secret]) = <[String; 2]>::try_from(lines) else {
            bail!(
                "recordings_bucket_key_file {} must hold two lines: the key's id and its secret",
                self.key_file.display()
            );
        };
        Ok((id, secret))
    }
}

/// Bucket and prefix.
fn read(text: &str) -> Option<(String, String)> {
    let rest = text.strip_prefix(SCHEME)?.trim_end_matches('/');
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let is_plain = |name: &str| {
        let mut characters = name.chars();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        !name.is_empty() && name != "." && name != ".." && characters.all(fits)
    };
    let fits = NAME_LENGTHS.contains(&name.len())
        && is_plain(name)
        && prefix.len() <= PREFIX_CHARACTERS_MAX
        && (prefix.is_empty() || prefix.split('/').all(is_plain));
    fits.then(|| (name.to_owned(), prefix.to_owned()))
}

/// A key's signature over plain HTTP can be used by whoever hears it: only for what hears nothing anyway.
fn check_url(url: &str) -> anyhow::Result<()> {
    let uri: Option<Uri> = url.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let host = host.trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let is_bare = !url.contains(['@', '?', '#']);
    match uri.as_ref().and_then(Uri::scheme_str) {
        Some("https") if is_bare && !host.is_empty() => Ok(()),
        Some("http") if is_bare && is_here => Ok(()),
        _ => bail!(
            "recordings_bucket_url must be https://<host>, without a name, a password or parameters; \
             http://<host> only for this machine"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(bucket: &str) -> Given {
        Given {
            recordings_bucket: Some(bucket.to_owned()),
            recordings_bucket_key_file: Some("key".into()),
            ..Given::default()
        }
    }

    #[test]
    fn a_bucket_may_have_a_prefix() {
        for (text, prefix) in [
            ("s3://shows", ""),
            ("s3://shows/", ""),
            ("s3://shows/a.b/c_d-e", "a.b/c_d-e"),
        ] {
            let bucket = Bucket::complete(&given(text)).unwrap().unwrap();
            assert_eq!(
                (&*bucket.name, &*bucket.prefix),
                ("shows", prefix),
                "{text}"
            );
            assert_eq!(bucket.url, "https://s3.us-east-1.amazonaws.com");
        }
    }

    #[test]
    fn what_names_no_bucket_is_refused() {
        for text in [
            "shows",
            "s3://",
            "s3://ab",
            "s3://shows//a",
            "s3://shows/../a",
            "s3://shows/a b",
            "s3://sh\u{e9}ws",
        ] {
            assert!(Bucket::complete(&given(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_is_never_used_over_plain_http_beyond_this_machine() {
        let at = |url: &str| {
            Bucket::complete(&Given {
                recordings_bucket_url: Some(url.to_owned()),
                ..given("s3://shows")
            })
        };
        for url in [
            "https://minio.example.com:9000/",
            "http://127.0.0.1:9000",
            "http://[::1]:9",
        ] {
            let bucket = at(url).unwrap().unwrap();
            assert_eq!(bucket.url, url.trim_end_matches('/'));
        }
        for url in [
            "http://minio.example.com",
            "ftp://127.0.0.1",
            "https://key@minio.example.com",
            "https://minio.example.com?x=1",
            "minio.example.com",
            "",
        ] {
            assert!(at(url).is_err(), "{url}");
        }
    }
}
