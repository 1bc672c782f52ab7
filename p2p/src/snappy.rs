//! Snappy, as payloads are compressed with it after Hello.

/// The longest payload of a message before compression, in bytes: 2^24 - 1.
pub(crate) const MAX_MESSAGE: usize = (1 << 24) - 1;

/// Compresses a payload.
pub(crate) fn compress(payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0; snap::raw::max_compress_len(payload.len())];
    // It fails only if the output is too small, or the input longer than 2^32.
    let length = snap::raw::Encoder::new()
        .compress(payload, &mut out)
        .unwrap_or(0);
    out.truncate(length);
    out
}
