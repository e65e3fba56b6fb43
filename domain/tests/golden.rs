//! Stored events are for ever. Each file of `golden/` holds one as it stands in the log; what is
//! written today must be the same, and what was ever written must be readable.
//!
//! After adding an event or raising a version: `UPDATE_GOLDEN=1 cargo test -p tributary-domain`. It
//! writes files that are missing and changes none.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

#[path = "golden/examples.rs"]
mod examples;

use examples::examples;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Once;
use tributary_domain::event::DecodeError;
use tributary_domain::personal::PersonalError;
use tributary_domain::stream::{self, Labels, Metadata};
use tributary_domain::{ChannelId, Event, HistoryId, Position, Recorded, Timestamp};
use uuid::Uuid;

const CHANGED: &str = "a stored event changed: keep the old version readable with an upcaster and \
                       raise the version";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The event as its columns hold it.
fn columns(event: &Event) -> Value {
    let (name, version) = event.name();
    let parsed = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    json!({
        "name": name,
        "version": version,
        "payload": parsed(event.payload().unwrap()),
        "personal": event.personal().map(parsed),
    })
}

/// Every golden file, by its (name, version).
fn files() -> BTreeMap<(String, u32), Value> {
    static UPDATE: Once = Once::new();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        UPDATE.call_once(write_missing);
    }
    let entries = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let golden = entries.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    golden
        .map(|path| {
            let file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let name = file["name"].as_str().unwrap().to_owned();
            let version = u32::try_from(file["version"].as_u64().unwrap()).unwrap();
            let expected = format!("{name}.v{version}.json");
            assert!(
                path.ends_with(&expected),
                "{} holds {expected}",
                path.display()
            );
            ((name, version), file)
        })
        .collect()
}

/// Reads a golden file's event, with its personal part or without.
fn decode(file: &Value, with_personal: bool) -> Result<Event, DecodeError> {
    let (name, version) = (file["name"].as_str().unwrap(), file["version"].to_string());
    let personal =
        (with_personal && !file["personal"].is_null()).then(|| file["personal"].to_string());
    Event::decode(
        name,
        &version,
        &file["payload"].to_string(),
        personal.as_deref(),
    )
}

/// Writes the files that are not there. Those that are stay as they are, right or wrong.
fn write_missing() {
    for event in examples() {
        let (name, version) = event.name();
        let path = folder().join(format!("{name}.v{version}.json"));
        if !path.exists() {
            let text = serde_json::to_string_pretty(&columns(&event)).unwrap() + "\n";
            std::fs::write(path, text).unwrap();
        }
    }
}

#[test]
fn every_event_is_stored_as_it_always_was() {
    let examples = examples();
    let files = files();
    let mut shown = BTreeSet::new();
    for event in &examples {
        let (name, version) = event.name();
        assert!(shown.insert((name, version)), "{name} has one example");
        let Some(file) = files.get(&(name.to_owned(), version)) else {
            panic!("{name} version {version} has no golden file; write it with UPDATE_GOLDEN=1");
        };
        assert_eq!(&columns(event), file, "{name}: {CHANGED}");
    }
    let catalogue: Vec<_> = Event::catalogue().collect();
    for (name, version) in &catalogue {
        let known = shown.contains(&(*name, *version));
        assert!(
            known,
            "{name} version {version} has no example in golden/examples.rs"
        );
    }
    assert_eq!(
        catalogue.len(),
        shown.len(),
        "no name stands in the catalogue twice"
    );
    for (name, version) in files.keys() {
        let current = catalogue.iter().find(|(known, _)| known == name);
        let readable = current.is_some_and(|(_, current)| version <= current);
        assert!(
            readable,
            "{name} version {version} is stored and has no event: {CHANGED}"
        );
    }
}

#[test]
fn every_event_ever_stored_is_read_back_with_and_without_its_person() {
    let examples: BTreeMap<_, _> = examples().into_iter().map(|e| (e.name(), e)).collect();
    for ((name, version), file) in files() {
        let read = |with_personal| {
            decode(&file, with_personal).unwrap_or_else(|error| panic!("{error}; {CHANGED}"))
        };
        let (whole, erased) = (read(true), read(false));
        assert!(
            whole.personal_matches() && erased.personal_matches(),
            "{name}"
        );
        assert_eq!(erased.personal(), None, "{name}");
        // Older versions come out as the current one, which may say more than they did.
        if let Some(example) = examples.get(&(name.as_str(), version)) {
            assert_eq!(&whole, example, "{name}: {CHANGED}");
            assert_eq!(
                whole.payload().unwrap(),
                erased.payload().unwrap(),
                "{name}"
            );
        }
    }
}

#[test]
fn a_reader_of_the_ledger_passes_over_no_event_that_moves_money() {
    for event in examples() {
        let (name, _) = event.name();
        assert!(
            !Event::moves_no_money(name) || event.entry().is_none(),
            "{name}"
        );
    }
    assert!(!Event::moves_no_money("unheard_of.happened"));
}

