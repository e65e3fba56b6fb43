//! What happens where the list of fields that depend on who asks has a gap.

use super::Ending;
use super::plan::Plan;
use super::pump::Execution;
use super::track::Track;
use crate::auth::Caller;
use crate::documents::Documents;
use crate::service;
use crate::{Api, ApiParts, ApiSettings};
use async_graphql::Request;
use tributary_domain::command::{Actor, Command, channels};
use tributary_projections::{ProjectorOptions, Projectors, Views, ViewsUrl};
use tributary_store::testing::{Engine, Place};
use tributary_store::{Keyring, LogReader, StreamKey};

#[tokio::test]
async fn a_field_that_is_missing_in_the_list_is_refused_and_not_leaked() {
    let place = Place::fresh(Engine::Sqlite).await;
    let log = place.open().await;
    let url = ViewsUrl::Sqlite(place.folder.path().join("views"));
    let views = Views::open(&url, &log).await.unwrap();
    let options = ProjectorOptions::default();
    let projectors = Projectors::start(views.clone(), log.clone(), options).await;
    let _projectors = projectors.unwrap();
    let keyring = Keyring::new(&[7; 32]);
    let asker = Actor::Console.into();
    let registering = service::register(
        &log,
        &keyring,
        asker,
        "ada",
        "ada@example.com",
        "correct horse".to_owned(),
    );
    let account = registering.await.unwrap().account;
    let channel = tributary_domain::ChannelId::from(account);
    let env = log.environment().clone();
    let key = keyring.seal(&StreamKey::generate(&env), channel, &env);
    let open = tributary_domain::Request {
        actor: Actor::Account(account),
        at: env.now(),
        id: None,
        command: Command::Channels(channels::Command::Open { account, key }),
    };
    let opened = log.execute(open).await.unwrap();
    let timeout = std::time::Duration::from_secs(10);
    views.wait_for(opened.position, timeout).await.unwrap();
    let settings = ApiSettings::default();
    let api = Api::new(ApiParts {
        reader: LogReader::open(&place.url).await.unwrap(),
        log,
        views,
        keyring,
        vitals: std::sync::Arc::new(crate::vitals::NoVitals),
        sealer: std::sync::Arc::new(crate::books::NoSealer),
        providers: crate::payments::Providers::sandbox(),
        node: "one".into(),
        settings: settings.clone(),
    });

    let id = async_graphql::ID::from(crate::schema::GlobalId::Channel(channel));
    for (fields, is_shown) in [
        ("id name", true),
        ("streamKey { key }", false),
        ("owner { email }", false),
        ("owner { wallets { balance } }", false),
        ("restrictions(first: 1) { nodes { reason } }", false),
        ("streams(first: 1) { nodes { id } }", false),
    ] {
        let query = format!(
            "subscription {{ streamState(channelId: \"{}\") {{ {fields} }} }}",
            *id
        );
        let document = Documents::new().read(&query, &settings).unwrap();
        let caller = Caller::default();
        let request = Request::new(query.clone());
        let (plan, _) = Plan::of(&document, &request, caller, None)
            .unwrap()
            .unwrap();
        // As if the list did not know of it.
        let plan = plan.for_everybody();
        let mut execution = Execution::begin(&api, &plan, Track::default());
        let chunk = execution.next().await;
        assert_eq!(chunk.items.len(), usize::from(is_shown), "{fields}");
        match chunk.ending {
            None => assert!(is_shown, "{fields}"),
            Some(Ending::Errors(errors)) => {
                let errors: serde_json::Value = serde_json::from_slice(&errors).unwrap();
                assert_eq!(
                    errors[0]["extensions"]["code"], "INTERNAL",
                    "{fields}: {errors}"
                );
            }
            Some(Ending::Complete) => panic!("{fields}: nothing was said"),
        }
    }
}
