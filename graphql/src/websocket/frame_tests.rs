use super::*;

const LIMIT: usize = 100_000;

/// A client's frame.
fn frame(first: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    begin(&mut bytes, 0, content.len());
    bytes[0] = first;
    bytes[1] |= MASKED;
    let mask = [0x37, 0xFA, 0x21, 0x3D];
    bytes.extend_from_slice(&mask);
    let masked = content.iter().zip(mask.iter().cycle());
    bytes.extend(masked.map(|(byte, mask)| byte ^ mask));
    bytes
}

fn read(decoder: &mut Decoder, bytes: &[u8]) -> Result<Vec<Incoming>, Violation> {
    let mut all = Vec::new();
    decoder
        .read(bytes, |incoming| {
            all.push(incoming);
            true
        })
        .map(|()| all)
}

fn whole(bytes: &[u8]) -> Result<Vec<Incoming>, Violation> {
    read(&mut Decoder::new(LIMIT), bytes)
}

fn said(text: &str) -> Incoming {
    Incoming::Text(text.to_owned())
}

#[test]
fn the_example_of_the_specification_is_read() {
    // RFC 6455, 5.7: "Hello", masked.
    let bytes = [
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ];
    assert_eq!(whole(&bytes), Ok(vec![said("Hello")]));
}

#[test]
fn messages_come_out_whole_however_their_bytes_come_in() {
    let long = "é".repeat(40_000);
    let mut bytes = frame(FINAL | TEXT, b"one");
    bytes.extend(frame(TEXT, b"t"));
    bytes.extend(frame(FINAL | PING, b"there?"));
    bytes.extend(frame(FINAL, b"wo"));
    bytes.extend(frame(FINAL | TEXT, long.as_bytes()));
    bytes.extend(frame(FINAL | TEXT, &[b'x'; 300]));
    bytes.extend(frame(FINAL | PONG, b""));
    let expected = vec![
        said("one"),
        Incoming::Ping(b"there?".to_vec()),
        said("two"),
        said(&long),
        said(&"x".repeat(300)),
        Incoming::Pong,
    ];
    for size in [1, 2, 3, 7, 1_000, bytes.len()] {
        let mut decoder = Decoder::new(LIMIT);
        let mut all = Vec::new();
        for part in bytes.chunks(size) {
            all.extend(read(&mut decoder, part).unwrap());
        }
        assert_eq!(all, expected, "{size} bytes at a time");
        assert!(!decoder.is_amid());
        assert_eq!(decoder.buffer.capacity() + decoder.message.capacity(), 0);
    }
}

#[test]
fn what_breaks_a_rule_is_refused_with_its_code() {
    let mut two_beginnings = frame(TEXT, b"a");
    two_beginnings.extend(frame(FINAL | TEXT, b"b"));
    let cases: [(&str, Vec<u8>, u16); 13] = [
        ("not masked", vec![0x81, 0x00], 1002),
        ("a reserved bit", frame(0xC1, b""), 1002),
        ("an unknown opcode", frame(0x83, b""), 1002),
        ("an unknown control opcode", frame(0x8B, b""), 1002),
        ("a cut ping", frame(PING, b""), 1002),
        ("a long ping", frame(FINAL | PING, &[0; 126]), 1002),
        ("a continuation of nothing", frame(FINAL, b"x"), 1002),
        ("two beginnings", two_beginnings, 1002),
        ("half a close code", frame(FINAL | CLOSE, b"x"), 1002),
        (
            "a close code of nobody's",
            frame(FINAL | CLOSE, &[0x03, 0xED]),
            1002,
        ),
        ("binary", frame(FINAL | BINARY, b"x"), 1003),
        ("not UTF-8", frame(FINAL | TEXT, &[0xFF]), 1007),
        (
            "too large",
            frame(FINAL | TEXT, &vec![b'x'; LIMIT + 1]),
            1009,
        ),
    ];
    for (what, bytes, code) in cases {
        assert_eq!(whole(&bytes).unwrap_err().code, code, "{what}");
    }
}

#[test]
fn a_length_is_refused_before_its_bytes_come() {
    let mut header = vec![0x81, 0xFF];
    header.extend_from_slice(&u64::MAX.to_be_bytes());
    assert_eq!(whole(&header).unwrap_err(), TOO_LARGE);
    // A message in parts is as long as its parts together.
    let mut decoder = Decoder::new(10);
    read(&mut decoder, &frame(TEXT, b"123456")).unwrap();
    assert_eq!(
        read(&mut decoder, &frame(FINAL, b"78901")).unwrap_err(),
        TOO_LARGE
    );
}

#[test]
fn a_message_in_countless_parts_is_refused() {
    let mut decoder = Decoder::new(LIMIT);
    read(&mut decoder, &frame(TEXT, b"")).unwrap();
    for _ in 1..FRAGMENTS_MAX {
        assert_eq!(read(&mut decoder, &frame(CONTINUATION, b"")), Ok(vec![]));
    }
    assert_eq!(
        read(&mut decoder, &frame(CONTINUATION, b"")),
        Err(TOO_MANY_PARTS)
    );
}

#[test]
fn nothing_is_read_behind_what_was_the_last() {
    let mut bytes = frame(FINAL | CLOSE, &1000_u16.to_be_bytes());
    bytes.extend(frame(FINAL | TEXT, b"late"));
    let mut count = 0;
    let read = Decoder::new(LIMIT).read(&bytes, |_| {
        count += 1;
        false
    });
    assert_eq!((read, count), (Ok(()), 1));
}

#[test]
fn no_bytes_whatever_end_the_decoder() {
    // A generator without state of its own: the same bytes each time.
    let mut seed = 0x9E37_79B9_u32;
    for _ in 0..2_000 {
        let bytes: Vec<u8> = (0..40)
            .map(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 17;
                seed ^= seed << 5;
                seed.to_be_bytes()[0]
            })
            .collect();
        let mut decoder = Decoder::new(64);
        for part in bytes.chunks(7) {
            if read(&mut decoder, part).is_err() {
                break;
            }
        }
    }
}

#[test]
fn a_server_s_headers_are_as_short_as_can_be() {
    for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
        let mut out = Vec::new();
        write_text(&mut out, &vec![b'x'; length]);
        assert_eq!(out.len(), header + length, "{length}");
        assert_eq!((out[0], out[1] & MASKED), (0x81, 0));
    }
}

#[test]
fn a_reason_fits_into_its_frame() {
    let mut out = Vec::new();
    write_close(&mut out, 4400, &"é".repeat(100));
    assert_eq!(usize::from(out[1]), out.len() - 2);
    assert_eq!(out[2..4], 4400_u16.to_be_bytes());
    assert!(std::str::from_utf8(&out[4..]).is_ok());
}
