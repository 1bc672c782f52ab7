//! The loop of a handler: notifications one after the other, requests beside them.

use std::collections::VecDeque;
use std::fmt;
use std::future::{pending, poll_fn};
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, Stream};

use super::dispatch::{Dispatch, Dispatched, HandledBy};
use super::error::SendError;
use super::inbox::{Arrived, Deferred, Inbox, Incoming, Responder, is_large};
use super::peer::Peer;
use crate::connection::account::{Charge, Class};
use crate::connection::batch::INLINE;
use crate::connection::cause::Cause;
use crate::connection::channel::Channel;
use crate::connection::handler_error::Result;
use crate::connection::queue::Closed;
use crate::future::{BoxFuture, Either, either};
use crate::lane::InLane;
use crate::meters::Timed;
use crate::protocol::Protocol;
use crate::protocol::numbers::Code;
use crate::timer;

/// A peer that its protocol has accepted, and how its messages will be handled.
#[must_use = "return it, so that the peer is served"]
pub struct Accepted<P: Protocol> {
    pub(super) run: BoxFuture<'static, Result>,
    pub(super) on_end: Option<OnEnd>,
    protocol: PhantomData<fn() -> P>,
}

/// Called with the cause when the connection has ended.
pub(super) type OnEnd = Box<dyn FnOnce(Cause) -> BoxFuture<'static, ()> + Send>;

impl<P: Protocol> Accepted<P> {
    /// Serves the peer with a future; the connection ends when it completes.
    pub fn running(run: BoxFuture<'static, Result>) -> Self {
        Self {
            run,
            on_end: None,
            protocol: PhantomData,
        }
    }
}

impl<P: Protocol> fmt::Debug for Accepted<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted").finish_non_exhaustive()
    }
}

impl<P: Protocol> Inbox<P> {
    /// Passes all further messages to a handler just for this peer.
    ///
    /// This is the last step of a function given to [`ServeExt::accepting`](crate::ServeExt::accepting).
    pub fn handled_by<H>(self, handler: H) -> Accepted<P>
    where
        P: HandledBy<H>,
    {
        self.handled_by_shared(P::shared(handler))
    }

    /// Like [`handled_by`](Self::handled_by), with a handler that is already shared.
    pub fn handled_by_shared(self, handler: Arc<P::Handler>) -> Accepted<P>
    where
        P: Dispatch,
    {
        let peer = self.peer().clone();
        let last = handler.clone();
        Accepted {
            run: Box::pin(handle(self, handler)),
            on_end: Some(Box::new(move |cause| {
                Box::pin(async move { P::disconnected(&last, &peer, &cause).await })
            })),
            protocol: PhantomData,
        }
    }
}

/// Handles all messages of a peer until its inbox ends.
#[expect(
    clippy::manual_async_fn,
    reason = "the future of an async fn would hold the inbox twice"
)]
fn handle<P: Dispatch>(
    mut inbox: Inbox<P>,
    handler: Arc<P::Handler>,
) -> impl Future<Output = Result> + Send {
    async move {
        if inbox.peer().channel().messages.has_requests() {
            return Box::pin(handle_requests(&mut inbox, &handler)).await;
        }
        P::connected(&handler, inbox.peer()).await?;
        while let Ok(message) = inbox.recv().await {
            let code = message.code();
            let peer = inbox.peer();
            if let Dispatched::Notification(handled) = message.dispatch(&handler, peer) {
                let mut timed = peer.channel().messages.time_handling(code);
                let done = turn(handled, inbox.is_large()).await;
                timed.record(timer::now);
                done?;
            }
        }
        Ok(())
    }
}

/// A method, in the runtime's lane if its message is large.
fn turn(method: BoxFuture<'_, Result>, is_large: bool) -> BoxFuture<'_, Result> {
    if is_large {
        Box::pin(InLane::new(method))
    } else {
        method
    }
}

/// As [`handle`], for a peer that may send requests.
async fn handle_requests<P: Dispatch>(inbox: &mut Inbox<P>, handler: &P::Handler) -> Result {
    let peer = inbox.peer().clone();
    let handling = Handling {
        peer: &peer,
        handler,
        turn: None,
        waiting: VecDeque::new(),
        answers: FuturesUnordered::new(),
        limit: peer.channel().requests.limits.concurrent.max(1),
    };
    handling.run(inbox).await
}

/// Handles a peer that may send requests.
///
/// The handling of a request starts when the request arrives, up to a limit, so that two nodes whose handlers
/// ask each other do not wait for each other. One task polls everything: methods run concurrently, but not in
/// parallel.
struct Handling<'a, P: Dispatch> {
    peer: &'a Peer<P>,
    handler: &'a P::Handler,
    /// The notification that is being handled, or `connected`.
    turn: Option<Named<'a>>,
    /// Notifications that arrived in the meantime. They keep their room in the queue, which bounds them.
    waiting: VecDeque<Deferred>,
    /// The requests that are being handled.
    answers: FuturesUnordered<Named<'a>>,
    /// The most requests that are handled at once.
    limit: usize,
}

