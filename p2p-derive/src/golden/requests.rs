#[protocol(name = "blocks", versions = 1..= 2)]
pub enum Message {
    #[message(code = 0)]
    Announce(u64),
    /// Asks for [`Self::Blocks`].
    #[message(code = 1, reply = Blocks, timeout = "1500ms")]
    GetBlocks(Range),
    #[message(code = 2)]
    Blocks(Vec<Block>),
    #[message(code = 3, since = 2, reply = Tip)]
    GetTip,
    #[message(code = 4, since = 2)]
    Tip { number: u64, hash: [u8; 32] },
    #[message(code = 5, reply = Done)]
    Stop { id: u64, request_id: u8 },
    #[message(code = 6)]
    Done,
}

/// Handles the messages of `Message`, one method a message.
///
/// An error from a method drops the peer. A request's method returns what answers it, or
/// `None` to say nothing.
///
/// Put `#[p2p::async_trait]` on the impl:
///
/// ```text
/// #[p2p::async_trait]
/// impl MessageHandler for MyHandler {
///     async fn announce(&self, peer: ..
/// }
/// ```
///
/// Without it the compiler says "lifetime parameters or bounds on method `announce` do
/// not match the trait declaration" (E0195).
#[allow(clippy::too_many_arguments, deprecated, unused_qualifications)]
pub trait MessageHandler: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Handles `Message::Announce`.
    fn announce<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        announce: u64,
    ) -> ::p2p::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Asks for [`Message::Blocks`].
    fn get_blocks<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        get_blocks: Range,
    ) -> ::p2p::BoxFuture<
        'async_trait,
        ::p2p::Result<::core::option::Option<Vec<Block>>>,
    >
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Message::GetTip`.
    fn get_tip<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
    ) -> ::p2p::BoxFuture<
        'async_trait,
        ::p2p::Result<::core::option::Option<(u64, [u8; 32])>>,
    >
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Message::Stop`.
    fn stop<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        id: u64,
        request_id: u8,
    ) -> ::p2p::BoxFuture<'async_trait, ::p2p::Result<::core::option::Option<()>>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Called once, before the first notification of a peer. Its requests are answered meanwhile.
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
    fn __range_codec() -> impl ::p2p::__private::Codec<Range> {
        (&&&&&&::p2p::__private::Tag::<Range>::NEW).__p2p_codec()
    }
    fn __vec_block_codec() -> impl ::p2p::__private::Codec<Vec<Block>> {
        (&&&&&&::p2p::__private::Tag::<Vec<Block>>::NEW).__p2p_codec()
    }
    fn __u8_32_codec() -> impl ::p2p::__private::Codec<[u8; 32]> {
        (&&&&&&::p2p::__private::Tag::<[u8; 32]>::NEW).__p2p_codec()
    }
    fn __u8_codec() -> impl ::p2p::__private::Codec<u8> {
        (&&&&&&::p2p::__private::Tag::<u8>::NEW).__p2p_codec()
    }
    #[automatically_derived]
    #[allow(dead_code)]
    impl Message {
        /// The number of message codes that a version sets aside; 0 if it is not spoken.
        pub const fn length(version: u64) -> u64 {
            match version {
                1 | 2 => 7,
                _ => 0,
            }
        }
    }
    #[automatically_derived]
    impl ::p2p::Protocol for Message {
        const NAME: &'static str = "blocks";
        const VERSIONS: &'static [::p2p::Version] = &[
            ::p2p::Version {
                number: 1,
                length: 7,
            },
            ::p2p::Version {
                number: 2,
                length: 7,
            },
        ];
        const MESSAGES: &'static [::p2p::MessageInfo] = &[
            ::p2p::MessageInfo::new(::p2p::Code(0), "Announce"),
            ::p2p::MessageInfo::new(::p2p::Code(1), "GetBlocks")
                .request(::p2p::Code(2))
                .timeout(::core::time::Duration::from_millis(1500)),
            ::p2p::MessageInfo::new(::p2p::Code(2), "Blocks").reply(),
            ::p2p::MessageInfo::new(::p2p::Code(3), "GetTip")
                .since(2)
                .request(::p2p::Code(4)),
            ::p2p::MessageInfo::new(::p2p::Code(4), "Tip").since(2).reply(),
            ::p2p::MessageInfo::new(::p2p::Code(5), "Stop").request(::p2p::Code(6)),
            ::p2p::MessageInfo::new(::p2p::Code(6), "Done").reply(),
        ];
        fn info(&self) -> &'static ::p2p::MessageInfo {
            let row = match self {
                Self::Announce(..) => 0,
                Self::GetBlocks(..) => 1,
                Self::Blocks(..) => 2,
                Self::GetTip => 3,
                Self::Tip { .. } => 4,
                Self::Stop { .. } => 5,
                Self::Done => 6,
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
            request_id: ::core::option::Option<::p2p::RequestId>,
            out: &mut ::std::vec::Vec<u8>,
        ) -> ::core::result::Result<(), ::p2p::EncodeError> {
            ::p2p::Protocol::info(self).check(version)?;
            let mut out = ::p2p::rlp::Writer::new(out);
            let message = match self {
                Self::Announce(announce) => {
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::__private::Codec::length(&__u64_codec(), announce),
                    );
                    ::p2p::__private::Codec::encode(&__u64_codec(), announce, &mut out);
                    "Announce"
                }
                Self::GetBlocks(get_blocks) => {
                    let request_id = ::p2p::Protocol::info(self).id(request_id)?;
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::rlp::Encode::length(&request_id)
                            .saturating_add(
                                ::p2p::__private::Codec::length(
                                    &__range_codec(),
                                    get_blocks,
                                ),
                            ),
                    );
                    ::p2p::rlp::Encode::encode(&request_id, &mut out);
                    ::p2p::__private::Codec::encode(
                        &__range_codec(),
                        get_blocks,
                        &mut out,
                    );
                    "GetBlocks"
                }
                Self::Blocks(blocks) => {
                    let request_id = ::p2p::Protocol::info(self).id(request_id)?;
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::rlp::Encode::length(&request_id)
                            .saturating_add(
                                ::p2p::__private::Codec::length(
                                    &__vec_block_codec(),
                                    blocks,
                                ),
                            ),
                    );
                    ::p2p::rlp::Encode::encode(&request_id, &mut out);
                    ::p2p::__private::Codec::encode(
                        &__vec_block_codec(),
                        blocks,
                        &mut out,
                    );
                    "Blocks"
                }
                Self::GetTip => {
                    let request_id = ::p2p::Protocol::info(self).id(request_id)?;
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::rlp::Encode::length(&request_id),
                    );
                    ::p2p::rlp::Encode::encode(&request_id, &mut out);
                    "GetTip"
                }
                Self::Tip { number, hash } => {
                    let request_id = ::p2p::Protocol::info(self).id(request_id)?;
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::rlp::Encode::length(&request_id)
                            .saturating_add(
                                ::p2p::__private::Codec::length(&__u64_codec(), number)
                                    .saturating_add(
                                        ::p2p::__private::Codec::length(&__u8_32_codec(), hash),
                                    ),
                            ),
                    );
                    ::p2p::rlp::Encode::encode(&request_id, &mut out);
                    ::p2p::__private::Codec::encode(&__u64_codec(), number, &mut out);
                    ::p2p::__private::Codec::encode(&__u8_32_codec(), hash, &mut out);
                    "Tip"
                }
                Self::Stop { id, request_id: request_id_ } => {
                    let request_id = ::p2p::Protocol::info(self).id(request_id)?;
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::rlp::Encode::length(&request_id)
                            .saturating_add(
                                ::p2p::__private::Codec::length(&__u64_codec(), id)
                                    .saturating_add(
                                        ::p2p::__private::Codec::length(&__u8_codec(), request_id_),
                                    ),
                            ),
                    );
                    ::p2p::rlp::Encode::encode(&request_id, &mut out);
                    ::p2p::__private::Codec::encode(&__u64_codec(), id, &mut out);
                    ::p2p::__private::Codec::encode(
                        &__u8_codec(),
                        request_id_,
                        &mut out,
                    );
                    "Stop"
                }
                Self::Done => {
                    let request_id = ::p2p::Protocol::info(self).id(request_id)?;
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::rlp::Encode::length(&request_id),
                    );
                    ::p2p::rlp::Encode::encode(&request_id, &mut out);
                    "Done"
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
                    let mut fields = ::p2p::Fields::open("Announce", payload)?;
                    let message = Self::Announce(
                        ::p2p::Fields::read(
                            &mut fields,
                            "0",
                            |reader| ::p2p::__private::Codec::decode(
                                &__u64_codec(),
                                reader,
                            ),
                        )?,
                    );
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                (1, _) => {
                    let mut fields = ::p2p::Fields::open("GetBlocks", payload)?;
                    ::p2p::Fields::id(&mut fields)?;
                    let message = Self::GetBlocks(
                        ::p2p::Fields::read(
                            &mut fields,
                            "0",
                            |reader| ::p2p::__private::Codec::decode(
                                &__range_codec(),
                                reader,
                            ),
                        )?,
                    );
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                (2, _) => {
                    let mut fields = ::p2p::Fields::open("Blocks", payload)?;
                    ::p2p::Fields::id(&mut fields)?;
                    let message = Self::Blocks(
                        ::p2p::Fields::read(
                            &mut fields,
                            "0",
                            |reader| ::p2p::__private::Codec::decode(
                                &__vec_block_codec(),
                                reader,
                            ),
                        )?,
                    );
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                (3, 2..) => {
                    let mut fields = ::p2p::Fields::open("GetTip", payload)?;
                    ::p2p::Fields::id(&mut fields)?;
                    let message = Self::GetTip;
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                (4, 2..) => {
                    let mut fields = ::p2p::Fields::open("Tip", payload)?;
                    ::p2p::Fields::id(&mut fields)?;
                    let message = Self::Tip {
                        number: ::p2p::Fields::read(
                            &mut fields,
                            "number",
                            |reader| ::p2p::__private::Codec::decode(
                                &__u64_codec(),
                                reader,
                            ),
                        )?,
                        hash: ::p2p::Fields::read(
                            &mut fields,
                            "hash",
                            |reader| ::p2p::__private::Codec::decode(
                                &__u8_32_codec(),
                                reader,
                            ),
                        )?,
                    };
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                (5, _) => {
                    let mut fields = ::p2p::Fields::open("Stop", payload)?;
                    ::p2p::Fields::id(&mut fields)?;
                    let message = Self::Stop {
                        id: ::p2p::Fields::read(
                            &mut fields,
                            "id",
                            |reader| ::p2p::__private::Codec::decode(
                                &__u64_codec(),
                                reader,
                            ),
                        )?,
                        request_id: ::p2p::Fields::read(
                            &mut fields,
                            "request_id",
                            |reader| ::p2p::__private::Codec::decode(
                                &__u8_codec(),
                                reader,
                            ),
                        )?,
                    };
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                (6, _) => {
                    let mut fields = ::p2p::Fields::open("Done", payload)?;
                    ::p2p::Fields::id(&mut fields)?;
                    let message = Self::Done;
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                _ => {
                    ::core::result::Result::Err(::p2p::DecodeError::UnknownCode {
                        protocol: "blocks",
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
                ::p2p::rlp::shape::Struct::new("Announce")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                            "0",
                            ::p2p::__private::Codec::shape(&__u64_codec(), shapes),
                        ),
                    ]),
                ::p2p::rlp::shape::Struct::new("GetBlocks")
                    .docs("Asks for [`Self::Blocks`].")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                                "0",
                                ::p2p::__private::Codec::shape(&__range_codec(), shapes),
                            )
                            .type_name("Range"),
                    ]),
                ::p2p::rlp::shape::Struct::new("Blocks")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                                "0",
                                ::p2p::__private::Codec::shape(&__vec_block_codec(), shapes),
                            )
                            .type_name("Vec<Block>"),
                    ]),
                ::p2p::rlp::shape::Struct::new("GetTip"),
                ::p2p::rlp::shape::Struct::new("Tip")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                            "number",
                            ::p2p::__private::Codec::shape(&__u64_codec(), shapes),
                        ),
                        ::p2p::rlp::shape::Field::new(
                            "hash",
                            ::p2p::__private::Codec::shape(&__u8_32_codec(), shapes),
                        ),
                    ]),
                ::p2p::rlp::shape::Struct::new("Stop")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                            "id",
                            ::p2p::__private::Codec::shape(&__u64_codec(), shapes),
                        ),
                        ::p2p::rlp::shape::Field::new(
                            "request_id",
                            ::p2p::__private::Codec::shape(&__u8_codec(), shapes),
                        ),
                    ]),
                ::p2p::rlp::shape::Struct::new("Done"),
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
                Self::Announce(announce) => {
                    ::p2p::Dispatched::Notification(
                        MessageHandler::announce(handler, peer, announce),
                    )
                }
                Self::GetBlocks(get_blocks) => {
                    let answer = MessageHandler::get_blocks(handler, peer, get_blocks);
                    ::p2p::Dispatched::Request(
                        ::std::boxed::Box::pin(async move {
                            let reply = answer.await?;
                            ::core::result::Result::Ok(
                                reply.map(|blocks| Self::Blocks(blocks)),
                            )
                        }),
                    )
                }
                Self::Blocks(..) => ::p2p::Dispatched::Reply,
                Self::GetTip => {
                    let answer = MessageHandler::get_tip(handler, peer);
                    ::p2p::Dispatched::Request(
                        ::std::boxed::Box::pin(async move {
                            let reply = answer.await?;
                            ::core::result::Result::Ok(
                                reply.map(|(number, hash)| Self::Tip { number, hash }),
                            )
                        }),
                    )
                }
                Self::Tip { .. } => ::p2p::Dispatched::Reply,
                Self::Stop { id, request_id: request_id_ } => {
                    let answer = MessageHandler::stop(handler, peer, id, request_id_);
                    ::p2p::Dispatched::Request(
                        ::std::boxed::Box::pin(async move {
                            let reply = answer.await?;
                            ::core::result::Result::Ok(reply.map(|()| Self::Done))
                        }),
                    )
                }
                Self::Done => ::p2p::Dispatched::Reply,
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
    #[automatically_derived]
    #[allow(clippy::too_many_arguments, dead_code)]
    impl Message {
        /// Asks with `GetBlocks`, to be answered with `Blocks`; give it to `Peer::request`.
        pub fn get_blocks(get_blocks: Range) -> ::p2p::Call<Self, Vec<Block>> {
            ::p2p::Call::new(
                Self::GetBlocks(get_blocks),
                |reply| match reply {
                    Self::Blocks(blocks) => ::core::option::Option::Some(blocks),
                    _ => ::core::option::Option::None,
                },
            )
        }
        /// Asks with `GetTip`, to be answered with `Tip`; give it to `Peer::request`.
        pub fn get_tip() -> ::p2p::Call<Self, (u64, [u8; 32])> {
            ::p2p::Call::new(
                Self::GetTip,
                |reply| match reply {
                    Self::Tip { number, hash } => {
                        ::core::option::Option::Some((number, hash))
                    }
                    _ => ::core::option::Option::None,
                },
            )
        }
        /// Asks with `Stop`, to be answered with `Done`; give it to `Peer::request`.
        pub fn stop(id: u64, request_id_: u8) -> ::p2p::Call<Self, ()> {
            ::p2p::Call::new(
                Self::Stop {
                    id,
                    request_id: request_id_,
                },
                |reply| match reply {
                    Self::Done => ::core::option::Option::Some(()),
                    _ => ::core::option::Option::None,
                },
            )
        }
    }
    #[automatically_derived]
    impl ::p2p::Request<Message> for Range {
        type Reply = Vec<Block>;
        fn into_call(self) -> ::p2p::Call<Message, Vec<Block>> {
            <Message>::get_blocks(self)
        }
    }
};
