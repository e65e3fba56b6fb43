//! What each message of a peer comes to.

use std::time::Duration;

use bytes::Bytes;

use super::limits::WINDOW_BYTES_MIN;
use super::{Action, CloseReason, Session, reply};
use crate::flv::{self, Tag};
use crate::rtmp::chunk;
use crate::rtmp::message::{Kind, Message};

impl Session {
    pub(super) fn read_message(
        &mut self,
        input: &mut Bytes,
        now: Duration,
    ) -> Result<(), CloseReason> {
        let before = input.len();
        let message = self.reader.read(input);
        self.received += u64::try_from(before - input.len()).unwrap_or(u64::MAX);
        let Some(message) = message? else {
            return Ok(());
        };
        if self.is_publishing() {
            self.since = now;
        }
        // At message ends only, so that acknowledgements do not depend on how bytes were split.
        if self.received - self.acknowledged >= u64::from(self.window) {
            self.acknowledged = self.received;
            let [.., a, b, c, d] = self.received.to_be_bytes();
            self.send(reply::acknowledgement(u32::from_be_bytes([a, b, c, d])));
        }
        self.handle(&message, input, now)
    }

    fn handle(
        &mut self,
        message: &Message,
        input: &mut Bytes,
        now: Duration,
    ) -> Result<(), CloseReason> {
        match message.kind {
            Kind::CommandAmf0 | Kind::CommandAmf3 => self.command(message, input, now),
            Kind::Audio => self.media(flv::Kind::Audio, message),
            Kind::Video => self.media(flv::Kind::Video, message),
            Kind::DataAmf0 | Kind::DataAmf3 => self.data(message),
            Kind::WindowAcknowledgementSize => {
                self.window = message.word().ok_or(chunk::Error::ShortControl)?;
                self.window = self.window.max(WINDOW_BYTES_MIN);
                Ok(())
            }
            Kind::UserControl => {
                // A ping request; everything else a publisher may tell here changes nothing.
                if let [0, 6, a, b, c, d, ..] = message.payload[..] {
                    self.send(reply::pong([a, b, c, d]));
                }
                Ok(())
            }
            // The reader obeyed the first two; the others concern what this side sends, which is little.
            Kind::SetChunkSize
            | Kind::Abort
            | Kind::Acknowledgement
            | Kind::SetPeerBandwidth
            | Kind::Other(_) => Ok(()),
        }
    }

    /// Media of a publisher that was not accepted is dropped. The message stream it comes on is not
    /// looked at: there is one publisher to a connection, and encoders differ in how they number.
    fn media(&mut self, kind: flv::Kind, message: &Message) -> Result<(), CloseReason> {
        if self.is_publishing() && !message.payload.is_empty() {
            let payload = message.payload.clone();
            self.actions.push_back(Action::Media(Tag {
                kind,
                timestamp: message.timestamp,
                payload,
            }));
        }
        Ok(())
    }

    fn data(&mut self, message: &Message) -> Result<(), CloseReason> {
        if !self.is_publishing() {
            return Ok(());
        }
        let Some(payload) = flv::script::published(&message.amf0()) else {
            return Ok(());
        };
        let is_metadata = flv::script::is_metadata(&payload);
        let tag = Tag {
            kind: flv::Kind::Script,
            timestamp: message.timestamp,
            payload,
        };
        self.actions.push_back(if is_metadata {
            Action::Metadata(tag)
        } else {
            Action::Media(tag)
        });
        Ok(())
    }
}
