//! Protocols and handlers that tests of every layer above share.

mod cancel;
mod ends;
mod errors;
mod serving;
mod turns;
pub(crate) mod versions;
mod waiting;

use std::sync::{Arc, Mutex};

use std::fmt;

use super::dispatch::{Dispatch, Dispatched, HandledBy};
use super::error::{RequestError, SendError, TrySendError, is_closed_error};
use super::ext::ServeExt;
use super::peer::Peer;
use super::pipe::{PipeEnd, pipe, pipe_version};
use super::service::Service;
use crate::connection::cause::Cause;
use crate::connection::handler_error::{HandlerError, Result};
use crate::connection::queue::Closed;
use crate::disconnect::DisconnectReason;
use crate::future::BoxFuture;
use crate::protocol::Protocol;
use crate::protocol::error::{DecodeError, EncodeError};
use crate::protocol::fields::Fields;
use crate::protocol::numbers::{Code, RequestId, Version};
use crate::protocol::show::Escaped;
use crate::protocol::table::MessageInfo;
use crate::rlp::{self, Encode};

#[derive(Debug, PartialEq)]
pub(crate) struct Text(pub(crate) String);

impl Protocol for Text {
    const NAME: &'static str = "foobar";
    const VERSIONS: &'static [Version] = &[Version {
        number: 1,
        length: 1,
    }];
    const MESSAGES: &'static [MessageInfo] = &[MessageInfo::new(Code(0), "Text")];

    fn info(&self) -> &'static MessageInfo {
        &Self::MESSAGES[0]
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }

    fn encode(
        &self,
        _version: u64,
        _: Option<RequestId>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let mut out = rlp::Writer::new(out);
        out.list(self.0.length());
        self.0.encode(&mut out);
        out.finish().map_err(|cause| EncodeError::Field {
            message: "Text",
            cause,
        })
    }

    fn decode(version: u64, code: Code, payload: &[u8]) -> Result<Self, DecodeError> {
        if code != Code(0) {
            return Err(DecodeError::UnknownCode {
                protocol: Self::NAME,
                version,
                code,
            });
        }
        let mut fields = Fields::open("Text", payload)?;
        let text = fields.next("text")?;
        fields.finish()?;
        Ok(Self(text))
    }
}

pub(crate) type Calls = Arc<Mutex<Vec<String>>>;

/// A handler as the derive would call it, which notes what it is called with.
#[derive(Default)]
pub(crate) struct Recorder {
    calls: Calls,
    leaving: Leaving,
}

/// What `disconnected` does beside noting it.
#[derive(Default, Clone)]
pub(crate) enum Leaving {
    #[default]
    Return,
    Panic,
    Hang,
    /// Uses up what a task may do at a time, over and over.
    Spin,
    /// Calls this, which may hold its thread.
    Block(Arc<dyn Fn() + Send + Sync>),
}

impl Dispatch for Text {
    type Handler = Recorder;

    fn dispatch<'a>(self, handler: &'a Recorder, peer: &'a Peer<Self>) -> Dispatched<'a, Self> {
        Dispatched::Notification(Box::pin(async move {
            handler.note(&self.0);
            match &*self.0 {
                "foo" => peer.send(Self("bar".into())).await?,
                "fail" => Err("as you wish")?,
                "useless" => Err(DisconnectReason::UselessPeer)?,
                "panic" => panic!("as you wish"),
                "hang" => std::future::pending().await,
                "linger" => {
                    let _slow = SlowToDrop;
                    std::future::pending::<()>().await;
                }
                // No handler should, but some will.
                "block" => {
                    while !handler.has("release") {
                        std::thread::sleep(std::time::Duration::from_millis(1));
                    }
                    std::future::pending::<()>().await;
                }
                "leave" => peer.disconnect(DisconnectReason::Requested),
                _ => {}
            }
            Ok(())
        }))
    }

    fn connected<'a>(handler: &'a Recorder, _: &'a Peer<Self>) -> BoxFuture<'a, Result> {
        Box::pin(async move {
            handler.note("connected");
            Ok(())
        })
    }

    fn disconnected<'a>(
        handler: &'a Recorder,
        _: &'a Peer<Self>,
        cause: &'a Cause,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            handler.note(&format!("disconnected: {cause}"));
            match &handler.leaving {
                Leaving::Return => {}
                Leaving::Panic => panic!("at the end"),
                Leaving::Hang => std::future::pending().await,
                Leaving::Spin => spin().await,
                Leaving::Block(block) => block(),
            }
        })
    }
}

/// Holds up its task when it is dropped.
struct SlowToDrop;

impl Drop for SlowToDrop {
    fn drop(&mut self) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

impl HandledBy<Recorder> for Text {
    fn shared(handler: Recorder) -> Arc<Recorder> {
        Arc::new(handler)
    }
}

impl Recorder {
    fn has(&self, call: &str) -> bool {
        let calls = self.calls.lock().expect("not poisoned");
        calls.iter().any(|noted| noted == call)
    }

    fn note(&self, call: &str) {
        self.calls.lock().expect("not poisoned").push(call.into());
    }
}

/// Never ends, and leaves its task no more to do whenever it yields.
pub(crate) async fn spin<T>() -> T {
    loop {
        tokio::task::consume_budget().await;
    }
}

pub(crate) fn recorder() -> (Service<Text>, Calls) {
    recorder_leaving(Leaving::Return)
}

pub(crate) fn recorder_leaving(leaving: Leaving) -> (Service<Text>, Calls) {
    let calls = Calls::default();
    let handler = Recorder {
        calls: calls.clone(),
        leaving,
    };
    (Text::handled_by(handler), calls)
}

/// A second protocol, later in the alphabet, with the same message.
#[derive(Debug, PartialEq)]
pub(crate) struct Other(pub(crate) String);

impl Protocol for Other {
    const NAME: &'static str = "other";
    const VERSIONS: &'static [Version] = Text::VERSIONS;
    const MESSAGES: &'static [MessageInfo] = Text::MESSAGES;

    fn info(&self) -> &'static MessageInfo {
        &Self::MESSAGES[0]
    }

    fn encode(
        &self,
        version: u64,
        _: Option<RequestId>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        text(&self.0).encode(version, None, out)
    }

    fn decode(version: u64, code: Code, payload: &[u8]) -> Result<Self, DecodeError> {
        Text::decode(version, code, payload).map(|Text(text)| Self(text))
    }
}

pub(crate) fn text(text: &str) -> Text {
    Text(text.into())
}
