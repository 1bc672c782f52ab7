//! The rules on small crates.

use crate::imports::{Crate, Sources};
use crate::rules::{self, Table};

/// The lines that a rule gives for a crate of these files.
fn said(rule: fn(&Crate<'_>) -> Vec<String>, files: &[(&str, &str)]) -> String {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let sources: Sources = files.collect();
    rule(&Crate::read(&sources)).join("\n")
}

/// Each import of a crate: from, line, to.
fn imports(files: &[(&str, &str)]) -> String {
    let list = |library: &Crate<'_>| {
        let imports = library.imports();
        let mut lines: Vec<String> = imports
            .iter()
            .map(|one| format!("{}:{} {}", one.from, one.line, one.to))
            .collect();
        lines.sort();
        lines.dedup();
        lines
    };
    said(list, files)
}

const LIB: (&str, &str) = ("lib.rs", "mod a; mod b;");

const SMALL: &Table = &[("a", &[&["b"]]), ("b", &[])];

#[test]
fn a_circle_of_files_is_found() {
    let files = [
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod x; mod y; mod z; mod apart;"),
        ("a/x.rs", "use super::y::Y;\npub struct X;"),
        ("a/y.rs", "\nuse crate::a::z::Z;\npub struct Y;"),
        ("a/z.rs", "pub struct Z;\nfn z() {\n    super::x::new();\n}"),
        ("a/apart.rs", "use super::x::X;"),
    ];
    let said = said(rules::circles, &files);
    assert!(
        said.starts_with("3 files import each other in circles: a/x.rs, a/y.rs, a/z.rs. "),
        "{said}"
    );
    assert!(said.contains("a/x.rs:1 imports `super::y::Y`\n"), "{said}");
    assert!(
        said.contains("a/y.rs:2 imports `crate::a::z::Z`\n"),
        "{said}"
    );
    assert!(said.ends_with("a/z.rs:3 imports `super::x::new`"), "{said}");
}

#[test]
fn a_declared_module_is_no_import() {
    let files = [
        LIB,
        ("a.rs", "mod inner;"),
        ("a/inner.rs", "use super::A;"),
        ("b.rs", ""),
    ];
    assert_eq!(said(rules::circles, &files), "");
    assert_eq!(imports(&files), "a/inner.rs:1 a.rs");
}

#[test]
fn a_name_through_a_hub_closes_a_circle() {
    let files = [
        LIB,
        (
            "a/mod.rs",
            "mod one;\nmod two;\npub(crate) use one::One;\npub use self::two::Two as Second;",
        ),
        ("a/one.rs", "use super::Second;"),
        ("a/two.rs", ""),
        ("b.rs", ""),
    ];
    let said = said(rules::circles, &files);
    assert!(
        said.starts_with("2 files import each other in circles: a/mod.rs, a/one.rs. "),
        "{said}"
    );
    let line = "a/one.rs:1 imports `super::Second`, which a/two.rs defines";
    assert!(said.contains(line), "{said}");
}

#[test]
fn an_import_upward_is_found() {
    let files = [
        LIB,
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "pub struct B;\nuse crate::a::A;"),
    ];
    let said = said(|library| rules::upward(library, SMALL), &files);
    assert!(
        said.starts_with("b.rs:2 imports `crate::a::A` of a, which is not below b: "),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1);
}

#[test]
fn an_import_upward_through_the_root_is_found() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use a::A;"),
        ("a.rs", ""),
        ("b.rs", "use crate::A;"),
    ];
    let upward = said(|library| rules::upward(library, SMALL), &files);
    assert!(
        upward.starts_with("b.rs:1 imports `crate::A` of a,"),
        "{upward}"
    );
    let through = said(rules::through_root, &files);
    assert!(through.ends_with("import it from a.rs"), "{through}");
}

#[test]
fn an_import_within_one_layer_is_found() {
    const EQUAL: &Table = &[("a", &[]), ("b", &[])];
    let files = [LIB, ("a.rs", "use crate::b::B;"), ("b.rs", "")];
    assert!(said(|library| rules::upward(library, EQUAL), &files).starts_with("a.rs:1 imports"));
}

