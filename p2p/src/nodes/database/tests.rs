//! Databases in files: what is kept, and files of every kind that is none.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::identity::NodeKey;

/// A folder of its own that goes when the test ends.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        let name = format!("p2p-{}-nodes-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(super) fn file(&self) -> PathBuf {
        self.0.join("nodes.redb")
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(super) fn enode(n: u8) -> Enode {
    let key = NodeKey::from_bytes(&[n; 32]).expect("a key");
    Enode::new(*key.public_key(), ([192, 0, 2, n], 30303).into())
}

fn id(n: u8) -> NodeId {
    enode(n).public_key().node_id()
}

/// A file that knows two nodes, as bytes.
fn good_file(folder: &Folder) -> Vec<u8> {
    let path = folder.0.join("good.redb");
    let database = NodeDatabase::open(&path, BadFile::Error).expect("opened");
    database.contact(&enode(1), false);
    database.contact(&enode(2), false);
    database.renew_local(id(9), [9; 32]);
    drop(database);
    let bytes = fs::read(&path).expect("readable");
    fs::remove_file(&path).expect("removed");
    bytes
}

#[test]
fn contacts_and_removals_survive_a_restart() {
    let folder = Folder::new("survives");
    let database = NodeDatabase::open(folder.file(), BadFile::Error).expect("opened");
    database.contact(&enode(1), false);
    database.contact(&enode(2), false);
    database.failed(&enode(2), DialFailure::Unreachable);
    database.heard(&enode(3));
    database.contact(&enode(4), false);
    database.flush().expect("written");
    assert!(database.forget(&id(4)));
    let sequence = database.renew_local(id(9), [1; 32]);
    drop(database);

    let database = NodeDatabase::open(folder.file(), BadFile::Error).expect("opened");
    assert_eq!(database.len(), 3);
    let known = database.node(&id(2)).expect("known");
    assert_eq!(
        (known.failures, known.last_failure),
        (1, Some(DialFailure::Unreachable))
    );
    assert_eq!(database.node(&id(3)).expect("known").last_contact, None);
    assert_eq!(database.local_sequence(&id(9)), Some(sequence));
    assert_eq!(database.local_sequence(&id(1)), None);
    assert_eq!(database.renew_local(id(9), [1; 32]), sequence);
    assert!(database.renew_local(id(9), [2; 32]) > sequence);
}

#[test]
fn a_crash_loses_only_unwritten_changes() {
    let folder = Folder::new("dies");
    let database = NodeDatabase::open(folder.file(), BadFile::Error).expect("opened");
    database.contact(&enode(1), false);
    database.flush().expect("written");
    database.contact(&enode(2), false);
    // As a disk has it when the process is no more.
    let copy = folder.0.join("copy.redb");
    fs::copy(folder.file(), &copy).expect("copied");
    let database = NodeDatabase::open(&copy, BadFile::Error).expect("opened");
    let nodes: Vec<Enode> = database
        .nodes()
        .into_iter()
        .map(|node| node.enode)
        .collect();
    assert_eq!(nodes, [enode(1)]);
}

#[test]
fn a_locked_file_is_an_error_or_left_alone() {
    let folder = Folder::new("locked");
    let first = NodeDatabase::open(folder.file(), BadFile::Error).expect("opened");
    let clone = first.clone();
    drop(first);
    let second = NodeDatabase::open(folder.file(), BadFile::Error).expect_err("in use");
    assert!(matches!(second, DatabaseError::Locked { .. }));
    assert!(second.to_string().contains("is in use"), "{second}");
    let afresh = NodeDatabase::open(folder.file(), BadFile::StartAfresh).expect("in memory");
    afresh.contact(&enode(1), false);
    afresh.flush().expect("nothing to do");
    drop((clone, afresh));
    assert_eq!(folder.names(), ["nodes.redb"]);
    let database = NodeDatabase::open(folder.file(), BadFile::Error).expect("free again");
    assert!(database.is_empty());
}

