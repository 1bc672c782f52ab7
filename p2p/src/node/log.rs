//! What a node's log says of its peers.

use crate::protocol::Direction;
use crate::server::{Event, EventError, Events};

/// Logs what happens until the server is gone.
pub(super) async fn events(mut events: Events) {
    loop {
        match events.recv().await {
            Ok(event) => log(&event),
            Err(EventError::Lagged { lost }) => tracing::warn!("{lost} events were not logged"),
            Err(EventError::Closed) => return,
        }
    }
}

/// One line for each event. Strangers that are refused are logged by the server, for who debugs.
fn log(event: &Event) {
    match event {
        Event::Added { peer, protocols } => {
            let (id, client, direction) = (peer.node_id, &peer.client, peer.direction);
            tracing::info!("{direction} peer {id:#} ({client}), speaks {protocols:?}");
        }
        Event::Dropped { peer, cause } => {
            let (id, client) = (peer.node_id, &peer.client);
            tracing::info!("lost {id:#} ({client}): {cause}");
        }
        Event::Refused {
            node: Some(id),
            direction: Direction::Outbound,
            error,
            ..
        } => tracing::warn!("could not connect to {id:#}: {error}"),
        Event::Refused { .. } | Event::MessageReceived(_) | Event::MessageSent(_) => {}
    }
}
