//! How a peer is asked, and waited for.

use std::pin::pin;

use tokio::sync::OwnedSemaphorePermit;

use super::encoded::Encoded;
use super::queue::NoRoom;
use super::race::{Either, either};
use super::{
    Call, Cause, Closed, Code, DecodeError, EncodeError, Kind, Peer, Protocol, Request,
    RequestCounts, RequestError, TryRequestError,
};
use crate::timer::{self, sleep};

impl<P: Protocol> Peer<P> {
    /// Asks the peer and waits for its reply.
    ///
    /// As many requests to a peer as [`Service::max_in_flight`](super::Service::max_in_flight) says may
    /// wait for replies at the same time; beyond that it is waited for a place first, and for room in the
    /// send queue. From when the request is queued, the peer has the time that
    /// [`Request::within`] says, or the message's `timeout`, or what
    /// [`Service::request_timeout`](super::Service::request_timeout) says.
    ///
    /// The reply is matched by id and code before it is decoded.
    ///
    /// A handler may ask its own peer: replies come while it waits, as long as what else the peer sends
    /// finds room in the queue ([`Service::queue_size`](super::Service::queue_size)). Before there is a
    /// handler, in [`Protocol::accepting`], and in [`Protocol::run`] while nothing is received, nobody
    /// answers the peer: don't ask there what both sides may ask.
    ///
    /// `?` in a handler drops the peer also if it was only slow; look at
    /// [`RequestError::Timeout`] where that is too hard.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with timers, which the timeout needs.
    ///
    /// # Errors
    ///
    /// [`RequestError::Timeout`] if no reply came in time, [`RequestError::Closed`] as soon as the
    /// connection has ended, [`RequestError::Encode`] if the request can't be sent, and
    /// [`RequestError::Decode`] if the reply can't be decoded, for which the peer is dropped.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, its place is free again, and a reply that comes yet is counted and
    /// dropped.
    pub async fn request<R: Request<P>>(&self, request: R) -> Result<R::Reply, RequestError> {
        let call = request.into_call();
        let reply = self.check(&call)?;
        match self.channel().requests.slot().await {
            Ok(slot) => self.ask(call, reply, slot).await,
            Err(Closed) => Err(RequestError::Closed(self.cause())),
        }
    }

    /// Asks the peer as [`request`](Self::request) does, if a place among the requests in flight is free
    /// now. The future that it returns has the place; it sends the request when it is first polled.
    ///
    /// # Errors
    ///
    /// [`TryRequestError::Full`] with the request if no place is free, and [`TryRequestError::Closed`]
    /// after the connection's end. The future fails as [`request`](Self::request) does.
    pub fn try_request<R: Request<P>>(
        &self,
        request: R,
    ) -> Result<
        impl Future<Output = Result<R::Reply, RequestError>> + Send + use<P, R>,
        TryRequestError<R>,
    > {
        let slot = match self.channel().requests.try_slot() {
            Ok(slot) => slot,
            Err(NoRoom::Full) => return Err(TryRequestError::Full(request)),
            Err(NoRoom::Closed) => return Err(TryRequestError::Closed(self.cause())),
        };
        let (peer, call) = (self.clone(), request.into_call());
        Ok(async move {
            let reply = peer.check(&call)?;
            peer.ask(call, reply, slot).await
        })
    }

    /// Finds out before any waiting whether a request can be sent, and gives its reply's code.
    fn check<R>(&self, call: &Call<P, R>) -> Result<Code, EncodeError> {
        let info = call.message.info();
        let Kind::Request { reply } = info.kind else {
            return Err(EncodeError::NotARequest { message: info.name });
        };
        info.check(self.version())?;
        Ok(reply)
    }

    async fn ask<R>(
        &self,
        call: Call<P, R>,
        reply: Code,
        slot: OwnedSemaphorePermit,
    ) -> Result<R, RequestError> {
        let Call {
            message,
            read,
            timeout,
        } = call;
        let info = message.info();
        let channel = self.channel();
        let closed = |Closed| RequestError::Closed(self.cause());
        let mut pending = channel.requests.begin(reply, slot).map_err(closed)?;
        let encoded = Encoded::new(&message, self, Some(pending.id))?;
        drop(message);
        let outbox = &self.connection().outbox;
        let room = outbox.reserve(encoded.length()).await.map_err(closed)?;
        self.push(room, encoded);
        let after = timeout.or(info.timeout);
        let after = after.unwrap_or(channel.requests.limits.timeout);
        let mut timed = channel.meter().asked(info.code);
        let replied = either(pin!(pending.reply()), pin!(sleep(after))).await;
        let payload = match replied {
            Either::First(reply) => reply.map_err(closed)?,
            Either::Second(()) => {
                channel.meter().timed_out(info.code);
                let message = info.name;
                return Err(RequestError::Timeout { message, after });
            }
        };
        timed.record(timer::now);
        drop(pending);
        let (protocol, version) = (P::NAME, channel.version);
        let decoded = P::decode(version, reply, &payload).and_then(|reply| {
            let code = reply.code();
            read(reply).ok_or(DecodeError::UnknownCode {
                protocol,
                version,
                code,
            })
        });
        decoded.map_err(|error| {
            let cause = Cause::Undecodable {
                protocol,
                error: error.clone(),
            };
            self.connection().end(cause);
            error.into()
        })
    }

    /// How the requests to this peer stand.
    pub fn request_counts(&self) -> RequestCounts {
        self.channel().requests.counts()
    }
}
