//! A publisher's hold on a broadcast, and what the gate is told of it.

use std::net::SocketAddr;

use tokio::time::Instant;
use tracing::info;

use super::next_ingest;
use crate::flv::{MediaInfo, Tag};
use crate::gate::{Gate, IngestId, PublishRequest, StopReason};
use crate::hub::{Hub, Publishing};
use crate::rtmp::session::Request;

/// An admitted publisher. The gate hears of its end by [`Self::end`].
pub(super) struct Live {
    broadcast: String,
    ingest: IngestId,
    publishing: Publishing,
    media: MediaInfo,
    is_started: bool,
}

impl Live {
    /// Has a publisher judged, and gives it its broadcast; or why not, for the person at the encoder.
    ///
    /// Never to be dropped half way: the gate may have recorded its decision.
    pub(super) async fn begin(
        request: Request,
        peer: SocketAddr,
        gate: &dyn Gate,
        hub: &Hub,
    ) -> Result<Self, String> {
        let ingest = next_ingest();
        let mark = hub.mark();
        let Request { app, key, tc_url } = request;
        let request = PublishRequest {
            app,
            key,
            peer,
            ingest,
            tc_url,
        };
        let broadcast = match gate.publish(request).await {
            Ok(admission) => admission.broadcast,
            Err(refusal) => {
                info!(%ingest, %peer, reason = refusal.description, "publisher refused");
                return Err(refusal.description);
            }
        };
        match hub.attach(&broadcast, ingest, mark) {
            Ok(publishing) => {
                info!(%ingest, %peer, broadcast, "publisher admitted");
                Ok(Self {
                    broadcast,
                    ingest,
                    publishing,
                    media: MediaInfo::default(),
                    is_started: false,
                })
            }
            Err(reason) => {
                info!(%ingest, %peer, broadcast, %reason, "publisher admitted too late");
                let why = reason.to_string();
                gate.stopped(&broadcast, ingest, reason).await;
                Err(why)
            }
        }
    }

    /// Takes a tag. The gate is told of the first frame.
    pub(super) async fn take(&mut self, tag: &Tag, gate: &dyn Gate, peer: SocketAddr) {
        self.publishing.push(tag);
        if !self.is_started && self.media.observe(tag) {
            self.is_started = true;
            let media = self.media.clone();
            info!(ingest = %self.ingest, %peer, ?media, "publisher started");
            gate.started(&self.broadcast, self.ingest, media).await;
        }
    }

    /// When [`Self::flush_if_due`] has to be called, if anything waits for viewers to be woken.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.publishing.due()
    }

    /// Wakes the viewers if it is time.
    pub(super) fn flush_if_due(&mut self) {
        self.publishing.flush_if_due();
    }

    /// Waits until this publisher has to go, and says why.
    pub(super) async fn stopped(&self) -> StopReason {
        self.publishing.stopped().await
    }

    /// Gives the broadcast back and reports it.
    pub(super) async fn end(self, reason: StopReason, gate: &dyn Gate, peer: SocketAddr) {
        let Self {
            broadcast,
            ingest,
            publishing,
            ..
        } = self;
        drop(publishing);
        info!(%ingest, %peer, %reason, "publisher stopped");
        gate.stopped(&broadcast, ingest, reason).await;
    }
}
