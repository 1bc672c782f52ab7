//! The server's use of the node database.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::Enode;
use crate::nodes::database::NodeDatabase;
use crate::nodes::database::error::BadFile;
use crate::nodes::database::known::{DialFailure, KnownNode};

/// A file of its own that goes when the test ends.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let name = format!("p2p-{}-known-{name}.redb", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_file(&path);
        Self(path)
    }

    fn open(&self) -> NodeDatabase {
        NodeDatabase::open(&self.0, BadFile::Error).expect("opened")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn in_memory() -> NodeDatabase {
    NodeDatabase::options().in_memory()
}

fn known(database: &NodeDatabase, server: &Server) -> KnownNode {
    let id = server.public_key().node_id();
    database.node(&id).expect("known")
}

/// Waits until it is so.
async fn until(is_so: impl Fn() -> bool) {
    bounded(async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_restarted_node_finds_its_peers() {
    let file = File::new("restart");
    let others = [
        start(builder().protocol(idle())).await,
        start(builder().protocol(idle())).await,
    ];
    let settings = || builder().private_key(key(1)).protocol(idle());
    let server = start(settings().node_database(file.open())).await;
    for other in &others {
        server.connect(&other.enode()).await.expect("connected");
    }
    bounded(server.shutdown()).await;
    drop(server);

    let mut arrivals = others.each_ref().map(Server::events);
    let database = file.open();
    assert_eq!(database.len(), 2);
    let server = start(settings().node_database(database.clone())).await;
    for events in &mut arrivals {
        assert_eq!(added(events).await.node_id, key(1).public_key().node_id());
    }
    until(|| server.peer_count() == 2).await;
    let node = known(&database, &others[0]);
    assert_eq!(node.enode, others[0].enode());
    assert_eq!((node.failures, node.last_failure), (0, None));
}

/// The contents of the file, as a crash would leave it. `None` while it is being written.
fn left_by_a_crash(file: &File, name: &str) -> Option<NodeDatabase> {
    let copy = File::new(name);
    fs::copy(&file.0, &copy.0).expect("copied");
    NodeDatabase::open(&copy.0, BadFile::Error).ok()
}

#[tokio::test(start_paused = true)]
async fn noting_peers_does_not_delay_writes() {
    let file = File::new("meanwhile");
    let settings = Server::builder().private_key(key(1)).protocol(idle());
    let database = file.open();
    let _server = start(settings.node_database(database.clone())).await;
    // A second later the peers are noted, of which there are none.
    tokio::time::sleep(Duration::from_secs(599)).await;
    let address = ([127, 0, 0, 1], 30303).into();
    database.contact(&Enode::new(*key(2).public_key(), address), false);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let left = left_by_a_crash(&file, "meanwhile-copy");
    assert_eq!(left.expect("readable").len(), 1);
}

#[tokio::test]
async fn a_dropped_server_records_its_peers() {
    let file = File::new("dropped");
    let other = start(builder().protocol(idle())).await;
    let database = file.open();
    let settings = builder()
        .protocol(idle())
        .configure(|config| config.no_dial = true);
    let server = start(settings.node_database(database.clone())).await;
    server.connect(&other.enode()).await.expect("connected");
    database.failed(&other.enode(), DialFailure::Useless);
    drop(server);
    // The last handle, which would write it, is not dropped.
    until(|| {
        let left = left_by_a_crash(&file, "dropped-copy");
        let node = left.and_then(|left| left.node(&other.public_key().node_id()));
        node.is_some_and(|node| node.failures == 0)
    })
    .await;
}

#[tokio::test]
async fn a_passed_stream_confirms_no_address() {
    let database = in_memory();
    let settings = builder()
        .protocol(idle())
        .configure(|config| config.no_dial = true);
    let server = start(settings.node_database(database.clone())).await;
    let other = start(builder().protocol(idle())).await;
    database.contact(&other.enode(), false);
    database.failed(&other.enode(), DialFailure::Unreachable);
    let before = known(&database, &other);
    let (ours, theirs) = tokio::io::duplex(1024);
    let (dialed, accepted) = bounded(async {
        tokio::join!(
            server.connect_over(ours, other.public_key(), None),
            other.accept(theirs, None)
        )
    })
    .await;
    dialed.and(accepted).expect("peers");
    server.core().note_peers();
    assert_eq!(known(&database, &other), before);
    server.disconnect(&other.public_key().node_id(), DisconnectReason::Requested);
    until(|| server.peer_count() == 0).await;
    assert_eq!(known(&database, &other), before);
}

#[tokio::test]
async fn changes_are_written_while_the_server_runs() {
    let file = File::new("runs");
    let other = start(builder().protocol(idle())).await;
    let settings = builder().protocol(idle()).node_database(file.open());
    let server = start(settings).await;
    server.connect(&other.enode()).await.expect("connected");
    // It is dropped without a shutdown.
    bounded(async {
        loop {
            let left = left_by_a_crash(&file, "runs-copy");
            if left.is_some_and(|left| left.len() == 1) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn full_nodes_do_not_count_as_failing() {
    let full = start(builder().protocol(idle()).max_peers(1)).await;
    let gone = start(builder().protocol(idle())).await;
    let database = in_memory();
    // Peers come and go by themselves otherwise.
    let settings = builder()
        .protocol(idle())
        .configure(|config| config.no_dial = true);
    let server = start(settings.node_database(database.clone())).await;
    server.connect(&gone.enode()).await.expect("connected");
    bounded(gone.shutdown()).await;
    until(|| server.peer_count() == 0).await;
    assert_eq!(known(&database, &gone).failures, 0);
    for failures in 1..3 {
        server.connect(&gone.enode()).await.expect_err("gone");
        let node = known(&database, &gone);
        assert_eq!(node.failures, failures);
        assert_eq!(node.last_failure, Some(DialFailure::Unreachable));
        assert!(node.last_attempt >= node.last_contact);
    }
    let mut events = full.events();
    let _first = join(&full, key(2)).await;
    added(&mut events).await;
    let error = server.connect(&full.enode()).await.expect_err("no room");
    assert!(matches!(error, ConnectError::Disconnected(_)), "{error}");
    let node = known(&database, &full);
    assert_eq!(
        (node.failures, node.last_failure),
        (0, Some(DialFailure::Full))
    );
    // This node's own lack of room says nothing of another.
    let strangers = start(builder().protocol(idle())).await;
    server.ban(&strangers.public_key().node_id(), Duration::MAX);
    server
        .connect(&strangers.enode())
        .await
        .expect_err("banned");
    assert_eq!(database.len(), 2);
    let _ = server.connect(&server.enode()).await.expect_err("itself");
    assert_eq!(database.len(), 2);
}

#[tokio::test]
async fn a_node_that_no_protocol_accepts_is_useless() {
    let service = Text::accepting(|_, _| async {
        let refused: crate::Result<Accepted<Text>> = Err(DisconnectReason::UselessPeer.into());
        refused
    });
    let other = start(builder().protocol(idle())).await;
    let database = in_memory();
    let settings = builder()
        .protocol(service)
        .configure(|config| config.no_dial = true);
    let server = start(settings.node_database(database.clone())).await;
    server.connect(&other.enode()).await.expect_err("refused");
    until(|| server.peer_count() == 0).await;
    let node = known(&database, &other);
    assert_eq!(
        (node.failures, node.last_failure),
        (1, Some(DialFailure::Useless))
    );
    server.connect(&other.enode()).await.expect_err("refused");
    until(|| known(&database, &other).failures == 2).await;
}

#[tokio::test]
async fn a_claimed_listen_port_is_kept_as_unproven() {
    let database = in_memory();
    let settings = builder()
        .protocol(idle())
        .configure(|config| config.no_dial = true);
    let server = start(settings.node_database(database.clone())).await;
    let mut events = server.events();
    let _silent = join(&server, key(2)).await;
    added(&mut events).await;
    assert!(database.is_empty());
    let knocking = knock(&server, key(3)).await;
    let _hand = knocking.greet_listening("foobar", 30303).await;
    added(&mut events).await;
    until(|| !database.is_empty()).await;
    let node = database.nodes().pop().expect("known");
    let claimed = Enode::new(*key(3).public_key(), ([127, 0, 0, 1], 30303).into());
    assert_eq!((node.enode, node.last_contact), (claimed, None));
}

#[tokio::test]
async fn the_sequence_grows_when_the_record_changes() {
    let file = File::new("sequence");
    let id = key(1).public_key().node_id();
    let quiet = || {
        let settings = Server::builder().private_key(key(1));
        settings.protocol(idle())
    };
    let mut numbers = Vec::new();
    for settings in [
        quiet(),
        quiet(),
        quiet().listen_addr("127.0.0.1:0"),
        quiet().protocol(Other::run(|_, _| async { Ok(()) })),
    ] {
        let database = file.open();
        let server = start(settings.node_database(database.clone())).await;
        numbers.extend(database.local_sequence(&id));
        bounded(server.shutdown()).await;
    }
    let [first, same, listening, other] = numbers[..] else {
        panic!("{numbers:?}");
    };
    assert_eq!(first, same);
    assert!(first < listening && listening < other, "{numbers:?}");
}

#[tokio::test]
async fn only_dialed_peers_are_seen() {
    let database = in_memory();
    let other = start(builder().protocol(idle())).await;
    let settings = builder()
        .protocol(idle())
        .configure(|config| config.no_dial = true);
    let server = start(settings.node_database(database.clone())).await;
    server.connect(&other.enode()).await.expect("connected");
    let stranger = start(builder().protocol(idle())).await;
    stranger.connect(&server.enode()).await.expect("connected");
    database.failed(&other.enode(), DialFailure::Useless);
    database.contact(&stranger.enode(), false);
    database.failed(&stranger.enode(), DialFailure::Useless);
    server.core().note_peers();
    assert_eq!(known(&database, &other).failures, 0);
    assert_eq!(known(&database, &stranger).failures, 1);
}
