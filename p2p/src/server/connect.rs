//! From a socket to a peer, and the peer's life.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::SystemTime;

use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::admission::Origin;
use super::core::{Attempt, Core, now};
use super::event::Event;
use super::record::{Outcome, Record};
use super::schedule::is_allowed;
use crate::capability::Capability;
use crate::disconnect::DisconnectReason;
use crate::enode::{Enode, Host};
use crate::identity::NodeId;
use crate::peer::{
    ConnectError, Driver, Encrypted, Established, Phase, Refusal, Stream, initiate, respond,
};
use crate::protocol::{BoxFuture, Cause, Connection, Direction, Escaped, PeerInfo, Queue};

type TcpEncrypted = Encrypted<OwnedReadHalf, OwnedWriteHalf>;
type TcpEstablished = Established<OwnedReadHalf, OwnedWriteHalf>;

/// A peer that was added, and whose connection is to be run.
pub(super) struct Connected {
    pub(super) connection: Arc<Connection>,
    /// Ends when the connection has ended and its stream is closed.
    pub(super) run: BoxFuture<'static, ()>,
}

/// A peer's place among the server's peers.
struct Place {
    core: Arc<Core>,
    connection: Arc<Connection>,
    info: Arc<PeerInfo>,
}

/// The addresses of a connection's two ends, and how it came about.
#[derive(Debug, Clone, Copy)]
struct Ends {
    remote: SocketAddr,
    local: Option<SocketAddr>,
    origin: Origin,
}

impl Core {
    /// Dials a node and makes it a peer.
    pub(super) async fn dial(
        self: &Arc<Self>,
        enode: &Enode,
        origin: Origin,
    ) -> Result<Connected, ConnectError> {
        let node = enode.public_key().node_id();
        let mut attempt = Attempt::new(Some(node), None);
        // The handshake's state is large, and would stay with the connection's task for its life.
        let dialing = Box::pin(self.try_dial(enode, origin, &mut attempt));
        let dialed = self.until_stopped(dialing).await;
        self.note_dial(enode, dialed.as_ref().err());
        dialed.inspect_err(|error| {
            self.refused(attempt, Direction::Outbound, error);
        })
    }

    async fn try_dial(
        self: &Arc<Self>,
        enode: &Enode,
        origin: Origin,
        attempt: &mut Attempt,
    ) -> Result<Connected, ConnectError> {
        let id = enode.public_key().node_id();
        self.table().check(&id, origin)?;
        let addresses = self.allowed(self.resolve(enode).await?)?;
        let (stream, remote) = self.open(&addresses, &mut attempt.address).await?;
        let (ends, stream) = split(stream, remote, origin);
        let timing = &self.config.timing;
        attempt.phase = Phase::Handshake;
        let encrypted = initiate(stream, &self.key, *enode.public_key(), timing).await?;
        self.admit(encrypted, ends, attempt).await
    }

