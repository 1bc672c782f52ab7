//! What a connection does while it has no room for what it reads.

use std::pin::pin;

use tokio::time::{Instant, timeout};

use super::timing::Timing;
use super::writer::Control;
use crate::connection::Connection;
use crate::connection::account::{Charge, Class};
use crate::connection::cause::Cause;
use crate::connection::channel::Channel;
use crate::connection::pressure::room_to_receive;
use crate::connection::queue::{Closed, NoRoom, Room};
use crate::future::{Either, either};
use crate::session::{Keepalive, KeepaliveAction, PingLimit};

/// What one connection's reading keeps beside the stream.
pub(super) struct Liveness {
    pub(super) keepalive: Keepalive,
    pub(super) pings: PingLimit,
}

/// What the reader does while there is no room for what it reads.
#[derive(Clone, Copy)]
pub(super) struct Waiting<'a> {
    pub(super) connection: &'a Connection,
    pub(super) control: &'a Control,
    pub(super) timing: &'a Timing,
}

impl<'a> Waiting<'a> {
    /// Waits for room in the account; `None` if the connection closes meanwhile.
    pub(super) async fn charge(
        self,
        state: &mut Liveness,
        class: Class,
        bytes: usize,
    ) -> Result<Option<Charge>, Cause> {
        let what = class.label();
        let no_memory = || Cause::NoMemory { what };
        let room = self.connection.account.take(class, bytes);
        self.wait(state, room, no_memory).await
    }

    /// Waits for room in a queue that is full. While a method waits for a reply of this peer, that may be room in the
    /// account beyond the queue.
    pub(super) async fn queue(
        self,
        state: &mut Liveness,
        channel: &'a Channel,
        length: usize,
    ) -> Result<Result<(Room<'a>, Option<Charge>), NoRoom>, Cause> {
        let stalled = || {
            // A protocol that can't send because the peer reads nothing is not to blame.
            if self.connection.outbox.is_full() {
                return self.connection.not_read();
            }
            let protocol = channel.protocol();
            Cause::Stalled { protocol }
        };
        let Connection {
            account, pressure, ..
        } = self.connection;
        let room = room_to_receive(&channel.inbox, account, pressure, length);
        let room = self.wait(state, room, stalled).await?;
        Ok(match room {
            Some(Ok(room)) => Ok(room),
            Some(Err(Closed)) | None => Err(NoRoom::Closed),
        })
    }

    /// Waits for room, while the peer is not to blame for its silence; `None` if the connection closes meanwhile.
    async fn wait<T>(
        self,
        state: &mut Liveness,
        room: impl Future<Output = T>,
        too_long: impl FnOnce() -> Cause,
    ) -> Result<Option<T>, Cause> {
        let since = Instant::now().into_std();
        state.keepalive.pause();
        let mut room = pin!(room);
        let mut closing = pin!(self.connection.closing());
        let first = either(room.as_mut(), closing.as_mut());
        self.connection.pressure.set_reader_waits(true);
        let first = timeout(self.timing.stall_timeout, first).await;
        self.connection.pressure.set_reader_waits(false);
        let now = Instant::now().into_std();
        state.keepalive.resume(now);
        for channel in &self.connection.channels {
            channel.add_pause(since, now);
        }
        // A slow protocol can keep the timer from being looked at.
        if let KeepaliveAction::Ping = state.keepalive.poll(now) {
            self.control.ping(&self.connection.outbox);
        }
        match first {
            Ok(Either::First(room)) => Ok(Some(room)),
            Ok(Either::Second(())) => Ok(None),
            Err(_) => Err(too_long()),
        }
    }
}
