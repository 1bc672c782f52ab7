//! Each layer of the library imports only from the layers that it stands on.

#![allow(clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules at the top of the library, each with the modules that it may import from.
const LAYERS: [(&[&str], &[&str]); 13] = [
    // L0: the vocabulary.
    (VOCABULARY, &[]),
    // What derived code names of it.
    (&["private"], &["rlp"]),
    // L1: RLPx.
    (&["rlpx"], VOCABULARY),
    // L2: the session.
    (
        &["session"],
        &[
            "breach",
            "bucket",
            "capability",
            "disconnect",
            "identity",
            "message_id",
            "rlp",
            "rlpx",
            "snappy",
        ],
    ),
    // Memory for what is done now.
    (&["pool"], &[]),
    // Token buckets and locks.
    (&["bucket", "sync"], &[]),
    // All of the runtime that protocols are given.
    (&["timer"], &[]),
    // What is counted, where there is a recorder.
    (&["meters"], &[]),
    // L3: the protocol knows nothing of RLPx.
    (
        &["protocol"],
        &[
            "breach",
            "bucket",
            "capability",
            "disconnect",
            "enode",
            "identity",
            "meters",
            "message_id",
            "network",
            "pool",
            "rlp",
            "snappy",
            "source",
            "timer",
        ],
    ),
    // What is said of a protocol.
    (&["spec"], &["protocol", "rlp"]),
    // L4: the runtime.
    (RUNTIME, EVERYTHING),
    // Lists and the database of nodes, which know of the runtime nothing but time.
    (&["nodes"], NODES),
    // The command line.
    (&["node"], EVERYTHING),
];

const VOCABULARY: &[&str] = &[
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

const NODES: &[&str] = &["enode", "identity", "network", "rlp", "source", "sync"];

const RUNTIME: &[&str] = &["peer", "server"];

const EVERYTHING: &[&str] = &[
    "breach",
    "capability",
    "disconnect",
    "nodes",
    "enode",
    "identity",
    "message_id",
    "meters",
    "network",
    "pool",
    "rlp",
    "snappy",
    "source",
    "sync",
    "rlpx",
    "session",
    "protocol",
    "peer",
    "server",
];

/// What L0 to L2 must not name: they are functions of their arguments.
const IMPURE: [&str; 7] = [
    "tokio",
    "getrandom",
    "Instant::now",
    "SystemTime",
    "std::net::Tcp",
    "std::net::Udp",
    "std::thread",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../p2p/src")
}

/// Every source file that is not a test, with its top module and its text without comments and inline
/// tests.
fn files() -> Vec<(PathBuf, String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the library") {
            let path = entry.expect("an entry").path();
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            if name == "tests" || name == "vectors" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let inner = path.strip_prefix(source()).expect("inside").to_path_buf();
            let top = inner.iter().next().expect("a part").to_string_lossy();
            let top = top.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).expect("readable");
            let code = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .expect("a part");
            let code: Vec<&str> = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            found.push((inner, top, code.join("\n")));
        }
    }
    assert!(found.len() > 30, "the library has moved");
    found
}

/// The module that each name at the crate's root comes from.
fn roots() -> BTreeMap<String, String> {
    let text = fs::read_to_string(source().join("lib.rs")).expect("readable");
    let mut roots = BTreeMap::new();
    for used in text.split("pub use ").skip(1) {
        let used = used.split(';').next().unwrap_or_default();
        let Some((module, names)) = used.split_once("::") else {
            continue;
        };
        if module == "crate" {
            continue;
        }
        for name in names.split(|c: char| !c.is_alphanumeric() && c != '_') {
            roots.insert(name.to_owned(), module.to_owned());
        }
    }
    roots
}

/// The top modules that a text imports from.
fn imports(code: &str, roots: &BTreeMap<String, String>) -> Vec<String> {
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut found = Vec::new();
    for path in code.split("crate::").skip(1) {
        match path.strip_prefix('{') {
            None => found.push(word(path)),
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (at, c) in group.char_indices() {
                    match c {
                        '}' if depth == 0 => break,
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ if start && !c.is_whitespace() => {
                            found.push(word(&group[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    let module = |name: String| roots.get(&name).cloned().unwrap_or(name);
    found.into_iter().map(module).collect()
}

#[test]
fn every_file_imports_only_from_its_own_layer_and_those_that_its_line_names() {
    let roots = roots();
    let mut wrong = Vec::new();
    for (path, top, code) in files() {
        if top == "lib" {
            continue;
        }
        let (own, below) = LAYERS
            .iter()
            .find(|(own, _)| own.contains(&top.as_str()))
            .unwrap_or_else(|| panic!("{top} belongs to no layer"));
        for import in imports(&code, &roots) {
            if !own.contains(&import.as_str()) && !below.contains(&import.as_str()) {
                wrong.push(format!("{} imports {import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_lower_layers_hold_no_socket_no_clock_and_no_randomness() {
    let mut wrong = Vec::new();
    for (path, top, code) in files() {
        if VOCABULARY.contains(&top.as_str()) || top == "rlpx" || top == "session" {
            for name in IMPURE {
                if code.contains(name) {
                    wrong.push(format!("{} names {name}", path.display()));
                }
            }
        }
        if top == "protocol" {
            for part in code.split("tokio::").skip(1) {
                if !part.starts_with("sync") {
                    wrong.push(format!("{} uses more of tokio than sync", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Who may ask for the calendar's time, to say in a record or a file when something was.
const CALENDAR: [&str; 3] = [
    "nodes/database/mod.rs",
    "server/core.rs",
    "server/records/mod.rs",
];

#[test]
fn the_runtime_has_no_clock_but_that_of_tokio_which_tests_can_hold_still() {
    let mut wrong = Vec::new();
    for (path, top, code) in files() {
        if !RUNTIME.contains(&top.as_str()) && top != "nodes" && top != "timer" {
            continue;
        }
        let of_std = code
            .lines()
            .any(|line| line.starts_with("use std::time::") && line.contains("Instant"));
        let code = code.replace("tokio::time::Instant::now", "");
        if code.contains("std::time::Instant::now") || of_std && code.contains("Instant::now") {
            wrong.push(format!("{} asks the machine's clock", path.display()));
        }
        let is_record = CALENDAR.iter().any(|file| path == Path::new(file));
        if code.contains("SystemTime::now") && !is_record {
            wrong.push(format!("{} asks the calendar", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    let long: Vec<String> = files()
        .into_iter()
        .map(|(path, _, code)| (path, code.lines().count()))
        .filter(|(_, lines)| *lines > 500)
        .map(|(path, lines)| format!("{} has {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}
