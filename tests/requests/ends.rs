//! How requests end that are not answered: in time, with the connection, or because nobody waits.

use std::time::Duration;

use p2p::serve::{StrayReplies, TryRequestError};
use p2p::{
    Cause, Incoming, Peer, Protocol, Request, RequestError, ServeExt, Server, Service, pipe,
};
use tests::bounded;

use super::{Message, range, silent, start};

/// The same wire with ids as fields, so that anything can be sent.
#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "blocks", version = 1, length = 7)]
enum Forged {
    Announce(u64),
    GetBlocks { id: u64, range: super::Range },
    Blocks { id: u64, blocks: Vec<u64> },
    GetTip { id: u64 },
    Tip { id: u64, number: u64, hash: [u8; 4] },
}

fn tip(id: u64) -> Forged {
    Forged::Tip {
        id,
        number: 9,
        hash: [0; 4],
    }
}

/// Two servers, and the handle of the second to the first.
async fn connected<P: Protocol>(
    theirs: Service<P>,
    ours: Service<Message>,
) -> (Server, Server, Peer<Message>) {
    let other = start(theirs).await;
    let one = start(ours).await;
    bounded(one.connect(&other.enode())).await.unwrap();
    let peers = one.protocol::<Message>().unwrap();
    let peer = peers.find(&other.enode().public_key().node_id()).unwrap();
    (other, one, peer)
}

#[tokio::test]
async fn a_request_to_a_silent_peer_times_out() {
    let ours = silent().request_timeout(Duration::from_millis(20));
    let (_other, _one, peer) = connected(silent(), ours).await;
    let error = bounded(peer.request(range(1, 2))).await.unwrap_err();
    assert_eq!(error.to_string(), "GetBlocks was not answered within 20ms");
    // The message's own time goes before that of the service, and that of the call before both.
    let error = bounded(peer.request(Message::get_tip())).await.unwrap_err();
    assert_eq!(error.to_string(), "GetTip was not answered within 1.5s");
    let call = Message::get_tip().timeout(Duration::from_millis(30));
    let error = bounded(peer.request(call)).await.unwrap_err();
    assert_eq!(error.to_string(), "GetTip was not answered within 30ms");
    assert!(!peer.is_closed(), "it may be slow, and is no enemy for it");
    assert_eq!(peer.request_counts().in_flight, 0);
}

#[tokio::test]
async fn pending_requests_fail_when_the_connection_ends() {
    let (other, _one, peer) = connected(silent(), silent().max_in_flight(2)).await;
    let mut asked = Vec::new();
    for number in 0..5 {
        let peer = peer.clone();
        asked.push(tokio::spawn(
            async move { peer.request(range(number, 1)).await },
        ));
    }
    while peer.request_counts().in_flight < 2 {
        tokio::task::yield_now().await;
    }
    bounded(other.shutdown()).await;
    for asked in asked {
        let error = bounded(asked).await.unwrap().unwrap_err();
        let RequestError::Closed(Cause::Remote(reason)) = error else {
            panic!("{error}");
        };
        assert_eq!(reason, p2p::DisconnectReason::Quitting);
    }
    let error = bounded(peer.request(range(1, 1))).await.unwrap_err();
    assert!(matches!(error, RequestError::Closed(Cause::Remote(_))));
    let Err(TryRequestError::Closed(_)) = peer.try_request(range(1, 1)).map(drop) else {
        panic!("it is closed");
    };
}

#[tokio::test]
async fn a_dropped_request_makes_room_for_another() {
    let (one, mut other) = pipe::<Message>();
    let peer = one.peer().clone();
    let mut places = Vec::new();
    for number in 0..64 {
        places.push(peer.try_request(range(number, 1)).unwrap());
    }
    let Err(TryRequestError::Full(back)) = peer.try_request(range(64, 1)).map(drop) else {
        panic!("64 are in flight");
    };
    assert_eq!(back, range(64, 1));
    // It waits for a place, and goes when there is one.
    let mut waits = std::pin::pin!(peer.request(range(65, 1)));
    tokio::select! {
        biased;
        answer = &mut waits => panic!("{answer:?}"),
        () = tokio::task::yield_now() => {}
    }
    places.pop();
    tokio::select! {
        biased;
        answer = &mut waits => panic!("{answer:?}"),
        came = bounded(other.next()) => {
            let Incoming::Request(message, _) = came.unwrap() else { panic!("a request") };
            assert_eq!(message, Message::GetBlocks(range(65, 1)));
        }
    }
}

