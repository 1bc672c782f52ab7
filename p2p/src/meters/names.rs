//! The names of what is counted, and what they mean.

/// Labels of one series. All values are known when the program is compiled: no peer makes a new one.
pub(crate) type Labels<'a> = &'a [(&'static str, &'static str)];

pub(crate) const MESSAGES: &str = "p2p_messages_total";
pub(crate) const MESSAGE_BYTES: &str = "p2p_message_bytes_total";
pub(crate) const WIRE_BYTES: &str = "p2p_wire_bytes_total";
pub(crate) const PINGS: &str = "p2p_pings_total";
pub(crate) const RATE_LIMITED: &str = "p2p_rate_limited_total";
pub(crate) const HANDLER_TIME: &str = "p2p_handler_duration_seconds";
pub(crate) const REQUESTS_IN_FLIGHT: &str = "p2p_requests_in_flight";
pub(crate) const REQUEST_TIME: &str = "p2p_request_duration_seconds";
pub(crate) const REQUEST_TIMEOUTS: &str = "p2p_request_timeouts_total";
pub(crate) const STRAY_REPLIES: &str = "p2p_stray_replies_total";
pub(crate) const PEERS: &str = "p2p_peers";
pub(crate) const ACCEPTED: &str = "p2p_accepted_total";
pub(crate) const DIALS: &str = "p2p_dials_total";
pub(crate) const HANDSHAKES: &str = "p2p_handshakes_total";
pub(crate) const HANDSHAKE_TIME: &str = "p2p_handshake_duration_seconds";
pub(crate) const REFUSED: &str = "p2p_refused_total";
pub(crate) const DROPPED: &str = "p2p_dropped_total";
pub(crate) const PEER_LIFETIME: &str = "p2p_peer_lifetime_seconds";
pub(crate) const QUEUE_BYTES: &str = "p2p_queue_bytes";
