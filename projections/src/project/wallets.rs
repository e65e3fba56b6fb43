//! Wallets and the tips that moved between them.

use crate::db::{Type, Value, micros};
use crate::fold::{FoldError, Projection, account_of, is_erasure};
use crate::project::wallet_rows::{Tip, Wallet};
use crate::working::{Rows, Working};
use rust_decimal::Decimal;
use tributary_domain::money::minor;
use tributary_domain::wallet::{Event as Happened, Tipped};
use tributary_domain::{AccountId, Currency, Event, HistoryId, Money, Recorded};

/// Folds wallets and tips.
#[derive(Default)]
pub(crate) struct Wallets {
    pub(crate) wallets: Working<Wallet>,
    tips: Working<Tip>,
}

impl Projection for Wallets {
    fn name(&self) -> &'static str {
        "wallets"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        let Event::Wallet(_) = &recorded.event else {
            return is_erasure(recorded);
        };
        if let HistoryId::Wallet(account, currency) = recorded.history {
            self.wallets.want((account, currency));
        }
        if let Event::Wallet(Happened::TipRefunded(refund)) = &recorded.event {
            self.tips.want(refund.tip);
        }
        true
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        // Amounts stay: the ledger is no person's.
        if is_erasure(recorded) {
            let nothing = Value::Null(Type::Text);
            let sets = [("sender_name", nothing.clone()), ("message", nothing)];
            self.tips.sweep("payer", account_of(recorded)?, sets);
        }
        let Event::Wallet(event) = &recorded.event else {
            return Ok(());
        };
        let HistoryId::Wallet(account, currency) = recorded.history else {
            return Err(FoldError::WrongHistory);
        };
        if let Happened::Tipped(event) = event {
            self.tips.put(tip(event, currency, recorded));
        }
        if let Happened::TipRefunded(event) = event {
            self.tips.edit(&event.tip)?.refunded_at = Some(micros(recorded.recorded_at));
        }
        self.change(account, currency, recorded, &Change::by(event))
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.wallets, &mut self.tips]
    }
}

impl Wallets {
    fn change(
        &mut self,
        account: AccountId,
        currency: Currency,
        recorded: &Recorded,
        change: &Change,
    ) -> Result<(), FoldError> {
        let nothing = Money::zero(currency);
        let wallet = self.wallets.edit_or(&(account, currency), || Wallet {
            account,
            balance: nothing,
            earnings: nothing,
            owed: nothing,
            held: nothing,
            updated_position: recorded.position,
        })?;
        let sum = |held: Money, change: Decimal| {
            let too_large = FoldError::TooLarge("a wallet");
            let minor = held
                .minor()
                .checked_add(minor(change, currency))
                .ok_or(too_large)?;
            if minor < 0 {
                return Err(FoldError::BelowZero(minor));
            }
            Ok(Money::from_minor(minor, currency))
        };
        wallet.balance = sum(wallet.balance, change.balance)?;
        wallet.earnings = sum(wallet.earnings, change.earnings)?;
        wallet.owed = sum(wallet.owed, change.owed)?;
        wallet.held = sum(wallet.held, change.held)?;
        wallet.updated_position = recorded.position;
        Ok(())
    }
}

/// What an event adds to a wallet.
#[derive(Default)]
struct Change {
    balance: Decimal,
    earnings: Decimal,
    owed: Decimal,
    held: Decimal,
}

impl Change {
    fn by(event: &Happened) -> Self {
        let nothing = Self::default();
        let balance = |balance| Self {
            balance,
            ..Self::default()
        };
        match event {
            Happened::ToppedUp(event) => balance(event.amount),
            Happened::Granted(event) => balance(event.amount),
            Happened::Tipped(event) => balance(-event.amount),
            Happened::TipRefunded(event) => balance(event.amount),
            Happened::PaymentReversed(event) => balance(-event.taken),
            Happened::PaymentRestored(event) => balance(event.given),
            Happened::Credited(event) => Self {
                earnings: event.amount - event.repaid,
                owed: -event.repaid,
                ..nothing
            },
            Happened::Debited(event) => Self {
                earnings: event.owed - event.amount,
                owed: event.owed,
                ..nothing
            },
            Happened::HoldPlaced(event) => Self {
                held: event.amount,
                ..nothing
            },
            Happened::HoldLifted(event) => Self {
                held: -event.amount,
                ..nothing
            },
        }
    }
}

fn tip(event: &Tipped, currency: Currency, recorded: &Recorded) -> Tip {
    let money = |amount| Money::from_minor(minor(amount, currency), currency);
    let personal = event.personal.get();
    Tip {
        position: recorded.position,
        entry: event.entry.id,
        channel: event.channel,
        stream: event.stream,
        payer: event.payer,
        sender_name: personal.map(|said| said.sender_name.clone()),
        amount: money(event.amount),
        fee: money(event.fee),
        net: money(event.net),
        message: personal.and_then(|said| said.message.clone()),
        sent_at: micros(recorded.recorded_at),
        refunded_at: None,
    }
}
