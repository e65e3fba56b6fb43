use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::rtmp::message::{Kind, Message};

const LIMITS: Limits = Limits {
    message_bytes_max: 10_000,
    buffered_bytes_max: 20_000,
};

/// All messages in `bytes`, fed in pieces.
fn read_in(bytes: &[u8], piece: usize) -> Result<Vec<Message>, Error> {
    let mut reader = Reader::new(LIMITS);
    let mut messages = Vec::new();
    for input in bytes.chunks(piece) {
        let mut input = Bytes::copy_from_slice(input);
        while let Some(message) = reader.read(&mut input)? {
            messages.push(message);
        }
        assert!(input.is_empty(), "without a message, all input is taken");
    }
    Ok(messages)
}

/// All messages in `bytes`; byte by byte must give the same as at once.
fn read(bytes: &[u8]) -> Result<Vec<Message>, Error> {
    let whole = read_in(bytes, bytes.len().max(1));
    assert_eq!(read_in(bytes, 1), whole);
    whole
}

fn message(kind: Kind, timestamp: u32, payload: impl Into<Bytes>) -> Message {
    Message {
        kind,
        timestamp,
        stream: 1,
        payload: payload.into(),
    }
}

/// A full header with a one-byte basic header.
fn full(id: u8, timestamp: u32, length: u32, kind: u8) -> Vec<u8> {
    let mut bytes = vec![id];
    bytes.extend_from_slice(&timestamp.to_be_bytes()[1..]);
    bytes.extend_from_slice(&length.to_be_bytes()[1..]);
    bytes.push(kind);
    bytes.extend_from_slice(&1_u32.to_le_bytes());
    bytes
}

fn set_chunk_size(size: u32) -> Vec<u8> {
    let mut bytes = full(2, 0, 4, 1);
    bytes.extend_from_slice(&size.to_be_bytes());
    bytes
}

#[test]
fn each_header_format_takes_the_rest_from_the_one_before() {
    let mut bytes = full(4, 1_000, 2, 8);
    bytes.extend(b"aa");
    bytes.extend([0x44, 0, 0, 20, 0, 0, 3, 9]);
    bytes.extend(b"bbb");
    bytes.extend([0x84, 0, 0, 30]);
    bytes.extend(b"ccc");
    bytes.push(0xC4);
    bytes.extend(b"ddd");
    assert_eq!(
        read(&bytes).unwrap(),
        [
            message(Kind::Audio, 1_000, "aa"),
            message(Kind::Video, 1_020, "bbb"),
            message(Kind::Video, 1_050, "ccc"),
            message(Kind::Video, 1_080, "ddd"),
        ]
    );
}

#[test]
fn basic_headers_have_one_two_or_three_bytes() {
    for basic in [
        &[0x3F][..],
        &[0x00, 0],
        &[0x00, 255],
        &[0x01, 0, 0],
        &[0x01, 255, 255],
    ] {
        let mut bytes = basic.to_vec();
        bytes.extend_from_slice(&full(0, 5, 2, 8)[1..]);
        bytes.extend(b"xy");
        assert_eq!(
            read(&bytes).unwrap(),
            [message(Kind::Audio, 5, "xy")],
            "{basic:?}"
        );
    }
}

#[test]
fn chunks_of_several_streams_interleave() {
    let (audio, video) = (vec![1; 200], vec![2; 300]);
    let mut bytes = full(6, 40, 300, 9);
    bytes.extend_from_slice(&video[..128]);
    bytes.extend(full(4, 41, 200, 8));
    bytes.extend_from_slice(&audio[..128]);
    bytes.push(0xC6);
    bytes.extend_from_slice(&video[128..256]);
    bytes.push(0xC4);
    bytes.extend_from_slice(&audio[128..]);
    bytes.push(0xC6);
    bytes.extend_from_slice(&video[256..]);
    let expected = [
        message(Kind::Audio, 41, audio),
        message(Kind::Video, 40, video),
    ];
    assert_eq!(read(&bytes).unwrap(), expected);
}

