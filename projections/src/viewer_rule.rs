//! Who counts as a viewer of a stream, and from when on: rules with names, because numbers that were
//! published are explained by the rule that they were counted by.
//!
//! A rule says who counts *afterwards*: unique viewers, watch time, averages, retention, growth. Who is there
//! *now* is there, whatever they are counted as later: viewers now, peak and concurrent viewers are everybody
//! with an open session, and a session is opened only once something was received.
//!
//! What a rule says never changes. Another meaning is another rule with another name, and a rebuild under it
//! recomputes history.

use std::fmt;
use std::str::FromStr;
use tributary_domain::viewer_session::Joined;

/// See the [module](self).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ViewerRule {
    /// `v1-all`: whoever joined.
    All,
    /// `v2-received`: whoever is known to have received something. A session says so, or comes from before
    /// sessions said so: then its viewer counts once they have watched for a second.
    #[default]
    Received,
    /// `v3-minute`: whoever has watched for a minute in all, once a visit that came to it is over.
    Minute,
}

/// Of sessions that do not say what they received, in milliseconds.
const RECEIVED_AFTER_MS: i64 = 1_000;
/// Of [`ViewerRule::Minute`], in milliseconds.
const MINUTE_MS: i64 = 60_000;

impl ViewerRule {
    /// Every rule, the oldest first.
    pub const EVERY: [Self; 3] = [Self::All, Self::Received, Self::Minute];

    /// What it is called, in commands and in the read models.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "v1-all",
            Self::Received => "v2-received",
            Self::Minute => "v3-minute",
        }
    }

    /// Whether this alone makes a viewer.
    pub(crate) fn counts_on_joining(self, joined: &Joined) -> bool {
        match self {
            Self::All => true,
            Self::Received => joined.received.is_some(),
            Self::Minute => false,
        }
    }

    /// Whether so much watch time makes a viewer, whatever their sessions said.
    pub(crate) fn counts_after(self, watch_ms: i64) -> bool {
        match self {
            Self::All => true,
            Self::Received => watch_ms >= RECEIVED_AFTER_MS,
            Self::Minute => watch_ms >= MINUTE_MS,
        }
    }
}

impl fmt::Display for ViewerRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no viewer rule {0:?}; there are v1-all, v2-received and v3-minute")]
pub struct NotAViewerRule(String);

impl FromStr for ViewerRule {
    type Err = NotAViewerRule;
    fn from_str(text: &str) -> Result<Self, NotAViewerRule> {
        let named = Self::EVERY.into_iter().find(|rule| rule.name() == text);
        named.ok_or_else(|| NotAViewerRule(text.chars().take(80).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_back_as_they_are_written() {
        for rule in ViewerRule::EVERY {
            assert_eq!(rule.to_string().parse(), Ok(rule));
        }
        let error = "v9".parse::<ViewerRule>().unwrap_err().to_string();
        for rule in ViewerRule::EVERY {
            assert!(error.contains(rule.name()), "{error}");
        }
    }
}
