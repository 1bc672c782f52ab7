//! Every metric: its name, kind, unit, and meaning.

use ::metrics::Unit::{self, Bytes, Count, Seconds};

use self::Kind::{Counter, Gauge, Histogram};

/// Labels of one series. All values are known when the program is compiled: no peer makes a new one.
pub(crate) type Labels<'a> = &'a [(&'static str, &'static str)];

/// A metric; `docs/metrics.md` has a row for each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) unit: Unit,
    /// The meaning, in a few words.
    pub(super) text: &'static str,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Defines a constant for each metric, and `ALL` of them.
macro_rules! metrics {
    ($($constant:ident = $kind:ident $name:literal $unit:ident $text:literal;)*) => {
        $(pub(crate) const $constant: Metric = Metric {
            name: $name,
            kind: $kind,
            unit: $unit,
            text: $text,
        };)*

        pub(super) const ALL: &[Metric] = &[$($constant),*];
    };
}

metrics! {
    MESSAGES = Counter "p2p_messages_total" Count "Messages that were sent and received";
    MESSAGE_BYTES = Counter "p2p_message_bytes_total" Bytes "Bytes of their payloads, decompressed";
    WIRE_BYTES = Counter "p2p_wire_bytes_total" Bytes "Bytes that were written to and read from peers";
    PINGS = Counter "p2p_pings_total" Count "Pings of the base protocol that were sent and received";
    RATE_LIMITED = Counter "p2p_rate_limited_total" Count "Messages that came more often than their rate allows";
    HANDLER_TIME = Histogram "p2p_handler_duration_seconds" Seconds "How long a message was handled, waiting included";
    REQUESTS_IN_FLIGHT = Gauge "p2p_requests_in_flight" Count "Requests of this node that wait for their replies";
    REQUEST_TIME = Histogram "p2p_request_duration_seconds" Seconds "How long a reply was waited for";
    REQUEST_TIMEOUTS = Counter "p2p_request_timeouts_total" Count "Requests that were sent and not answered in time";
    STRAY_REPLIES = Counter "p2p_stray_replies_total" Count "Replies that nobody waited for";
    PEERS = Gauge "p2p_peers" Count "Connected peers";
    ACCEPTED = Counter "p2p_accepted_total" Count "TCP connections that others opened";
    DIALS = Counter "p2p_dials_total" Count "Dials that have ended";
    HANDSHAKES = Counter "p2p_handshakes_total" Count "Connections that became a peer's";
    HANDSHAKE_TIME = Histogram "p2p_handshake_duration_seconds" Seconds "How long it took from an open connection to a peer";
    REFUSED = Counter "p2p_refused_total" Count "Connections that did not become a peer's";
    DROPPED = Counter "p2p_dropped_total" Count "Peers whose connection has ended";
    PEER_LIFETIME = Histogram "p2p_peer_lifetime_seconds" Seconds "How long a peer was connected, at its end";
    MEMORY_BYTES = Gauge "p2p_memory_bytes" Bytes "Memory that large messages take up, by what it is for";
    QUEUE_BYTES = Gauge "p2p_queue_bytes" Bytes "Room that waiting messages take up in all queues";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_a_row_for_each() {
        let table = include_str!("../docs/metrics.md");
        let rows: Vec<_> = table.lines().filter(|l| l.starts_with("| `p2p_")).collect();
        for metric in ALL {
            let start = format!("| `{}` | {}", metric.name, word(metric.kind));
            let row = rows.iter().find(|row| row.starts_with(&start));
            let row = row.unwrap_or_else(|| panic!("no row {start}"));
            assert!(row.ends_with(&format!("| {} |", metric.text)), "{row}");
        }
        assert_eq!(rows.len(), ALL.len());
    }

    fn word(kind: Kind) -> &'static str {
        match kind {
            Counter => "counter",
            Gauge => "gauge",
            Histogram => "histogram",
        }
    }
}
