//! The file of settings.

use proptest::prelude::*;

use super::*;

/// The mistakes of a file, a line each.
fn mistakes(text: &str) -> String {
    let Err(mistakes) = parse_file(text.as_bytes()) else {
        panic!("no mistake in {text:?}");
    };
    let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn a_key_that_is_none_is_told_with_the_one_that_was_meant() {
    let text = "max_peer = 5\nmax-inbound = 3\nstatic_nodes = []\ncolour = \"red\"\n\n[dialing]\nno_dial = true\n";
    assert_eq!(
        mistakes(text),
        "\
1:1: there is no setting max_peer; did you mean max_peers?
2:1: there is no setting max-inbound; did you mean max_inbound?
3:1: there is no setting static_nodes; did you mean peer?
4:1: there is no setting colour
6:2: there is no table dialing: all settings are at the top level, as max_peers = 25"
    );
}

#[test]
fn a_value_of_another_type_is_told_what_is_wanted() {
    let text = "\
max_peers = \"5\"
max_inbound = 1.5
dial_timeout = 15
send_queue_size = true
no_dial = \"yes\"
peer = \"enode://\"
trusted = [7]
name = 1979-05-27
key = []
max_pending_peers.x = 3
";
    assert_eq!(
        mistakes(text),
        "\
1:13: max_peers takes a number, as 25; this is a text in quotes
2:15: max_inbound takes a number, as 25; this is a number with a point
3:16: dial_timeout takes a time with its unit, as \"1m30s\"; this is a number
4:19: send_queue_size takes a size, as \"1MiB\"; this is true or false
5:11: no_dial takes a truth value, as true; this is a text in quotes
6:8: peer takes a list, as [\"enode://..@192.0.2.1:30303\"]; this is a text in quotes
7:12: trusted takes an enode URL or a public key, as \"enode://..\"; this is a number
8:8: name takes a text, as \"foobar/v1.0.0\"; this is a date
9:7: key takes a path, as \"node.key\"; this is a list
10:1: max_pending_peers takes a number, as 25; this is a table"
    );
}

#[test]
fn a_value_that_is_none_is_told_with_its_place_in_the_list() {
    let text = "\
read_timeout = \"15\"
ping_interval = \"0s\"
max_pending_peers = 0
event_capacity = -3
record_capacity = 99999999999999999999999999999999999999999
net_restrict = [
    \"10.0.0.0/8\",
    \"192.168.1.1/16\",
]
log = \"inof\"
send_queue_size = \"1MB\"
listen = \"here\"
peer = [\"enode://12\"]
";
    assert_eq!(
        mistakes(text),
        "\
1:16: read_timeout: \"15\" is no time: write numbers with a unit (d, h, m, s, ms), as 30s or 1m30s
2:17: ping_interval: must be more than 0
3:21: max_pending_peers: must be at least 1
4:18: event_capacity: \"-3\" is no whole number from 0 to 1000000
5:19: record_capacity: \"99999999999999999999999999999999999999999\" is no whole number from 0 to 1000000
8:5: net_restrict: network \"192.168.1.1/16\" has bits beyond its length: did you mean 192.168.0.0/16?
10:7: log: \"inof\" is no log filter: write off, error, warn, info, debug or trace, or for a module p2p=debug
11:19: send_queue_size: \"1MB\" is no size below 4GiB: write bytes, or with KiB, MiB or GiB, as 1MiB
12:10: listen: \"here\" is no address to listen at: write an IP address and a port, as 127.0.0.1:30303, or none
13:9: peer: no \"@\" between the node's public key and its host; an address is needed"
    );
}

#[test]
fn what_is_no_toml_is_told_with_the_key_at_which_it_stops_to_be() {
    for (text, expected) in [
        (
            "max_peers =\n",
            "1:12: max_peers: not TOML: there is no value",
        ),
        (
            "name = me\n",
            "1:8: name: not TOML: a text must stand in quotes",
        ),
        (
            "\nmax_peers 5\n",
            "2:11: max_peers: not TOML: key with no value, expected `=`",
        ),
        (
            "name = \"x\npeer = [\n\"a\"\n\"b\"]",
            "1:10: name: not TOML: invalid basic string, expected `\"`\n\
             4:1: peer: not TOML: missing comma between array elements, expected `,`",
        ),
        (
            "max_peers = 5\nmax_peers = 6\n",
            "2:1: max_peers is set twice",
        ),
        (
            "max_peers = 5\n[max_peers]\n",
            "2:2: max_peers is set twice",
        ),
    ] {
        assert_eq!(mistakes(text), expected);
    }
}

#[test]
fn columns_count_characters_and_bytes_that_are_no_text_have_a_place() {
    assert_eq!(
        mistakes("name = \"é\"; max_peers = 1"),
        "1:11: name: not TOML: unexpected key or value, expected newline, `#`"
    );
    let error = parse_file(b"# caf\xc3\xa9\nname = \"\xff\"").expect_err("no text");
    assert_eq!(
        error[0].to_string(),
        "2:9: a byte that is not UTF-8: a settings file is text"
    );
}

#[test]
fn all_mistakes_are_told_with_the_file_and_the_only_one_alone() {
    let error = |text: &str| {
        let file = TempFile::with("mistakes.toml", text);
        let error = node().take(args(&format!("--config {}", file.path())));
        let error = error.expect_err("mistakes").to_string();
        error.replace(&file.path().to_string(), "node.toml")
    };
    assert_eq!(
        error("name = 1\nmax_peers = 0"),
        "node.toml has 2 mistakes:\n\
         node.toml:1:8: name takes a text, as \"foobar/v1.0.0\"; this is a number\n\
         node.toml:2:13: max_peers: must be at least 1"
    );
    assert_eq!(
        error("\nmax_peers = 0"),
        "node.toml:2:13: max_peers: must be at least 1"
    );
}

#[test]
fn a_file_that_can_not_be_read_is_named() {
    let error = |path: &str| {
        let error = node().take(args(&format!("--config {path}")));
        error.expect_err("no file").to_string()
    };
    let none = TempFile::none("nowhere.toml");
    let text = error(&none.path().to_string());
    assert!(
        text.starts_with(&format!("could not read the settings in {}: ", none.path())),
        "{text}"
    );
    let large = TempFile::with("large.toml", vec![b'#'; 1024 * 1024 + 1]);
    let text = error(&large.path().to_string());
    assert_eq!(
        text,
        format!(
            "{} is no file of settings: it has more than 1048576 bytes",
            large.path()
        )
    );
}

#[test]
fn lists_of_program_file_and_flags_are_taken_together() {
    let file = TempFile::with(
        "lists.toml",
        "net_restrict = [\"10.0.0.0/8\", \"192.168.0.0/16\"]\n",
    );
    let flags = format!("--config {} --net-restrict fd00::/8", file.path());
    let node = node().with(|server| {
        server.configure(|config| config.net_restrict = vec!["127.0.0.0/8".parse().expect("one")])
    });
    let ready = node.take(args(&flags)).expect("valid");
    let networks = ready.setup.server.config.net_restrict.iter();
    let networks: Vec<_> = networks.map(ToString::to_string).collect();
    assert_eq!(
        networks,
        ["127.0.0.0/8", "10.0.0.0/8", "192.168.0.0/16", "fd00::/8"]
    );
}

proptest! {
    #[test]
    fn no_file_makes_the_reader_panic(
        lines in prop::collection::vec("(max_peers|name|peer|a\\.b|\"q\"|é)? ?=? ?(\\[|\\]|1|\"é|\"x\"|\\{|'''|,|#)*", 0..6),
        bytes in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let mut file = lines.join("\n").into_bytes();
        let _ = parse_file(&file);
        file.extend(bytes);
        let _ = parse_file(&file);
    }
}
