//! Messages in, chunks out.

use super::EXTENDED;
use crate::rtmp::message::Message;

/// Largest chunk stream id that fits a one-byte basic header.
const SHORT_ID_MAX: u8 = 63;

/// Appends a message as one full header and as many continuations as it needs.
///
/// `id` is a chunk stream id from 2 to 63 (a server has no use for more) and `chunk_bytes` the chunk
/// size that the peer was told; a 0 counts as 1. Bodies over 16 MiB cannot be announced and are cut.
pub fn write(out: &mut Vec<u8>, id: u8, message: &Message, chunk_bytes: usize) {
    let id = id & SHORT_ID_MAX;
    let body = &message.payload[..message.payload.len().min(0xFF_FFFF)];
    let [_, l0, l1, l2] = u32::try_from(body.len()).unwrap_or(EXTENDED).to_be_bytes();
    let extended = (message.timestamp >= EXTENDED).then(|| message.timestamp.to_be_bytes());
    let [_, t0, t1, t2] = message.timestamp.min(EXTENDED).to_be_bytes();

    out.extend_from_slice(&[id, t0, t1, t2, l0, l1, l2, u8::from(message.kind)]);
    out.extend_from_slice(&message.stream.to_le_bytes());
    out.extend_from_slice(extended.as_ref().map_or(&[], |bytes| bytes));
    let (first, rest) = body.split_at(body.len().min(chunk_bytes.max(1)));
    out.extend_from_slice(first);
    for piece in rest.chunks(chunk_bytes.max(1)) {
        out.push(0xC0 | id);
        out.extend_from_slice(extended.as_ref().map_or(&[], |bytes| bytes));
        out.extend_from_slice(piece);
    }
}
