//! Whole servers under paused time: everything happens at its exact time, the same in every run.

use std::sync::Mutex as StdMutex;

use tokio::io::{DuplexStream, duplex, split};
use tokio::time::{Instant, sleep, sleep_until};

use super::streams::{Memory, node};
use super::*;
use crate::Enode;
use crate::driver::establish::{Stream, respond};
use crate::driver::timing::Timing;
use crate::server::stream::Dialer;
use crate::session::Step;

/// A server of the network that is not random anywhere.
fn settings() -> Builder {
    let settings = Server::builder().protocol(idle());
    settings.configure(|config| config.redial_jitter = Duration::ZERO)
}

/// The events of two servers, with the second of each.
async fn run() -> Vec<(u64, String)> {
    let network = Memory::default();
    let start = Instant::now();
    let two = network.start(2, settings()).await;
    let one = network.start(1, settings().static_nodes([node(2)])).await;
    let id = one.public_key().node_id();
    let other = two.public_key().node_id();
    let mut events = one.events();
    let acts = async {
        sleep(Duration::from_secs(10)).await;
        two.disconnect(&id, DisconnectReason::UselessPeer);
        sleep(Duration::from_secs(40)).await;
        one.ban(&other, Duration::from_secs(100));
        sleep(Duration::from_secs(3600)).await;
    };
    let mut seen = Vec::new();
    let watch = async {
        while let Ok(event) = events.recv().await {
            let text = match event {
                Event::Added { .. } => "added".to_owned(),
                Event::Dropped { cause, .. } => cause.to_string(),
                Event::Refused { error, .. } => error.to_string(),
                Event::MessageReceived(_) | Event::MessageSent(_) => continue,
            };
            seen.push((start.elapsed().as_secs(), text));
        }
    };
    tokio::select! {
        () = acts => {}
        () = watch => {}
    }
    network.shutdown().await;
    seen
}

#[tokio::test(start_paused = true)]
async fn redials_and_bans_are_deterministic() {
    let first = run().await;
    let times: Vec<u64> = first.iter().map(|(seconds, _)| *seconds).collect();
    // Added; dropped, and added 35 s after the dial before; banned, and added when the ban has ended.
    assert_eq!(times, [0, 10, 35, 50, 150], "{first:?}");
    assert_eq!(
        [&first[0].1, &first[2].1, &first[4].1],
        ["added"; 3],
        "{first:?}"
    );
    for _ in 0..5 {
        assert_eq!(run().await, first);
    }
}

/// A dialer that reaches nobody, and notes when it was asked for which host.
#[derive(Debug)]
struct Nobody {
    start: Instant,
    asked: Arc<StdMutex<Vec<(u64, String)>>>,
}

impl Nobody {
    fn new() -> Self {
        let start = Instant::now();
        let asked = Arc::default();
        Self { start, asked }
    }
}

#[crate::async_trait]
impl Dialer for Nobody {
    type Stream = DuplexStream;

    async fn dial(&self, node: &Enode) -> std::io::Result<DuplexStream> {
        let seconds = self.start.elapsed().as_secs();
        let asked = (seconds, node.host().to_string());
        self.asked.lock().expect("no panic").push(asked);
        // Long enough for another caller to ask for the same node.
        sleep(Duration::from_secs(1)).await;
        Err(std::io::ErrorKind::ConnectionRefused.into())
    }
}

#[tokio::test(start_paused = true)]
async fn absent_static_nodes_are_dialed_every_35_seconds() {
    let dialer = Nobody::new();
    let asked = dialer.asked.clone();
    let settings = settings().private_key(key(1)).static_nodes([node(2)]);
    let _server = start(settings.dialer(dialer)).await;
    sleep(Duration::from_secs(3600)).await;
    let asked = asked.lock().expect("no panic").clone();
    let asked: Vec<u64> = asked.into_iter().map(|(seconds, _)| seconds).collect();
    let wanted: Vec<u64> = (0..=3600).step_by(35).collect();
    assert_eq!(asked, wanted);
}

