//! A connection on which nothing is said for a minute.

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use p2p::NodeId;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::node::Node;
use super::process::Process;
use super::tools::Tool;

#[tokio::test]
async fn an_idle_connection_to_go_ethereum_is_kept_up_by_pings_of_both_sides() {
    let first_to_count = tracing::subscriber::set_global_default(Pings);
    first_to_count.expect("no other test sets one");
    let mut ours = Node::start().await;
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    ours.connect(&theirs.enode).await.expect("connected");
    ours.exchange_with(&mut theirs).await;
    ours.events.clear();
    let spoken = ours.server.peers();

    ours.events.quiet_for(Duration::from_secs(60)).await;
    // One every 15 seconds, and the last may be on its way.
    for what in ["ping sent", "pong received", "ping received"] {
        let count = counted(&theirs.id(), what);
        assert!((3..=5).contains(&count), "{what}: {count}");
    }
    assert_eq!(ours.server.peers()[0].remote_addr, spoken[0].remote_addr);
    theirs.process.send_text("foo").await;
    theirs.process.expect_text("bar").await;
    assert_eq!(theirs.process.count("drop"), 0);
}

/// Counts what connections trace about pings.
struct Pings;

/// How often what was traced of which peer.
type Counts = HashMap<(String, String), usize>;

static COUNTS: LazyLock<Mutex<Counts>> = LazyLock::new(Mutex::default);

fn counted(peer: &NodeId, what: &str) -> usize {
    let key = (format!("{peer:#}"), what.to_owned());
    let counts = COUNTS.lock().expect("no panic");
    counts.get(&key).copied().unwrap_or(0)
}

impl Subscriber for Pings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "p2p::peer::reader"
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let key = (fields.peer, fields.message);
        *COUNTS.lock().expect("no panic").entry(key).or_default() += 1;
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields {
    peer: String,
    message: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "peer" => self.peer = fmt::format(format_args!("{value:?}")),
            "message" => self.message = fmt::format(format_args!("{value:?}")),
            _ => {}
        }
    }
}
