//! The file of a node database: a redb database of three tables.
//!
//! Opening reads and checks the whole file. After that it is only written.

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

/// How many bytes of the file redb may cache. It can be little, because all rows are in memory anyway.
const CACHE: usize = 1024 * 1024;

/// The table that holds the format's number.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// The table of nodes, by node ID.
const NODES: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("nodes");

/// The table of local records, by the ID of the node that each describes.
const LOCALS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("local");

/// An open file.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    /// `None` from a failed write until the next one.
    database: Option<Database>,
}

/// The contents of a file.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) nodes: Vec<KnownNode>,
    pub(super) locals: HashMap<NodeId, LocalRecord>,
}

impl Store {
    /// Opens and reads a file. If there is none, it creates one that only its owner may read.
    pub(super) fn open(path: &Path) -> Result<(Self, Contents), DatabaseError> {
        // redb reports known kinds of damage as errors. Should it panic at another kind, that is an error too.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let database = open(path)?;
            let contents = load(&database).map_err(|error| error.at(path))?;
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

    /// Writes changes, and returns when they are on disk. After an error the next call reopens the file, and
    /// then `changes` must contain everything.
    pub(super) fn write(&mut self, changes: &Changes) -> Result<(), DatabaseError> {
        let database = match self.database.take() {
            Some(database) => database,
            None => open(&self.path)?,
        };
        save(&database, changes).map_err(|error| error.at(&self.path))?;
        self.database = Some(database);
        Ok(())
    }
}

/// Renames an unusable file to a free name, which it returns.
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
    // Bounded, because in a folder that can't be read no name looks free.
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
    let file = open_file(path).map_err(|error| FileError::io(error).at(path))?;
    let opened = FileBackend::new(file).and_then(|backend| {
        Database::builder()
            .set_cache_size(CACHE)
            .set_check_integrity_on_open(true)
            .create_with_backend(backend)
    });
    opened.map_err(|error| FileError::from(error).at(path))
}

fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(ErrorKind::InvalidInput, "it is no file"))
    }
}

/// Reads everything, removes rows that can't be decoded, and writes the format's number into a new file.
fn load(database: &Database) -> Result<Contents, FileError> {
    let transaction = database.begin_write()?;
    let is_new = transaction.list_tables()?.next().is_none();
    let is_ours = is_new
        || transaction
            .list_tables()?
            .any(|one| one.name() == META.name());
    if !is_ours {
        return Err(FileError::Damaged(
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
            Some(found) => return Err(FileError::Format(found)),
            None => return Err(FileError::Damaged("it does not tell its format".into())),
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

/// Passes all rows to `read`, and removes those for which it returns `None`.
fn take(
    rows: &mut NodeRows<'_>,
    mut read: impl FnMut(NodeId, &[u8]) -> Option<()>,
) -> Result<(), FileError> {
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

fn save(database: &Database, changes: &Changes) -> Result<(), FileError> {
    let transaction = database.begin_write()?;
    if changes.all {
        transaction.delete_table(NODES)?;
        transaction.delete_table(LOCALS)?;
        // The file may have been deleted, and then it was just created again.
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

/// An error of a file, before the path is added.
enum FileError {
    Io(io::Error),
    Locked,
    Damaged(String),
    Format(u64),
}

impl FileError {
    fn io(error: io::Error) -> Self {
        match error.kind() {
            // redb's errors for a file that is too short, or has a different start.
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

/// redb has an error type for each operation; all convert to `redb::Error`.
impl<E: Into<redb::Error>> From<E> for FileError {
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
    use super::super::NodeDatabase;
    use super::super::error::BadFile;
    use super::super::tests::{Folder, enode};
    use super::*;
    use crate::sync::lock;

    #[test]
    fn the_next_write_makes_up_for_a_failed_one() {
        let folder = Folder::new("again");
        let database = NodeDatabase::open(folder.file(), BadFile::Error).expect("opened");
        database.contact(&enode(1), false);
        database.flush().expect("written");
        // The state after a disk error, with a folder in place of the file so that it can't be reopened.
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
