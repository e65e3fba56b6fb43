//! Just enough of FLV to look at what a viewer got.

/// One tag: its kind (8 audio, 9 video, 18 script), time in milliseconds, and first bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub kind: u8,
    pub time_ms: u32,
    pub head: [u8; 2],
}

impl Tag {
    pub fn is_key_frame(&self) -> bool {
        self.kind == 9 && self.head[0] >> 4 == 1 && self.head[1] == 1
    }

    pub fn is_header(&self) -> bool {
        self.kind == 18 || self.head[1] == 0 && (self.kind == 9 || self.head[0] >> 4 == 10)
    }
}

/// The whole tags in `bytes`.
pub fn tags(bytes: &[u8]) -> Vec<Tag> {
    assert_eq!(&bytes[..3], b"FLV", "an FLV file begins so");
    let mut rest = &bytes[13..];
    let mut tags = vec![];
    while rest.len() >= 11 {
        let size = u32::from_be_bytes([0, rest[1], rest[2], rest[3]]) as usize;
        if rest.len() < 11 + size + 4 {
            break;
        }
        let time_ms = u32::from_be_bytes([rest[7], rest[4], rest[5], rest[6]]);
        let head = [
            rest.get(11).copied().unwrap_or(0),
            rest.get(12).copied().unwrap_or(0),
        ];
        let trailer = u32::from_be_bytes(rest[11 + size..][..4].try_into().unwrap());
        assert_eq!(trailer as usize, 11 + size, "the previous tag's size");
        tags.push(Tag {
            kind: rest[0],
            time_ms,
            head,
        });
        rest = &rest[11 + size + 4..];
    }
    tags
}

/// Fails where the time of one kind of tag runs backwards.
pub fn assert_monotonic(tags: &[Tag]) {
    for kind in [8, 9] {
        let times: Vec<_> = tags.iter().filter(|tag| tag.kind == kind).collect();
        for pair in times.windows(2) {
            assert!(
                pair[0].time_ms <= pair[1].time_ms,
                "backwards: {:?} then {:?}",
                pair[0],
                pair[1]
            );
        }
    }
}
