//! Writing boxes: a size, a name, and what is inside.

/// Appends a box; `inside` writes its content. The size is filled in behind it.
pub(super) fn boxed(out: &mut Vec<u8>, name: [u8; 4], inside: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&name);
    inside(out);
    let length = u32::try_from(out.len() - start).unwrap_or(u32::MAX);
    if let Some(size) = out.get_mut(start..start + 4) {
        size.copy_from_slice(&length.to_be_bytes());
    }
}

/// Appends a box that begins with a version and flags.
pub(super) fn full_box(
    out: &mut Vec<u8>,
    name: [u8; 4],
    version: u8,
    flags: u32,
    inside: impl FnOnce(&mut Vec<u8>),
) {
    boxed(out, name, |out| {
        put32(out, u32::from(version) << 24 | flags & 0x00FF_FFFF);
        inside(out);
    });
}

pub(super) fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(super) fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(super) fn put64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(super) fn zeros(out: &mut Vec<u8>, count: usize) {
    out.resize(out.len() + count, 0);
}
