//! Peers that are played by hand with the state machines of the library, to keep a server company.

use std::net::SocketAddr;

use p2p::rlpx::{self, Initiator, Recipient};
use p2p::session::{Greeting, Hello, Offer, Opening, P2P_VERSION, Session};
use p2p::{Capability, DisconnectReason, NodeKey, PublicKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The first message id of the only capability.
pub(crate) const FIRST_ID: u64 = 16;

/// The name of that capability, unless another is wanted.
pub(crate) const NAME: &str = "bench";

/// One end of a connection after Hello.
#[derive(Debug)]
pub(crate) struct Hand {
    pub(crate) stream: TcpStream,
    pub(crate) session: Session,
    /// What has come behind Hello.
    pub(crate) buffer: Vec<u8>,
}

/// Connects to a node and exchanges Hello with it.
pub(crate) async fn dial(key: &NodeKey, address: SocketAddr, remote: PublicKey) -> Hand {
    let (stream, opening) = knock(key, address, remote).await;
    greet(key, stream, opening, NAME).await.expect("greeted")
}

/// Connects to a node and agrees on keys with it.
pub(crate) async fn knock(
    key: &NodeKey,
    address: SocketAddr,
    remote: PublicKey,
) -> (TcpStream, Opening) {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.set_nodelay(true).expect("set");
    let (initiator, auth) = Initiator::new(key, remote, &mut fill());
    stream.write_all(&auth).await.expect("written");
    let ack = packet(&mut stream).await;
    let (sealer, opener) = initiator.read_ack(&ack).expect("an ack").into_halves();
    (stream, Opening::new(sealer, opener, remote))
}

/// Takes a connection and exchanges Hello on it.
pub(crate) async fn accept(key: &NodeKey, mut stream: TcpStream) -> Hand {
    stream.set_nodelay(true).expect("set");
    let auth = packet(&mut stream).await;
    let (accepted, ack) = Recipient::read_auth(key, &auth, &mut fill()).expect("an auth");
    stream.write_all(&ack).await.expect("written");
    let (sealer, opener) = accepted.secrets.into_halves();
    let opening = Opening::new(sealer, opener, accepted.remote);
    greet(key, stream, opening, NAME).await.expect("greeted")
}

async fn packet(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; rlpx::HEAD];
    stream.read_exact(&mut head).await.expect("read");
    let mut packet = vec![0; rlpx::packet_size(head).expect("a size")];
    packet[..head.len()].copy_from_slice(&head);
    let rest = &mut packet[head.len()..];
    stream.read_exact(rest).await.expect("read");
    packet
}

/// Exchanges Hello, offering this capability, or gives the reason that comes in its place: `None` if the
/// node closes without a word.
pub(crate) async fn greet(
    key: &NodeKey,
    mut stream: TcpStream,
    mut opening: Opening,
    name: &'static str,
) -> Result<Hand, Option<DisconnectReason>> {
    let offer = Offer::new(Capability::new(name, 1).expect("a name"), 2);
    let hello = Hello {
        version: P2P_VERSION,
        client: "hand".to_owned(),
        capabilities: vec![offer.capability.clone()],
        listen_port: 0,
        public_key: *key.public_key(),
    };
    let (mut out, mut buffer) = (Vec::new(), Vec::new());
    opening.hello(&hello, &mut out).expect("it fits");
    stream.write_all(&out).await.expect("written");
    loop {
        match opening.read(&mut buffer).expect("frames") {
            Greeting::Hello { hello, consumed } => {
                buffer.drain(..consumed);
                return Ok(Hand {
                    session: opening.into_session(&[offer], &hello),
                    stream,
                    buffer,
                });
            }
            Greeting::Disconnected { reason, .. } => return Err(Some(reason)),
            Greeting::Incomplete { .. } => {
                if stream.read_buf(&mut buffer).await.expect("read") == 0 {
                    return Err(None);
                }
            }
        }
    }
}

/// Randomness that nobody should use but a benchmark.
pub(crate) fn fill() -> impl FnMut(&mut [u8]) {
    use std::hash::{BuildHasher, RandomState};
    let seed = RandomState::new();
    let mut count = 0_u64;
    move |bytes| {
        for chunk in bytes.chunks_mut(8) {
            count += 1;
            let random = seed.hash_one(count).to_be_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
    }
}
