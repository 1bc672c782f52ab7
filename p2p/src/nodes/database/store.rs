//! The file of a node database: a redb database of three tables.
//!
//! It is read once, when it is opened, and checked whole then: what comes after that is only written.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{Database, ReadableTable, Table as Rows, TableDefinition, TableHandle};

use super::error::DatabaseError;
use super::known::KnownNode;
use super::local::LocalRecord;
use super::row;
use super::table::Changes;
use crate::identity::NodeId;

/// The format of the rows.
const FORMAT: u64 = 1;

const FORMAT_KEY: &str = "format";

/// How much of the file redb may keep in memory, in bytes; what it holds is in memory already.
const CACHE: usize = 1024 * 1024;

/// What the file is: its format.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// The nodes, by their ids.
const NODES: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("nodes");

/// The local records, by the ids of the nodes that they are of.
const LOCALS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("local");

/// An open file.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    /// `None` after a write that failed, until the next.
    database: Option<Database>,
}

/// What was in a file.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) nodes: Vec<KnownNode>,
    pub(super) locals: HashMap<NodeId, LocalRecord>,
}

impl Store {
    /// Opens a file, or creates one that only its owner may read, and reads it.
    pub(super) fn open(path: &Path) -> Result<(Self, Contents), DatabaseError> {
        // All damage that is known is an error of redb. Should there be other, it is no reason to go down.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let database = open(path)?;
            let contents = load(&database).map_err(|wrong| wrong.at(path))?;
            Ok((database, contents))
        }));
        let (database, contents) = opened.unwrap_or_else(|_| {
            Err(DatabaseError::Damaged {
                path: path.into(),
                reason: "it can't be read".into(),
            })
        })?;
        let store = Self {
            path: path.into(),
            database: Some(database),
        };
        Ok((store, contents))
    }

    /// Writes changes, and returns when they are on the disk. After an error the next call opens the file
    /// anew; all has to be written then.
    pub(super) fn write(&mut self, changes: &Changes) -> Result<(), DatabaseError> {
        let database = match self.database.take() {
            Some(database) => database,
            None => open(&self.path)?,
        };
        save(&database, changes).map_err(|wrong| wrong.at(&self.path))?;
        self.database = Some(database);
        Ok(())
    }
}

/// Renames a file that is of no use to a name that is free, which it returns.
pub(super) fn set_aside(path: &Path) -> Result<PathBuf, DatabaseError> {
    let numbered = (1_u32..).map(|number| {
        let mut name = OsString::from(path);
        name.push(format!(".bad-{number}"));
        PathBuf::from(name)
    });
    let is_free = |aside: &PathBuf| {
        let found = fs::symlink_metadata(aside);
        found.is_err_and(|error| error.kind() == ErrorKind::NotFound)
    };
    // A folder that can't be looked into has no free name.
    let aside = numbered.take(10_000).find(is_free);
    let renamed = aside
        .ok_or_else(|| ErrorKind::AlreadyExists.into())
        .and_then(|aside| fs::rename(path, &aside).map(|()| aside));
    renamed.map_err(|error| DatabaseError::Io {
        path: path.into(),
        error,
    })
}

fn open(path: &Path) -> Result<Database, DatabaseError> {
    let file = open_file(path).map_err(|error| Wrong::io(error).at(path))?;
    let opened = FileBackend::new(file).and_then(|backend| {
        Database::builder()
            .set_cache_size(CACHE)
            .set_check_integrity_on_open(true)
            .create_with_backend(backend)
    });
    opened.map_err(|error| Wrong::from(error).at(path))
}

fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(ErrorKind::InvalidInput, "it is no file")),
    }
}

/// Reads everything. Rows that hold something else than they should are removed; a new file gets its
/// format.
fn load(database: &Database) -> Result<Contents, Wrong> {
    let transaction = database.begin_write()?;
    let is_new = transaction.list_tables()?.next().is_none();
    let is_ours = is_new
        || transaction
            .list_tables()?
            .any(|one| one.name() == META.name());
    if !is_ours {
        return Err(Wrong::Damaged(
            "it is the database of something else".into(),
        ));
    }
    let mut contents = Contents::default();
    {
        let mut meta = transaction.open_table(META)?;
        if is_new {
            meta.insert(FORMAT_KEY, FORMAT)?;
        }
        let format = meta.get(FORMAT_KEY)?.map(|format| format.value());
        match format {
            Some(FORMAT) => {}
            Some(found) => return Err(Wrong::Format(found)),
            None => return Err(Wrong::Damaged("it does not tell its format".into())),
        }
        let mut rows = transaction.open_table(NODES)?;
        take(&mut rows, |id, bytes| {
            let node = row::decode_node(bytes);
            let node = node.filter(|node| node.enode.public_key().node_id() == id);
            node.map(|node| contents.nodes.push(node))
        })?;
        let mut rows = transaction.open_table(LOCALS)?;
        take(&mut rows, |id, bytes| {
            let record = row::decode_local(bytes)?;
            contents.locals.insert(id, record);
            Some(())
        })?;
    }
    transaction.commit()?;
    Ok(contents)
}

