//! Older versions of a payout's events, lifted. What is written here describes what is stored: it never
//! changes.

use crate::Personal;
use crate::upcast::{Stored, UpcastError};

/// From version 1, which held no reason.
pub(super) fn approval_has_a_reason(stored: &mut Stored) -> Result<(), UpcastError> {
    stored.set_personal(&Personal::<Option<String>>::never_said())
}
