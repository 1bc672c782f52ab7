//! Servers on loopback sockets, connected to each other and to peers that a test drives by hand.

mod admission;
mod bans;
mod broadcasts;
mod clock;
mod crowd;
mod dialing;
mod events;
mod hostile;
mod names;
#[cfg(feature = "database")]
mod node_log;
mod reasons;
mod settings;
mod sizes;
mod sources;
mod stopping;
mod streams;
mod versions;

use std::sync::Arc;
use std::time::Duration;

pub(super) use self::names::Names;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::capability::Capability;
use crate::connection::cause::Cause;
use crate::connection::info::Direction;
use crate::connection::info::PeerInfo;
use crate::disconnect::DisconnectReason;
use crate::driver::error::ConnectError;
use crate::driver::error::Refusal;
use crate::driver::event::{Event, EventError, Events};
use crate::driver::tests::bounded;
use crate::driver::tests::hand::{self, Heard};
use crate::identity::NodeId;
use crate::identity::{NodeKey, PublicKey};
use crate::message_id::MessageId;
use crate::protocol::Protocol;
use crate::rlpx::{HEAD, Initiator, Opener, Sealer, packet_size};
use crate::serve::ext::ServeExt;
use crate::serve::handling::Accepted;
use crate::serve::service::Service;
use crate::serve::tests::{Other, Text, text};
use crate::server::builder::Builder;
use crate::server::handle::Server;
use crate::session::{Exchanged, Hello, HelloEvent, HelloExchange, Offer, P2P_VERSION};

/// A service that answers every text with the same text.
fn echo() -> Service<Text> {
    Text::run(|peer, mut inbox| async move {
        while let Ok(message) = inbox.recv().await {
            peer.send(message).await?;
        }
        Ok(())
    })
}

/// A service that does nothing until the connection ends or the server stops.
fn idle() -> Service<Text> {
    Text::run(|_, mut inbox| async move {
        while inbox.recv().await.is_ok() {}
        Ok(())
    })
}

fn builder() -> Builder {
    Server::builder()
        .private_key(NodeKey::random())
        .listen_addr("127.0.0.1:0")
        .configure(|config| {
            config.redial_interval = Duration::from_millis(50);
            config.redial_jitter = Duration::from_millis(50);
        })
}

async fn start(builder: Builder) -> Server {
    builder.start().await.expect("started")
}

/// Waits for a peer to be added.
async fn added(events: &mut Events) -> Arc<PeerInfo> {
    loop {
        if let Event::Added { peer, .. } = bounded(events.recv()).await.expect("an event") {
            return peer;
        }
    }
}

/// Waits for a peer to be dropped.
async fn dropped(events: &mut Events) -> Cause {
    loop {
        if let Event::Dropped { cause, .. } = bounded(events.recv()).await.expect("an event") {
            return cause;
        }
    }
}

/// Waits for a connection that does not become a peer.
async fn refused(events: &mut Events) -> (Option<NodeId>, Direction, ConnectError) {
    loop {
        let event = bounded(events.recv()).await.expect("an event");
        if let Event::Refused {
            node,
            direction,
            error,
            ..
        } = event
        {
            return (node, direction, error);
        }
    }
}

/// A node that a test drives by hand, connected to a server and before Hello.
struct Knocking {
    key: NodeKey,
    stream: TcpStream,
    halves: (Sealer, Opener),
    server: PublicKey,
    buffer: Vec<u8>,
}

/// A connection on which the server's Hello is awaited.
struct Greeting {
    stream: TcpStream,
    exchange: HelloExchange,
    buffer: Vec<u8>,
}

/// A peer that is played by hand.
type Hand = hand::Hand<TcpStream>;

fn key(byte: u8) -> NodeKey {
    NodeKey::from_bytes(&[byte; 32]).expect("a key")
}

/// Connects to a server and exchanges keys.
async fn knock(server: &Server, key: NodeKey) -> Knocking {
    let address = server.listen_addr().expect("listening");
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let mut fill = crate::driver::randomness::fill_random;
    let initiator = Initiator::new(&key, *server.public_key(), &mut fill);
    stream.write_all(initiator.auth()).await.expect("written");
    let mut ack = vec![0; HEAD];
    stream.read_exact(&mut ack).await.expect("read");
    ack.resize(packet_size([ack[0], ack[1], ack[2]]).expect("a size"), 0);
    stream.read_exact(&mut ack[HEAD..]).await.expect("read");
    let secrets = initiator.read_ack(&ack).expect("accepted");
    Knocking {
        halves: secrets.into_halves(),
        server: *server.public_key(),
        key,
        stream,
        buffer: Vec::new(),
    }
}

