//! Reads FLV over HTTP as it comes in pieces, and keeps nothing of it but times.

/// FLV: the file's header with the empty tag's size behind it, a tag's header, a size behind a tag.
const FILE_HEADER_BYTES: usize = 13;
const TAG_HEADER_BYTES: usize = 11;
const TAG_SIZE_BYTES: usize = 4;

/// Of a picture: two bytes of codec, three of composition time, four of number, eight of time.
const STAMP_BYTES: usize = 17;

const VIDEO: u8 = 9;
const KEY_FRAME: u8 = 0x17;
const FRAME: u8 = 1;

/// A picture that has come whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    pub is_key: bool,
    /// When the publisher sent it; see [`crate::bench::clock`].
    pub sent_ns: u64,
}

/// What is read next.
#[derive(Clone, Copy)]
enum Part {
    /// The answer's head: how many bytes of the empty line at its end have come.
    Head(usize),
    FileHeader,
    TagHeader,
    Stamp {
        rest: usize,
    },
    Rest {
        left: usize,
        picture: Option<Picture>,
    },
}

/// One viewer's place in what it gets.
pub struct Tags {
    part: Part,
    held: [u8; STAMP_BYTES],
    held_bytes: usize,
}

impl Tags {
    pub const fn new() -> Self {
        Self {
            part: Part::Head(0),
            held: [0; STAMP_BYTES],
            held_bytes: 0,
        }
    }

    /// Reads on, and gives each picture that is whole.
    pub fn read(&mut self, mut bytes: &[u8], mut each: impl FnMut(Picture)) {
        while !bytes.is_empty() {
            match self.part {
                Part::Head(seen) => {
                    let wanted = b"\r\n\r\n"[seen];
                    let seen = match bytes[0] {
                        byte if byte == wanted => seen + 1,
                        b'\r' => 1,
                        _ => 0,
                    };
                    bytes = &bytes[1..];
                    self.part = if seen == 4 {
                        Part::FileHeader
                    } else {
                        Part::Head(seen)
                    };
                }
                Part::FileHeader => {
                    if self.hold(&mut bytes, FILE_HEADER_BYTES) {
                        self.part = Part::TagHeader;
                    }
                }
                Part::TagHeader => {
                    if self.hold(&mut bytes, TAG_HEADER_BYTES) {
                        let [kind, a, b, c, ..] = self.held;
                        let length = u32::from_be_bytes([0, a, b, c]);
                        let length = usize::try_from(length).unwrap_or(usize::MAX);
                        self.part = if kind == VIDEO && length >= STAMP_BYTES {
                            Part::Stamp {
                                rest: length - STAMP_BYTES,
                            }
                        } else {
                            Part::Rest {
                                left: length + TAG_SIZE_BYTES,
                                picture: None,
                            }
                        };
                    }
                }
                Part::Stamp { rest } => {
                    if self.hold(&mut bytes, STAMP_BYTES) {
                        let (left, picture) = (rest + TAG_SIZE_BYTES, self.picture());
                        self.part = Part::Rest { left, picture };
                    }
                }
                Part::Rest { left, picture } => {
                    let taken = left.min(bytes.len());
                    bytes = &bytes[taken..];
                    self.part = if taken == left {
                        picture.into_iter().for_each(&mut each);
                        Part::TagHeader
                    } else {
                        let left = left - taken;
                        Part::Rest { left, picture }
                    };
                }
            }
        }
    }

    /// Gathers so many bytes; whether they are all there.
    fn hold(&mut self, bytes: &mut &[u8], wanted: usize) -> bool {
        let taken = (wanted - self.held_bytes).min(bytes.len());
        let (now, later) = bytes.split_at(taken);
        self.held[self.held_bytes..self.held_bytes + taken].copy_from_slice(now);
        *bytes = later;
        self.held_bytes += taken;
        let is_whole = self.held_bytes == wanted;
        if is_whole {
            self.held_bytes = 0;
        }
        is_whole
    }

    /// A configuration is of the same kind, and has no time.
    fn picture(&self) -> Option<Picture> {
        let [first, kind, ..] = self.held;
        let time = self.held.last_chunk::<8>()?;
        (kind == FRAME).then_some(Picture {
            is_key: first == KEY_FRAME,
            sent_ns: u64::from_be_bytes(*time),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_however_the_bytes_are_cut() {
        let picture = |first: u8, ns: u64| {
            let mut body = vec![first, 1, 0, 0, 0, 0, 0, 0, 1];
            body.extend(ns.to_be_bytes());
            body.extend([7; 40]);
            let mut tag = vec![
                9,
                0,
                0,
                u8::try_from(body.len()).unwrap(),
                0,
                0,
                0,
                0,
                0,
                0,
                0,
            ];
            tag.extend(&body);
            tag.extend([0; 4]);
            tag
        };
        let audio = [&[8, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0xaf, 1][..], &[0; 4]].concat();
        let stream = [
            b"HTTP/1.1 200 OK\r\nx: y\r\n\r\nFLV\x01\x05\0\0\0\x09\0\0\0\0".to_vec(),
            picture(0x17, 11),
            audio,
            picture(0x27, 22),
        ]
        .concat();
        for size in [1, 2, 3, 7, stream.len()] {
            let (mut tags, mut seen) = (Tags::new(), vec![]);
            for piece in stream.chunks(size) {
                tags.read(piece, |picture| {
                    seen.push((picture.is_key, picture.sent_ns));
                });
            }
            assert_eq!(seen, [(true, 11), (false, 22)], "in pieces of {size}");
        }
    }
}
