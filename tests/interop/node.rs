//! Our node: a server whose protocols answer as those of the other peers do.

use p2p::server::Record;
use p2p::{Builder, Cause, ConnectError, Enode, Event, NodeId, NodeKey, PeerInfo, Server};
use tests::bounded;

use super::process::Listening;
use super::text::{Foobar, Kind, Seen, Sink, Text, answering};
use super::watch::Watch;

/// A running server of ours and what happens to it.
pub(crate) struct Node {
    pub(crate) server: Server,
    pub(crate) events: Watch<Event>,
    pub(crate) seen: Watch<Seen>,
}

impl Node {
    /// Starts a node that speaks foobar.
    pub(crate) async fn start() -> Self {
        Self::start_with(|builder, sink| builder.protocol(answering::<Foobar>(sink))).await
    }

    /// Starts a node that speaks foobar, with other settings.
    pub(crate) async fn speaking(set_up: impl FnOnce(Builder) -> Builder) -> Self {
        Self::start_with(|builder, sink| set_up(builder.protocol(answering::<Foobar>(sink)))).await
    }

    /// Starts a node with other settings and protocols.
    pub(crate) async fn start_with(set_up: impl FnOnce(Builder, &Sink) -> Builder) -> Self {
        let (sink, seen) = Watch::new("our protocols");
        let builder = Server::builder()
            .private_key(NodeKey::random())
            .name("interop/v1")
            .listen_addr("127.0.0.1:0");
        let server = set_up(builder, &sink).start().await.expect("started");
        let mut all = server.events();
        let (sender, events) = Watch::new("our server");
        tokio::spawn(async move {
            while let Ok(event) = all.recv().await {
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        Self {
            server,
            events,
            seen,
        }
    }

    pub(crate) fn url(&self) -> String {
        self.server.enode().to_string()
    }

    /// Dials.
    pub(crate) async fn connect(&self, enode: &Enode) -> Result<PeerInfo, ConnectError> {
        bounded(self.server.connect(enode)).await
    }

    /// Waits for a peer.
    pub(crate) async fn added(&mut self) -> (PeerInfo, Vec<String>) {
        let wanted = |event: &Event| match event {
            Event::Added { peer, protocols } => Some((
                (**peer).clone(),
                protocols.iter().map(ToString::to_string).collect(),
            )),
            _ => None,
        };
        self.events.expect("a peer", wanted).await
    }

    /// Waits until a peer was dropped.
    pub(crate) async fn dropped(&mut self) -> Cause {
        let wanted = |event: &Event| match event {
            Event::Dropped { cause, .. } => Some(cause.clone()),
            _ => None,
        };
        self.events.expect("a peer that was dropped", wanted).await
    }

    /// Waits until a connection did not become a peer.
    pub(crate) async fn refused(&mut self) -> ConnectError {
        let wanted = |event: &Event| match event {
            Event::Refused { error, .. } => Some(error.clone()),
            _ => None,
        };
        self.events.expect("a refused connection", wanted).await
    }

    /// The last that is remembered of a node's connections.
    pub(crate) fn last(&self, id: &NodeId) -> Record {
        let why = self.server.why(id);
        why.records.into_iter().next().expect("a record")
    }

    /// Waits until the protocol `K` serves a peer.
    pub(crate) async fn served<K: Kind>(&mut self) {
        let wanted = |seen: &Seen| (seen.protocol == K::NAME && seen.text.is_none()).then_some(());
        self.seen.expect("a served peer", wanted).await;
    }

    /// Waits for a message of the protocol `K`, of whatever text.
    pub(crate) async fn message<K: Kind>(&mut self) -> Seen {
        let wanted =
            |seen: &Seen| (seen.protocol == K::NAME && seen.text.is_some()).then(|| seen.clone());
        self.seen.expect("a message", wanted).await
    }

    /// Waits for this text in the protocol `K`.
    pub(crate) async fn text<K: Kind>(&mut self, text: &str) -> Seen {
        let wanted = |seen: &Seen| {
            let same = seen.protocol == K::NAME && seen.text.as_deref() == Some(text.as_bytes());
            same.then(|| seen.clone())
        };
        self.seen.expect(text, wanted).await
    }

    /// Sends to a peer that is served.
    pub(crate) async fn send<K: Kind>(&self, id: &NodeId, message: Text<K>) {
        let peers = self.server.protocol::<Text<K>>().expect("spoken");
        let peer = peers.find(id).expect("connected");
        let sent = bounded(peer.send(message)).await;
        sent.expect("sent");
    }

    /// `foo` and `bar` with a new peer, asked by either side.
    pub(crate) async fn exchange_with(&mut self, theirs: &mut Listening) {
        self.served::<Foobar>().await;
        self.send(&theirs.id(), Text::<Foobar>::new("foo")).await;
        theirs.process.expect_text("foo").await;
        self.text::<Foobar>("bar").await;

        theirs.process.send_text("foo").await;
        self.text::<Foobar>("foo").await;
        theirs.process.expect_text("bar").await;
    }
}
