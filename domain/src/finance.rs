//! Who acts on other people's money for the platform: always somebody, always with a reason.

rejections! {
    /// Why somebody may not.
    {
        /// Only finance may.
        NotFinance => "NOT_FINANCE", None;
        /// What staff does to money is explained.
        ReasonMissing => "REASON_MISSING", Some("reason");
        /// Nobody approves what they asked for.
        SecondPerson => "SECOND_PERSON_NEEDED", None;
        /// A text that names no provider, or nothing of a provider's.
        BadReference => "BAD_REFERENCE", Some("reference"), [limit = REFERENCE_CHARACTERS_MAX];
    }
}

/// The longest name that a provider may have for something of its own.
pub const REFERENCE_CHARACTERS_MAX: usize = 128;
/// The longest name of a provider.
pub const PROVIDER_CHARACTERS_MAX: usize = 32;

/// Refuses what cannot be a provider's name: lower-case letters, digits, `_` and `-`.
///
/// # Errors
/// `BAD_REFERENCE`.
pub fn provider(name: &str) -> Result<(), Rejection> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    let fits = (1..=PROVIDER_CHARACTERS_MAX).contains(&name.len());
    if fits && name.bytes().all(plain) {
        Ok(())
    } else {
        Err(Rejection::BadReference)
    }
}

/// Refuses what cannot be a provider's name for something: visible ASCII without spaces.
///
/// # Errors
/// `BAD_REFERENCE`.
pub fn reference(text: &str) -> Result<(), Rejection> {
    let fits = (1..=REFERENCE_CHARACTERS_MAX).contains(&text.len());
    if fits && text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(Rejection::BadReference)
    }
}
