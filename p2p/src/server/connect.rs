//! The way from an open stream to a peer, and the peer's life.

use std::sync::Arc;

use tokio::sync::oneshot;
use tracing::{Instrument, Span};

use super::admission::Origin;
use super::ambient::now;
use super::core::Core;
use super::counts;
use super::guard::{ArrivalGuard, PeerGuard};
use super::records::Attempt;
use super::stream::{self, Reads, StreamInfo, Writes, split_stream};
use super::tcp::{self, split_tcp};
use crate::capability::Capability;
use crate::connection::Connection;
use crate::connection::channel::Ids;
use crate::connection::info::{Direction, PeerInfo};
use crate::connection::queue::Queue;
use crate::disconnect::DisconnectReason;
use crate::driver::Driver;
use crate::driver::error::{ConnectError, Phase, Refusal};
use crate::driver::establish::{Encrypted, Established, Stream, initiate, respond};
use crate::driver::event::Event;
use crate::enode::Enode;
use crate::future::BoxFuture;
use crate::identity::{NodeId, PublicKey};

/// A peer that was just added.
pub(super) struct Connected {
    pub(super) connection: Arc<Connection>,
    /// Serves the connection until it has ended and its stream is closed.
    pub(super) run: BoxFuture<'static, ()>,
}

/// Dials a node and makes it a peer.
pub(super) async fn dial(
    core: &Arc<Core>,
    enode: &Enode,
    origin: Origin,
) -> Result<Connected, ConnectError> {
    let node = enode.public_key().node_id();
    let mut attempt = Attempt::new(Direction::Outbound, Some(node), None);
    // Boxed, so that the task, which goes on to serve the connection, does not keep space for the handshake.
    let dialing = Box::pin(try_dial(core, enode, origin, &mut attempt));
    let dialed = until_stopped(core, dialing).await;
    counts::dialed(&dialed);
    #[cfg(feature = "database")]
    core.node_log.dialed(enode, dialed.as_ref().err());
    dialed.inspect_err(|error| core.refused(attempt, error))
}

async fn try_dial(
    core: &Arc<Core>,
    enode: &Enode,
    origin: Origin,
    attempt: &mut Attempt,
) -> Result<Connected, ConnectError> {
    let key = *enode.public_key();
    let id = key.node_id();
    core.table().check(&id, origin, None)?;
    let Some(dialer) = &core.parts.dialer else {
        let (stream, remote) = tcp::connect(core, enode, origin, &mut attempt.address).await?;
        let (about, stream) = split_tcp(stream, remote, origin);
        return handshake(core, stream, about, key, attempt).await;
    };
    let remote = enode.tcp_addr();
    if let Some(remote) = remote {
        core.check_address(&id, origin, remote.ip())?;
    }
    attempt.address = remote;
    let stream = stream::open(&**dialer, enode, core.config.dial_timeout).await?;
    let stream = split_stream(stream, Direction::Outbound);
    let about = StreamInfo {
        remote,
        local: None,
        origin,
        since: now(),
    };
    handshake(core, stream, about, key, attempt).await
}

/// Makes the node with this key a peer, over a stream that somebody else has opened to it.
pub(super) async fn outbound<R: Reads, W: Writes>(
    core: &Arc<Core>,
    stream: Stream<R, W>,
    about: StreamInfo,
    key: PublicKey,
) -> Result<Connected, ConnectError> {
    let mut attempt = Attempt::new(Direction::Outbound, Some(key.node_id()), about.remote);
    let initiating = Box::pin(try_outbound(core, stream, about, key, &mut attempt));
    let connected = until_stopped(core, initiating).await;
    connected.inspect_err(|error| core.refused(attempt, error))
}

async fn try_outbound<R: Reads, W: Writes>(
    core: &Arc<Core>,
    stream: Stream<R, W>,
    about: StreamInfo,
    key: PublicKey,
    attempt: &mut Attempt,
) -> Result<Connected, ConnectError> {
    let id = key.node_id();
    match about.remote {
        Some(remote) => core.check_address(&id, about.origin, remote.ip())?,
        None => core.table().check(&id, about.origin, None)?,
    }
    handshake(core, stream, about, key, attempt).await
}

