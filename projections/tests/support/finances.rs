//! A world with money in it, and the lists that finance has of it.

use super::world::{World, reason, usd};
use super::{Engine, Running, impatient};
use crate::rebuilds::{check, rebuilt};
use tributary_domain::account::Role;
use tributary_domain::command::payments::GivenTips;
use tributary_domain::command::{Actor, Command, accounts, payments, payouts};
use tributary_domain::entry::GivenTip;
use tributary_domain::payment::{PaymentId, Standing};
use tributary_domain::wallet;
use tributary_domain::{AccountId, ChannelId, EntryId, Event, Money, PayoutId, Position, Salt};
use tributary_projections::testing::MemoryLog;

pub const PAYMENTS: Actor = Actor::System("payments");

/// Those who pay, are paid, and look after it.
pub struct Finances {
    pub world: World,
    pub ada: ChannelId,
    pub bob: AccountId,
    pub fay: AccountId,
}

/// Ada streams, Bob pays, Fay is of finance.
pub fn people() -> Finances {
    let mut world = World::new();
    let ada = world.streamer("ada");
    let (bob, fay) = (world.register("bob"), world.register("fay"));
    let grant = accounts::Command::GrantRole {
        account: fay,
        role: Role::Finance,
    };
    let console = Actor::Console;
    world.ask(console, Command::Accounts(grant)).unwrap();
    Finances {
        world,
        ada,
        bob,
        fay,
    }
}

/// The tip at a place, as what takes it back goes by.
pub fn given(world: &World, tip: Position) -> GivenTip {
    let event = &world.events[usize::try_from(tip.get()).unwrap() - 1];
    match &event.event {
        Event::Wallet(wallet::Event::Tipped(tipped)) => tipped.given(tip),
        other => panic!("{other:?} is no tip"),
    }
}

impl Finances {
    pub fn entry(&mut self) -> EntryId {
        EntryId(self.world.id())
    }

    pub fn told(&mut self, command: payments::Command) {
        self.world.pass(1);
        self.world
            .ask(PAYMENTS, Command::Payments(command))
            .unwrap();
    }

    pub fn payment(&mut self, id: &PaymentId, amount: &str) {
        self.world.pass(1);
        let amount = usd(amount);
        let intend = payments::Command::Intend {
            payment: id.clone(),
            amount,
        };
        let bob = Actor::Account(self.bob);
        self.world.ask(bob, Command::Payments(intend)).unwrap();
        let confirm = payments::Command::Confirm {
            payment: id.clone(),
            account: self.bob,
            amount,
            entry: self.entry(),
            tips: tips(vec![]),
        };
        self.told(confirm);
    }

    pub fn disputed(
        &mut self,
        payment: &PaymentId,
        dispute: &str,
        amount: &str,
        standing: Standing,
        given: Vec<GivenTip>,
    ) {
        let command = payments::Command::Dispute {
            payment: payment.clone(),
            dispute: dispute.to_owned(),
            amount: usd(amount),
            standing,
            entry: self.entry(),
            tips: tips(given),
        };
        self.told(command);
    }

    pub fn payouts(&mut self, actor: Actor, command: payouts::Command) {
        self.world.pass(1);
        self.world.ask(actor, Command::Payouts(command)).unwrap();
    }

    pub fn requested(&mut self, amount: Money) -> PayoutId {
        let payout = PayoutId(self.world.id());
        let command = payouts::Command::Request {
            payout,
            channel: self.ada,
            amount,
            entry: self.entry(),
        };
        self.payouts(Actor::Account(self.ada.owner()), command);
        payout
    }

    /// Up to where it is with its provider.
    pub fn sent(&mut self, payout: PayoutId, reference: &str) {
        let finance = Actor::Account(self.fay);
        let approve = payouts::Command::Approve {
            payout,
            reason: reason("checked"),
        };
        self.payouts(finance, approve);
        let provider = "bank".to_owned();
        let hand_over = payouts::Command::HandOver {
            payout,
            provider: provider.clone(),
        };
        self.payouts(finance, hand_over);
        let send = payouts::Command::Send {
            payout,
            provider,
            reference: reference.to_owned(),
        };
        self.payouts(finance, send);
    }

    /// Read models that folded it an event at a time: appends are cut anywhere.
    pub async fn folded(&mut self, engine: Engine) -> Running {
        let log = MemoryLog::with_pages_of(1);
        let running = Running::with(engine, log, impatient()).await;
        running.tell(self.world.news()).await;
        running
    }
}

pub fn tips(tips: Vec<GivenTip>) -> GivenTips {
    GivenTips {
        tips,
        salt: Salt([7; 16]),
    }
}

pub fn by(account: AccountId) -> Option<String> {
    Some(format!("account:{account}"))
}

pub async fn the_same_anew(running: &Running) {
    let report = rebuilt(running, &check()).await;
    assert!(report.is_equal(), "{report:?}");
}

/// Every item of a list, an item a page.
macro_rules! every {
    ($views:expr, $list:ident, $filter:expr) => {{
        let (mut all, mut after) = (vec![], None);
        loop {
            let page: Page<_> = $views.$list(&$filter, 1, after).await.unwrap();
            after = page.items.last().map(|item| item.position);
            all.extend(page.items);
            if !page.has_more {
                break all;
            }
        }
    }};
}
pub(crate) use every;
