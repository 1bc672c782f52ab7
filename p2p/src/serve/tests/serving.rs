//! How a protocol is served, over a pipe.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::connection::account::Class;

/// Sends one text to a recorder and gives the cause of the end and what was called.
async fn end_of(message: &str) -> (Cause, Vec<String>) {
    let (service, calls) = recorder();
    let (end, served) = service.pipe();
    let served = tokio::spawn(served);
    end.send(text(message)).await.expect("sent");
    let cause = served.await.expect("served to its end");
    assert_eq!(end.closed().await.reason(), cause.reason());
    let calls = calls.lock().expect("not poisoned").clone();
    (cause, calls)
}

#[tokio::test]
async fn a_handler_answers_and_hears_of_the_end_once() {
    let (service, calls) = recorder();
    let (mut end, served) = service.pipe();
    let served = tokio::spawn(served);
    end.send(text("foo")).await.expect("sent");
    end.expect(text("bar")).await.expect("answered");
    end.disconnect(DisconnectReason::TooManyPeers);
    let cause = served.await.expect("served to its end");
    assert!(matches!(
        cause,
        Cause::Remote(DisconnectReason::TooManyPeers)
    ));
    assert_eq!(
        *calls.lock().expect("not poisoned"),
        [
            "connected",
            "foo",
            "disconnected: the peer disconnected: too many peers (0x04)"
        ]
    );
}

#[tokio::test]
async fn an_error_drops_the_peer_and_names_the_message() {
    let (cause, calls) = end_of("fail").await;
    assert_eq!(cause.reason(), DisconnectReason::ProtocolError);
    assert_eq!(
        cause.to_string(),
        "protocol foobar, message Text: as you wish"
    );
    assert_eq!(calls.len(), 3, "{calls:?}");
}

#[tokio::test]
async fn a_reason_that_a_handler_returns_reaches_the_peer() {
    let (cause, _) = end_of("useless").await;
    assert_eq!(cause.reason(), DisconnectReason::UselessPeer);
}

#[tokio::test]
async fn a_panic_ends_the_connection_and_disconnected_still_runs() {
    let (cause, calls) = end_of("panic").await;
    assert_eq!(cause.reason(), DisconnectReason::ProtocolError);
    assert_eq!(
        calls[2],
        "disconnected: protocol foobar, message Text: the handler panicked: as you wish"
    );
}

#[tokio::test]
async fn a_panic_before_the_future_is_made_ends_the_connection_too() {
    let service = Text::run(|_, _| -> std::future::Ready<Result> { panic!("at once") });
    let (_end, served) = service.pipe();
    let cause = tokio::spawn(served).await.expect("served to its end");
    assert_eq!(
        cause.to_string(),
        "protocol foobar: the handler panicked: at once"
    );
}

#[tokio::test]
async fn nothing_is_handled_after_this_node_has_disconnected() {
    let (service, calls) = recorder();
    let (end, served) = service.pipe();
    for message in ["leave", "one", "two"] {
        end.send(text(message)).await.expect("sent");
    }
    served.await;
    let calls = calls.lock().expect("not poisoned");
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert_eq!(calls[1], "leave");
}

#[tokio::test]
async fn a_handler_that_disconnects_is_dropped_at_its_next_await() {
    let (cause, calls) = end_of("leave").await;
    assert!(matches!(
        cause,
        Cause::Requested(DisconnectReason::Requested)
    ));
    assert_eq!(calls.len(), 3, "{calls:?}");
}

#[tokio::test]
async fn a_handler_that_hangs_is_dropped_when_the_peer_leaves() {
    let (service, calls) = recorder();
    let (end, served) = service.pipe();
    let served = tokio::spawn(served);
    end.send(text("hang")).await.expect("sent");
    while calls.lock().expect("not poisoned").len() < 2 {
        tokio::task::yield_now().await;
    }
    drop(end);
    served.await.expect("served to its end");
    assert_eq!(calls.lock().expect("not poisoned").len(), 3);
}

#[tokio::test]
async fn sending_after_the_end_fails_with_its_cause() {
    let (one, two) = pipe::<Text>();
    two.disconnect(DisconnectReason::UselessPeer);
    let error = one.send(text("late")).await.expect_err("closed");
    assert!(matches!(
        error,
        SendError::Closed(Cause::Remote(DisconnectReason::UselessPeer))
    ));
    assert!(matches!(
        one.peer().try_send(text("late")),
        Err(TrySendError::Closed(_))
    ));
}

