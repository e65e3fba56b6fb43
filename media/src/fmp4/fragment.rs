//! A fragment: where the frames are and when, then the frames.

use bytes::Bytes;

use super::boxes::{boxed, full_box, put32, put64};

/// Sample flags: depends on no other, decoding can start here.
const KEY: u32 = 0x0200_0000;

/// Sample flags: depends on others, decoding cannot start here.
const INTER: u32 = 0x0101_0000;

/// `tfhd`: offsets count from the fragment's first byte.
const BASE_IS_MOOF: u32 = 0x02_0000;

/// `trun`: an offset, and for each sample its duration, size, flags and composition time.
const RUN_FLAGS: u32 = 0x0000_0001 | 0x100 | 0x200 | 0x400 | 0x800;

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// In units of its track.
    pub duration: u32,
    /// How much later than decoded it is shown, in units of its track.
    pub composition: u32,
    /// Decoding can start here.
    pub is_key: bool,
    /// The frame.
    pub data: Bytes,
}

/// Frames of one track that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The track's number.
    pub track: u32,
    /// When the first is decoded, in units of the track.
    pub start: u64,
    /// At least one.
    pub samples: Vec<Sample>,
}

/// A fragment of these runs. `sequence` counts fragments from 1.
pub fn fragment(sequence: u32, runs: &[Run]) -> Bytes {
    let frames = runs.iter().flat_map(|run| &run.samples);
    let payload: usize = frames.clone().map(|sample| sample.data.len()).sum();
    let mut out = Vec::with_capacity(payload + 128 + 16 * frames.clone().count() + 96 * runs.len());
    // Where each run's offset stands, to be filled in when the front is as long as it will be.
    let mut offsets = Vec::with_capacity(runs.len());
    boxed(&mut out, *b"moof", |out| {
        full_box(out, *b"mfhd", 0, 0, |out| put32(out, sequence));
        for run in runs {
            boxed(out, *b"traf", |out| {
                full_box(out, *b"tfhd", 0, BASE_IS_MOOF, |out| put32(out, run.track));
                full_box(out, *b"tfdt", 1, 0, |out| put64(out, run.start));
                full_box(out, *b"trun", 0, RUN_FLAGS, |out| {
                    put32(out, u32::try_from(run.samples.len()).unwrap_or(u32::MAX));
                    offsets.push(out.len());
                    put32(out, 0);
                    for sample in &run.samples {
                        put32(out, sample.duration);
                        put32(out, u32::try_from(sample.data.len()).unwrap_or(u32::MAX));
                        put32(out, if sample.is_key { KEY } else { INTER });
                        put32(out, sample.composition);
                    }
                });
            });
        }
    });
    let mut start = out.len() + 8;
    for (run, at) in runs.iter().zip(offsets) {
        let offset = u32::try_from(start).unwrap_or(u32::MAX).to_be_bytes();
        if let Some(place) = out.get_mut(at..at + 4) {
            place.copy_from_slice(&offset);
        }
        start += run
            .samples
            .iter()
            .map(|sample| sample.data.len())
            .sum::<usize>();
    }
    boxed(&mut out, *b"mdat", |out| {
        for sample in frames {
            out.extend_from_slice(&sample.data);
        }
    });
    out.into()
}
