//! The check that the wire has not changed, and what it says when it has.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use p2p::Rlp;
use p2p::rlp::{Decode, Encode, Error, Reader, Writer};
use p2p::spec::{Describe, SpecError, Specification};

/// The specification of a protocol with these versions and messages.
macro_rules! spec {
    ($versions:expr $(, length = $length:literal)?; $($messages:tt)*) => {{
        #[derive(p2p::Protocol)]
        #[protocol(name = "test", versions = $versions $(, length = $length)?)]
        #[allow(dead_code)]
        enum Message { $($messages)* }
        Specification::<Message>::new()
    }};
}

/// A file that is removed in the end.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let name = format!("p2p-spec-{name}-{}", std::process::id());
        Self(env::temp_dir().join(name))
    }

    fn holding<P: Describe>(name: &str, spec: &Specification<P>) -> Self {
        let file = Self::new(name);
        spec.write(&file.0).unwrap();
        spec.check(&file.0).unwrap();
        file
    }

    /// The differences, line by line.
    fn differences<P: Describe>(&self, spec: &Specification<P>) -> Vec<String> {
        match spec.check(&self.0).unwrap_err() {
            SpecError::Changed { differences, .. } => {
                differences.iter().map(ToString::to_string).collect()
            }
            other => panic!("{other}"),
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[derive(Rlp)]
#[allow(dead_code)]
struct Block {
    number: u64,
    hash: [u8; 32],
}

fn base() -> Specification<impl Describe> {
    spec! { 1..=2;
        #[message(code = 0)] Text(String),
        #[message(code = 1)] Blocks { blocks: Vec<Block>, from: u64, to: u64, tip: Option<u64> },
        #[message(code = 2, reply = Found)] Find(u64),
        #[message(code = 3)] Found(Vec<u8>),
        #[message(code = 4)] Done,
        #[message(code = 5, since = 2)] Bye,
    }
}

#[test]
fn names_and_documentation_may_change() {
    #[derive(Rlp)]
    #[allow(dead_code)]
    struct Renamed(u64, [u8; 32]);

    let file = File::holding("names", &base());
    let other = spec! { 1..=2;
        /// Documented.
        #[message(code = 0)] Words { words: String },
        #[message(code = 1)] Renamed(Vec<Renamed>, u64, u64, Option<u64>),
        #[message(code = 2, reply = Reply)] Ask(u64),
        #[message(code = 3)] Reply(Vec<u8>),
        #[message(code = 4)] Finished,
        #[message(code = 5, since = 2)] Goodbye,
    };
    other.check(&file.0).unwrap();
}

#[test]
fn what_has_changed_is_told_in_words() {
    #[derive(Rlp)]
    #[allow(dead_code)]
    struct Block {
        number: u32,
        hash: [u8; 32],
        parent: [u8; 32],
    }

    let file = File::holding("words", &base());
    let other = spec! { 1..=2;
        #[message(code = 0, trailing = "ignore")] Text(Vec<u8>),
        #[message(code = 1)] Blocks { blocks: Vec<Block>, from: u64, to: u64, tip: u64 },
        #[message(code = 2)] Find(u64, u64),
        #[message(code = 3)] Found(u64, Vec<u8>),
        #[message(code = 5)] Bye,
        #[message(code = 7, since = 2)] More,
    };
    let expected = [
        "version 1: its length was 5, it is 6: the messages of every protocol later in the alphabet go \
         astray",
        "version 1: message Text (0x00), item 0: was text, is bytes",
        "version 1: message Text (0x00): further items were refused, and are ignored",
        "version 1: message Blocks (0x01), item 0 (blocks), each of its items, item 0 (number): was \
         uint64, is uint32",
        "version 1: message Blocks (0x01), item 0 (blocks), each of its items: item 2 (parent) is new: \
         bytes32",
        "version 1: message Blocks (0x01), item 3 (tip): might be absent, is required",
        "version 1: message Find (0x02) was a request that 0x03 answers, it is no request",
        "version 1: message Done (0x04) is gone",
        "version 1: message Bye (0x05) is new",
    ];
    let differences = file.differences(&other);
    assert_eq!(differences[..9], expected);
    assert_eq!(
        differences[9],
        differences[0]
            .replace('1', "2")
            .replace("5, it is 6", "6, it is 8")
    );
    assert_eq!(
        differences.last().unwrap(),
        "version 2: message More (0x07) is new"
    );
}

#[test]
fn the_error_says_what_to_do() {
    let file = File::holding("advice", &base());
    let other = spec! { 1..=2;
        #[message(code = 0)] Text(String),
        #[message(code = 1)] Blocks { blocks: Vec<Block>, from: u64, to: u64, tip: Option<u64> },
        #[message(code = 2, reply = Found)] Find(u64),
        #[message(code = 3)] Found(Vec<u8>),
        #[message(code = 4)] Done,
        #[message(code = 5, since = 2)] Bye(u8),
    };
    let error = other.check(&file.0).unwrap_err();
    let expected = format!(
        "the wire of test is not what {} says:
  version 2: message Bye (0x05): item 0 is new: uint8
Peers that speak test/2 can't know: devp2p compares names and versions only. Undo the change, or make it in \
a new version, with `versions` on the enum and `since` and `until` on its variants.
If nobody speaks test/2 yet, or if names have changed alone, write the file anew: UPDATE_SPEC=1 cargo test",
        file.0.display()
    );
    assert_eq!(error.to_string(), expected);
    // A test that fails with it prints this.
    assert_eq!(format!("{error:?}"), expected);
}

#[test]
fn swapped_items_of_one_shape_are_found_by_name() {
    let file = File::holding(
        "places",
        &spec! { [1];
            #[message(code = 0)] Ping,
            #[message(code = 1)] Pong,
            #[message(code = 2)] Range { from: u64, to: u64 },
        },
    );
    let other = spec! { [1];
        #[message(code = 1)] Ping,
        #[message(code = 0)] Pong,
        #[message(code = 2)] Range { to: u64, from: u64 },
    };
    let expected = [
        "version 1: message Ping had code 0x00, it has 0x01",
        "version 1: message Pong had code 0x01, it has 0x00",
        "version 1: message Range (0x02): item 0 (from) has moved, it is item 1",
        "version 1: message Range (0x02): item 1 (to) has moved, it is item 0",
    ];
    assert_eq!(file.differences(&other), expected);
}

#[test]
fn versions_that_come_and_go_are_written_anew() {
    let file = File::holding(
        "versions",
        &spec! { 1..=2; #[message(code = 0)] Text(String), },
    );
    let other = spec! { 2..=3; #[message(code = 0)] Text(String), };
    let expected = [
        "version 1 is not spoken any more",
        "version 3 is not in the file yet",
    ];
    assert_eq!(file.differences(&other), expected);
    let error = other.check(&file.0).unwrap_err().to_string();
    let advice = "If that is right, write the file anew: UPDATE_SPEC=1 cargo test";
    assert!(error.ends_with(advice), "{error}");
    other.write(&file.0).unwrap();
    other.check(&file.0).unwrap();
}

/// An opaque type whose encoding is longer or shorter.
struct Opaque<const N: usize>;

type Short = Opaque<1>;
type Long = Opaque<2>;

impl<const N: usize> Encode for Opaque<N> {
    fn length(&self) -> usize {
        [1u8; N].length()
    }

    fn encode(&self, out: &mut Writer<'_>) {
        [1u8; N].encode(out);
    }
}

impl<const N: usize> Decode for Opaque<N> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        <[u8; N]>::decode(reader).map(|_| Self)
    }
}

#[test]
fn an_opaque_types_example_reveals_its_change() {
    macro_rules! opaque {
        ($ty:ty) => {{
            type Header = $ty;
            #[derive(p2p::Protocol)]
            #[protocol(name = "test", version = 1)]
            enum Message {
                Header(Header),
            }
            let example = || Message::Header(Opaque);
            (Specification::<Message>::new(), example)
        }};
    }
    let (none, short) = opaque!(Short);
    let file = File::holding("opaque", &none);
    let short = none.example(short());
    let expected = ["version 1: an example of message Header (0x00) is not in the file yet"];
    assert_eq!(file.differences(&short), expected);
    short.write(&file.0).unwrap();
    short.check(&file.0).unwrap();

    let (long, _) = opaque!(Long);
    let differences = file.differences(&long);
    assert_eq!(differences.len(), 1, "{differences:?}");
    let expected = "version 1: message Header (0x00): an example does not come back: version 1 refuses the \
                    example c101: message Header, field 0: expected a byte string of 2 bytes, found 1";
    assert!(differences[0].starts_with(expected), "{differences:?}");
}

#[test]
fn a_missing_file_is_not_written_unasked() {
    let file = File::new("missing");
    let error = base().check(&file.0).unwrap_err();
    assert!(matches!(error, SpecError::Missing { .. }));
    let expected = format!(
        "there is no {} yet; write it with UPDATE_SPEC=1 and commit it",
        file.0.display()
    );
    assert_eq!(error.to_string(), expected);
    assert!(!file.0.exists());
}

#[test]
fn a_file_changed_by_hand_is_refused() {
    let file = File::holding("malformed", &base());
    let text = fs::read_to_string(&file.0).unwrap();
    for (from, to, line, expected) in [
        (
            "0x00 Text [text]",
            "0x00 Text [bytes]",
            4,
            "the fingerprint of the lines below",
        ),
        (
            "0x00 Text [text]",
            "0x00 Text [string]",
            5,
            "a shape, as in `[uint64, bytes32]`",
        ),
        (
            "-> 0x03",
            "-> Found",
            11,
            "the end of the line, or the code of a reply, as in `-> 0x01`",
        ),
        (
            "  c180",
            "  c18",
            6,
            "an example of a message in hexadecimal digits",
        ),
        (
            "test/1 length",
            "test/1 lenght",
            4,
            "a version, as in `foobar/1 length 1 ..`",
        ),
        (
            "test/2 length",
            "other/2 length",
            20,
            "versions of one protocol only",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        fs::write(&file.0, text.replacen(from, to, 1)).unwrap();
        match base().check(&file.0).unwrap_err() {
            SpecError::Malformed {
                line: found,
                expected: wanted,
                ..
            } => {
                assert_eq!((found, wanted), (line, expected), "{to}");
            }
            other => panic!("{to}: {other}"),
        }
    }
}

/// Run by the test below, with another environment.
#[test]
fn in_another_environment() {
    if let Some(path) = env::var_os("P2P_TEST_SPEC") {
        base().check(path).unwrap();
    }
}

#[test]
fn the_environment_asks_to_write_the_file() {
    let file = File::new("update");
    let check = |update: &str| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "check::in_another_environment"]);
        command
            .env("P2P_TEST_SPEC", &file.0)
            .env("UPDATE_SPEC", update);
        command.output().unwrap().status.success()
    };
    assert!(!check(""));
    assert!(!file.0.exists());
    assert!(check("1"));
    assert!(check(""));
    base().check(&file.0).unwrap();
}
