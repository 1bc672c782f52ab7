//! Peers that are played by hand with the state machines of the library, to keep a server company.

use std::net::SocketAddr;

use p2p::rlpx::{self, Initiator, Opener, Recipient, Sealer};
use p2p::session::{Hello, HelloEvent, HelloExchange, MessageId, Offer, P2P_VERSION, Session};
use p2p::{Capability, DisconnectReason, NodeKey, PublicKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The first message id of the only capability.
pub(crate) const FIRST_ID: MessageId = MessageId(16);

/// The name of that capability, unless another is wanted.
pub(crate) const NAME: &str = "bench";

/// One end of a connection after Hello.
#[derive(Debug)]
pub(crate) struct Hand {
    pub(crate) stream: TcpStream,
    pub(crate) session: Session,
    /// What has come behind Hello.
    #[allow(dead_code, reason = "not every program reads on")]
    pub(crate) buffer: Vec<u8>,
}

/// One end of a connection before Hello.
#[derive(Debug)]
pub(crate) struct Keyed {
    pub(crate) stream: TcpStream,
    halves: (Sealer, Opener),
    remote: PublicKey,
    /// What goes out with Hello.
    out: Vec<u8>,
    /// What has come behind the handshake.
    pub(crate) buffer: Vec<u8>,
}

/// Connects to a node and exchanges Hello with it.
pub(crate) async fn dial(key: &NodeKey, address: SocketAddr, remote: PublicKey) -> Hand {
    let keyed = knock(key, address, remote).await;
    greet(key, keyed, NAME).await.expect("greeted")
}

/// Connects to a node and agrees on keys with it.
pub(crate) async fn knock(key: &NodeKey, address: SocketAddr, remote: PublicKey) -> Keyed {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.set_nodelay(true).expect("set");
    let initiator = Initiator::new(key, remote, &mut fill());
    stream.write_all(initiator.auth()).await.expect("written");
    let (mut buffer, size) = packet(&mut stream).await;
    let secrets = initiator.read_ack(&buffer[..size]).expect("an ack");
    buffer.drain(..size);
    Keyed {
        stream,
        halves: secrets.into_halves(),
        remote,
        out: Vec::new(),
        buffer,
    }
}

/// Takes a connection and exchanges Hello on it.
pub(crate) async fn accept(key: &NodeKey, mut stream: TcpStream) -> Hand {
    stream.set_nodelay(true).expect("set");
    let (mut buffer, size) = packet(&mut stream).await;
    let auth = &buffer[..size];
    let (accepted, ack) = Recipient::read_auth(key, auth, &mut fill()).expect("an auth");
    buffer.drain(..size);
    let keyed = Keyed {
        stream,
        halves: accepted.secrets.into_halves(),
        remote: accepted.remote,
        out: ack,
        buffer,
    };
    greet(key, keyed, NAME).await.expect("greeted")
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

/// Exchanges Hello, offering this capability, or gives the reason that comes in its place: `None` if the
/// node closes without a word.
pub(crate) async fn greet(
    key: &NodeKey,
    keyed: Keyed,
    name: &'static str,
) -> Result<Hand, Option<DisconnectReason>> {
    let Keyed {
        mut stream,
        halves: (sealer, opener),
        remote,
        mut out,
        mut buffer,
    } = keyed;
    let offer = Offer::new(Capability::new(name, 1).expect("a name"), 2);
    let hello = Hello {
        version: P2P_VERSION,
        client: "hand".to_owned(),
        capabilities: vec![offer.capability.clone()],
        listen_port: 0,
        public_key: *key.public_key(),
    };
    let exchange = HelloExchange::start(sealer, opener, remote, &hello, &mut out);
    let mut exchange = exchange.expect("it fits");
    stream.write_all(&out).await.expect("written");
    loop {
        match exchange.read(&mut buffer).expect("frames") {
            HelloEvent::Hello {
                exchanged,
                consumed,
            } => {
                buffer.drain(..consumed);
                return Ok(Hand {
                    session: exchanged.into_session(&[offer]),
                    stream,
                    buffer,
                });
            }
            HelloEvent::Disconnected { reason, .. } => return Err(Some(reason)),
            HelloEvent::Incomplete {
                exchange: unfinished,
                ..
            } => {
                exchange = unfinished;
                if stream.read_buf(&mut buffer).await.expect("read") == 0 {
                    return Err(None);
                }
            }
        }
    }
}

/// The operating system's randomness, taken at once for all of a handshake.
pub(crate) fn fill() -> impl FnMut(&mut [u8]) {
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
