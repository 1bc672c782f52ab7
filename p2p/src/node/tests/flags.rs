//! The command line.

use super::*;

#[test]
fn a_wrong_flag_says_what_is_wrong_and_what_is_possible() {
    let error = parse("--peer enode://12@127.0.0.1:1").expect_err("no key");
    assert!(error.contains("--peer <ENODE>"), "{error}");
    assert!(
        error.contains("128 hex digits was expected, 2 characters came"),
        "{error}"
    );
    let error = parse("--lissen x").expect_err("no flag");
    assert!(error.contains("'--listen'"), "{error}");
    for (flags, expected) in [
        (
            "--max-peers many",
            "\"many\" is no whole number from 0 to 1000000",
        ),
        (
            "--max-peers -1",
            "\"-1\" is no whole number from 0 to 1000000",
        ),
        (
            "--max-peers +1",
            "\"+1\" is no whole number from 0 to 1000000",
        ),
        ("--max-peers 0", "must be at least 1"),
        (
            "--dial-timeout 15",
            "\"15\" is no time: write numbers with a unit",
        ),
        ("--dial-timeout 0s", "must be more than 0"),
        ("--send-queue-size 1MB", "\"1MB\" is no size below 4GiB"),
        ("--no-dial=yes", "\"yes\" is neither true nor false"),
        ("--log inof", "\"inof\" is no log filter"),
        ("--log warn,p2p=loud", "\"p2p=loud\" is no log filter"),
        ("--listen here", "\"here\" is no address to listen at"),
        ("--net-restrict 10.0.0.1/8", "did you mean 10.0.0.0/8?"),
        ("--trusted 12", "128 hex digits was expected"),
        ("--name one --name two", "cannot be used multiple times"),
    ] {
        let error = parse(flags).expect_err(flags);
        assert!(error.contains(expected), "{flags}: {error}");
    }
}

#[test]
fn the_long_help_tells_of_every_setting_in_lines_that_fit() {
    let help = parse("--help").expect_err("help ends the program");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let rows = node().setup.rows();
    for row in &rows {
        let head = format!("\n      --{}", row.flag);
        assert!(help.contains(&head), "{} is missing: {help}", row.flag);
        let first = &prose::paragraphs(row, &rows, |row| format!("--{}", row.flag))[0];
        let first = first.trim_end_matches('.');
        assert!(words(&help).contains(first), "{first} is missing: {help}");
    }
    let long: Vec<&str> = help
        .lines()
        .filter(|line| line.chars().count() > 110)
        .collect();
    assert!(long.is_empty(), "{long:#?}");
    let headings: Vec<&str> = help
        .lines()
        .filter(|line| line.ends_with(':') && !line.starts_with(' '))
        .collect();
    let expected = [
        "Options:",
        "Who may connect:",
        "Dialing:",
        "Times of a connection:",
        "Memory:",
    ];
    assert_eq!(headings, expected);
}

#[test]
fn the_help_tells_what_the_program_has_set() {
    let node = node().with(|server| server.max_peers(7).name("mine"));
    let help = Args::try_parse("foobar", &node.setup, ["foobar", "-h"]);
    let help = help.expect_err("help ends the program").to_string();
    assert!(help.contains("[default: 7]"), "{help}");
    assert!(help.contains("[default: mine]"), "{help}");
}

#[test]
fn a_switch_may_be_taken_back() {
    let file = TempFile::with("switch.toml", "no_dial = true");
    let no_dial = |flags: &str| {
        let flags = format!("--config {} {flags}", file.path());
        let ready = node().take(args(&flags)).expect("valid");
        ready.setup.server.config.no_dial
    };
    assert!(no_dial(""));
    assert!(no_dial("--no-dial"));
    assert!(!no_dial("--no-dial=false"));
}
