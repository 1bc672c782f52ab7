//! Two sources of nodes to dial: a fixed list, and the database of the nodes that a server has met.

mod database;
mod list;

pub use database::{
    BadFile, BadFileError, DatabaseError, KnownNode, NodeDatabase, NodeDatabaseOptions, Trouble,
};
pub use list::NodeList;
