//! What each name means.

use ::metrics::Unit::{self, Bytes, Count, Seconds};

use super::names::{
    ACCEPTED, DIALS, DROPPED, HANDLER_TIME, HANDSHAKE_TIME, HANDSHAKES, MESSAGE_BYTES, MESSAGES,
    PEER_LIFETIME, PEERS, PINGS, QUEUE_BYTES, RATE_LIMITED, REFUSED, REQUEST_TIME,
    REQUEST_TIMEOUTS, REQUESTS_IN_FLIGHT, STRAY_REPLIES, WIRE_BYTES,
};

use Kind::{Counter, Gauge, Histogram};

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Every name, with its unit and what it tells. The documentation has the same in a table.
pub(crate) const ALL: &[(&str, Kind, Unit, &str)] = &[
    (
        MESSAGES,
        Counter,
        Count,
        "Messages that were sent and received",
    ),
    (
        MESSAGE_BYTES,
        Counter,
        Bytes,
        "Bytes of their payloads, decompressed",
    ),
    (
        WIRE_BYTES,
        Counter,
        Bytes,
        "Bytes that were written to and read from peers",
    ),
    (
        PINGS,
        Counter,
        Count,
        "Pings of the base protocol that were sent and received",
    ),
    (
        RATE_LIMITED,
        Counter,
        Count,
        "Messages that came more often than their rate allows",
    ),
    (
        HANDLER_TIME,
        Histogram,
        Seconds,
        "How long a message was handled, waiting included",
    ),
    (
        REQUESTS_IN_FLIGHT,
        Gauge,
        Count,
        "Requests of this node that wait for their replies",
    ),
    (
        REQUEST_TIME,
        Histogram,
        Seconds,
        "How long a reply was waited for",
    ),
    (
        REQUEST_TIMEOUTS,
        Counter,
        Count,
        "Requests that were not answered in time",
    ),
    (
        STRAY_REPLIES,
        Counter,
        Count,
        "Replies that nobody waited for",
    ),
    (PEERS, Gauge, Count, "Connected peers"),
    (
        ACCEPTED,
        Counter,
        Count,
        "TCP connections that others opened",
    ),
    (DIALS, Counter, Count, "Dials that have ended"),
    (
        HANDSHAKES,
        Counter,
        Count,
        "Connections that became a peer's",
    ),
    (
        HANDSHAKE_TIME,
        Histogram,
        Seconds,
        "How long it took from an open connection to a peer",
    ),
    (
        REFUSED,
        Counter,
        Count,
        "Connections that did not become a peer's",
    ),
    (DROPPED, Counter, Count, "Peers whose connection has ended"),
    (
        PEER_LIFETIME,
        Histogram,
        Seconds,
        "How long a peer was connected, at its end",
    ),
    (
        QUEUE_BYTES,
        Gauge,
        Bytes,
        "Room that waiting messages take up in all queues",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_name_once_and_what_it_tells() {
        let table = include_str!("../docs/metrics.md");
        for (name, _, _, text) in ALL {
            let row = format!("| `{name}` |");
            assert_eq!(table.matches(&row).count(), 1, "{name}");
            assert!(table.contains(text), "{name}: {text}");
        }
        let rows = table.lines().filter(|line| line.starts_with("| `p2p_"));
        assert_eq!(rows.count(), ALL.len());
    }
}