/// A message of 300 bytes at a time that needs the extended field, which its continuations repeat or
/// do not.
fn extended(timestamp: u32, repeat: bool, body: &[u8]) -> Vec<u8> {
    let mut bytes = full(4, EXTENDED, 300, 9);
    bytes.extend_from_slice(&timestamp.to_be_bytes());
    for (number, piece) in body.chunks(128).enumerate() {
        if number > 0 {
            bytes.push(0xC4);
            if repeat {
                bytes.extend_from_slice(&timestamp.to_be_bytes());
            }
        }
        bytes.extend_from_slice(piece);
    }
    bytes
}

#[test]
fn extended_timestamps_are_read_whether_repeated_or_not() {
    let body = (0..300)
        .map(|i| u8::try_from(i % 256).unwrap())
        .collect::<Vec<_>>();
    for timestamp in [EXTENDED, EXTENDED + 1, 0x0100_0000, u32::MAX] {
        for repeat in [true, false] {
            let mut bytes = extended(timestamp, repeat, &body);
            bytes.extend(extended(timestamp, repeat, &body));
            let expected = message(Kind::Video, timestamp, body.clone());
            assert_eq!(
                read(&bytes).unwrap(),
                [expected.clone(), expected],
                "{timestamp} {repeat}"
            );
        }
    }
}

#[test]
fn a_continuation_shorter_than_the_extended_field_it_lacks_is_read() {
    // The 2 bytes left of the message, and the 4 looked at reach into the next header.
    let mut bytes = full(4, EXTENDED, 130, 9);
    bytes.extend_from_slice(&0x0200_0000_u32.to_be_bytes());
    bytes.extend([7; 128]);
    bytes.extend([0xC4, 8, 9]);
    bytes.extend(full(5, 3, 1, 8));
    bytes.push(1);
    let mut body = vec![7; 128];
    body.extend([8, 9]);
    let expected = [
        message(Kind::Video, 0x0200_0000, body),
        message(Kind::Audio, 3, vec![1]),
    ];
    assert_eq!(read(&bytes).unwrap(), expected);
}

#[test]
fn an_extended_delta_is_added_and_time_wraps() {
    let mut bytes = full(4, EXTENDED, 1, 9);
    bytes.extend_from_slice(&u32::MAX.to_be_bytes());
    bytes.push(b'a');
    bytes.extend([0x84, 0, 0, 11, b'b']);
    bytes.extend([0x84, 0xFF, 0xFF, 0xFF, 0x01, 0, 0, 0, b'c']);
    let times = read(&bytes)
        .unwrap()
        .iter()
        .map(|m| m.timestamp)
        .collect::<Vec<_>>();
    assert_eq!(times, [u32::MAX, 10, 0x0100_000A]);
}

#[test]
fn a_new_chunk_size_holds_from_the_next_chunk_on() {
    let mut bytes = set_chunk_size(1);
    bytes.extend(full(4, 0, 3, 8));
    bytes.extend([1, 0xC4, 2, 0xC4, 3]);
    bytes.extend(set_chunk_size_in_ones(4_096));
    bytes.extend(full(4, 0, 3_000, 8));
    bytes.extend([5; 3_000]);
    let messages = read(&bytes).unwrap();
    assert_eq!(messages[1].payload[..], [1, 2, 3]);
    assert_eq!(messages[3].payload.len(), 3_000);
}

fn set_chunk_size_in_ones(size: u32) -> Vec<u8> {
    let [a, b, c, d] = size.to_be_bytes();
    let mut bytes = full(2, 0, 4, 1);
    bytes.extend([a, 0xC2, b, 0xC2, c, 0xC2, d]);
    bytes
}

#[test]
fn chunk_sizes_that_stall_or_flood_are_refused() {
    for size in [0, 16 * 1_024 * 1_024 + 1, 1_000_000_000, 1 << 31, u32::MAX] {
        assert_eq!(read(&set_chunk_size(size)), Err(Error::ChunkSize(size)));
    }
    for size in [1, 128, 60_000, 16 * 1_024 * 1_024] {
        assert_eq!(read(&set_chunk_size(size)).unwrap().len(), 1, "{size}");
    }
}

