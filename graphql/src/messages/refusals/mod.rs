//! The sentences of refusals, by code. A name in braces is an argument of the refusal; the domain's
//! catalogue says which there are. They stand in a file for each thing that they are about; one that stands
//! in two, or in none, fails a test.

mod accounts;
mod books;
mod channels;
mod money;
mod payouts;
mod streams;
mod texts;

use super::Language;
use chrono::SecondsFormat;
use tributary_domain::rejection::Argument;
use tributary_domain::text::Characters;

/// Name or password are wrong. This and the next three are the API's own: no rule of the domain knows them.
pub(crate) const WRONG_CREDENTIALS: &str = "WRONG_CREDENTIALS";
/// The password that was to be changed is another one.
pub(crate) const WRONG_PASSWORD: &str = "WRONG_PASSWORD";
/// The client's id for a mutation was used before.
pub(crate) const ID_REUSED: &str = "ID_REUSED";
/// A mutation that moves money has no id.
pub(crate) const ID_MISSING: &str = "ID_MISSING";

macro_rules! refusals {
    ($( $code:literal $([ $($argument:ident),+ ])? {
        en: $en:literal,
        fr: $fr:literal,
        vi: $vi:literal $(,)?
    } )*) => {
        /// Every code that has sentences here, with the arguments that these name.
        #[cfg(test)]
        pub(super) const CATALOGUE: &[(&str, &[&str])] = &[ $( ($code, &[ $($( stringify!($argument) ),+)? ]) ),* ];

        pub(super) fn say(
            code: &str,
            arguments: &[(&'static str, tributary_domain::rejection::Argument)],
            language: $crate::messages::Language,
        ) -> Option<String> {
            use $crate::messages::Language;
            match code {
                $( $code => {
                    $($( let $argument = super::named(arguments, stringify!($argument), language); )+)?
                    Some(match language {
                        Language::English => format!($en),
                        Language::French => format!($fr),
                        Language::Vietnamese => format!($vi),
                    })
                } )*
                _ => None,
            }
        }
    };
}
use refusals;

/// The sentence of a code; `None` where there is none.
pub(super) fn say(
    code: &str,
    arguments: &[(&'static str, Argument)],
    language: Language,
) -> Option<String> {
    let areas = [
        texts::say,
        money::say,
        payouts::say,
        books::say,
        accounts::say,
        channels::say,
        streams::say,
    ];
    areas
        .into_iter()
        .find_map(|say| say(code, arguments, language))
}

/// An argument, as a sentence shows it.
fn named(arguments: &[(&'static str, Argument)], name: &str, language: Language) -> String {
    let argument = arguments.iter().find(|(known, _)| *known == name);
    match argument {
        Some((_, Argument::Characters(characters))) => of_characters(*characters, language).into(),
        Some((_, Argument::Moment(moment))) => moment.to_rfc3339_opts(SecondsFormat::Secs, true),
        Some((_, argument)) => argument.to_string(),
        // A test keeps this from happening.
        None => "?".to_owned(),
    }
}

fn of_characters(characters: Characters, language: Language) -> &'static str {
    match (characters, language) {
        (Characters::Printable, Language::English) => "text without control characters",
        (Characters::Printable, Language::French) => "du texte sans caractères de contrôle",
        (Characters::Printable, Language::Vietnamese) => "văn bản không có ký tự điều khiển",
        (Characters::OfNames, Language::English) => "the letters a to z, digits, _ and -",
        (Characters::OfNames, Language::French) => "les lettres de a à z, les chiffres, _ et -",
        (Characters::OfNames, Language::Vietnamese) => "các chữ cái từ a đến z, chữ số, _ và -",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payments;
    use std::collections::{BTreeMap, BTreeSet};
    use tributary_domain::Rejection;

    fn catalogue() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
        let areas = [
            texts::CATALOGUE,
            money::CATALOGUE,
            payouts::CATALOGUE,
            books::CATALOGUE,
            accounts::CATALOGUE,
            channels::CATALOGUE,
            streams::CATALOGUE,
        ];
        areas.into_iter().flatten()
    }

    #[test]
    fn every_refusal_has_its_sentences_and_every_sentence_its_refusal() {
        let own: [(&str, &[&str]); 8] = [
            (WRONG_CREDENTIALS, &[]),
            (WRONG_PASSWORD, &[]),
            (ID_REUSED, &[]),
            (ID_MISSING, &[]),
            (payments::PROVIDER_UNKNOWN, &[]),
            (payments::PROVIDER_CANNOT, &[]),
            (payments::PROVIDER_REFUSED, &[]),
            (payments::PROVIDER_UNAVAILABLE, &[]),
        ];
        let given: BTreeMap<_, BTreeSet<_>> = Rejection::catalogue()
            .chain(own)
            .map(|(code, arguments)| (code, arguments.iter().copied().collect()))
            .collect();
        let said: BTreeMap<_, BTreeSet<_>> = catalogue()
            .map(|(code, arguments)| (*code, arguments.iter().copied().collect()))
            .collect();
        assert_eq!(catalogue().count(), said.len(), "a code stands here twice");
        assert_eq!(given, said);
    }

    #[test]
    fn each_language_says_something_of_its_own() {
        for (code, names) in catalogue() {
            let arguments: Vec<_> = names
                .iter()
                .map(|name| (*name, Argument::Field("@")))
                .collect();
            let said: BTreeSet<_> = Language::ALL
                .into_iter()
                .map(|language| say(code, &arguments, language).unwrap())
                .collect();
            assert_eq!(said.len(), Language::ALL.len(), "{code}: {said:?}");
            for sentence in said {
                let shown = sentence.matches('@').count() - sentence.matches("@example").count();
                assert_eq!(shown, names.len(), "{code}: {sentence}");
            }
        }
    }
}