/// Connects to a server and becomes a peer that speaks `Text`.
async fn join(server: &Server, key: NodeKey) -> Hand {
    knock(server, key).await.greet("foobar").await
}

/// The Hello and the offers of a node that speaks this one capability.
fn hello(key: &NodeKey, name: &'static str) -> (Hello, [Offer; 1]) {
    let offer = Offer::new(Capability::new(name, 1).expect("a name"), 1);
    let hello = Hello {
        version: P2P_VERSION,
        client: "hand".to_owned(),
        capabilities: vec![offer.capability.clone()],
        listen_port: 0,
        public_key: *key.public_key(),
    };
    (hello, [offer])
}

impl Knocking {
    /// Starts the exchange with this Hello, and gives the frame to send.
    fn start(self, hello: &Hello) -> (Greeting, Vec<u8>) {
        let (sealer, opener) = self.halves;
        let mut out = Vec::new();
        let exchange = HelloExchange::start(sealer, opener, self.server, hello, &mut out);
        let greeting = Greeting {
            stream: self.stream,
            exchange: exchange.expect("it fits"),
            buffer: self.buffer,
        };
        (greeting, out)
    }

    /// Sends this Hello.
    async fn say(self, hello: &Hello) -> Greeting {
        let (mut greeting, out) = self.start(hello);
        greeting.stream.write_all(&out).await.expect("written");
        greeting
    }

    /// The reason that the server gives without having heard Hello.
    async fn reason(self) -> DisconnectReason {
        let (hello, _) = hello(&self.key, "foobar");
        let (greeting, _) = self.start(&hello);
        match greeting.read().await {
            Ok((_, exchanged)) => panic!("{exchanged:?}"),
            Err(reason) => reason,
        }
    }

    /// Exchanges Hello, offering this one capability.
    async fn greet(self, name: &'static str) -> Hand {
        self.greet_listening(name, 0).await
    }

    /// The same, and says that it listens at this port.
    async fn greet_listening(self, name: &'static str, port: u16) -> Hand {
        let (mut hello, offers) = hello(&self.key, name);
        hello.listen_port = port.into();
        let (greeting, exchanged) = self.say(&hello).await.read().await.expect("Hello");
        Hand {
            session: exchanged.into_session(&offers),
            stream: greeting.0,
            buffer: greeting.1,
        }
    }
}

impl Greeting {
    /// Reads the server's Hello, or its reason. Gives the stream and the bytes after Hello too.
    async fn read(self) -> Result<((TcpStream, Vec<u8>), Exchanged), DisconnectReason> {
        let Self {
            mut stream,
            mut exchange,
            mut buffer,
        } = self;
        loop {
            match exchange.read(&mut buffer).expect("frames") {
                HelloEvent::Incomplete {
                    exchange: unfinished,
                    ..
                } => {
                    exchange = unfinished;
                    let read = bounded(stream.read_buf(&mut buffer)).await;
                    assert_ne!(read.expect("no reset"), 0, "closed without a reason");
                }
                HelloEvent::Hello {
                    exchanged,
                    consumed,
                } => {
                    buffer.drain(..consumed);
                    return Ok(((stream, buffer), exchanged));
                }
                HelloEvent::Disconnected { reason, .. } => return Err(reason),
            }
        }
    }
}

impl Hand {
    async fn send(&mut self, words: &str) {
        let frame = self.frame(16, &hand::payload(words));
        self.write(&frame).await;
    }

    /// Reads the next text, or the reason of a Disconnect.
    async fn hear(&mut self) -> Result<String, DisconnectReason> {
        match bounded(self.next()).await {
            Heard::Message(_, payload) => {
                let text = Text::decode(1, crate::protocol::Code(0), &payload);
                Ok(text.expect("decoded").0)
            }
            Heard::Disconnect(reason) => Err(reason),
            other => panic!("{other:?}"),
        }
    }
}
