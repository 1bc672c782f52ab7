//! What is told of messages as they pass: they are counted, logged, and reported as events.

use std::fmt;
use std::sync::Arc;

use tracing::Level;
use tracing::level_filters::LevelFilter;

use crate::meters::names::{PINGS, WIRE_BYTES};
use crate::meters::{Counter, Tally, counter};
use crate::protocol::Connection;
use crate::server::{Event, Feed, MessageEvent};

/// What all connections of a server tell of what passes.
pub(crate) struct Observer {
    received: Wire,
    sent: Wire,
    /// Where there is an event for each message, if that is wanted.
    feed: Option<Arc<Feed>>,
}

/// What is counted of one direction beside messages.
struct Wire {
    bytes: Counter,
    pings: Counter,
}

impl Observer {
    /// Counts from now on, and tells of messages if that is wanted.
    pub(crate) fn new(feed: Option<Arc<Feed>>) -> Self {
        let wire = |direction: Way| {
            let labels = [("direction", direction.word())];
            Wire {
                bytes: counter(WIRE_BYTES, &labels),
                pings: counter(PINGS, &labels),
            }
        };
        Self {
            received: wire(Way::Received),
            sent: wire(Way::Sent),
            feed,
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}

/// Which way a message goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    Received,
    Sent,
}

impl Way {
    fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sent => "sent",
        }
    }
}

/// The messages of one connection that go one way.
pub(crate) struct Passing {
    observer: Arc<Observer>,
    way: Way,
    tally: Tally,
}

impl Passing {
    pub(crate) fn new(observer: Arc<Observer>, way: Way) -> Self {
        Self {
            observer,
            way,
            tally: Tally::default(),
        }
    }

    fn wire(&self) -> &Wire {
        match self.way {
            Way::Received => &self.observer.received,
            Way::Sent => &self.observer.sent,
        }
    }

    /// A message passes, with its payload's size. `payload` gives it decompressed, if it is asked for.
    #[inline]
    pub(crate) fn message(
        &mut self,
        connection: &Connection,
        id: u64,
        size: usize,
        payload: impl FnOnce() -> Option<Vec<u8>>,
    ) {
        let way = self.way;
        self.tally.add(id, size, |id, messages, bytes| {
            count(connection, way, id, messages, bytes);
        });
        if self.observer.feed.is_some() || LevelFilter::current() >= LevelFilter::TRACE {
            self.tell(connection, id, size, payload);
        }
    }

    /// Counts the messages that have passed. To be called before anything is waited for.
    #[inline]
    pub(crate) fn settle(&mut self, connection: &Connection) {
        let way = self.way;
        self.tally.settle(|id, messages, bytes| {
            count(connection, way, id, messages, bytes);
        });
    }

    /// Counts bytes of the wire.
    #[inline]
    pub(crate) fn bytes(&self, count: usize) {
        self.wire().bytes.increment(count as u64);
    }

    /// A ping of the base protocol passes.
    pub(crate) fn ping(&self) {
        self.wire().pings.increment(1);
        tracing::trace!("ping {}", self.way.word());
    }

    /// A pong of the base protocol passes.
    pub(crate) fn pong(&self) {
        tracing::trace!("pong {}", self.way.word());
    }

    #[cold]
    fn tell(
        &self,
        connection: &Connection,
        id: u64,
        size: usize,
        payload: impl FnOnce() -> Option<Vec<u8>>,
    ) {
        let Some((channel, code)) = connection.channel_of(id) else {
            return;
        };
        let (protocol, message, way) = (channel.protocol, channel.name_of(code), self.way.word());
        let name = message.unwrap_or("unknown");
        if tracing::enabled!(target: "p2p::payload", Level::TRACE) {
            let payload = payload().map(|payload| channel.show(code, &payload));
            let payload = payload.as_deref().unwrap_or("it can't be decompressed");
            tracing::trace!(target: "p2p::payload", protocol, name, %code, size, %payload, "{way}");
        } else {
            tracing::trace!(target: "p2p::message", protocol, name, %code, size, "{way}");
        }
        if let Some(feed) = &self.observer.feed {
            let event = MessageEvent {
                peer: connection.info.clone(),
                protocol,
                message,
                code,
                size,
            };
            feed.send(match self.way {
                Way::Received => Event::MessageReceived(event),
                Way::Sent => Event::MessageSent(event),
            });
        }
    }
}

fn count(connection: &Connection, way: Way, id: u64, messages: u64, bytes: u64) {
    if let Some((channel, code)) = connection.channel_of(id) {
        let series = channel.meter().of(code);
        match way {
            Way::Received => series.received.add(messages, bytes),
            Way::Sent => series.sent.add(messages, bytes),
        }
    }
}
