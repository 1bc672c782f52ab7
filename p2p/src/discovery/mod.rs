//! Where a server finds nodes to dial: a source that is a list, and the database of the nodes that it has
//! met.

mod database;
mod list;

pub use database::{
    BadFile, BadFileError, DatabaseError, KnownNode, NodeDatabase, NodeDatabaseOptions, Trouble,
};
pub use list::NodeList;
