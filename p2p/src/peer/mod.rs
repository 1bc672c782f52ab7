//! One connection's tasks: the handshake on a stream, then reading, writing and serving its protocols.

mod buffer;
mod driver;
mod error;
mod establish;
mod passing;
mod randomness;
mod reader;
mod rejection;
mod writer;

use std::time::Duration;

pub(crate) use driver::Driver;
pub use error::{ConnectError, Phase, Refusal};
pub(crate) use establish::{Encrypted, Established, Stream, initiate, respond};
pub(crate) use passing::Observer;
pub(crate) use randomness::fill_random;
pub use rejection::Rejection;

use crate::session::Keepalive;

/// Every interval and limit of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Timing {
    /// For the encryption handshake, and again for Hello.
    pub(crate) handshake: Duration,
    /// Between pings.
    pub(crate) ping_interval: Duration,
    /// Without a complete frame, until the peer is dropped.
    pub(crate) read_timeout: Duration,
    /// For one write.
    pub(crate) write_timeout: Duration,
    /// For a protocol to make room in its full queue.
    pub(crate) stall_timeout: Duration,
    /// For handlers to finish when the server stops, and for `disconnected` to return.
    pub(crate) shutdown_timeout: Duration,
    /// For what is queued to be sent before Disconnect, and for the peer to close after it.
    pub(crate) linger: Duration,
}

impl Timing {
    /// The most that a connection takes to end when its server stops, if its handlers yield.
    pub(crate) fn longest_end(&self) -> Duration {
        // Handlers finish. Then `disconnected` runs, while the rest is written, the stream is shut down and
        // the peer may close.
        let stream = self.linger.saturating_mul(3);
        let rest = self.shutdown_timeout.max(stream);
        self.shutdown_timeout.saturating_add(rest)
    }
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            handshake: seconds(5),
            ping_interval: Keepalive::PING_INTERVAL,
            read_timeout: Keepalive::TIMEOUT,
            write_timeout: seconds(20),
            stall_timeout: seconds(10),
            shutdown_timeout: seconds(5),
            linger: seconds(2),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