async fn handshake<R: Reads, W: Writes>(
    core: &Arc<Core>,
    stream: Stream<R, W>,
    about: StreamInfo,
    key: PublicKey,
    attempt: &mut Attempt,
) -> Result<Connected, ConnectError> {
    attempt.phase = Phase::Handshake;
    let encrypted = initiate(stream, &core.key, key, &core.timing).await?;
    admit(core, encrypted, about, attempt).await
}

/// Makes the node that has opened a stream to this one a peer.
pub(super) async fn inbound<R: Reads, W: Writes>(
    core: &Arc<Core>,
    stream: Stream<R, W>,
    about: StreamInfo,
) -> Result<Connected, ConnectError> {
    let mut attempt = Attempt::new(Direction::Inbound, None, about.remote);
    let responding = Box::pin(try_inbound(core, stream, about, &mut attempt));
    let connected = until_stopped(core, responding).await;
    connected.inspect_err(|error| core.refused(attempt, error))
}

async fn try_inbound<R: Reads, W: Writes>(
    core: &Arc<Core>,
    stream: Stream<R, W>,
    about: StreamInfo,
    attempt: &mut Attempt,
) -> Result<Connected, ConnectError> {
    attempt.phase = Phase::Handshake;
    let encrypted = respond(stream, &core.key, &core.timing).await?;
    let id = encrypted.remote().node_id();
    attempt.node = Some(id);
    let from = about.remote.map(|remote| remote.ip());
    let _arriving = ArrivalGuard::new(core, id, from);
    admit(core, encrypted, about, attempt).await
}

async fn until_stopped<T>(
    core: &Core,
    work: impl Future<Output = Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    tokio::select! {
        done = work => done,
        () = core.stopped() => Err(Refusal::Stopping.into()),
    }
}

/// Exchanges Hello and adds the peer, if the rules allow it before and after.
async fn admit<R: Reads, W: Writes>(
    core: &Arc<Core>,
    encrypted: Encrypted<R, W>,
    about: StreamInfo,
    attempt: &mut Attempt,
) -> Result<Connected, ConnectError> {
    let timing = &core.timing;
    let id = encrypted.remote().node_id();
    let ip = about.remote.map(|address| address.ip());
    let checked = core.table().check(&id, about.origin, ip);
    if let Err(refusal) = checked {
        let farewell = encrypted.refuse(refusal.reason(), timing.clone());
        linger(core, attempt, farewell);
        return Err(refusal.into());
    }
    attempt.phase = Phase::Hello;
    let greeted = encrypted.greet(&core.hello, &core.offers, timing).await;
    let established = match greeted {
        Ok(established) => established,
        Err(failed) => {
            let (error, farewell) = failed.refuse(timing.clone());
            if let Some(farewell) = farewell {
                linger(core, attempt, farewell);
            }
            return Err(error);
        }
    };
    let connection = Arc::new(connection(core, &established, id, about));
    match add(core, &established, &connection, about) {
        Ok((guard, span)) => Ok(serve(established, guard, span)),
        Err((reason, error)) => {
            linger(core, attempt, established.refuse(reason, timing.clone()));
            Err(error)
        }
    }
}

/// Sends a refused peer the reason, in the background and in one of the slots for it. If all slots are taken, the
/// stream is closed without a reason.
fn linger(core: &Core, attempt: &mut Attempt, farewell: impl Future<Output = ()> + Send + 'static) {
    if let Ok(slot) = core.lingering.clone().try_acquire_owned() {
        attempt.reason_sent = core.spawn(async move {
            farewell.await;
            drop(slot);
        });
    }
}

