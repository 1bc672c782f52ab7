//! Every setting of a node: the one table from which its flags, the keys of its file and what is said of
//! them are made.

mod admission;
mod connections;
mod dialing;
mod essentials;

use super::setting::Setting;

/// In the order in which they are told.
pub(super) fn settings() -> impl Iterator<Item = &'static Setting> {
    let groups = [
        essentials::ESSENTIALS,
        admission::ADMISSION,
        dialing::DIALING,
        connections::CONNECTIONS,
    ];
    groups.into_iter().flatten()
}
