//! A crawler: asks nodes who they are, many at a time, and prints what they answer.
//!
//! It needs no server: [`rlpx`] and [`session`](p2p::session) are given the bytes that this program reads and
//! writes. `cargo run --example crawl -- ENODE..` asks these nodes; without any, it asks two that it starts,
//! and a port where nobody listens.
#![expect(clippy::print_stdout, reason = "a program says what it finds")]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use p2p::prelude::*;
use p2p::rlpx::{self, Initiator};
use p2p::session::{Hello, HelloEvent, HelloExchange, P2P_VERSION};
use p2p::{Capability, Enode, NodeKey, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Nodes that are asked at the same time.
const AT_ONCE: usize = 64;

/// The time that each has for its answer.
const PATIENCE: Duration = Duration::from_secs(5);

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut nodes = std::env::args()
        .skip(1)
        .map(|url| url.parse())
        .collect::<Result<Vec<Enode>, _>>()?;
    let mut started = Vec::new();
    if nodes.is_empty() {
        for name in ["one", "two"] {
            started.push(start(name).await?);
        }
        nodes.extend(started.iter().map(Server::enode));
        nodes.push(Enode::new(
            *NodeKey::random().public_key(),
            "127.0.0.1:9".parse()?,
        ));
    }

    let key = Arc::new(NodeKey::random());
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut asking = JoinSet::new();
    for node in nodes {
        let key = key.clone();
        let place = places.clone().acquire_owned().await?;
        asking.spawn(async move {
            let answer = timeout(PATIENCE, ask(&key, &node)).await;
            drop(place);
            (
                node,
                answer.unwrap_or_else(|_| Err("no answer in time".into())),
            )
        });
    }
    while let Some(asked) = asking.join_next().await {
        let (node, answer) = asked?;
        print!(
            "{:#} at {}:{}: ",
            node.public_key().node_id(),
            node.host(),
            node.tcp_port()
        );
        match answer {
            Ok(Hello {
                client,
                version,
                capabilities,
                ..
            }) => {
                let names: Vec<String> = capabilities.iter().map(ToString::to_string).collect();
                println!("{client}, p2p/{version}, {}", names.join(" "));
            }
            Err(error) => println!("{error}"),
        }
    }
    for server in started {
        server.shutdown().await;
    }
    Ok(())
}

/// Connects to a node, exchanges Hello, and says goodbye.
async fn ask(key: &NodeKey, node: &Enode) -> Result<Hello, Failure> {
    let mut stream = match node.tcp_addr() {
        Some(address) => TcpStream::connect(address).await?,
        None => TcpStream::connect((node.host().to_string(), node.tcp_port())).await?,
    };
    let initiator = Initiator::new(key, *node.public_key(), &mut fill);
    stream.write_all(initiator.auth()).await?;
    let mut ack = vec![0; rlpx::HEAD];
    stream.read_exact(&mut ack).await?;
    ack.resize(rlpx::packet_size([ack[0], ack[1], ack[2]])?, 0);
    stream.read_exact(&mut ack[rlpx::HEAD..]).await?;
    let (sealer, opener) = initiator.read_ack(&ack)?.into_halves();

    let ours = Hello {
        version: P2P_VERSION,
        client: "crawl".to_owned(),
        // Many nodes say nothing but "useless peer" to those with whom they share no protocol.
        capabilities: vec![Capability::new("eth", 69)?],
        listen_port: 0,
        public_key: *key.public_key(),
    };
    let mut out = Vec::new();
    let mut exchange = HelloExchange::start(sealer, opener, *node.public_key(), &ours, &mut out)?;
    let mut buffer = Vec::with_capacity(4096);
    stream.write_all(&out).await?;
    loop {
        match exchange.read(&mut buffer)? {
            HelloEvent::Hello { exchanged, .. } => {
                let mut session = exchanged.into_session(&[]);
                out.clear();
                session
                    .egress
                    .disconnect(DisconnectReason::Requested, &mut out);
                stream.write_all(&out).await?;
                return Ok(session.hello);
            }
            HelloEvent::Disconnected { reason, .. } => return Err(reason.into()),
            HelloEvent::Incomplete {
                exchange: unfinished,
                ..
            } => {
                exchange = unfinished;
                if stream.read_buf(&mut buffer).await? == 0 {
                    return Err("closed without a reason".into());
                }
            }
        }
    }
}

/// The system's randomness.
#[expect(clippy::expect_used, reason = "nothing can be done without it")]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system has randomness");
}

#[derive(Debug, Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Text(String),
}

struct Silent;

#[async_trait]
impl MessageHandler for Silent {
    async fn text(&self, _: &Peer<Message>, _: String) -> p2p::Result {
        Ok(())
    }
}

/// A node to be asked.
async fn start(name: &str) -> Result<Server, p2p::server::StartError> {
    Server::builder()
        .private_key(NodeKey::random())
        .name(name)
        .listen_addr("127.0.0.1:0")
        .protocol(Message::handled_by(Silent))
        .start()
        .await
}
