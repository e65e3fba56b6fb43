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

/// Title and description.
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

/// What kind of show, and for whom: what is known of a stream whose streamer was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// What kind of show.
    pub kind: Kind,
    /// Who can find it.
    pub visibility: Visibility,
}

/// Everything that a streamer wrote about a stream: erasable, because anything may stand in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// At most 140 characters.
    pub title: String,
    /// At most 5,000 characters.
    pub description: Option<String>,
    /// At most 50 characters.
    pub category: Option<String>,
    /// At most 10 of at most 50 characters.
    pub tags: Vec<String>,
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

/// What is to be changed about a stream. What is `None` stays as it is when the change is decided, so that
/// two who change different things at once both have their way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Another title.
    pub title: Option<String>,
    /// Another description, or none.
    pub description: Option<Option<String>>,
    /// Another category, or none.
    pub category: Option<Option<String>>,
    /// Other tags.
    pub tags: Option<Vec<String>>,
    /// Another kind.
    pub kind: Option<Kind>,
    /// Another audience.
    pub visibility: Option<Visibility>,
    /// Another announced quality, or none.
    pub quality: Option<Option<String>>,
}

/// Everything anew.
impl From<Metadata> for Changes {
    fn from(metadata: Metadata) -> Self {
        let Metadata { title, labels } = metadata;
        Self {
            title: Some(title.title),
            description: Some(title.description),
            category: Some(labels.category),
            tags: Some(labels.tags),
            kind: Some(labels.kind),
            visibility: Some(labels.visibility),
            quality: Some(labels.quality),
        }
    }
}

impl Changes {
    /// What a stream is about afterwards, unchecked.
    #[must_use]
    pub fn applied_to(&self, before: Metadata) -> Metadata {
        let Metadata { title, labels } = before;
        Metadata {
            title: Title {
                title: self.title.clone().unwrap_or(title.title),
                description: self.description.clone().unwrap_or(title.description),
            },
            labels: Labels {
                category: self.category.clone().unwrap_or(labels.category),
                tags: self.tags.clone().unwrap_or(labels.tags),
                kind: self.kind.unwrap_or(labels.kind),
                visibility: self.visibility.unwrap_or(labels.visibility),
                quality: self.quality.clone().unwrap_or(labels.quality),
            },
        }
    }
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

    pub(super) fn seal(self, salt: Salt) -> (Form, Personal<Words>) {
        let Self { title, labels } = self;
        let form = Form {
            kind: labels.kind,
            visibility: labels.visibility,
        };
        let words = Words {
            title: title.title,
            description: title.description,
            category: labels.category,
            tags: labels.tags,
            quality: labels.quality,
        };
        (form, Personal::seal(words, salt))
    }

    pub(crate) fn forget_words(&mut self) {
        let Labels {
            kind, visibility, ..
        } = self.labels;
        *self = Self {
            title: Title::default(),
            labels: Labels {
                kind,
                visibility,
                ..Labels::default()
            },
        };
    }

    /// As an event tells it; without words once the streamer was erased.
    pub fn open(form: Form, personal: &Personal<Words>) -> Self {
        let words = personal.get().cloned().unwrap_or_default();
        Self {
            title: Title {
                title: words.title,
                description: words.description,
            },
            labels: Labels {
                category: words.category,
                tags: words.tags,
                kind: form.kind,
                visibility: form.visibility,
                quality: words.quality,
            },
        }
    }
}
