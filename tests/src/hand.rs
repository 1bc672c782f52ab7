//! Peers that are played by hand, with the state machines of the library and no server.

use std::net::SocketAddr;

use p2p::rlpx::{self, Initiator, Recipient, Secrets};
use p2p::session::{
    Event, Hello, HelloEvent, HelloExchange, MessageId, Offer, P2P_VERSION, Session, Step,
};
use p2p::{Capability, DisconnectReason, NodeKey, PublicKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The first message id of the only capability.
pub const FIRST_ID: u64 = 16;

/// The name of that capability, unless another is wanted.
pub const NAME: &str = "bench";

/// The exchange of Hello, whatever the bytes are carried by.
#[derive(Debug)]
pub struct Meeting {
    exchange: HelloExchange,
    offer: Offer,
}

/// How an exchange of Hello goes on.
#[derive(Debug)]
pub enum Met {
    /// The buffer has to hold this many bytes.
    Incomplete(Meeting, usize),
    /// The peer's Hello has come.
    Session(Box<Session>),
    /// This reason has come in its place.
    Refused(DisconnectReason),
}

impl Meeting {
    /// Appends our Hello to `out`.
    #[must_use]
    pub fn start(secrets: Secrets, remote: PublicKey, ours: &Hello, out: &mut Vec<u8>) -> Self {
        let (sealer, opener) = secrets.into_halves();
        let exchange = HelloExchange::start(sealer, opener, remote, ours, out);
        Self {
            exchange: exchange.expect("it fits"),
            offer: Offer::new(ours.capabilities[0].clone(), 2),
        }
    }

    /// Reads what has come, and takes it out of the buffer.
    #[must_use]
    pub fn read(self, buffer: &mut Vec<u8>) -> Met {
        let Self { exchange, offer } = self;
        match exchange.read(buffer).expect("frames") {
            HelloEvent::Hello {
                exchanged,
                consumed,
            } => {
                buffer.drain(..consumed);
                Met::Session(Box::new(exchanged.into_session(&[offer])))
            }
            HelloEvent::Disconnected { reason, .. } => Met::Refused(reason),
            HelloEvent::Incomplete { exchange, needed } => {
                Met::Incomplete(Self { exchange, offer }, needed)
            }
        }
    }
}

/// The Hello of a client that speaks version 1 of one protocol.
#[must_use]
pub fn hello(key: &NodeKey, client: &str, protocol: &'static str) -> Hello {
    Hello {
        version: P2P_VERSION,
        client: client.to_owned(),
        capabilities: vec![Capability::new(protocol, 1).expect("a name")],
        listen_port: 0,
        public_key: *key.public_key(),
    }
}

/// One end of a connection before Hello.
#[derive(Debug)]
pub struct Keyed {
    /// The connection.
    pub stream: TcpStream,
    secrets: Secrets,
    remote: PublicKey,
    /// Bytes that are sent before Hello, in one write with it.
    out: Vec<u8>,
    /// Bytes that were read after the handshake.
    buffer: Vec<u8>,
}

/// One end of a connection after Hello.
#[derive(Debug)]
pub struct Hand {
    /// The connection.
    pub stream: TcpStream,
    /// The state machines for its frames.
    pub session: Session,
    /// Bytes that were received and not read yet.
    buffer: Vec<u8>,
}

/// Connects to a node and exchanges Hello with it.
pub async fn dial(key: &NodeKey, address: SocketAddr, remote: PublicKey) -> Hand {
    let keyed = knock(key, address, remote).await;
    keyed.greet(key, NAME).await.expect("greeted")
}

/// Connects to a node and agrees on keys with it.
pub async fn knock(key: &NodeKey, address: SocketAddr, remote: PublicKey) -> Keyed {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.set_nodelay(true).expect("set");
    let initiator = Initiator::new(key, remote, &mut fill());
    stream.write_all(initiator.auth()).await.expect("written");
    let (mut buffer, size) = packet(&mut stream).await;
    let secrets = initiator.read_ack(&buffer[..size]).expect("an ack");
    buffer.drain(..size);
    Keyed {
        stream,
        secrets,
        remote,
        out: Vec::new(),
        buffer,
    }
}

/// Takes a connection and exchanges Hello on it.
pub async fn accept(key: &NodeKey, mut stream: TcpStream) -> Hand {
    stream.set_nodelay(true).expect("set");
    let (mut buffer, size) = packet(&mut stream).await;
    let auth = &buffer[..size];
    let (accepted, ack) = Recipient::read_auth(key, auth, &mut fill()).expect("an auth");
    buffer.drain(..size);
    let keyed = Keyed {
        stream,
        secrets: accepted.secrets,
        remote: accepted.remote,
        out: ack,
        buffer,
    };
    keyed.greet(key, NAME).await.expect("greeted")
}

/// A handshake packet with what came behind it, and its own size. There is room for a Hello.
async fn packet(stream: &mut TcpStream) -> (Vec<u8>, usize) {
    let mut packet = Vec::with_capacity(1024);
    loop {
        let size = packet.first_chunk().map(|head| rlpx::packet_size(*head));
        match size.transpose().expect("a size") {
            Some(size) if packet.len() >= size => return (packet, size),
            _ => {
                let read = stream.read_buf(&mut packet).await.expect("read");
                assert_ne!(read, 0, "closed without a reason");
            }
        }
    }
}

impl Keyed {
    /// Exchanges Hello, offering this capability.
    ///
    /// # Errors
    ///
    /// The reason that comes in place of Hello, or `None` if the node closes without one.
    pub async fn greet(
        mut self,
        key: &NodeKey,
        name: &'static str,
    ) -> Result<Hand, Option<DisconnectReason>> {
        let ours = hello(key, "hand", name);
        let mut meeting = Meeting::start(self.secrets, self.remote, &ours, &mut self.out);
        self.stream.write_all(&self.out).await.expect("written");
        loop {
            match meeting.read(&mut self.buffer) {
                Met::Session(session) => {
                    return Ok(Hand {
                        session: *session,
                        stream: self.stream,
                        buffer: self.buffer,
                    });
                }
                Met::Refused(reason) => return Err(Some(reason)),
                Met::Incomplete(again, _) => meeting = again,
            }
            let read = self.stream.read_buf(&mut self.buffer).await;
            if read.expect("read") == 0 {
                return Err(None);
            }
        }
    }
}

impl Hand {
    /// Sends a message.
    pub async fn send(&mut self, id: u64, payload: &[u8]) {
        self.try_send(id, payload).await.expect("written");
    }

    /// Sends a message, unless the node has closed the connection.
    ///
    /// # Errors
    ///
    /// As the operating system says.
    pub async fn try_send(&mut self, id: u64, payload: &[u8]) -> std::io::Result<()> {
        let mut out = Vec::new();
        let sealed = self
            .session
            .egress
            .message(MessageId(id), payload, false, &mut out);
        sealed.expect("it fits");
        self.stream.write_all(&out).await
    }

    /// Sends Disconnect.
    pub async fn disconnect(&mut self, reason: DisconnectReason) {
        let mut out = Vec::new();
        self.session.egress.disconnect(reason, &mut out);
        self.stream.write_all(&out).await.expect("written");
    }

    /// Reads until the node ends the connection, and gives its reason: `None` if it closes without one.
    pub async fn reason(&mut self) -> Option<DisconnectReason> {
        loop {
            match self.session.ingress.next(&mut self.buffer).expect("frames") {
                Step::Event {
                    event: Event::Disconnect(reason),
                    ..
                } => return Some(reason),
                Step::Event { consumed, .. } => {
                    self.buffer.drain(..consumed);
                }
                Step::Incomplete { .. } => {
                    if self.stream.read_buf(&mut self.buffer).await.unwrap_or(0) == 0 {
                        return None;
                    }
                }
            }
        }
    }
}

/// The operating system's randomness, taken at once for all of a handshake.
pub fn fill() -> impl FnMut(&mut [u8]) {
    let mut random = [0; 128];
    let mut left = 0;
    move |bytes| {
        for byte in bytes {
            if left == 0 {
                getrandom::fill(&mut random).expect("randomness");
                left = random.len();
            }
            left -= 1;
            *byte = std::mem::take(&mut random[left]);
        }
    }
}
