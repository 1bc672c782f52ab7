//! A protocol of several versions, between two ends in memory.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use p2p_derive::Protocol;

use super::*;

#[derive(Debug, PartialEq, Protocol, Clone)]
#[protocol(name = "chat", versions = 1..=3, crate = "crate")]
pub(crate) enum Chat {
    #[message(code = 0)]
    Text(String),
    #[message(code = 1, until = 1)]
    Name(String),
    #[message(code = 1, since = 2)]
    Profile { name: String, color: u32 },
    #[message(code = 2, since = 3)]
    Typing,
}

/// A service that tells the version, and nothing after it.
pub(crate) fn telling() -> Service<Chat> {
    Chat::run(|peer, mut inbox| async move {
        peer.send(Chat::Text(peer.version().to_string())).await?;
        while inbox.recv().await.is_ok() {}
        Ok(())
    })
}

pub(crate) fn says(words: &str) -> Chat {
    Chat::Text(words.into())
}

#[tokio::test]
async fn two_ends_speak_the_highest_version_or_the_one_that_is_given() {
    let (one, mut other) = pipe::<Chat>();
    assert_eq!([one.peer().version(), other.peer().version()], [3, 3]);
    one.send(Chat::Typing).await.expect("sent");
    other.expect(Chat::Typing).await.expect("received");
    for (version, message) in [
        (1, Chat::Name("bob".into())),
        (
            2,
            Chat::Profile {
                name: "bob".into(),
                color: 7,
            },
        ),
    ] {
        let (one, mut other) = pipe_version::<Chat>(version);
        assert_eq!(other.peer().version(), version);
        assert_eq!(message.code(), Code(1));
        one.send(message.clone()).await.expect("sent");
        other.expect(message).await.expect("received");
    }
}

#[tokio::test]
async fn a_message_that_the_version_lacks_is_an_error_before_anything_is_sent() {
    let (one, mut other) = pipe_version::<Chat>(2);
    assert!(!Chat::Typing.is_in(one.peer().version()));
    let error = one.send(Chat::Typing).await.expect_err("not in version 2");
    assert!(matches!(
        error,
        SendError::Encode(EncodeError::NotInVersion {
            message: "Typing",
            version: 2,
            ..
        })
    ));
    assert_eq!(
        error.to_string(),
        "message Typing is not in version 2, only from version 3 on"
    );
    let error = one.peer().try_send(Chat::Name("bob".into()));
    assert!(matches!(
        error,
        Err(TrySendError::Encode(EncodeError::NotInVersion { .. }))
    ));
    one.send(says("after")).await.expect("still connected");
    other.expect(says("after")).await.expect("only this");
}

#[tokio::test]
async fn a_code_that_the_version_lacks_is_a_breach_of_protocol() {
    let (one, mut other) = pipe_version::<Chat>(2);
    let empty = Bytes::from_static(&[0xc0]);
    one.peer().try_push_shared(Code(2), empty).expect("room");
    assert_eq!(other.recv().await, Err(Closed));
    let cause = other.closed().await;
    assert_eq!(cause.reason(), DisconnectReason::ProtocolBreach);
    assert_eq!(
        cause.to_string(),
        "protocol chat: chat/2 has no message with code 0x02"
    );
}

#[tokio::test]
async fn a_piped_service_speaks_the_highest_version_that_it_offers() {
    for (offered, spoken) in [(vec![1, 2, 3], "3"), (vec![2, 1], "2"), (vec![1, 9], "1")] {
        let (mut end, served) = telling().versions(offered).pipe();
        let served = tokio::spawn(served);
        end.expect(says(spoken)).await.expect("told");
        drop(end);
        served.await.expect("served to its end");
    }
}

#[tokio::test]
async fn ends_that_share_no_version_part_as_useless() {
    let (one, mut other) = pipe_version::<Chat>(4);
    assert_eq!(other.recv().await, Err(Closed));
    for end in [one, other] {
        assert_eq!(end.closed().await.reason(), DisconnectReason::UselessPeer);
    }
    let called = Arc::new(AtomicUsize::new(0));
    let calls = called.clone();
    let service = Chat::run(move |_, _| {
        calls.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(()))
    });
    let (end, served) = service.versions([]).pipe();
    assert_eq!(served.await.reason(), DisconnectReason::UselessPeer);
    assert_eq!(called.load(Ordering::SeqCst), 0, "nobody is there to serve");
    assert_eq!(end.closed().await.reason(), DisconnectReason::UselessPeer);
}

#[tokio::test]
async fn an_error_names_the_message_that_has_the_code_in_this_version() {
    for (version, message, name) in [
        (1, Chat::Name("bob".into()), "Name"),
        (
            2,
            Chat::Profile {
                name: "bob".into(),
                color: 7,
            },
            "Profile",
        ),
    ] {
        let service = Chat::run(|_, mut inbox| async move {
            inbox.recv().await?;
            Err("as you wish")?
        });
        let (end, served) = service.versions([version]).pipe();
        end.send(message).await.expect("sent");
        assert_eq!(
            served.await.to_string(),
            format!("protocol chat, message {name}: as you wish")
        );
    }
}
