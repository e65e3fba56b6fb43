//! Commands about accounts: register, roles, signed-in sessions.

use super::{Actor, is_staff, own_account, signed_in};
use crate::account::{self, Account, Person, Rejection, Role, RoleGranted};
use crate::channel::Reason;
use crate::claim;
use crate::decision::{Credential, Reader};
use crate::{AccountId, Decision, HistoryId, Salt, SessionId, Timestamp, Undecided};

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Make an account. On the console, the first one becomes the admin.
    Register {
        /// Its id.
        account: AccountId,
        /// Who.
        person: Person,
        /// The normalised name's keyed hash, which makes it unique.
        name_hash: String,
        /// The address's keyed hash, which makes it unique.
        email_hash: String,
        /// The password's argon2id hash, as a PHC string.
        password_hash: String,
        /// For the personal part.
        salt: Salt,
    },
    /// Give a role. Admins and the console only.
    GrantRole {
        /// To whom.
        account: AccountId,
        /// Which.
        role: Role,
    },
    /// Take a role away. Admins and the console only.
    RevokeRole {
        /// From whom.
        account: AccountId,
        /// Which.
        role: Role,
    },
    /// Keep somebody from the whole platform. Admins and the console only.
    Suspend {
        /// Whom.
        account: AccountId,
        /// Why.
        reason: Reason,
    },
    /// Let them act again. Admins and the console only.
    Reinstate {
        /// Whom.
        account: AccountId,
        /// Why.
        reason: Reason,
    },
    /// Sign in: the password was checked.
    OpenSession {
        /// Who.
        account: AccountId,
        /// The new family of refresh tokens.
        session: SessionId,
        /// When its first refresh token ends.
        expires_at: Timestamp,
    },
    /// Exchange a refresh token: its seal was checked.
    RefreshSession {
        /// Who.
        account: AccountId,
        /// The family.
        session: SessionId,
        /// The generation of the token that is presented.
        generation: u32,
        /// When the next token ends.
        expires_at: Timestamp,
    },
    /// Sign out.
    CloseSession {
        /// Who.
        account: AccountId,
        /// The family.
        session: SessionId,
    },
    /// Have another password: the current one was checked. For the own account only.
    ChangePassword {
        /// The session that goes on; all others end.
        kept: SessionId,
        /// How often the password had been changed when the current one was checked.
        changes: u32,
        /// The new one's argon2id hash, as a PHC string.
        password_hash: String,
    },
    /// Forget a person. Admins and the console only.
    Erase {
        /// Whom.
        account: AccountId,
        /// The keyed hash of the name, which others may take then; `None` if it is not known any more.
        name_hash: Option<String>,
        /// The keyed hash of the address, which others may take then.
        email_hash: Option<String>,
    },
    /// State that a person's personal parts are gone from the log. Tributary itself only.
    CompleteErasure {
        /// Whose.
        account: AccountId,
        /// How many events had one.
        events: u64,
    },
}

