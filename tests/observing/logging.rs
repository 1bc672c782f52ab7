//! Logging at its most talkative.

use std::io::Write;
use std::sync::{Arc, Mutex, Once};

use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use super::*;

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Logs what this thread does, as far as `filter` lets it through.
    fn start(filter: &str) -> (Self, DefaultGuard) {
        // While there is one subscriber in the process, tracing asks that of the thread on which a place in the
        // code is met first, which is none in other tests, and leaves the place out for all. So there are two.
        static OTHER: Once = Once::new();
        OTHER.call_once(|| std::mem::forget(Dispatch::new(NoSubscriber::new())));
        let log = Self::default();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(log.clone())
            .with_ansi(false)
            .without_time();
        let filter: Targets = filter.parse().expect("a filter");
        let subscriber = tracing_subscriber::registry().with(layer).with(filter);
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).expect("text")
    }

    /// The lines that contain all of these.
    fn lines(&self, parts: &[&str]) -> Vec<String> {
        let text = self.text();
        let lines = text.lines();
        let found = lines.filter(|line| parts.iter().all(|part| line.contains(part)));
        found.map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn tracing_everything_shows_each_message() {
    let (log, _logging) = Log::start("trace");
    let mut pair = pair(builder(), builder()).await;
    pair.say("a\r\n\u{1b}[2Jb").await;
    pair.say(&"x".repeat(60_000)).await;
    pair.say(&"x".repeat(100_000)).await;
    assert_eq!(pair.peer.request(Talk::ask(7)).await.expect("told"), 7);
    let peer = format!("peer={:#}", pair.info.node_id);
    pair.stop().await;
    let text = log.text();
    assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text}");
    let shown = r#"payload=Say("a\r\n\u{1b}[2Jb")"#;
    for way in ["received", "sent"] {
        let lines = log.lines(&["p2p::payload", way, "protocol=\"talk\"", shown, &peer]);
        assert_eq!(lines.len(), 1, "{text}");
        assert!(
            lines[0].contains("name=\"Say\" code=0x00 size=10"),
            "{text}"
        );
    }
    // Long payloads are cut, and very long ones are not even decoded.
    let long = log.lines(&["size=60006", "xxx.."]);
    assert_eq!(long.len(), 4, "{text}");
    let long = log.lines(&["size=100008", "not shown"]);
    assert_eq!(long.len(), 4, "{text}");
    assert!(text.lines().all(|line| line.len() < 2000));
    for message in ["payload=Ask(7)", "payload=Told(7)"] {
        assert_eq!(log.lines(&[message]).len(), 2, "{text}");
    }
    // A line is a whole one: it begins with its level.
    let levels = ["TRACE", "DEBUG", " INFO", " WARN", "ERROR"];
    let whole = |line: &str| levels.iter().any(|level| line.starts_with(level));
    assert!(text.lines().all(whole), "{text}");
}

#[tokio::test]
async fn what_a_handler_logs_names_its_peer() {
    let (log, _logging) = Log::start("info");
    let mut pair = pair(builder(), builder()).await;
    pair.say("hello").await;
    let asking = pair.asking.public_key().node_id();
    pair.stop().await;
    let lines = log.lines(&["something was said"]);
    assert_eq!(lines.len(), 1, "{}", log.text());
    let span = format!("connection{{peer={asking:#} direction=\"inbound\" address=127.0.0.1:");
    assert!(lines[0].contains(&span), "{lines:?}");
}

#[tokio::test]
async fn payloads_are_shown_only_if_asked_for() {
    let (log, _logging) = Log::start("p2p=trace,p2p::payload=off");
    let mut pair = pair(builder(), builder()).await;
    pair.say("secret").await;
    pair.stop().await;
    assert_eq!(
        log.lines(&["p2p::message", "size=8"]).len(),
        4,
        "{}",
        log.text()
    );
    assert!(!log.text().contains("secret"));
}
