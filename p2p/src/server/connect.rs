//! From an open stream to a peer, and the peer's life.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tracing::{Instrument, Span};

use super::admission::Origin;
use super::core::{Attempt, Core, now};
use super::counts;
use super::event::Event;
use super::open::tcp;
use super::place::{Arriving, Place};
use super::stream::halves;
use crate::capability::Capability;
use crate::disconnect::DisconnectReason;
use crate::enode::Enode;
use crate::identity::{NodeId, PublicKey};
use crate::peer::{
    ConnectError, Driver, Encrypted, Established, Phase, Refusal, Stream, initiate, respond,
};
use crate::protocol::{BoxFuture, Connection, Direction, PeerInfo, Queue};

/// The half of a stream that is read.
pub(super) trait Reads: AsyncRead + Send + Unpin + 'static {}

/// The half of a stream that is written.
pub(super) trait Writes: AsyncWrite + Send + Unpin + 'static {}

impl<R: AsyncRead + Send + Unpin + 'static> Reads for R {}

impl<W: AsyncWrite + Send + Unpin + 'static> Writes for W {}

/// A peer that was added, and whose connection is to be run.
pub(super) struct Connected {
    pub(super) connection: Arc<Connection>,
    /// Ends when the connection has ended and its stream is closed.
    pub(super) run: BoxFuture<'static, ()>,
}

/// The addresses of a connection's two ends, as far as they are known, and how it came about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) remote: Option<SocketAddr>,
    pub(super) local: Option<SocketAddr>,
    pub(super) origin: Origin,
    /// When it was opened.
    pub(super) since: Instant,
}

impl Core {
    /// Dials a node and makes it a peer.
    pub(super) async fn dial(
        self: &Arc<Self>,
        enode: &Enode,
        origin: Origin,
    ) -> Result<Connected, ConnectError> {
        let node = enode.public_key().node_id();
        let mut attempt = Attempt::new(Direction::Outbound, Some(node), None);
        // The handshake's state is large, and would stay with the connection's task for its life.
        let dialing = Box::pin(self.try_dial(enode, origin, &mut attempt));
        let dialed = self.until_stopped(dialing).await;
        counts::dialed(&dialed);
        #[cfg(feature = "database")]
        self.note_dial(enode, dialed.as_ref().err());
        dialed.inspect_err(|error| self.refused(attempt, error))
    }

    async fn try_dial(
        self: &Arc<Self>,
        enode: &Enode,
        origin: Origin,
        attempt: &mut Attempt,
    ) -> Result<Connected, ConnectError> {
        let (key, id) = (*enode.public_key(), enode.public_key().node_id());
        self.table().check(&id, origin, None)?;
        let Some(dialer) = &self.config.dialer else {
            let (addresses, failed) = self.look_up(enode, origin).await?;
            let addresses = self.allowed(&id, origin, addresses)?;
            let opened = self.open(&addresses, &mut attempt.address).await;
            let (stream, remote) = opened.map_err(|error| failed.unwrap_or(error))?;
            let (ends, stream) = tcp(stream, remote, origin);
            return self.initiate(stream, ends, key, attempt).await;
        };
        let remote = enode.tcp_addr();
        if let Some(remote) = remote {
            self.check_address(&id, origin, remote.ip())?;
        }
        attempt.address = remote;
        let stream = self.open_by(&**dialer, enode).await?;
        let stream = halves(stream, Direction::Outbound);
        let ends = Ends {
            remote,
            local: None,
            origin,
            since: now(),
        };
        self.initiate(stream, ends, key, attempt).await
    }

    /// Makes the node with this key a peer, to which a stream was opened by somebody else.
    pub(super) async fn dialed<R: Reads, W: Writes>(
        self: &Arc<Self>,
        stream: Stream<R, W>,
        ends: Ends,
        key: PublicKey,
    ) -> Result<Connected, ConnectError> {
        let mut attempt = Attempt::new(Direction::Outbound, Some(key.node_id()), ends.remote);
        let initiating = Box::pin(self.try_dialed(stream, ends, key, &mut attempt));
        let dialed = self.until_stopped(initiating).await;
        dialed.inspect_err(|error| self.refused(attempt, error))
    }

    async fn try_dialed<R: Reads, W: Writes>(
        self: &Arc<Self>,
        stream: Stream<R, W>,
        ends: Ends,
        key: PublicKey,
        attempt: &mut Attempt,
    ) -> Result<Connected, ConnectError> {
        let id = key.node_id();
        match ends.remote {
            Some(remote) => self.check_address(&id, ends.origin, remote.ip())?,
            None => self.table().check(&id, ends.origin, None)?,
        }
        self.initiate(stream, ends, key, attempt).await
    }

