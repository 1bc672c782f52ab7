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
        ("--log inof", "\"inof\" is nothing to log by"),
        ("--log warn,p2p=loud", "\"p2p=loud\" is nothing to log by"),
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
fn the_short_help_tells_the_essentials_in_a_line_each() {
    let help = parse("-h").expect_err("help ends the program");
    let expected = "\
A node that speaks foobar over devp2p

Usage: foobar [OPTIONS]

Options:
      --listen <ADDR>   Where to listen, for example 127.0.0.1:30303, or none to only dial [default: 127.0.0.1:0]
      --peer <ENODE>    Nodes to dial, and to redial whenever they are not connected; may be repeated
      --name <NAME>     The name and version of the software, which every peer sees [default: foobar]
      --max-peers <N>   The maximum number of peers [default: 50]
      --key <FILE>      The file of the node's key, created if it does not exist; without one, a new key at each start
      --metrics <ADDR>  Where to serve metrics to Prometheus, for example 127.0.0.1:9100, or none [default: none]
      --log <FILTER>    What to log: off, error, warn, info, debug, trace, or by module: p2p=debug [default: info]
      --config <FILE>   A TOML file of settings
      --print-config    Print all settings as such a file, and exit
  -h, --help            Print help (see more with '--help')

--help describes all settings.
";
    assert_eq!(help, expected, "{help}");
}

#[test]
fn the_long_help_tells_of_every_setting_in_lines_that_fit() {
    let help = parse("--help").expect_err("help ends the program");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for row in setup::rows() {
        let head = format!("\n      --{}", row.flag);
        assert!(help.contains(&head), "{} is missing: {help}", row.flag);
        let first = &prose::paragraphs(row, |row| format!("--{}", row.flag))[0];
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
