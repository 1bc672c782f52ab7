#[protocol(name = "chain", version = 1, length = 16)]
enum Message {
    #[message(max_size = 65536, rate = "10/s", burst = 20, excess = "drop")]
    GetBlocks {
        start: u64,
        #[field(range(1..= 1024), with = Self::is_even)]
        count: u64,
        #[field(range(..2))]
        skip: Option<u64>,
    },
    #[message(code = 0x0f, max_size = MAX_SIZE)]
    Blocks(#[field(max_items = Self::MOST)] Vec<Header<u8>>),
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
///     async fn get_blocks(&self, peer: ..
/// }
/// ```
///
/// Without it the compiler says "lifetime parameters or bounds on method `get_blocks` do
/// not match the trait declaration" (E0195).
#[allow(clippy::too_many_arguments, deprecated, unused_qualifications)]
trait MessageHandler: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Handles `Message::GetBlocks`.
    fn get_blocks<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        start: u64,
        count: u64,
        skip: Option<u64>,
    ) -> ::p2p::serve::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Message::Blocks`.
    fn blocks<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        blocks: Vec<Header<u8>>,
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
    fn __u64_codec() -> impl ::p2p::__private::Codec<u64> {
        (&&&&&&::p2p::__private::Tag::<u64>::NEW).__p2p_codec()
    }
    fn __get_blocks_count_codec() -> impl ::p2p::__private::Codec<u64> {
        ::p2p::__private::Limited {
            ty: "GetBlocks",
            field: "count",
            codec: (&&&&&&::p2p::__private::Tag::<u64>::NEW).__p2p_codec(),
            limits: ::p2p::rlp::Limits::<u64>::new()
                .check(|value| {
                    ::p2p::rlp::in_range(value, 1..=1024)?;
                    ::p2p::rlp::accepted(<Message>::is_even(value))
                }),
        }
    }
    fn __get_blocks_skip_codec() -> impl ::p2p::__private::Codec<Option<u64>> {
        ::p2p::__private::Optional(::p2p::__private::Limited {
            ty: "GetBlocks",
            field: "skip",
            codec: (&&&&&&::p2p::__private::Tag::<u64>::NEW).__p2p_codec(),
            limits: ::p2p::rlp::Limits::<u64>::new()
                .check(|value| ::p2p::rlp::in_range(value, ..2)),
        })
    }
    fn __blocks_0_codec() -> impl ::p2p::__private::Codec<Vec<Header<u8>>> {
        ::p2p::__private::Limited {
            ty: "Blocks",
            field: "0",
            codec: (&&&&&&::p2p::__private::Tag::<Vec<Header<u8>>>::NEW).__p2p_codec(),
            limits: ::p2p::rlp::Limits::<Vec<Header<u8>>>::new()
                .max_items(<Message>::MOST),
        }
    }
    #[automatically_derived]
    #[allow(dead_code)]
    impl Message {
        /// The version that is announced to peers.
        const VERSION: u64 = 1;
        /// The number of message codes that are set aside: the highest code plus one, or more.
        const LENGTH: u64 = 16;
        /// The number of message codes that a version sets aside; 0 if it is not spoken.
        const fn length(version: u64) -> u64 {
            match version {
                1 => 16,
                _ => 0,
            }
        }
    }
    #[automatically_derived]
    impl ::p2p::Protocol for Message {
        const NAME: &'static str = "chain";
        const VERSIONS: &'static [::p2p::protocol::Version] = &[
            ::p2p::protocol::Version {
                number: 1,
                length: 16,
            },
        ];
        const MESSAGES: &'static [::p2p::protocol::MessageInfo] = &[
            ::p2p::protocol::MessageInfo::new(::p2p::protocol::Code(0), "GetBlocks")
                .max_size(65536)
                .rate(
                    ::p2p::protocol::Rate::per_second(10)
                        .burst(20)
                        .excess(::p2p::protocol::OverRate::Drop),
                ),
            ::p2p::protocol::MessageInfo::new(::p2p::protocol::Code(15), "Blocks")
                .max_size({
                    ::core::assert!(
                        MAX_SIZE >= 2,
                        "`Blocks` takes at least 2 bytes, so that none would be accepted"
                    );
                    ::core::assert!(
                        MAX_SIZE <= 16777215,
                        "no `Blocks` has more than 16777215 bytes, for a frame has no room for it"
                    );
                    MAX_SIZE
                }),
        ];
        fn info(&self) -> &'static ::p2p::protocol::MessageInfo {
            let row = match self {
                Self::GetBlocks { .. } => 0,
                Self::Blocks(..) => 1,
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
                Self::GetBlocks { start, count, skip } => {
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::__private::Codec::length(&__u64_codec(), start)
                            .saturating_add(
                                ::p2p::__private::Codec::length(
                                    &__get_blocks_count_codec(),
                                    count,
                                ),
                            )
                            .saturating_add(
                                ::p2p::__private::Codec::length(
                                    &__get_blocks_skip_codec(),
                                    skip,
                                ),
                            ),
                    );
                    ::p2p::__private::Codec::encode(&__u64_codec(), start, &mut out);
                    ::p2p::__private::Codec::encode(
                        &__get_blocks_count_codec(),
                        count,
                        &mut out,
                    );
                    ::p2p::__private::Codec::encode(
                        &__get_blocks_skip_codec(),
                        skip,
                        &mut out,
                    );
                    "GetBlocks"
                }
                Self::Blocks(blocks) => {
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::__private::Codec::length(&__blocks_0_codec(), blocks),
                    );
                    ::p2p::__private::Codec::encode(
                        &__blocks_0_codec(),
                        blocks,
                        &mut out,
                    );
                    "Blocks"
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
                    let mut fields = ::p2p::protocol::Fields::open(
                        "GetBlocks",
                        payload,
                    )?;
                    let message = Self::GetBlocks {
                        start: ::p2p::protocol::Fields::read(
                            &mut fields,
                            "start",
                            |reader| ::p2p::__private::Codec::decode(
                                &__u64_codec(),
                                reader,
                            ),
                        )?,
                        count: ::p2p::protocol::Fields::read(
                            &mut fields,
                            "count",
                            |reader| ::p2p::__private::Codec::decode(
                                &__get_blocks_count_codec(),
                                reader,
                            ),
                        )?,
                        skip: ::p2p::protocol::Fields::read(
                            &mut fields,
                            "skip",
                            |reader| ::p2p::__private::Codec::decode(
                                &__get_blocks_skip_codec(),
                                reader,
                            ),
                        )?,
                    };
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                15 => {
                    let mut fields = ::p2p::protocol::Fields::open("Blocks", payload)?;
                    let message = Self::Blocks(
                        ::p2p::protocol::Fields::read(
                            &mut fields,
                            "0",
                            |reader| ::p2p::__private::Codec::decode(
                                &__blocks_0_codec(),
                                reader,
                            ),
                        )?,
                    );
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                _ => {
                    ::core::result::Result::Err(::p2p::protocol::DecodeError::UnknownCode {
                        protocol: "chain",
                        version,
                        code,
                    })
                }
            }
        }
    }
    const _: &[::p2p::protocol::MessageInfo] = <Message as ::p2p::Protocol>::MESSAGES;
    #[automatically_derived]
    impl ::p2p::spec::Describe for Message {
        fn describe() -> ::p2p::spec::Description {
            let shapes = &mut ::p2p::rlp::Shapes::new();
            ::p2p::spec::Description::new([
                ::p2p::rlp::shape::Struct::new("GetBlocks")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                            "start",
                            ::p2p::__private::Codec::shape(&__u64_codec(), shapes),
                        ),
                        ::p2p::rlp::shape::Field::new(
                                "count",
                                ::p2p::__private::Codec::shape(
                                    &__get_blocks_count_codec(),
                                    shapes,
                                ),
                            )
                            .bounds(
                                ::p2p::rlp::shape::Bounds::NONE
                                    .least(1)
                                    .greatest(1024)
                                    .condition("checked by `is_even`"),
                            ),
                        ::p2p::rlp::shape::Field::new(
                                "skip",
                                ::p2p::__private::Codec::shape(
                                    &__get_blocks_skip_codec(),
                                    shapes,
                                ),
                            )
                            .optional()
                            .bounds(::p2p::rlp::shape::Bounds::NONE.greatest(1)),
                    ]),
                ::p2p::rlp::shape::Struct::new("Blocks")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                                "0",
                                ::p2p::__private::Codec::shape(&__blocks_0_codec(), shapes),
                            )
                            .type_name("Vec<Header<u8>>")
                            .bounds(
                                ::p2p::rlp::shape::Bounds::NONE.max_items(Self::MOST),
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
                Self::GetBlocks { start, count, skip } => {
                    ::p2p::serve::Dispatched::Notification(
                        MessageHandler::get_blocks(handler, peer, start, count, skip),
                    )
                }
                Self::Blocks(blocks) => {
                    ::p2p::serve::Dispatched::Notification(
                        MessageHandler::blocks(handler, peer, blocks),
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

struct Header<T: Clone> {
    #[field(range(Self::LEAST..MAX))]
    number: u64,
    parents: Vec<Self>,
    #[field(max_items = 0x10, with = checks::items::<T>)]
    items: Vec<T>,
    fee: Option<u64>,
    #[field(max_len = 32)]
    name: Option<String>,
}

#[allow(deprecated, unused_qualifications)]
const _: () = {
    use ::p2p::__private::{
        PickAlloy as _, PickAlloyList as _, PickNone as _, PickOwn as _, PickRlp as _,
        PickRlpList as _,
    };
    fn __header_number_codec<T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode>() -> impl ::p2p::__private::Codec<
        u64,
    > {
        {
            const {
                ::core::assert!(
                    < Header < T > > ::LEAST < MAX,
                    "this range is empty, so that no value would be accepted"
                )
            };
            ::p2p::__private::Limited {
                ty: "Header",
                field: "number",
                codec: (&&&&&&::p2p::__private::Tag::<u64>::NEW).__p2p_codec(),
                limits: ::p2p::rlp::Limits::<u64>::new()
                    .check(|value| ::p2p::rlp::in_range(value, <Header<T>>::LEAST..MAX)),
            }
        }
    }
    fn __vec_header_t_codec<T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode>() -> impl ::p2p::__private::Codec<
        Vec<Header<T>>,
    > {
        (&&&&&&::p2p::__private::Tag::<Vec<Header<T>>>::NEW).__p2p_codec()
    }
    fn __header_items_codec<T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode>() -> impl ::p2p::__private::Codec<
        Vec<T>,
    > {
        ::p2p::__private::Limited {
            ty: "Header",
            field: "items",
            codec: (&&&&&&::p2p::__private::Tag::<Vec<T>>::NEW).__p2p_codec(),
            limits: ::p2p::rlp::Limits::<Vec<T>>::new()
                .max_items(16)
                .check(|value| ::p2p::rlp::accepted(checks::items::<T>(value))),
        }
    }
    fn __option_u64_codec<T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode>() -> impl ::p2p::__private::Codec<
        Option<u64>,
    > {
        ::p2p::__private::Optional(
            (&&&&&&::p2p::__private::Tag::<u64>::NEW).__p2p_codec(),
        )
    }
    fn __header_name_codec<T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode>() -> impl ::p2p::__private::Codec<
        Option<String>,
    > {
        ::p2p::__private::Optional(::p2p::__private::Limited {
            ty: "Header",
            field: "name",
            codec: (&&&&&&::p2p::__private::Tag::<String>::NEW).__p2p_codec(),
            limits: ::p2p::rlp::Limits::<String>::new().max_len(32),
        })
    }
    fn __payload_length<T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode>(
        value: &Header<T>,
    ) -> usize {
        ::p2p::__private::Codec::length(&__header_number_codec::<T>(), &value.number)
            .saturating_add(
                ::p2p::__private::Codec::length(
                    &__vec_header_t_codec::<T>(),
                    &value.parents,
                ),
            )
            .saturating_add(
                ::p2p::__private::Codec::length(
                    &__header_items_codec::<T>(),
                    &value.items,
                ),
            )
            .saturating_add(
                ::p2p::__private::Codec::length(&__option_u64_codec::<T>(), &value.fee),
            )
            .saturating_add(
                ::p2p::__private::Codec::length(&__header_name_codec::<T>(), &value.name),
            )
    }
    #[automatically_derived]
    impl<T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode> ::p2p::rlp::Encode
    for Header<T> {
        fn length(&self) -> usize {
            ::p2p::rlp::list_length(__payload_length(self))
        }
        fn encode(&self, out: &mut ::p2p::rlp::Writer<'_>) {
            if ::core::option::Option::is_none(&self.fee)
                && ::core::option::Option::is_some(&self.name)
            {
                ::p2p::rlp::Writer::fail(
                    out,
                    ::p2p::rlp::EncodeError::NoneBeforeSome {
                        ty: "Header",
                        field: "fee",
                    },
                );
            }
            ::p2p::rlp::Writer::list(out, __payload_length(self));
            ::p2p::__private::Codec::encode(
                &__header_number_codec::<T>(),
                &self.number,
                out,
            );
            ::p2p::__private::Codec::encode(
                &__vec_header_t_codec::<T>(),
                &self.parents,
                out,
            );
            ::p2p::__private::Codec::encode(
                &__header_items_codec::<T>(),
                &self.items,
                out,
            );
            ::p2p::__private::Codec::encode(&__option_u64_codec::<T>(), &self.fee, out);
            ::p2p::__private::Codec::encode(
                &__header_name_codec::<T>(),
                &self.name,
                out,
            );
        }
    }
    #[automatically_derived]
    impl<T: Clone + ::p2p::rlp::Encode + ::p2p::rlp::Decode> ::p2p::rlp::Decode
    for Header<T> {
        fn decode(
            reader: &mut ::p2p::rlp::Reader<'_>,
        ) -> ::core::result::Result<Self, ::p2p::rlp::Error> {
            let mut list = ::p2p::rlp::Reader::list(reader)?;
            let value = Self {
                number: ::p2p::__private::Codec::decode(
                        &__header_number_codec::<T>(),
                        &mut list,
                    )
                    .map_err(|error| error.at("Header", "number"))?,
                parents: ::p2p::__private::Codec::decode(
                        &__vec_header_t_codec::<T>(),
                        &mut list,
                    )
                    .map_err(|error| error.at("Header", "parents"))?,
                items: ::p2p::__private::Codec::decode(
                        &__header_items_codec::<T>(),
                        &mut list,
                    )
                    .map_err(|error| error.at("Header", "items"))?,
                fee: ::p2p::__private::Codec::decode(
                        &__option_u64_codec::<T>(),
                        &mut list,
                    )
                    .map_err(|error| error.at("Header", "fee"))?,
                name: ::p2p::__private::Codec::decode(
                        &__header_name_codec::<T>(),
                        &mut list,
                    )
                    .map_err(|error| error.at("Header", "name"))?,
            };
            ::p2p::rlp::Reader::finish(&list)?;
            ::core::result::Result::Ok(value)
        }
        fn shape(shapes: &mut ::p2p::rlp::Shapes) -> ::p2p::rlp::Shape {
            shapes
                .define::<
                    Self,
                    _,
                >(
                    ::p2p::rlp::shape::Struct::new("Header"),
                    |shapes| [
                        ::p2p::rlp::shape::Field::new(
                                "number",
                                ::p2p::__private::Codec::shape(
                                    &__header_number_codec::<T>(),
                                    shapes,
                                ),
                            )
                            .bounds(
                                ::p2p::rlp::shape::Bounds::NONE
                                    .least(::p2p::rlp::Integer::widen(Self::LEAST))
                                    .greatest(::p2p::rlp::Integer::widen(MAX).saturating_sub(1)),
                            ),
                        ::p2p::rlp::shape::Field::new(
                            "parents",
                            ::p2p::__private::Codec::shape(
                                &__vec_header_t_codec::<T>(),
                                shapes,
                            ),
                        ),
                        ::p2p::rlp::shape::Field::new(
                                "items",
                                ::p2p::__private::Codec::shape(
                                    &__header_items_codec::<T>(),
                                    shapes,
                                ),
                            )
                            .bounds(
                                ::p2p::rlp::shape::Bounds::NONE
                                    .max_items(16)
                                    .condition("checked by `checks::items::<T>`"),
                            ),
                        ::p2p::rlp::shape::Field::new(
                                "fee",
                                ::p2p::__private::Codec::shape(
                                    &__option_u64_codec::<T>(),
                                    shapes,
                                ),
                            )
                            .optional(),
                        ::p2p::rlp::shape::Field::new(
                                "name",
                                ::p2p::__private::Codec::shape(
                                    &__header_name_codec::<T>(),
                                    shapes,
                                ),
                            )
                            .optional()
                            .bounds(::p2p::rlp::shape::Bounds::NONE.max_len(32)),
                    ],
                )
        }
    }
};