    /// Opens a TCP connection to the first of these addresses where somebody listens, and notes the one
    /// that was tried last.
    pub(super) async fn open(
        &self,
        addresses: &[SocketAddr],
        reached: &mut Option<SocketAddr>,
    ) -> Result<(TcpStream, SocketAddr), ConnectError> {
        let connect = async {
            let mut failed = ErrorKind::NotFound.into();
            for &address in addresses {
                *reached = Some(address);
                match TcpStream::connect(address).await {
                    Ok(stream) => return Ok((stream, address)),
                    Err(error) => failed = error,
                }
            }
            Err(failed)
        };
        let opened = timeout(self.config.dial_timeout, connect).await;
        let opened = opened.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
        opened.map_err(|error| ConnectError::Dial {
            address: reached.unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into()),
            error: Arc::new(error),
        })
    }

    async fn resolve(&self, enode: &Enode) -> Result<Vec<SocketAddr>, ConnectError> {
        let port = enode.tcp_port();
        let name = match enode.host() {
            Host::Ip(ip) => return Ok(vec![SocketAddr::new(*ip, port)]),
            Host::Name(name) => name,
        };
        let look_up = lookup_host((name.as_str(), port));
        timeout(self.config.resolve_timeout, look_up)
            .await
            .unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
            .map(Vec::from_iter)
            .and_then(|found| match found.is_empty() {
                true => Err(ErrorKind::NotFound.into()),
                false => Ok(found),
            })
            .map_err(|error| ConnectError::Resolve {
                host: name.clone(),
                error: Arc::new(error),
            })
    }

    /// Those of a node's addresses that are in the networks that are allowed.
    fn allowed(&self, mut addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Refusal> {
        let first = addresses.first().map(SocketAddr::ip);
        addresses.retain(|address| is_allowed(&self.config.net_restrict, address.ip()));
        match first.filter(|_| addresses.is_empty()) {
            Some(address) => Err(Refusal::Restricted { address }),
            None => Ok(addresses),
        }
    }

    /// Makes whoever has connected a peer.
    pub(super) async fn accept(
        self: &Arc<Self>,
        stream: TcpStream,
        remote: SocketAddr,
    ) -> Result<Connected, ConnectError> {
        let mut attempt = Attempt::new(None, Some(remote));
        let accepting = Box::pin(self.try_accept(stream, remote, &mut attempt));
        let accepted = self.until_stopped(accepting).await;
        accepted.inspect_err(|error| {
            self.refused(attempt, Direction::Inbound, error);
        })
    }

    async fn try_accept(
        self: &Arc<Self>,
        stream: TcpStream,
        remote: SocketAddr,
        attempt: &mut Attempt,
    ) -> Result<Connected, ConnectError> {
        let (ends, stream) = split(stream, remote, Origin::Inbound);
        attempt.phase = Phase::Handshake;
        let encrypted = respond(stream, &self.key, &self.config.timing).await?;
        let id = encrypted.remote().node_id();
        attempt.node = Some(id);
        let _arriving = Arriving::new(self, id);
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
    async fn admit(
        self: &Arc<Self>,
        encrypted: TcpEncrypted,
        ends: Ends,
        attempt: &mut Attempt,
    ) -> Result<Connected, ConnectError> {
        let timing = &self.config.timing;
        let id = encrypted.remote().node_id();
        let checked = self.table().check(&id, ends.origin);
        if let Err(refusal) = checked {
            let timing = timing.clone();
            self.linger(async move { encrypted.refuse(refusal.reason(), &timing).await });
            return Err(refusal.into());
        }
        attempt.phase = Phase::Hello;
        let established = encrypted.greet(&self.hello, &self.offers, timing).await?;
        let connection = Arc::new(self.connection(&established, id, ends));
        match self.add(&established, &connection, ends.origin) {
            Ok(place) => Ok(self.connected(established, place)),
            Err((reason, error)) => {
                let timing = timing.clone();
                self.linger(async move { established.refuse(reason, &timing).await });
                Err(error)
            }
        }
    }

    /// Tells a refused peer the reason, in the background and in one of the places for it. Without a
    /// place it is closed without a word.
    fn linger(&self, farewell: impl Future<Output = ()> + Send + 'static) {
        if let Ok(place) = self.lingering.clone().try_acquire_owned() {
            self.spawn(async move {
                farewell.await;
                drop(place);
            });
        }
    }

    /// Adds a peer and tells of it, or gives the reason to send and the one to keep.
    fn add(
        self: &Arc<Self>,
        established: &TcpEstablished,
        connection: &Arc<Connection>,
        origin: Origin,
    ) -> Result<Place, (DisconnectReason, ConnectError)> {
        let refuse = |refusal: Refusal| (refusal.reason(), refusal.into());
        if connection.channels.is_empty() {
            return Err(refuse(Refusal::NothingShared));
        }
        let info = Arc::new(connection.info.clone());
        self.table().check(&info.node_id, origin).map_err(refuse)?;
        if let Some(rule) = &self.config.rule {
            rule.ask(&info)
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
        self.note_claim(&info, established.hello.listen_port);
        tracing::debug!(
            peer = %format_args!("{:#}", info.node_id),
            client = %info.client,
            direction = %info.direction,
            protocols = text,
            "peer added"
        );
        Ok(Place {
            core: self.clone(),
            connection: connection.clone(),
            info,
        })
    }

    fn connection(&self, established: &TcpEstablished, node_id: NodeId, ends: Ends) -> Connection {
        let Established { session, hello, .. } = established;
        let channels = session.shared.iter().map(|shared| {
            let service = &self.services[self.offered_by[shared.offer]];
            service.channel(
                shared.capability.version(),
                shared.offset..shared.offset + shared.length,
            )
        });
        let info = PeerInfo {
            public_key: hello.public_key,
            node_id,
            client: hello.client.clone(),
            capabilities: hello.capabilities.clone(),
            p2p_version: hello.version,
            direction: ends.origin.direction(),
            remote_addr: Some(ends.remote),
            local_addr: ends.local,
        };
        let outbox = Arc::new(Queue::new(self.config.send_queue_size));
        Connection::new(info, outbox, session.snappy, channels.collect())
    }

    /// Begins to serve an added peer.
    fn connected(&self, established: TcpEstablished, place: Place) -> Connected {
        let shared = established.session.shared.iter();
        let driver = Driver {
            connection: place.connection.clone(),
            services: shared
                .map(|one| self.services[self.offered_by[one.offer]].clone())
                .collect(),
            ingress: established.session.ingress,
            egress: established.session.egress,
            reader: established.stream.reader,
            writer: established.stream.writer,
            buffer: established.buffer,
            timing: self.config.timing.clone(),
        };
        let connection = place.connection.clone();
        let core = place.core.clone();
        let lingering = core.lingering.clone();
        let stopped = async move { core.stopped().await };
        let run = Box::pin(driver.run(stopped, place, lingering));
        Connected { connection, run }
    }

    /// Dials a node outside the schedule.
    pub(super) async fn connect_once(
        self: &Arc<Self>,
        enode: Enode,
    ) -> Result<PeerInfo, ConnectError> {
        let (sender, receiver) = oneshot::channel();
        let core = self.clone();
        self.spawn(async move {
            // Whoever asked may be gone.
            match core.dial(&enode, Origin::Asked).await {
                Ok(Connected { connection, run }) => {
                    let tell = async {
                        let accepted = connection.accepted().await;
                        let _ = sender.send(match accepted {
                            Ok(()) => Ok(connection.info.clone()),
                            Err(cause) => Err(ConnectError::NotAccepted(cause.clone())),
                        });
                    };
                    tokio::join!(tell, run);
                }
                Err(error) => {
                    let _ = sender.send(Err(error));
                }
            }
        });
        receiver
            .await
            .unwrap_or_else(|_| Err(Refusal::Stopping.into()))
    }
}

fn split(
    stream: TcpStream,
    remote: SocketAddr,
    origin: Origin,
) -> (Ends, Stream<OwnedReadHalf, OwnedWriteHalf>) {
    // Frames are gathered before they are written; the kernel's waiting for more would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "could not set TCP_NODELAY");
    }
    let ends = Ends {
        remote,
        local: stream.local_addr().ok(),
        origin,
    };
    let (reader, writer) = stream.into_split();
    let stream = Stream {
        reader,
        writer,
        direction: origin.direction(),
    };
    (ends, stream)
}

impl Drop for Place {
    fn drop(&mut self) {
        let Self {
            core,
            connection,
            info,
        } = self;
        // It has ended already, unless the runtime itself is going down.
        connection.end(Cause::Stopping);
        let cause = connection.cause().cloned().unwrap_or(Cause::Stopping);
        log_drop(info, &cause);
        core.note_end(connection, &cause);
        let mut table = core.table();
        let since = table.since(&info.node_id);
        table.remove(connection);
        core.records().add(Record {
            time: SystemTime::now(),
            node: Some(info.node_id),
            address: info.remote_addr,
            direction: info.direction,
            phase: Phase::Connected,
            outcome: Outcome::Dropped {
                cause: cause.clone(),
                lifetime: since.map(|since| now() - since).unwrap_or_default(),
            },
        });
        core.events.send(Event::Dropped {
            peer: info.clone(),
            cause,
        });
        drop(table);
        core.dial_again.notify_one();
    }
}

/// One line that says who was dropped and why, as a warning if this node's own code is to blame.
fn log_drop(info: &PeerInfo, cause: &Cause) {
    let peer = format_args!("{:#}", info.node_id);
    let PeerInfo {
        client, direction, ..
    } = info;
    let reason = cause.reason();
    let to_blame = match cause {
        // A handler that names a reason has looked at the peer and does not want it.
        Cause::Handler { error, .. } => !error.names_reason(),
        Cause::Panicked { .. } | Cause::Stalled { .. } => true,
        _ => false,
    };
    match to_blame {
        true => {
            tracing::warn!(%peer, %client, %direction, %reason, cause = %Escaped(cause), "peer dropped");
        }
        false => {
            tracing::debug!(%peer, %client, %direction, %reason, cause = %Escaped(cause), "peer dropped");
        }
    }
}

/// A node that has connected to us, until it is a peer or is refused.
struct Arriving<'a> {
    core: &'a Core,
    id: NodeId,
}

impl<'a> Arriving<'a> {
    fn new(core: &'a Core, id: NodeId) -> Self {
        core.table().arrive(id);
        Self { core, id }
    }
}

impl Drop for Arriving<'_> {
    fn drop(&mut self) {
        self.core.table().arrived(&self.id);
        // If it is no peer now, it may be dialed.
        self.core.dial_again.notify_one();
    }
}
