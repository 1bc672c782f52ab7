//! Every setting of a node: the one table from which its flags, the keys of its file and what is said of
//! them are made.

mod admission;
mod connections;
mod dialing;
mod essentials;

use super::setting::{Group, Setting};

/// In the order in which they are told.
pub(super) static GROUPS: [Group; 5] = [
    Group {
        heading: "Essentials",
        settings: essentials::ESSENTIALS,
    },
    Group {
        heading: "Who may connect",
        settings: admission::ADMISSION,
    },
    Group {
        heading: "Dialing",
        settings: dialing::DIALING,
    },
    Group {
        heading: "Times of a connection",
        settings: connections::CONNECTIONS,
    },
    Group {
        heading: "Memory",
        settings: connections::MEMORY,
    },
];

/// All of them, in the same order.
pub(super) fn settings() -> impl Iterator<Item = &'static Setting> {
    GROUPS.iter().flat_map(|group| group.settings)
}
