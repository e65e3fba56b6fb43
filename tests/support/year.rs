//! A generated time of money: people top up, tip, and the fees change. Written by the product's own commands on a
//! clock of its own, so that every entry has its day; the same numbers make the same amounts.

use super::server::Site;
use chrono::TimeDelta;
use tributary_domain::channel::Reason;
use tributary_domain::command::{Actor, Command, fees, tips};
use tributary_domain::money::FeeSchedule;
use tributary_domain::{AccountId, Currency, EntryId, Money, Request, Timestamp};
use tributary_store::testing::{register, streamer};
use tributary_store::{Environment, Log, LogOptions, ManualClock};

/// The currencies: of 2, 0 and 3 digits.
pub const CURRENCIES: [&str; 3] = ["EUR", "JPY", "BHD"];

/// How much happens.
pub struct Year {
    pub viewers: usize,
    pub streamers: usize,
    pub movements: usize,
}

impl Year {
    /// Writes it into a site's log, which no server has open. Those who did it: streamers, viewers.
    pub async fn happen(&self, site: &Site) -> (Vec<AccountId>, Vec<AccountId>) {
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
        let mut streamers = vec![];
        for n in 0..self.streamers {
            streamers.push(streamer(&log, &format!("streamer{n}")).await);
        }
        let mut viewers = vec![];
        for n in 0..self.viewers {
            let (account, command) = register(&format!("viewer{n}"));
            log.execute(command).await.unwrap();
            viewers.push(account);
        }
        let step = TimeDelta::days(364) / i32::try_from(self.movements).unwrap().max(1);
        let ask = async |actor: Actor, command: Command| {
            let (at, id) = (env.now(), None);
            let request = Request {
                actor,
                at,
                id,
                command,
            };
            log.execute(request).await
        };
        for n in 0..self.movements {
            clock.advance(step);
            // Numbers that look like chance and are the same each time.
            let chance = (n * 7_919 + n * n * 31) % 9_973;
            let (place, payer) = (chance % 3, viewers[chance % viewers.len()]);
            let currency: Currency = CURRENCIES[place].parse().unwrap();
            let cents = i64::try_from(100 + chance % 4_800).unwrap();
            let entry = EntryId(env.uuid());
            if n % (self.movements / 4).max(2) == 1 {
                let rate = rate(i64::try_from(n % 7).unwrap() * 12_345);
                let schedule = FeeSchedule::new(format!("plan-{n}"), rate).unwrap();
                let reason = Reason {
                    text: Some("as agreed".into()),
                    salt: env.salt(),
                };
                let set = fees::Command::Schedule {
                    schedule,
                    from: None,
                    reason,
                };
                ask(Actor::Console, Command::Fees(set)).await.unwrap();
            }
            let amount = Money::from_minor(cents, currency);
            let tip = tips::Command::Tip {
                entry,
                channel: streamers[chance % streamers.len()].into(),
                amount,
                fee_schedule: FeeSchedule::new("standard".into(), rate(50_000)).unwrap(),
                message: None,
                hold: None,
                salt: env.salt(),
            };
            let actor = Actor::Account(payer);
            // Who has not enough pays in instead.
            if n % 3 == 0 || ask(actor, Command::Tips(tip)).await.is_err() {
                let amount = Money::from_minor(2 * cents, currency);
                let entry = EntryId(env.uuid());
                let top_up = tips::Command::TopUp { entry, amount };
                ask(actor, Command::Tips(top_up)).await.unwrap();
            }
        }
        log.close().await;
        (streamers, viewers)
    }
}

/// So many millionths.
fn rate(millionths: i64) -> rust_decimal::Decimal {
    rust_decimal::Decimal::new(millionths, 6)
}
