//! A generated year with everything that can happen to money: people top up through two providers, tip, and have
//! tips back; payments are given back and charged back; fees change; streamers are paid out, or not; amounts are
//! set aside; the platform gives some away. Written by the product's own commands on a clock of its own, so that
//! every entry has its day; the same numbers make the same amounts.

mod acts;

use super::server::Site;
use super::year::CURRENCIES;
use acts::Story;
use chrono::TimeDelta;
use std::collections::BTreeMap;
use tributary_domain::{Currency, Timestamp};
use tributary_store::testing::{register, streamer};
use tributary_store::{Environment, Log, LogOptions, ManualClock};

/// How much happens.
pub struct WholeYear {
    pub viewers: usize,
    pub streamers: usize,
    /// Entries in the ledger.
    pub movements: usize,
}

impl WholeYear {
    /// Writes it into a site's log, which no server has open, and tells how far it is. How often each kind of event
    /// of money stands there.
    pub async fn happen(&self, site: &Site, told: impl Fn(usize)) -> BTreeMap<&'static str, usize> {
        std::fs::create_dir_all(site.data()).unwrap();
        let begin: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
        let clock = ManualClock::at(begin);
        let env = Environment {
            clock: clock.clone(),
            ..Environment::system()
        };
        let options = LogOptions::default();
        let log = Log::open(&site.log_location(), options, env.clone())
            .await
            .unwrap();
        let (mut viewers, mut streamers) = (vec![], vec![]);
        for n in 0..self.streamers {
            streamers.push(streamer(&log, &format!("streamer{n}")).await);
        }
        for n in 0..self.viewers {
            let (account, command) = register(&format!("viewer{n}"));
            log.execute(command).await.unwrap();
            viewers.push(account);
        }
        let mut story = Story::new(&log, &env, viewers, streamers);
        // Some acts make several entries: the year is not over before its end.
        let step = TimeDelta::days(364) / i32::try_from(self.movements).unwrap();
        let fees_change_every = (self.movements / 4).max(2);
        let mut n = 0;
        while story.entries < self.movements {
            let before = story.entries;
            if n % fees_change_every == 1 {
                story.fees_change(n).await;
            }
            let currency: Currency = CURRENCIES[n % CURRENCIES.len()].parse().unwrap();
            story.act(n, currency).await;
            clock.advance(step * i32::try_from(story.entries - before).unwrap());
            told(story.entries);
            n += 1;
        }
        let kinds = story.kinds;
        log.close().await;
        kinds
    }
}