#[tokio::test]
async fn send_waits_for_room_and_try_send_says_that_there_is_none() {
    let (one, mut two) = pipe::<Text>();
    let large = "x".repeat(500_000);
    one.peer().try_send(text(&large)).expect("room");
    one.peer().try_send(text(&large)).expect("room");
    assert!(matches!(
        one.peer().try_send(text(&large)),
        Err(TrySendError::Full(_))
    ));
    let peer = one.peer().clone();
    let waiting = tokio::spawn(async move { peer.send(text("last")).await });
    tokio::task::yield_now().await;
    two.expect(text(&large)).await.expect("first");
    two.expect(text(&large)).await.expect("second");
    two.expect(text("last")).await.expect("third");
    waiting.await.expect("not cancelled").expect("sent");
}

#[tokio::test]
async fn a_message_larger_than_the_queue_is_taken_when_it_is_empty() {
    let (one, mut two) = pipe::<Text>();
    let large = "x".repeat(3_000_000);
    one.send(text(&large)).await.expect("sent");
    assert!(matches!(
        one.peer().try_send(text("x")),
        Err(TrySendError::Full(_))
    ));
    two.expect(text(&large)).await.expect("whole");
    one.peer().try_send(text("x")).expect("room again");
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_refused_before_it_is_sent() {
    let (one, mut two) = pipe::<Text>();
    let error = one
        .send(text(&"x".repeat(1 << 24)))
        .await
        .expect_err("too large");
    assert!(
        error.to_string().starts_with("message Text has 1677"),
        "{error}"
    );
    one.send(text("x")).await.expect("sent");
    two.expect(text("x")).await.expect("only this");
}

#[tokio::test]
async fn what_was_sent_before_the_end_is_still_received() {
    let (one, mut two) = pipe::<Text>();
    one.send(text("last words")).await.expect("sent");
    drop(one);
    two.expect(text("last words")).await.expect("received");
    assert_eq!(two.recv().await, Err(Closed));
}

#[tokio::test]
async fn a_peer_is_listed_only_once_it_is_accepted() {
    let seen = Arc::new(AtomicUsize::new(usize::MAX));
    let during = seen.clone();
    let service = Text::accepting(move |peer, mut inbox| {
        let during = during.clone();
        async move {
            let hello = inbox.recv().await?;
            during.store(peer.peers().len(), Ordering::SeqCst);
            if hello.0 != "hello" {
                Err(DisconnectReason::UselessPeer)?;
            }
            peer.send(text("welcome")).await?;
            Ok(inbox.handled_by(Recorder::default()))
        }
    });
    let peers = service.peers();
    let (mut end, served) = service.pipe();
    let served = tokio::spawn(served);
    end.send(text("hello")).await.expect("sent");
    end.expect(text("welcome")).await.expect("accepted");
    end.send(text("foo")).await.expect("sent");
    end.expect(text("bar")).await.expect("handled");
    assert_eq!(seen.load(Ordering::SeqCst), 0);
    assert_eq!(peers.len(), 1);
    let outcome = peers.broadcast(&text("to all")).expect("encoded");
    assert_eq!((outcome.sent, outcome.skipped.len()), (1, 0));
    end.expect(text("to all")).await.expect("broadcast");
    drop(end);
    served.await.expect("served to its end");
    assert!(peers.is_empty());
}

#[tokio::test]
async fn a_peer_that_is_not_accepted_is_never_called_connected() {
    let service = Text::accepting(|_, mut inbox| async move {
        inbox.recv().await?;
        Err(DisconnectReason::UselessPeer)?
    });
    let (end, served) = service.pipe();
    let served = tokio::spawn(served);
    end.send(text("hello")).await.expect("sent");
    let cause = served.await.expect("served to its end");
    assert_eq!(cause.reason(), DisconnectReason::UselessPeer);
}

#[tokio::test]
async fn a_sequential_function_has_everything_in_hand() {
    let service = Text::run(|peer, mut inbox| async move {
        let Text(first) = inbox.recv().await?;
        let Text(second) = inbox.recv().await?;
        peer.send(Text(format!("{first}{second}"))).await?;
        Ok(())
    });
    let (mut end, served) = service.pipe();
    let served = tokio::spawn(served);
    end.send(text("foo")).await.expect("sent");
    end.send(text("bar")).await.expect("sent");
    end.expect(text("foobar")).await.expect("answered");
    let cause = served.await.expect("served to its end");
    assert!(matches!(cause, Cause::ProtocolEnded { protocol: "foobar" }));
}

#[tokio::test]
async fn a_broadcast_skips_who_has_no_room() {
    let service = Text::run(|_, _| std::future::pending());
    let peers = service.peers();
    let (_end, served) = service.pipe();
    let served = tokio::spawn(served);
    while peers.is_empty() {
        tokio::task::yield_now().await;
    }
    let large = text(&"x".repeat(600_000));
    assert_eq!(peers.broadcast(&large).expect("encoded").sent, 1);
    let outcome = peers.broadcast(&large).expect("encoded");
    assert_eq!((outcome.sent, outcome.skipped.len()), (0, 1));
    served.abort();
}

#[tokio::test]
async fn a_broadcast_is_charged_until_the_last_has_it() {
    let service = Text::run(|_, _| std::future::pending());
    let peers = service.peers();
    let (end, served) = service.pipe();
    let served = tokio::spawn(served);
    while peers.is_empty() {
        tokio::task::yield_now().await;
    }
    let peer = peers.list().remove(0);
    let taken = || peer.connection.account.taken_of_server(Class::Send);
    let large = text(&"x".repeat(600_000));
    assert_eq!(peers.broadcast(&large).expect("encoded").sent, 1);
    assert!((600_000..700_000).contains(&taken()), "{}", taken());
    // Without memory nobody is sent it.
    let free = 48 * 1024 * 1024 - taken();
    let rest = peer.connection.account.try_take_shared(Class::Send, free);
    peer.connection.outbox.clear();
    assert!(rest.is_some());
    let outcome = peers.broadcast(&text(&"x".repeat(4 * 1024 * 1024 - 16)));
    assert_eq!(outcome.expect("encoded").skipped.len(), 1);
    drop(rest);
    assert_eq!(taken(), 0);
    served.abort();
    drop(end);
}

#[tokio::test]
async fn a_handler_that_answers_a_flood_ends_though_nobody_reads_yet() {
    let service = Text::run(|peer, mut inbox| async move {
        while let Ok(Text(words)) = inbox.recv().await {
            peer.send(text(&words)).await?;
        }
        Ok(())
    });
    let (mut end, served) = service.pipe();
    let served = tokio::spawn(served);
    let words = "x".repeat(64 * 1024);
    // Four times what the pipe has room for.
    for _ in 0..64 {
        let sent = timeout(Duration::from_secs(60), end.send(text(&words))).await;
        sent.expect("the handler goes on").expect("sent");
    }
    for _ in 0..64 {
        assert_eq!(end.recv().await.expect("answered"), Text(words.clone()));
    }
    drop(end);
    served.await.expect("served to its end");
}

#[tokio::test]
async fn a_flood_of_messages_lets_other_tasks_run() {
    let (service, calls) = recorder();
    let (end, served) = service.pipe();
    for _ in 0..1000 {
        end.peer().try_send(text("x")).expect("room");
    }
    let served = tokio::spawn(served);
    let handled = calls.clone();
    let other = tokio::spawn(async move {
        let mut turns = 0;
        while handled.lock().expect("not poisoned").len() < 1000 {
            crate::future::yield_now().await;
            turns += 1;
        }
        turns
    });
    let turns = other.await.expect("not cancelled");
    assert!(turns >= 10, "{turns} turns for 1000 messages");
    drop(end);
    served.await.expect("served to its end");
}

/// A protocol that claims one code and uses another.
#[derive(Debug)]
struct Stray;

impl Protocol for Stray {
    const NAME: &'static str = "stray";
    const VERSIONS: &'static [Version] = Text::VERSIONS;
    const MESSAGES: &'static [MessageInfo] = Text::MESSAGES;

    fn info(&self) -> &'static MessageInfo {
        &Self::MESSAGES[0]
    }

    fn code(&self) -> Code {
        Code(1)
    }

    fn encode(
        &self,
        _version: u64,
        _: Option<RequestId>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        out.push(0xc0);
        Ok(())
    }

    fn decode(_version: u64, _code: Code, _payload: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}

#[tokio::test]
async fn a_code_of_another_protocol_is_never_sent() {
    let (one, _other) = pipe::<Stray>();
    let error = one.send(Stray).await.expect_err("not its code");
    assert_eq!(
        error.to_string(),
        "protocol stray has no code 0x01, its length is 1"
    );
}
