//! Our protocol, written by hand: the same that the other peers speak, and the same answers.

use std::fmt;
use std::marker::PhantomData;

use p2p::protocol::{Code, DecodeError, EncodeError, Fields, MessageInfo, RequestId, Version};
use p2p::rlp::{Encode, Writer};
use p2p::{DisconnectReason, Peer, Protocol, ServeExt, Service};
use tokio::sync::mpsc;

use super::payloads::{MIB, payload};

/// The name and the versions of a protocol whose every message is a list of one string.
pub(crate) trait Kind: Send + Sync + 'static {
    const NAME: &'static str;
    const VERSIONS: &'static [Version];
}

/// The protocol that every peer speaks.
pub(crate) struct Foobar;

impl Kind for Foobar {
    const NAME: &'static str = "foobar";
    const VERSIONS: &'static [Version] = &[version(1, 1)];
}

pub(crate) const fn version(number: u64, length: u64) -> Version {
    Version { number, length }
}

/// A message.
pub(crate) struct Text<K> {
    pub(crate) code: Code,
    pub(crate) text: Vec<u8>,
    kind: PhantomData<fn() -> K>,
}

impl<K> Text<K> {
    pub(crate) fn new(text: impl Into<Vec<u8>>) -> Self {
        Self::with_code(0, text)
    }

    pub(crate) fn with_code(code: u64, text: impl Into<Vec<u8>>) -> Self {
        Self {
            code: Code(code),
            text: text.into(),
            kind: PhantomData,
        }
    }
}

impl<K: Kind> Text<K> {
    /// That this came from this peer.
    pub(crate) fn seen(&self, peer: &Peer<Self>) -> Seen {
        Seen {
            protocol: K::NAME,
            version: peer.version(),
            code: self.code.0,
            text: Some(self.text.clone()),
        }
    }
}

impl<K: Kind> Protocol for Text<K> {
    const NAME: &'static str = K::NAME;
    const VERSIONS: &'static [Version] = K::VERSIONS;
    const MESSAGES: &'static [MessageInfo] =
        &[MessageInfo::new(Code(0), "Text").max_size(p2p::snappy::MAX_PAYLOAD)];

    fn info(&self) -> &'static MessageInfo {
        &Self::MESSAGES[0]
    }

    fn code(&self) -> Code {
        self.code
    }

    fn encode(
        &self,
        _version: u64,
        _: Option<RequestId>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let mut out = Writer::new(out);
        out.list(self.text.length());
        self.text.encode(&mut out);
        out.finish().map_err(|cause| EncodeError::Field {
            message: "Text",
            cause,
        })
    }

    fn decode(_version: u64, code: Code, payload: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::open("Text", payload)?;
        let text: Vec<u8> = fields.next("text")?;
        fields.finish()?;
        Ok(Self::with_code(code.0, text))
    }
}

/// A message or a peer that our node's protocols have seen.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) protocol: &'static str,
    pub(crate) version: u64,
    pub(crate) code: u64,
    /// Its bytes; `None` if it is the peer that came.
    pub(crate) text: Option<Vec<u8>>,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}: ", self.protocol, self.version)?;
        match &self.text {
            Some(text) => {
                let start = text[..text.len().min(32)].escape_ascii();
                write!(f, "{}, {} bytes, \"{start}\"", Code(self.code), text.len())
            }
            None => f.write_str("a peer"),
        }
    }
}

pub(crate) type Sink = mpsc::UnboundedSender<Seen>;

/// Messages of 1 MiB that are sent before leaving.
pub(crate) const LAST: usize = 4;

/// Answers as the other peers do: `foo` with `bar`, `echo:REST` with `REST`, `quit` and `fail` by
/// ending; and `leave` with much data and a Disconnect right behind it.
pub(crate) fn answering<K: Kind>(sink: &Sink) -> Service<Text<K>> {
    let sink = sink.clone();
    Text::run(move |peer, mut inbox| {
        let sink = sink.clone();
        async move {
            // A test that is over looks no more.
            let _ = sink.send(Seen {
                protocol: K::NAME,
                version: peer.version(),
                code: 0,
                text: None,
            });
            while let Ok(message) = inbox.recv().await {
                let _ = sink.send(message.seen(&peer));
                let text = message.text;
                match &text[..] {
                    b"foo" => peer.send(Text::new("bar")).await?,
                    b"quit" => return Ok(()),
                    b"fail" => return Err("told to fail".into()),
                    b"leave" => {
                        for _ in 0..LAST {
                            peer.send(Text::new(payload("random", MIB))).await?;
                        }
                        peer.disconnect(DisconnectReason::TooManyPeers);
                    }
                    text => {
                        if let Some(rest) = text.strip_prefix(b"echo:") {
                            peer.send(Text::new(rest)).await?;
                        }
                    }
                }
            }
            Ok(())
        }
    })
}
