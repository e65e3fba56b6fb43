//! Messages, the unit above chunks.

use bytes::Bytes;

/// One complete message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it is.
    pub kind: Kind,
    /// Milliseconds, wrapping at 2³².
    pub timestamp: u32,
    /// Message stream id; 0 is the connection itself.
    pub stream: u32,
    /// The body.
    pub payload: Bytes,
}

/// The type of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The sender's chunk size from the next chunk on: 4 bytes.
    SetChunkSize,
    /// Drop the unfinished message of a chunk stream: 4 bytes.
    Abort,
    /// Bytes received so far: 4 bytes.
    Acknowledgement,
    /// Pings and stream events: a 2-byte event type and its data.
    UserControl,
    /// After how many bytes the receiver acknowledges: 4 bytes.
    WindowAcknowledgementSize,
    /// How much the receiver may send unacknowledged: 4 bytes and a limit type.
    SetPeerBandwidth,
    /// An FLV audio tag's body.
    Audio,
    /// An FLV video tag's body.
    Video,
    /// AMF3-flagged data; its first byte is skipped and AMF0 follows.
    DataAmf3,
    /// An AMF3-flagged command; its first byte is skipped and AMF0 follows.
    CommandAmf3,
    /// An FLV script tag's body.
    DataAmf0,
    /// A command.
    CommandAmf0,
    /// Anything else, which is ignored.
    Other(u8),
}

impl From<u8> for Kind {
    fn from(id: u8) -> Self {
        match id {
            1 => Self::SetChunkSize,
            2 => Self::Abort,
            3 => Self::Acknowledgement,
            4 => Self::UserControl,
            5 => Self::WindowAcknowledgementSize,
            6 => Self::SetPeerBandwidth,
            8 => Self::Audio,
            9 => Self::Video,
            15 => Self::DataAmf3,
            17 => Self::CommandAmf3,
            18 => Self::DataAmf0,
            20 => Self::CommandAmf0,
            other => Self::Other(other),
        }
    }
}

impl From<Kind> for u8 {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::SetChunkSize => 1,
            Kind::Abort => 2,
            Kind::Acknowledgement => 3,
            Kind::UserControl => 4,
            Kind::WindowAcknowledgementSize => 5,
            Kind::SetPeerBandwidth => 6,
            Kind::Audio => 8,
            Kind::Video => 9,
            Kind::DataAmf3 => 15,
            Kind::CommandAmf3 => 17,
            Kind::DataAmf0 => 18,
            Kind::CommandAmf0 => 20,
            Kind::Other(other) => other,
        }
    }
}

impl Message {
    /// A message of the connection itself (stream 0, time 0).
    pub fn control(kind: Kind, payload: impl Into<Bytes>) -> Self {
        Self {
            kind,
            timestamp: 0,
            stream: 0,
            payload: payload.into(),
        }
    }

    /// The body's first four bytes as a number, which is all that most control messages hold.
    pub fn word(&self) -> Option<u32> {
        self.payload
            .first_chunk()
            .map(|bytes| u32::from_be_bytes(*bytes))
    }

    /// The AMF0 bytes of a command or data message, without the marker that AMF3 flavours begin with.
    pub fn amf0(&self) -> Bytes {
        match self.kind {
            Kind::DataAmf3 | Kind::CommandAmf3 if !self.payload.is_empty() => {
                self.payload.slice(1..)
            }
            _ => self.payload.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_number_survives_the_round_trip() {
        for id in 0..=u8::MAX {
            assert_eq!(u8::from(Kind::from(id)), id);
        }
    }

    #[test]
    fn amf3_flavours_lose_their_first_byte_and_empty_ones_stay_empty() {
        let body = Bytes::from_static(&[0, 2, 3]);
        let message = Message::control(Kind::CommandAmf3, body.clone());
        assert_eq!(message.amf0(), &body[1..]);
        assert_eq!(
            Message::control(Kind::CommandAmf0, body.clone()).amf0(),
            body
        );
        assert!(
            Message::control(Kind::CommandAmf3, Bytes::new())
                .amf0()
                .is_empty()
        );
    }
}
