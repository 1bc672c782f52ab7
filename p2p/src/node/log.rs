//! Logs what becomes of a node's peers.

use crate::connection::info::Direction;
use crate::driver::event::{Event, EventError, Events};
use crate::protocol::show::Escaped;

/// Logs events until the server is gone.
pub(super) async fn events(mut events: Events) {
    loop {
        match events.recv().await {
            Ok(event) => log(&event),
            Err(EventError::Lagged { lost }) => tracing::warn!("{lost} events were not logged"),
            Err(EventError::Closed) => return,
        }
    }
}

/// Logs one line for an event. The server itself logs refused strangers, at `debug`.
fn log(event: &Event) {
    match event {
        Event::Added { peer, protocols } => {
            let id = peer.node_id;
            let client = &peer.client;
            let direction = peer.direction;
            tracing::info!("{direction} peer {id:#} ({client}), speaks {protocols:?}");
        }
        Event::Dropped { peer, cause } => {
            let id = peer.node_id;
            let client = &peer.client;
            tracing::info!("lost {id:#} ({client}): {}", Escaped(cause));
        }
        Event::Refused {
            node: Some(id),
            direction: Direction::Outbound,
            error,
            ..
        } => tracing::warn!("could not connect to {id:#}: {}", Escaped(error)),
        Event::Refused { .. } | Event::MessageReceived(_) | Event::MessageSent(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::connection::cause::Cause;
    use crate::connection::info::PeerInfo;
    use crate::driver::error::ConnectError;
    use crate::identity::NodeKey;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The line that is logged for an event.
    fn logged(event: &Event) -> String {
        let written = Written::default();
        let sink = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || sink.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || log(event));
        let bytes = written.0.lock().expect("no panic").clone();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn text_of_a_peer_stays_on_one_cut_line() {
        let key = NodeKey::random();
        let forged = "no\n2026-01-01 ERROR all is lost\u{1b}[2J";
        let long = format!("{forged}{}", "x".repeat(1 << 20));
        let dropped = Event::Dropped {
            peer: Arc::new(PeerInfo {
                public_key: *key.public_key(),
                node_id: key.public_key().node_id(),
                client: "foobar".into(),
                capabilities: Vec::new(),
                p2p_version: 5,
                direction: Direction::Inbound,
                remote_addr: None,
                local_addr: None,
            }),
            cause: Cause::Handler {
                protocol: "foobar",
                message: None,
                error: Arc::new(long.into()),
            },
        };
        let refused = Event::Refused {
            node: Some(key.public_key().node_id()),
            address: None,
            direction: Direction::Outbound,
            error: ConnectError::Rejected(forged.into()),
        };
        for event in [dropped, refused] {
            let text = logged(&event);
            assert_eq!(text.lines().count(), 1, "{text}");
            assert!(text.contains("ERROR all is lost"), "{text}");
            assert!(text.len() < 2000, "{} bytes", text.len());
        }
    }
}
