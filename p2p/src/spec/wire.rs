//! The shape of an item as peers see it: no types and no bounds, and names only to read by.

use std::fmt::{self, Write};

use crate::rlp::Shape;
use crate::rlp::shape::{Field, Struct};

/// An item on the wire.
///
/// Two are equal if no peer can tell them apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wire {
    /// An integer of at most this many bits.
    Uint(u32),
    /// A truth value.
    Bool,
    /// A byte string.
    Bytes,
    /// A byte string of this many bytes.
    Fixed(usize),
    /// Text in UTF-8.
    Text,
    /// Any one item.
    Any,
    /// An item of a type of which only the name is known.
    Opaque(String),
    /// A repetition of the list this many levels further out; 1 is the innermost.
    Up(usize),
    /// A list of any number of such items.
    Many(Box<Wire>),
    /// A list of these items.
    List(List),
}

/// A list of given items.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    /// Its items.
    pub(super) items: Vec<Item>,
    /// More items may follow, and are ignored.
    pub(super) trailing: bool,
}

/// An item of a list, or several that are the same.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Its name, if it has one.
    pub(super) name: String,
    /// Its shape.
    pub(super) wire: Wire,
    /// It may be absent.
    pub(super) optional: bool,
    /// How many there are.
    pub(super) count: usize,
}

impl Item {
    /// True if no peer can tell one from the other.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.optional == other.optional && self.wire == other.wire
    }

    fn of(field: &Field, level: usize, open: &mut Vec<usize>) -> Self {
        let is_position = field.name.bytes().all(|byte| byte.is_ascii_digit());
        let name = if is_position { "" } else { field.name };
        Self {
            name: name.to_owned(),
            wire: Wire::of(&field.shape, level, open),
            optional: field.optional,
            count: 1,
        }
    }
}

impl List {
    /// The items, with those that are the same in a row counted together.
    fn runs(&self) -> Vec<(&Item, usize)> {
        let mut runs: Vec<(&Item, usize)> = Vec::new();
        for item in self.items.iter().filter(|item| item.count > 0) {
            match runs.last_mut() {
                Some((last, count)) if last.is_like(item) => *count += item.count,
                _ => runs.push((item, item.count)),
            }
        }
        runs
    }
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        let one = self.runs();
        let two = other.runs();
        let same = |((a, count), (b, other)): (&(&Item, usize), &(&Item, usize))| {
            count == other && a.is_like(b)
        };
        self.trailing == other.trailing && one.len() == two.len() && one.iter().zip(&two).all(same)
    }
}

impl Wire {
    /// The payload of a message, with the id of a request or reply in front.
    pub(super) fn payload(message: &Struct, has_id: bool) -> Self {
        let mut payload = Self::structure(message, 0, &mut Vec::new());
        if let (Self::List(list), true) = (&mut payload, has_id) {
            let id = Item {
                name: "request-id".to_owned(),
                wire: Self::Uint(64),
                optional: false,
                count: 1,
            };
            list.items.insert(0, id);
        }
        payload
    }

    /// `level` lists are around the item; `open` are the structs around it, each with the number of
    /// lists around that.
    fn of(shape: &Shape, level: usize, open: &mut Vec<usize>) -> Self {
        match shape {
            Shape::Uint { bits } => Self::Uint(*bits),
            Shape::Bool => Self::Bool,
            Shape::Bytes => Self::Bytes,
            Shape::FixedBytes(length) => Self::Fixed(*length),
            Shape::Text => Self::Text,
            Shape::Raw => Self::Any,
            Shape::Opaque(name) => Self::Opaque(name.unwrap_or_default().replace('"', "'")),
            Shape::List(item) => Self::Many(Box::new(Self::of(item, level + 1, open))),
            Shape::Array(item, length) => {
                let item = Self::of(item, level + 1, open);
                Self::list([(item, *length)])
            }
            Shape::Tuple(items) => {
                let items = items
                    .iter()
                    .map(|item| (Self::of(item, level + 1, open), 1));
                Self::list(items)
            }
            Shape::Struct(item) => {
                open.push(level);
                let wire = Self::structure(item, level, open);
                open.pop();
                wire
            }
            Shape::Recursive { up, .. } => {
                let outer = open.iter().rev().nth(*up).copied();
                Self::Up(level.saturating_sub(outer.unwrap_or(0)))
            }
        }
    }

    fn structure(item: &Struct, level: usize, open: &mut Vec<usize>) -> Self {
        match item.fields.as_slice() {
            [only] if item.transparent => Self::of(&only.shape, level, open),
            fields => Self::List(List {
                items: fields
                    .iter()
                    .map(|field| Item::of(field, level + 1, open))
                    .collect(),
                trailing: item.trailing,
            }),
        }
    }

    fn list(items: impl IntoIterator<Item = (Self, usize)>) -> Self {
        let items = items.into_iter().map(|(wire, count)| Item {
            name: String::new(),
            wire,
            optional: false,
            count,
        });
        Self::List(List {
            items: items.collect(),
            trailing: false,
        })
    }

    /// True if a part of it is opaque.
    pub(super) fn opaque(&self) -> Option<&str> {
        match self {
            Self::Opaque(name) => Some(name),
            Self::Many(item) => item.opaque(),
            Self::List(list) => list.items.iter().find_map(|item| item.wire.opaque()),
            _ => None,
        }
    }

    /// The canonical text: equal for shapes that are the same on the wire.
    pub(super) fn canonical(&self) -> String {
        let mut text = String::new();
        // Writing to a string can't fail.
        let _ = self.write(&mut text, false);
        text
    }

    fn write(&self, out: &mut dyn Write, names: bool) -> fmt::Result {
        match self {
            Self::Uint(bits) => write!(out, "uint{bits}"),
            Self::Bool => out.write_str("bool"),
            Self::Bytes => out.write_str("bytes"),
            Self::Fixed(length) => write!(out, "bytes{length}"),
            Self::Text => out.write_str("text"),
            Self::Any => out.write_str("any"),
            Self::Opaque(name) if name.is_empty() => out.write_str("opaque"),
            Self::Opaque(name) => write!(out, "opaque \"{name}\""),
            Self::Up(lists) => write!(out, "^{lists}"),
            Self::Many(item) => {
                out.write_char('[')?;
                item.write(out, names)?;
                out.write_str("*]")
            }
            Self::List(list) => {
                let runs = if names {
                    list.items.iter().map(|item| (item, item.count)).collect()
                } else {
                    list.runs()
                };
                out.write_char('[')?;
                for (at, (item, count)) in runs.iter().enumerate() {
                    if at > 0 {
                        out.write_str(", ")?;
                    }
                    if names && !item.name.is_empty() {
                        write!(out, "{}: ", item.name)?;
                    }
                    item.wire.write(out, names)?;
                    if item.optional {
                        out.write_char('?')?;
                    }
                    if *count != 1 {
                        write!(out, " x {count}")?;
                    }
                }
                match (list.trailing, runs.is_empty()) {
                    (false, _) => {}
                    (true, true) => out.write_str("..")?,
                    (true, false) => out.write_str(", ..")?,
                }
                out.write_char(']')
            }
        }
    }
}

/// With names, as in `[start: uint64, hashes: [bytes32*], peer: bool?]`.
impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, true)
    }
}