/// Adds a peer and reports it as an event. On failure, returns the reason to send and the error to record.
fn add<R, W>(
    core: &Arc<Core>,
    established: &Established<R, W>,
    connection: &Arc<Connection>,
    about: StreamInfo,
) -> Result<(PeerGuard, Span), (DisconnectReason, ConnectError)> {
    let refuse = |refusal: Refusal| (refusal.reason(), refusal.into());
    let origin = about.origin;
    let info = &connection.info;
    if connection.channels.is_empty() {
        let ours = &core.hello.capabilities;
        return Err(refuse(Refusal::nothing_shared(ours, &info.capabilities)));
    }
    let ip = info.remote_addr.map(|address| address.ip());
    let checked = core.table().check(&info.node_id, origin, ip);
    checked.map_err(refuse)?;
    if let Some(rule) = &core.parts.rule {
        rule.ask(info)
            .map_err(|rejection| (rejection.reason(), rejection.into()))?;
    }
    let shared = established.session.shared.iter();
    let protocols: Vec<Capability> = shared.map(|one| one.capability.clone()).collect();
    let text = format!("{protocols:?}");
    // The event is sent under the lock, so that the events of one node come in order.
    let mut table = core.table();
    table.add(connection, origin, now()).map_err(refuse)?;
    core.events.send(Event::Added {
        peer: info.clone(),
        protocols,
    });
    drop(table);
    // Before the rest, so that the peer is removed even if the user's log subscriber or metrics recorder panics.
    let guard = PeerGuard {
        core: core.clone(),
        connection: connection.clone(),
        origin,
    };
    #[cfg(feature = "database")]
    core.node_log
        .claimed(info, established.session.hello.listen_port);
    core.counts.added(info.direction, now() - about.since);
    let span = span(info);
    span.in_scope(|| tracing::debug!(client = %info.client, protocols = text, "peer added"));
    Ok((guard, span))
}

fn connection<R, W>(
    core: &Core,
    established: &Established<R, W>,
    node_id: NodeId,
    about: StreamInfo,
) -> Connection {
    let session = &established.session;
    let hello = &session.hello;
    let channels = session.shared.iter().map(|shared| {
        let service = &core.offered_by[shared.offer];
        let ids = Ids {
            first: shared.first_id,
            length: shared.length,
        };
        service.channel(core.messages[shared.offer].clone(), ids)
    });
    let info = Arc::new(PeerInfo {
        public_key: hello.public_key,
        node_id,
        client: hello.client.clone(),
        capabilities: hello.capabilities.clone(),
        p2p_version: hello.version,
        direction: about.origin.direction(),
        remote_addr: about.remote,
        local_addr: about.local,
    });
    let outbox = Arc::new(Queue::new(core.config.send_queue_size));
    let memory = core.memory.clone();
    let channels = channels.collect();
    Connection::new(info, outbox, session.egress.snappy(), channels, memory)
}

/// Prepares to serve an added peer.
fn serve<R: Reads, W: Writes>(
    established: Established<R, W>,
    guard: PeerGuard,
    span: Span,
) -> Connected {
    let core = guard.core.clone();
    let connection = guard.connection.clone();
    let shared = established.session.shared.iter();
    let driver = Driver {
        connection: connection.clone(),
        services: shared
            .map(|one| core.offered_by[one.offer].clone())
            .collect(),
        ingress: established.session.ingress,
        egress: established.session.egress,
        reader: established.stream.reader,
        writer: established.stream.writer,
        buffer: established.buffer,
        timing: core.timing.clone(),
        observer: core.observer.clone(),
        span: span.clone(),
    };
    let run = driver.run(guard, core.lingering.clone());
    // A disabled span would only take space in the task.
    let run: BoxFuture<'static, ()> = if span.is_disabled() {
        Box::pin(run)
    } else {
        Box::pin(run.instrument(span))
    };
    Connected { connection, run }
}

/// Runs an attempt in a task of its own, and waits until every protocol has accepted the peer.
pub(super) async fn settle(
    core: &Core,
    attempt: impl Future<Output = Result<Connected, ConnectError>> + Send + 'static,
) -> Result<PeerInfo, ConnectError> {
    let (sender, receiver) = oneshot::channel();
    core.spawn(async move {
        // Sending fails if the caller has stopped waiting.
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
    // If the server has stopped, there is no task, and the sender is gone.
    let stopping = |_| Err(Refusal::Stopping.into());
    let connection: Arc<Connection> = receiver.await.unwrap_or_else(stopping)?;
    until_accepted(&connection).await
}

/// Waits until every protocol has accepted the peer.
pub(super) async fn until_accepted(connection: &Connection) -> Result<PeerInfo, ConnectError> {
    match connection.accepted().await {
        Ok(()) => Ok(PeerInfo::clone(&connection.info)),
        Err(cause) => Err(ConnectError::NotAccepted(cause.clone())),
    }
}

/// The span in which everything about a connection is logged. Its level is error, so that it is enabled whenever
/// anything is logged.
fn span(info: &PeerInfo) -> Span {
    tracing::error_span!(
        "connection",
        peer = %format_args!("{:#}", info.node_id),
        direction = info.direction.label(),
        address = info.remote_addr.map(tracing::field::display),
    )
}
