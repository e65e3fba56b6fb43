//! `scheduleStream`, `startStream`, `updateStream`, `endStream`, `cancelStream`.

use super::{Call, at, payload, settle};
use crate::schema::{DateTime, GlobalId, Position, Stream, StreamKind, Visibility};
use crate::{Fault, Refusal};
use async_graphql::MaybeUndefined::{self, Undefined};
use async_graphql::{Context, ID, InputObject, Object};
use tributary_domain::command::streams::Command;
use tributary_domain::stream::{self, EndReason, Metadata};
use tributary_domain::{HistoryId, State, StreamId};
use tributary_store::Receipt;

macro_rules! stream_inputs {
    ($( $(#[$meta:meta])* $input:ident { $( $(#[$fmeta:meta])* $field:ident: $ty:ty ),* $(,)? }
        described: $described:tt; )*) => { $(
        stream_inputs!(@$described [$(#[$meta])* $input] [$( $(#[$fmeta])* $field: $ty, )*]);
    )* };
    (@yes [$(#[$meta:meta])* $input:ident] [$($fields:tt)*]) => {
        stream_inputs!(@input [$(#[$meta])* $input] [
            $($fields)*
            /// At most 5,000 characters; null takes it away.
            description: MaybeUndefined<String>,
            /// What it is filed under, at most 50 characters; null takes it away.
            category: MaybeUndefined<String>,
            /// At most 10 of at most 50 characters.
            tags: Option<Vec<String>>,
            /// What kind of show.
            kind: Option<StreamKind>,
            /// Who can find it.
            visibility: Option<Visibility>,
            /// The quality that is announced, such as `1080p60`, at most 50 characters; null takes
            /// it away.
            quality: MaybeUndefined<String>,
        ]);
    };
    (@no [$(#[$meta:meta])* $input:ident] [$($fields:tt)*]) => {
        stream_inputs!(@input [$(#[$meta])* $input] [$($fields)*]);
    };
    (@input [$(#[$meta:meta])* $input:ident] [$( $(#[$fmeta:meta])* $field:ident: $ty:ty, )*]) => {
        $(#[$meta])*
        #[derive(InputObject)]
        pub(crate) struct $input {
            $( $(#[$fmeta])* $field: $ty, )*
            /// Makes it safe to send again: at most 64 characters of the client's own.
            client_mutation_id: Option<String>,
        }
    };
}

stream_inputs!(
    /// A stream to announce.
    ScheduleStreamInput {
        /// 1 to 140 characters.
        title: String,
        /// When it is to begin: from now up to one year ahead.
        scheduled_for: DateTime,
    }
    described: yes;

    /// A stream to begin.
    StartStreamInput {
        /// A scheduled stream's global id; leave it out to begin a new one.
        stream_id: Option<ID>,
        /// 1 to 140 characters; needed for a new one.
        title: Option<String>,
    }
    described: yes;

    /// What to change about a stream. What is left out stays as it is.
    UpdateStreamInput {
        /// The stream's global id.
        stream_id: ID,
        /// 1 to 140 characters.
        title: Option<String>,
    }
    described: yes;

    /// A stream to end.
    EndStreamInput {
        /// The stream's global id.
        stream_id: ID,
    }
    described: no;

    /// A stream to call off.
    CancelStreamInput {
        /// The stream's global id.
        stream_id: ID,
    }
    described: no;
);

macro_rules! stream_payloads {
    ($( $(#[$meta:meta])* $name:ident; )*) => { $(
        payload!(
            $(#[$meta])*
            $name {
                /// The stream.
                stream: Stream,
            }
        );

        impl From<(Option<Stream>, Option<Position>)> for $name {
            fn from((stream, position): (Option<Stream>, Option<Position>)) -> Self {
                Self { stream, errors: vec![], position }
            }
        }
    )* };
}

stream_payloads!(
    /// A stream that is announced.
    ScheduleStreamPayload;
    /// A stream that waits for media.
    StartStreamPayload;
    /// A stream as it is now described.
    UpdateStreamPayload;
    /// A stream that is over.
    EndStreamPayload;
    /// A stream that was called off.
    CancelStreamPayload;
);

#[derive(Default)]
pub(crate) struct StreamMutation;

#[Object]
impl StreamMutation {
    /// Announces a stream on the own channel.
    async fn schedule_stream(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What and when.")] input: ScheduleStreamInput,
    ) -> Result<Option<ScheduleStreamPayload>, Fault> {
        settle(schedule(ctx, input).await.map(Into::into))
    }

    /// Begins a stream on the own channel. It goes live when its publisher sends media.
    async fn start_stream(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, or what it is about.")] input: StartStreamInput,
    ) -> Result<Option<StartStreamPayload>, Fault> {
        settle(start(ctx, input).await.map(Into::into))
    }

    /// Changes what a stream is about. The channel's owner and admins can.
    async fn update_stream(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which and what.")] input: UpdateStreamInput,
    ) -> Result<Option<UpdateStreamPayload>, Fault> {
        settle(update(ctx, input).await.map(Into::into))
    }

    /// Ends a stream. The channel's owner and admins can.
    async fn end_stream(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: EndStreamInput,
    ) -> Result<Option<EndStreamPayload>, Fault> {
        let end = |stream| Command::End {
            stream,
            reason: EndReason::Asked,
        };
        settle(of_stream(ctx, &input.stream_id, end).await.map(Into::into))
    }

    /// Calls off a stream that has not gone live. The channel's owner and admins can.
    async fn cancel_stream(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: CancelStreamInput,
    ) -> Result<Option<CancelStreamPayload>, Fault> {
        let cancel = |stream| Command::Cancel { stream };
        settle(
            of_stream(ctx, &input.stream_id, cancel)
                .await
                .map(Into::into),
        )
    }
}

type Done = (Option<Stream>, Option<Position>);

/// What an input says about a stream; the rest stays as it is.
struct Changes {
    title: Option<String>,
    description: MaybeUndefined<String>,
    category: MaybeUndefined<String>,
    tags: Option<Vec<String>>,
    kind: Option<StreamKind>,
    visibility: Option<Visibility>,
    quality: MaybeUndefined<String>,
}

macro_rules! changes {
    ($input:ident, $title:expr) => {
        Changes {
            title: $title,
            description: $input.description,
            category: $input.category,
            tags: $input.tags,
            kind: $input.kind,
            visibility: $input.visibility,
            quality: $input.quality,
        }
    };
}

impl Changes {
    fn is_empty(&self) -> bool {
        let Self {
            title,
            description,
            category,
            tags,
            kind,
            visibility,
            quality,
        } = self;
        title.is_none()
            && tags.is_none()
            && kind.is_none()
            && visibility.is_none()
            && [description, category, quality]
                .iter()
                .all(|text| **text == Undefined)
    }
}

impl From<Changes> for stream::Changes {
    fn from(changes: Changes) -> Self {
        Self {
            title: changes.title,
            description: changes.description.into(),
            category: changes.category.into(),
            tags: changes.tags,
            kind: changes.kind.map(Into::into),
            visibility: changes.visibility.map(Into::into),
            quality: changes.quality.into(),
        }
    }
}

impl Changes {
    fn applied_to(self, metadata: Metadata) -> Metadata {
        stream::Changes::from(self).applied_to(metadata)
    }
}

async fn schedule(ctx: &Context<'_>, input: ScheduleStreamInput) -> Result<Done, Refusal> {
    let (call, account) = Call::signed_in(ctx)?;
    let env = call.shared.log.environment();
    let stream = StreamId(env.uuid());
    let scheduled_for = input.scheduled_for.0;
    let changes = changes!(input, Some(input.title));
    let command = Command::Schedule {
        stream,
        channel: account.into(),
        metadata: changes.applied_to(Metadata::default()).checked()?,
        scheduled_for,
        salt: env.salt(),
    };
    carry_out(&call, stream, command).await
}

async fn start(ctx: &Context<'_>, input: StartStreamInput) -> Result<Done, Refusal> {
    let (call, account) = Call::signed_in(ctx)?;
    let env = call.shared.log.environment();
    let scheduled = input
        .stream_id
        .as_ref()
        .map(|id| GlobalId::stream("streamId", id))
        .transpose()?;
    let changes = changes!(input, input.title);
    let (stream, metadata) = match scheduled {
        Some(stream) if changes.is_empty() => (stream, None),
        // Only the server makes ids: one that is not there is refused, as without a description.
        Some(stream) => match described(&call, stream).await? {
            (metadata, true) => (stream, Some(changes.applied_to(metadata).checked()?)),
            (_, false) => (stream, None),
        },
        None => {
            let metadata = changes.applied_to(Metadata::default()).checked()?;
            (StreamId(env.uuid()), Some(metadata))
        }
    };
    let command = Command::Start {
        stream,
        channel: account.into(),
        metadata,
        salt: env.salt(),
    };
    carry_out(&call, stream, command).await
}

async fn update(ctx: &Context<'_>, input: UpdateStreamInput) -> Result<Done, Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let stream = GlobalId::stream("streamId", &input.stream_id)?;
    let changes = changes!(input, input.title).into();
    let salt = call.shared.log.environment().salt();
    carry_out(
        &call,
        stream,
        Command::Update {
            stream,
            changes,
            salt,
        },
    )
    .await
}

async fn of_stream(
    ctx: &Context<'_>,
    id: &ID,
    command: impl FnOnce(StreamId) -> Command,
) -> Result<Done, Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let stream = GlobalId::stream("streamId", id)?;
    carry_out(&call, stream, command(stream)).await
}

/// What a stream is about, and whether there is such a stream.
async fn described(call: &Call<'_>, stream: StreamId) -> Result<(Metadata, bool), Refusal> {
    match call.shared.log.state(&HistoryId::Stream(stream)).await? {
        State::Stream(state) => Ok((state.metadata.clone(), state.identity.is_some())),
        _ => Err(Fault::defect("a stream's history folds to something else").into()),
    }
}

async fn carry_out(call: &Call<'_>, stream: StreamId, command: Command) -> Result<Done, Refusal> {
    let receipt = call
        .execute(tributary_domain::Command::Streams(command))
        .await?;
    let stream = recorded_stream(&receipt).unwrap_or(stream);
    let row = match call.shows(&receipt).await {
        true => call.shared.views.stream(stream).await?,
        false => None,
    };
    Ok((row.map(Stream::from), at(&receipt)))
}

/// The stream that a receipt is about: a repeated command made the one that the first one made.
fn recorded_stream(receipt: &Receipt) -> Option<StreamId> {
    receipt
        .events
        .iter()
        .find_map(|recorded| match recorded.history {
            HistoryId::Stream(stream) => Some(stream),
            _ => None,
        })
}
