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
    /// Sends a request and waits for the reply.
    ///
    /// At most [`Service::max_in_flight`](super::Service::max_in_flight) requests to a peer wait for replies
    /// at the same time. Further ones first wait for a free slot, and for room in the
    /// send queue. Once the request is queued, the peer has the time set with
    /// [`Request::within`], or else the message's `timeout`, or else
    /// [`Service::request_timeout`](super::Service::request_timeout).
    ///
    /// The reply is matched by ID and code before it is decoded.
    ///
    /// A handler may send requests to its own peer: replies arrive while it waits, as long as whatever else
    /// the peer sends fits in the queue ([`Service::queue_size`](super::Service::queue_size)). Before there
    /// is a handler, in [`Protocol::accepting`], and in [`Protocol::run`] while it is not receiving, nobody
    /// answers the peer: there, don't make requests that both sides may make.
    ///
    /// `?` in a handler drops the peer even if it was only slow. If that is too strict, match on
    /// [`RequestError::Timeout`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with timers, which the timeout needs.
    ///
    /// # Errors
    ///
    /// [`RequestError::Timeout`] if no reply arrived in time, [`RequestError::Closed`] as soon as the
    /// connection has ended, [`RequestError::Encode`] if the request can't be sent, and
    /// [`RequestError::Decode`] if the reply can't be decoded, for which the peer is dropped.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, its slot is freed, and a reply that still arrives is counted and
    /// dropped.
    pub async fn request<R: Request<P>>(&self, request: R) -> Result<R::Reply, RequestError> {
        let call = request.into_call();
        let reply = self.check(&call)?;
        match self.channel().requests.slot().await {
            Ok(slot) => self.ask(call, reply, slot).await,
            Err(Closed) => Err(RequestError::Closed(self.cause())),
        }
    }

    /// Like [`request`](Self::request), if there is a free slot for a request in flight right now.
    /// The returned future holds the slot; it sends the request when it is first polled.
    ///
    /// # Errors
    ///
    /// [`TryRequestError::Full`] with the request if no slot is free, and [`TryRequestError::Closed`]
    /// if the connection has ended. The future fails like [`request`](Self::request).
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

    /// Counts of the requests to this peer.
    pub fn request_counts(&self) -> RequestCounts {
        self.channel().requests.counts()
    }
}
