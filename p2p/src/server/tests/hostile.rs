//! Handlers that loop, block their thread, hang or panic, while the server stops.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle as Runtime;

use super::*;
use crate::serve::tests::{Leaving, Recorder, recorder_leaving, spin};

fn tasks() -> usize {
    Runtime::current().metrics().num_alive_tasks()
}

/// A server with this service and short bounds, and a peer that has sent it "go".
async fn serving(service: Service<Text>) -> (Server, Hand) {
    let settings = builder().protocol(service);
    let short = Duration::from_millis(100);
    let settings = settings.configure(|config| {
        config.shutdown_timeout = short;
        config.linger_timeout = short;
    });
    let server =
        start(settings.configure(|config| config.handshake_timeout = Duration::from_secs(20)))
            .await;
    let mut events = server.events();
    let mut hand = join(&server, key(2)).await;
    hand.send("go").await;
    added(&mut events).await;
    (server, hand)
}

/// The server stops in time, with its one peer told and forgotten.
async fn stops(server: &Server, mut hand: Hand) {
    let hearing = tokio::spawn(async move { while hand.hear().await.is_ok() {} });
    bounded(server.shutdown()).await;
    assert_eq!(server.peer_count(), 0);
    bounded(hearing).await.expect("told");
}

/// All tasks that came with a server go with it.
async fn gone(before: usize) {
    bounded(async {
        while tasks() > before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

/// A thread that is held.
#[derive(Clone, Default)]
struct Held {
    is_held: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
}

impl Held {
    fn hold(&self) {
        self.is_held.store(true, Ordering::SeqCst);
        while !self.is_over.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A server with a service that holds its thread stops in time, and all is gone when it lets go.
///
/// Other work of the thread waits too, so the reason may not be sent.
async fn stops_while_held(service: impl FnOnce(Held) -> Service<Text>) {
    /// Lets the thread go, whatever comes of the test: a runtime waits for its threads.
    struct Release(Held);

    impl Drop for Release {
        fn drop(&mut self) {
            self.0.is_over.store(true, Ordering::SeqCst);
        }
    }

    let before = tasks();
    let release = Release(Held::default());
    let (server, hand) = serving(service(release.0.clone())).await;
    let stopping = tokio::spawn(async move { server.shutdown().await });
    bounded(async {
        while !release.0.is_held.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    bounded(stopping).await.expect("stopped");
    drop((release, hand));
    gone(before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_looping_handler_ends_with_the_server() {
    let before = tasks();
    let (server, hand) = serving(Text::run(|_, _inbox| async {
        loop {
            tokio::task::yield_now().await;
        }
    }))
    .await;
    stops(&server, hand).await;
    gone(before).await;

    let (server, hand) = serving(Text::run(|_, _inbox| spin())).await;
    stops(&server, hand).await;
    gone(before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_loop_in_disconnected_is_dropped_in_time() {
    let before = tasks();
    let (server, hand) = serving(recorder_leaving(Leaving::Spin).0).await;
    stops(&server, hand).await;
    gone(before).await;
}

/// Its message wakes the writing task, which may have to wait for the blocked thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_sending_handler_that_never_yields_is_abandoned() {
    stops_while_held(|held| {
        Text::run(move |peer, _inbox| {
            let held = held.clone();
            async move {
                peer.send(text("one")).await?;
                held.hold();
                Ok(())
            }
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_disconnecting_handler_that_never_yields_is_abandoned() {
    stops_while_held(|held| {
        Text::run(move |peer, _inbox| {
            let held = held.clone();
            async move {
                peer.disconnect(DisconnectReason::Requested);
                held.hold();
                Ok(())
            }
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_factory_that_never_yields_is_abandoned() {
    stops_while_held(|held| {
        Text::accepting(move |_, _inbox| {
            held.hold();
            std::future::pending()
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn endless_disconnected_and_destructors_are_abandoned() {
    struct Holding(Held);

    impl Drop for Holding {
        fn drop(&mut self) {
            self.0.hold();
        }
    }

    stops_while_held(|held| recorder_leaving(Leaving::Block(Arc::new(move || held.hold()))).0)
        .await;
    stops_while_held(|held| {
        Text::run(move |_, _inbox| {
            let holding = Holding(held.clone());
            async move {
                let _holding = holding;
                std::future::pending().await
            }
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_blocked_factory_is_abandoned() {
    let before = tasks();
    let (server, hand) = serving(Text::accepting(|_, _inbox| std::future::pending())).await;
    stops(&server, hand).await;
    gone(before).await;

    let (server, hand) = serving(Text::accepting(|_, _inbox| spin())).await;
    stops(&server, hand).await;
    gone(before).await;
}

#[tokio::test]
async fn a_looping_factory_gets_no_extra_time() {
    let service = Text::accepting(|_, _inbox| spin());
    let service = service.handshake_timeout(Duration::from_millis(100));
    let (_server, mut hand) = serving(service).await;
    assert_eq!(hand.hear().await, Err(DisconnectReason::ProtocolError));
}

#[tokio::test]
async fn a_factory_that_panics_ends_that_connection_alone() {
    let before = tasks();
    let at_once: fn() = || panic!("at once");
    let (server, mut hand) = serving(Text::accepting(move |_, inbox| {
        at_once();
        async move { Ok(inbox.handled_by(Recorder::default())) }
    }))
    .await;
    assert_eq!(hand.hear().await, Err(DisconnectReason::ProtocolError));
    bounded(server.shutdown()).await;
    drop(hand);
    gone(before).await;

    let (server, mut hand) = serving(Text::accepting(|_, mut inbox| async move {
        inbox.recv().await?;
        panic!("after a message");
    }))
    .await;
    assert_eq!(hand.hear().await, Err(DisconnectReason::ProtocolError));
    let mut next = join(&server, key(3)).await;
    next.send("go").await;
    assert_eq!(next.hear().await, Err(DisconnectReason::ProtocolError));
    bounded(server.shutdown()).await;
    drop((hand, next));
    gone(before).await;
}

/// A value whose destructor panics.
struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        panic!("in a destructor");
    }
}

#[tokio::test]
async fn a_destructor_that_panics_harms_nobody() {
    for is_returning in [false, true] {
        let before = tasks();
        let (server, mut hand) = serving(Text::run(move |_, mut inbox| async move {
            let _grenade = Grenade;
            inbox.recv().await?;
            if !is_returning {
                std::future::pending::<()>().await;
            }
            Ok(())
        }))
        .await;
        if is_returning {
            assert_eq!(hand.hear().await, Err(DisconnectReason::ProtocolError));
        }
        let mut next = join(&server, key(3)).await;
        if is_returning {
            next.send("go").await;
            assert_eq!(next.hear().await, Err(DisconnectReason::ProtocolError));
        }
        bounded(server.shutdown()).await;
        assert_eq!(server.peer_count(), 0);
        drop((hand, next, server));
        gone(before).await;
    }
}
