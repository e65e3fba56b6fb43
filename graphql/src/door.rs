//! Who may stay: sockets end with the session that opened them, and with the person.
//!
//! An access token is good for a quarter of an hour whatever happens, so a session that was closed is
//! remembered here for as long: its token opens no other socket. What was closed shortly before this server
//! started is read from the log; a socket that was quicker is closed then.

use crate::Fault;
use crate::auth::Identity;
use crate::fanout::Outbox;
use crate::messages::Sentence;
use crate::past::Past;
use crate::websocket::Closing;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tributary_domain::{AccountId, Event, HistoryId, Recorded, SessionId, Timestamp, account};
use tributary_store::reader::Selection;

/// How many sessions that were closed are remembered. Whoever logs out so often within a quarter of an
/// hour pushes out the oldest.
const CLOSED_MAX: usize = 65_536;

/// Connections of people who have signed in.
#[derive(Default)]
pub(crate) struct Door(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    connections: HashMap<AccountId, Vec<(SessionId, Weak<Outbox>)>>,
    closed: VecDeque<SessionId>,
    /// Who was suspended while tokens from before may still be good.
    suspended: VecDeque<AccountId>,
}

impl Door {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a connection in for as long as its session lasts; false if that is over.
    pub(crate) fn enter(
        self: &Arc<Self>,
        identity: Identity,
        outbox: &Arc<Outbox>,
    ) -> Option<Pass> {
        let mut inside = self.inside();
        if inside.closed.contains(&identity.session) || inside.suspended.contains(&identity.account)
        {
            return None;
        }
        let here = inside.connections.entry(identity.account).or_default();
        here.push((identity.session, Arc::downgrade(outbox)));
        drop(inside);
        Some(Pass {
            door: Arc::clone(self),
            account: identity.account,
            outbox: Arc::downgrade(outbox),
        })
    }

    /// Refuses the token of an account that is suspended: no other is made for it.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`.
    pub(crate) fn check(&self, identity: Identity) -> Result<Identity, Fault> {
        if self.inside().suspended.contains(&identity.account) {
            return Err(Fault::Unauthenticated(Sentence::AccountSuspended));
        }
        Ok(identity)
    }

    /// Takes in what happened since a moment, before this server was there to see it.
    pub(crate) async fn recall(&self, past: &Past, since: Timestamp) -> Result<(), Fault> {
        let selection = Selection {
            after: past.reader.last_before(since).await?,
            types: [
                "account.session_closed",
                "account.suspended",
                "account.reinstated",
            ]
            .map(str::to_owned)
            .into(),
            ..Selection::default()
        };
        let mut scan = past.reader.scan(selection).await?;
        while let Some(part) = scan.next().await? {
            for row in part.page.iter() {
                self.attend(&row.decode()?);
            }
        }
        Ok(())
    }

    /// Takes in what happened.
    pub(crate) fn attend(&self, recorded: &Recorded) {
        let (HistoryId::Account(account), Event::Account(event)) =
            (&recorded.history, &recorded.event)
        else {
            return;
        };
        match event {
            account::Event::SessionClosed(closed) => {
                let mut inside = self.inside();
                if inside.closed.len() >= CLOSED_MAX {
                    inside.closed.pop_front();
                }
                inside.closed.push_back(closed.session);
                inside.show_out(*account, "the session was closed", |session| {
                    session == closed.session
                });
            }
            account::Event::Suspended(_) => {
                let mut inside = self.inside();
                if inside.suspended.len() >= CLOSED_MAX {
                    inside.suspended.pop_front();
                }
                inside.suspended.push_back(*account);
                inside.show_out(*account, "the account was suspended", |_| true);
            }
            account::Event::Reinstated(_) => {
                self.inside().suspended.retain(|here| here != account);
            }
            account::Event::Erased(_) => {
                self.inside()
                    .show_out(*account, "the account was erased", |_| true);
            }
            _ => {}
        }
    }
}

impl Inside {
    fn show_out(&self, account: AccountId, reason: &str, is_meant: impl Fn(SessionId) -> bool) {
        for (session, outbox) in self.connections.get(&account).into_iter().flatten() {
            if let Some(outbox) = outbox.upgrade().filter(|_| is_meant(*session)) {
                outbox.close(Closing::forbidden(reason));
            }
        }
    }
}

/// A connection's right to stay, given back when it is dropped.
pub(crate) struct Pass {
    door: Arc<Door>,
    account: AccountId,
    outbox: Weak<Outbox>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inside = self.door.inside();
        if let Some(here) = inside.connections.get_mut(&self.account) {
            here.retain(|(_, outbox)| !outbox.ptr_eq(&self.outbox));
            if here.is_empty() {
                inside.connections.remove(&self.account);
            }
        }
    }
}
