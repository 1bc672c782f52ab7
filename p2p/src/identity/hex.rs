//! Keys as hex text, and why bytes or text are not a key.

use std::fmt;

use thiserror::Error;

/// Why bytes or text are not a key.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The text has a wrong number of hex digits.
    #[error("a key of {expected} hex digits was expected, {found} characters came")]
    Length {
        /// Hex digits that this kind of key has.
        expected: usize,
        /// Characters found.
        found: usize,
    },
    /// A character is not a hex digit.
    #[error("{character:?} at position {position} is not a hex digit")]
    Digit {
        /// The character.
        character: char,
        /// Its position, from 0.
        position: usize,
    },
    /// A secret key is zero, or not below the order of the curve.
    #[error("a secret key must be between 1 and the order of secp256k1 minus 1")]
    Secret,
    /// A public key's coordinates are not a point on the curve.
    #[error("these 64 bytes are not a point of secp256k1")]
    Point,
}

/// Reads exactly `N` bytes of hex, upper or lower case, without a prefix.
pub(super) fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], KeyError> {
    if let Some((position, character)) = text
        .chars()
        .enumerate()
        .find(|(_, c)| !c.is_ascii_hexdigit())
    {
        return Err(KeyError::Digit {
            character,
            position,
        });
    }
    if text.len() != 2 * N {
        return Err(KeyError::Length {
            expected: 2 * N,
            found: text.len(),
        });
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = pair
            .iter()
            .fold(0, |value, digit| value << 4 | nibble(*digit));
    }
    Ok(bytes)
}

/// The value of an ASCII hex digit.
fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'A' + 10,
    }
}

/// Writes bytes as lower-case hex.
pub(super) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}
