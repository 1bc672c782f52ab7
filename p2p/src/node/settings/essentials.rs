//! What most nodes are told.

use crate::node::setting::{ListOf, Of, OfProgram, Setting};
use crate::node::value::Listen;

pub(super) static ESSENTIALS: &[Setting] = &[
    Setting {
        flag: "listen",
        setter: "listen_addr",
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
        setter: "static_nodes",
        help: "A node to connect to, now and again",
        more: &[],
        access: &ListOf {
            add: |server, node| server.static_nodes([node]),
            show: |server| &server.config.static_nodes,
        },
    },
    Setting {
        flag: "key",
        setter: "private_key",
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
        setter: "name",
        help: "The name that peers are told",
        more: &[],
        access: &Of {
            set: |server, name: String| server.name(name),
            show: |server| server.name.clone(),
        },
    },
    Setting {
        flag: "max-peers",
        setter: "max_peers",
        help: "The most peers at a time",
        more: &["Trusted nodes come beside them."],
        access: &Of {
            set: |server, peers| server.max_peers(peers),
            show: |server| Some(server.config.max_peers),
        },
    },
    Setting {
        flag: "metrics",
        setter: "",
        help: "Where to serve metrics to Prometheus, as 127.0.0.1:9100, or none",
        more: &["At http://ADDR/metrics. How long handlers take is counted too, then."],
        access: &OfProgram {
            set: |setup, address: Listen| setup.metrics = address.0,
            show: |setup| Some(Listen(setup.metrics.clone())),
        },
    },
    Setting {
        flag: "log",
        setter: "",
        help: "What to log: error, warn, info, debug, trace, or for a module p2p=debug",
        more: &["Or off. It goes to standard error."],
        access: &OfProgram {
            set: |setup, log| setup.log = log,
            show: |setup| Some(setup.log.clone()),
        },
    },
];
