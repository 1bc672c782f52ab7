#[protocol(name = "generic", version = 1)]
pub enum Message<T: Clone, const N: usize>
where
    T: PartialEq,
{
    One(T),
    Many { items: Vec<T>, hash: [u8; N] },
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
///     async fn one(&self, peer: ..
/// }
/// ```
///
/// Without it the compiler says "lifetime parameters or bounds on method `one` do
/// not match the trait declaration" (E0195).
#[allow(clippy::too_many_arguments, deprecated, unused_qualifications)]
pub trait MessageHandler<
    T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode + ::core::marker::Send
        + ::core::marker::Sync + 'static,
    const N: usize,
>: ::core::marker::Send + ::core::marker::Sync + 'static
where
    T: PartialEq,
{
    /// Handles `Message::One`.
    fn one<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message<T, N>>,
        one: T,
    ) -> ::p2p::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Message::Many`.
    fn many<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message<T, N>>,
        items: Vec<T>,
        hash: [u8; N],
    ) -> ::p2p::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Called once, before the first message of a peer.
    fn connected<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message<T, N>>,
    ) -> ::p2p::BoxFuture<'async_trait, ::p2p::Result>
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
        peer: &'life1 ::p2p::Peer<Message<T, N>>,
        cause: &'life2 ::p2p::Cause,
    ) -> ::p2p::BoxFuture<'async_trait, ()>
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
    fn __t_codec<
        T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode + ::core::marker::Send
            + ::core::marker::Sync + 'static,
        const N: usize,
    >() -> impl ::p2p::__private::Codec<T>
    where
        T: PartialEq,
    {
        (&&&&&&::p2p::__private::Tag::<T>::NEW).__p2p_codec()
    }
    fn __vec_t_codec<
        T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode + ::core::marker::Send
            + ::core::marker::Sync + 'static,
        const N: usize,
    >() -> impl ::p2p::__private::Codec<Vec<T>>
    where
        T: PartialEq,
    {
        (&&&&&&::p2p::__private::Tag::<Vec<T>>::NEW).__p2p_codec()
    }
    fn __u8_n_codec<
        T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode + ::core::marker::Send
            + ::core::marker::Sync + 'static,
        const N: usize,
    >() -> impl ::p2p::__private::Codec<[u8; N]>
    where
        T: PartialEq,
    {
        (&&&&&&::p2p::__private::Tag::<[u8; N]>::NEW).__p2p_codec()
    }
    #[automatically_derived]
    #[allow(dead_code)]
    impl<
        T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode + ::core::marker::Send
            + ::core::marker::Sync + 'static,
        const N: usize,
    > Message<T, N>
    where
        T: PartialEq,
    {
        /// The version that is announced to peers.
        pub const VERSION: u64 = 1;
        /// The number of message codes that are set aside: the highest code plus one, or more.
        pub const LENGTH: u64 = 2;
        /// The number of message codes that a version sets aside; 0 if it is not spoken.
        pub const fn length(version: u64) -> u64 {
            match version {
                1 => 2,
                _ => 0,
            }
        }
    }
    #[automatically_derived]
    impl<
        T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode + ::core::marker::Send
            + ::core::marker::Sync + 'static,
        const N: usize,
    > ::p2p::Protocol for Message<T, N>
    where
        T: PartialEq,
    {
        const NAME: &'static str = "generic";
        const VERSIONS: &'static [::p2p::Version] = &[
            ::p2p::Version {
                number: 1,
                length: 2,
            },
        ];
        const MESSAGES: &'static [::p2p::MessageInfo] = &[
            ::p2p::MessageInfo::new(::p2p::Code(0), "One"),
            ::p2p::MessageInfo::new(::p2p::Code(1), "Many"),
        ];
        fn info(&self) -> &'static ::p2p::MessageInfo {
            let row = match self {
                Self::One(..) => 0,
                Self::Many { .. } => 1,
            };
            &<Self as ::p2p::Protocol>::MESSAGES[row]
        }
        fn show(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            use ::p2p::__private::{ShowDebug as _, ShowName as _};
            (&::p2p::__private::Shown(self, ::p2p::Protocol::info(self).name))
                .__p2p_show(f)
        }
        fn encode(
            &self,
            _version: u64,
            _: ::core::option::Option<::p2p::RequestId>,
            out: &mut ::std::vec::Vec<u8>,
        ) -> ::core::result::Result<(), ::p2p::EncodeError> {
            let mut out = ::p2p::rlp::Writer::new(out);
            let message = match self {
                Self::One(one) => {
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::__private::Codec::length(&__t_codec::<T, N>(), one),
                    );
                    ::p2p::__private::Codec::encode(&__t_codec::<T, N>(), one, &mut out);
                    "One"
                }
                Self::Many { items, hash } => {
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::__private::Codec::length(&__vec_t_codec::<T, N>(), items)
                            .saturating_add(
                                ::p2p::__private::Codec::length(
                                    &__u8_n_codec::<T, N>(),
                                    hash,
                                ),
                            ),
                    );
                    ::p2p::__private::Codec::encode(
                        &__vec_t_codec::<T, N>(),
                        items,
                        &mut out,
                    );
                    ::p2p::__private::Codec::encode(
                        &__u8_n_codec::<T, N>(),
                        hash,
                        &mut out,
                    );
                    "Many"
                }
            };
            out.finish()
                .map_err(|cause| ::p2p::EncodeError::Field {
                    message,
                    cause,
                })
        }
        fn decode(
            version: u64,
            code: ::p2p::Code,
            payload: &[u8],
        ) -> ::core::result::Result<Self, ::p2p::DecodeError> {
            match code.0 {
                0 => {
                    let mut fields = ::p2p::Fields::open("One", payload)?;
                    let message = Self::One(
                        ::p2p::Fields::read(
                            &mut fields,
                            "0",
                            |reader| ::p2p::__private::Codec::decode(
                                &__t_codec::<T, N>(),
                                reader,
                            ),
                        )?,
                    );
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                1 => {
                    let mut fields = ::p2p::Fields::open("Many", payload)?;
                    let message = Self::Many {
                        items: ::p2p::Fields::read(
                            &mut fields,
                            "items",
                            |reader| ::p2p::__private::Codec::decode(
                                &__vec_t_codec::<T, N>(),
                                reader,
                            ),
                        )?,
                        hash: ::p2p::Fields::read(
                            &mut fields,
                            "hash",
                            |reader| ::p2p::__private::Codec::decode(
                                &__u8_n_codec::<T, N>(),
                                reader,
                            ),
                        )?,
                    };
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                _ => {
                    ::core::result::Result::Err(::p2p::DecodeError::UnknownCode {
                        protocol: "generic",
                        version,
                        code,
                    })
                }
            }
        }
    }
    #[automatically_derived]
    impl<
        T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode + ::core::marker::Send
            + ::core::marker::Sync + 'static,
        const N: usize,
    > ::p2p::spec::Describe for Message<T, N>
    where
        T: PartialEq,
    {
        fn describe() -> ::p2p::spec::Description {
            let shapes = &mut ::p2p::rlp::Shapes::new();
            ::p2p::spec::Description::new([
                ::p2p::rlp::shape::Struct::new("One")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                            "0",
                            ::p2p::__private::Codec::shape(&__t_codec::<T, N>(), shapes),
                        ),
                    ]),
                ::p2p::rlp::shape::Struct::new("Many")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                            "items",
                            ::p2p::__private::Codec::shape(
                                &__vec_t_codec::<T, N>(),
                                shapes,
                            ),
                        ),
                        ::p2p::rlp::shape::Field::new(
                            "hash",
                            ::p2p::__private::Codec::shape(
                                &__u8_n_codec::<T, N>(),
                                shapes,
                            ),
                        ),
                    ]),
            ])
        }
    }
    #[automatically_derived]
    impl<
        T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode + ::core::marker::Send
            + ::core::marker::Sync + 'static,
        const N: usize,
    > ::p2p::Dispatch for Message<T, N>
    where
        T: PartialEq,
    {
        type Handler = dyn MessageHandler<T, N>;
        fn dispatch<'a>(
            self,
            handler: &'a (dyn MessageHandler<T, N> + 'static),
            peer: &'a ::p2p::Peer<Self>,
        ) -> ::p2p::Dispatched<'a, Self> {
            match self {
                Self::One(one) => {
                    ::p2p::Dispatched::Notification(
                        MessageHandler::one(handler, peer, one),
                    )
                }
                Self::Many { items, hash } => {
                    ::p2p::Dispatched::Notification(
                        MessageHandler::many(handler, peer, items, hash),
                    )
                }
            }
        }
        fn connected<'a>(
            handler: &'a (dyn MessageHandler<T, N> + 'static),
            peer: &'a ::p2p::Peer<Self>,
        ) -> ::p2p::BoxFuture<'a, ::p2p::Result> {
            MessageHandler::connected(handler, peer)
        }
        fn disconnected<'a>(
            handler: &'a (dyn MessageHandler<T, N> + 'static),
            peer: &'a ::p2p::Peer<Self>,
            cause: &'a ::p2p::Cause,
        ) -> ::p2p::BoxFuture<'a, ()> {
            MessageHandler::disconnected(handler, peer, cause)
        }
    }
    #[automatically_derived]
    impl<
        T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode + ::core::marker::Send
            + ::core::marker::Sync + 'static,
        const N: usize,
        __Handler: MessageHandler<T, N>,
    > ::p2p::HandledBy<__Handler> for Message<T, N>
    where
        T: PartialEq,
    {
        fn shared(handler: __Handler) -> ::std::sync::Arc<dyn MessageHandler<T, N>> {
            ::std::sync::Arc::new(handler)
        }
    }
};
