//! What happens in the year, one act after the other.

use chrono::TimeDelta;
use std::collections::{BTreeMap, HashMap, VecDeque};
use tributary_domain::channel::Reason;
use tributary_domain::command::payments::GivenTips;
use tributary_domain::command::{
    Actor, Command, fees, holds, payments, payouts, promotions, refunds, tips,
};
use tributary_domain::entry::GivenTip;
use tributary_domain::money::FeeSchedule;
use tributary_domain::payment::Standing;
use tributary_domain::{
    AccountId, Currency, EntryId, Event, HistoryId, HoldId, Money, PaymentId, PayoutId, Position,
    Request, Timestamp, payment, wallet,
};
use tributary_store::{Environment, Log};

/// Tips and payments that something may yet happen to: the newest.
const REMEMBERED: usize = 400;

/// A payment that was confirmed.
#[derive(Clone)]
struct Paid {
    payment: PaymentId,
    account: AccountId,
    amount: Money,
    at: Position,
}

/// See the [module](self).
pub struct Story<'a> {
    log: &'a Log,
    env: &'a Environment,
    viewers: Vec<AccountId>,
    streamers: Vec<AccountId>,
    tips: VecDeque<GivenTip>,
    paid: VecDeque<Paid>,
    payouts: VecDeque<(PayoutId, Timestamp)>,
    earnings: HashMap<(AccountId, Currency), i64>,
    holds: VecDeque<(AccountId, Currency, HoldId)>,
    /// How often each kind of event of money happened.
    pub kinds: BTreeMap<&'static str, usize>,
    /// Entries so far.
    pub entries: usize,
}

impl<'a> Story<'a> {
    pub fn new(
        log: &'a Log,
        env: &'a Environment,
        viewers: Vec<AccountId>,
        streamers: Vec<AccountId>,
    ) -> Self {
        Self {
            log,
            env,
            viewers,
            streamers,
            tips: VecDeque::new(),
            paid: VecDeque::new(),
            payouts: VecDeque::new(),
            earnings: HashMap::new(),
            holds: VecDeque::new(),
            kinds: BTreeMap::new(),
            entries: 0,
        }
    }

    /// The `n`th thing that happens. What is refused is a top-up instead, so that something moves each time.
    pub async fn act(&mut self, n: usize, currency: Currency) {
        // Numbers that look like chance and are the same each time.
        let chance = (n * 7_919 + n * n * 31) % 9_973;
        let payer = self.viewers[chance % self.viewers.len()];
        let amount = Money::from_minor(i64::try_from(100 + chance % 4_800).unwrap(), currency);
        let moved = match n % 50 {
            7 => self.promotion(payer, amount).await,
            13 => self.hold(payer, amount, true).await,
            16 => self.hold(payer, amount, false).await,
            17 => self.expire().await,
            19 => self.refund(chance, true).await,
            22 => self.refund(chance, false).await,
            28 => self.give_back(chance).await,
            29 => self.dispute(chance, Standing::Open).await,
            32 => self.dispute(chance, Standing::Won).await,
            35 => self.dispute(chance, Standing::Lost).await,
            37 => self.request_payout(n).await,
            41 | 44 => self.payout_goes_on(n).await,
            _ if n.is_multiple_of(3) => false,
            _ => self.tip(payer, chance, amount, None).await,
        };
        if !moved {
            let twice = Money::from_minor(2 * amount.minor(), currency);
            self.top_up(n, payer, twice).await;
        }
    }

    pub async fn fees_change(&mut self, n: usize) {
        let rate = rust_decimal::Decimal::new(i64::try_from(n % 7).unwrap() * 12_345, 6);
        let schedule = FeeSchedule::new(format!("plan-{n}"), rate).unwrap();
        let set = fees::Command::Schedule {
            schedule,
            from: None,
            reason: self.reason("as agreed"),
        };
        assert!(self.ask(Actor::Console, Command::Fees(set)).await);
    }

    async fn top_up(&mut self, n: usize, account: AccountId, amount: Money) {
        let entry = self.entry();
        if n.is_multiple_of(2) {
            let top_up = tips::Command::TopUp { entry, amount };
            let done = self
                .ask(Actor::Account(account), Command::Tips(top_up))
                .await;
            assert!(done, "the sandbox says yes");
            return;
        }
        let confirm = payments::Command::Confirm {
            payment: PaymentId::new("stripe", &format!("pi_{n}")).unwrap(),
            account,
            amount,
            entry,
            tips: self.given(account, amount.currency, self.log.head()),
        };
        let done = self.ask(Actor::Console, Command::Payments(confirm)).await;
        assert!(done, "money came");
    }

