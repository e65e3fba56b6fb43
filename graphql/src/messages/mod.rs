//! What people read when something was not done: each sentence in every language that there is.
//!
//! Codes are the same for all and never change; a sentence is made here, at the edge, of a code and of
//! what it is about. The domain's refusals stand in [`refusals`], and everything else that a client can
//! be told stands in [`Sentence`]. A language that is missing from either does not compile, and a test
//! compares the refusals with the domain's catalogue.

mod language;
mod refusals;
mod sentences;

pub use language::Language;
pub(crate) use refusals::{ID_MISSING, ID_REUSED, WRONG_CREDENTIALS, WRONG_PASSWORD};
pub use sentences::Sentence;

use tributary_domain::Rejection;

/// What a refusal of the domain says to somebody who reads this language.
pub fn refusal(rejection: &Rejection, language: Language) -> String {
    refusals::say(rejection.code, &rejection.arguments, language)
        // A test keeps this from happening.
        .unwrap_or_else(|| rejection.to_string())
}
