//! `startRecording`, `stopRecording`, `deleteRecording`.

use super::{Call, at, payload, settle};
use crate::schema::{GlobalId, Recording};
use crate::{Fault, Refusal};
use async_graphql::{Context, ID, InputObject, Object};
use tributary_domain::command::recordings::Command;
use tributary_domain::stream::{self, Removal};
use tributary_domain::{Event, RecordingId, StreamId};
use tributary_store::Receipt;

/// A stream to record.
#[derive(InputObject)]
pub(crate) struct StartRecordingInput {
    /// The stream's global id.
    stream_id: ID,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// A stream to record no more.
#[derive(InputObject)]
pub(crate) struct StopRecordingInput {
    /// The stream's global id.
    stream_id: ID,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// A recording to take away.
#[derive(InputObject)]
pub(crate) struct DeleteRecordingInput {
    /// The recording's global id.
    recording_id: ID,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// A stream that is being recorded.
    StartRecordingPayload {
        /// The recording.
        recording: Recording,
    }
);

payload!(
    /// A stream that is recorded no more.
    StopRecordingPayload {
        /// The recording, which is complete a moment later.
        recording: Recording,
    }
);

payload!(
    /// A recording that was taken away.
    DeleteRecordingPayload {
        /// Its global id.
        recording_id: ID,
    }
);

#[derive(Default)]
pub(crate) struct RecordingMutation;

#[Object]
impl RecordingMutation {
    /// Records a stream that is on air, from now on. The channel's owner and admins can.
    async fn start_recording(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: StartRecordingInput,
    ) -> Result<Option<StartRecordingPayload>, Fault> {
        settle(start(ctx, input).await)
    }

    /// Records a stream no more, also when its encoder comes back. The channel's owner and admins can.
    async fn stop_recording(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: StopRecordingInput,
    ) -> Result<Option<StopRecordingPayload>, Fault> {
        settle(stop(ctx, input).await)
    }

    /// Takes a recording away, and its files. The channel's owner and admins can.
    async fn delete_recording(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeleteRecordingInput,
    ) -> Result<Option<DeleteRecordingPayload>, Fault> {
        settle(delete(ctx, input).await)
    }
}

async fn start(
    ctx: &Context<'_>,
    input: StartRecordingInput,
) -> Result<StartRecordingPayload, Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let stream = GlobalId::stream("streamId", &input.stream_id)?;
    let recording = RecordingId(call.shared.log.environment().uuid());
    let receipt = execute(&call, Command::Start { stream, recording }).await?;
    Ok(StartRecordingPayload {
        recording: shown(&call, &receipt, stream).await?,
        errors: vec![],
        position: at(&receipt),
    })
}

async fn stop(
    ctx: &Context<'_>,
    input: StopRecordingInput,
) -> Result<StopRecordingPayload, Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let stream = GlobalId::stream("streamId", &input.stream_id)?;
    let receipt = execute(&call, Command::Stop { stream }).await?;
    Ok(StopRecordingPayload {
        recording: shown(&call, &receipt, stream).await?,
        errors: vec![],
        position: at(&receipt),
    })
}

async fn delete(
    ctx: &Context<'_>,
    input: DeleteRecordingInput,
) -> Result<DeleteRecordingPayload, Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let recording = GlobalId::recording("recordingId", &input.recording_id)?;
    // Also of one that is gone: the same again gets the first answer.
    let found = call.shared.views.stream_of_recording(recording).await?;
    let stream = found.ok_or(stream::Rejection::RecordingNotFound);
    let stream = stream.map_err(|refused| Refusal::Rule(refused.into()))?;
    let command = Command::Delete {
        stream,
        recording,
        reason: Removal::Asked,
    };
    let receipt = execute(&call, command).await?;
    call.shows(&receipt).await;
    Ok(DeleteRecordingPayload {
        recording_id: Some(GlobalId::Recording(recording).into()),
        errors: vec![],
        position: at(&receipt),
    })
}

async fn execute(call: &Call<'_>, command: Command) -> Result<Receipt, Refusal> {
    call.execute(tributary_domain::Command::Recordings(command))
        .await
}

/// The recording that a receipt is about; that of before, where nothing was to be done.
async fn shown(
    call: &Call<'_>,
    receipt: &Receipt,
    stream: StreamId,
) -> Result<Option<Recording>, Refusal> {
    if !call.shows(receipt).await {
        return Ok(None);
    }
    let named = receipt
        .events
        .iter()
        .find_map(|recorded| match &recorded.event {
            Event::Stream(stream::Event::RecordingStarted(event)) => Some(event.recording),
            Event::Stream(stream::Event::RecordingStopped(event)) => Some(event.recording),
            _ => None,
        });
    let views = &call.shared.views;
    let row = match named {
        Some(recording) => views.recording(recording).await?,
        None => views.newest_recordings(&[stream]).await?.remove(&stream),
    };
    Ok(row.map(Recording))
}
