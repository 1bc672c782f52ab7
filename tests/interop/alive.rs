//! A connection on which nothing is said for a minute.

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use p2p::NodeId;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use super::node::Node;
use super::process::Process;
use super::tools::Tool;

#[tokio::test]
async fn pings_keep_an_idle_connection_to_go_ethereum() {
    let filter: Targets = "p2p::peer=trace,p2p::server=error"
        .parse()
        .expect("a filter");
    let subscriber = tracing_subscriber::registry().with(Pings).with(filter);
    let first_to_count = tracing::subscriber::set_global_default(subscriber);
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

/// Counts by peer and by the traced message.
type Counts = HashMap<(String, String), usize>;

static COUNTS: LazyLock<Mutex<Counts>> = LazyLock::new(Mutex::default);

fn counted(peer: &NodeId, what: &str) -> usize {
    let key = (format!("{peer:#}"), what.to_owned());
    let counts = COUNTS.lock().expect("no panic");
    counts.get(&key).copied().unwrap_or(0)
}

/// The peer that a connection's span names.
struct Peer(String);

impl<S> Layer<S> for Pings
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let span = context.span(id).expect("it is new");
        span.extensions_mut().insert(Peer(fields.peer));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(span) = context.event_span(event) else {
            return;
        };
        let mut fields = Fields::default();
        event.record(&mut fields);
        let peer = span.extensions().get::<Peer>().map(|peer| peer.0.clone());
        let key = (peer.unwrap_or_default(), fields.message);
        *COUNTS.lock().expect("no panic").entry(key).or_default() += 1;
    }
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
