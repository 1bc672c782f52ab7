//! The recipient's part in the agreement on the session's secret.
//!
//! Auth holds no ephemeral public key of the initiator, but the signature (r, s) that it has made of the token m. The
//! key is Q = (s·R − m·G) / r, where R is the point whose x coordinate is r. To recover Q is a multiplication of a
//! point that was not known before, and to agree, e·Q for an ephemeral key e of our own, is another.
//!
//! One is enough: for e = t·r it is e·Q = (t·s)·R − (t·m)·G, so what is drawn is t. Since r is not zero, e is as
//! random as t is, and whoever sees our public key and all that follows can't tell that it was made this way.

use crate::identity::KeyError;
use crate::identity::node_key::Secret;
use crate::identity::public_key::PublicKey;
use crate::rlpx::Fill;

/// Our ephemeral public key, and what was agreed on with it.
pub(super) struct Answer {
    pub(super) public: PublicKey,
    /// The x coordinate of the point.
    pub(super) agreed: [u8; 32],
}

impl Answer {
    /// Answers whoever has signed `token`. A signature is r, s, and 0 or 1 for an R with an even or an odd y.
    ///
    /// # Errors
    ///
    /// A [`KeyError`] if no key can have made this signature, or in cases that never come about by chance: an x
    /// coordinate beyond the order of the curve, for which the last byte is 2 or 3, or a token that is zero or beyond.
    pub(super) fn new(
        signature: &[u8; 65],
        token: &[u8; 32],
        fill: Fill<'_>,
    ) -> Result<Self, KeyError> {
        let (r, s, odd) = split(signature).ok_or(KeyError::Point)?;
        let point = PublicKey::from_x(r, odd)?;
        let drawn = Secret::create(fill);
        let of_point = drawn.times(s)?.multiply(&point)?;
        let of_token = drawn.times(token)?.negated().public_key();
        Ok(Self {
            public: drawn.times(r)?.public_key(),
            agreed: of_point.plus(&of_token)?.x(),
        })
    }
}

fn split(signature: &[u8; 65]) -> Option<(&[u8; 32], &[u8; 32], bool)> {
    let (r, rest) = signature.split_first_chunk()?;
    let (s, recovery) = rest.split_first_chunk()?;
    match recovery {
        [0] => Some((r, s, false)),
        [1] => Some((r, s, true)),
        _ => None,
    }
}
