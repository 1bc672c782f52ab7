//! Counts, logs and reports each message in either direction.

use std::fmt;
use std::sync::Arc;

use tracing::Level;
use tracing::level_filters::LevelFilter;

use super::event::{Event, Feed, MessageEvent};
use crate::connection::Connection;
use crate::connection::batch::Route;
use crate::meters::names::{PINGS, WIRE_BYTES};
use crate::meters::{Counter, counter};
use crate::protocol::numbers::Code;

/// What all connections of a server share to observe their traffic.
pub(crate) struct Observer {
    received: Wire,
    sent: Wire,
    /// Where message events go, if the program wants them.
    feed: Option<Arc<Feed>>,
}

/// The metrics of one direction, beside those of messages.
struct Wire {
    bytes: Counter,
    pings: Counter,
}

impl Observer {
    /// Counts in the recorder that is installed now, and sends message events to `feed`.
    pub(crate) fn new(feed: Option<Arc<Feed>>) -> Self {
        let wire = |flow: Flow| {
            let labels = [("direction", flow.label())];
            Wire {
                bytes: counter(WIRE_BYTES, &labels),
                pings: counter(PINGS, &labels),
            }
        };
        Self {
            received: wire(Flow::Received),
            sent: wire(Flow::Sent),
            feed,
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}

/// The direction of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Flow {
    Received,
    Sent,
}

impl Flow {
    fn label(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sent => "sent",
        }
    }
}

/// The traffic of one connection in one direction.
pub(crate) struct Traffic {
    observer: Arc<Observer>,
    flow: Flow,
    tally: Tally,
}

/// Equal messages in a row, which are counted together.
#[derive(Debug)]
struct Tally {
    route: Route,
    messages: u64,
    bytes: u64,
}

/// The longest payload that is decompressed and decoded for a log.
pub(crate) const SHOWN: usize = 64 * 1024;

impl Traffic {
    pub(crate) fn new(observer: Arc<Observer>, flow: Flow) -> Self {
        let route = Route {
            channel: 0,
            code: Code(0),
        };
        Self {
            observer,
            flow,
            tally: Tally {
                route,
                messages: 0,
                bytes: 0,
            },
        }
    }

    fn wire(&self) -> &Wire {
        match self.flow {
            Flow::Received => &self.observer.received,
            Flow::Sent => &self.observer.sent,
        }
    }

    /// Notes a message with a payload of `size` bytes. `payload` decompresses it for a log that shows it.
    #[inline]
    pub(crate) fn message(
        &mut self,
        connection: &Connection,
        route: Route,
        size: usize,
        payload: impl FnOnce() -> Option<Vec<u8>>,
    ) {
        if route != self.tally.route {
            self.settle(connection);
            self.tally.route = route;
        }
        self.tally.messages += 1;
        self.tally.bytes += size as u64;
        if self.observer.feed.is_some() || LevelFilter::current() >= LevelFilter::TRACE {
            self.report(connection, route, size, payload);
        }
    }

    /// Adds the tally to the metrics. Call it before every `.await` that may wait.
    #[inline]
    pub(crate) fn settle(&mut self, connection: &Connection) {
        let Tally {
            route,
            messages,
            bytes,
        } = self.tally;
        if messages == 0 {
            return;
        }
        let channel = &connection.channels[usize::from(route.channel)];
        let series = channel.messages.series(route.code);
        let volume = match self.flow {
            Flow::Received => &series.received,
            Flow::Sent => &series.sent,
        };
        volume.messages.increment(messages);
        volume.bytes.increment(bytes);
        self.tally.messages = 0;
        self.tally.bytes = 0;
    }

    /// Counts bytes on the wire.
    #[inline]
    pub(crate) fn bytes(&self, count: usize) {
        self.wire().bytes.increment(count as u64);
    }

    /// Notes a Ping of the base protocol.
    pub(crate) fn ping(&self) {
        self.wire().pings.increment(1);
        tracing::trace!(target: "p2p::peer", "ping {}", self.flow.label());
    }

    /// Notes a Pong of the base protocol.
    pub(crate) fn pong(&self) {
        tracing::trace!(target: "p2p::peer", "pong {}", self.flow.label());
    }

    /// Logs a message, and sends an event.
    #[cold]
    fn report(
        &self,
        connection: &Connection,
        route: Route,
        size: usize,
        payload: impl FnOnce() -> Option<Vec<u8>>,
    ) {
        let messages = &connection.channels[usize::from(route.channel)].messages;
        let code = route.code;
        let protocol = messages.protocol;
        let message = messages.name_of(code);
        let flow = self.flow.label();
        let name = message.unwrap_or("unknown");
        if tracing::enabled!(target: "p2p::payload", Level::TRACE) {
            let payload = payload().map(|payload| messages.show(code, &payload));
            let payload = payload.as_deref().unwrap_or("not shown");
            tracing::trace!(target: "p2p::payload", protocol, name, %code, size, %payload, "{flow}");
        } else {
            tracing::trace!(target: "p2p::message", protocol, name, %code, size, "{flow}");
        }
        if let Some(feed) = &self.observer.feed {
            let event = MessageEvent {
                peer: connection.info.clone(),
                protocol,
                message,
                code,
                size,
            };
            feed.send(match self.flow {
                Flow::Received => Event::MessageReceived(event),
                Flow::Sent => Event::MessageSent(event),
            });
        }
    }
}
