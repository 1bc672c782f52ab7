#[protocol(name = "foobar", version = 1)]
enum Message {
    /// A line of text.
    Text(String),
}

/// Handles the messages of `Message`, one method a message.
///
/// An error from a method drops the peer.
///
/// Put `#[p2p::async_trait]` on the impl:
///
/// ```text
/// #[p2p::async_trait]
/// impl MessageHandler for MyHandler {
///     async fn text(&self, peer: ..
/// }
/// ```
///
/// Without it the compiler says "lifetime parameters or bounds on method `text` do
/// not match the trait declaration" (E0195).
#[allow(clippy::too_many_arguments, deprecated, unused_qualifications)]
trait MessageHandler: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// A line of text.
    fn text<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        text: String,
    ) -> ::p2p::serve::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Called once, before the first message of a peer.
    fn connected<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
    ) -> ::p2p::serve::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        let _ = peer;
        ::std::boxed::Box::pin(::core::future::ready(::core::result::Result::Ok(())))
    }
    /// Called once, after the last message of a peer that was connected, with the cause.
    fn disconnected<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        cause: &'life2 ::p2p::Cause,
    ) -> ::p2p::serve::BoxFuture<'async_trait, ()>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        let _ = (peer, cause);
        ::std::boxed::Box::pin(::core::future::ready(()))
    }
}
#[allow(deprecated, unused_qualifications)]
const _: () = {
    use ::p2p::__private::{
        PickAlloy as _, PickAlloyList as _, PickNone as _, PickOwn as _, PickRlp as _,
        PickRlpList as _,
    };
    fn __string_codec() -> impl ::p2p::__private::Codec<String> {
        (&&&&&&::p2p::__private::Tag::<String>::NEW).__p2p_codec()
    }
    #[automatically_derived]
    #[allow(dead_code)]
    impl Message {
        /// The version that is announced to peers.
        const VERSION: u64 = 1;
        /// The number of message codes that are set aside: the highest code plus one, or more.
        const LENGTH: u64 = 1;
        /// The number of message codes that a version sets aside; 0 if it is not spoken.
        const fn length(version: u64) -> u64 {
            match version {
                1 => 1,
                _ => 0,
            }
        }
    }
    #[automatically_derived]
    impl ::p2p::Protocol for Message {
        const NAME: &'static str = "foobar";
        const VERSIONS: &'static [::p2p::protocol::Version] = &[
            ::p2p::protocol::Version {
                number: 1,
                length: 1,
            },
        ];
        const MESSAGES: &'static [::p2p::protocol::MessageInfo] = &[
            ::p2p::protocol::MessageInfo::new(::p2p::protocol::Code(0), "Text"),
        ];
        fn info(&self) -> &'static ::p2p::protocol::MessageInfo {
            let row = match self {
                Self::Text(..) => 0,
            };
            &<Self as ::p2p::Protocol>::MESSAGES[row]
        }
        fn largest(info: &::p2p::protocol::MessageInfo) -> usize {
            ::p2p::__private::largest::<Self>(info)
        }
        fn show(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            use ::p2p::__private::{ShowDebug as _, ShowName as _};
            (&::p2p::__private::Shown(self, ::p2p::Protocol::info(self).name))
                .__p2p_show(f)
        }
        fn encode(
            &self,
            _version: u64,
            _: ::core::option::Option<::p2p::protocol::RequestId>,
            out: &mut ::std::vec::Vec<u8>,
        ) -> ::core::result::Result<(), ::p2p::protocol::EncodeError> {
            let mut out = ::p2p::rlp::Writer::new(out);
            let message = match self {
                Self::Text(text) => {
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::__private::Codec::length(&__string_codec(), text),
                    );
                    ::p2p::__private::Codec::encode(&__string_codec(), text, &mut out);
                    "Text"
                }
            };
            out.finish()
                .map_err(|cause| ::p2p::protocol::EncodeError::Field {
                    message,
                    cause,
                })
        }
        fn decode(
            version: u64,
            code: ::p2p::protocol::Code,
            payload: &[u8],
        ) -> ::core::result::Result<Self, ::p2p::protocol::DecodeError> {
            match code.0 {
                0 => {
                    let mut fields = ::p2p::protocol::Fields::open("Text", payload)?;
                    let message = Self::Text(
                        ::p2p::protocol::Fields::read(
                            &mut fields,
                            "0",
                            |reader| ::p2p::__private::Codec::decode(
                                &__string_codec(),
                                reader,
                            ),
                        )?,
                    );
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                _ => {
                    ::core::result::Result::Err(::p2p::protocol::DecodeError::UnknownCode {
                        protocol: "foobar",
                        version,
                        code,
                    })
                }
            }
        }
    }
    #[automatically_derived]
    impl ::p2p::spec::Describe for Message {
        fn describe() -> ::p2p::spec::Description {
            let shapes = &mut ::p2p::rlp::Shapes::new();
            ::p2p::spec::Description::new([
                ::p2p::rlp::shape::Struct::new("Text")
                    .docs("A line of text.")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                            "0",
                            ::p2p::__private::Codec::shape(&__string_codec(), shapes),
                        ),
                    ]),
            ])
        }
    }
    #[automatically_derived]
    impl ::p2p::serve::Dispatch for Message {
        type Handler = dyn MessageHandler;
        fn dispatch<'a>(
            self,
            handler: &'a (dyn MessageHandler + 'static),
            peer: &'a ::p2p::Peer<Self>,
        ) -> ::p2p::serve::Dispatched<'a, Self> {
            match self {
                Self::Text(text) => {
                    ::p2p::serve::Dispatched::Notification(
                        MessageHandler::text(handler, peer, text),
                    )
                }
            }
        }
        fn connected<'a>(
            handler: &'a (dyn MessageHandler + 'static),
            peer: &'a ::p2p::Peer<Self>,
        ) -> ::p2p::serve::BoxFuture<'a, ::p2p::Result> {
            MessageHandler::connected(handler, peer)
        }
        fn disconnected<'a>(
            handler: &'a (dyn MessageHandler + 'static),
            peer: &'a ::p2p::Peer<Self>,
            cause: &'a ::p2p::Cause,
        ) -> ::p2p::serve::BoxFuture<'a, ()> {
            MessageHandler::disconnected(handler, peer, cause)
        }
    }
    #[automatically_derived]
    impl<__Handler: MessageHandler> ::p2p::serve::HandledBy<__Handler> for Message {
        fn shared(handler: __Handler) -> ::std::sync::Arc<dyn MessageHandler> {
            ::std::sync::Arc::new(handler)
        }
    }
};