    async fn promotion(&mut self, account: AccountId, amount: Money) -> bool {
        let grant = promotions::Command::Grant {
            entry: self.entry(),
            account,
            amount,
            reason: self.reason("a welcome"),
        };
        self.ask(Actor::Console, Command::Promotions(grant)).await
    }

    async fn tip(
        &mut self,
        payer: AccountId,
        chance: usize,
        amount: Money,
        hold: Option<HoldId>,
    ) -> bool {
        let tip = tips::Command::Tip {
            entry: self.entry(),
            channel: self.streamers[chance % self.streamers.len()].into(),
            amount,
            fee_schedule: FeeSchedule::new("standard".into(), rust_decimal::Decimal::new(5, 2))
                .unwrap(),
            message: None,
            hold,
            salt: self.env.salt(),
        };
        self.ask(Actor::Account(payer), Command::Tips(tip)).await
    }

    /// Sets an amount aside, and spends it or leaves it.
    async fn hold(&mut self, payer: AccountId, amount: Money, is_spent: bool) -> bool {
        let hold = HoldId(self.env.uuid());
        let place = holds::Command::Place {
            hold,
            amount,
            until: self.env.now() + TimeDelta::minutes(1),
        };
        if !self.ask(Actor::Account(payer), Command::Holds(place)).await {
            return false;
        }
        if is_spent {
            return self.tip(payer, self.entries, amount, Some(hold)).await;
        }
        self.holds.push_back((payer, amount.currency, hold));
        false
    }

    /// A policy lifts what has run out.
    async fn expire(&mut self) -> bool {
        if let Some((account, currency, hold)) = self.holds.pop_front() {
            let expire = holds::Command::Expire {
                account,
                currency,
                hold,
            };
            self.ask(Actor::System("lift_expired_holds"), Command::Holds(expire))
                .await;
        }
        false
    }

    async fn refund(&mut self, chance: usize, by_staff: bool) -> bool {
        let Some(tip) = pick(&mut self.tips, chance) else {
            return false;
        };
        let actor = if by_staff {
            Actor::Console
        } else {
            Actor::Account(tip.channel.owner())
        };
        let refund = refunds::Command::Tip {
            entry: self.entry(),
            tip,
            reason: self.reason("by mistake"),
        };
        self.ask(actor, Command::Refunds(refund)).await
    }

    /// The provider gives a third of a payment back.
    async fn give_back(&mut self, chance: usize) -> bool {
        let Some(paid) = pick(&mut self.paid, chance) else {
            return false;
        };
        let third = Money::from_minor((paid.amount.minor() / 3).max(1), paid.amount.currency);
        let refund = payments::Command::Refund {
            payment: paid.payment.clone(),
            total: third,
            entry: self.entry(),
            tips: self.given(paid.account, paid.amount.currency, paid.at),
        };
        self.ask(Actor::Console, Command::Payments(refund)).await
    }

    /// The bank takes a payment, and gives it back where that is won.
    async fn dispute(&mut self, chance: usize, standing: Standing) -> bool {
        let Some(paid) = pick(&mut self.paid, chance) else {
            return false;
        };
        let mut moved = false;
        let told = match standing {
            Standing::Open => vec![Standing::Open],
            Standing::Won | Standing::Lost => vec![Standing::Open, standing],
        };
        for standing in told {
            let dispute = payments::Command::Dispute {
                payment: paid.payment.clone(),
                dispute: format!("du_{}", paid.payment.reference()),
                amount: paid.amount,
                standing,
                entry: self.entry(),
                tips: self.given(paid.account, paid.amount.currency, paid.at),
            };
            moved |= self.ask(Actor::Console, Command::Payments(dispute)).await;
        }
        moved
    }

    /// Who has earned most of what can be paid out is paid half of it.
    async fn request_payout(&mut self, n: usize) -> bool {
        let most = self
            .earnings
            .iter()
            .max_by_key(|(who, earned)| (**earned, who.0));
        let Some((&(owner, currency), &earned)) = most else {
            return false;
        };
        let amount = if n.is_multiple_of(3) {
            earned
        } else {
            earned / 2
        };
        let payout = PayoutId(self.env.uuid());
        let request = payouts::Command::Request {
            payout,
            channel: owner.into(),
            amount: Money::from_minor(amount.max(1), currency),
            entry: self.entry(),
        };
        let asked = self
            .ask(Actor::Account(owner), Command::Payouts(request))
            .await;
        if asked {
            self.payouts.push_back((payout, self.env.now()));
        }
        asked
    }

