//! Who may watch: everybody, or for a private stream its streamer and whoever has a ticket, whatever way
//! the video goes.

use crate::parts::Parts;
use tributary_domain::stream::Visibility;
use tributary_domain::{AccountId, ChannelId};
use tributary_graphql::{BadTicket, Ticket};
use tributary_media::hub::{Leave, PublicMark};
use tributary_projections::Stream;

/// Why somebody may not watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// They have no ticket.
    #[error("this stream is private: ask its streamer for an address with a ticket")]
    Private,
    /// Theirs lets nobody in.
    #[error(transparent)]
    BadTicket(#[from] BadTicket),
}

/// The stream that a broadcast is, if it is one; none at all while that cannot be known. It begins with its
/// key, and its first media with the broadcast: the read models may be a moment behind both, and only they
/// know who may watch.
pub async fn current_stream(parts: &Parts, channel: ChannelId) -> Option<Option<Stream>> {
    let views = &parts.core.views;
    let read = async {
        if let Some(stream) = views.current_stream(channel).await? {
            return anyhow::Ok(Some(stream));
        }
        crate::recovery::caught_up(&parts.core, parts.core.log.head()).await?;
        Ok(views.current_stream(channel).await?)
    };
    let error = match read.await {
        Ok(stream) => return Some(stream),
        Err(error) => error,
    };
    tracing::error!("it could not be looked up who may watch: {error:#}");
    None
}

/// By what right somebody was let in.
#[derive(Debug, Clone, Copy)]
pub struct Admitted {
    /// Their ticket, if they have a good one.
    pub ticket: Option<Ticket>,
    /// Whether they would also be if the stream were private.
    is_own: bool,
}

impl Admitted {
    /// By what right they watch. `mark` was taken before it was asked which stream this is.
    pub const fn leave(self, mark: PublicMark) -> Leave {
        if self.is_own {
            Leave::Own
        } else {
            Leave::Public(mark)
        }
    }
}

/// Lets in whoever may watch.
///
/// # Errors
/// Why they may not.
pub fn admit(
    parts: &Parts,
    channel: ChannelId,
    stream: Option<&Stream>,
    ticket: Option<&str>,
    account: Option<AccountId>,
) -> Result<Admitted, NotAdmitted> {
    let now = parts.core.env().now();
    let keyring = &parts.core.keyring;
    let ticket = ticket.map(|text| Ticket::read(text, channel, keyring, now));
    let is_private = stream.is_some_and(|stream| stream.labels.visibility == Visibility::Private);
    let admitted = |ticket, is_own| Ok(Admitted { ticket, is_own });
    match ticket {
        Some(Ok(ticket)) => admitted(Some(ticket), true),
        _ if account == Some(channel.owner()) => admitted(None, true),
        _ if !is_private => admitted(None, false),
        Some(Err(bad)) => Err(bad.into()),
        None => Err(NotAdmitted::Private),
    }
}