    async fn initiate<R: Reads, W: Writes>(
        self: &Arc<Self>,
        stream: Stream<R, W>,
        ends: Ends,
        key: PublicKey,
        attempt: &mut Attempt,
    ) -> Result<Connected, ConnectError> {
        attempt.phase = Phase::Handshake;
        let encrypted = initiate(stream, &self.key, key, &self.config.timing).await?;
        self.admit(encrypted, ends, attempt).await
    }

    /// Makes whoever has connected a peer.
    pub(super) async fn accepted<R: Reads, W: Writes>(
        self: &Arc<Self>,
        stream: Stream<R, W>,
        ends: Ends,
    ) -> Result<Connected, ConnectError> {
        let mut attempt = Attempt::new(Direction::Inbound, None, ends.remote);
        let accepting = Box::pin(self.try_accept(stream, ends, &mut attempt));
        let accepted = self.until_stopped(accepting).await;
        accepted.inspect_err(|error| self.refused(attempt, error))
    }

    async fn try_accept<R: Reads, W: Writes>(
        self: &Arc<Self>,
        stream: Stream<R, W>,
        ends: Ends,
        attempt: &mut Attempt,
    ) -> Result<Connected, ConnectError> {
        attempt.phase = Phase::Handshake;
        let encrypted = respond(stream, &self.key, &self.config.timing).await?;
        let id = encrypted.remote().node_id();
        attempt.node = Some(id);
        let from = ends.remote.map(|remote| remote.ip());
        let _arriving = Arriving::new(self, id, from);
        self.admit(encrypted, ends, attempt).await
    }

