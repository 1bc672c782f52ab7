//! The tests of go-ethereum's `p2p` package, each of which our page beside it has to name.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::tools;

#[tokio::test]
async fn the_parity_page_names_go_ethereums_tests() {
    let folder = tools::go_ethereum().await.expect("Go and its modules");
    let mut theirs = BTreeSet::new();
    for entry in fs::read_dir(folder.join("p2p")).expect("the package") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().ends_with("_test.go") {
            let code = fs::read_to_string(&path).expect("readable");
            let names = code.lines().filter_map(|line| line.strip_prefix("func "));
            let tests = names.filter(|name| name.starts_with("Test"));
            theirs.extend(tests.filter_map(|name| Some(name.split_once('(')?.0.to_owned())));
        }
    }
    assert!(theirs.len() > 25, "the tests have moved: {theirs:?}");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../p2p/src/docs/parity.md");
    let page = fs::read_to_string(page).expect("readable");
    let (_, rows) = page.split_once("# Tests\n").expect("a table of tests");
    let names = rows.split('`').skip(1).step_by(2);
    let named: BTreeSet<String> = names
        .filter(|name| name.starts_with("Test"))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, theirs);
}
