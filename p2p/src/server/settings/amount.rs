//! Times and sizes as people write them.

use std::time::Duration;

/// The units of time in milliseconds, the largest first.
const TIMES: [(&str, u64); 6] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("min", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// The units of size in bytes, the largest first.
const SIZES: [(&str, u32); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("", 1),
];

/// Reads a time: numbers with their units, the largest unit first, as `1m30s`; or 0.
pub(super) fn read_time(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut total: u64 = 0;
    let mut smallest = u64::MAX;
    while !rest.is_empty() || smallest == u64::MAX {
        let (number, after) = split_number(rest)?;
        let end = after.find(|c: char| c.is_ascii_digit());
        let (unit, next) = after.split_at(end.unwrap_or(after.len()));
        let (_, milliseconds) = TIMES.iter().find(|(name, _)| *name == unit)?;
        if *milliseconds >= smallest {
            return None;
        }
        smallest = *milliseconds;
        total = total.checked_add(number.checked_mul(*milliseconds)?)?;
        rest = next;
    }
    Some(Duration::from_millis(total))
}

/// The shortest text that reads as this time, to the millisecond.
pub(super) fn write_time(time: Duration) -> String {
    let mut rest = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, milliseconds) in TIMES {
        if rest >= milliseconds {
            text += &format!("{}{unit}", rest / milliseconds);
            rest %= milliseconds;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

/// Reads a size below 4 GiB: a number of bytes, or one with a unit, as `1MiB`.
pub(super) fn read_size(text: &str) -> Option<u32> {
    let (number, unit) = split_number(text)?;
    let (_, bytes) = SIZES.iter().find(|(name, _)| *name == unit)?;
    let size = number.checked_mul(u64::from(*bytes))?;
    size.try_into().ok()
}

/// A size in the largest unit of which it is a multiple.
pub(super) fn write_size(size: u32) -> String {
    let divides = |(_, bytes): &&(&str, u32)| size >= *bytes && size.is_multiple_of(*bytes);
    let (unit, bytes) = SIZES.iter().find(divides).unwrap_or(&("", 1));
    format!("{}{unit}", size / bytes)
}

/// The number at the start of a text, and the rest.
fn split_number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_its_units() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("1h", 3_600_000),
            ("1d1ms", 86_400_001),
            ("0s", 0),
        ] {
            assert_eq!(read_time(text), Some(Duration::from_millis(milliseconds)));
            assert_eq!(write_time(Duration::from_millis(milliseconds)), text);
        }
        assert_eq!(read_time("90s"), read_time("1m30s"));
        assert_eq!(read_time("5min"), read_time("5m"));
        assert_eq!(read_time("0"), Some(Duration::ZERO));
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "",
            "30",
            "s",
            "30 s",
            "-1s",
            "+1s",
            "1.5s",
            "30s1m",
            "1s1s",
            "1m1min",
            "1w",
            "30S",
            "99999999999999999999s",
            "18446744073709551615s",
        ] {
            assert_eq!(read_time(text), None, "{text}");
        }
    }

    #[test]
    fn a_size_is_written_in_the_largest_unit_that_divides_it() {
        for (text, bytes) in [
            ("0", 0),
            ("1000", 1000),
            ("1KiB", 1024),
            ("1MiB", 1 << 20),
            ("1025KiB", 1025 << 10),
            ("3GiB", 3 << 30),
            ("4294967295", u32::MAX),
        ] {
            assert_eq!(read_size(text), Some(bytes));
            assert_eq!(write_size(bytes), text);
        }
        for text in [
            "",
            "MiB",
            "1MB",
            "1 MiB",
            "-1",
            "1.5MiB",
            "4GiB",
            "4294967296",
        ] {
            assert_eq!(read_size(text), None, "{text}");
        }
    }
}
