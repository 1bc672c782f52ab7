//! Settings that a program adds to a node's.

use std::net::SocketAddr;
use std::time::Duration;

use super::*;
use crate::settings::{Form, Item};

#[derive(Debug, PartialEq)]
enum Colour {
    Red,
    Blue,
}

impl Item for Colour {
    const FORM: Form = Form::text("COLOUR", "red or blue", "\"red\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        match text {
            "red" => Ok(Self::Red),
            "blue" => Ok(Self::Blue),
            _ => Err(ValueError::other(format!(
                "{text:?} is neither red nor blue"
            ))),
        }
    }

    fn show(&self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

#[derive(Debug, PartialEq, crate::Settings)]
#[settings(crate = crate)]
struct Rumours {
    /// The number of rumours to keep, beside [`mute`](Self::mute).
    ///
    /// Older ones are forgotten, whatever `--max-peers` is.
    #[setting(heading = "Rumours", range = 1..=100)]
    keep: usize,
    /// Words that are not passed on.
    mute: Vec<String>,
    /// How many of a hundred are passed on.
    #[setting(range = 0.0..1.0)]
    share: f64,
    /// The colour.
    colour: Option<Colour>,
    /// How long to wait.
    #[setting(flag = "patience")]
    ping_interval: Duration,
    /// Where the page is shown.
    page: Option<SocketAddr>,
    /// Counts down.
    offset: i64,
    /// The most bytes.
    #[setting(with = crate::settings::Size)]
    most: u32,
    /// Whether to whisper.
    whisper: bool,
    #[setting(skip)]
    passed: usize,
}

fn defaults() -> Rumours {
    Rumours {
        keep: 10,
        mute: vec!["psst".into()],
        share: 0.5,
        colour: None,
        ping_interval: Duration::from_secs(2),
        page: None,
        offset: 0,
        most: 1024,
        whisper: false,
        passed: 7,
    }
}

fn rumours() -> Node {
    node().adding(defaults()).expect("no conflict")
}

fn try_read(args: &[&str]) -> Result<(Rumours, Node), String> {
    let node = rumours();
    let args = [&["foobar"], args].concat();
    let args = Args::try_parse("foobar", &node.setup, args).map_err(|error| error.to_string())?;
    node.read_as(args).map_err(|error| error.to_string())
}

#[test]
fn flags_and_keys_set_a_programs_own_fields() {
    assert_eq!(try_read(&[]).expect("nothing").0, defaults());
    let file = TempFile::with(
        "own.toml",
        "keep = 20\nmute = [\"hush\"]\nshare = 0\ncolour = \"blue\"\noffset = -16\nmax_peers = 3\n\
         patience = \"5s\"\n",
    );
    let config = format!("--config={}", file.path());
    let flags = [
        &config,
        "--keep=30",
        "--mute=quiet",
        "--page=[::1]:80",
        "--most=7KiB",
        "--whisper",
        "--max-pending-peers=4",
    ];
    let (read, node) = try_read(&flags).expect("valid");
    assert_eq!(
        read,
        Rumours {
            keep: 30,
            mute: ["psst", "hush", "quiet"].map(String::from).into(),
            share: 0.0,
            colour: Some(Colour::Blue),
            ping_interval: Duration::from_secs(5),
            page: Some("[::1]:80".parse().expect("an address")),
            offset: -16,
            most: 7 * 1024,
            whisper: true,
            passed: 7,
        }
    );
    let config = &node.setup.server.config;
    assert_eq!((config.max_peers, config.max_pending_peers), (3, 4));
    assert_eq!(config.ping_interval, crate::Config::default().ping_interval);
}

#[test]
fn mistakes_in_them_are_told_like_those_in_a_nodes() {
    for (flag, expected) in [
        ("--keep=0", "must be at least 1, at most 100"),
        ("--keep=101", "must be at least 1, at most 100"),
        ("--keep=x", "\"x\" is no whole number from 0 to 1000000"),
        ("--share=1.0", "must be at least 0, less than 1"),
        ("--share=NaN", "\"NaN\" is no number"),
        ("--colour=green", "\"green\" is neither red nor blue"),
        ("--page=here", "\"here\" is no address"),
        ("--most=1MB", "\"1MB\" is no size"),
        ("--patienc=1s", "'--patience'"),
    ] {
        let error = try_read(&[flag]).expect_err(flag);
        assert!(error.contains(expected), "{flag}: {error}");
    }
    let text = "keep = 0\nkepp = 1\nping_intervall = 2\nmute = [1]\nshare = \"x\"\nmax_peers = 0\n";
    let file = TempFile::with("own-mistakes.toml", text);
    let error = try_read(&[&format!("--config={}", file.path())]).expect_err("mistakes");
    assert_eq!(
        error.replace(&file.path().to_string(), "f"),
        "\
f has 6 mistakes:
f:1:8: keep: must be at least 1, at most 100
f:2:1: there is no setting kepp; did you mean keep?
f:3:1: there is no setting ping_intervall; did you mean ping_interval?
f:4:9: mute takes a text, as \"text\"; this is a number
f:5:9: share takes a number, as 0.5; this is a text in quotes
f:6:13: max_peers: must be at least 1"
    );
}

#[test]
fn help_and_printed_file_show_them() {
    let short = try_read(&["-h"]).expect_err("help ends the program");
    assert!(short.contains("\nRumours:\n"), "{short}");
    for line in [
        "--keep <N>        The number of rumours to keep, beside --mute [default: 10]",
        "--colour <COLOUR>  ",
        "--max-peers <N>",
    ] {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&short).contains(&words(line)), "{line} in {short}");
    }
    assert!(!short.contains("--dial-ratio"), "{short}");

    let printed = print::toml(&rumours().setup);
    let start = "\
# -- Rumours --

# The number of rumours to keep, beside mute.
# Older ones are forgotten, whatever --max-peers is.
keep = 10

# Words that are not passed on.
mute = [
    \"psst\",
]

# How many of a hundred are passed on.
share = 0.5

# The colour.
# colour = \"red\"
";
    assert!(printed.starts_with(start), "{printed}");
    file::parse(printed.as_bytes(), &rumours().setup.rows()).expect("a file of settings");
}

#[test]
fn a_flag_that_every_node_has_is_refused() {
    #[derive(Debug, crate::Settings)]
    #[settings(crate = crate)]
    struct Bad {
        /// Too early.
        #[setting(heading = "Bad")]
        max_peers: usize,
    }
    let error = node().adding(Bad { max_peers: 1 }).expect_err("taken");
    assert_eq!(
        error.to_string(),
        "the program's own settings: max_peers has the flag --max-peers, which every node has: rename it, or write \
         #[setting(flag = \"..\")]"
    );
    let (_, node) = try_read(&[]).expect("valid");
    let error = node.adding(defaults()).expect_err("twice");
    assert!(error.to_string().contains("into one struct"), "{error}");
}

#[tokio::test]
async fn a_program_serves_what_it_makes_of_them() {
    let node = Node::named("rumours").adding(defaults());
    let node = node.expect("no conflict");
    let args = Args::try_parse("rumours", &node.setup, ["rumours", "--name=given"]);
    let (read, node) = node
        .read_as::<Rumours>(args.expect("valid"))
        .expect("valid");
    assert_eq!(read, defaults());
    let node = node.protocol(Text::run(|_, _| std::future::pending()));
    let server = node.start_server().await.expect("started");
    assert_eq!(server.name(), "given");
    server.shutdown().await;
}
