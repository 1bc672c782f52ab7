//! Two sources of nodes to dial: a fixed list, and the database of the nodes that a server has met.

pub(crate) mod database;
pub(crate) mod list;

pub use database::error::{BadFile, BadFileError, DatabaseError};
pub use database::known::{DialFailure, KnownNode};
pub use database::{NodeDatabase, NodeDatabaseOptions};
pub use list::NodeList;
