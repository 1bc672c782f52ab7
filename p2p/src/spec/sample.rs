//! Example payloads that are made from shapes alone.

use crate::rlp::shape::{Bounds, Struct};
use crate::rlp::{Shape, Writer};

/// How an example is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// Zeros, empty lists, and no optional field.
    Smallest,
    /// Integers of full width, lists of two, and all optional fields.
    Typical,
}

/// How deep an example follows recursive structs.
const DEPTH: usize = 16;

/// The payload of a message, with the id of a request or reply in front; `None` if it has an opaque part,
/// or no end.
pub(super) fn payload(message: &Struct, has_id: bool, size: Size) -> Option<Vec<u8>> {
    let id = has_id.then(|| scalar(&uint(64, Bounds::NONE, size)));
    structure(message, id, size, &[], DEPTH)
}

/// A struct's item; `first` comes before its fields, `open` are the structs around it.
fn structure(
    item: &Struct,
    first: Option<Vec<u8>>,
    size: Size,
    open: &[&Struct],
    depth: usize,
) -> Option<Vec<u8>> {
    if let ([only], true) = (item.fields.as_slice(), item.transparent) {
        return sample(&only.shape, only.bounds, size, open, depth);
    }
    let mut items = first.unwrap_or_default();
    for field in &item.fields {
        if field.optional && size == Size::Smallest {
            break;
        }
        items.extend(sample(&field.shape, field.bounds, size, open, depth)?);
    }
    Some(list(&items))
}

fn sample(
    shape: &Shape,
    bounds: Bounds,
    size: Size,
    open: &[&Struct],
    depth: usize,
) -> Option<Vec<u8>> {
    let inner = |shape: &Shape| sample(shape, Bounds::NONE, size, open, depth);
    let item = match shape {
        Shape::Uint { bits } => scalar(&uint(*bits, bounds, size)),
        Shape::Bool => scalar(&uint(1, Bounds::NONE, size)),
        Shape::Bytes => string(b"\x01\x02\x03\x04", bounds, size),
        Shape::Text => string(b"text", bounds, size),
        Shape::FixedBytes(length) => scalar(&match size {
            Size::Smallest => vec![0; *length],
            Size::Typical => counting(*length),
        }),
        Shape::List(item) => {
            let count = match size {
                Size::Smallest => 0,
                Size::Typical => bounds.max_items.unwrap_or(2).min(2),
            };
            match count {
                0 => list(&[]),
                count => list(&inner(item)?.repeat(count)),
            }
        }
        Shape::Array(_, 0) => list(&[]),
        Shape::Array(item, length) => list(&inner(item)?.repeat(*length)),
        Shape::Tuple(items) => {
            let items: Option<Vec<_>> = items.iter().map(inner).collect();
            list(&items?.concat())
        }
        Shape::Struct(item) => {
            let open: Vec<_> = open.iter().copied().chain([item]).collect();
            return structure(item, None, size, &open, depth);
        }
        Shape::Recursive { up, .. } => {
            let depth = depth.checked_sub(1)?;
            let open = open.get(..open.len().checked_sub(*up)?)?;
            return structure(open.last()?, None, Size::Smallest, open, depth);
        }
        Shape::Raw if size == Size::Smallest => scalar(&[]),
        Shape::Raw => list(&[1, 2, 3]),
        Shape::Opaque(_) => return None,
    };
    Some(item)
}

/// The digits of an integer, without leading zeros.
fn uint(bits: u32, bounds: Bounds, size: Size) -> Vec<u8> {
    let mut digits = match size {
        Size::Smallest => Vec::new(),
        // The first digit is 1, which fits whatever the bits are.
        Size::Typical => counting(bits.div_ceil(8) as usize),
    };
    let value = match digits.len() {
        0..=16 => digits
            .iter()
            .fold(0, |sum, digit| sum << 8 | u128::from(*digit)),
        _ => u128::MAX,
    };
    let least = bounds.least.unwrap_or(0);
    let greatest = bounds.greatest;
    if value < least || greatest.is_some_and(|greatest| value > greatest) {
        let within = value.min(greatest.unwrap_or(u128::MAX)).max(least);
        digits = within.to_be_bytes().to_vec();
    }
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    digits.split_off(zeros)
}

fn string(typical: &[u8], bounds: Bounds, size: Size) -> Vec<u8> {
    match size {
        Size::Smallest => scalar(&[]),
        Size::Typical => {
            let length = bounds.max_len.unwrap_or(usize::MAX).min(typical.len());
            scalar(typical.get(..length).unwrap_or_default())
        }
    }
}

/// 1, 2, 3 and so on.
fn counting(length: usize) -> Vec<u8> {
    (1..=u8::MAX).cycle().take(length).collect()
}

fn scalar(payload: &[u8]) -> Vec<u8> {
    let mut item = Vec::new();
    Writer::new(&mut item).bytes(payload);
    item
}

fn list(items: &[u8]) -> Vec<u8> {
    let mut item = Vec::new();
    let mut out = Writer::new(&mut item);
    out.list(items.len());
    out.raw(items);
    item
}
