//! Serves one channel of a connection: accepts the peer, runs its handler, and calls `disconnected`.

use std::any::Any;
use std::pin::pin;
use std::sync::Arc;

use super::error::is_closed_error;
use super::handling::OnEnd;
use super::service::{AnyService, Started};
use crate::connection::Connection;
use crate::connection::cause::Cause;
use crate::connection::handler_error::HandlerError;
use crate::connection::pressure::Driven;
use crate::future::{Either, catch_panic, either};
use crate::protocol::show::Escaped;

/// Serves one channel until the connection ends. If the protocol returns, the connection ends.
///
/// `accepting` completes when the time for accepting the peer is over, `leaving()` when that for `disconnected` is.
pub(crate) async fn serve<L: Future<Output = ()>>(
    service: &dyn AnyService,
    connection: &Arc<Connection>,
    channel: u16,
    accepting: impl Future<Output = ()>,
    leaving: impl FnOnce() -> L,
) {
    let serving = Serving {
        service,
        connection,
        channel,
    };
    // Boxed here and below, so that the long-lived task reserves no space for its start and its end.
    let Some(started) = Box::pin(serving.accept(accepting)).await else {
        return;
    };
    let Started {
        run,
        on_end,
        listed,
    } = started;
    connection.protocol_accepted();
    // The handler goes first, so that its `connected` is called if its `disconnected` will be.
    let run = Driven::new(connection.pressure.clone(), catch_panic(run));
    let done = either(pin!(run), pin!(connection.ended())).await;
    match done {
        Either::First(Ok(Ok(()))) => {
            let protocol = service.name();
            serving.ended(Cause::ProtocolEnded { protocol });
        }
        Either::First(Ok(Err(error))) => serving.returned(error),
        Either::First(Err(text)) => serving.panicked(text),
        Either::Second(_) => {}
    }
    Box::pin(serving.leave(listed, on_end, leaving)).await;
}

/// A channel that is served.
struct Serving<'a> {
    service: &'a dyn AnyService,
    connection: &'a Arc<Connection>,
    channel: u16,
}

impl Serving<'_> {
    /// Waits until the protocol has accepted the peer; if it does not, the connection has ended.
    async fn accept(&self, accepting: impl Future<Output = ()>) -> Option<Started> {
        let starting = catch_panic(self.service.start(self.connection, self.channel));
        let starting = Driven::new(self.connection.pressure.clone(), starting);
        let ended = pin!(self.connection.ended());
        let accepting = pin!(accepting);
        let stop = pin!(either(ended, accepting));
        let done = either(pin!(starting), stop).await;
        match done {
            Either::First(Ok(Ok(started))) => return Some(started),
            Either::First(Ok(Err(error))) => self.returned(error),
            Either::First(Err(text)) => self.panicked(text),
            Either::Second(Either::First(_)) => {}
            Either::Second(Either::Second(())) => {
                let protocol = self.service.name();
                self.ended(Cause::HandshakeTimeout { protocol });
            }
        }
        None
    }

    /// Waits for the connection's end, and tells the handler.
    async fn leave<L: Future<Output = ()>>(
        &self,
        listed: Box<dyn Any + Send>,
        on_end: Option<OnEnd>,
        leaving: impl FnOnce() -> L,
    ) {
        let cause = self.connection.ended().await.clone();
        drop(listed);
        let Some(on_end) = on_end else { return };
        let protocol = self.service.name();
        let left = either(pin!(catch_panic(on_end(cause))), pin!(leaving())).await;
        match left {
            Either::First(Ok(())) => {}
            Either::First(Err(text)) => {
                tracing::error!(protocol, panic = %Escaped(text), "disconnected() panicked");
            }
            Either::Second(()) => {
                tracing::warn!(protocol, "disconnected() took too long and was dropped");
            }
        }
    }

    fn message(&self) -> Option<&'static str> {
        self.connection.channels[usize::from(self.channel)].handled_message()
    }

    /// Tells the connection why its protocol has ended.
    fn ended(&self, cause: Cause) {
        let Some(cause) = self.connection.protocol_ended(cause) else {
            return;
        };
        match &cause {
            Cause::ProtocolEnded { .. } => {}
            // The handler was waiting, and `?` turned `Closed` into its error.
            Cause::Handler { error, .. } if is_closed_error(error) => {
                tracing::debug!(cause = %Escaped(&cause), "while this node was stopping");
            }
            _ => tracing::warn!(cause = %Escaped(&cause), "while this node was stopping"),
        }
    }

    fn returned(&self, error: HandlerError) {
        self.ended(Cause::Handler {
            protocol: self.service.name(),
            message: self.message(),
            error: Arc::new(error),
        });
    }

    fn panicked(&self, text: Arc<str>) {
        self.ended(Cause::Panicked {
            protocol: self.service.name(),
            message: self.message(),
            text,
        });
    }
}
