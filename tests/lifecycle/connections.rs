//! Ten thousand connections to one server, which end in every way there is.

use std::sync::Arc;

use p2p::{DisconnectReason, NodeKey};
use tests::bounded;
use tests::hand::{FIRST_ID, NAME};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::held::Held;
use crate::world::{BANNED, FAIL, LEAVE, OWN, PANIC, RESIDENT, RETURN, World, key};
use crate::{alone, tasks, wait_for_tasks};

/// Those who connect at the same time; each does so once in every way.
const CROWD: usize = 50;
const WARM_UP: usize = 3;
const ROUNDS: usize = 10;

/// How a connection ends.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// It is closed, or reset, before anything was said.
    Closed,
    Reset,
    /// Bytes that are no auth, or only a part of one, are sent.
    Garbage,
    HalfAuth,
    /// It is closed, or reset, when keys are agreed on, and when Hello was exchanged.
    AfterKeys,
    ResetAfterKeys,
    AfterHello,
    ResetAfterHello,
    /// This node refuses it.
    TooMany,
    Unshared,
    Twice,
    Own,
    Banned,
    /// The handler ends it, by one of the above.
    Told(u8, DisconnectReason),
    /// The peer says Disconnect, breaks the rules, or sends what is no message.
    Remote,
    Breach,
    Undecodable,
    /// This node's user ends it.
    Asked,
}

const WAYS: [Way; 21] = [
    Way::Closed,
    Way::Reset,
    Way::Garbage,
    Way::HalfAuth,
    Way::AfterKeys,
    Way::ResetAfterKeys,
    Way::AfterHello,
    Way::ResetAfterHello,
    Way::TooMany,
    Way::Unshared,
    Way::Twice,
    Way::Own,
    Way::Banned,
    Way::Told(FAIL, DisconnectReason::ProtocolError),
    Way::Told(PANIC, DisconnectReason::ProtocolError),
    Way::Told(RETURN, DisconnectReason::Requested),
    Way::Told(LEAVE, DisconnectReason::UselessPeer),
    Way::Remote,
    Way::Breach,
    Way::Undecodable,
    Way::Asked,
];

impl World {
    /// Connects once, and ends so.
    async fn end(&self, way: Way) {
        use DisconnectReason as R;
        let (given, wanted) = match way {
            Way::Closed => return drop(self.connect().await),
            Way::Reset => return reset(&self.connect().await),
            Way::Garbage => {
                let mut stream = self.connect().await;
                let _ = stream.write_all(&[0x01; 600]).await;
                let mut rest = Vec::new();
                let _ = bounded(stream.read_to_end(&mut rest)).await;
                return;
            }
            Way::HalfAuth => {
                let mut stream = self.connect().await;
                stream.write_all(&[0x01; 200]).await.expect("written");
                return;
            }
            Way::AfterKeys => return drop(self.knock(&self.server, &NodeKey::random()).await),
            Way::ResetAfterKeys => {
                return reset(&self.knock(&self.server, &NodeKey::random()).await.stream);
            }
            Way::AfterHello => return drop(self.join(NAME).await),
            Way::ResetAfterHello => return reset(&self.join(NAME).await.0.stream),
            Way::Remote => {
                let (mut hand, _) = self.join(NAME).await;
                hand.disconnect(R::TooManyPeers).await;
                assert_eq!(bounded(hand.reason()).await, None);
                return;
            }
            Way::TooMany => (
                self.refused(&self.full, NodeKey::random()).await,
                R::TooManyPeers,
            ),
            Way::Twice => (
                self.refused(&self.server, key(RESIDENT)).await,
                R::AlreadyConnected,
            ),
            Way::Own => (
                self.refused(&self.server, key(OWN)).await,
                R::ConnectedToSelf,
            ),
            Way::Banned => (
                self.refused(&self.server, key(BANNED)).await,
                R::UselessPeer,
            ),
            Way::Unshared => {
                let (mut hand, _) = self.join("other").await;
                (bounded(hand.reason()).await, R::UselessPeer)
            }
            Way::Told(what, reason) => (self.say(FIRST_ID, &[0xc1, what]).await, reason),
            Way::Breach => (self.say(FIRST_ID + 1, &[0xc0]).await, R::ProtocolBreach),
            Way::Undecodable => (self.say(FIRST_ID, &[0xc1, 0xc0]).await, R::ProtocolBreach),
            Way::Asked => {
                let (mut hand, key) = self.join(NAME).await;
                let id = key.public_key().node_id();
                let ask = async {
                    while !self.server.disconnect(&id, R::Requested) {
                        tokio::task::yield_now().await;
                    }
                };
                bounded(ask).await;
                (bounded(hand.reason()).await, R::Requested)
            }
        };
        // With too many who are told at the same time, some are not.
        assert!(
            given.is_none_or(|given| given == wanted),
            "{way:?}: {given:?}"
        );
    }

    /// Sends this as a new peer, and returns the node's reason.
    async fn say(&self, id: u64, payload: &[u8]) -> Option<DisconnectReason> {
        let (mut hand, _) = self.join(NAME).await;
        hand.send(id, payload).await;
        bounded(hand.reason()).await
    }

    /// Lets everyone of a crowd connect in every way, `rounds` times, and waits until only `left` tasks are
    /// left.
    async fn rounds(self: &Arc<Self>, rounds: usize, left: usize) {
        for _ in 0..rounds {
            let mut crowd = JoinSet::new();
            for _ in 0..CROWD {
                let world = self.clone();
                crowd.spawn(async move {
                    for way in WAYS {
                        world.end(way).await;
                    }
                });
            }
            while let Some(done) = crowd.join_next().await {
                done.expect("every way");
            }
            self.forget();
        }
        wait_for_tasks(left).await;
        self.forget();
    }
}

/// Makes the system reset this connection when it is dropped, instead of closing it.
fn reset(stream: &TcpStream) {
    stream.set_zero_linger().expect("set");
}

#[test]
fn ten_thousand_connections_leave_nothing_behind() {
    assert!(CROWD * WAYS.len() * ROUNDS >= 10_000);
    alone(async {
        let world = Arc::new(World::new().await);
        // The residents' tasks and those of the servers.
        let before = tasks();
        world.rounds(WARM_UP, before).await;
        let held = Held::now();
        world.rounds(ROUNDS, before).await;
        assert_eq!((world.server.peer_count(), world.full.peer_count()), (1, 1));
        held.assert_flat();
        let World { server, full, .. } = &*world;
        bounded(async { tokio::join!(server.shutdown(), full.shutdown()) }).await;
        drop(world);
        wait_for_tasks(0).await;
    });
}
