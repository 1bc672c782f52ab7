//! Every setting, by its flag and by its key in the file.

use std::collections::BTreeSet;
use std::path::Path;

use super::docs::PAGE;
use super::*;
use crate::nodes::database::error::BadFile;
use crate::server::Config;
use crate::server::settings::Settings;
use crate::server::settings::value::Kind;

/// The flags that must not go, in the order of the help.
const FLAGS: [&str; 39] = [
    "listen",
    "peer",
    "name",
    "max-peers",
    "trusted",
    "net-restrict",
    "max-inbound",
    "max-pending-peers",
    "max-pending-by-address",
    "max-pending-by-subnet",
    "max-peers-by-address",
    "max-peers-by-subnet",
    "subnet-prefix-ipv4",
    "subnet-prefix-ipv6",
    "limit-local-addresses",
    "inbound-interval",
    "no-dial",
    "dial-ratio",
    "dial-timeout",
    "resolve-timeout",
    "redial-interval",
    "redial-jitter",
    "resolve-backoff",
    "resolve-backoff-max",
    "handshake-timeout",
    "ping-interval",
    "read-timeout",
    "write-timeout",
    "stall-timeout",
    "shutdown-timeout",
    "linger-timeout",
    "send-queue-size",
    "event-capacity",
    "record-capacity",
    "key",
    "metrics",
    "log",
    "database",
    "bad-database",
];

/// All settings, each with a value other than its default.
fn samples() -> Vec<(&'static Row, String)> {
    let sample = |row: &'static Row| {
        let text = match row.form.value {
            "N" | "BITS" => "7",
            "BOOL" => "true",
            "TIME" => "1m17s",
            "SIZE" => "7KiB",
            "NAME" => "\u{7f}\"q\\",
            "FILE" => "a \"FLAG\"",
            "ADDR" => "[::1]:0",
            "ENODE" => "enode://KEY@192.0.2.1:30303",
            "NODE" => "KEY",
            "NETWORK" => "fd00::/8",
            "FILTER" => "p2p=debug,warn",
            "WHAT" => "start-afresh",
            other => panic!("{other} is new here"),
        };
        (row, text.replace("KEY", KEY).replace("FLAG", row.flag))
    };
    node().setup.rows().into_iter().map(sample).collect()
}

/// The settings that differ from those of a node as it is, with their values.
fn changes(setup: &Setup) -> Vec<(&'static str, Vec<String>)> {
    let pairs = setup.settings().into_iter().zip(node().setup.settings());
    let changed = pairs.filter(|(new, old)| new.values != old.values);
    changed
        .map(|(setting, _)| (setting.row.field, setting.values))
        .collect()
}

#[test]
fn no_flag_of_before_is_gone() {
    let flags: Vec<&str> = node().setup.rows().iter().map(|row| row.flag).collect();
    for flag in FLAGS {
        assert!(flags.contains(&flag), "{flag}");
    }
}

#[test]
fn a_flag_and_a_key_set_their_field_alone() {
    for (row, value) in samples() {
        let flag = row.flag;
        let flags = ["foobar".to_owned(), format!("--{flag}={value}")];
        let args = Args::try_parse("foobar", &node().setup, flags).expect(flag);
        let ready = node().take(args).expect(flag);
        assert_eq!(changes(&ready.setup), [(row.field, vec![value.clone()])]);

        // A literal string of TOML holds no control characters.
        let value = value.replace('\u{7f}', "");
        let literal = match row.form.kind {
            Kind::Text | Kind::Amount => format!("'{value}'"),
            Kind::Number | Kind::Decimal | Kind::Switch => value.clone(),
        };
        let line = if row.form.is_list {
            format!("{} = [{literal}]\n", row.key())
        } else {
            format!("{} = {literal}\n", row.key())
        };
        let mut setup = node().setup;
        for (given, _) in parse_file(line.as_bytes()).expect(flag) {
            setup.apply(&given);
        }
        assert_eq!(changes(&setup), [(row.field, vec![value])]);
    }
}

#[test]
fn settings_of_the_program_are_read_too() {
    let flags = args(
        "--key node.key --log p2p=debug,warn --metrics :9100 --database nodes.redb --bad-database \
         start-afresh",
    );
    let setup = node().take(flags).expect("valid").setup;
    assert_eq!(setup.key.as_deref(), Some(Path::new("node.key")));
    assert_eq!(setup.log, "p2p=debug,warn".parse().expect("a filter"));
    assert_eq!(setup.metrics.as_deref(), Some(":9100"));
    assert_eq!(setup.database.as_deref(), Some(Path::new("nodes.redb")));
    assert_eq!(setup.bad_database, BadFile::StartAfresh);
}