    async fn until_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        tokio::select! {
            done = work => done,
            () = self.stopped() => Err(Refusal::Stopping.into()),
        }
    }

    /// Exchanges Hello and adds the peer, if the rules allow it before and after.
    async fn admit<R: Reads, W: Writes>(
        self: &Arc<Self>,
        mut encrypted: Encrypted<R, W>,
        ends: Ends,
        attempt: &mut Attempt,
    ) -> Result<Connected, ConnectError> {
        let timing = &self.config.timing;
        let id = encrypted.remote().node_id();
        let ip = ends.remote.map(|address| address.ip());
        let checked = self.table().check(&id, ends.origin, ip);
        if let Err(refusal) = checked {
            let farewell = encrypted.refuse(refusal.reason(), timing.clone());
            self.linger(attempt, farewell);
            return Err(refusal.into());
        }
        attempt.phase = Phase::Hello;
        let hello = match encrypted.greet(&self.hello, timing).await {
            Ok(hello) => hello,
            Err(error) => {
                if let ConnectError::Breach(breach) = &error {
                    let farewell = encrypted.refuse(breach.reason(), timing.clone());
                    self.linger(attempt, farewell);
                }
                return Err(error);
            }
        };
        let established = encrypted.established(hello, &self.offers);
        let connection = Arc::new(self.connection(&established, id, ends));
        match self.add(&established, &connection, ends) {
            Ok((place, span)) => Ok(self.connected(established, place, span)),
            Err((reason, error)) => {
                self.linger(attempt, established.refuse(reason, timing.clone()));
                Err(error)
            }
        }
    }

    /// Tells a refused peer the reason, in the background and in one of the places for it. Without a
    /// place it is closed without a word.
    fn linger(&self, attempt: &mut Attempt, farewell: impl Future<Output = ()> + Send + 'static) {
        if let Ok(place) = self.lingering.clone().try_acquire_owned() {
            attempt.is_told = self.spawn(async move {
                farewell.await;
                drop(place);
            });
        }
    }

    /// Adds a peer and tells of it, or gives the reason to send and the one to keep.
    fn add<R, W>(
        self: &Arc<Self>,
        established: &Established<R, W>,
        connection: &Arc<Connection>,
        ends: Ends,
    ) -> Result<(Place, Span), (DisconnectReason, ConnectError)> {
        let refuse = |refusal: Refusal| (refusal.reason(), refusal.into());
        let origin = ends.origin;
        if connection.channels.is_empty() {
            let (ours, theirs) = (&self.hello.capabilities, &connection.info.capabilities);
            return Err(refuse(Refusal::nothing_shared(ours, theirs)));
        }
        let info = &connection.info;
        let ip = info.remote_addr.map(|address| address.ip());
        let checked = self.table().check(&info.node_id, origin, ip);
        checked.map_err(refuse)?;
        if let Some(rule) = &self.config.rule {
            rule.ask(info)
                .map_err(|rejection| (rejection.reason(), rejection.into()))?;
        }
        let shared = established.session.shared.iter();
        let protocols: Vec<Capability> = shared.map(|one| one.capability.clone()).collect();
        let text = format!("{protocols:?}");
        // Under the lock, so that events of one node come in order.
        let mut table = self.table();
        table.add(connection, origin, now()).map_err(refuse)?;
        self.events.send(Event::Added {
            peer: info.clone(),
            protocols,
        });
        drop(table);
        // Before anything that may panic in code of the user's.
        let place = Place {
            core: self.clone(),
            connection: connection.clone(),
            #[cfg(feature = "database")]
            origin,
        };
        #[cfg(feature = "database")]
        self.note_claim(info, established.hello.listen_port);
        self.counts.added(info.direction, now() - ends.since);
        let span = span(info);
        span.in_scope(|| tracing::debug!(client = %info.client, protocols = text, "peer added"));
        Ok((place, span))
    }

    fn connection<R, W>(
        &self,
        established: &Established<R, W>,
        node_id: NodeId,
        ends: Ends,
    ) -> Connection {
        let Established { session, hello, .. } = established;
        let channels = session.shared.iter().map(|shared| {
            let service = &self.offered_by[shared.offer];
            service.channel(
                shared.capability.version(),
                shared.offset..shared.offset + shared.length,
                self.meters[shared.offer].clone(),
            )
        });
        let info = Arc::new(PeerInfo {
            public_key: hello.public_key,
            node_id,
            client: hello.client.clone(),
            capabilities: hello.capabilities.clone(),
            p2p_version: hello.version,
            direction: ends.origin.direction(),
            remote_addr: ends.remote,
            local_addr: ends.local,
        });
        let outbox = Arc::new(Queue::new(self.config.send_queue_size));
        Connection::new(info, outbox, session.egress.snappy(), channels.collect())
    }

    /// Begins to serve an added peer.
    fn connected<R: Reads, W: Writes>(
        &self,
        established: Established<R, W>,
        place: Place,
        span: Span,
    ) -> Connected {
        let shared = established.session.shared.iter();
        let driver = Driver {
            connection: place.connection.clone(),
            services: shared
                .map(|one| self.offered_by[one.offer].clone())
                .collect(),
            ingress: established.session.ingress,
            egress: established.session.egress,
            reader: established.stream.reader,
            writer: established.stream.writer,
            buffer: established.buffer,
            timing: self.config.timing.clone(),
            observer: self.observer.clone(),
            span: span.clone(),
        };
        let connection = place.connection.clone();
        let lingering = place.core.lingering.clone();
        let run = driver.run(place, lingering);
        let run: BoxFuture<'static, ()> = match span.is_disabled() {
            true => Box::pin(run),
            false => Box::pin(run.instrument(span)),
        };
        Connected { connection, run }
    }

    /// Makes somebody a peer in a task of its own, and waits until every protocol has accepted it.
    pub(super) async fn settle(
        self: &Arc<Self>,
        attempt: impl Future<Output = Result<Connected, ConnectError>> + Send + 'static,
    ) -> Result<PeerInfo, ConnectError> {
        let (sender, receiver) = oneshot::channel();
        self.spawn(async move {
            // Whoever asked may be gone.
            match attempt.await {
                Ok(Connected { connection, run }) => {
                    let _ = sender.send(Ok(connection));
                    run.await;
                }
                Err(error) => {
                    let _ = sender.send(Err(error));
                }
            }
        });
        // No task was begun if the server has stopped.
        let stopping = |_| Err(Refusal::Stopping.into());
        let connection: Arc<Connection> = receiver.await.unwrap_or_else(stopping)?;
        accepted(&connection).await
    }
}

/// Waits until every protocol has accepted the peer.
pub(super) async fn accepted(connection: &Connection) -> Result<PeerInfo, ConnectError> {
    match connection.accepted().await {
        Ok(()) => Ok(PeerInfo::clone(&connection.info)),
        Err(cause) => Err(ConnectError::NotAccepted(cause.clone())),
    }
}

/// What all that is logged for a connection stands in, whatever level is logged.
fn span(info: &PeerInfo) -> Span {
    tracing::error_span!(
        "connection",
        peer = %format_args!("{:#}", info.node_id),
        direction = info.direction.word(),
        address = info.remote_addr.map(tracing::field::display),
    )
}
