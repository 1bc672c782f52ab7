//! The page that sets this library beside go-ethereum names tests that there are.

#![allow(clippy::expect_used)]

use std::fs;
use std::path::Path;

/// All source below a folder, as one text.
fn source(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder of the library") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text += &source(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &fs::read_to_string(&path).expect("readable");
        }
    }
    text
}

#[test]
fn each_test_that_the_parity_page_names_exists() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../p2p/src");
    let page = fs::read_to_string(library.join("docs/parity.md")).expect("readable");
    let (_, rows) = page.split_once("# Tests\n").expect("a table of tests");
    let code = source(&library);
    let names = rows.split('`').skip(1).step_by(2);
    let ours: Vec<&str> = names.filter(|name| !name.starts_with("Test")).collect();
    assert!(ours.len() > 40, "the table has moved");
    let is_missing = |name: &&&str| !code.contains(&format!("fn {name}("));
    // `p2p` is the name of go-ethereum's package.
    let missing: Vec<_> = ours
        .iter()
        .filter(|name| **name != "p2p")
        .filter(is_missing)
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
