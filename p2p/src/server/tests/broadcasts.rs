//! Messages from outside a handler, to one peer or to many.

use super::*;

#[tokio::test]
async fn a_server_has_peers_of_its_protocols() {
    let server = start(builder().protocol(idle())).await;
    let peers = server.protocol::<Text>().expect("spoken");
    assert!(server.protocol::<Other>().is_none());
    let mut hand = join(&server, key(2)).await;
    let id = key(2).public_key().node_id();
    let peer = bounded(async {
        loop {
            match peers.find(&id) {
                Some(peer) => return peer,
                None => tokio::task::yield_now().await,
            }
        }
    })
    .await;
    peer.send(text("for you")).await.expect("sent");
    assert_eq!(hand.hear().await, Ok("for you".to_owned()));
}

#[tokio::test]
async fn a_broadcast_reaches_all_or_the_chosen() {
    let server = start(builder().protocol(idle())).await;
    let peers = server.protocol::<Text>().expect("spoken");
    let mut hands = Vec::new();
    for byte in 2..=4 {
        hands.push(join(&server, key(byte)).await);
    }
    bounded(async {
        while peers.len() < 3 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let wanted = key(3).public_key().node_id();
    let some = peers.broadcast_where(&text("some"), |peer| peer.id() == wanted);
    assert_eq!(some.expect("encoded").sent, 1);
    assert_eq!(peers.broadcast(&text("all")).expect("encoded").sent, 3);
    assert_eq!(hands[0].hear().await, Ok("all".to_owned()));
    assert_eq!(hands[1].hear().await, Ok("some".to_owned()));
    assert_eq!(hands[1].hear().await, Ok("all".to_owned()));
    assert_eq!(hands[2].hear().await, Ok("all".to_owned()));
}

#[tokio::test]
#[expect(clippy::mutable_key_type, reason = "it is hashed by its address")]
async fn a_message_can_be_relayed_to_all_others() {
    let pass_on = Text::run(|peer, mut inbox| async move {
        while let Ok(message) = inbox.recv().await {
            let told = peer.peers().broadcast_except(&message, &peer)?;
            peer.send(text(&told.sent.to_string())).await?;
        }
        Ok(())
    });
    let server = start(builder().protocol(pass_on)).await;
    let peers = server.protocol::<Text>().expect("spoken");
    let mut one = join(&server, key(2)).await;
    let mut two = join(&server, key(3)).await;
    bounded(async {
        while peers.len() < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    one.send("news").await;
    assert_eq!(two.hear().await, Ok("news".to_owned()));
    assert_eq!(one.hear().await, Ok("1".to_owned()));

    let list = peers.list();
    let again = peers.list();
    assert!(list[0] == again[0] && list[0] != list[1]);
    let set: std::collections::HashSet<_> = list.into_iter().chain(again).collect();
    assert_eq!(set.len(), 2);
}
