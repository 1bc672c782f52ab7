//! Two sources of nodes to dial: a fixed list, and the database of the nodes that a server has met.

#[cfg(feature = "database")]
pub(crate) mod database;
pub(crate) mod list;

#[cfg(feature = "database")]
pub use database::error::{BadFile, BadFileError, DatabaseError};
#[cfg(feature = "database")]
pub use database::known::{DialFailure, KnownNode};
#[cfg(feature = "database")]
pub use database::{NodeDatabase, NodeDatabaseOptions};
pub use list::NodeList;
