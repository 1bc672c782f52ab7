//! Why a server can't start.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use crate::capability::{Capability, NameError};
use crate::protocol::numbers::Code;
use crate::session::MAX_HELLO;

/// Numbers as they stand in a sentence.
fn numbers(numbers: &[u64]) -> String {
    let numbers: Vec<_> = numbers.iter().map(u64::to_string).collect();
    match numbers.as_slice() {
        [] => "none at all".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The range of a number as it stands in a sentence.
pub(super) fn range(least: usize, most: usize) -> String {
    if most == usize::MAX {
        format!("at least {least}")
    } else {
        format!("from {least} to {most}")
    }
}

/// Why a server can't start.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum StartError {
    /// No key was given.
    #[error("a server needs a private key: call private_key with NodeKey::load or NodeKey::random")]
    NoPrivateKey,
    /// No protocol was given.
    #[error("a server needs a protocol: call protocol at least once")]
    NoProtocol,
    /// A protocol offers no version: it has none, or none was given to
    /// [`versions`](crate::Service::versions).
    #[error("protocol {name} offers no version")]
    NoVersion {
        /// The protocol's name.
        name: &'static str,
    },
    /// The protocol has no such version as was given to [`versions`](crate::Service::versions).
    #[error("protocol {name} has no version {version}, only {}", numbers(spoken))]
    UnknownVersion {
        /// The protocol's name.
        name: &'static str,
        /// The version that was given.
        version: u64,
        /// The versions that the protocol has.
        spoken: Vec<u64>,
    },
    /// A protocol's name is invalid.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Two protocols have the same name and version.
    #[error("{capability} was given twice")]
    Duplicate {
        /// The name and version.
        capability: Capability,
    },
    /// A protocol has a message code that is outside its length.
    #[error("{capability} has length {length}, but a message with code {code}")]
    Length {
        /// The name and version.
        capability: Capability,
        /// The length.
        length: u64,
        /// The highest code.
        code: Code,
    },
    /// A time that must be positive is not.
    #[error("{setting} is 0: it must be more than 0")]
    Zero {
        /// The setting's name.
        setting: &'static str,
    },
    /// A number is outside its setting's range.
    #[error("{setting} is {value}: it must be {}", range(*least, *most))]
    Range {
        /// The setting's name.
        setting: &'static str,
        /// What it is set to.
        value: usize,
        /// The minimum.
        least: usize,
        /// The maximum; `usize::MAX` if there is none.
        most: usize,
    },
    /// A number exceeds another setting that bounds it.
    #[error("{setting} is {value}, more than {limit}, which is {most}")]
    Exceeds {
        /// The setting's name.
        setting: &'static str,
        /// What it is set to.
        value: usize,
        /// The name of the setting that bounds it.
        limit: &'static str,
        /// What that setting is set to.
        most: usize,
    },
    /// A message of the largest size has no room in memory.
    #[error(
        "{capability} has messages of up to {max_size} bytes, for which server_memory must be at least {least}, and is \
         {memory}: raise it, or give the messages a lower max_size"
    )]
    Memory {
        /// The protocol's name and version.
        capability: Capability,
        /// The size of its largest message.
        max_size: usize,
        /// The least memory with which such a message has room.
        least: usize,
        /// What `server_memory` is set to.
        memory: usize,
    },
    /// The name and the capabilities together are too long.
    #[error("Hello has {size} bytes, at most {MAX_HELLO} are allowed: shorten the name")]
    HelloTooLarge {
        /// Its bytes.
        size: usize,
    },
    /// The listen address is not an address.
    #[error(
        "listen address {text:?}: write an IP address and a port up to 65535, as 127.0.0.1:30303"
    )]
    ListenAddr {
        /// What was given.
        text: String,
    },
    /// The server can't listen on the address.
    #[error("could not listen at {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        error: io::Error,
    },
}
