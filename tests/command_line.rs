//! The command line, beside a running server and without one.

use crate::support::encoder::Encoder;
use crate::support::server::{Engine, Site};
use crate::support::until;
use serde_json::json;

tributary_store::on_both_engines!(accounts_are_made_with_and_without_a_server);

async fn accounts_are_made_with_and_without_a_server(engine: Engine) {
    let site = Site::new(engine).await;
    let create = |name: &'static str| ["account", "create", name, "--email", "x@example.com"];
    let (made, text) = site.run(&create("ada"), "short\n").await;
    assert!(!made && text.contains("password"), "{text}");
    let (made, text) = site.run(&create("ada"), "correct horse\n").await;
    assert!(
        made && text.contains("made the account ada (admin)"),
        "{text}"
    );

    let server = site.start().await;
    let (made, text) = site.run(&create("bob"), "correct horse\n").await;
    assert!(
        !made && text.contains("e-mail"),
        "the address is taken: {text}"
    );
    let bob = ["account", "create", "bob", "--email", "bob@example.com"];
    let (made, text) = site.run(&bob, "correct horse\n").await;
    assert!(made && text.contains("made the account bob\n"), "{text}");
    let (granted, text) = site.run(&["account", "grant", "bob", "finance"], "").await;
    assert!(granted, "{text}");
    let (granted, text) = site
        .run(&["account", "grant", "nobody", "finance"], "")
        .await;
    assert!(!granted && text.contains("no account named"), "{text}");
    let roles = "query { me { name roles } }";
    let of = async |name: &str| {
        server
            .api()
            .log_in(name)
            .await
            .query(roles, json!({}))
            .await
    };
    assert_eq!(of("ada").await["me"]["roles"], json!(["ADMIN"]));
    assert_eq!(of("bob").await["me"]["roles"], json!(["FINANCE"]));
    assert!(server.stop().await);

    let (fine, text) = site.run(&["projections"], "").await;
    assert!(
        fine && text.contains("statistics") && text.contains("running"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_ends_the_publisher_that_used_it() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let (_, shown) = site.run(&["channel", "key", "ada"], "").await;
    assert!(
        shown.contains(&key) && shown.contains(&server.rtmp),
        "{shown}"
    );
    let encoder = Encoder::publish(&server.rtmp, &key);
    until("on air", async || {
        let there = reqwest::get(format!("{}/live/ada.flv", server.http))
            .await
            .unwrap();
        there.status().is_success().then_some(())
    })
    .await;
    let (rotated, text) = site.run(&["channel", "rotate-key", "ada"], "").await;
    assert!(rotated && !text.contains(&key), "{text}");
    encoder.fails().await;
    let said = Encoder::publish(&server.rtmp, &key).fails().await;
    assert!(said.contains("not known"), "{said}");
    assert!(server.stop().await);
}
