//! The library's layers: which module may import from which, that no files import each other in a circle, and what
//! the lower layers must not use.
//!
//! `cargo test -p tests --test layers` lists what is wrong by file and line. A name counts as imported from the file
//! that its path names, which is `mod.rs` of a folder if it is written to come from there.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod circles;
mod code;
mod examples;
mod imports;
mod rules;

use std::fs;
use std::path::Path;

use imports::{Crate, Sources};
use rules::Table;

/// Every module at the top of the library with those that it may import from, the highest first. A new module gets a
/// line here.
const TABLE: &Table = &[
    (
        "node",
        &[&["server", "spec"], RUNTIME, SESSION, SUPPORT, WORDS],
    ),
    ("server", &[RUNTIME, SESSION, SUPPORT, WORDS]),
    ("nodes", &[&["sync"], WORDS]),
    (
        "driver",
        &[
            &["serve", "connection", "protocol"],
            SESSION,
            SUPPORT,
            WORDS,
        ],
    ),
    ("serve", &[&["connection", "protocol"], SUPPORT, WORDS]),
    ("connection", &[&["protocol"], SUPPORT, WORDS]),
    ("spec", &[&["protocol", "rlp"]]),
    // The code that the derives write names these through it.
    ("private", &[&["serve", "spec", "protocol"], WORDS]),
    ("protocol", &[&["bucket"], WORDS]),
    ("session", &[&["rlpx", "bucket"], WORDS]),
    ("rlpx", &[WORDS]),
    // Support: nothing in it knows anything of the layers above.
    ("bucket", &[]),
    ("budget", &[&["sync"]]),
    ("future", &[]),
    ("lane", &[&["budget", "future", "sync"]]),
    ("meters", &[]),
    ("pool", &[&["sync"]]),
    ("sync", &[]),
    ("timer", &[]),
    // The words that all others are made of.
    ("breach", &[WORDS]),
    ("capability", &[WORDS]),
    ("disconnect", &[WORDS]),
    ("enode", &[WORDS]),
    ("identity", &[WORDS]),
    ("message_id", &[WORDS]),
    ("network", &[WORDS]),
    ("snappy", &[WORDS]),
    ("source", &[WORDS]),
    ("rlp", &[]),
];

/// The vocabulary, with its encoding.
const WORDS: &[&str] = &[
    "breach",
    "capability",
    "disconnect",
    "enode",
    "identity",
    "message_id",
    "network",
    "rlp",
    "snappy",
    "source",
];

const SUPPORT: &[&str] = &[
    "bucket", "budget", "future", "lane", "meters", "pool", "sync", "timer",
];

const SESSION: &[&str] = &["rlpx", "session"];

/// The layers between the server and the session.
const RUNTIME: &[&str] = &["driver", "nodes", "serve", "connection", "protocol"];

/// The layers that are functions of their arguments: no socket, no clock, no randomness.
const PURE: [&[&str]; 2] = [WORDS, SESSION];

/// The layers that know nothing of tokio, and those that use its `sync` alone.
const WITHOUT_TOKIO: &[&str] = &["protocol", "spec"];
const WITH_SYNC_ALONE: &[&str] = &["connection", "serve"];

/// The layers whose time is tokio's, which tests can hold still.
const TIMED: &[&str] = &["connection", "driver", "nodes", "serve", "server", "timer"];

/// The files of those that may ask for the calendar's time, to write down when something was.
const CALENDAR: &[&str] = &[
    "nodes/database/mod.rs",
    "server/records/mod.rs",
    "server/core.rs",
];

/// The files of the library.
fn library() -> Sources {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../p2p/src");
    let mut sources = Sources::new();
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder of the library") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&folder).expect("inside").to_path_buf();
                let name = name.to_str().expect("a name in UTF-8").to_owned();
                sources.insert(name, fs::read_to_string(&path).expect("readable"));
            }
        }
    }
    sources
}

/// Checks the library by a rule.
fn assert_kept(rule: impl FnOnce(&Crate<'_>) -> Vec<String>) {
    let sources = library();
    let library = Crate::read(&sources);
    assert!(library.files().len() > 30, "the library has moved");
    let wrong = rule(&library);
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_module_has_a_line_in_the_table() {
    assert_kept(|library| rules::unlisted(library, TABLE));
}

#[test]
fn imports_lead_to_lower_layers_alone() {
    assert_kept(|library| rules::upward(library, TABLE));
}

#[test]
fn no_file_imports_from_the_root() {
    assert_kept(rules::through_root);
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    assert_kept(rules::circles);
}

#[test]
fn lower_layers_have_no_socket_clock_or_randomness() {
    assert_kept(|library| {
        let impure = |name: &str| rules::is_impure(name);
        rules::named(
            library,
            &PURE.concat(),
            impure,
            "must not be used in this layer",
        )
    });
}

#[test]
fn protocols_and_connections_need_no_runtime() {
    assert_kept(|library| {
        let is_tokio = |name: &str| name.starts_with("tokio");
        let is_more = |name: &str| is_tokio(name) && !name.starts_with("tokio::sync");
        let advice = "is of tokio, of which this layer must use nothing";
        let mut wrong = rules::named(library, WITHOUT_TOKIO, is_tokio, advice);
        let advice = "is of tokio, of which this layer must use `sync` alone";
        wrong.extend(rules::named(library, WITH_SYNC_ALONE, is_more, advice));
        wrong
    });
}

#[test]
fn the_runtime_has_no_clock_but_tokios() {
    assert_kept(|library| {
        let is_clock = |name: &str| name.ends_with("std::time::Instant::now");
        let advice = "is the machine's clock: use tokio's, which tests can hold still";
        let mut wrong = rules::named(library, TIMED, is_clock, advice);
        let is_calendar = |name: &str| name.ends_with("SystemTime::now");
        let advice = "is the calendar's time, which few files may ask for: add this one to CALENDAR if it must";
        let asked = rules::named(library, TIMED, is_calendar, advice);
        let is_allowed = |line: &String| {
            CALENDAR
                .iter()
                .any(|file| line.starts_with(&format!("{file}:")))
        };
        wrong.extend(asked.into_iter().filter(|line| !is_allowed(line)));
        wrong
    });
}

#[test]
fn no_file_is_too_long() {
    let sources = library();
    assert_kept(|library| rules::long(library, &sources));
}