#[tokio::test(start_paused = true)]
async fn concurrent_connects_share_one_dial() {
    let dialer = Nobody::new();
    let asked = dialer.asked.clone();
    let settings = settings().private_key(key(1)).dialer(dialer);
    let server = start(settings.static_nodes([node(2)])).await;
    // The static node is being dialed by then.
    sleep(Duration::from_millis(10)).await;
    let two = node(2);
    let three = node(3);
    let (first, second, third, fourth) = tokio::join!(
        server.connect(&two),
        server.connect(&two),
        server.connect(&three),
        server.connect(&three)
    );
    for error in [first, second, third, fourth] {
        let error = error.expect_err("nobody");
        assert!(matches!(error, ConnectError::Dialer { .. }), "{error}");
    }
    assert_eq!(asked.lock().expect("no panic").len(), 2);
    // A node that was asked for is not redialed at once.
    server.add_peer(three);
    sleep(Duration::from_secs(33)).await;
    assert_eq!(asked.lock().expect("no panic").len(), 2);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(asked.lock().expect("no panic").len(), 4);
    // Another address is another question.
    let elsewhere = Enode::new(*key(2).public_key(), ([10, 9, 9, 9], 1).into());
    server.add_peer(elsewhere.clone());
    sleep(Duration::from_millis(10)).await;
    let (old, new) = tokio::join!(server.connect(&two), server.connect(&elsewhere));
    assert!(old.is_err() && new.is_err());
    let hosts = asked.lock().expect("no panic")[4..].to_vec();
    let hosts: Vec<&str> = hosts.iter().map(|(_, host)| host.as_str()).collect();
    assert_eq!(hosts, ["10.9.9.9", "10.0.0.2"]);
}

/// A source that knows another host of a node, or answers never.
#[derive(Debug)]
struct Elsewhere(Option<Enode>);

#[crate::async_trait]
impl crate::NodeSource for Elsewhere {
    async fn next(&self) -> Option<Enode> {
        std::future::pending().await
    }

    async fn resolve(&self, _: &Enode) -> Option<Enode> {
        match &self.0 {
            Some(enode) => Some(enode.clone()),
            None => std::future::pending().await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_unanswering_source_holds_up_no_other() {
    let dialer = Nobody::new();
    let asked = dialer.asked.clone();
    let settings = settings().private_key(key(1)).dialer(dialer);
    let moved = Enode::new(*key(2).public_key(), ([10, 9, 9, 9], 1).into());
    let sources = settings
        .dial_candidates(Elsewhere(None))
        .dial_candidates(Elsewhere(Some(node(3))))
        .dial_candidates(Elsewhere(Some(moved)))
        .dial_candidates(crate::NodeList::new([node(4)]));
    let _server = start(sources.static_nodes([node(2)])).await;
    sleep(Duration::from_secs(3)).await;
    let mut asked = asked.lock().expect("no panic").clone();
    asked.sort();
    let wanted = [(0, "10.0.0.2"), (0, "10.0.0.4"), (1, "10.9.9.9")];
    assert_eq!(
        asked,
        wanted.map(|(seconds, host)| (seconds, host.to_owned()))
    );
}

// TestPeerPing, from the other side
#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_pinged_and_then_dropped() {
    let server = start(settings().private_key(key(1))).await;
    let (ours, theirs) = duplex(64 * 1024);
    let silent = tokio::spawn(play(theirs));
    let start = Instant::now();
    let connected = server.connect_over(ours, key(2).public_key(), None).await;
    connected.expect("a peer");
    let heard = silent.await.expect("no panic");
    let wanted = ["Ping at 15", "Disconnect(PingTimeout) at 30"];
    assert_eq!(heard, wanted);
    // Nothing waits for a clock that goes on.
    sleep_until(start + Duration::from_secs(24 * 3600)).await;
    assert_eq!(server.peer_count(), 0);
}

/// Plays node 2, which exchanges Hello and is silent then, and tells what it hears.
async fn play(stream: DuplexStream) -> Vec<String> {
    let (reader, writer) = split(stream);
    let stream = Stream {
        reader,
        writer,
        direction: Direction::Inbound,
    };
    let timing = Timing::default();
    let start = Instant::now();
    let encrypted = respond(stream, &key(2), &timing).await.expect("keys");
    let (ours, offers) = hello(&key(2), "foobar");
    let greeted = encrypted.greet(&ours, &offers, &timing).await;
    let mut established = greeted.map_err(|failed| failed.error).expect("Hello");
    let mut buffer = established.buffer.filled().to_vec();
    let mut heard = Vec::new();
    loop {
        match established
            .session
            .ingress
            .next(&mut buffer)
            .expect("frames")
        {
            Step::Event { event, consumed } => {
                heard.push(format!("{event:?} at {}", start.elapsed().as_secs()));
                buffer.drain(..consumed);
            }
            Step::Incomplete { .. } => {
                let read = established.stream.reader.read_buf(&mut buffer).await;
                if read.expect("no failure") == 0 {
                    return heard;
                }
            }
        }
    }
}
