//! Who may connect.

use crate::node::setting::{ListOf, Of, Setting};

pub(super) static ADMISSION: &[Setting] = &[
    Setting {
        flag: "trusted",
        setter: "trusted_nodes",
        help: "A node that is admitted above every limit of peers",
        more: &[
            "An enode URL, of which the address is not used, or the 128 hex digits of its key. Who connects",
            "is not known at first: --inbound-interval and the limits of connections that are not peers",
            "yet hold for it too.",
        ],
        access: &ListOf {
            add: |server, key| server.trusted_nodes([key]),
            show: |server| &server.config.trusted_nodes,
        },
    },
    Setting {
        flag: "net-restrict",
        setter: "net_restrict",
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
        setter: "max_inbound",
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
        setter: "max_pending_peers",
        help: "The most connections in each direction that are not peers yet",
        more: &[],
        access: &Of {
            set: |server, connections| server.max_pending_peers(connections),
            show: |server| Some(server.config.max_pending_peers),
        },
    },
    Setting {
        flag: "max-pending-by-address",
        setter: "max_pending_by_address",
        help: "The most such connections with one address",
        more: &["Addresses of this machine and of private networks are not limited."],
        access: &Of {
            set: |server, connections| server.max_pending_by_address(connections),
            show: |server| Some(server.config.addresses.pending_by_address),
        },
    },
    Setting {
        flag: "max-pending-by-subnet",
        setter: "max_pending_by_subnet",
        help: "The most such connections with addresses of one subnet",
        more: &[],
        access: &Of {
            set: |server, connections| server.max_pending_by_subnet(connections),
            show: |server| Some(server.config.addresses.pending_by_subnet),
        },
    },
    Setting {
        flag: "max-peers-by-address",
        setter: "max_peers_by_address",
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
        setter: "max_peers_by_subnet",
        help: "The most peers with addresses of one subnet",
        more: &[],
        access: &Of {
            set: |server, peers| server.max_peers_by_subnet(peers),
            show: |server| Some(server.config.addresses.peers_by_subnet),
        },
    },
    Setting {
        flag: "subnet-prefix-ipv4",
        setter: "subnet_prefixes",
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
        setter: "subnet_prefixes",
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
        setter: "limit_local_addresses",
        help: "Hold this machine and private networks to the limits by address and subnet too",
        more: &[],
        access: &Of {
            set: |server, limit| server.limit_local_addresses(limit),
            show: |server| Some(server.config.addresses.local),
        },
    },
    Setting {
        flag: "inbound-interval",
        setter: "inbound_interval",
        help: "The time in which one connection is accepted from one address; 0 is no limit",
        more: &[
            "IPv6 addresses of one subnet are one. Those of this machine and of private networks are not",
            "limited. Turn it off where many nodes come from one address, as behind a proxy.",
        ],
        access: &Of {
            set: |server, interval| server.inbound_interval(interval),
            show: |server| Some(server.config.inbound_interval),
        },
    },
];
