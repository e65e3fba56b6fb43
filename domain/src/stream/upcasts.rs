//! Older versions of a stream's events, lifted. What is written here describes what is stored: it
//! never changes.

use super::metadata::Words;
use crate::upcast::{Stored, UpcastError};
use serde::{Deserialize, Serialize};

/// The personal part of version 1.
#[derive(Serialize, Deserialize)]
struct Title {
    title: String,
    description: Option<String>,
}

/// From version 1, which `stream.ended` always followed at once.
pub(super) fn times_follow(stored: &mut Stored) -> Result<(), UpcastError> {
    stored.put("times", None::<()>)
}

/// From version 1, which held category, tags and quality in the payload, out of reach of an erasure.
/// Of a streamer who was erased they are not read any more.
pub(super) fn words_are_personal(stored: &mut Stored) -> Result<(), UpcastError> {
    let category = stored.take("category")?;
    let tags = stored.take("tags")?;
    let quality = stored.take("quality")?;
    let personal = stored.personal::<Title>()?.map(|title| Words {
        title: title.title,
        description: title.description,
        category,
        tags,
        quality,
    });
    stored.set_personal(&personal)
}
