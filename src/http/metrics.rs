//! Metrics for Prometheus. Every number is read when it is asked for, from where it is kept.

use crate::parts::Parts;
use crate::policies::PolicyState;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use tributary_projections::{ProjectionState, ProjectionStatus};

/// The metrics as they are now.
pub async fn show(State(parts): State<Parts>) -> Response {
    let mut registry = Registry::with_prefix("tributary");
    registry.register_collector(Box::new(Node(parts)));
    let mut out = String::new();
    match text::encode(&mut out, &registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], out).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

struct Node(Parts);

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Node")
    }
}

fn count(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help, unit): (&str, &str, Option<Unit>),
    value: u64,
) -> fmt::Result {
    let metric = ConstCounter::new(value);
    metric.encode(encoder.encode_descriptor(name, help, unit.as_ref(), metric.metric_type())?)
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    let metric = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
    metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
}

impl Collector for Node {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        self.log(encoder)?;
        self.projections(encoder)?;
        self.policies(encoder)?;
        self.payments(encoder)?;
        self.media(encoder)
    }
}

impl Node {
    fn log(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let log = &self.0.core.log;
        let stats = log.stats();
        let position = u64::try_from(log.head().get()).unwrap_or(0);
        gauge(encoder, "log_position", "Newest durable position", position)?;
        let under_way = stats.commands_under_way;
        gauge(
            encoder,
            "commands_under_way",
            "Commands taken in and not answered",
            under_way,
        )?;
        count(
            encoder,
            ("log_events", "Events appended by this node", None),
            stats.events,
        )?;
        let help = "Transactions of this node that appended events";
        count(encoder, ("log_batches", help, None), stats.batches)?;
        let help = "Commands answered by this node, by outcome";
        let kind = ConstCounter::new(0_u64).metric_type();
        let mut commands = encoder.encode_descriptor("commands", help, None, kind)?;
        for (outcome, number) in [
            ("carried_out", stats.commands_carried_out),
            ("refused", stats.commands_refused),
            ("failed", stats.commands_failed),
        ] {
            let labels = [("outcome", outcome)];
            ConstCounter::new(number).encode(commands.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn projections(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let all = self.0.core.views.status();
        let kind = ConstGauge::new(0_i64).metric_type();
        let help = "Events that a projection has not folded yet";
        let mut lag = encoder.encode_descriptor("projection_lag", help, None, kind)?;
        for projection in &all {
            let behind = i64::try_from(projection.lag).unwrap_or(i64::MAX);
            let labels = [("projection", projection.name)];
            ConstGauge::new(behind).encode(lag.encode_family(&labels)?)?;
        }
        let is = |projection: &ProjectionStatus, state| i64::from(projection.state == state);
        let help = "Whether a projection runs on this node, or is followed: 0 when it is parked, \
                    fenced, retrying or stopped";
        let mut running = encoder.encode_descriptor("projection_running", help, None, kind)?;
        for projection in &all {
            let here = is(projection, ProjectionState::Running);
            let runs = here + is(projection, ProjectionState::Following);
            let labels = [("projection", projection.name)];
            ConstGauge::new(runs).encode(running.encode_family(&labels)?)?;
        }
        let help = "Whether this node only follows what another one folds";
        let mut following = encoder.encode_descriptor("projection_following", help, None, kind)?;
        for projection in &all {
            let follows = is(projection, ProjectionState::Following);
            let labels = [("projection", projection.name)];
            ConstGauge::new(follows).encode(following.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn policies(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let all = self.0.policies.here();
        let kind = ConstGauge::new(0_i64).metric_type();
        let help = "Whether a policy acts on this node: over all nodes, the sum is 1";
        let mut acting = encoder.encode_descriptor("policy_acting", help, None, kind)?;
        for policy in &all {
            let acts = i64::from(policy.state == PolicyState::Acting);
            ConstGauge::new(acts).encode(acting.encode_family(&[("policy", policy.name)])?)?;
        }
        let help = "Whether a policy met what it cannot go on from, and is parked on this node";
        let mut parked = encoder.encode_descriptor("policy_parked", help, None, kind)?;
        for policy in &all {
            let is_parked = i64::from(matches!(policy.state, PolicyState::Parked { .. }));
            ConstGauge::new(is_parked).encode(parked.encode_family(&[("policy", policy.name)])?)?;
        }
        let help = "Events that a policy that acts on this node has not seen yet";
        let mut lag = encoder.encode_descriptor("policy_lag", help, None, kind)?;
        for policy in &all {
            let behind = i64::try_from(policy.lag).unwrap_or(i64::MAX);
            ConstGauge::new(behind).encode(lag.encode_family(&[("policy", policy.name)])?)?;
        }
        Ok(())
    }

    fn payments(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Messages of payment providers that came to this node, by what came of them";
        let kind = ConstCounter::new(0_u64).metric_type();
        let mut messages = encoder.encode_descriptor("payment_messages", help, None, kind)?;
        for (outcome, number) in self.0.payments.counts.all() {
            let labels = [("outcome", outcome.word())];
            ConstCounter::new(number).encode(messages.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn bucket(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        if self.0.recordings.bucket().is_none() {
            return Ok(());
        }
        let status = self.0.recordings.status();
        let (recordings, bytes) = status.backlog();
        let help = "Complete recordings on this node's disk that wait to be moved into the bucket";
        gauge(encoder, "recordings_waiting", help, recordings)?;
        let help = "Their bytes";
        gauge(encoder, "recordings_waiting_bytes", help, bytes)?;
        let help = "Recordings that this node moved into the bucket";
        let moved = ("recordings_moved", help, Some(Unit::Bytes));
        count(encoder, moved, status.kept_bytes())?;
        let help = "Times that something could not be done in the recordings' bucket";
        count(
            encoder,
            ("recordings_bucket_failures", help, None),
            status.failures(),
        )
    }

    fn media(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let media = self.0.hub.stats();
        gauge(
            encoder,
            "broadcasts",
            "Broadcasts on this node",
            media.broadcasts,
        )?;
        gauge(
            encoder,
            "publishers",
            "Publishers connected to this node",
            media.publishers,
        )?;
        gauge(
            encoder,
            "playbacks",
            "Playbacks from this node",
            media.viewers,
        )?;
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let hls = &self.0.hls;
        let help = "Broadcasts that are packaged as HLS, because somebody plays them that way";
        gauge(encoder, "hls_broadcasts", help, number(hls.count()))?;
        let help = "Bytes of their segments";
        gauge(encoder, "hls_kept_bytes", help, number(hls.kept_bytes()))?;
        let help = "Recordings that are being written on this node";
        gauge(
            encoder,
            "recordings",
            help,
            number(self.0.recordings.count()),
        )?;
        self.bucket(encoder)?;
        let help = "Viewers who took a segment lately";
        gauge(
            encoder,
            "hls_viewers",
            help,
            number(self.0.attendance.count()),
        )?;
        let bytes = Some(Unit::Bytes);
        let help = "Media taken in from publishers";
        count(encoder, ("ingest", help, bytes.clone()), media.ingest_bytes)?;
        count(
            encoder,
            ("playback", "Media given to viewers", bytes),
            media.egress_bytes,
        )?;
        count(
            encoder,
            ("ingest_frames", "Frames taken in", None),
            media.frames,
        )?;
        let help = "Times that a viewer who lagged jumped to a newer key frame";
        count(encoder, ("playback_jumps", help, None), media.jumps)?;
        let help = "Viewers cut because they did not read";
        count(encoder, ("playback_cut", help, None), media.viewers_cut)
    }
}