type NodeRows<'a> = Rows<'a, &'static [u8; 32], &'static [u8]>;

/// Gives all rows to `read`, and removes those for which it has no use.
fn take(
    rows: &mut NodeRows<'_>,
    mut read: impl FnMut(NodeId, &[u8]) -> Option<()>,
) -> Result<(), Wrong> {
    let mut useless = Vec::new();
    for row in rows.iter()? {
        let (id, bytes) = row?;
        if read(NodeId::new(*id.value()), bytes.value()).is_none() {
            useless.push(*id.value());
        }
    }
    for id in &useless {
        rows.remove(id)?;
    }
    if !useless.is_empty() {
        tracing::warn!(
            rows = useless.len(),
            "rows of the node database were of no use"
        );
    }
    Ok(())
}

fn save(database: &Database, changes: &Changes) -> Result<(), Wrong> {
    let transaction = database.begin_write()?;
    if changes.all {
        transaction.delete_table(NODES)?;
        transaction.delete_table(LOCALS)?;
        // The file may be a new one.
        transaction.open_table(META)?.insert(FORMAT_KEY, FORMAT)?;
    }
    {
        let mut rows = transaction.open_table(NODES)?;
        for (id, node) in &changes.nodes {
            match node {
                Some(node) => drop(rows.insert(id.as_bytes(), &*row::encode_node(node))?),
                None => drop(rows.remove(id.as_bytes())?),
            }
        }
        let mut rows = transaction.open_table(LOCALS)?;
        for (id, record) in &changes.locals {
            rows.insert(id.as_bytes(), &*row::encode_local(record))?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// What is wrong with a file.
enum Wrong {
    Io(io::Error),
    Locked,
    Damaged(String),
    Format(u64),
}

impl Wrong {
    fn io(error: io::Error) -> Self {
        match error.kind() {
            // What redb says of a file that is too short or does not begin as its files do.
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Self::Damaged(error.to_string()),
            _ => Self::Io(error),
        }
    }

    fn at(self, path: &Path) -> DatabaseError {
        let path = path.into();
        match self {
            Self::Io(error) => DatabaseError::Io { path, error },
            Self::Locked => DatabaseError::Locked { path },
            Self::Damaged(reason) => DatabaseError::Damaged { path, reason },
            Self::Format(found) => DatabaseError::Format {
                path,
                found,
                expected: FORMAT,
            },
        }
    }
}

/// Every error of redb becomes its one that holds them all.
impl<E: Into<redb::Error>> From<E> for Wrong {
    fn from(error: E) -> Self {
        match error.into() {
            redb::Error::Io(error) => Self::io(error),
            redb::Error::PreviousIo => Self::Io(io::Error::other("a write failed before")),
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => Self::Locked,
            error => Self::Damaged(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Folder, enode};
    use super::super::{BadFile, NodeDatabase, lock};
    use super::*;

    #[test]
    fn a_write_that_failed_is_made_up_for_by_the_next() {
        let folder = Folder::new("again");
        let database = NodeDatabase::open(folder.file(), BadFile::Error).expect("opened");
        database.contact(&enode(1), false);
        database.flush().expect("written");
        // As after an error of the disk; and the file can't be opened anew.
        let mut store = lock(&database.shared.store);
        store.as_mut().expect("a file").database = None;
        drop(store);
        fs::remove_file(folder.file()).expect("removed");
        fs::create_dir(folder.file()).expect("a folder");
        database.contact(&enode(2), false);
        let error = database.flush().expect_err("no file");
        assert!(matches!(error, DatabaseError::Io { .. }), "{error}");
        fs::remove_dir(folder.file()).expect("removed");
        database.flush().expect("written");
        drop(database);
        let database = NodeDatabase::open(folder.file(), BadFile::Error).expect("opened");
        assert_eq!(database.len(), 2);
    }
}
