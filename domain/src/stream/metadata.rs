//! What a stream is about.

use crate::text::{self, DESCRIPTION_CHARACTERS_MAX, LABEL_CHARACTERS_MAX, TITLE_CHARACTERS_MAX};
use crate::{Personal, Rejection, Salt};
use serde::{Deserialize, Serialize};

/// What kind of show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Picture and sound.
    #[default]
    Video,
    /// Sound alone.
    Audio,
    /// A shared screen.
    Screen,
}

/// Who can find it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everyone.
    #[default]
    Public,
    /// Not in any list.
    Private,
}

/// The words that a streamer chose: erasable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    /// At most 140 characters.
    pub title: String,
    /// At most 5,000 characters.
    pub description: Option<String>,
}

/// What a stream is filed under.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// At most 50 characters.
    pub category: Option<String>,
    /// At most 10 of at most 50 characters.
    pub tags: Vec<String>,
    /// What kind of show.
    pub kind: Kind,
    /// Who can find it.
    pub visibility: Visibility,
    /// The quality that the streamer announces, such as `1080p60`; at most 50 characters.
    pub quality: Option<String>,
}

/// What a stream is about: words and labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The words.
    pub title: Title,
    /// The labels.
    pub labels: Labels,
}

impl Metadata {
    /// Checks every text.
    ///
    /// # Errors
    /// The first text that is empty, too long or has control characters, by its field.
    pub fn checked(self) -> Result<Self, Rejection> {
        let Self { title, labels } = self;
        let description = title.description;
        Ok(Self {
            title: Title {
                title: text::required("title", title.title, TITLE_CHARACTERS_MAX)?,
                description: text::optional(
                    "description",
                    description,
                    DESCRIPTION_CHARACTERS_MAX,
                )?,
            },
            labels: Labels {
                category: text::optional("category", labels.category, LABEL_CHARACTERS_MAX)?,
                tags: text::tags(labels.tags)?,
                kind: labels.kind,
                visibility: labels.visibility,
                quality: text::optional("quality", labels.quality, LABEL_CHARACTERS_MAX)?,
            },
        })
    }

    pub(super) fn seal(self, salt: Salt) -> (Labels, Personal<Title>) {
        (self.labels, Personal::seal(self.title, salt))
    }

    pub(super) fn open(labels: &Labels, personal: &Personal<Title>) -> Self {
        let title = personal.get().cloned().unwrap_or_default();
        Self {
            title,
            labels: labels.clone(),
        }
    }
}
