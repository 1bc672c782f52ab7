//! Where a server finds nodes to dial: a source that is a list.

mod list;

pub use list::NodeList;