#[test]
fn a_bad_file_is_refused_or_renamed() {
    let folder = Folder::new("bad");
    let good = good_file(&folder);
    let half = good[..good.len() / 2].to_vec();
    let mut damaged = good.clone();
    for byte in &mut damaged[4096..] {
        *byte ^= 0x55;
    }
    for (count, bad) in [half, damaged, b"{}".to_vec(), vec![7; 10_000]]
        .into_iter()
        .enumerate()
    {
        fs::write(folder.file(), &bad).expect("written");
        let error = NodeDatabase::open(folder.file(), BadFile::Error).expect_err("bad");
        assert!(matches!(error, DatabaseError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("start afresh"), "{error}");
        let afresh = NodeDatabase::open(folder.file(), BadFile::StartAfresh).expect("begun");
        assert!(afresh.is_empty());
        afresh.contact(&enode(1), false);
        drop(afresh);
        let again = NodeDatabase::open(folder.file(), BadFile::Error).expect("good now");
        assert_eq!(again.len(), 1);
        drop(again);
        let aside = folder.0.join(format!("nodes.redb.bad-{}", count + 1));
        assert_eq!(fs::read(aside).expect("kept").len(), bad.len());
        fs::remove_file(folder.file()).expect("removed");
    }
}

#[test]
fn a_changed_row_counts_as_damage() {
    let folder = Folder::new("changed");
    let mut file = good_file(&folder);
    let host = b"@192.0.2.1:";
    let found: Vec<usize> = (0..file.len())
        .filter(|at| file[*at..].starts_with(host))
        .collect();
    assert!(!found.is_empty(), "it can be read in the file");
    for at in found {
        file[at + 9] = b'7';
    }
    fs::write(folder.file(), &file).expect("written");
    let error = NodeDatabase::open(folder.file(), BadFile::Error).expect_err("damaged");
    assert!(matches!(error, DatabaseError::Damaged { .. }), "{error}");
}

#[test]
fn an_empty_file_is_a_new_one() {
    let folder = Folder::new("empty");
    fs::write(folder.file(), []).expect("written");
    let database = NodeDatabase::open(folder.file(), BadFile::Error).expect("opened");
    database.contact(&enode(1), false);
    drop(database);
    let database = NodeDatabase::open(folder.file(), BadFile::Error).expect("opened");
    assert_eq!(database.len(), 1);
}

#[test]
fn foreign_formats_and_databases_are_recognised() {
    use redb::{Database, TableDefinition};
    let folder = Folder::new("format");
    let write = |table: TableDefinition<'_, &str, u64>, key: &str, value: u64| {
        let database = Database::create(folder.file()).expect("created");
        let transaction = database.begin_write().expect("begun");
        let mut rows = transaction.open_table(table).expect("a table");
        rows.insert(key, value).expect("inserted");
        drop(rows);
        transaction.commit().expect("written");
    };
    let refused = || NodeDatabase::open(folder.file(), BadFile::Error).expect_err("refused");
    write(TableDefinition::new("meta"), "format", 2);
    let later = refused().to_string();
    assert!(
        later.contains("has format 2, this version reads 1"),
        "{later}"
    );
    drop(NodeDatabase::open(folder.file(), BadFile::StartAfresh).expect("begun"));
    fs::remove_file(folder.file()).expect("removed");
    write(TableDefinition::new("meta"), "other", 1);
    assert!(matches!(refused(), DatabaseError::Damaged { .. }));
    fs::remove_file(folder.file()).expect("removed");
    write(TableDefinition::new("coins"), "gold", 7);
    let other = refused().to_string();
    assert!(other.contains("of something else"), "{other}");
    drop(NodeDatabase::open(folder.file(), BadFile::StartAfresh).expect("begun"));
    assert_eq!(folder.names().len(), 3, "{:?}", folder.names());
}

#[test]
fn undecodable_rows_are_removed() {
    use redb::{Database, ReadableTable, TableDefinition};
    const NODES: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("nodes");
    const LOCALS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("local");
    let folder = Folder::new("rows");
    fs::write(folder.file(), good_file(&folder)).expect("written");
    let database = Database::create(folder.file()).expect("opened");
    let transaction = database.begin_write().expect("begun");
    let mut rows = transaction.open_table(NODES).expect("a table");
    let right = {
        let row = rows.get(id(1).as_bytes()).expect("read");
        row.expect("there").value().to_vec()
    };
    rows.insert(&[3; 32], &[0xc0][..]).expect("inserted");
    rows.insert(&[4; 32], &right[..]).expect("under a wrong id");
    rows.insert(&[5; 32], &vec![0; 100_000][..])
        .expect("inserted");
    drop(rows);
    let mut rows = transaction.open_table(LOCALS).expect("a table");
    rows.insert(&[3; 32], &[][..]).expect("inserted");
    drop(rows);
    transaction.commit().expect("written");
    drop(database);
    for _ in 0..2 {
        let database = NodeDatabase::open(folder.file(), BadFile::Error).expect("opened");
        assert_eq!(database.len(), 2);
        assert!(database.local_sequence(&id(9)).is_some());
    }
    let mut database = Database::create(folder.file()).expect("opened");
    let transaction = database.begin_write().expect("begun");
    let rows = transaction.open_table(NODES).expect("a table");
    let left = redb::ReadableTableMetadata::len(&rows).expect("counted");
    assert_eq!(left, 2);
    drop(rows);
    transaction.abort().expect("aborted");
    database.check_integrity().expect("sound");
}

