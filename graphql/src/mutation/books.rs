//! `closeBooks`.

use super::{Call, payload, settle};
use crate::messages::Sentence;
use crate::schema::{BooksClose, Position};
use crate::{Fault, service};
use async_graphql::{Context, InputObject, Object};
use tributary_domain::account::Role;
use tributary_domain::ledger::Period;
use tributary_domain::{HistoryId, Rejection, State, finance};

/// Which month to close, and why.
#[derive(InputObject)]
pub(crate) struct CloseBooksInput {
    /// The month, such as `2026-10`. It must be over (UTC); everything before it is closed, too.
    period: String,
    /// Why, at most 500 characters.
    reason: String,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// A month that was closed.
    CloseBooksPayload {
        /// The close, with its seal.
        close: BooksClose,
        /// The seal as a line, signed with the installation's key: keep it where whoever owns the database
        /// cannot change it.
        seal: String,
    }
);

#[derive(Default)]
pub(crate) struct BooksMutation;

#[Object]
impl BooksMutation {
    /// Closes a month: the whole log is added up, what comes out is sealed, and from then on nothing can be dated
    /// into the month or before it. It cannot be undone. Finance only.
    async fn close_books(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: CloseBooksInput,
    ) -> Result<Option<CloseBooksPayload>, Fault> {
        let done = async {
            let (call, account) = Call::for_money(ctx)?;
            // Nobody else has the log added up.
            let who = call.shared.log.state(&HistoryId::Account(account)).await;
            match who.map_err(Fault::from)? {
                State::Account(who) if who.roles.contains(&Role::Finance) => {}
                _ => return Err(Rejection::from(finance::Rejection::NotFinance).into()),
            }
            let reason = call.why(Some(input.reason))?;
            if reason
                .text
                .as_deref()
                .is_none_or(|text| text.trim().is_empty())
            {
                return Err(Rejection::from(finance::Rejection::ReasonMissing).into());
            }
            let period: Period = input
                .period
                .parse()
                .map_err(|_| Fault::BadInput(Sentence::NotAMonth))?;
            let (log, sealer) = (&call.shared.log, &*call.shared.sealer);
            let through = period.last_day();
            let closed = service::close_books(log, sealer, call.asker(), through, reason).await?;
            let position = Position(closed.recorded.position);
            Ok(CloseBooksPayload {
                close: BooksClose::of(&closed.recorded),
                seal: Some(closed.line),
                errors: vec![],
                position: Some(position),
            })
        };
        settle(done.await)
    }
}
