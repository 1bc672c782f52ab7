//! The document, fingerprints and examples of a protocol's code, and the check that its wire format
//! has not changed.
//!
//! `UPDATE_SPEC=1 cargo test -p tests --test spec in_the_file` writes the files anew.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

mod check;
mod document;
mod fingerprint;
mod vectors;

use p2p::{Protocol, Rlp};

/// Says hello, sends files and **nothing** else.
///
/// # Order
///
/// Whoever dials begins with [Hello](#hello-0x00).
#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "chat", versions = [1, 2, 4])]
enum Chat {
    /// The first message.
    #[message(code = 0, trailing = "ignore")]
    Hello {
        /// What to call the sender.
        name: String,
        /// Where it listens, if it does.
        port: Option<u16>,
    },
    #[message(code = 1)]
    Text(String),
    /// Asks for files by their hashes.
    ///
    /// ```text
    /// # not a heading
    /// ```
    #[message(code = 2, until = 2, reply = Files)]
    GetFiles(Vec<Hash>),
    /// As before, but only so many bytes.
    #[message(code = 2, since = 4, reply = Files)]
    GetSomeFiles {
        hashes: Vec<Hash>,
        /// The most bytes to
        /// answer with.
        bytes: u64,
    },
    #[message(code = 3)]
    Files {
        /// What was found, in the order in which it was asked for.
        found: Vec<File>,
        sizes: (u32, bool),
    },
    #[message(code = 4, since = 2, until = 2)]
    Folder(Folder),
    #[message(code = 4, since = 4, transparent)]
    Status(Status),
    #[message(code = 7, since = 4)]
    Bye,
}

/// The Keccak-256 of a file.
#[derive(Debug, PartialEq, Rlp)]
#[rlp(transparent)]
struct Hash([u8; 32]);

/// A file as it is on the disk.
#[derive(Debug, PartialEq, Rlp)]
struct File {
    hash: Hash,
    /// In bytes.
    content: Vec<u8>,
    /// Whatever else there is.
    extra: p2p::rlp::Raw,
}

/// Files and folders.
#[derive(Debug, PartialEq, Rlp)]
struct Folder {
    name: String,
    files: Vec<File>,
    folders: Vec<Folder>,
}

#[derive(Debug, PartialEq, Rlp)]
struct Status {
    seed: [u64; 3],
    time_of_the_last_message_that_was_seen: u64,
    number_of_messages_that_were_seen: u128,
    peers: Vec<(String, u16)>,
    bits: [bool; 40],
}

#[test]
fn the_wire_is_the_one_in_the_file() -> Result<(), p2p::spec::SpecError> {
    p2p::spec::check::<Chat>("spec/chat.wire")
}
