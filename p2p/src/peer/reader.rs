//! The task that reads: it opens every frame that has arrived and hands each message to its protocol.

use std::pin::{Pin, pin};
use std::sync::Arc;

use tokio::io::AsyncRead;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::Timing;
use super::buffer::Buffer;
use super::passing::Passing;
use super::writer::Control;
use crate::protocol::{
    Buckets, Cause, Channel, Closed, Code, Connection, Excess, INLINE, Long, NoRoom, Payload,
};
use crate::session::{Body, Event, Ingress, Keepalive, KeepaliveAction, PingLimit, Step};

/// Reads a connection's messages until it has ended or its protocols are to finish.
pub(crate) struct Reader<R> {
    pub(crate) connection: Arc<Connection>,
    pub(crate) control: Arc<Control>,
    /// The rates of each channel's messages.
    pub(crate) rates: Vec<Buckets>,
    pub(crate) ingress: Ingress,
    pub(crate) stream: R,
    pub(crate) buffer: Buffer,
    pub(crate) timing: Timing,
    pub(crate) passing: Passing,
}

/// What one connection's reading keeps beside the stream.
struct State {
    keepalive: Keepalive,
    pings: PingLimit,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    /// Reads until the connection ends, which `Ok` says that somebody else has brought about.
    pub(crate) async fn run(&mut self) -> Result<(), Cause> {
        let now = Instant::now().into_std();
        let mut state = State {
            keepalive: Keepalive::new(self.timing.ping_interval, self.timing.read_timeout, now),
            pings: PingLimit::new(now),
        };
        let connection = self.connection.clone();
        let mut ended = pin!(connection.ended());
        let mut timer = pin!(sleep_until(Instant::now()));
        loop {
            let drained = self.drain(&mut state).await;
            self.passing.settle(&connection);
            let needed = drained?;
            if connection.is_closing() {
                return Ok(());
            }
            tokio::select! {
                biased;
                _ = &mut ended => return Ok(()),
                // Before reading, which a peer can keep busy.
                () = &mut timer => self.keep_alive(&mut state, timer.as_mut())?,
                read = self.buffer.read(&mut self.stream, needed) => {
                    match read? {
                        0 => return Err(Cause::Closed),
                        bytes => self.passing.bytes(bytes),
                    }
                }
            }
        }
    }

    /// Handles every complete frame and tells how many bytes the next one wants.
    async fn drain(&mut self, state: &mut State) -> Result<usize, Cause> {
        let mut heard = false;
        let needed = loop {
            let step = self.ingress.next(self.buffer.filled());
            let (event, consumed) = match step.map_err(|breach| self.connection.named(breach))? {
                Step::Incomplete { needed } => break needed,
                Step::Event { event, consumed } => (event, consumed),
            };
            heard = true;
            if let Event::Message { shared, code, body } = &event {
                let id = self.connection.channels[*shared].offset + code;
                let plain = || plain(*body);
                self.passing
                    .message(&self.connection, id, body.len(), plain);
            }
            match event {
                // The message is dropped.
                Event::Message { shared, code, .. }
                    if is_excess(&self.connection, &mut self.rates, shared, Code(code))? => {}
                Event::Message { shared, code, body } => {
                    let delivery = Delivery {
                        connection: &self.connection,
                        control: &self.control,
                        timing: &self.timing,
                        channel: shared,
                    };
                    if delivery
                        .deliver(code, body, &mut state.keepalive, &mut self.rates)
                        .await?
                        .is_err()
                    {
                        return Ok(0);
                    }
                }
                Event::Ping => {
                    self.passing.ping();
                    if state.pings.allow(Instant::now().into_std()) {
                        self.control.pong();
                    }
                }
                Event::Disconnect(reason) => return Err(Cause::Remote(reason)),
                Event::Pong => self.passing.pong(),
                Event::Ignored => {}
            }
            self.buffer.consume(consumed);
        };
        if heard {
            state.keepalive.heard(Instant::now().into_std());
        }
        Ok(needed)
    }

