//! The first bytes of a payload, without decompressing the rest.

/// Fills `space` with the first bytes of the decompressed payload, and tells how many there are: fewer if
/// the payload is shorter, or no valid block up to there.
pub(crate) fn beginning(compressed: &[u8], space: &mut [u8]) -> usize {
    let mut rest = compressed;
    // The declared length comes first.
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let mut filled = 0;
    while filled < space.len() && element(&mut rest, space, &mut filled).is_some() {}
    filled
}

/// Puts one element's bytes behind those that are filled.
fn element(rest: &mut &[u8], space: &mut [u8], filled: &mut usize) -> Option<()> {
    let tag = number(rest, 1)?;
    let (length, offset) = match tag & 3 {
        0 => {
            let length = match tag >> 2 {
                short @ 0..60 => short,
                long => number(rest, long - 59)?,
            };
            let (literal, after) = rest.split_at_checked(length.checked_add(1)?)?;
            let count = literal.len().min(space.len() - *filled);
            space[*filled..][..count].copy_from_slice(&literal[..count]);
            *rest = after;
            *filled += count;
            return Some(());
        }
        1 => ((tag >> 2 & 7) + 4, (tag >> 5) << 8 | number(rest, 1)?),
        2 => ((tag >> 2) + 1, number(rest, 2)?),
        _ => ((tag >> 2) + 1, number(rest, 4)?),
    };
    if offset == 0 {
        return None;
    }
    // A copy may take what it has just put there.
    for _ in 0..length.min(space.len() - *filled) {
        space[*filled] = space[filled.checked_sub(offset)?];
        *filled += 1;
    }
    Some(())
}

/// Takes a number of so many bytes, the lowest first.
fn number(rest: &mut &[u8], width: usize) -> Option<usize> {
    let (bytes, after) = rest.split_at_checked(width)?;
    *rest = after;
    let number = bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | usize::from(*byte));
    Some(number)
}
