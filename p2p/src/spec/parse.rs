//! Reading the text of a shape on the wire, as [`Wire`]'s `Display` and `canonical` write it.

use super::wire::{Item, List, Wire};

/// The deepest nesting of lists that is accepted.
const DEPTH: usize = 128;

/// The shape that a text describes, or what was expected instead of its rest.
pub(super) fn wire(text: &str) -> Result<(Wire, &str), &'static str> {
    item(text.trim_start(), DEPTH)
}

fn item(text: &str, depth: usize) -> Result<(Wire, &str), &'static str> {
    if let Some(rest) = text.strip_prefix('[') {
        let depth = depth.checked_sub(1).ok_or("fewer lists within lists")?;
        return list(rest.trim_start(), depth);
    }
    if let Some(rest) = text.strip_prefix('^') {
        let (digits, rest) = split(rest, |letter| letter.is_ascii_digit());
        let lists = digits.parse().map_err(|_| "a number after `^`")?;
        return Ok((Wire::Up(lists), rest));
    }
    let (word, rest) = split(text, |letter| letter.is_ascii_alphanumeric());
    let wire = match word {
        "bool" => Wire::Bool,
        "bytes" => Wire::Bytes,
        "text" => Wire::Text,
        "any" => Wire::Any,
        "opaque" => {
            let Some(quoted) = rest.strip_prefix(" \"") else {
                return Ok((Wire::Opaque(String::new()), rest));
            };
            let (name, rest) = quoted.split_once('"').ok_or("a `\"` after a type's name")?;
            return Ok((Wire::Opaque(name.to_owned()), rest));
        }
        word => {
            let number = |digits: &str| digits.parse::<u32>().ok();
            let uint = word.strip_prefix("uint").and_then(number);
            let fixed = word.strip_prefix("bytes").and_then(number);
            match (uint, fixed) {
                (Some(bits), _) => Wire::Uint(bits),
                (None, Some(length)) => Wire::Fixed(length as usize),
                (None, None) => return Err("a shape, as in `[uint64, bytes32]`"),
            }
        }
    };
    Ok((wire, rest))
}

/// Parses the rest of a list, after the `[`.
fn list(text: &str, depth: usize) -> Result<(Wire, &str), &'static str> {
    let mut list = List::default();
    let mut rest = text;
    loop {
        if let Some(after) = rest.strip_prefix(']') {
            return Ok((Wire::List(list), after));
        }
        if let Some(after) = rest.strip_prefix("..]") {
            list.trailing = true;
            return Ok((Wire::List(list), after));
        }
        let (name, after) = name(rest);
        let (wire, after) = item(after, depth)?;
        if let (Some(after), true) = (after.strip_prefix("*]"), list.items.is_empty()) {
            return Ok((Wire::Many(Box::new(wire)), after));
        }
        let (optional, after) = match after.strip_prefix('?') {
            Some(after) => (true, after),
            None => (false, after),
        };
        let (count, after) = match after.strip_prefix(" x ") {
            Some(after) => {
                let (digits, after) = split(after, |letter| letter.is_ascii_digit());
                (digits.parse().map_err(|_| "a number after `x`")?, after)
            }
            None => (1, after),
        };
        list.items.push(Item {
            name: name.to_owned(),
            wire,
            optional,
            count,
        });
        rest = match after.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None if after.starts_with(']') => after,
            None => return Err("`,` or `]` after an item"),
        };
    }
}

/// The name of an item, if it has one, and the rest.
fn name(text: &str) -> (&str, &str) {
    let (word, rest) = split(text, |letter| {
        letter.is_alphanumeric() || letter == '_' || letter == '-'
    });
    match rest.strip_prefix(": ") {
        Some(rest) if !word.is_empty() => (word, rest),
        _ => ("", text),
    }
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|letter| !belongs(letter)).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "uint64",
            "[]",
            "[..]",
            "[text]",
            "[request-id: uint64, hashes: [bytes32*], peer: bool?, url: text?, ..]",
            "[[[uint8, bytes]*]*]",
            "[uint64 x 100, any, opaque, opaque \"wire::Header<u8>\"]",
            "[children: [^2*]]",
            "[größe: uint256]",
        ] {
            let (wire, rest) = wire(text).unwrap();
            assert_eq!((wire.to_string().as_str(), rest), (text, ""));
        }
    }

    #[test]
    fn names_and_ways_of_writing_make_no_difference() {
        let parsed = |text| wire(text).unwrap().0;
        let same = parsed("[a: uint64, b: uint64, uint64, c: bool]");
        assert_eq!(same, parsed("[uint64 x 3, bool]"));
        assert_eq!(same.canonical(), "[uint64 x 3, bool]");
        assert_ne!(same, parsed("[uint64 x 2, bool]"));
        assert_ne!(same, parsed("[uint64 x 3, bool?]"));
        assert_ne!(same, parsed("[uint64 x 3, bool, ..]"));
    }

    #[test]
    fn what_is_no_shape_is_refused() {
        for text in [
            "",
            "[",
            "uint",
            "[uint64",
            "[uint64 bool]",
            "[text x]",
            "^",
            "[text*, bool]",
        ] {
            assert!(wire(text).is_err(), "{text}");
        }
        assert!(wire(&"[".repeat(1000)).is_err());
    }
}