    fn keep_alive(&mut self, state: &mut State, timer: Pin<&mut Sleep>) -> Result<(), Cause> {
        let now = Instant::now().into_std();
        loop {
            match state.keepalive.poll(now) {
                KeepaliveAction::Ping => {
                    self.control.ping();
                }
                KeepaliveAction::TimedOut => return Err(Cause::PingTimeout),
                KeepaliveAction::Wait(until) => {
                    timer.reset(until.into());
                    return Ok(());
                }
            }
        }
    }

    /// Reads and throws away until the peer closes.
    pub(crate) async fn discard(&mut self) {
        loop {
            self.buffer.consume(usize::MAX);
            match self.buffer.read(&mut self.stream, 1).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}

/// Whether a message comes too early and is to be dropped; an error if its peer is.
fn is_excess(
    connection: &Connection,
    rates: &mut [Buckets],
    channel: usize,
    code: Code,
) -> Result<bool, Cause> {
    let now = || Instant::now().into_std();
    let Some((row, rate)) = rates
        .get_mut(channel)
        .and_then(|rates| rates.excess(code, now))
    else {
        return Ok(false);
    };
    let channel = &connection.channels[channel];
    let (protocol, message) = (channel.protocol, row.name);
    channel.meter().of(code).limited.increment(1);
    if rate.excess == Excess::Disconnect {
        return Err(Cause::RateExceeded {
            protocol,
            message,
            rate,
        });
    }
    if channel.drop_one() {
        tracing::debug!(
            protocol, name = message, %rate,
            "the peer sends more often than it may; what is too much is dropped"
        );
    }
    Ok(true)
}

/// Where a message goes.
struct Delivery<'a> {
    connection: &'a Connection,
    control: &'a Control,
    timing: &'a Timing,
    channel: usize,
}

impl Delivery<'_> {
    /// Puts a message into its protocol's queue, waiting for room. `Closed` if none is taken any more.
    async fn deliver(
        &self,
        code: u64,
        body: Body<'_>,
        keepalive: &mut Keepalive,
        rates: &mut [Buckets],
    ) -> Result<Result<(), Closed>, Cause> {
        let Channel {
            inbox, requests, ..
        } = &self.connection.channels[self.channel];
        let length = body.len();
        if let Some(message) = requests.reply(Code(code)) {
            // Whoever waits for it has room.
            let payload = Payload::with(length, |space| body.copy_in(space))?;
            requests.resolve(Code(code), message, payload)?;
            return Ok(Ok(()));
        }
        let room = match inbox.try_reserve(length) {
            Ok(room) => room,
            Err(NoRoom::Closed) => return Ok(Err(Closed)),
            Err(NoRoom::Full) => {
                let since = Instant::now().into_std();
                keepalive.pause();
                let room = timeout(self.timing.stall_timeout, inbox.reserve(length)).await;
                let now = Instant::now().into_std();
                keepalive.resume(now);
                for rates in rates {
                    rates.paused(since, now);
                }
                // A slow protocol can keep the timer from being looked at.
                if let KeepaliveAction::Ping = keepalive.poll(now) {
                    self.control.ping();
                }
                match room {
                    Ok(Ok(room)) => room,
                    Ok(Err(Closed)) => return Ok(Err(Closed)),
                    Err(_) => {
                        let protocol = self.connection.channels[self.channel].protocol;
                        return Err(Cause::Stalled { protocol });
                    }
                }
            }
        };
        if length <= INLINE {
            inbox.push_with(room, code, length, |space| body.copy_in(space))?;
        } else {
            let payload = Payload::with(length, |space| body.copy_in(space))?;
            inbox.push_long(room, code, Long::Own(payload, false));
        }
        Ok(Ok(()))
    }
}

/// A payload, decompressed.
fn plain(body: Body<'_>) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    body.copy_to(&mut plain).ok().map(|()| plain)
}