#[test]
fn an_abort_drops_what_is_unfinished_and_frees_it() {
    let mut bytes = Vec::new();
    // More unfinished bytes in sum than the limit, had they not been freed.
    for _ in 0..400 {
        bytes.extend(full(4, 0, 200, 8));
        bytes.extend([1; 128]);
        bytes.extend(full(2, 0, 4, 2));
        bytes.extend([0, 0, 0, 4]);
    }
    bytes.extend(full(4, 7, 1, 8));
    bytes.push(9);
    let messages = read(&bytes).unwrap();
    assert_eq!(messages.last().unwrap(), &message(Kind::Audio, 7, vec![9]));
    assert!(messages.iter().rev().skip(1).all(|m| m.kind == Kind::Abort));
}

#[test]
fn a_chunk_size_that_changes_in_the_middle_of_a_message_holds_from_its_next_chunk_on() {
    let mut bytes = full(6, 0, 1_000, 9);
    bytes.extend([1; 128]);
    bytes.extend(set_chunk_size(872));
    bytes.push(0xC6);
    bytes.extend([2; 872]);
    let messages = read(&bytes).unwrap();
    assert_eq!(messages[1].payload.len(), 1_000);
    assert_eq!(messages[1].payload[128..], [2; 872]);
}

#[test]
fn a_type_3_header_begins_a_new_message_with_the_step_before_it() {
    let mut bytes = full(4, 1_000, 1, 8);
    bytes.push(b'a');
    bytes.extend([0x84, 0, 0, 21, b'b', 0xC4, b'c', 0xC4, b'd']);
    let messages = read(&bytes).unwrap();
    let times: Vec<_> = messages.iter().map(|m| m.timestamp).collect();
    assert_eq!(times, [1_000, 1_021, 1_042, 1_063]);
    assert!(messages.iter().all(|m| m.payload.len() == 1));
}

#[test]
fn what_refers_to_nothing_or_cuts_in_is_refused() {
    assert_eq!(read(&[0xC4]), Err(Error::NoFirstHeader(4)));
    assert_eq!(read(&[0x84, 0, 0, 1]), Err(Error::NoFirstHeader(4)));
    let mut bytes = full(4, 0, 200, 8);
    bytes.extend([1; 128]);
    bytes.extend(full(4, 0, 200, 8));
    assert_eq!(read(&bytes), Err(Error::Interrupted(4)));
    let mut short = full(2, 0, 3, 1);
    short.extend([0, 0, 1]);
    assert_eq!(read(&short), Err(Error::ShortControl));
}

#[test]
fn the_ping_that_librtmp_opens_a_stream_with_is_read() {
    let bytes = [0x42, 0, 0, 0, 0, 0, 6, 4, 0, 7, 0, 0, 0, 0];
    assert_eq!(read(&bytes).unwrap()[0].kind, Kind::UserControl);
}

#[test]
fn a_message_over_the_limit_is_refused_at_its_header() {
    let expected = Error::MessageTooLong {
        length: 10_001,
        limit: 10_000,
    };
    assert_eq!(read(&full(4, 0, 10_001, 9)), Err(expected));
    let longest = Error::MessageTooLong {
        length: 0xFF_FFFF,
        limit: 10_000,
    };
    assert_eq!(read(&full(4, 0, 0xFF_FFFF, 9)), Err(longest));
}

#[test]
fn unfinished_messages_together_are_limited_by_what_they_announce() {
    let mut bytes = set_chunk_size(1);
    for id in 3..5 {
        bytes.extend(full(id, 0, 10_000, 9));
        bytes.push(0);
    }
    assert_eq!(read(&bytes).map(|messages| messages.len()), Ok(1));
    bytes.extend(full(5, 0, 1, 9));
    assert_eq!(read(&bytes), Err(Error::TooMuchBuffered { limit: 20_000 }));
}