#[test]
fn a_range_holds_for_flag_and_file() {
    for (flag, value, expected) in [
        ("max-peers", "0", "at least 1"),
        ("subnet-prefix-ipv4", "33", "from 1 to 32"),
        ("subnet-prefix-ipv6", "0", "from 1 to 128"),
        ("event-capacity", "0", "from 1 to 1000000"),
        ("send-queue-size", "1023", "at least 1024"),
        ("dial-timeout", "0s", "more than 0"),
    ] {
        let error = parse(&format!("--{flag} {value}")).expect_err(flag);
        assert!(
            error.contains(&format!(": must be {expected}\n")),
            "{error}"
        );
        let key = flag.replace('-', "_");
        let value = if value == "0s" { "\"0s\"" } else { value };
        let text = format!("{key} = {value}");
        let mistakes = parse_file(text.as_bytes()).expect_err(flag);
        let column = key.len() + 4;
        assert_eq!(
            mistakes[0].to_string(),
            format!("1:{column}: {key}: must be {expected}")
        );
    }
}

/// The methods of `Builder` that set what is not in `Config`.
const CODE_ONLY: [&str; 8] = [
    "admit",
    "config",
    "configure",
    "dial_candidates",
    "dialer",
    "node_database",
    "private_key",
    "protocol",
];

/// The fields of `Config` that no flag sets.
const FIELDS_WITHOUT_FLAG: [&str; 2] = ["handler_times", "message_events"];

fn fields() -> impl Iterator<Item = &'static str> {
    let with_flag = Config::default().rows().iter().map(|row| row.field);
    with_flag.chain(FIELDS_WITHOUT_FLAG)
}

#[test]
fn every_setter_is_a_field_or_code_only() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server/builder.rs");
    let text = std::fs::read_to_string(path).expect("readable");
    let mut setters = BTreeSet::new();
    for part in text.split("pub fn ").skip(1) {
        let signature = part.split('{').next().unwrap_or_default();
        if signature.contains("mut self") && signature.contains("-> Self") {
            setters.insert(signature.split(['(', '<']).next().unwrap_or_default());
        }
    }
    assert!(setters.len() > 10, "the builder has moved: {setters:?}");
    let fields: Vec<&str> = fields().collect();
    setters.retain(|setter| !fields.contains(setter));
    assert_eq!(setters, BTreeSet::from(CODE_ONLY));
}

#[test]
fn the_page_has_what_only_code_can_set() {
    let fields = FIELDS_WITHOUT_FLAG.map(|field| format!("(crate::Config::{field})"));
    let setters = CODE_ONLY.map(|setter| format!("(crate::Builder::{setter})"));
    for text in fields.iter().chain(&setters) {
        assert!(PAGE.contains(text), "{text}");
    }
}

#[test]
fn every_flag_on_the_page_is_one() {
    let mut flags: BTreeSet<&str> = node().setup.rows().iter().map(|row| row.flag).collect();
    flags.extend(["config", "print-config", "help"]);
    for text in PAGE.split("`--").skip(1) {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let flag = &text[..end.unwrap_or(text.len())];
        assert!(flags.contains(flag), "--{flag}");
    }
}

#[test]
fn settings_that_are_printed_read_as_what_they_were() {
    let mut flags = vec!["foobar".to_owned()];
    for (row, value) in samples() {
        flags.push(format!("--{}={value}", row.flag));
    }
    // Several in a list, and one that is there already.
    flags.push("--net-restrict=10.0.0.0/8".into());
    flags.push("--net-restrict=10.0.0.0/8".into());
    let args = Args::try_parse("foobar", &node().setup, flags).expect("valid");
    let printed = print::toml(&node().take(args).expect("valid").setup);
    let file = TempFile::with("printed.toml", &printed);
    let again = node().take(super::args(&format!("--config {}", file.path())));
    assert_eq!(print::toml(&again.expect("valid").setup), printed);
    for row in node().setup.rows() {
        let line = format!("\n{} = ", row.key());
        assert!(printed.contains(&line), "{} is not set", row.key());
    }
}
