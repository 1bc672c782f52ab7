//! Events of messages.

use p2p::Event;
use p2p::protocol::Code;
use p2p::server::MessageEvent;

use super::*;

#[tokio::test]
async fn each_message_is_an_event_if_wanted() {
    let mut pair = pair(
        builder().configure(|config| config.message_events = true),
        builder(),
    )
    .await;
    pair.say("that both are there").await;
    let mut events = pair.answering.events();
    let mut others = pair.asking.events();
    pair.say("four").await;
    let asking = *pair.asking.public_key();
    let check = |event: MessageEvent| {
        assert_eq!(event.peer.public_key, asking);
        assert_eq!((event.protocol, event.message), ("talk", Some("Say")));
        assert_eq!((event.code, event.size), (Code(0), 6));
    };
    match bounded(events.recv()).await.expect("an event") {
        Event::MessageReceived(event) => check(event),
        event => panic!("{event:?}"),
    }
    match bounded(events.recv()).await.expect("an event") {
        Event::MessageSent(event) => check(event),
        event => panic!("{event:?}"),
    }
    pair.stop().await;
    // The other server was not asked for any.
    match bounded(others.recv()).await.expect("an event") {
        Event::Dropped { .. } => {}
        event => panic!("{event:?}"),
    }
}
