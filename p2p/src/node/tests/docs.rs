//! The pages about a node agree with it.

use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::capability::Capability;
use crate::driver::error::Refusal;
use crate::network::Network;
use crate::server::Config;
use crate::server::settings::Settings;
use crate::sync::lock;

/// The page that parts are generated of.
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/running_a_node.md");
pub(super) const PAGE: &str = include_str!("../../docs/running_a_node.md");

/// Compares what stands between two texts on the page, or with `UPDATE_DOCS` writes it.
fn compare(before: &str, printed: &str, after: &str) {
    // Another test may have written its part.
    static WRITING: Mutex<()> = Mutex::new(());
    let _alone = lock(&WRITING);
    let page = std::fs::read_to_string(PATH).expect("readable");
    let start = page.find(before).expect("the text before") + before.len();
    let length = page[start..].find(after).expect("the text after");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let before = &page[..start];
        let after = &page[start + length..];
        std::fs::write(PATH, format!("{before}{printed}{after}")).expect("written");
        return;
    }
    let found = &page[start..start + length];
    assert_eq!(
        found, printed,
        "the settings have changed: run the tests with UPDATE_DOCS=1 to write them to {PATH}"
    );
}

#[test]
fn the_file_of_all_settings_on_the_page_is_what_is_printed() {
    let printed = print::toml(&node().setup);
    let first = "# -- Essentials --\n";
    let rest = printed.strip_prefix(first).expect("the first heading");
    compare(&format!("```toml\n{first}"), rest, "```");
}

#[test]
fn the_short_help_on_the_page_is_what_is_printed() {
    let help = parse("-h").expect_err("help ends the program");
    compare("```text\n$ ./foobar -h\n", &help, "```");
    let settings = help.lines().filter(|line| line.starts_with("      --"));
    for line in settings {
        assert!(line.chars().count() < 120, "{line}");
    }
}

#[test]
fn the_defaults_in_comments_are_true() {
    let config = Config::default();
    for row in config.rows() {
        let default = row
            .docs
            .split("\n\n")
            .find_map(|text| text.strip_prefix("Default: "));
        let default = default.and_then(|text| text.split('.').next());
        let expected = match (row.field, config.show(row.flag).as_slice()) {
            ("name", _) => "the name and version of this crate".to_owned(),
            ("net_restrict", _) => "any network".to_owned(),
            (_, []) => "none".to_owned(),
            (_, values) => values.join(", "),
        };
        assert_eq!(default, Some(expected.as_str()), "{}", row.field);
    }
}

#[test]
fn no_two_files_have_the_same_example() {
    let rows = node().setup.rows();
    let files = rows.iter().filter(|row| row.form.value == "FILE");
    let mut examples: Vec<_> = files.map(|row| row.example()).collect();
    let count = examples.len();
    examples.sort_unstable();
    examples.dedup();
    assert_eq!(examples.len(), count, "{examples:?}");
}

#[test]
fn every_file_of_settings_on_the_page_is_one() {
    let files: Vec<&str> = PAGE.split("```toml\n").skip(1).collect();
    assert!(files.len() > 1, "the files have moved");
    for rest in files {
        let text = rest.split("```").next().unwrap_or_default();
        if let Err(mistakes) = parse_file(text.as_bytes()) {
            panic!("{mistakes:?} in\n{text}");
        }
    }
}

#[test]
fn the_page_tells_of_every_refusal_in_its_own_words() {
    let address = IpAddr::from([203, 0, 113, 7]);
    for refusal in [
        Refusal::TooManyPeers { limit: 50 },
        Refusal::TooManyInbound { limit: 33 },
        Refusal::Restricted { address },
        Refusal::TooOften {
            address,
            interval: Duration::from_secs(30),
        },
        Refusal::TooManyPending {
            network: Network::around(address, 32),
            limit: 10,
        },
        Refusal::TooManyNear {
            network: "203.0.113.0/24".parse().expect("a network"),
            limit: 10,
        },
        Refusal::Banned,
        Refusal::AlreadyConnected,
        Refusal::ConnectedToSelf,
        Refusal::NoPort,
        Refusal::NothingShared {
            ours: [Capability::new("foobar", 1).expect("a name")].into(),
            theirs: [Capability::new("eth", 69).expect("a name")].into(),
            more: 0,
        },
        Refusal::Stopping,
    ] {
        assert!(PAGE.contains(&format!("| `{refusal}` |")), "{refusal}");
    }
}

#[test]
fn the_mistakes_on_the_page_are_told_in_these_words() {
    let text =
        "\n\nmax_peer = 3\n\ndial_timeout = 15\n\nnet_restrict = [\n    \"192.168.1.1/16\",\n]\n";
    let mistakes = parse_file(text.as_bytes()).expect_err("mistakes");
    for mistake in mistakes {
        assert!(
            PAGE.contains(&format!("\nnode.toml:{mistake}\n")),
            "{mistake}"
        );
    }
}