#[tokio::test]
async fn late_and_unsolicited_replies_are_only_counted() {
    let theirs = Forged::run(|peer, mut inbox| async move {
        while let Ok(message) = inbox.recv().await {
            match message {
                Forged::GetBlocks { id, range } => {
                    // One that was never asked for, one with the code of another, then the right one
                    // twice.
                    peer.send(tip(1_000_000)).await?;
                    peer.send(tip(id)).await?;
                    for _ in 0..2 {
                        let blocks = vec![range.first];
                        peer.send(Forged::Blocks { id, blocks }).await?;
                    }
                }
                // Answers once it was given up.
                Forged::GetTip { id } => {
                    while !matches!(inbox.recv().await?, Forged::Announce(_)) {}
                    peer.send(tip(id)).await?;
                }
                _ => {}
            }
        }
        Ok(())
    });
    let (_other, _one, peer) = connected(theirs, silent()).await;
    assert_eq!(bounded(peer.request(range(7, 1))).await.unwrap(), [7]);
    let call = Message::get_tip().timeout(Duration::from_millis(5));
    assert!(bounded(peer.request(call)).await.is_err());
    peer.send(Message::Announce(1)).await.unwrap();
    assert_eq!(bounded(peer.request(range(8, 1))).await.unwrap(), [8]);
    bounded(async {
        while peer.request_counts().late < 3 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let counts = peer.request_counts();
    assert_eq!((counts.unsolicited, counts.late), (4, 3));
    assert_eq!(counts.in_flight, 0);
    assert!(!peer.is_closed());
}

#[tokio::test]
async fn a_service_may_refuse_stray_replies() {
    let twice = || {
        Forged::run(|peer, mut inbox| async move {
            while let Ok(message) = inbox.recv().await {
                match message {
                    Forged::GetTip { id } => {
                        peer.send(tip(id)).await?;
                        peer.send(tip(id)).await?;
                    }
                    Forged::GetBlocks { .. } => peer.send(tip(77)).await?,
                    _ => {}
                }
            }
            Ok(())
        })
    };
    let ours = silent().stray_replies(StrayReplies::RefuseUnsolicited);
    let (_other, _one, peer) = connected(twice(), ours).await;
    bounded(peer.request(Message::get_tip())).await.unwrap();
    let error = bounded(peer.request(range(1, 1))).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the connection is closed: protocol blocks: Tip came with request id 77, which nobody waits \
         for"
    );
    assert_eq!(peer.request_counts().late, 1);

    let ours = silent().stray_replies(StrayReplies::RefuseAll);
    let (_other, _one, peer) = connected(twice(), ours).await;
    bounded(peer.request(Message::get_tip())).await.unwrap();
    let cause = bounded(peer.closed()).await;
    assert!(matches!(cause, Cause::StrayReply { .. }), "{cause}");
    assert_eq!(cause.reason(), p2p::DisconnectReason::ProtocolBreach);
}

#[tokio::test]
async fn an_undecodable_reply_drops_the_peer() {
    /// The reply has a field too few.
    #[derive(Debug, Protocol)]
    #[protocol(name = "blocks", version = 1, length = 7)]
    enum Short {
        #[message(code = 3)]
        GetTip {
            id: u64,
        },
        Tip {
            id: u64,
            number: u64,
        },
    }
    let theirs = Short::run(|peer, mut inbox| async move {
        while let Ok(Short::GetTip { id }) = inbox.recv().await {
            peer.send(Short::Tip { id, number: 1 }).await?;
        }
        Ok(())
    });
    let (_other, _one, peer) = connected(theirs, silent()).await;
    let error = bounded(peer.request(Message::get_tip())).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "message Tip, field hash: a list has too few items"
    );
    let cause = bounded(peer.closed()).await;
    assert!(matches!(cause, Cause::Undecodable { .. }), "{cause}");
}

#[tokio::test]
async fn a_reply_without_an_id_drops_the_peer() {
    #[derive(Debug, Protocol)]
    #[protocol(name = "blocks", version = 1, length = 7)]
    enum Bare {
        #[message(code = 3)]
        GetTip {
            id: u64,
        },
        Tip,
    }
    let theirs = Bare::run(|peer, mut inbox| async move {
        while inbox.recv().await.is_ok() {
            peer.send(Bare::Tip).await?;
        }
        Ok(())
    });
    let (_other, _one, peer) = connected(theirs, silent()).await;
    let error = bounded(peer.request(Message::get_tip())).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the connection is closed: protocol blocks: message Tip, field request id: a list has too few \
         items"
    );
}
