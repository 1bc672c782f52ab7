#[protocol(name = "far too long", vresion = 1)]
enum Message {
    Text(&str),
}

::core::compile_error! {
    "unknown key `vresion`: `#[protocol(..)]` takes `name = \"..\"`, `version = 1`, `versions = 1..=2`, `length = 16`, `max_size = 65536`, `handler = \"..\"`, `crate = \"..\"`; did you mean `version`?"
}
::core::compile_error! {
    "a protocol's name has 1 to 8 bytes, `far too long` has 12 bytes; shorten it"
}
::core::compile_error! {
    "a message owns what it carries; write `String` instead"
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
    /// Handles `Message::Text`.
    fn text<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        text: &str,
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
    #[allow(dead_code)]
    impl Message {
        const VERSION: u64 = 0;
        const LENGTH: u64 = 0;
        const fn length(_: u64) -> u64 {
            0
        }
    }
    impl ::p2p::Protocol for Message {
        const NAME: &'static str = "";
        const VERSIONS: &'static [::p2p::protocol::Version] = &[];
        const MESSAGES: &'static [::p2p::protocol::MessageInfo] = &[];
        fn info(&self) -> &'static ::p2p::protocol::MessageInfo {
            loop {}
        }
        fn encode(
            &self,
            _: u64,
            _: ::core::option::Option<::p2p::protocol::RequestId>,
            _: &mut ::std::vec::Vec<u8>,
        ) -> ::core::result::Result<(), ::p2p::protocol::EncodeError> {
            loop {}
        }
        fn decode(
            _: u64,
            _: ::p2p::protocol::Code,
            _: &[u8],
        ) -> ::core::result::Result<Self, ::p2p::protocol::DecodeError> {
            loop {}
        }
    }
    impl ::p2p::spec::Describe for Message {
        fn describe() -> ::p2p::spec::Description {
            loop {}
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
            let _ = (handler, peer);
            loop {}
        }
        fn connected<'a>(
            handler: &'a (dyn MessageHandler + 'static),
            peer: &'a ::p2p::Peer<Self>,
        ) -> ::p2p::serve::BoxFuture<'a, ::p2p::Result> {
            let _ = (handler, peer);
            loop {}
        }
        fn disconnected<'a>(
            handler: &'a (dyn MessageHandler + 'static),
            peer: &'a ::p2p::Peer<Self>,
            cause: &'a ::p2p::Cause,
        ) -> ::p2p::serve::BoxFuture<'a, ()> {
            let _ = (handler, peer);
            let _ = cause;
            loop {}
        }
    }
    #[automatically_derived]
    impl<__Handler: MessageHandler> ::p2p::serve::HandledBy<__Handler> for Message {
        fn shared(handler: __Handler) -> ::std::sync::Arc<dyn MessageHandler> {
            ::std::sync::Arc::new(handler)
        }
    }
};