    /// The oldest payout that is under way arrives, fails or is called off.
    async fn payout_goes_on(&mut self, n: usize) -> bool {
        let Some((payout, asked_at)) = self.payouts.pop_front() else {
            return false;
        };
        let end = n / 50 % 4;
        let mut steps = vec![];
        if end == 3 {
            steps.push(payouts::Command::Cancel {
                payout,
                entry: self.entry(),
                reason: self.reason("not checked"),
            });
        } else {
            let provider = "bank".to_owned();
            steps.push(payouts::Command::Approve {
                payout,
                reason: self.reason("checked"),
            });
            steps.push(payouts::Command::HandOver {
                payout,
                provider: provider.clone(),
            });
            steps.push(payouts::Command::Send {
                payout,
                provider,
                reference: format!("po_{n}"),
            });
            let entry = self.entry();
            steps.push(if end == 2 {
                payouts::Command::Fail {
                    payout,
                    entry,
                    reason: self.reason("the account is closed"),
                }
            } else {
                // Some arrive on a day before that on which we hear of it, and behind that on which it was asked for.
                let now = self.env.now();
                let is_old = end == 1 && now - asked_at > TimeDelta::days(2);
                let on = is_old.then(|| now.date_naive().pred_opt().unwrap());
                payouts::Command::Settle { payout, entry, on }
            });
        }
        for step in steps {
            assert!(self.ask(Actor::Console, Command::Payouts(step)).await);
        }
        true
    }

    fn entry(&self) -> EntryId {
        EntryId(self.env.uuid())
    }

    fn reason(&self, words: &str) -> Reason {
        Reason {
            text: Some(words.to_owned()),
            salt: self.env.salt(),
        }
    }

    /// The newest tips that an account gave since a place.
    fn given(&self, payer: AccountId, currency: Currency, since: Position) -> GivenTips {
        let tips = self.tips.iter().rev();
        let tips = tips
            .filter(|tip| tip.payer == payer && tip.currency == currency && tip.position > since);
        GivenTips {
            tips: tips.copied().collect(),
            salt: self.env.salt(),
        }
    }

    /// Whether it was done, and moved or changed anything.
    async fn ask(&mut self, actor: Actor, command: Command) -> bool {
        let (at, id) = (self.env.now(), None);
        let request = Request {
            actor,
            at,
            id,
            command,
        };
        let Ok(receipt) = self.log.execute(request).await else {
            return false;
        };
        for recorded in &receipt.events {
            self.entries += usize::from(recorded.event.entry().is_some());
            if !matches!(recorded.event, Event::Fees(_)) {
                *self.kinds.entry(recorded.event.name().0).or_default() += 1;
            }
            match (&recorded.history, &recorded.event) {
                (HistoryId::Payment(payment), Event::Payment(payment::Event::Confirmed(event))) => {
                    let paid = Paid {
                        payment: payment.clone(),
                        account: event.account,
                        amount: event.amount,
                        at: recorded.position,
                    };
                    remember(&mut self.paid, paid);
                }
                (HistoryId::Wallet(owner, currency), Event::Wallet(event)) => {
                    let earned = match event {
                        wallet::Event::Tipped(tipped) => {
                            remember(&mut self.tips, tipped.given(recorded.position));
                            continue;
                        }
                        wallet::Event::Credited(event) => event.amount - event.repaid,
                        wallet::Event::Debited(event) => event.owed - event.amount,
                        _ => continue,
                    };
                    let earned = tributary_domain::money::minor(earned, *currency);
                    *self.earnings.entry((*owner, *currency)).or_default() += earned;
                }
                _ => {}
            }
        }
        !receipt.events.is_empty()
    }
}

fn remember<T>(all: &mut VecDeque<T>, one: T) {
    all.push_back(one);
    if all.len() > REMEMBERED {
        all.pop_front();
    }
}

fn pick<T>(all: &mut VecDeque<T>, chance: usize) -> Option<T> {
    let at = chance % all.len().max(1);
    all.remove(at)
}
