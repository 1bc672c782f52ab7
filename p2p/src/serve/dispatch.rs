//! How a protocol's messages reach the methods of a handler.

use std::fmt;
use std::sync::Arc;

use super::peer::Peer;
use crate::connection::cause::Cause;
use crate::connection::handler_error::Result;
use crate::future::BoxFuture;
use crate::protocol::Protocol;

/// The future of a handler's method, by the kind of the message.
#[must_use = "a method does nothing until it is polled"]
pub enum Dispatched<'a, P> {
    /// A notification is handled.
    Notification(BoxFuture<'a, Result>),
    /// A request is handled, and answered with the resulting message, if there is one.
    Request(BoxFuture<'a, Result<Option<P>>>),
    /// A reply, which goes to the caller that sent the request and not to a method.
    Reply,
}

impl<P> fmt::Debug for Dispatched<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Notification(_) => "Notification(..)",
            Self::Request(_) => "Request(..)",
            Self::Reply => "Reply",
        })
    }
}

/// A protocol whose messages go to the methods of a handler trait.
///
/// The derive generates the trait, with one method per message, and this dispatch to it.
pub trait Dispatch: Protocol {
    /// The handler's trait object, `dyn MessageHandler` for an enum `Message`.
    type Handler: ?Sized + Send + Sync + 'static;

    /// Calls the method for this message with its fields.
    fn dispatch<'a>(self, handler: &'a Self::Handler, peer: &'a Peer<Self>)
    -> Dispatched<'a, Self>;

    /// Calls the handler's `connected`.
    fn connected<'a>(handler: &'a Self::Handler, peer: &'a Peer<Self>) -> BoxFuture<'a, Result>;

    /// Calls the handler's `disconnected`.
    fn disconnected<'a>(
        handler: &'a Self::Handler,
        peer: &'a Peer<Self>,
        cause: &'a Cause,
    ) -> BoxFuture<'a, ()>;
}

/// A protocol that a value of type `H` can handle.
///
/// The derive implements it for every `H` that implements the generated handler trait.
#[diagnostic::on_unimplemented(
    message = "`{H}` does not handle the messages of `{Self}`",
    label = "not a handler of `{Self}`",
    note = "write `#[async_trait] impl {Self}Handler for {H}` with one async method a message"
)]
pub trait HandledBy<H>: Dispatch {
    /// Turns the handler into a shared trait object.
    fn shared(handler: H) -> Arc<Self::Handler>;
}
