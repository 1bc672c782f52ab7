//! Nodes that offer several versions of a protocol, or some of them.

use tokio::sync::mpsc;

use super::*;
use crate::protocol::Protocol;
use crate::protocol::error::{DecodeError, EncodeError};
use crate::protocol::numbers::{Code, RequestId, Version};
use crate::protocol::table::MessageInfo;
use crate::serve::peer::Peer;
use crate::serve::peers::Peers;
use crate::serve::tests::versions::{Chat, says, telling};

/// Starts a server that offers these versions.
async fn offering(versions: &[u64]) -> Server {
    let service = telling().versions(versions.iter().copied());
    start(builder().protocol(service)).await
}

/// Waits until a protocol has this many peers.
async fn peers_of<P: Protocol>(peers: &Peers<P>, count: usize) -> Vec<Peer<P>> {
    bounded(async {
        while peers.len() < count {
            tokio::task::yield_now().await;
        }
        peers.list()
    })
    .await
}

async fn error(service: Service<impl Protocol>) -> String {
    let started = builder().protocol(service).start().await;
    started.expect_err("it can't start").to_string()
}

#[tokio::test]
async fn the_highest_shared_version_is_spoken() {
    for (ours, theirs, spoken) in [
        (&[1, 2, 3][..], &[3, 2, 1][..], 3),
        (&[1, 2], &[2, 3], 2),
        (&[1, 3], &[1, 2], 1),
    ] {
        let one = offering(ours).await;
        let other = offering(theirs).await;
        let info = other.connect(&one.enode()).await.expect("a peer");
        let offered: Vec<_> = info.capabilities.iter().map(|it| it.version()).collect();
        assert_eq!(offered, ours, "all that the peer offers is known");
        for server in [&one, &other] {
            let peers = server.protocol::<Chat>().expect("spoken");
            assert_eq!(peers_of(&peers, 1).await[0].version(), spoken);
        }
    }
}

#[tokio::test]
async fn messages_of_the_version_in_use_arrive() {
    let one = offering(&[1, 2, 3]).await;
    let (heard, mut hears) = mpsc::unbounded_channel();
    let service = Chat::run(move |_, mut inbox| {
        let heard = heard.clone();
        async move {
            while let Ok(message) = inbox.recv().await {
                heard.send(message)?;
            }
            Ok(())
        }
    });
    let other = start(builder().protocol(service.versions([1]))).await;
    other.connect(&one.enode()).await.expect("a peer");
    assert_eq!(bounded(hears.recv()).await, Some(says("1")));
    let peers = one.protocol::<Chat>().expect("spoken");
    let peer = &peers_of(&peers, 1).await[0];
    let profile = Chat::Profile {
        name: "bob".into(),
        color: 7,
    };
    assert!(peer.send(profile).await.is_err(), "not in version 1");
    peer.send(Chat::Name("bob".into())).await.expect("sent");
    assert_eq!(bounded(hears.recv()).await, Some(Chat::Name("bob".into())));
}

#[tokio::test]
async fn nodes_without_a_shared_version_are_useless() {
    let one = offering(&[1]).await;
    let other = offering(&[2, 3]).await;
    let mut events = one.events();
    let here = other.connect(&one.enode()).await.expect_err("refused");
    let (_, _, there) = refused(&mut events).await;
    for error in [here, there] {
        assert!(
            matches!(error, ConnectError::Refused(Refusal::NothingShared { .. })),
            "{error}"
        );
    }
    let mut hand = knock(&other, key(2)).await.greet("chat").await;
    assert_eq!(hand.hear().await, Err(DisconnectReason::UselessPeer));
}

#[tokio::test]
async fn a_broadcast_returns_peers_without_the_message() {
    let server = offering(&[1, 2, 3]).await;
    let old = offering(&[1]).await;
    let new = offering(&[2, 3]).await;
    for other in [&old, &new] {
        other.connect(&server.enode()).await.expect("a peer");
    }
    let peers = server.protocol::<Chat>().expect("spoken");
    peers_of(&peers, 2).await;
    let all = peers.broadcast(&says("all")).expect("encoded");
    assert_eq!((all.sent, all.lacking.len()), (2, 0));
    let some = peers.broadcast(&Chat::Typing).expect("encoded");
    assert_eq!((some.sent, some.skipped.len()), (1, 0));
    let lacking: Vec<_> = some.lacking.iter().map(Peer::id).collect();
    assert_eq!(lacking, [old.public_key().node_id()]);
    let unwanted = peers.broadcast_where(&Chat::Typing, |peer| peer.version() > 1);
    assert!(unwanted.expect("encoded").lacking.is_empty());
}

#[tokio::test]
async fn unknown_versions_keep_a_server_from_starting() {
    assert_eq!(
        error(telling().versions([3, 4])).await,
        "protocol chat has no version 4, only 1, 2 and 3"
    );
    assert_eq!(
        error(telling().versions([])).await,
        "protocol chat offers no version"
    );
    assert_eq!(
        error(telling().versions([2, 2])).await,
        "chat/2 was given twice"
    );
}

#[tokio::test]
async fn several_services_may_share_a_protocol() {
    let settings = || {
        let first = builder().protocol(telling().versions([1]));
        first.protocol(telling().versions([3, 2]))
    };
    let server = start(settings()).await;
    let other = offering(&[1]).await;
    let info = server.node_info();
    assert_eq!(info.protocols["chat"].versions, [1, 2, 3]);
    other.connect(&server.enode()).await.expect("a peer");
    let told = &other.peers_info()[0];
    assert_eq!(told.protocols["chat"].version, 1);
}

/// A protocol by hand, whose second version has a code beyond its length.
#[derive(Debug)]
struct Grown;

impl Protocol for Grown {
    const NAME: &'static str = "grown";
    const VERSIONS: &'static [Version] = &[
        Version {
            number: 1,
            length: 1,
        },
        Version {
            number: 2,
            length: 1,
        },
    ];
    const MESSAGES: &'static [MessageInfo] = &[
        MessageInfo::new(Code(0), "Old"),
        MessageInfo::new(Code(1), "New").since(2),
    ];

    fn info(&self) -> &'static MessageInfo {
        &Self::MESSAGES[0]
    }

    fn encode(
        &self,
        version: u64,
        _: Option<RequestId>,
        _out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.info().check(version)
    }

    fn decode(version: u64, code: Code, _payload: &[u8]) -> Result<Self, DecodeError> {
        Err(DecodeError::UnknownCode {
            protocol: Self::NAME,
            version,
            code,
        })
    }
}

#[tokio::test]
async fn codes_must_fit_each_offered_version() {
    let service = || Grown::run(|_, _| std::future::pending());
    assert_eq!(
        error(service()).await,
        "grown/2 has length 1, but a message with code 0x01"
    );
    let _ = start(builder().protocol(service().versions([1]))).await;
}
