//! The same for what happens to money beside top-ups and tips.

use super::{account, at, channel, entry, id, reason, stream, usd};
use rust_decimal::Decimal;
use tributary_domain::books::{self, Seal};
use tributary_domain::entry::{Entry, GivenTip};
use tributary_domain::money::FeeSchedule;
use tributary_domain::wallet::{self, HoldEnd, RefundCause, ReversalCause};
use tributary_domain::{EntryId, Event, HoldId, Money, Position, fees, payment, payout};

pub fn examples() -> Vec<Event> {
    let mut all: Vec<Event> = vec![];
    all.extend(of_wallets().into_iter().map(Event::from));
    all.extend(of_payments().into_iter().map(Event::from));
    all.extend(of_payouts().into_iter().map(Event::from));
    all.push(fees::Event::from(scheduled()).into());
    all.push(books::Event::from(closed()).into());
    all
}

/// An entry that came before.
fn earlier() -> EntryId {
    EntryId(id(6))
}

fn of_wallets() -> Vec<wallet::Event> {
    let (gross, fee, net) = (usd("10.00"), usd("0.50"), usd("9.50"));
    let tip = GivenTip {
        position: Position::new(41).unwrap(),
        entry: earlier(),
        payer: account(),
        channel: channel(),
        stream: Some(stream()),
        currency: gross.currency,
        amount: gross.amount,
        fee: fee.amount,
        net: net.amount,
    };
    let (missing, taken) = (usd("1.50").amount, usd("4.00").amount);
    let reversal = |id| Entry::payment_reversal(id, account(), "stripe", gross, taken);
    let hold = HoldId(id(7));
    vec![
        wallet::Granted {
            account: account(),
            amount: gross.amount,
            by: Some(account()),
            entry: Entry::promotion(entry(), account(), gross),
            personal: reason(),
        }
        .into(),
        wallet::Debited {
            entry: entry(),
            amount: net.amount,
            owed: missing,
        }
        .into(),
        wallet::TipRefunded {
            tip: tip.position,
            payer: tip.payer,
            channel: tip.channel,
            stream: tip.stream,
            amount: tip.amount,
            fee: tip.fee,
            net: tip.net,
            cause: RefundCause::Staff,
            entry: Entry::tip_refund(entry(), &tip, missing),
            personal: reason(),
        }
        .into(),
        wallet::PaymentReversed {
            provider: "stripe".to_owned(),
            cause: ReversalCause::Chargeback,
            amount: gross.amount,
            taken,
            entry: reversal(entry()).known_as("pi_1".to_owned()),
        }
        .into(),
        wallet::PaymentRestored {
            provider: "stripe".to_owned(),
            amount: gross.amount,
            given: taken,
            entry: reversal(earlier())
                .reversal(entry())
                .known_as("pi_1".to_owned()),
        }
        .into(),
        wallet::HoldPlaced {
            hold,
            amount: gross.amount,
            until: at(60),
        }
        .into(),
        wallet::HoldLifted {
            hold,
            amount: gross.amount,
            reason: HoldEnd::Expired,
        }
        .into(),
    ]
}

fn of_payments() -> Vec<payment::Event> {
    let (account, amount, entry) = (account(), usd("10.00"), entry());
    let dispute = || "dp_1".to_owned();
    let total = usd("4.00");
    vec![
        payment::Intended { account, amount }.into(),
        payment::Confirmed {
            account,
            amount,
            entry,
        }
        .into(),
        payment::Failed {
            code: "card_declined".to_owned(),
        }
        .into(),
        payment::RefundAnnounced { total }.into(),
        payment::Refunded {
            account,
            total,
            amount: total.amount,
            entry,
        }
        .into(),
        payment::DisputeOpened {
            dispute: dispute(),
            amount,
        }
        .into(),
        payment::ChargedBack {
            dispute: dispute(),
            account,
            amount,
            entry,
        }
        .into(),
        payment::DisputeWon {
            dispute: dispute(),
            entry: Some(entry),
        }
        .into(),
        payment::DisputeLost { dispute: dispute() }.into(),
    ]
}

fn of_payouts() -> Vec<payout::Event> {
    let amount: Money = usd("100.00");
    let repaid = usd("1.50").amount;
    let back = || Entry::payout_return(entry(), channel(), amount, repaid).reversing(earlier());
    let reference = || "po_1".to_owned();
    let settled = Entry::payout_settled(entry(), channel(), "bank", amount);
    vec![
        payout::Requested {
            channel: channel(),
            amount,
            by: account(),
            entry: Entry::payout_request(entry(), channel(), amount),
        }
        .into(),
        payout::Approved {
            by: Some(account()),
            personal: reason(),
        }
        .into(),
        payout::HandedOver {
            provider: "bank".to_owned(),
        }
        .into(),
        payout::Sent {
            provider: "bank".to_owned(),
            reference: reference(),
        }
        .into(),
        payout::Settled {
            entry: settled
                .known_as(reference())
                .effective("2027-01-14".parse().unwrap()),
        }
        .into(),
        payout::Failed {
            entry: back().known_as(reference()),
            personal: reason(),
        }
        .into(),
        payout::Cancelled {
            by: Some(account()),
            entry: back(),
            personal: reason(),
        }
        .into(),
    ]
}

fn scheduled() -> fees::Scheduled {
    fees::Scheduled {
        schedule: FeeSchedule::new("2027".to_owned(), Decimal::new(7, 2)).unwrap(),
        from: at(60),
        by: Some(account()),
        personal: reason(),
    }
}

fn closed() -> books::Closed {
    books::Closed {
        through: "2026-12-31".parse().unwrap(),
        seal: Seal {
            position: Position::new(41).unwrap(),
            hash: "0a".repeat(32),
            trial_balance: "0b".repeat(32),
            signature: "0c".repeat(64),
        },
        by: Some(account()),
        personal: reason(),
    }
}
