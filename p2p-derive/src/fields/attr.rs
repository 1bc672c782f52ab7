//! The attributes of a field.

use crate::attr::limits::{Bounds, Function, Limit};
use crate::attr::namespace;

namespace! {
    /// `#[field(..)]` on a field.
    "field" => FieldAttrs {
        /// The most items of a list.
        "max_items" => max_items: Limit, "max_items = 1024";
        /// The most bytes of a byte string.
        "max_len" => max_len: Limit, "max_len = 32";
        /// The integers that are allowed.
        "range" => range: Bounds, "range(1..=1024)";
        /// A function that checks the value.
        "with" => with: Function, "with = path::to::function";
    }
}

impl FieldAttrs {
    /// Returns true if nothing limits the field.
    pub(crate) fn is_empty(&self) -> bool {
        let Self {
            max_items,
            max_len,
            range,
            with,
            ..
        } = self;
        max_items.is_none() && max_len.is_none() && range.is_none() && with.is_none()
    }
}
