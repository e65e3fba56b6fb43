//! What holds of all money together, whatever is asked in whatever order: no amount of anybody's goes below
//! zero, each currency sums to zero after every decision, and finance's own audit finds nothing.

use super::*;
use crate::channel::Reason;
use crate::command::payments::GivenTips;
use crate::entry::{GivenTip, LedgerAccount};
use crate::ledger::Audit;
use crate::money::FeeSchedule;
use crate::payment::Standing;
use crate::{
    Currency, EntryId, HoldId, Money, PaymentId, PayoutId, Position, Recorded, payment, wallet,
};
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Something that somebody does with some of the amounts and ids that there are.
#[derive(Debug, Clone)]
enum Act {
    TopUp {
        who: usize,
        minor: i64,
    },
    Promotion {
        who: usize,
        minor: i64,
    },
    Tip {
        who: usize,
        whom: usize,
        minor: i64,
        percent: i64,
        held: Option<usize>,
    },
    Refund {
        tip: usize,
        by_staff: bool,
    },
    Reverse {
        payment: usize,
        minor: i64,
    },
    Dispute {
        payment: usize,
        standing: Standing,
    },
    Payout {
        who: usize,
        minor: i64,
    },
    Payouts {
        payout: usize,
        step: usize,
    },
    Hold {
        who: usize,
        minor: i64,
        seconds: i64,
    },
    Wait(i64),
}

fn any_act() -> impl Strategy<Value = Act> {
    let minor = || 1_i64..3_000;
    let who = || 0_usize..3;
    prop_oneof![
        3 => (who(), minor()).prop_map(|(who, minor)| Act::TopUp { who, minor }),
        1 => (who(), minor()).prop_map(|(who, minor)| Act::Promotion { who, minor }),
        5 => (who(), who(), minor(), 0_i64..100, prop::option::of(0_usize..4)).prop_map(
            |(who, whom, minor, percent, held)| Act::Tip { who, whom, minor, percent, held }
        ),
        2 => (0_usize..8, any::<bool>()).prop_map(|(tip, by_staff)| Act::Refund { tip, by_staff }),
        1 => (0_usize..6, minor()).prop_map(|(payment, minor)| Act::Reverse { payment, minor }),
        2 => (0_usize..6, prop_oneof![
            Just(Standing::Open), Just(Standing::Won), Just(Standing::Lost)
        ]).prop_map(|(payment, standing)| Act::Dispute { payment, standing }),
        2 => (who(), 1_000_i64..3_000).prop_map(|(who, minor)| Act::Payout { who, minor }),
        3 => (0_usize..4, 0_usize..6).prop_map(|(payout, step)| Act::Payouts { payout, step }),
        1 => (who(), minor(), 1_i64..100).prop_map(|(who, minor, seconds)| Act::Hold { who, minor, seconds }),
        1 => (1_i64..60).prop_map(Act::Wait),
    ]
}

/// Everything that was done so far, and what of it can be named.
struct Story {
    world: World,
    currency: Currency,
    log: Vec<Recorded>,
    tips: Vec<GivenTip>,
    payments: Vec<PaymentId>,
    payouts: Vec<PayoutId>,
    holds: Vec<HoldId>,
    ids: u128,
    seconds: i64,
}

const PEOPLE: [AccountId; 3] = [
    crate::testing::ADA,
    crate::testing::BOB,
    crate::testing::ROOT,
];

impl Story {
    fn begin(currency: &str) -> Self {
        let mut world = given().finance();
        for person in PEOPLE {
            let opened = channel::Opened {
                channel: person.into(),
            };
            world = world.with(
                HistoryId::Channel(person.into()),
                channel::Event::from(opened),
            );
        }
        Self {
            world,
            currency: currency.parse().unwrap(),
            log: vec![],
            tips: vec![],
            payments: vec![],
            payouts: vec![],
            holds: vec![],
            ids: 0,
            seconds: 0,
        }
    }

    fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + self.ids)
    }

    fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }

    /// The newest tips of who paid by `payment`.
    fn given_tips(&self) -> GivenTips {
        let tips = self.tips.iter().rev().copied().collect();
        GivenTips { tips, salt: salt() }
    }

    fn command(&mut self, act: &Act) -> Option<(Actor, Command)> {
        let entry = EntryId(self.id());
        let reason = || Reason {
            text: Some("why".to_owned()),
            salt: salt(),
        };
        let person = |who: usize| (PEOPLE[who], Actor::Account(PEOPLE[who]));
        Some(match *act {
            Act::TopUp { who, minor } => {
                self.payments.push(PaymentId::of_sandbox(entry));
                (
                    person(who).1,
                    Tips::TopUp {
                        entry,
                        amount: self.money(minor),
                    }
                    .into(),
                )
            }
            Act::Promotion { who, minor } => (
                Actor::Console,
                Promotions::Grant {
                    entry,
                    account: person(who).0,
                    amount: self.money(minor),
                    reason: reason(),
                }
                .into(),
            ),
            Act::Tip {
                who,
                whom,
                minor,
                percent,
                held,
            } => {
                let tip = Tips::Tip {
                    entry,
                    channel: person(whom).0.into(),
                    amount: self.money(minor),
                    fee_schedule: FeeSchedule::new("any".to_owned(), Decimal::new(percent, 2))
                        .unwrap(),
                    hold: held.and_then(|held| self.holds.get(held).copied()),
                    message: None,
                    salt: salt(),
                };
                (person(who).1, tip.into())
            }
            Act::Refund { tip, by_staff } => {
                let tip = *self.tips.get(tip)?;
                let actor = if by_staff {
                    FINANCE
                } else {
                    Actor::Account(tip.channel.owner())
                };
                (
                    actor,
                    Refunds::Tip {
                        entry,
                        tip,
                        reason: reason(),
                    }
                    .into(),
                )
            }
            Act::Reverse { payment, minor } => {
                let payment = self.payments.get(payment)?.clone();
                let (total, tips) = (self.money(minor), self.given_tips());
                (
                    Actor::Console,
                    Payments::Refund {
                        payment,
                        total,
                        entry,
                        tips,
                    }
                    .into(),
                )
            }
            Act::Dispute { payment, standing } => {
                let payment = self.payments.get(payment)?.clone();
                let (amount, tips) = (self.money(700), self.given_tips());
                let dispute = "dp".to_owned();
                (
                    Actor::Console,
                    Payments::Dispute {
                        payment,
                        dispute,
                        amount,
                        standing,
                        entry,
                        tips,
                    }
                    .into(),
                )
            }
            Act::Payout { who, minor } => {
                let (owner, actor) = person(who);
                let payout = PayoutId(self.id());
                self.payouts.push(payout);
                let (channel, amount) = (owner.into(), self.money(minor));
                (
                    actor,
                    Payouts::Request {
                        payout,
                        channel,
                        amount,
                        entry,
                    }
                    .into(),
                )
            }
            Act::Payouts { payout, step } => {
                let payout = *self.payouts.get(payout)?;
                let provider = "bank".to_owned();
                let step = match step {
                    0 => Payouts::Approve {
                        payout,
                        reason: reason(),
                    },
                    1 => Payouts::Send {
                        payout,
                        provider,
                        reference: "po".to_owned(),
                    },
                    2 => Payouts::Settle {
                        payout,
                        entry,
                        on: None,
                    },
                    3 => Payouts::Fail {
                        payout,
                        entry,
                        reason: reason(),
                    },
                    4 => Payouts::HandOver { payout, provider },
                    _ => Payouts::Cancel {
                        payout,
                        entry,
                        reason: reason(),
                    },
                };
                (FINANCE, step.into())
            }
            Act::Hold {
                who,
                minor,
                seconds,
            } => {
                let hold = HoldId(self.id());
                self.holds.push(hold);
                let until = at(self.seconds + seconds);
                (
                    person(who).1,
                    Holds::Place {
                        hold,
                        amount: self.money(minor),
                        until,
                    }
                    .into(),
                )
            }
            Act::Wait(seconds) => {
                self.seconds += seconds;
                return None;
            }
        })
    }

    /// Does it, or is refused. What it came to, in the order of the log.
    fn act(&mut self, act: &Act) -> Vec<Recorded> {
        let Some((actor, command)) = self.command(act) else {
            return vec![];
        };
        let Ok(decision) = decide(&mut self.world, actor, self.seconds, command) else {
            return vec![];
        };
        let mut recorded = vec![];
        for (history, channel, event) in decision.events {
            self.world = std::mem::take(&mut self.world).with(history.clone(), event.clone());
            let position = Position::START.plus(self.log.len() + 1);
            if let Event::Wallet(wallet::Event::Tipped(tipped)) = &event {
                self.tips.push(tipped.given(position));
            }
            let event = Recorded {
                position,
                event_id: Uuid::nil(),
                recorded_at: at(self.seconds),
                history,
                sequence: 1,
                channel,
                event,
                metadata: BTreeMap::new(),
            };
            self.log.push(event.clone());
            recorded.push(event);
        }
        recorded
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_interleaving_takes_anybody_below_zero_or_unbalances_the_books(
        acts in prop::collection::vec(any_act(), 1..60),
        currency in prop_oneof![Just("USD"), Just("JPY"), Just("BHD")],
    ) {
        let mut story = Story::begin(currency);
        let mut audit = Audit::default();
        let mut reversed = std::collections::HashSet::new();
        let mut sums: BTreeMap<LedgerAccount, Decimal> = BTreeMap::new();
        for act in &acts {
            for recorded in story.act(act) {
                let taken = audit.take(&recorded);
                prop_assert!(taken.is_ok(), "{:?} after {act:?}", taken.unwrap_err());
                let Some(entry) = recorded.event.entry() else { continue };
                if let Some(of) = entry.reverses {
                    prop_assert!(reversed.insert(of), "{of} is taken back twice");
                }
                for posting in &entry.postings {
                    *sums.entry(posting.account.clone()).or_default() += posting.amount;
                }
            }
            prop_assert!(audit.end().is_ok());
            prop_assert_eq!(sums.values().sum::<Decimal>(), Decimal::ZERO);
            for person in PEOPLE {
                let history = HistoryId::Wallet(person, story.currency);
                let Some(State::Wallet(wallet)) = story.world.0.get(&history) else { continue };
                let sum = |account| sums.get(&account).copied().unwrap_or_default();
                prop_assert!(wallet.balance >= Decimal::ZERO, "{act:?}");
                prop_assert!(wallet.earnings >= Decimal::ZERO, "{act:?}");
                prop_assert!(wallet.owed >= Decimal::ZERO, "{act:?}");
                prop_assert_eq!(wallet.balance, -sum(LedgerAccount::ViewerBalance(person)));
                prop_assert_eq!(wallet.earnings, -sum(LedgerAccount::StreamerEarnings(person.into())));
                prop_assert_eq!(wallet.owed, sum(LedgerAccount::ChargebacksReceivable(person.into())));
            }
        }
        let confirmed = |event: &Event| matches!(event, Event::Payment(payment::Event::Confirmed(_)));
        prop_assert!(story.log.iter().filter(|r| confirmed(&r.event)).count() <= story.payments.len());
    }
}
