//! Peers that are played by hand with the state machines of the library, to keep a server company.

use std::net::SocketAddr;

use p2p::rlpx::{self, Initiator, Recipient};
use p2p::session::{Greeting, Hello, Offer, Opening, P2P_VERSION, Session};
use p2p::{Capability, NodeKey, PublicKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The first message id of the only capability.
pub(crate) const FIRST_ID: u64 = 16;

/// One end of a connection after Hello.
#[derive(Debug)]
pub(crate) struct Hand {
    pub(crate) stream: TcpStream,
    pub(crate) session: Session,
}

/// Connects to a node and exchanges Hello with it.
pub(crate) async fn dial(key: &NodeKey, address: SocketAddr, remote: PublicKey) -> Hand {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.set_nodelay(true).expect("set");
    let (initiator, auth) = Initiator::new(key, remote, &mut fill());
    stream.write_all(&auth).await.expect("written");
    let (mut ack, size) = packet(&mut stream).await;
    let behind = ack.split_off(size);
    let (sealer, opener) = initiator.read_ack(&ack).expect("an ack").into_halves();
    let opening = Opening::new(sealer, opener, remote);
    greet(key, stream, opening, Vec::new(), behind).await
}

/// Takes a connection and exchanges Hello on it.
pub(crate) async fn accept(key: &NodeKey, mut stream: TcpStream) -> Hand {
    stream.set_nodelay(true).expect("set");
    let (mut auth, size) = packet(&mut stream).await;
    let behind = auth.split_off(size);
    let (accepted, ack) = Recipient::read_auth(key, &auth, &mut fill()).expect("an auth");
    let (sealer, opener) = accepted.secrets.into_halves();
    let opening = Opening::new(sealer, opener, accepted.remote);
    greet(key, stream, opening, ack, behind).await
}

/// A handshake packet with what came behind it, and its own size.
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

/// Sends Hello behind `out`, and reads that of the peer, which `buffer` begins with.
async fn greet(
    key: &NodeKey,
    mut stream: TcpStream,
    mut opening: Opening,
    mut out: Vec<u8>,
    mut buffer: Vec<u8>,
) -> Hand {
    let offer = Offer::new(Capability::new("bench", 1).expect("a name"), 2);
    let hello = Hello {
        version: P2P_VERSION,
        client: "hand".to_owned(),
        capabilities: vec![offer.capability.clone()],
        listen_port: 0,
        public_key: *key.public_key(),
    };
    opening.hello(&hello, &mut out).expect("it fits");
    stream.write_all(&out).await.expect("written");
    loop {
        match opening.read(&mut buffer).expect("frames") {
            Greeting::Hello { hello, consumed } => {
                assert_eq!(consumed, buffer.len(), "nobody speaks first");
                let session = opening.into_session(&[offer], &hello);
                return Hand { stream, session };
            }
            Greeting::Disconnected { reason, .. } => panic!("refused: {reason}"),
            Greeting::Incomplete { .. } => {
                let read = stream.read_buf(&mut buffer).await.expect("read");
                assert_ne!(read, 0, "closed without a reason");
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