#[test]
fn messages_of_16_mb_on_thousands_of_chunk_streams_take_no_memory() {
    let generous = Limits {
        message_bytes_max: 0xFF_FFFF,
        buffered_bytes_max: 12 * 1_024 * 1_024,
    };
    let mut bytes = Vec::new();
    for id in 0..5_000_u16 {
        bytes.push(1);
        bytes.extend_from_slice(&id.to_le_bytes());
        bytes.extend_from_slice(&full(0, 0, 0xFF_FFFF, 9)[1..]);
        bytes.extend([0; 128]);
    }
    let mut input = Bytes::from(bytes);
    let refused = Reader::new(generous).read(&mut input);
    let limit = generous.buffered_bytes_max;
    assert_eq!(refused, Err(Error::TooMuchBuffered { limit }));
}

#[test]
fn a_message_in_one_chunk_is_a_slice_of_the_input_and_others_are_put_together() {
    let mut bytes = set_chunk_size(4_096);
    let sent = [
        message(Kind::Video, 0, vec![7; 4_096]),
        message(Kind::Video, 40, vec![8; 4_097]),
    ];
    for message in &sent {
        write(&mut bytes, 6, message, 4_096);
    }
    let mut rest = Bytes::from(bytes);
    let (from, to) = (rest.as_ptr(), rest.as_ptr_range().end);
    let mut reader = Reader::new(LIMITS);
    let mut read = || reader.read(&mut rest).unwrap().unwrap();
    read();
    let (whole, pieces) = (read(), read());
    assert_eq!([&whole, &pieces], [&sent[0], &sent[1]]);
    assert!((from..to).contains(&whole.payload.as_ptr()));
    assert!(!(from..to).contains(&pieces.payload.as_ptr()));
}

#[test]
fn thousands_of_chunk_streams_are_refused() {
    let mut bytes = Vec::new();
    for id in 0..5_000_u16 {
        bytes.push(1);
        bytes.extend_from_slice(&id.to_le_bytes());
        bytes.extend_from_slice(&full(0, 0, 200, 9)[1..]);
        bytes.extend([0; 128]);
    }
    assert_eq!(read_in(&bytes, bytes.len()), Err(Error::TooManyStreams));
}

#[test]
fn empty_messages_are_messages() {
    let mut bytes = full(4, 0, 0, 8);
    bytes.extend([0xC4, 0xC4]);
    assert_eq!(read(&bytes).unwrap().len(), 3);
}

#[test]
fn a_payload_keeps_no_more_memory_than_its_length() {
    let mut partial = partial::Partial::new(1_000_000);
    while partial.missing() > 0 {
        partial.extend(&vec![1; partial.missing().min(4_096)]);
    }
    let bytes = partial.finish();
    assert_eq!(bytes.len(), 1_000_000);
    let vector = Vec::from(bytes);
    assert_eq!(vector.capacity(), 1_000_000);
}

fn any_message() -> impl Strategy<Value = (u8, Message)> {
    let kind = prop_oneof![
        Just(Kind::Audio),
        Just(Kind::Video),
        Just(Kind::CommandAmf0)
    ];
    let time = prop_oneof![any::<u32>(), Just(EXTENDED), 0..5_000_u32];
    let payload = prop::collection::vec(any::<u8>(), 0..2_000);
    (2..64_u8, kind, time, payload)
        .prop_map(|(id, kind, time, payload)| (id, message(kind, time, payload)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_written_reads_back_in_any_split(
        messages in prop::collection::vec(any_message(), 0..8),
        chunk_bytes in 1..3_000_u32,
        piece in 1..500_usize,
    ) {
        let mut bytes = set_chunk_size(chunk_bytes);
        for (id, message) in &messages {
            write(&mut bytes, *id, message, usize::try_from(chunk_bytes).unwrap());
        }
        let found = read_in(&bytes, piece).unwrap();
        let sent = messages.into_iter().map(|(_, message)| message);
        prop_assert_eq!(found.into_iter().skip(1).collect::<Vec<_>>(), sent.collect::<Vec<_>>());
    }

    #[test]
    fn any_bytes_give_the_same_in_any_split(
        bytes in prop::collection::vec(any::<u8>(), 0..2_000),
        piece in 1..50_usize,
    ) {
        prop_assert_eq!(read_in(&bytes, bytes.len().max(1)), read_in(&bytes, piece));
    }
}
