//! Accounts and the channels that they opened.

use crate::changed::Changed;
use crate::db::Type::{Text, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, micros, values};
use crate::fold::{FoldError, Projection, account_of, channel_of, is_erasure};
use crate::record::Record;
use crate::word::Word;
use crate::working::{Rows, Working};
use tributary_domain::account::{self, Role};
use tributary_domain::{AccountId, ChannelId, Event, HistoryId, Recorded, Timestamp, channel};

/// A person's identity.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The name as its owner writes it; `None` once the person was erased.
    pub name: Option<String>,
    /// The form in which names are compared and looked up.
    pub(crate) normalised_name: Option<String>,
    /// The address as its owner writes it; `None` once the person was erased. Only the account
    /// itself and admins may see it.
    pub email: Option<String>,
    /// Platform roles, in the order of the enum.
    pub roles: Vec<Role>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Since when an admin keeps it from the platform.
    pub suspended_at: Option<Timestamp>,
    /// When the person was forgotten.
    pub erased_at: Option<Timestamp>,
    /// When nothing personal of theirs was left in the log any more.
    pub erasure_completed_at: Option<Timestamp>,
}

/// A channel, without its owner's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChannelRow {
    pub(crate) id: ChannelId,
    pub(crate) opened_at: Timestamp,
}

impl std::fmt::Debug for Account {
    /// Shows neither name nor address: debug output ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("roles", &self.roles)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

impl Record for Account {
    type Key = AccountId;
    const TABLE: Table = Table {
        name: "accounts",
        columns: &[
            ("id", Uuid),
            ("name", Text),
            ("normalised_name", Text),
            ("email", Text),
            ("roles", Text),
            ("created_at", Time),
            ("suspended_at", Time),
            ("erased_at", Time),
            ("erasure_completed_at", Time),
        ],
        key: 1,
    };

    fn key(&self) -> AccountId {
        self.id
    }
    fn key_values(key: &AccountId) -> Vec<Value> {
        values![*key]
    }
    fn values(&self) -> Vec<Value> {
        let roles: Vec<_> = self.roles.iter().map(|role| role.word()).collect();
        values![
            self.id,
            self.name.clone(),
            self.normalised_name.clone(),
            self.email.clone(),
            roles.join(" "),
            self.created_at,
            self.suspended_at,
            self.erased_at,
            self.erasure_completed_at,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: columns.id(AccountId)?,
            name: columns.take()?,
            normalised_name: columns.take()?,
            email: columns.take()?,
            roles: columns
                .parsed(|text| text.split_ascii_whitespace().map(Role::from_word).collect())?,
            created_at: columns.take()?,
            suspended_at: columns.take()?,
            erased_at: columns.take()?,
            erasure_completed_at: columns.take()?,
        })
    }
}

impl Record for ChannelRow {
    type Key = ChannelId;
    const TABLE: Table = Table {
        name: "channels",
        columns: &[("id", Uuid), ("opened_at", Time)],
        key: 1,
    };

    fn key(&self) -> ChannelId {
        self.id
    }
    fn key_values(key: &ChannelId) -> Vec<Value> {
        values![*key]
    }
    fn values(&self) -> Vec<Value> {
        values![self.id, self.opened_at]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: columns.id(ChannelId)?,
            opened_at: columns.take()?,
        })
    }
}

/// Folds accounts and channels.
#[derive(Default)]
pub(crate) struct Accounts {
    pub(crate) accounts: Working<Account>,
    channels: Working<ChannelRow>,
}

impl Projection for Accounts {
    fn name(&self) -> &'static str {
        "accounts"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        match (&recorded.event, &recorded.history) {
            (
                Event::Account(
                    account::Event::RoleGranted(_)
                    | account::Event::RoleRevoked(_)
                    | account::Event::Suspended(_)
                    | account::Event::Reinstated(_)
                    | account::Event::Erased(_)
                    | account::Event::ErasureCompleted(_),
                ),
                HistoryId::Account(account),
            ) => {
                self.accounts.want(*account);
                true
            }
            (event, _) => matches!(
                event,
                Event::Account(account::Event::Registered(_))
                    | Event::Channel(channel::Event::Opened(_))
            ),
        }
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        match &recorded.event {
            Event::Account(account::Event::Registered(event)) => {
                let person = event.personal.get();
                self.accounts.put(Account {
                    id: event.account,
                    name: person.map(|person| person.name.to_string()),
                    normalised_name: person.map(|person| person.name.normalised()),
                    email: person.map(|person| person.email.as_str().to_owned()),
                    roles: vec![],
                    created_at: micros(recorded.recorded_at),
                    suspended_at: None,
                    erased_at: None,
                    erasure_completed_at: None,
                });
            }
            Event::Account(account::Event::Suspended(_)) => {
                let account = self.accounts.edit(&account_of(recorded)?)?;
                account.suspended_at = Some(micros(recorded.recorded_at));
            }
            Event::Account(account::Event::Reinstated(_)) => {
                self.accounts.edit(&account_of(recorded)?)?.suspended_at = None;
            }
            Event::Account(account::Event::Erased(_)) => {
                let account = self.accounts.edit(&account_of(recorded)?)?;
                account.name = None;
                account.normalised_name = None;
                account.email = None;
                account.roles.clear();
                account.erased_at = Some(micros(recorded.recorded_at));
            }
            Event::Account(account::Event::ErasureCompleted(_)) => {
                let account = self.accounts.edit(&account_of(recorded)?)?;
                account.erasure_completed_at = Some(micros(recorded.recorded_at));
            }
            Event::Account(account::Event::RoleGranted(event)) => {
                let roles = &mut self.accounts.edit(&account_of(recorded)?)?.roles;
                roles.push(event.role);
                roles.sort_unstable();
                roles.dedup();
            }
            Event::Account(account::Event::RoleRevoked(event)) => {
                let roles = &mut self.accounts.edit(&account_of(recorded)?)?.roles;
                roles.retain(|role| *role != event.role);
            }
            Event::Channel(channel::Event::Opened(_)) => {
                let id = channel_of(recorded)?;
                self.channels.put(ChannelRow {
                    id,
                    opened_at: micros(recorded.recorded_at),
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn announce(&self, recorded: &Recorded, changed: &mut Changed) {
        if let (Event::Channel(channel::Event::Opened(_)), Some(channel)) =
            (&recorded.event, recorded.channel)
        {
            changed.channels.push(channel);
        }
        // A name goes from wherever it is shown.
        changed.anything |= is_erasure(recorded);
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.accounts, &mut self.channels]
    }
}
