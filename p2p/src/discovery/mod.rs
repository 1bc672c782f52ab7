//! Where a server finds nodes to dial: a list as a source, and the database of nodes that it has met.

#[cfg(feature = "database")]
mod database;
mod list;

#[cfg(feature = "database")]
pub use database::{
    BadFile, BadFileError, DatabaseError, KnownNode, NodeDatabase, NodeDatabaseOptions, Trouble,
};
pub use list::NodeList;
