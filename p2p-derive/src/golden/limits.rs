#[protocol(name = "chain", versions = 1..= 2)]
enum Message {
    #[message(code = 0, max_size = 65536, rate = "10/s", burst = 20, excess = "drop")]
    GetBlocks {
        start: u64,
        #[field(range(1..= 1024), with = Self::is_even)]
        count: u64,
        #[field(range(..2))]
        skip: Option<u64>,
    },
    #[message(code = 1, since = 2, rate = "1/min", excess = "disconnect")]
    Blocks(#[field(max_items = 1024)] Vec<Block>, #[field(max_len = 32)] Vec<u8>),
    #[message(code = 2, max_size = 1, rate = "4/h")]
    Ping,
    #[message(code = 3, max_size = MAX_SIZE)]
    Named {
        #[field(max_items = Self::MOST)]
        items: Vec<u64>,
        #[field(max_len = consts::LONGEST)]
        text: String,
        #[field(range(Self::LEAST..MAX))]
        count: u64,
    },
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
    ) -> ::p2p::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Message::Blocks`.
    fn blocks<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        field_0: Vec<Block>,
        field_1: Vec<u8>,
    ) -> ::p2p::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Message::Ping`.
    fn ping<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
    ) -> ::p2p::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Message::Named`.
    fn named<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        items: Vec<u64>,
        text: String,
        count: u64,
    ) -> ::p2p::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Called once, before the first message of a peer.
    fn connected<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
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
        peer: &'life1 ::p2p::Peer<Message>,
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
    fn __blocks_0_codec() -> impl ::p2p::__private::Codec<Vec<Block>> {
        ::p2p::__private::Limited {
            ty: "Blocks",
            field: "0",
            codec: (&&&&&&::p2p::__private::Tag::<Vec<Block>>::NEW).__p2p_codec(),
            limits: ::p2p::rlp::Limits::<Vec<Block>>::new().max_items(1024),
        }
    }
    fn __blocks_1_codec() -> impl ::p2p::__private::Codec<Vec<u8>> {
        ::p2p::__private::Limited {
            ty: "Blocks",
            field: "1",
            codec: (&&&&&&::p2p::__private::Tag::<Vec<u8>>::NEW).__p2p_codec(),
            limits: ::p2p::rlp::Limits::<Vec<u8>>::new().max_len(32),
        }
    }
    fn __named_items_codec() -> impl ::p2p::__private::Codec<Vec<u64>> {
        ::p2p::__private::Limited {
            ty: "Named",
            field: "items",
            codec: (&&&&&&::p2p::__private::Tag::<Vec<u64>>::NEW).__p2p_codec(),
            limits: ::p2p::rlp::Limits::<Vec<u64>>::new().max_items(<Message>::MOST),
        }
    }
    fn __named_text_codec() -> impl ::p2p::__private::Codec<String> {
        ::p2p::__private::Limited {
            ty: "Named",
            field: "text",
            codec: (&&&&&&::p2p::__private::Tag::<String>::NEW).__p2p_codec(),
            limits: ::p2p::rlp::Limits::<String>::new().max_len(consts::LONGEST),
        }
    }
    fn __named_count_codec() -> impl ::p2p::__private::Codec<u64> {
        {
            const {
                ::core::assert!(
                    < Message > ::LEAST < MAX,
                    "this range is empty, so that no value would be accepted"
                )
            };
            ::p2p::__private::Limited {
                ty: "Named",
                field: "count",
                codec: (&&&&&&::p2p::__private::Tag::<u64>::NEW).__p2p_codec(),
                limits: ::p2p::rlp::Limits::<u64>::new()
                    .check(|value| ::p2p::rlp::in_range(value, <Message>::LEAST..MAX)),
            }
        }
    }
    #[automatically_derived]
    #[allow(dead_code)]
    impl Message {
        /// The number of message codes that a version sets aside; 0 if it is not spoken.
        const fn length(version: u64) -> u64 {
            match version {
                1 | 2 => 4,
                _ => 0,
            }
        }
    }
    #[automatically_derived]
    impl ::p2p::Protocol for Message {
        const NAME: &'static str = "chain";
        const VERSIONS: &'static [::p2p::Version] = &[
            ::p2p::Version {
                number: 1,
                length: 4,
            },
            ::p2p::Version {
                number: 2,
                length: 4,
            },
        ];
        const MESSAGES: &'static [::p2p::MessageInfo] = &[
            ::p2p::MessageInfo::new(::p2p::Code(0), "GetBlocks")
                .max_size(65536)
                .rate(::p2p::Rate::per_second(10).burst(20).excess(::p2p::OverRate::Drop)),
            ::p2p::MessageInfo::new(::p2p::Code(1), "Blocks")
                .since(2)
                .rate(::p2p::Rate::per_minute(1).excess(::p2p::OverRate::Disconnect)),
            ::p2p::MessageInfo::new(::p2p::Code(2), "Ping")
                .max_size(1)
                .rate(::p2p::Rate::per_hour(4)),
            ::p2p::MessageInfo::new(::p2p::Code(3), "Named")
                .max_size({
                    ::core::assert!(
                        MAX_SIZE >= 4,
                        "`Named` takes at least 4 bytes, so that none would be accepted"
                    );
                    ::core::assert!(
                        MAX_SIZE <= 16777215,
                        "no `Named` has more than 16777215 bytes, for a frame has no room for it"
                    );
                    MAX_SIZE
                }),
        ];
        fn info(&self) -> &'static ::p2p::MessageInfo {
            let row = match self {
                Self::GetBlocks { .. } => 0,
                Self::Blocks(..) => 1,
                Self::Ping => 2,
                Self::Named { .. } => 3,
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
            version: u64,
            _: ::core::option::Option<::p2p::RequestId>,
            out: &mut ::std::vec::Vec<u8>,
        ) -> ::core::result::Result<(), ::p2p::EncodeError> {
            ::p2p::Protocol::info(self).check(version)?;
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
                Self::Blocks(field_0, field_1) => {
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::__private::Codec::length(&__blocks_0_codec(), field_0)
                            .saturating_add(
                                ::p2p::__private::Codec::length(
                                    &__blocks_1_codec(),
                                    field_1,
                                ),
                            ),
                    );
                    ::p2p::__private::Codec::encode(
                        &__blocks_0_codec(),
                        field_0,
                        &mut out,
                    );
                    ::p2p::__private::Codec::encode(
                        &__blocks_1_codec(),
                        field_1,
                        &mut out,
                    );
                    "Blocks"
                }
                Self::Ping => {
                    ::p2p::rlp::Writer::list(&mut out, 0);
                    "Ping"
                }
                Self::Named { items, text, count } => {
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::__private::Codec::length(&__named_items_codec(), items)
                            .saturating_add(
                                ::p2p::__private::Codec::length(&__named_text_codec(), text),
                            )
                            .saturating_add(
                                ::p2p::__private::Codec::length(
                                    &__named_count_codec(),
                                    count,
                                ),
                            ),
                    );
                    ::p2p::__private::Codec::encode(
                        &__named_items_codec(),
                        items,
                        &mut out,
                    );
                    ::p2p::__private::Codec::encode(
                        &__named_text_codec(),
                        text,
                        &mut out,
                    );
                    ::p2p::__private::Codec::encode(
                        &__named_count_codec(),
                        count,
                        &mut out,
                    );
                    "Named"
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
            match (code.0, version) {
                (0, _) => {
                    let mut fields = ::p2p::Fields::open("GetBlocks", payload)?;
                    let message = Self::GetBlocks {
                        start: ::p2p::Fields::read(
                            &mut fields,
                            "start",
                            |reader| ::p2p::__private::Codec::decode(
                                &__u64_codec(),
                                reader,
                            ),
                        )?,
                        count: ::p2p::Fields::read(
                            &mut fields,
                            "count",
                            |reader| ::p2p::__private::Codec::decode(
                                &__get_blocks_count_codec(),
                                reader,
                            ),
                        )?,
                        skip: ::p2p::Fields::read(
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
                (1, 2..) => {
                    let mut fields = ::p2p::Fields::open("Blocks", payload)?;
                    let message = Self::Blocks(
                        ::p2p::Fields::read(
                            &mut fields,
                            "0",
                            |reader| ::p2p::__private::Codec::decode(
                                &__blocks_0_codec(),
                                reader,
                            ),
                        )?,
                        ::p2p::Fields::read(
                            &mut fields,
                            "1",
                            |reader| ::p2p::__private::Codec::decode(
                                &__blocks_1_codec(),
                                reader,
                            ),
                        )?,
                    );
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                (2, _) => {
                    ::p2p::Fields::open("Ping", payload)?.finish()?;
                    ::core::result::Result::Ok(Self::Ping)
                }
                (3, _) => {
                    let mut fields = ::p2p::Fields::open("Named", payload)?;
                    let message = Self::Named {
                        items: ::p2p::Fields::read(
                            &mut fields,
                            "items",
                            |reader| ::p2p::__private::Codec::decode(
                                &__named_items_codec(),
                                reader,
                            ),
                        )?,
                        text: ::p2p::Fields::read(
                            &mut fields,
                            "text",
                            |reader| ::p2p::__private::Codec::decode(
                                &__named_text_codec(),
                                reader,
                            ),
                        )?,
                        count: ::p2p::Fields::read(
                            &mut fields,
                            "count",
                            |reader| ::p2p::__private::Codec::decode(
                                &__named_count_codec(),
                                reader,
                            ),
                        )?,
                    };
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                _ => {
                    ::core::result::Result::Err(::p2p::DecodeError::UnknownCode {
                        protocol: "chain",
                        version,
                        code,
                    })
                }
            }
        }
    }
    const _: &[::p2p::MessageInfo] = <Message as ::p2p::Protocol>::MESSAGES;
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
                            .type_name("Vec<Block>")
                            .bounds(::p2p::rlp::shape::Bounds::NONE.max_items(1024)),
                        ::p2p::rlp::shape::Field::new(
                                "1",
                                ::p2p::__private::Codec::shape(&__blocks_1_codec(), shapes),
                            )
                            .bounds(::p2p::rlp::shape::Bounds::NONE.max_len(32)),
                    ]),
                ::p2p::rlp::shape::Struct::new("Ping"),
                ::p2p::rlp::shape::Struct::new("Named")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                                "items",
                                ::p2p::__private::Codec::shape(
                                    &__named_items_codec(),
                                    shapes,
                                ),
                            )
                            .bounds(
                                ::p2p::rlp::shape::Bounds::NONE.max_items(Self::MOST),
                            ),
                        ::p2p::rlp::shape::Field::new(
                                "text",
                                ::p2p::__private::Codec::shape(
                                    &__named_text_codec(),
                                    shapes,
                                ),
                            )
                            .bounds(
                                ::p2p::rlp::shape::Bounds::NONE.max_len(consts::LONGEST),
                            ),
                        ::p2p::rlp::shape::Field::new(
                                "count",
                                ::p2p::__private::Codec::shape(
                                    &__named_count_codec(),
                                    shapes,
                                ),
                            )
                            .bounds(
                                ::p2p::rlp::shape::Bounds::NONE
                                    .least(::p2p::rlp::Integer::widen(Self::LEAST))
                                    .greatest(::p2p::rlp::Integer::widen(MAX).saturating_sub(1)),
                            ),
                    ]),
            ])
        }
    }
    #[automatically_derived]
    impl ::p2p::Dispatch for Message {
        type Handler = dyn MessageHandler;
        fn dispatch<'a>(
            self,
            handler: &'a (dyn MessageHandler + 'static),
            peer: &'a ::p2p::Peer<Self>,
        ) -> ::p2p::Dispatched<'a, Self> {
            match self {
                Self::GetBlocks { start, count, skip } => {
                    ::p2p::Dispatched::Notification(
                        MessageHandler::get_blocks(handler, peer, start, count, skip),
                    )
                }
                Self::Blocks(field_0, field_1) => {
                    ::p2p::Dispatched::Notification(
                        MessageHandler::blocks(handler, peer, field_0, field_1),
                    )
                }
                Self::Ping => {
                    ::p2p::Dispatched::Notification(MessageHandler::ping(handler, peer))
                }
                Self::Named { items, text, count } => {
                    ::p2p::Dispatched::Notification(
                        MessageHandler::named(handler, peer, items, text, count),
                    )
                }
            }
        }
        fn connected<'a>(
            handler: &'a (dyn MessageHandler + 'static),
            peer: &'a ::p2p::Peer<Self>,
        ) -> ::p2p::BoxFuture<'a, ::p2p::Result> {
            MessageHandler::connected(handler, peer)
        }
        fn disconnected<'a>(
            handler: &'a (dyn MessageHandler + 'static),
            peer: &'a ::p2p::Peer<Self>,
            cause: &'a ::p2p::Cause,
        ) -> ::p2p::BoxFuture<'a, ()> {
            MessageHandler::disconnected(handler, peer, cause)
        }
    }
    #[automatically_derived]
    impl<__Handler: MessageHandler> ::p2p::HandledBy<__Handler> for Message {
        fn shared(handler: __Handler) -> ::std::sync::Arc<dyn MessageHandler> {
            ::std::sync::Arc::new(handler)
        }
    }
};
