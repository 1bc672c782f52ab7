//! A message from a peer, with the means to answer it if it is a request.

use std::fmt;

use super::{Code, EncodeError, Kind, Peer, Protocol, RequestId, SendError};

/// A message received from a peer.
#[derive(Debug)]
pub enum Incoming<P: Protocol> {
    /// A notification.
    Notification(P),
    /// A request, with the means to answer it once.
    Request(P, Responder<P>),
}

impl<P: Protocol> Incoming<P> {
    /// Returns only the message. If it is a request, it is never answered.
    pub fn into_message(self) -> P {
        match self {
            Self::Notification(message) | Self::Request(message, _) => message,
        }
    }
}

/// Answers one request, at most once. If it is dropped, the peer gets no answer.
#[must_use = "a request that is not answered times out at the peer"]
pub struct Responder<P: Protocol> {
    peer: Peer<P>,
    id: RequestId,
    /// The request's name, and its reply's code.
    request: &'static str,
    reply: Code,
}

impl<P: Protocol> Responder<P> {
    pub(super) fn new(peer: Peer<P>, id: RequestId, request: &'static str, reply: Code) -> Self {
        Self {
            peer,
            id,
            request,
            reply,
        }
    }

    /// The ID of the request.
    pub fn id(&self) -> RequestId {
        self.id
    }

    /// Sends the reply, waiting for room in the connection's send queue.
    ///
    /// # Errors
    ///
    /// As for [`Peer::send`], and [`EncodeError::NotItsReply`] if `message` is not the message that answers
    /// this request.
    pub async fn reply(self, message: P) -> Result<(), SendError> {
        let info = message.info();
        if info.kind != Kind::Reply || info.code != self.reply {
            let (request, message) = (self.request, info.name);
            return Err(EncodeError::NotItsReply { request, message }.into());
        }
        self.peer.send_with(message, Some(self.id)).await
    }
}

impl<P: Protocol> fmt::Debug for Responder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder")
            .field("request", &self.request)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
