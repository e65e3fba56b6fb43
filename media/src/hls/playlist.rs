//! The text of a media playlist, of a broadcast or of a recording.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat};

/// One segment's lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its tracks differ from those of the segment before it.
    pub discontinuity: bool,
    /// When it was on air, in milliseconds since 1970, where that is known.
    pub at_ms: Option<u64>,
    /// Which initialisation it refers to; told whenever it changes.
    pub init: u64,
    /// The attributes that say where that is.
    pub map: String,
    /// In milliseconds.
    pub duration_ms: u64,
    /// Length and offset, where it is a piece of a file.
    pub range: Option<(u64, u64)>,
    /// Where it is.
    pub address: String,
}

/// A media playlist: `head` has the lines that are special to its kind, `longest_ms` is the longest that
/// any segment lasts.
pub fn media_playlist(
    head: &str,
    longest_ms: u64,
    is_independent: bool,
    segments: impl Iterator<Item = Listed>,
    ended: bool,
) -> String {
    let mut text = String::with_capacity(4_096);
    let longest_s = longest_ms.div_ceil(1_000);
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{longest_s}\n{head}"
    );
    if is_independent {
        text.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }
    let mut told = None;
    for segment in segments {
        if segment.discontinuity {
            text.push_str("#EXT-X-DISCONTINUITY\n");
        }
        if told != Some(segment.init) {
            told = Some(segment.init);
            let _ = writeln!(text, "#EXT-X-MAP:{}", segment.map);
        }
        if let Some(date) = segment.at_ms.and_then(date) {
            let _ = writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:{date}");
        }
        let (seconds, rest) = (segment.duration_ms / 1_000, segment.duration_ms % 1_000);
        let _ = writeln!(text, "#EXTINF:{seconds}.{rest:03},");
        if let Some((length, offset)) = segment.range {
            let _ = writeln!(text, "#EXT-X-BYTERANGE:{length}@{offset}");
        }
        let _ = writeln!(text, "{}", segment.address);
    }
    if ended {
        text.push_str("#EXT-X-ENDLIST\n");
    }
    text
}

/// A moment as playlists write it.
fn date(at_ms: u64) -> Option<String> {
    let at = DateTime::from_timestamp_millis(i64::try_from(at_ms).ok()?)?;
    Some(at.to_rfc3339_opts(SecondsFormat::Millis, true))
}
