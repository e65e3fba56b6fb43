//! Accounts: who registers, signs in, is given a role.

use super::{NAMES, Workload};
use crate::cast::remember;
use crate::database::NUL;
use chrono::TimeDelta;
use tributary_domain::account::{Person, Role};
use tributary_domain::command::{Actor, Command, accounts};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{AccountId, SessionId, Timestamp};

impl Workload<'_> {
    pub(super) fn registration(&self, account: AccountId, name: &str, number: usize) -> Command {
        let address = format!("{name}{number}@example.com");
        let checked = |text: &str| {
            let name = AccountName::new(text).expect("a plain name is allowed");
            let email = EmailAddress::new(&address).expect("a plain address is allowed");
            Person { name, email }
        };
        Command::Accounts(accounts::Command::Register {
            account,
            person: checked(name),
            name_hash: format!("hash of {name}"),
            email_hash: format!("hash of {address}"),
            password_hash: "$argon2id$".to_owned(),
            salt: self.dice.salt(),
        })
    }

    pub(super) fn register(&self) -> (Actor, Command) {
        let account = AccountId(self.dice.uuid());
        let name = *self.dice.pick(&NAMES);
        let number = usize::try_from(self.dice.below(9)).unwrap_or(0);
        let mut command = self.registration(account, name, number);
        if let Command::Accounts(accounts::Command::Register { email_hash, .. }) = &mut command
            && self.dice.chance(100)
        {
            email_hash.push(NUL);
        }
        (Actor::Anonymous, command)
    }

    pub(super) fn sign_in(&self, at: Timestamp) -> (Actor, Command) {
        let expires_at = at + TimeDelta::hours(3);
        let known = self.dice.any(&self.cast.known().sessions);
        let (account, command) = match known {
            Some((account, session)) if self.dice.chance(700) => {
                let generation = u32::try_from(self.dice.below(4)).unwrap_or(0);
                let command = if self.dice.chance(200) {
                    accounts::Command::CloseSession { account, session }
                } else {
                    accounts::Command::RefreshSession {
                        account,
                        session,
                        generation,
                        expires_at,
                    }
                };
                (account, command)
            }
            _ => {
                let (account, session) = (self.person(), SessionId(self.dice.uuid()));
                remember(&mut self.cast.known().sessions, (account, session));
                let command = accounts::Command::OpenSession {
                    account,
                    session,
                    expires_at,
                };
                (account, command)
            }
        };
        (Actor::Account(account), Command::Accounts(command))
    }

    /// To be forgotten, with the name and the address that were theirs from the beginning.
    pub(super) fn erasure(&self) -> (Actor, Command) {
        let index = usize::try_from(self.dice.below(self.cast.people.len() as u64)).unwrap_or(0);
        let name = NAMES[index % NAMES.len()];
        let erase = accounts::Command::Erase {
            account: self.cast.people[index],
            name_hash: Some(format!("hash of {name}")),
            email_hash: Some(format!("hash of {name}{index}@example.com")),
        };
        (Actor::Console, Command::Accounts(erase))
    }

    pub(super) fn role(&self) -> (Actor, Command) {
        let (account, role) = (self.person(), Role::Admin);
        let command = if self.dice.chance(500) {
            accounts::Command::GrantRole { account, role }
        } else {
            accounts::Command::RevokeRole { account, role }
        };
        let actor = *self
            .dice
            .pick(&[Actor::Console, Actor::Account(self.person())]);
        (actor, Command::Accounts(command))
    }
}
