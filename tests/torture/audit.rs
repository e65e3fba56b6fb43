//! What must hold after every crash.

use super::client::Client;
use super::place::Place;
use crate::support::api::Api;
use crate::support::load::caught_up;
use crate::support::until;
use serde_json::json;
use std::collections::HashMap;
use std::process::Output;
use std::time::Duration;
use tributary_domain::Position;
use tributary_store::LogReader;
use tributary_store::reader::Selection;

/// A rebuild of all that many hours have brought takes its time.
const COMMAND_WITHIN: Duration = Duration::from_secs(600);

/// What was seen of the log so far.
#[derive(Default)]
pub struct Audit {
    /// Everything up to here was looked at.
    upto: Position,
}

impl Audit {
    /// Looks at what the last round has brought. Every client has finished: what was sent was
    /// acknowledged.
    pub async fn check(&mut self, place: &Place, streamers: &[Api], clients: &mut [Client]) {
        self.check_log(place, clients).await;
        self.check_wallets(place, streamers, clients).await;
        succeeds(place, &["log", "verify"]).await;
        succeeds(place, &["ledger", "verify", "--log-only"]).await;
    }

    /// Positions are dense. What was acknowledged is there, where it was acknowledged to be; nothing is
    /// there twice, and nothing that nobody sent.
    async fn check_log(&mut self, place: &Place, clients: &mut [Client]) {
        let mut found: HashMap<String, i64> = HashMap::new();
        let reader = LogReader::open(&place.site.log_location()).await.unwrap();
        let selection = Selection {
            after: self.upto,
            ..Selection::default()
        };
        let mut scan = reader.scan(selection).await.unwrap();
        while let Some(part) = scan.next().await.unwrap() {
            for row in part.page.iter() {
                assert_eq!(row.position(), self.upto.next(), "positions are dense");
                self.upto = row.position();
                let personal = String::from_utf8_lossy(row.personal().unwrap_or_default());
                if let Some(id) = personal.split('#').nth(1) {
                    let before = found.insert(format!("#{id}#"), row.stored_position());
                    assert_eq!(before, None, "{id} happened twice");
                }
            }
        }
        for client in clients {
            for (id, done) in std::mem::take(&mut client.done) {
                let told: i64 = done.parse().unwrap();
                let end = self.upto.get();
                assert!(told <= end, "{id} was told {told}; the log ends at {end}");
                match found.remove(&id) {
                    // A tip is two events; it is told where the second one is.
                    Some(at) => assert!((at..=at + 1).contains(&told), "{id}: {told}, not {at}"),
                    None => assert!(client.is_silent(&id), "{id} was acknowledged, and is lost"),
                }
            }
        }
        assert!(
            found.is_empty(),
            "sent in an earlier round, or by nobody: {found:?}"
        );
    }

    /// Every wallet comes to hold what came in less what went out, and every channel its share. Rows are
    /// not synced: what a crash of PostgreSQL took of them is folded again within a second or two.
    async fn check_wallets(&self, place: &Place, streamers: &[Api], clients: &[Client]) {
        let http = &place.server().http;
        for client in clients {
            let balance = format!("{}.00", client.balance);
            holds(&client.api.at(http), "balance", &balance).await;
        }
        for (channel, streamer) in streamers.iter().enumerate() {
            let given: i64 = clients.iter().map(|client| client.given[channel]).sum();
            // Whole dollars, of which the platform keeps a twentieth.
            let cents = given * 95;
            let earnings = format!("{}.{:02}", cents / 100, cents % 100);
            holds(&streamer.at(http), "earnings", &earnings).await;
        }
    }

    /// The read models are what a rebuild would make of the log.
    pub async fn check_read_models(&self, place: &Place) {
        let report = succeeds(place, &["projections", "rebuild", "--check"]).await;
        assert!(report.contains("every row is the same"), "{report}");
    }
}

/// Waits until the wallet of who is signed in holds what it should.
async fn holds(api: &Api, what: &str, expected: &str) {
    caught_up(api).await;
    let document = "{ me { wallets { balance earnings } } }";
    until(&format!("{what} of {expected}"), async || {
        let data = api.query(document, json!({})).await;
        // One without a wallet has null.
        let wallet = &data["me"]["wallets"][0];
        let is_right = wallet[what] == expected || (wallet.is_null() && expected == "0.00");
        is_right.then_some(())
    })
    .await;
}

async fn succeeds(place: &Place, arguments: &[&str]) -> String {
    let output = place.site.command(arguments).output();
    let output = tokio::time::timeout(COMMAND_WITHIN, output).await;
    let output: Output = output.expect("a command ends").unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{arguments:?}: {text}");
    text
}
