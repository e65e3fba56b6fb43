//! The description of a track's samples, codec by codec.

use super::boxes::{boxed, full_box, put16, put32, zeros};
use super::track::Track;
use crate::flv::Codec;

/// MPEG-4's numbers for kinds of sound.
const OBJECT_AAC: u8 = 0x40;
const OBJECT_MP3: u8 = 0x6B;

/// 72 dots per inch, which is what everybody writes.
const RESOLUTION: u32 = 0x0048_0000;

pub(super) fn entry(out: &mut Vec<u8>, track: &Track) {
    let configured = |name: [u8; 4]| {
        move |out: &mut Vec<u8>| boxed(out, name, |out| out.extend_from_slice(&track.configuration))
    };
    match track.codec {
        Codec::H264 => visual(out, *b"avc1", track, configured(*b"avcC")),
        Codec::Hevc => visual(out, *b"hvc1", track, configured(*b"hvcC")),
        Codec::Av1 => visual(out, *b"av01", track, configured(*b"av1C")),
        Codec::Vp9 => visual(out, *b"vp09", track, configured(*b"vpcC")),
        Codec::Aac => audio(out, *b"mp4a", track, |out| esds(out, OBJECT_AAC, track)),
        Codec::Mp3 => audio(out, *b"mp4a", track, |out| esds(out, OBJECT_MP3, track)),
        Codec::Opus => audio(out, *b"Opus", track, |out| dops(out, &track.configuration)),
    }
}

fn visual(out: &mut Vec<u8>, name: [u8; 4], track: &Track, inside: impl FnOnce(&mut Vec<u8>)) {
    boxed(out, name, |out| {
        zeros(out, 6);
        put16(out, 1);
        zeros(out, 16);
        put16(out, track.width);
        put16(out, track.height);
        put32(out, RESOLUTION);
        put32(out, RESOLUTION);
        zeros(out, 4);
        put16(out, 1);
        // The compressor's name: none.
        zeros(out, 32);
        put16(out, 24);
        put16(out, u16::MAX);
        inside(out);
    });
}

fn audio(out: &mut Vec<u8>, name: [u8; 4], track: &Track, inside: impl FnOnce(&mut Vec<u8>)) {
    boxed(out, name, |out| {
        zeros(out, 6);
        put16(out, 1);
        zeros(out, 8);
        put16(out, track.channels);
        put16(out, 16);
        zeros(out, 4);
        // Whole units in the upper half. A rate that does not fit is in the configuration alone.
        put32(
            out,
            u16::try_from(track.timescale).map_or(0, u32::from) << 16,
        );
        inside(out);
    });
}

/// MPEG-4's own description: descriptors within descriptors.
fn esds(out: &mut Vec<u8>, object: u8, track: &Track) {
    full_box(out, *b"esds", 0, 0, |out| {
        let mut decoder = vec![object, 0x15, 0, 0, 0];
        // Greatest and average bits per second: not known beforehand.
        zeros(&mut decoder, 8);
        if !track.configuration.is_empty() {
            descriptor(&mut decoder, 5, &track.configuration);
        }
        let mut stream = vec![0, 0, 0];
        descriptor(&mut stream, 4, &decoder);
        descriptor(&mut stream, 6, &[2]);
        descriptor(out, 3, &stream);
    });
}

/// A tag, a length in four groups of seven bits, and what is inside.
fn descriptor(out: &mut Vec<u8>, tag: u8, inside: &[u8]) {
    out.push(tag);
    // A configuration has 64 KiB at most: two groups of seven bits are not enough, four are.
    let length = u32::try_from(inside.len()).unwrap_or(u32::MAX);
    for shift in [21, 14, 7, 0] {
        let more = if shift > 0 { 0x80 } else { 0 };
        let [.., group] = (length >> shift & 0x7F).to_be_bytes();
        out.push(group | more);
    }
    out.extend_from_slice(inside);
}

/// The fields of an Opus header, the other way around.
fn dops(out: &mut Vec<u8>, head: &[u8]) {
    boxed(out, *b"dOps", |out| {
        out.push(0);
        let Some(&[_, channels, s0, s1, r0, r1, r2, r3, g0, g1, family]) =
            head.get(8..).and_then(<[u8]>::first_chunk)
        else {
            return;
        };
        out.extend_from_slice(&[channels, s1, s0, r3, r2, r1, r0, g1, g0, family]);
        if family != 0 {
            out.extend_from_slice(head.get(19..).unwrap_or_default());
        }
    });
}