impl Command {
    pub(super) fn names(&self, actor: Actor) -> Vec<HistoryId> {
        match self {
            Self::Register {
                account,
                name_hash,
                email_hash,
                ..
            } => {
                let mut names = vec![
                    HistoryId::Account(*account),
                    HistoryId::NameClaim(name_hash.clone()),
                    HistoryId::EmailClaim(email_hash.clone()),
                ];
                if actor == Actor::Console {
                    names.push(HistoryId::Installation);
                }
                names
            }
            Self::GrantRole { account, .. } | Self::RevokeRole { account, .. } => {
                own_account(actor)
                    .into_iter()
                    .chain([HistoryId::Account(*account)])
                    .collect()
            }
            Self::Suspend { account, .. } => vec![
                HistoryId::Account(*account),
                HistoryId::Channel((*account).into()),
            ],
            Self::Reinstate { account, .. }
            | Self::OpenSession { account, .. }
            | Self::RefreshSession { account, .. }
            | Self::CloseSession { account, .. }
            | Self::CompleteErasure { account, .. } => vec![HistoryId::Account(*account)],
            Self::ChangePassword { .. } => own_account(actor).into_iter().collect(),
            Self::Erase {
                account,
                name_hash,
                email_hash,
            } => {
                let mut names = vec![
                    HistoryId::Account(*account),
                    HistoryId::Channel((*account).into()),
                ];
                names.extend(name_hash.clone().map(HistoryId::NameClaim));
                names.extend(email_hash.clone().map(HistoryId::EmailClaim));
                names
            }
        }
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        match self {
            Self::Register {
                account,
                person,
                name_hash,
                email_hash,
                password_hash,
                salt,
            } => {
                let registration = Registration {
                    account: *account,
                    person,
                    claims: [name_hash, email_hash],
                    password_hash,
                    salt: *salt,
                };
                registration.decide(actor, read)
            }
            Self::GrantRole { account, role } => {
                admins_only(actor, read)?;
                of_account(*account, account::Command::GrantRole(*role), read)
            }
            Self::RevokeRole { account, role } => {
                admins_only(actor, read)?;
                if *role == Role::Admin && actor.account() == Some(*account) {
                    return Err(Rejection::OwnAdminRole.into());
                }
                of_account(*account, account::Command::RevokeRole(*role), read)
            }
            Self::Suspend { account, reason } => {
                admins_only(actor, read)?;
                super::suspension::begin(*account, reason.clone(), actor, at, read)
            }
            Self::Reinstate { account, reason } => {
                admins_only(actor, read)?;
                super::suspension::end(*account, reason, read)
            }
            Self::OpenSession {
                account,
                session,
                expires_at,
            } => {
                let command = account::Command::OpenSession {
                    session: *session,
                    at,
                    expires_at: *expires_at,
                };
                of_account(*account, command, read)
            }
            Self::RefreshSession {
                account,
                session,
                generation,
                expires_at,
            } => {
                let command = account::Command::RefreshSession {
                    session: *session,
                    generation: *generation,
                    at,
                    expires_at: *expires_at,
                };
                of_account(*account, command, read)
            }
            Self::CloseSession { account, session } => {
                of_account(*account, account::Command::CloseSession(*session), read)
            }
            Self::ChangePassword {
                kept,
                changes,
                password_hash,
            } => {
                let account = signed_in(actor)?;
                let command = account::Command::ChangePassword {
                    kept: *kept,
                    changes: *changes,
                    at,
                };
                let mut decision = of_account(account, command, read)?;
                decision.credentials.push(password(account, password_hash));
                Ok(decision)
            }
            Self::Erase {
                account,
                name_hash,
                email_hash,
            } => {
                admins_only(actor, read)?;
                let claims = [name_hash.as_deref(), email_hash.as_deref()];
                super::erasure::begin(*account, claims, at, read)
            }
            Self::CompleteErasure { account, events } => {
                if !matches!(actor, Actor::Console | Actor::System(_)) {
                    return Err(Rejection::NotAnAdmin.into());
                }
                let events = *events;
                of_account(*account, account::Command::CompleteErasure { events }, read)
            }
        }
    }
}

fn admins_only(actor: Actor, read: &mut Reader<'_>) -> Result<(), Undecided> {
    if is_staff(actor, read)? {
        Ok(())
    } else {
        Err(Rejection::NotAnAdmin.into())
    }
}

fn of_account(
    id: AccountId,
    command: account::Command,
    read: &mut Reader<'_>,
) -> Result<Decision, Undecided> {
    let mut decision = Decision::default();
    let events = read.account(id, |account: &Account| account.decide(command))??;
    decision.record(&HistoryId::Account(id), None, events);
    Ok(decision)
}

fn password(account: AccountId, hash: &str) -> Credential {
    Credential {
        kind: Credential::PASSWORD,
        subject: account.to_string(),
        lookup: None,
        secret: hash.as_bytes().to_vec(),
    }
}

/// [`Command::Register`], taken apart.
struct Registration<'a> {
    account: AccountId,
    person: &'a Person,
    /// The keyed hashes of the name and of the address.
    claims: [&'a str; 2],
    password_hash: &'a str,
    salt: Salt,
}

impl Registration<'_> {
    fn decide(self, actor: Actor, read: &mut Reader<'_>) -> Result<Decision, Undecided> {
        let mut decision = Decision::default();
        let Self { account, salt, .. } = self;
        let [name, email] = self.claims;
        let take_name = claim::Command::TakeName(account);
        let name_taken = read.name_claim(name, |claim| claim.decide(take_name))??;
        let take_email = claim::Command::TakeEmail(account);
        let email_taken = read.email_claim(email, |claim| claim.decide(take_email))??;
        let command = account::Command::Register {
            account,
            person: self.person.clone(),
            salt,
        };
        let registered = read.account(account, |state| state.decide(command))??;

        let history = HistoryId::Account(account);
        decision.record(&history, None, registered);
        decision.record(&HistoryId::NameClaim(name.to_owned()), None, name_taken);
        decision.record(&HistoryId::EmailClaim(email.to_owned()), None, email_taken);
        if actor == Actor::Console
            && let Some(founded) = read.installation(|installation| installation.found(account))?
        {
            decision.record(&HistoryId::Installation, None, [founded]);
            let admin = account::Event::from(RoleGranted { role: Role::Admin });
            decision.record(&history, None, [admin]);
        }
        let password = password(account, self.password_hash);
        decision.credentials.push(password);
        Ok(decision)
    }
}
