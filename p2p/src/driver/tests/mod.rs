//! A connection's tasks, against a peer that is played by hand with the pure layers.

mod backpressure;
mod batching;
mod ends;
mod establishing;
mod flushing;
pub(crate) mod hand;
mod keepalive;
mod races;
mod rates;
mod strays;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use self::hand::{Hand, Heard, payload};
use crate::capability::Capability;
use crate::connection::Connection;
use crate::connection::cause::Cause;
use crate::connection::channel::Ids;
use crate::connection::info::{Direction, PeerInfo};
use crate::connection::messages::Metering;
use crate::connection::queue::Queue;
use crate::disconnect::DisconnectReason;
use crate::driver::Driver;
use crate::driver::buffer::Buffer;
use crate::driver::timing::Timing;
use crate::driver::traffic::Observer;
use crate::identity::NodeKey;
use crate::message_id::MessageId;
use crate::protocol::Protocol;
use crate::rlpx::tests::ends;
use crate::serve::ext::ServeExt;
use crate::serve::peer::Peer;
use crate::serve::service::{AnyService, Service};
use crate::serve::tests::{Other, Text, text};
use crate::session::{Event, Hello, HelloEvent, HelloExchange, Offer, P2P_VERSION, Session, Step};

/// The message id of `Text`, and of `Other` if both are spoken.
const TEXT: u64 = 16;
const OTHER: u64 = 17;

/// A connection that is driven.
struct Rig {
    connection: Arc<Connection>,
    driven: JoinHandle<()>,
    /// Bytes of the future that is driven.
    size: usize,
    /// How often the connection's place was given back.
    released: Arc<AtomicUsize>,
}

/// What a connection is set up with.
struct Setup {
    services: Vec<Arc<dyn AnyService>>,
    /// Bytes that the stream holds in each direction.
    stream: usize,
    send_queue: u32,
    timing: Timing,
    /// Whose key the other end has.
    remote: u8,
}

fn serving(service: Service<Text>) -> Setup {
    Setup {
        services: vec![Arc::new(service)],
        stream: 64 * 1024,
        send_queue: 1024 * 1024,
        timing: Timing::default(),
        remote: 2,
    }
}

impl Setup {
    fn and(mut self, service: Service<Other>) -> Self {
        self.services.push(Arc::new(service));
        self
    }

    fn start(self) -> (Rig, Hand) {
        let (stream, other) = duplex(self.stream);
        let [session, session_of_hand] = sessions(&self.services);
        let hand = Hand {
            session: session_of_hand,
            stream: other,
            buffer: Vec::new(),
        };
        (self.drive(session, stream), hand)
    }

    /// Two connections that are driven, with each other.
    fn start_both(self, other: Self) -> [Rig; 2] {
        let (stream, other_stream) = duplex(self.stream);
        let [session, other_session] = sessions(&self.services);
        [
            self.drive(session, stream),
            other.drive(other_session, other_stream),
        ]
    }

    fn drive(self, session: Session, stream: DuplexStream) -> Rig {
        let (reader, writer) = split(stream);
        self.drive_halves(session, reader, writer)
    }

    fn drive_halves(
        self,
        session: Session,
        reader: impl AsyncRead + Unpin + Send + 'static,
        writer: impl AsyncWrite + Unpin + Send + 'static,
    ) -> Rig {
        let channels = session.shared.iter().zip(&self.services);
        let channels = channels.map(|(shared, service)| {
            let ids = Ids {
                first: shared.first_id,
                length: shared.length,
            };
            service.channel(Arc::new(service.messages_of(1, Metering::Off)), ids)
        });
        let outbox = Arc::new(Queue::new(self.send_queue));
        let info = Arc::new(info(self.remote));
        let connection = Connection::new(
            info,
            outbox,
            session.egress.snappy(),
            channels.collect(),
            Arc::default(),
        );
        let connection = Arc::new(connection);
        let driver = Driver {
            connection: connection.clone(),
            services: self.services,
            ingress: session.ingress,
            egress: session.egress,
            reader,
            writer,
            buffer: Buffer::default(),
            timing: Arc::new(self.timing),
            observer: Arc::new(Observer::new(None)),
            span: tracing::Span::none(),
        };
        let released = Arc::new(AtomicUsize::new(0));
        let place = Place(released.clone());
        let lingering = Arc::new(Semaphore::new(1));
        let run = driver.run(place, lingering);
        let size = size_of_val(&run);
        Rig {
            connection,
            driven: tokio::spawn(run),
            size,
            released,
        }
    }
}

struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn key(byte: u8) -> NodeKey {
    NodeKey::from_bytes(&[byte; 32]).expect("a key")
}

fn info(remote: u8) -> PeerInfo {
    let public_key = *key(remote).public_key();
    PeerInfo {
        public_key,
        node_id: public_key.node_id(),
        client: "hand".to_owned(),
        capabilities: Vec::new(),
        p2p_version: P2P_VERSION,
        direction: Direction::Inbound,
        remote_addr: None,
        local_addr: None,
    }
}

fn offers(services: &[Arc<dyn AnyService>]) -> Vec<Offer> {
    let capability = |name| Capability::new(name, 1).expect("a good name");
    let services = services.iter();
    services
        .map(|service| Offer::new(capability(service.name()), service.spoken()[0].length))
        .collect()
}

fn hello(byte: u8, offers: &[Offer]) -> Hello {
    Hello {
        version: P2P_VERSION,
        client: "hand".to_owned(),
        capabilities: offers.iter().map(|one| one.capability.clone()).collect(),
        listen_port: 0,
        public_key: *key(byte).public_key(),
    }
}

/// Both ends of a session in which all of `services` are spoken.
fn sessions(services: &[Arc<dyn AnyService>]) -> [Session; 2] {
    let offers = offers(services);
    let [(sealer, opener), (other_sealer, other_opener)] = ends();
    let start = |sealer, opener, ours: u8, remote: u8| {
        let mut wire = Vec::new();
        let remote = *key(remote).public_key();
        let hello = hello(ours, &offers);
        let exchange = HelloExchange::start(sealer, opener, remote, &hello, &mut wire);
        (exchange.expect("it fits"), wire)
    };
    let (one, there) = start(sealer, opener, 1, 2);
    let (other, back) = start(other_sealer, other_opener, 2, 1);
    [(one, back), (other, there)].map(|(exchange, mut wire)| match exchange.read(&mut wire) {
        Ok(HelloEvent::Hello { exchanged, .. }) => exchanged.into_session(&offers),
        other => panic!("{other:?}"),
    })
}

impl Rig {
    /// The connection's peer in protocol `P`, once it is accepted.
    async fn peer<P: Protocol>(&self, service: &crate::Peers<P>) -> Peer<P> {
        let id = self.connection.info.node_id;
        loop {
            if let Some(peer) = service.find(&id) {
                return peer;
            }
            tokio::task::yield_now().await;
        }
    }

    /// The cause of the end, when everything has ended.
    async fn end(self) -> Cause {
        let Self {
            connection,
            driven,
            released,
            ..
        } = self;
        bounded(driven).await.expect("driven to its end");
        assert_eq!(released.load(Ordering::SeqCst), 1, "released once");
        connection.cause().cloned().expect("a cause")
    }
}

/// Bounds what should end by itself, in time that is held still while anything can go on.
pub(crate) async fn bounded<T>(work: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(120), work)
        .await
        .expect("it ends")
}
