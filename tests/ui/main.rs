//! What the derives accept and refuse, and what the compiler says.
//!
//! `TRYBUILD=overwrite cargo test -p tests --test derive_ui` writes the expected messages anew.

use std::process::Command;

/// The compiler whose words are in `compiler/*.stderr`.
const COMPILER: &[u8] = b"rustc 1.95.";

#[test]
fn derives_accept_what_is_right_and_explain_what_is_wrong() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    // Our own words.
    cases.compile_fail("ui/fail/*.rs");
    // Words of the compiler about what we generate, which change from version to version.
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiler = Command::new(rustc)
        .arg("--version")
        .output()
        .unwrap()
        .stdout;
    if compiler.starts_with(COMPILER) {
        cases.compile_fail("ui/compiler/*.rs");
    }
}