impl<'a, P: Dispatch> Handling<'a, P> {
    async fn run(mut self, inbox: &mut Inbox<P>) -> Result {
        self.turn = Some(self.named(None, P::connected(self.handler, self.peer), None));
        let mut open = true;
        let mut failed = Ok(());
        loop {
            if self.turn.is_none()
                && let Some(deferred) = self.waiting.pop_front()
            {
                match inbox.deferred(deferred).await {
                    Ok(message) => self.begin(message, inbox.take_charge()),
                    Err(Closed) => return Ok(()),
                }
                // Requests do not wait for the rest of the pile: one message comes in for each that goes.
                if open && !self.is_full() {
                    match inbox.next_request_now() {
                        Ok(Some(arrived)) => self.take(arrived, inbox),
                        Ok(None) => {}
                        Err(Closed) => open = false,
                    }
                }
                continue;
            }
            if !open && self.turn.is_none() && self.answers.is_empty() {
                return failed;
            }
            let busy = self.turn.is_some();
            let full = self.is_full();
            let came = async {
                match (open && !full, busy) {
                    (false, _) => pending().await,
                    (true, true) => inbox.next_request().await,
                    (true, false) => inbox.next_charged().await.map(Arrived::Now),
                }
            };
            let happened = either(pin!(self.progress()), pin!(came)).await;
            match happened {
                // While the server stops, a method that sends a request fails. The other methods go on.
                Either::First(Err(error)) if self.peer.connection.is_closing() => {
                    failed = failed.and(Err(error));
                    self.waiting.clear();
                    open = false;
                }
                Either::First(done) => done?,
                Either::Second(Ok(arrived)) => self.take(arrived, inbox),
                Either::Second(Err(Closed)) => open = false,
            }
        }
    }

    /// Polls the running methods until one of them completes or fails.
    ///
    /// Requests go first, for a notification may be followed by many more that are ready at once. The other way
    /// round nobody waits for long: there are few requests, and no new one comes in before a notification had its turn.
    async fn progress(&mut self) -> Result {
        poll_fn(|cx| {
            if let Poll::Ready(Some(done)) = Pin::new(&mut self.answers).poll_next(cx) {
                return Poll::Ready(done);
            }
            if let Some(turn) = &mut self.turn
                && let Poll::Ready(done) = Pin::new(turn).poll(cx)
            {
                self.turn = None;
                return Poll::Ready(done);
            }
            Poll::Pending
        })
        .await
    }

    /// True if no further request may be handled for now.
    fn is_full(&self) -> bool {
        self.answers.len() >= self.limit
    }

    fn take(&mut self, arrived: Arrived<P>, inbox: &mut Inbox<P>) {
        match arrived {
            Arrived::Now(message) => self.begin(message, inbox.take_charge()),
            Arrived::Deferred(deferred) => self.waiting.push_back(deferred),
        }
    }

    fn begin(&mut self, message: Incoming<P>, charge: Option<Charge>) {
        let (message, responder) = match message {
            Incoming::Notification(message) => (message, None),
            Incoming::Request(message, responder) => (message, Some(responder)),
        };
        let code = Some(message.code());
        match (message.dispatch(self.handler, self.peer), responder) {
            (Dispatched::Notification(handled), None) => {
                self.turn = Some(self.named(code, handled, charge));
            }
            // A hand-written dispatch that disagrees with its table.
            (Dispatched::Notification(handled), Some(_)) => {
                self.answers.push(self.named(code, handled, charge));
            }
            (Dispatched::Request(handled), Some(responder)) => {
                let answer = Box::pin(answer(self.peer, handled, responder));
                self.answers.push(self.named(code, answer, charge));
            }
            (Dispatched::Request(_) | Dispatched::Reply, _) => {}
        }
    }

    fn named(
        &self,
        code: Option<Code>,
        future: BoxFuture<'a, Result>,
        charge: Option<Charge>,
    ) -> Named<'a> {
        let channel = self.peer.channel();
        let timed = code.map(|code| channel.messages.time_handling(code));
        Named {
            channel,
            code,
            future: turn(future, charge.as_ref().is_some_and(is_large)),
            timed: timed.unwrap_or_else(Timed::nothing),
            _charge: charge,
        }
    }
}

/// Handles a request and sends the reply, if there is one.
///
/// The method is called when there is room for the largest reply. Otherwise requests of a few bytes could make this
/// node hold large replies that nobody reads.
async fn answer<P: Dispatch>(
    peer: &Peer<P>,
    handled: BoxFuture<'_, Result<Option<P>>>,
    responder: Responder<P>,
) -> Result {
    let largest = responder.largest_reply();
    let charge = if largest > INLINE {
        let account = &peer.connection.account;
        Some(account.take(Class::Reply, largest).await)
    } else {
        None
    };
    if let Some(reply) = handled.await? {
        match responder.reply_with(reply, charge).await {
            // The connection has ended, which is not the handler's failure.
            Ok(()) | Err(SendError::Closed(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// A running method. While it is polled, the channel knows which message to name if it fails.
struct Named<'a> {
    channel: &'a Channel,
    code: Option<Code>,
    future: BoxFuture<'a, Result>,
    timed: Timed<'a>,
    /// What its message has taken from the peer's account.
    _charge: Option<Charge>,
}

impl Future for Named<'_> {
    type Output = Result;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result> {
        self.channel.set_handling(self.code);
        let done = self.future.as_mut().poll(cx);
        if done.is_ready() {
            self.timed.record(timer::now);
        }
        done
    }
}
