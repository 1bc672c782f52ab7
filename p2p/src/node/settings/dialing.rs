//! Who is dialed.

use crate::node::setting::{Of, OfProgram, Setting};
use crate::node::value::DatabaseFile;

pub(super) static DIALING: &[Setting] = &[
    Setting {
        flag: "no-dial",
        setter: "no_dial",
        help: "Dial nobody, and only wait for others",
        more: &[],
        access: &Of {
            set: |server, no_dial| server.no_dial(no_dial),
            show: |server| Some(server.config.no_dial),
        },
    },
    Setting {
        flag: "database",
        setter: "node_database",
        help: "Where met nodes are remembered, to be found again; created if there is no such file",
        more: &[],
        access: &OfProgram {
            set: |setup, file: DatabaseFile| setup.database = Some(file.0),
            show: |setup| setup.database.clone().map(DatabaseFile),
        },
    },
    Setting {
        flag: "bad-database",
        setter: "",
        help: "What to do if that file is damaged or in use: error, or start-afresh",
        more: &["To start afresh renames a damaged one, and does without one that is in use."],
        access: &OfProgram {
            set: |setup, what| setup.bad_database = what,
            show: |setup| Some(setup.bad_database),
        },
    },
    Setting {
        flag: "dial-ratio",
        setter: "dial_ratio",
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
        setter: "dial_timeout",
        help: "How long a TCP connection may take to open",
        more: &[],
        access: &Of {
            set: |server, timeout| server.dial_timeout(timeout),
            show: |server| Some(server.config.dial_timeout),
        },
    },
    Setting {
        flag: "resolve-timeout",
        setter: "resolve_timeout",
        help: "How long a host name may take to resolve",
        more: &[],
        access: &Of {
            set: |server, timeout| server.resolve_timeout(timeout),
            show: |server| Some(server.config.resolve_timeout),
        },
    },
    Setting {
        flag: "redial-interval",
        setter: "redial_interval",
        help: "The time between two dials of one node",
        more: &["go-ethereum refuses whoever comes back from one address within 30 seconds."],
        access: &Of {
            set: |server, interval| server.redial_interval(interval),
            show: |server| Some(server.config.redial_interval),
        },
    },
    Setting {
        flag: "redial-jitter",
        setter: "redial_jitter",
        help: "The most that is added to --redial-interval, at random",
        more: &["It breaks the step of two nodes that dial each other at once."],
        access: &Of {
            set: |server, most| server.redial_jitter(most),
            show: |server| Some(server.config.redial_jitter),
        },
    },
    Setting {
        flag: "resolve-backoff",
        setter: "resolve_backoff",
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
        setter: "resolve_backoff",
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
];
