//! `walletEvents`: what happens in the caller's wallets.

use super::Feed;
use super::of_log::{self, Items, Placed};
use crate::Fault;
use crate::auth::Caller;
use crate::fanout::Topic;
use crate::schema::{DateTime, GlobalId, Money, Uuid};
use async_graphql::{Context, Enum, ID, SimpleObject, Subscription};
use rust_decimal::Decimal;
use tributary_domain::{ChannelId, EntryId, Event, HistoryId, Recorded, wallet};
use tributary_store::Page;

/// What happened in a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum WalletEventKind {
    /// Its owner paid money in.
    ToppedUp,
    /// The platform gave its owner money to spend.
    Granted,
    /// Its owner gave a tip.
    Tipped,
    /// Its owner, a streamer, earned from a tip, or has a payout back that did not arrive.
    Credited,
    /// Its owner, a streamer, gave back a tip or asked for a payout.
    Debited,
    /// A tip that its owner gave was taken back.
    TipRefunded,
    /// A payment of its owner's was given back or charged back.
    PaymentReversed,
    /// A payment that was charged back came in after all.
    PaymentRestored,
}

/// Something happened in one of the caller's wallets.
#[derive(SimpleObject)]
pub(crate) struct WalletEvent {
    /// Give it as `after` to resume behind this event.
    cursor: String,
    /// What.
    kind: WalletEventKind,
    /// How much came in, or went out for a tip, a debit or a payment that was taken back.
    amount: Money,
    /// The entry in the ledger.
    entry_id: Uuid,
    /// The channel that was given a tip: its global id.
    channel_id: Option<ID>,
    /// When.
    at: DateTime,
}

#[derive(Default)]
pub(crate) struct WalletEventSubscription;

#[Subscription]
impl WalletEventSubscription {
    /// What happens in the caller's wallets, of every currency. With `after`, first everything since then;
    /// nothing is left out and nothing comes twice.
    async fn wallet_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Resume behind this cursor, or behind a position such as `headPosition`. Left out: from now on."
        )]
        after: Option<String>,
    ) -> Result<Feed<WalletEvent>, Fault> {
        let account = Caller::of(ctx).account().ok_or_else(Fault::not_signed_in)?;
        of_log::feed(ctx, Topic::Wallets(account), after.as_deref(), Wallets)
    }
}

struct Wallets;

impl Items for Wallets {
    type Item = WalletEvent;

    async fn of(&self, page: &Page) -> Result<Vec<Placed<WalletEvent>>, Fault> {
        Ok(page.events.iter().filter_map(|event| item(event)).collect())
    }
}

fn item(recorded: &Recorded) -> Option<Placed<WalletEvent>> {
    let (HistoryId::Wallet(_, currency), Event::Wallet(event)) =
        (&recorded.history, &recorded.event)
    else {
        return None;
    };
    let moved = |kind, amount: Decimal, entry: EntryId, channel: Option<ChannelId>| WalletEvent {
        cursor: of_log::cursor(recorded),
        kind,
        amount: tributary_domain::Money {
            amount,
            currency: *currency,
        }
        .into(),
        entry_id: Uuid(entry.0),
        channel_id: channel.map(|channel| GlobalId::Channel(channel).into()),
        at: DateTime(recorded.recorded_at),
    };
    let item = match event {
        wallet::Event::ToppedUp(event) => moved(
            WalletEventKind::ToppedUp,
            event.amount,
            event.entry.id,
            None,
        ),
        wallet::Event::Granted(event) => {
            moved(WalletEventKind::Granted, event.amount, event.entry.id, None)
        }
        wallet::Event::Tipped(event) => moved(
            WalletEventKind::Tipped,
            event.amount,
            event.entry.id,
            Some(event.channel),
        ),
        wallet::Event::Credited(event) => {
            moved(WalletEventKind::Credited, event.amount, event.entry, None)
        }
        wallet::Event::Debited(event) => {
            moved(WalletEventKind::Debited, event.amount, event.entry, None)
        }
        wallet::Event::TipRefunded(event) => moved(
            WalletEventKind::TipRefunded,
            event.amount,
            event.entry.id,
            Some(event.channel),
        ),
        wallet::Event::PaymentReversed(event) => moved(
            WalletEventKind::PaymentReversed,
            event.taken,
            event.entry.id,
            None,
        ),
        wallet::Event::PaymentRestored(event) => moved(
            WalletEventKind::PaymentRestored,
            event.given,
            event.entry.id,
            None,
        ),
        // They move nothing; the wallet says what is set aside.
        wallet::Event::HoldPlaced(_) | wallet::Event::HoldLifted(_) => return None,
    };
    Some(Placed::new(recorded, item))
}
