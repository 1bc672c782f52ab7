//! Servers on loopback sockets, with each other and with peers that are played by hand.

mod admission;
mod bans;
mod broadcasts;
mod clock;
mod crowd;
mod dialing;
mod events;
mod hostile;
mod known;
mod names;
mod reasons;
mod settings;
mod sizes;
mod sources;
mod stopping;
mod streams;
mod versions;

use std::time::Duration;

pub(super) use self::names::Names;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;
use crate::peer::tests::bounded;
use crate::peer::tests::hand::{self, Heard};
use crate::protocol::tests::{Other, Text, text};
use crate::protocol::{Accepted, Direction, Service};
use crate::rlpx::{HEAD, Initiator, packet_size};
use crate::session::{Greeting, Hello, Offer, Opening, P2P_VERSION, Step};
use crate::{Capability, NodeKey, Refusal};

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
        .redial_interval(Duration::from_millis(50))
        .redial_jitter(Duration::from_millis(50))
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

/// Whoever has connected to a server, before Hello.
struct Knocking {
    key: NodeKey,
    stream: TcpStream,
    opening: Opening,
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
    let mut fill = crate::peer::fill_random;
    let initiator = Initiator::new(&key, *server.public_key(), &mut fill);
    stream.write_all(initiator.auth()).await.expect("written");
    let mut ack = vec![0; HEAD];
    stream.read_exact(&mut ack).await.expect("read");
    ack.resize(packet_size([ack[0], ack[1], ack[2]]).expect("a size"), 0);
    stream.read_exact(&mut ack[HEAD..]).await.expect("read");
    let (sealer, opener) = initiator.read_ack(&ack).expect("accepted").into_halves();
    Knocking {
        opening: Opening::new(sealer, opener, *server.public_key()),
        key,
        stream,
        buffer: Vec::new(),
    }
}

/// Connects to a server and becomes a peer that speaks `Text`.
async fn join(server: &Server, key: NodeKey) -> Hand {
    knock(server, key).await.greet("foobar").await
}

/// What a node says that speaks this one capability.
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
    /// Reads what comes in place of Hello, or Hello.
    async fn read(&mut self) -> Greeting {
        loop {
            match self.opening.read(&mut self.buffer).expect("frames") {
                Greeting::Incomplete { .. } => {
                    let read = bounded(self.stream.read_buf(&mut self.buffer)).await;
                    assert_ne!(read.expect("no reset"), 0, "closed without a reason");
                }
                found => return found,
            }
        }
    }

    /// The reason that is given without having heard Hello.
    async fn reason(mut self) -> DisconnectReason {
        match self.read().await {
            Greeting::Disconnected { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    }

    /// Exchanges Hello, offering this one capability.
    async fn greet(self, name: &'static str) -> Hand {
        self.greet_listening(name, 0).await
    }

    /// The same, and says that it listens at this port.
    async fn greet_listening(mut self, name: &'static str, port: u16) -> Hand {
        let (mut hello, offers) = hello(&self.key, name);
        hello.listen_port = port.into();
        let mut out = Vec::new();
        self.opening.hello(&hello, &mut out).expect("it fits");
        self.stream.write_all(&out).await.expect("written");
        match self.read().await {
            Greeting::Hello { hello, consumed } => {
                self.buffer.drain(..consumed);
                Hand {
                    session: self.opening.into_session(&offers, &hello),
                    stream: self.stream,
                    buffer: self.buffer,
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

impl Hand {
    async fn send(&mut self, words: &str) {
        let frame = self.frame(16, &hand::payload(words));
        self.write(&frame).await;
    }

    /// The next text, or the reason of the end.
    async fn hear(&mut self) -> Result<String, DisconnectReason> {
        match bounded(self.next()).await {
            Heard::Message(_, payload) => {
                let text = Text::decode(1, crate::Code(0), &payload);
                Ok(text.expect("decoded").0)
            }
            Heard::Disconnect(reason) => Err(reason),
            other => panic!("{other:?}"),
        }
    }
}
