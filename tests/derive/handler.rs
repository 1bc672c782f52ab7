//! The generated handler trait, and the way of a message to its method.

use p2p::{Cause, DisconnectReason, Peer, Protocol, Rlp, ServeExt, async_trait, pipe};
use std::sync::{Arc, Mutex};

#[derive(Debug, PartialEq, Rlp)]
struct Point {
    x: u8,
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "handled", version = 1)]
enum Message {
    /// Is there anybody?
    Ping,
    Text(String),
    Two(u8, Point),
    /// Fields whose names the generated code uses too.
    Named {
        peer: u8,
        handler: u16,
        out: u32,
        payload: u64,
        fields: bool,
        code: String,
    },
    /// An optional field.
    Maybe {
        last: Option<u8>,
    },
    Fail,
    r#Type(u8),
}

#[derive(Default, Clone)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl MessageHandler for Log {
    async fn ping(&self, peer: &Peer<Message>) -> p2p::Result {
        self.add("ping");
        peer.send(Message::Text("pong".into())).await?;
        Ok(())
    }

    async fn text(&self, _: &Peer<Message>, text: String) -> p2p::Result {
        self.add(text);
        Ok(())
    }

    async fn two(&self, _: &Peer<Message>, number: u8, point: Point) -> p2p::Result {
        self.add(format!("two {number} {}", point.x));
        Ok(())
    }

    async fn named(
        &self,
        _peer: &Peer<Message>,
        peer: u8,
        handler: u16,
        out: u32,
        payload: u64,
        fields: bool,
        code: String,
    ) -> p2p::Result {
        self.add(format!(
            "named {peer} {handler} {out} {payload} {fields} {code}"
        ));
        Ok(())
    }

    async fn maybe(&self, _: &Peer<Message>, last: Option<u8>) -> p2p::Result {
        self.add(format!("maybe {last:?}"));
        Ok(())
    }

    async fn fail(&self, _: &Peer<Message>) -> p2p::Result {
        Err(DisconnectReason::UselessPeer.into())
    }

    async fn r#type(&self, _: &Peer<Message>, number: u8) -> p2p::Result {
        self.add(format!("type {number}"));
        Ok(())
    }

    async fn connected(&self, _: &Peer<Message>) -> p2p::Result {
        self.add("connected");
        Ok(())
    }

    async fn disconnected(&self, _: &Peer<Message>, cause: &Cause) {
        self.add(format!("disconnected: {}", cause.reason()));
    }
}

#[tokio::test]
async fn each_message_goes_to_its_method_with_its_fields() {
    let log = Log::default();
    let (mut test, served) = Message::handled_by(log.clone()).pipe();
    let served = tokio::spawn(served);
    let messages = [
        Message::Text("a line".into()),
        Message::Two(1, Point { x: 2 }),
        Message::Named {
            peer: 1,
            handler: 2,
            out: 3,
            payload: 4,
            fields: true,
            code: "c".into(),
        },
        Message::Maybe { last: None },
        Message::Maybe { last: Some(3) },
        Message::r#Type(9),
        Message::Ping,
    ];
    for message in messages {
        test.send(message).await.unwrap();
    }
    test.expect(Message::Text("pong".into())).await.unwrap();
    test.send(Message::Fail).await.unwrap();

    assert_eq!(
        served.await.unwrap().reason(),
        DisconnectReason::UselessPeer
    );
    let expected = [
        "connected".to_owned(),
        "a line".to_owned(),
        "two 1 2".to_owned(),
        "named 1 2 3 4 true c".to_owned(),
        "maybe None".to_owned(),
        "maybe Some(3)".to_owned(),
        "type 9".to_owned(),
        "ping".to_owned(),
        format!("disconnected: {}", DisconnectReason::UselessPeer),
    ];
    assert_eq!(log.lines(), expected);
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "generic", version = 1, handler = "HandlesGenerics")]
enum Generic<T, H = u8> {
    One(T),
    Other(H),
}

struct Echo;

#[async_trait]
impl HandlesGenerics<String> for Echo {
    async fn one(&self, peer: &Peer<Generic<String>>, one: String) -> p2p::Result {
        peer.send(Generic::One(one)).await?;
        Ok(())
    }

    async fn other(&self, peer: &Peer<Generic<String>>, other: u8) -> p2p::Result {
        peer.send(Generic::Other(other)).await?;
        Ok(())
    }
}

#[tokio::test]
async fn a_generic_protocol_has_a_generic_handler() {
    let (mut test, served) = Generic::<String>::handled_by(Echo).pipe();
    tokio::spawn(served);
    for message in [Generic::One("x".to_owned()), Generic::Other(5)] {
        let again = match &message {
            Generic::One(text) => Generic::One(text.clone()),
            Generic::Other(number) => Generic::Other(*number),
        };
        test.send(message).await.unwrap();
        test.expect(again).await.unwrap();
    }
}

#[tokio::test]
async fn connected_and_disconnected_do_nothing_unless_they_are_written() {
    #[derive(Debug, PartialEq, Protocol)]
    #[protocol(name = "local", version = 1)]
    enum Local {
        Ping,
    }

    struct Quiet;

    #[async_trait]
    impl LocalHandler for Quiet {
        async fn ping(&self, peer: &Peer<Local>) -> p2p::Result {
            Ok(peer.send(Local::Ping).await?)
        }
    }

    let (mut test, served) = Local::handled_by(Quiet).pipe();
    let served = tokio::spawn(served);
    test.send(Local::Ping).await.unwrap();
    test.expect(Local::Ping).await.unwrap();
    test.disconnect(DisconnectReason::Requested);
    let cause = served.await.unwrap();
    assert!(
        matches!(cause, Cause::Remote(DisconnectReason::Requested)),
        "{cause:?}"
    );
}

#[tokio::test]
async fn messages_travel_without_a_handler() {
    let (one, mut other) = pipe::<Message>();
    one.send(Message::Two(1, Point { x: 2 })).await.unwrap();
    other.expect(Message::Two(1, Point { x: 2 })).await.unwrap();
}
