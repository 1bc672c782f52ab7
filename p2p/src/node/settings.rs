//! Every setting of a node: the one table from which its flags, the keys of its file and what is said of
//! them are made.

use super::amount::Bytes;
use super::setting::{Group, ListOf, Of, OfProgram, Setting};
use super::value::Listen;

/// In the order in which they are told.
pub(super) static SETTINGS: &[Setting] = &[
    Setting {
        flag: "listen",
        value: "ADDR",
        setter: "listen_addr",
        group: Group::Essentials,
        help: "Where to listen, as 127.0.0.1:30303, or none",
        more: &[
            "127.0.0.1 is for this machine only, :30303 for every IPv4 address, [::]:30303 for all.",
            "Port 0 is any free port.",
        ],
        access: &Of {
            set: |mut server, address: Listen| {
                server.listen_addr = address.0;
                server
            },
            show: |server| Some(Listen(server.listen_addr.clone())),
        },
    },
    Setting {
        flag: "peer",
        value: "ENODE",
        setter: "static_nodes",
        group: Group::Essentials,
        help: "A node to connect to, now and again",
        more: &[],
        access: &ListOf {
            add: |server, node| server.static_nodes([node]),
            show: |server| &server.config.static_nodes,
        },
    },
    Setting {
        flag: "key",
        value: "FILE",
        setter: "private_key",
        group: Group::Essentials,
        help: "The node's key, created if there is no such file; else a new key each time",
        more: &[
            "It holds 64 hex digits, as go-ethereum writes them. Who has it is the node: keep it secret.",
        ],
        access: &OfProgram {
            set: |setup, path| setup.key = Some(path),
            show: |setup| setup.key.clone(),
        },
    },
    Setting {
        flag: "name",
        value: "NAME",
        setter: "name",
        group: Group::Essentials,
        help: "The name that peers are told",
        more: &[],
        access: &Of {
            set: |server, name: String| server.name(name),
            show: |server| server.name.clone(),
        },
    },
    Setting {
        flag: "max-peers",
        value: "N",
        setter: "max_peers",
        group: Group::Essentials,
        help: "The most peers at a time",
        more: &["Trusted nodes come beside them."],
        access: &Of {
            set: |server, peers| server.max_peers(peers),
            show: |server| Some(server.config.max_peers),
        },
    },
    Setting {
        flag: "metrics",
        value: "ADDR",
        setter: "",
        group: Group::Essentials,
        help: "Where to serve metrics to Prometheus, as 127.0.0.1:9100, or none",
        more: &["At http://ADDR/metrics. How long handlers take is counted too, then."],
        access: &OfProgram {
            set: |setup, address: Listen| setup.metrics = address.0,
            show: |setup| Some(Listen(setup.metrics.clone())),
        },
    },
    Setting {
        flag: "log",
        value: "FILTER",
        setter: "",
        group: Group::Essentials,
        help: "What to log: error, warn, info, debug, trace, or for a module p2p=debug",
        more: &["Or off. It goes to standard error."],
        access: &OfProgram {
            set: |setup, log| setup.log = log,
            show: |setup| Some(setup.log.clone()),
        },
    },
    Setting {
        flag: "trusted",
        value: "NODE",
        setter: "trusted_nodes",
        group: Group::Admission,
        help: "A node that is admitted above every limit",
        more: &[
            "An enode URL, of which the address is not used, or the 128 hex digits of its key.",
        ],
        access: &ListOf {
            add: |server, key| server.trusted_nodes([key]),
            show: |server| &server.config.trusted_nodes,
        },
    },
    Setting {
        flag: "net-restrict",
        value: "NETWORK",
        setter: "net_restrict",
        group: Group::Admission,
        help: "Only nodes in this network are dialed and may connect",
        more: &[
            "As 10.0.0.0/8 or fd00::/8. Trusted nodes are held to it too. Without any, all may.",
        ],
        access: &ListOf {
            add: |server, network| server.net_restrict([network]),
            show: |server| &server.config.net_restrict,
        },
    },
    Setting {
        flag: "max-inbound",
        value: "N",
        setter: "max_inbound",
        group: Group::Admission,
        help: "The most peers at a time that have connected to this node",
        more: &[
            "At most --max-peers. Unless set, all of them but the share that --dial-ratio leaves to dialing.",
        ],
        access: &Of {
            set: |server, peers| server.max_inbound(peers),
            show: |server| server.config.max_inbound,
        },
    },
    Setting {
        flag: "max-pending-peers",
        value: "N",
        setter: "max_pending_peers",
        group: Group::Admission,
        help: "The most connections in each direction that are not peers yet",
        more: &[],
        access: &Of {
            set: |server, connections| server.max_pending_peers(connections),
            show: |server| Some(server.config.max_pending_peers),
        },
    },
    Setting {
        flag: "max-pending-by-address",
        value: "N",
        setter: "max_pending_by_address",
        group: Group::Admission,
        help: "The most such connections with one address",
        more: &["Addresses of this machine and of private networks are not limited."],
        access: &Of {
            set: |server, connections| server.max_pending_by_address(connections),
            show: |server| Some(server.config.addresses.pending_by_address),
        },
    },
    Setting {
        flag: "max-pending-by-subnet",
        value: "N",
        setter: "max_pending_by_subnet",
        group: Group::Admission,
        help: "The most such connections with addresses of one subnet",
        more: &[],
        access: &Of {
            set: |server, connections| server.max_pending_by_subnet(connections),
            show: |server| Some(server.config.addresses.pending_by_subnet),
        },
    },
    Setting {
        flag: "max-peers-by-address",
        value: "N",
        setter: "max_peers_by_address",
        group: Group::Admission,
        help: "The most peers with one address",
        more: &[
            "Peers given by --peer or --trusted are not held to it. Raise it where many nodes come from",
            "one address, as behind a proxy.",
        ],
        access: &Of {
            set: |server, peers| server.max_peers_by_address(peers),
            show: |server| Some(server.config.addresses.peers_by_address),
        },
    },
    Setting {
        flag: "max-peers-by-subnet",
        value: "N",
        setter: "max_peers_by_subnet",
        group: Group::Admission,
        help: "The most peers with addresses of one subnet",
        more: &[],
        access: &Of {
            set: |server, peers| server.max_peers_by_subnet(peers),
            show: |server| Some(server.config.addresses.peers_by_subnet),
        },
    },
    Setting {
        flag: "subnet-prefix-ipv4",
        value: "BITS",
        setter: "subnet_prefixes",
        group: Group::Admission,
        help: "How many leading bits the IPv4 addresses of a subnet share",
        more: &[],
        access: &Of {
            set: |server, bits| {
                let ipv6 = server.config.addresses.ipv6_prefix;
                server.subnet_prefixes(bits, ipv6)
            },
            show: |server| Some(server.config.addresses.ipv4_prefix),
        },
    },
    Setting {
        flag: "subnet-prefix-ipv6",
        value: "BITS",
        setter: "subnet_prefixes",
        group: Group::Admission,
        help: "How many leading bits the IPv6 addresses of a subnet share",
        more: &[],
        access: &Of {
            set: |server, bits| {
                let ipv4 = server.config.addresses.ipv4_prefix;
                server.subnet_prefixes(ipv4, bits)
            },
            show: |server| Some(server.config.addresses.ipv6_prefix),
        },
    },
    Setting {
        flag: "limit-local-addresses",
        value: "BOOL",
        setter: "limit_local_addresses",
        group: Group::Admission,
        help: "Hold this machine and private networks to the limits by address and subnet too",
        more: &[],
        access: &Of {
            set: |server, limit| server.limit_local_addresses(limit),
            show: |server| Some(server.config.addresses.local),
        },
    },
    Setting {
        flag: "inbound-interval",
        value: "TIME",
        setter: "inbound_interval",
        group: Group::Admission,
        help: "The time in which one connection is accepted from one address; 0 is no limit",
        more: &[
            "Addresses of this machine and of private networks are not limited. Turn it off where many",
            "nodes come from one address, as behind a proxy.",
        ],
        access: &Of {
            set: |server, interval| server.inbound_interval(interval),
            show: |server| Some(server.config.inbound_interval),
        },
    },
    Setting {
        flag: "no-dial",
        value: "BOOL",
        setter: "no_dial",
        group: Group::Dialing,
        help: "Dial nobody, and only wait for others",
        more: &[],
        access: &Of {
            set: |server, no_dial| server.no_dial(no_dial),
            show: |server| Some(server.config.no_dial),
        },
    },
    Setting {
        flag: "dial-ratio",
        value: "N",
        setter: "dial_ratio",
        group: Group::Dialing,
        help: "How much of --max-peers is for nodes that are found: one part of so many",
        more: &[
            "It is for programs that find nodes by themselves. Those of --peer are not among them.",
        ],
        access: &Of {
            set: |server, ratio| server.dial_ratio(ratio),
            show: |server| Some(server.config.dial_ratio),
        },
    },
    Setting {
        flag: "dial-timeout",
        value: "TIME",
        setter: "dial_timeout",
        group: Group::Dialing,
        help: "How long a TCP connection may take to open",
        more: &[],
        access: &Of {
            set: |server, timeout| server.dial_timeout(timeout),
            show: |server| Some(server.config.dial_timeout),
        },
    },
    Setting {
        flag: "resolve-timeout",
        value: "TIME",
        setter: "resolve_timeout",
        group: Group::Dialing,
        help: "How long a host name may take to resolve",
        more: &[],
        access: &Of {
            set: |server, timeout| server.resolve_timeout(timeout),
            show: |server| Some(server.config.resolve_timeout),
        },
    },
    Setting {
        flag: "redial-interval",
        value: "TIME",
        setter: "redial_interval",
        group: Group::Dialing,
        help: "The time between two dials of one node",
        more: &["go-ethereum refuses whoever comes back from one address within 30 seconds."],
        access: &Of {
            set: |server, interval| server.redial_interval(interval),
            show: |server| Some(server.config.redial_interval),
        },
    },
    Setting {
        flag: "redial-jitter",
        value: "TIME",
        setter: "redial_jitter",
        group: Group::Dialing,
        help: "The most that is added to --redial-interval, at random",
        more: &["It breaks the step of two nodes that dial each other at once."],
        access: &Of {
            set: |server, most| server.redial_jitter(most),
            show: |server| Some(server.config.redial_jitter),
        },
    },
    Setting {
        flag: "resolve-backoff",
        value: "TIME",
        setter: "resolve_backoff",
        group: Group::Dialing,
        help: "How long to wait before a new address is looked for of a peer that can't be reached",
        more: &["It doubles each time. It is for programs that find nodes by themselves."],
        access: &Of {
            set: |server, first| {
                let (_, most) = server.config.resolve_backoff;
                server.resolve_backoff(first, most)
            },
            show: |server| Some(server.config.resolve_backoff.0),
        },
    },
    Setting {
        flag: "resolve-backoff-max",
        value: "TIME",
        setter: "resolve_backoff",
        group: Group::Dialing,
        help: "The most that --resolve-backoff grows to",
        more: &[],
        access: &Of {
            set: |server, most| {
                let (first, _) = server.config.resolve_backoff;
                server.resolve_backoff(first, most)
            },
            show: |server| Some(server.config.resolve_backoff.1),
        },
    },
    Setting {
        flag: "handshake-timeout",
        value: "TIME",
        setter: "handshake_timeout",
        group: Group::Connections,
        help: "How long the encryption handshake may take, and again the exchange of Hello",
        more: &[],
        access: &Of {
            set: |server, timeout| server.handshake_timeout(timeout),
            show: |server| Some(server.config.timing.handshake),
        },
    },
    Setting {
        flag: "ping-interval",
        value: "TIME",
        setter: "ping_interval",
        group: Group::Connections,
        help: "The time between two pings",
        more: &[],
        access: &Of {
            set: |server, interval| server.ping_interval(interval),
            show: |server| Some(server.config.timing.ping_interval),
        },
    },
    Setting {
        flag: "read-timeout",
        value: "TIME",
        setter: "read_timeout",
        group: Group::Connections,
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
        value: "TIME",
        setter: "write_timeout",
        group: Group::Connections,
        help: "How long a peer may take for one write, of up to 256 KiB or one message",
        more: &[],
        access: &Of {
            set: |server, timeout| server.write_timeout(timeout),
            show: |server| Some(server.config.timing.write_timeout),
        },
    },
    Setting {
        flag: "stall-timeout",
        value: "TIME",
        setter: "stall_timeout",
        group: Group::Connections,
        help: "How long a protocol may leave its queue full before its peer is dropped",
        more: &["Peers give up on a node that does not read after 15 to 20 seconds."],
        access: &Of {
            set: |server, timeout| server.stall_timeout(timeout),
            show: |server| Some(server.config.timing.stall_timeout),
        },
    },
    Setting {
        flag: "shutdown-timeout",
        value: "TIME",
        setter: "shutdown_timeout",
        group: Group::Connections,
        help: "How long handlers may take to finish when the node stops",
        more: &[],
        access: &Of {
            set: |server, timeout| server.shutdown_timeout(timeout),
            show: |server| Some(server.config.timing.shutdown_timeout),
        },
    },
    Setting {
        flag: "linger-timeout",
        value: "TIME",
        setter: "linger_timeout",
        group: Group::Connections,
        help: "How long a dropped peer may take to read what was sent, and why it is dropped",
        more: &[],
        access: &Of {
            set: |server, timeout| server.linger_timeout(timeout),
            show: |server| Some(server.config.timing.linger),
        },
    },
    Setting {
        flag: "send-queue-size",
        value: "SIZE",
        setter: "send_queue_size",
        group: Group::Memory,
        help: "How much may wait to be sent to a peer, and as much of replies beside it",
        more: &["At least 1KiB. A larger message is taken when the queue is empty."],
        access: &Of {
            set: |server, size: Bytes| server.send_queue_size(size.0),
            show: |server| Some(Bytes(server.config.send_queue_size)),
        },
    },
    Setting {
        flag: "event-capacity",
        value: "N",
        setter: "event_capacity",
        group: Group::Memory,
        help: "How many events the log may be behind before it loses some",
        more: &["At least 1."],
        access: &Of {
            set: |server, events| server.event_capacity(events),
            show: |server| Some(server.config.event_capacity),
        },
    },
    Setting {
        flag: "record-capacity",
        value: "N",
        setter: "record_capacity",
        group: Group::Memory,
        help: "How many connections that are no more are remembered, to say why they ended",
        more: &["And as many again of unknown nodes. Each costs some hundred bytes."],
        access: &Of {
            set: |server, records| server.record_capacity(records),
            show: |server| Some(server.config.record_capacity),
        },
    },
];
