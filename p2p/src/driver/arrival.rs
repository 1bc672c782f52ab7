//! A message that has arrived, and how it gets to its protocol: at once if there is room for it.

use tokio::time::Instant;

use super::traffic::{SHOWN, Traffic};
use super::waiting::{Liveness, Waiting};
use crate::breach::Breach;
use crate::connection::Connection;
use crate::connection::account::{Charge, Class};
use crate::connection::batch::{INLINE, Long, Payload, Route};
use crate::connection::cause::Cause;
use crate::connection::channel::Channel;
use crate::connection::messages::Row;
use crate::connection::queue::{NoRoom, Queue, Room};
use crate::future::BoxFuture;
use crate::protocol::numbers::{Code, RequestId};
use crate::protocol::rate::OverRate;
use crate::protocol::table::MessageKind;
use crate::session::Body;

/// A message that has arrived.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) channel: &'a Channel,
    pub(super) route: Route,
    pub(super) body: Body<'a>,
}

/// What has become of a message.
pub(super) enum Received<'a> {
    /// It was handed over, or nobody wants it.
    Done,
    /// It waits for room. `false` if the connection closes meanwhile.
    Late(BoxFuture<'a, Result<bool, Cause>>),
    /// Its protocol takes nothing any more.
    Closed,
}

/// What a message has to wait for.
enum Missing<'a> {
    /// Nothing: it was handed over, or nobody wants it.
    Nothing,
    /// Room for a reply, of this row, that somebody waits for.
    Awaited(&'a Row),
    /// Room in the inbox.
    Inbox,
    /// Room in the account, for a message that is larger than the inbox and has all of that.
    Account(Room<'a>),
    /// For ever: its protocol takes nothing any more.
    All,
}

impl<'a> Arrival<'a> {
    /// A message of the connection's channel at this position.
    #[inline]
    pub(super) fn new(
        connection: &'a Connection,
        shared: usize,
        code: u64,
        body: Body<'a>,
    ) -> Self {
        Self {
            channel: &connection.channels[shared],
            route: Route {
                channel: shared as u16,
                code: Code(code),
            },
            body,
        }
    }

    /// Bytes of its payload, decompressed.
    #[inline]
    pub(super) fn size(&self) -> usize {
        self.body.len()
    }

    /// Checks a message and hands it over.
    ///
    /// If it has to wait, that is boxed here and not where it is awaited: the long-lived task reserves no space for it.
    #[inline]
    pub(super) fn receive(
        self,
        waiting: Waiting<'a>,
        state: &'a mut Liveness,
        traffic: &mut Traffic,
    ) -> Result<Received<'a>, Cause> {
        match self.receive_now(waiting.connection, traffic)? {
            Missing::Nothing => Ok(Received::Done),
            Missing::All => Ok(Received::Closed),
            missing => {
                traffic.settle(waiting.connection);
                let late = self.receive_late(missing, waiting, state);
                Ok(Received::Late(Box::pin(late)))
            }
        }
    }

    /// Checks a message, and hands it over if it has not to wait.
    #[inline]
    fn receive_now(
        self,
        connection: &'a Connection,
        traffic: &mut Traffic,
    ) -> Result<Missing<'a>, Cause> {
        let Self {
            channel,
            route,
            body,
        } = self;
        let length = body.len();
        let row = channel.messages.row(route.code);
        if let Some(row) = row
            && length > row.info.max_size
        {
            return Err(channel.too_large(row, length));
        }
        body.check()?;
        let Some(row) = row else {
            traffic.message(connection, route, length, || None);
            return Err(channel.unknown_code(route.code));
        };
        if is_excess(channel, row)? {
            // The message is dropped.
            traffic.message(connection, route, length, || None);
            return Ok(Missing::Nothing);
        }
        if let MessageKind::Reply = row.info.kind {
            let awaited = is_awaited(channel, row, body)?;
            let shown = || awaited.then(|| plain(body)).flatten();
            traffic.message(connection, route, length, shown);
            if !awaited {
                return Ok(Missing::Nothing);
            }
            let mut charge = None;
            if length > INLINE {
                charge = connection.account.try_take(Class::Awaited, length);
                if charge.is_none() {
                    return Ok(Missing::Awaited(row));
                }
            }
            self.resolve(row, charge)?;
            return Ok(Missing::Nothing);
        }
        traffic.message(connection, route, length, || plain(body));
        let room = match channel.inbox.try_reserve(length, false) {
            Ok(room) => room,
            Err(NoRoom::Full) => return Ok(Missing::Inbox),
            Err(NoRoom::Closed) => return Ok(Missing::All),
        };
        let mut charge = None;
        if channel.inbox.is_exceeded_by(length) {
            charge = connection.account.try_take(Class::Payload, length);
            if charge.is_none() {
                return Ok(Missing::Account(room));
            }
        }
        self.deliver(room, charge)?;
        Ok(Missing::Nothing)
    }

    /// Waits for what is missing, and hands the message over; `false` if the connection closes meanwhile.
    async fn receive_late(
        self,
        missing: Missing<'a>,
        waiting: Waiting<'a>,
        state: &mut Liveness,
    ) -> Result<bool, Cause> {
        let Self { channel, body, .. } = self;
        let length = body.len();
        let (room, mut charge) = match missing {
            Missing::Nothing => return Ok(true),
            Missing::All => return Ok(false),
            Missing::Awaited(row) => {
                let charge = waiting.charge(state, Class::Awaited, length).await?;
                let is_open = charge.is_some();
                if is_open {
                    self.resolve(row, charge)?;
                }
                return Ok(is_open);
            }
            Missing::Inbox => match waiting.queue(state, channel, length).await? {
                Ok(room) => room,
                Err(_) => return Ok(false),
            },
            Missing::Account(room) => (room, None),
        };
        if channel.inbox.is_exceeded_by(length) && charge.is_none() {
            charge = waiting.charge(state, Class::Payload, length).await?;
            if charge.is_none() {
                return Ok(false);
            }
        }
        self.deliver(room, charge)?;
        Ok(true)
    }

    /// Hands a reply to who waits for it.
    fn resolve(self, row: &Row, charge: Option<Charge>) -> Result<(), Cause> {
        let payload = payload(self.body)?.charged(charge);
        self.channel.requests.resolve(row, payload)
    }

    /// Puts a message into its protocol's queue.
    #[inline]
    fn deliver(self, room: Room<'_>, charge: Option<Charge>) -> Result<(), Breach> {
        let inbox: &Queue = &self.channel.inbox;
        let length = self.body.len();
        // Only a payload of its own can hold a charge.
        if length <= INLINE && charge.is_none() {
            return inbox.push_with(room, self.route, length, |space| self.body.copy_in(space));
        }
        let payload = payload(self.body)?.charged(charge);
        inbox.push_long(room, self.route, Long::Owned(payload, false));
        Ok(())
    }
}