#[test]
fn a_module_without_a_line_is_found() {
    let files = [("lib.rs", "mod a; mod c;"), ("a.rs", ""), ("c/mod.rs", "")];
    let said = said(|library| rules::unlisted(library, SMALL), &files);
    assert!(
        said.starts_with("the module c has no line in TABLE: add one"),
        "{said}"
    );
    assert!(
        said.ends_with("a line for b, and there is no such module: take the line out"),
        "{said}"
    );
}

#[test]
fn every_form_of_use_is_read() {
    let lib = ("lib.rs", "mod a; mod b; mod c; mod d; mod e;");
    let of_a = "use std::{fmt, io};\n\
                pub(crate) use crate::{b::{self, B}, c::C as Renamed};\n\
                use super::d;\n\
                fn f() {\n    use crate::e::*;\n}\n\
                use ::b::Other;";
    let files = [
        lib,
        ("a.rs", of_a),
        ("b.rs", ""),
        ("c.rs", ""),
        ("d.rs", ""),
        ("e.rs", ""),
    ];
    let expected = ["a.rs:2 b.rs", "a.rs:2 c.rs", "a.rs:3 d.rs", "a.rs:5 e.rs"];
    assert_eq!(imports(&files), expected.join("\n"));
}

#[test]
fn a_path_in_code_counts() {
    let of_a = "use crate::b;\n\
                mod child;\n\
                fn f(x: crate::b::X) {\n    let y = b::deep::Y::new();\n    log!(\"{}\", child::z());\n}\n\
                macro_rules! m { () => { $crate::b::M } }";
    let files = [
        LIB,
        ("a.rs", of_a),
        ("a/child.rs", ""),
        ("b/mod.rs", "pub mod deep;"),
        ("b/deep.rs", ""),
    ];
    let expected = [
        "a.rs:1 b/mod.rs",
        "a.rs:3 b/mod.rs",
        "a.rs:4 b/deep.rs",
        "a.rs:5 a/child.rs",
        "a.rs:7 b/mod.rs",
    ];
    assert_eq!(imports(&files), expected.join("\n"));
}

#[test]
fn comments_strings_and_other_crates_do_not_count() {
    let of_a = "//! [`crate::b::B`]\n\
                /// crate::b::B\n\
                fn f() {\n    // crate::b::B\n    let s = \"crate::b::B\";\n    <T as tokio::b::B>::b::c();\n    ::b::c();\n}";
    assert_eq!(imports(&[LIB, ("a.rs", of_a), ("b.rs", "")]), "");
}

#[test]
fn tests_do_not_count() {
    let of_a = "#[cfg(test)]\nmod tests;\n\
                #[cfg(test)]\n#[allow(x)]\nuse crate::b::B;\n\
                struct S {\n    #[cfg(test)]\n    field: Vec<crate::b::B, u8>,\n    other: u8,\n}\n\
                #[cfg(all(test, unix))]\nfn f<A, B>() -> crate::b::B { crate::b::new() }\n\
                #[cfg(test)]\nmod inline { use crate::b::B; }";
    assert_eq!(imports(&[LIB, ("a.rs", of_a), ("b.rs", "")]), "");
}

#[test]
fn files_by_other_names_are_found() {
    let lib = "#[cfg_attr(not(x), path = \"b/off.rs\")]\nmod b;\n#[path = \"private.rs\"]\npub mod __private;\nmod a;";
    let files = [
        ("lib.rs", lib),
        ("b.rs", ""),
        ("b/off.rs", "#[path = \"names.rs\"]\npub(crate) mod names;"),
        ("b/names.rs", ""),
        ("private.rs", ""),
        ("a.rs", "use crate::b::B;\nuse crate::__private::P;"),
    ];
    assert_eq!(
        imports(&files),
        "a.rs:1 b.rs\na.rs:1 b/off.rs\na.rs:2 private.rs"
    );
}

#[test]
fn an_inline_module_stands_in_its_file() {
    let of_a = "mod inner {\n    use super::super::b::B;\n    fn f() { super::g(); }\n}\nfn g() { inner::f(); }";
    assert_eq!(imports(&[LIB, ("a.rs", of_a), ("b.rs", "")]), "a.rs:2 b.rs");
}
