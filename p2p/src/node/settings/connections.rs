//! Times of a connection, and memory.

use crate::node::amount::Bytes;
use crate::node::setting::{Of, Setting};

pub(super) static CONNECTIONS: &[Setting] = &[
    Setting {
        flag: "handshake-timeout",
        setter: "handshake_timeout",
        help: "How long the encryption handshake may take, and again the exchange of Hello",
        more: &[],
        access: &Of {
            set: |server, timeout| server.handshake_timeout(timeout),
            show: |server| Some(server.config.timing.handshake),
        },
    },
    Setting {
        flag: "ping-interval",
        setter: "ping_interval",
        help: "The time between two pings",
        more: &[],
        access: &Of {
            set: |server, interval| server.ping_interval(interval),
            show: |server| Some(server.config.timing.ping_interval),
        },
    },
    Setting {
        flag: "read-timeout",
        setter: "read_timeout",
        help: "How long nothing complete may come from a peer before it is dropped",
        more: &[
            "If it is not longer than --ping-interval, peers that have nothing to say are dropped.",
        ],
        access: &Of {
            set: |server, timeout| server.read_timeout(timeout),
            show: |server| Some(server.config.timing.read_timeout),
        },
    },
    Setting {
        flag: "write-timeout",
        setter: "write_timeout",
        help: "How long a peer may take for one write, of up to 256 KiB or one message",
        more: &[],
        access: &Of {
            set: |server, timeout| server.write_timeout(timeout),
            show: |server| Some(server.config.timing.write_timeout),
        },
    },
    Setting {
        flag: "stall-timeout",
        setter: "stall_timeout",
        help: "How long a protocol may leave its queue full before its peer is dropped",
        more: &["Peers give up on a node that does not read after 15 to 20 seconds."],
        access: &Of {
            set: |server, timeout| server.stall_timeout(timeout),
            show: |server| Some(server.config.timing.stall_timeout),
        },
    },
    Setting {
        flag: "shutdown-timeout",
        setter: "shutdown_timeout",
        help: "How long handlers may take to finish when the node stops",
        more: &[],
        access: &Of {
            set: |server, timeout| server.shutdown_timeout(timeout),
            show: |server| Some(server.config.timing.shutdown_timeout),
        },
    },
    Setting {
        flag: "linger-timeout",
        setter: "linger_timeout",
        help: "How long a dropped peer may take to read what was sent, and why it is dropped",
        more: &[],
        access: &Of {
            set: |server, timeout| server.linger_timeout(timeout),
            show: |server| Some(server.config.timing.linger),
        },
    },
];

pub(super) static MEMORY: &[Setting] = &[
    Setting {
        flag: "send-queue-size",
        setter: "send_queue_size",
        help: "How much may wait to be sent to a peer, and as much of replies beside it",
        more: &["At least 1KiB. A larger message is taken when the queue is empty."],
        access: &Of {
            set: |server, size: Bytes| server.send_queue_size(size.0),
            show: |server| Some(Bytes(server.config.send_queue_size)),
        },
    },
    Setting {
        flag: "event-capacity",
        setter: "event_capacity",
        help: "How many events the log may be behind before it loses some",
        more: &["At least 1. Memory is taken for all at the start, some hundred bytes each."],
        access: &Of {
            set: |server, events| server.event_capacity(events),
            show: |server| Some(server.config.event_capacity),
        },
    },
    Setting {
        flag: "record-capacity",
        setter: "record_capacity",
        help: "How many connections that are no more are remembered, to say why they ended",
        more: &[
            "And as many again of those who connected and became no peer. Each costs some hundred bytes.",
        ],
        access: &Of {
            set: |server, records| server.record_capacity(records),
            show: |server| Some(server.config.record_capacity),
        },
    },
];