#[test]
fn an_unopenable_file_is_always_an_error() {
    let folder = Folder::new("refused");
    fs::write(folder.file(), []).expect("written");
    let places = [
        folder.0.clone(),
        folder.0.join("no").join("such.redb"),
        folder.file().join("in-a-file.redb"),
        #[cfg(target_os = "linux")]
        PathBuf::from("/proc/nodes.redb"),
        #[cfg(target_os = "linux")]
        PathBuf::from("/dev/full"),
    ];
    for place in places {
        for bad_file in [BadFile::Error, BadFile::StartAfresh] {
            let error = NodeDatabase::open(&place, bad_file).expect_err("refused");
            assert!(matches!(error, DatabaseError::Io { .. }), "{error}");
            assert!(error.to_string().contains(&*place.to_string_lossy()));
            let is_device = place.starts_with("/dev");
            assert_eq!(error.to_string().contains("it is no file"), is_device);
        }
    }
}

#[cfg(unix)]
#[test]
fn files_are_private_and_unwritable_folders_fail() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("owner");
    drop(NodeDatabase::open(folder.file(), BadFile::Error).expect("opened"));
    let mode = fs::metadata(folder.file())
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::set_permissions(&folder.0, Permissions::from_mode(0o500)).expect("allowed");
    let other = folder.0.join("other.redb");
    // Root may write everywhere.
    let may_write = fs::write(folder.0.join("probe"), []).is_ok();
    match NodeDatabase::open(&other, BadFile::StartAfresh) {
        Ok(_) => assert!(may_write),
        Err(DatabaseError::Io { error, .. }) => {
            assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
        }
        Err(error) => panic!("{error}"),
    }
    fs::set_permissions(&folder.0, Permissions::from_mode(0o700)).expect("allowed");
}

#[test]
fn an_empty_path_means_memory() {
    let database = NodeDatabase::open("", BadFile::Error).expect("opened");
    database.contact(&enode(1), false);
    database.flush().expect("nothing to do");
    assert_eq!(database.len(), 1);
}

#[test]
fn bad_file_parses_as_it_displays() {
    for bad_file in [BadFile::Error, BadFile::StartAfresh] {
        assert_eq!(bad_file.to_string().parse(), Ok(bad_file));
    }
    let error = "delete".parse::<BadFile>().expect_err("none").to_string();
    assert_eq!(error, "\"delete\": write \"error\" or \"start-afresh\"");
}

#[tokio::test(start_paused = true)]
async fn a_database_repeats_its_nodes_after_a_pause() {
    let database = NodeDatabase::options().in_memory();
    database.contact(&enode(1), false);
    let start = tokio::time::Instant::now();
    for _ in 0..3 {
        assert_eq!(database.next().await, Some(enode(1)));
    }
    assert_eq!(start.elapsed().as_secs(), 20);
    let mut moved = Enode::new(*enode(1).public_key(), ([192, 0, 2, 99], 1).into());
    assert_eq!(database.resolve(&moved).await, Some(enode(1)));
    moved = enode(1);
    assert_eq!(database.resolve(&moved).await, None);
    assert_eq!(database.resolve(&enode(2)).await, None);
    database.heard(&enode(3));
    moved = Enode::new(*enode(3).public_key(), ([192, 0, 2, 99], 1).into());
    assert_eq!(database.resolve(&moved).await, None, "a claim is no answer");
}

#[test]
fn a_truncated_file_is_an_error_or_new() {
    let folder = Folder::new("cut");
    let good = good_file(&folder);
    let ends = (0..600).step_by(37).chain((600..good.len()).step_by(6_007));
    for end in ends {
        fs::write(folder.file(), &good[..end]).expect("written");
        match NodeDatabase::open(folder.file(), BadFile::Error) {
            Ok(database) => assert!(end == 0 && database.is_empty(), "{end}"),
            Err(error) => assert!(
                matches!(error, DatabaseError::Damaged { .. }),
                "{end}: {error}"
            ),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn damage_never_loses_single_nodes(
        at in any::<prop::sample::Index>(),
        is_in_use in any::<bool>(),
        damage in proptest::collection::vec(any::<u8>(), 1..64),
    ) {
        let folder = Folder::new("damage");
        let mut file = good_file(&folder);
        // Half of them where there is something: much of the file is room for later.
        let used: Vec<usize> = (0..file.len()).filter(|index| file[*index] != 0).collect();
        let from = if is_in_use {
            used[at.index(used.len())]
        } else {
            at.index(file.len())
        };
        for (byte, new) in file[from..].iter_mut().zip(damage) {
            *byte = new;
        }
        fs::write(folder.file(), &file).expect("written");
        match NodeDatabase::open(folder.file(), BadFile::Error) {
            Ok(database) => prop_assert_eq!(database.len(), 2),
            Err(DatabaseError::Damaged { .. }) => {}
            Err(error) => prop_assert!(false, "{}", error),
        }
        let database = NodeDatabase::open(folder.file(), BadFile::StartAfresh);
        prop_assert!(database.is_ok());
    }
}