#[test]
fn streams_of_version_1_say_what_they_said_and_lose_their_words_with_their_person() {
    let examples: BTreeMap<_, _> = examples().into_iter().map(|e| (e.name().0, e)).collect();
    let files = files();
    for name in ["stream.scheduled", "stream.started", "stream.updated"] {
        let old = &files[&(name.to_owned(), 1)];
        let whole = decode(old, true).unwrap();
        assert_eq!(whole.name(), (name, 2));
        let (lifted, example) = (described(&whole), described(&examples[name]));
        assert_eq!(lifted.title, example.title, "{name}");
        assert_eq!(
            json!(lifted.labels.tags),
            old["payload"]["tags"],
            "{name}: {CHANGED}"
        );
        assert_eq!(json!(lifted.labels.category), old["payload"]["category"]);
        assert_eq!(json!(lifted.labels.quality), old["payload"]["quality"]);
        let erased = described(&decode(old, false).unwrap());
        let nothing = Metadata {
            labels: Labels {
                kind: lifted.labels.kind,
                visibility: lifted.labels.visibility,
                ..Labels::default()
            },
            ..Metadata::default()
        };
        assert_eq!(erased, nothing, "{name}");
    }
}

fn described(event: &Event) -> Metadata {
    match event {
        Event::Stream(stream::Event::Scheduled(e)) => Metadata::open(e.form, &e.personal),
        Event::Stream(stream::Event::Started(e)) => Metadata::open(e.form, &e.personal),
        Event::Stream(stream::Event::Updated(e)) => Metadata::open(e.form, &e.personal),
        other => panic!("{other:?} describes no stream"),
    }
}

#[test]
fn an_old_event_that_is_not_of_its_version_is_told_from_an_unknown_one() {
    let error = Event::decode("stream.updated", "1", r#"{"tags":7}"#, None).unwrap_err();
    assert!(
        matches!(error, DecodeError::Upcast { version: 1, .. }),
        "{error}"
    );
    let unknown = Event::decode("stream.updated", "99", "{}", None).unwrap_err();
    assert!(matches!(unknown, DecodeError::Unknown { .. }), "{unknown}");
}

#[test]
fn a_payload_shows_nothing_personal() {
    for event in examples() {
        let payload = event.payload().unwrap();
        for word in examples::PERSONAL_WORDS {
            assert!(!payload.contains(word), "{word} stands in {payload}");
        }
    }
}

#[test]
fn every_personal_part_is_somebodys() {
    for event in examples() {
        let (name, is_personal) = (event.name().0, event.personal().is_some());
        let recorded = Recorded {
            position: Position::START.next(),
            event_id: Uuid::nil(),
            recorded_at: Timestamp::default(),
            history: HistoryId::Installation,
            sequence: 1,
            channel: Some(ChannelId(Uuid::from_u128(2))),
            event,
            metadata: BTreeMap::new(),
        };
        assert_eq!(recorded.subject().is_some(), is_personal, "{name}");
        if let Some(person) = recorded.subject() {
            assert!(recorded.concerns(person), "{name}");
        }
    }
}

#[test]
fn names_say_whose_event_it_is_and_what_happened() {
    for (name, version) in Event::catalogue() {
        let (aggregate, happened) = name.split_once('.').unwrap();
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(
            plain(aggregate) && plain(happened) && version > 0,
            "{name}.v{version}"
        );
    }
}

#[test]
fn what_is_too_new_is_told_from_what_is_broken() {
    let payload = r#"{"admin":"00000000-0000-0000-0000-000000000001"}"#;
    let decode = |name, version, payload| Event::decode(name, version, payload, None);
    assert!(decode("installation.founded", "1", payload).is_ok());
    for (name, version) in [
        ("installation.painted", "1"),
        ("nothing.founded", "1"),
        ("founded", "1"),
        ("", "1"),
        ("installation.founded", "2"),
        ("installation.founded", "0"),
        ("installation.founded", ""),
        ("installation.founded", "one"),
        ("installation.founded", "99999999999999999999"),
    ] {
        // Whatever its payload: that of a later version may have any shape.
        for payload in [payload, "{}", "?"] {
            let error = decode(name, version, payload).unwrap_err();
            let DecodeError::Unknown {
                name: n,
                version: v,
            } = &error
            else {
                panic!("{name} version {version} is unknown, not {error}");
            };
            assert_eq!((n.as_str(), v.as_str()), (name, version));
        }
    }
    for broken in [
        "",
        "?",
        "{}",
        "[]",
        r#"{"admin":"nobody"}"#,
        r#"{"admin":null}"#,
    ] {
        let error = decode("installation.founded", "1", broken).unwrap_err();
        assert!(
            matches!(error, DecodeError::Payload { .. }),
            "{broken}: {error}"
        );
        assert!(
            error.to_string().contains("installation.founded"),
            "{error}"
        );
    }
}

#[test]
fn a_personal_part_that_does_not_fit_is_noticed() {
    let file = &files()[&("account.registered".to_owned(), 1)];
    let payload = file["payload"].to_string();
    let decode =
        |personal: &str| Event::decode("account.registered", "1", &payload, Some(personal));
    for broken in ["", "?", "{}", "null", r#"{"salt":"00","value":7}"#] {
        let error = decode(broken).unwrap_err();
        let unreadable = matches!(
            error,
            DecodeError::Personal {
                source: PersonalError::Unreadable(_),
                ..
            }
        );
        assert!(unreadable, "{broken}: {error}");
    }
    let original = file["personal"].to_string();
    assert!(decode(&original).unwrap().personal_matches());
    let forged = original.replace("Ada", "Eve");
    assert_ne!(forged, original);
    assert!(!decode(&forged).unwrap().personal_matches());
}
