//! Instructions for each message by what they are for, as Valgrind's callgrind counts them in a process of its
//! own, both ends together and without the kernel. They don't move with what else the machine does.
//!
//! Valgrind knows neither AVX-512 nor wide AES, so ciphers and copies take their narrower ways there.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{part, row};

/// The parts, and what the source file of each has in its name, or the function where the file is of the standard
/// library; the first that fits counts.
const PARTS: [(&str, &[&str]); 9] = [
    ("Keccak", &["keccak", "sha3", "sponge"]),
    (
        "AES",
        &["/aes-", "/ctr-", "/cipher-", "/inout-", "aes::", "ctr::"],
    ),
    ("Snappy", &["/snap-", "snap::"]),
    ("copies", &["memcpy", "memmove", "memset", "memcmp"]),
    (
        "memory",
        &[
            "malloc",
            "free",
            "realloc",
            "calloc",
            "stats_alloc",
            "_int_",
        ],
    ),
    (
        "frames and sessions",
        &[
            "p2p/src/rlpx",
            "p2p/src/session",
            "p2p::rlpx",
            "p2p::session",
        ],
    ),
    ("codec", &["p2p/src/rlp", "p2p::rlp", "encode", "decode"]),
    ("queues and tasks", &["p2p/src/", "p2p::"]),
    ("tokio", &["tokio", "/mio-", "mio::"]),
];

const REST: &str = "the rest";

/// # Errors
///
/// Valgrind is missing, or says something else than what callgrind says.
pub(crate) fn run(rows: &mut Vec<Value>) -> Result<(), String> {
    part("Instructions for each message one way, both ends together, as callgrind counts them");
    for (size, name, messages) in [
        (32, "32 B", 10_000),
        (1024, "1 KiB", 5_000),
        (64 * 1024, "64 KiB", 200),
    ] {
        let all = count(size, messages)?;
        let none = count(size, 0)?;
        let mut sum = 0.0;
        let parts = PARTS.iter().map(|(part, _)| *part);
        for part in parts.chain([REST]) {
            let of = |counts: &BTreeMap<&str, u64>| counts.get(part).copied().unwrap_or(0) as f64;
            let each = (of(&all) - of(&none)) / messages as f64;
            sum += each;
            row(rows, &format!("{name}, {part}"), each, None);
        }
        row(rows, &format!("{name}, in all"), sum, None);
    }
    Ok(())
}

/// Counts the instructions of a process that sends `messages` messages.
fn count(size: usize, messages: usize) -> Result<BTreeMap<&'static str, u64>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let counts = Path::new(env!("CARGO_TARGET_TMPDIR")).join("callgrind.out");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--fair-sched=yes"]);
    valgrind.arg(format!("--callgrind-out-file={}", counts.display()));
    valgrind.arg(program);
    valgrind.args(["child", "calls", &size.to_string(), &messages.to_string()]);
    said(&mut valgrind)?;
    let mut annotate = Command::new("callgrind_annotate");
    annotate.args(["--threshold=100", "--auto=no"]).arg(&counts);
    let text = said(&mut annotate)?;
    let mut parts = BTreeMap::new();
    for (instructions, place) in text.lines().filter_map(line) {
        *parts.entry(part_of(place)).or_default() += instructions;
    }
    Ok(parts)
}

/// The part that a place belongs to: by its file, or else by its function.
fn part_of(place: &str) -> &'static str {
    let (file, function) = place.split_once(':').unwrap_or(("", place));
    let find = |text: &str| {
        let fits = |names: &[&str]| names.iter().any(|name| text.contains(name));
        PARTS.into_iter().find(|(_, names)| fits(names))
    };
    let known = find(file).or_else(|| find(function));
    known.map_or(REST, |(part, _)| part)
}

/// A line such as `1,234 ( 0.05%)  src/file.rs:path::function [program]`: the number and the place.
fn line(text: &str) -> Option<(u64, &str)> {
    let (number, rest) = text.trim_start().split_once(" (")?;
    let (_, place) = rest.split_once(")  ")?;
    let place = place.split_once(" [").map_or(place, |(place, _)| place);
    let number = number.replace(',', "").parse().ok()?;
    (place != "PROGRAM TOTALS").then_some((number, place))
}

/// Runs a program of Valgrind and returns its output.
fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| {
        format!("instructions are counted by Valgrind: {error}; install valgrind")
    })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
