//! The initialisation segment: which tracks there are, and no frames.

use bytes::Bytes;

use super::boxes::{boxed, full_box, put16, put32, zeros};
use super::entry::entry;
use super::track::Track;

/// Units of the file's own clock per second.
const MOVIE_TIMESCALE: u32 = 1_000;

/// `ftyp` as it is always written, in bytes.
const FILE_TYPE_BYTES: usize = 28;

/// `mvhd` in bytes.
const MOVIE_HEADER_BYTES: usize = 108;

/// Where the whole length stands, in milliseconds: 0 until it is known. Players look at one of both.
pub const DURATION_OFFSETS: [usize; 2] = [
    // The heads of `moov` and `mvhd`, two dates, the clock.
    FILE_TYPE_BYTES + 8 + 12 + 8 + 4,
    // All of `mvhd`; the heads of `mvex` and `mehd`.
    FILE_TYPE_BYTES + 8 + MOVIE_HEADER_BYTES + 8 + 12,
];

/// No rotation, no scaling.
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// An initialisation segment for these tracks.
pub fn init(tracks: &[Track]) -> Bytes {
    let mut out = Vec::with_capacity(1_024);
    boxed(&mut out, *b"ftyp", |out| {
        out.extend_from_slice(b"iso6\0\0\0\0iso6cmfcmp41");
    });
    boxed(&mut out, *b"moov", |out| {
        full_box(out, *b"mvhd", 0, 0, |out| {
            zeros(out, 8);
            put32(out, MOVIE_TIMESCALE);
            put32(out, 0);
            put32(out, 0x1_0000);
            put16(out, 0x100);
            zeros(out, 10);
            MATRIX.iter().for_each(|value| put32(out, *value));
            zeros(out, 24);
            put32(out, u32::MAX);
        });
        // In front of the tracks, so that its place is known whatever they are.
        boxed(out, *b"mvex", |out| {
            full_box(out, *b"mehd", 0, 0, |out| put32(out, 0));
            for track in tracks {
                full_box(out, *b"trex", 0, 0, |out| {
                    put32(out, track.id());
                    put32(out, 1);
                    zeros(out, 12);
                });
            }
        });
        for each in tracks {
            boxed(out, *b"trak", |out| track(out, each));
        }
    });
    out.into()
}

fn track(out: &mut Vec<u8>, track: &Track) {
    // Enabled, in the movie, in its preview.
    full_box(out, *b"tkhd", 0, 7, |out| {
        zeros(out, 8);
        put32(out, track.id());
        zeros(out, 4 + 4 + 8 + 4);
        put16(out, if track.is_video() { 0 } else { 0x100 });
        zeros(out, 2);
        MATRIX.iter().for_each(|value| put32(out, *value));
        put32(out, u32::from(track.width) << 16);
        put32(out, u32::from(track.height) << 16);
    });
    boxed(out, *b"mdia", |out| {
        full_box(out, *b"mdhd", 0, 0, |out| {
            zeros(out, 8);
            put32(out, track.timescale);
            zeros(out, 4);
            // The language: "und", in three groups of five bits.
            put16(out, 0x55C4);
            zeros(out, 2);
        });
        full_box(out, *b"hdlr", 0, 0, |out| {
            zeros(out, 4);
            out.extend_from_slice(if track.is_video() { b"vide" } else { b"soun" });
            zeros(out, 12);
            out.extend_from_slice(b"Tributary\0");
        });
        boxed(out, *b"minf", |out| {
            if track.is_video() {
                full_box(out, *b"vmhd", 0, 1, |out| zeros(out, 8));
            } else {
                full_box(out, *b"smhd", 0, 0, |out| zeros(out, 4));
            }
            boxed(out, *b"dinf", |out| {
                full_box(out, *b"dref", 0, 0, |out| {
                    put32(out, 1);
                    // In this file.
                    full_box(out, *b"url ", 0, 1, |_| {});
                });
            });
            boxed(out, *b"stbl", |out| {
                full_box(out, *b"stsd", 0, 0, |out| {
                    put32(out, 1);
                    entry(out, track);
                });
                // Frames are in fragments: none here.
                full_box(out, *b"stts", 0, 0, |out| zeros(out, 4));
                full_box(out, *b"stsc", 0, 0, |out| zeros(out, 4));
                full_box(out, *b"stsz", 0, 0, |out| zeros(out, 8));
                full_box(out, *b"stco", 0, 0, |out| zeros(out, 4));
            });
        });
    });
}