/// Whether a message comes too early and is to be dropped; an error if its peer is.
fn is_excess(channel: &Channel, row: &Row) -> Result<bool, Cause> {
    let (Some(rate), Some(bucket)) = (row.info.rate, row.bucket) else {
        return Ok(false);
    };
    if channel.take_token(bucket, Instant::now().into_std()) {
        return Ok(false);
    }
    let protocol = channel.protocol();
    let message = row.info.name;
    row.series.limited.increment(1);
    if rate.excess == OverRate::Disconnect {
        return Err(Cause::RateExceeded {
            protocol,
            message,
            rate,
        });
    }
    if channel.count_dropped() {
        tracing::debug!(
            protocol, name = message, %rate,
            "the peer sends more often than it may; what is too much is dropped"
        );
    }
    Ok(true)
}

/// Whether a reply is worth decompressing: nobody may wait for it, which a short one costs less than to ask.
fn is_awaited(channel: &Channel, row: &Row, body: Body<'_>) -> Result<bool, Cause> {
    if body.len() <= INLINE {
        return Ok(true);
    }
    let mut beginning = [0; RequestId::BEGINNING];
    let length = body.prefix(&mut beginning);
    channel.requests.is_awaited(row, &beginning[..length])
}

fn payload(body: Body<'_>) -> Result<Payload, Breach> {
    Payload::with(body.len(), |space| body.copy_in(space))
}

/// A payload, decompressed, for a log; `None` if it is too long to be shown.
fn plain(body: Body<'_>) -> Option<Vec<u8>> {
    if body.len() > SHOWN {
        return None;
    }
    let mut plain = Vec::new();
    body.copy_to(&mut plain).ok().map(|()| plain)
}
