//! The way in which the fields of a message or struct make up its encoding.

use crate::attr::Keyed;
use crate::attr::value::{Flag, Trailing};

/// The way in which fields make up an encoding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A list of exactly the fields.
    List,
    /// A list of the fields. Items after the last field are ignored.
    OpenList,
    /// The encoding of the one field.
    Transparent,
}

impl Layout {
    /// The layout from the two attributes. Validation refuses them together.
    pub(crate) fn new(
        transparent: Option<&Keyed<Flag>>,
        trailing: Option<&Keyed<Trailing>>,
    ) -> Self {
        match (transparent, trailing) {
            (Some(_), _) => Self::Transparent,
            (None, Some(_)) => Self::OpenList,
            (None, None) => Self::List,
        }
    }
}
