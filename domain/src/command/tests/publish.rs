//! What a publisher with a good key begins, or goes on with.

use super::streams::{end, interrupt, media_arrived, publish, start, update};
use super::*;
use crate::stream::{Labels, Metadata, Title};
use crate::testing::{about, erased, stream};

/// The same publisher later: its new stream would be number 2.
fn publish_again() -> Streams {
    Streams::Publish {
        channel: ada().into(),
        stream: stream(2),
        salt: salt(),
    }
}

/// What the stream that a publisher began is about.
#[track_caller]
fn begun(then: Then, n: u128) -> Metadata {
    let decision = then.decision();
    let expected = ["stream.started", "channel.stream_opened"];
    assert_eq!(names(&decision), expected);
    let (history, _, event) = &decision.events[0];
    assert_eq!(*history, HistoryId::Stream(stream(n)));
    let Event::Stream(stream::Event::Started(started)) = event else {
        panic!("the first event starts a stream");
    };
    Metadata::open(started.form, &started.personal)
}

fn titled(title: &str) -> Title {
    Title {
        title: title.to_owned(),
        description: None,
    }
}

#[test]
fn the_first_stream_is_titled_by_the_streamers_name() {
    let metadata = begun(given().when(INGEST, publish()), 1);
    assert_eq!(metadata.title, titled("ada is live"));
    assert_eq!(metadata.labels, Labels::default());
}

#[test]
fn a_new_stream_takes_over_the_last_title_and_labels() {
    let ended = given().after(ADA, start()).after(ADA, end());
    let metadata = begun(ended.when(INGEST, publish_again()), 2);
    assert_eq!(metadata, about("Chess"));
}

#[test]
fn a_title_mended_after_the_show_is_taken_over_as_mended() {
    let ended = given().after(ADA, start()).after(ADA, end());
    let metadata = begun(ended.after(ADA, update()).when(INGEST, publish_again()), 2);
    assert_eq!(metadata, about("Go"));
}

#[test]
fn an_erased_title_is_not_taken_over() {
    let mut world = given();
    let history = HistoryId::Stream(stream(1));
    let decision = world.clone().when(ADA, start()).decision();
    for (history, _, event) in decision.events {
        world = world.with(history, erased(event));
    }
    assert!(world.0.contains_key(&history));
    let metadata = begun(world.after(ADA, end()).when(INGEST, publish_again()), 2);
    assert_eq!(metadata.title, titled("ada is live"));
    assert_eq!(metadata.labels, Labels::default());
}

#[test]
fn an_erased_name_is_not_shown_in_a_title() {
    let mut world = given();
    let registered = account::Event::from(Registered {
        account: ada(),
        personal: Personal::seal(person("ada"), salt()),
    });
    world.0.remove(&HistoryId::Account(ada()));
    let world = world.with(HistoryId::Account(ada()), erased(registered));
    let metadata = begun(world.when(INGEST, publish()), 1);
    assert_eq!(metadata.title, titled("Live"));
}

#[test]
fn a_publisher_goes_on_with_the_open_stream() {
    let waiting = given().after(ADA, start());
    let live = waiting.clone().after(INGEST, media_arrived());
    let interrupted = live.clone().after(INGEST, interrupt());
    for world in [waiting, live, interrupted] {
        world.when(INGEST, publish_again()).records_nothing();
    }
}
