//! Where a server finds nodes to dial: a list as a source, and the database of nodes that it has met.

mod database;
mod list;

pub use database::{
    BadFile, BadFileError, DatabaseError, KnownNode, NodeDatabase, NodeDatabaseOptions, Trouble,
};
pub use list::NodeList;
