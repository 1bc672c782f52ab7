#[protocol(name = "blocks", versions = [1, 2, 4], handler = "Blocks")]
pub enum Message {
    #[message(code = 0, transparent)]
    Status(wire::Status),
    /// Asks for [`Self::Blocks`].
    #[message(code = 1, reply = Blocks, timeout = "1500ms")]
    GetBlocks(GetBlocks),
    #[message(code = 2)]
    Blocks(Vec<Block>),
    #[message(code = 3, until = 1, trailing = "ignore")]
    Announce { number: u64, hash: Option<[u8; 32]>, peer: Option<u64> },
    #[message(code = 3, since = 2, until = 2)]
    Type(u64, r#Type),
    #[message(code = 4, since = 2, reply = Done, timeout = "2s")]
    Stop { request_id: u8 },
    #[message(code = 5, since = 2)]
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
/// impl Blocks for MyHandler {
///     async fn status(&self, peer: ..
/// }
/// ```
///
/// Without it the compiler says "lifetime parameters or bounds on method `status` do
/// not match the trait declaration" (E0195).
#[allow(clippy::too_many_arguments, deprecated, unused_qualifications)]
pub trait Blocks: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Handles `Message::Status`.
    fn status<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        status: wire::Status,
    ) -> ::p2p::serve::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Asks for [`Message::Blocks`].
    fn get_blocks<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        get_blocks: GetBlocks,
    ) -> ::p2p::serve::BoxFuture<
        'async_trait,
        ::p2p::Result<::core::option::Option<Vec<Block>>>,
    >
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Message::Announce`.
    fn announce<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        number: u64,
        hash: Option<[u8; 32]>,
        peer_: Option<u64>,
    ) -> ::p2p::serve::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Message::Type`.
    fn r#type<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        field_0: u64,
        field_1: r#Type,
    ) -> ::p2p::serve::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Message::Stop`.
    fn stop<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 ::p2p::Peer<Message>,
        request_id: u8,
    ) -> ::p2p::serve::BoxFuture<'async_trait, ::p2p::Result<::core::option::Option<()>>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Called once, before the first notification of a peer. Its requests are answered meanwhile.
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
    fn __wire_status_codec() -> impl ::p2p::__private::Codec<wire::Status> {
        (&&&&&&::p2p::__private::Tag::<wire::Status>::NEW).__p2p_codec()
    }
    fn __get_blocks_codec() -> impl ::p2p::__private::Codec<GetBlocks> {
        (&&&&&&::p2p::__private::Tag::<GetBlocks>::NEW).__p2p_codec()
    }
    fn __vec_block_codec() -> impl ::p2p::__private::Codec<Vec<Block>> {
        (&&&&&&::p2p::__private::Tag::<Vec<Block>>::NEW).__p2p_codec()
    }
    fn __u64_codec() -> impl ::p2p::__private::Codec<u64> {
        (&&&&&&::p2p::__private::Tag::<u64>::NEW).__p2p_codec()
    }
    fn __option_u8_32_codec() -> impl ::p2p::__private::Codec<Option<[u8; 32]>> {
        ::p2p::__private::Optional(
            (&&&&&&::p2p::__private::Tag::<[u8; 32]>::NEW).__p2p_codec(),
        )
    }
    fn __option_u64_codec() -> impl ::p2p::__private::Codec<Option<u64>> {
        ::p2p::__private::Optional(
            (&&&&&&::p2p::__private::Tag::<u64>::NEW).__p2p_codec(),
        )
    }
    fn __type_codec() -> impl ::p2p::__private::Codec<r#Type> {
        (&&&&&&::p2p::__private::Tag::<r#Type>::NEW).__p2p_codec()
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
                1 => 4,
                2 | 4 => 6,
                _ => 0,
            }
        }
    }
    #[automatically_derived]
    impl ::p2p::Protocol for Message {
        const NAME: &'static str = "blocks";
        const VERSIONS: &'static [::p2p::protocol::Version] = &[
            ::p2p::protocol::Version {
                number: 1,
                length: 4,
            },
            ::p2p::protocol::Version {
                number: 2,
                length: 6,
            },
            ::p2p::protocol::Version {
                number: 4,
                length: 6,
            },
        ];
        const MESSAGES: &'static [::p2p::protocol::MessageInfo] = &[
            ::p2p::protocol::MessageInfo::new(::p2p::protocol::Code(0), "Status"),
            ::p2p::protocol::MessageInfo::new(::p2p::protocol::Code(1), "GetBlocks")
                .request(::p2p::protocol::Code(2))
                .timeout(::core::time::Duration::from_millis(1500)),
            ::p2p::protocol::MessageInfo::new(::p2p::protocol::Code(2), "Blocks")
                .reply(),
            ::p2p::protocol::MessageInfo::new(::p2p::protocol::Code(3), "Announce")
                .until(1),
            ::p2p::protocol::MessageInfo::new(::p2p::protocol::Code(3), "Type")
                .since(2)
                .until(2),
            ::p2p::protocol::MessageInfo::new(::p2p::protocol::Code(4), "Stop")
                .since(2)
                .request(::p2p::protocol::Code(5))
                .timeout(::core::time::Duration::from_secs(2)),
            ::p2p::protocol::MessageInfo::new(::p2p::protocol::Code(5), "Done")
                .since(2)
                .reply(),
        ];
        fn info(&self) -> &'static ::p2p::protocol::MessageInfo {
            let row = match self {
                Self::Status(..) => 0,
                Self::GetBlocks(..) => 1,
                Self::Blocks(..) => 2,
                Self::Announce { .. } => 3,
                Self::Type(..) => 4,
                Self::Stop { .. } => 5,
                Self::Done => 6,
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
            version: u64,
            request_id: ::core::option::Option<::p2p::protocol::RequestId>,
            out: &mut ::std::vec::Vec<u8>,
        ) -> ::core::result::Result<(), ::p2p::protocol::EncodeError> {
            ::p2p::Protocol::info(self).check(version)?;
            let mut out = ::p2p::rlp::Writer::new(out);
            let message = match self {
                Self::Status(status) => {
                    ::p2p::__private::Codec::encode(
                        &__wire_status_codec(),
                        status,
                        &mut out,
                    );
                    "Status"
                }
                Self::GetBlocks(get_blocks) => {
                    let request_id = ::p2p::Protocol::info(self).id(request_id)?;
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::rlp::Encode::length(&request_id)
                            .saturating_add(
                                ::p2p::__private::Codec::length(
                                    &__get_blocks_codec(),
                                    get_blocks,
                                ),
                            ),
                    );
                    ::p2p::rlp::Encode::encode(&request_id, &mut out);
                    ::p2p::__private::Codec::encode(
                        &__get_blocks_codec(),
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
                Self::Announce { number, hash, peer: peer_ } => {
                    if ::core::option::Option::is_none(hash)
                        && ::core::option::Option::is_some(peer_)
                    {
                        ::p2p::rlp::Writer::fail(
                            &mut out,
                            ::p2p::rlp::EncodeError::NoneBeforeSome {
                                ty: "Announce",
                                field: "hash",
                            },
                        );
                    }
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::__private::Codec::length(&__u64_codec(), number)
                            .saturating_add(
                                ::p2p::__private::Codec::length(
                                    &__option_u8_32_codec(),
                                    hash,
                                ),
                            )
                            .saturating_add(
                                ::p2p::__private::Codec::length(
                                    &__option_u64_codec(),
                                    peer_,
                                ),
                            ),
                    );
                    ::p2p::__private::Codec::encode(&__u64_codec(), number, &mut out);
                    ::p2p::__private::Codec::encode(
                        &__option_u8_32_codec(),
                        hash,
                        &mut out,
                    );
                    ::p2p::__private::Codec::encode(
                        &__option_u64_codec(),
                        peer_,
                        &mut out,
                    );
                    "Announce"
                }
                Self::Type(field_0, field_1) => {
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::__private::Codec::length(&__u64_codec(), field_0)
                            .saturating_add(
                                ::p2p::__private::Codec::length(&__type_codec(), field_1),
                            ),
                    );
                    ::p2p::__private::Codec::encode(&__u64_codec(), field_0, &mut out);
                    ::p2p::__private::Codec::encode(&__type_codec(), field_1, &mut out);
                    "Type"
                }
                Self::Stop { request_id: request_id_ } => {
                    let request_id = ::p2p::Protocol::info(self).id(request_id)?;
                    ::p2p::rlp::Writer::list(
                        &mut out,
                        ::p2p::rlp::Encode::length(&request_id)
                            .saturating_add(
                                ::p2p::__private::Codec::length(&__u8_codec(), request_id_),
                            ),
                    );
                    ::p2p::rlp::Encode::encode(&request_id, &mut out);
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
            match (code.0, version) {
                (0, _) => {
                    ::core::result::Result::Ok(
                        Self::Status(
                            ::p2p::protocol::Fields::transparent(
                                "Status",
                                "0",
                                payload,
                                |reader| ::p2p::__private::Codec::decode(
                                    &__wire_status_codec(),
                                    reader,
                                ),
                            )?,
                        ),
                    )
                }
                (1, _) => {
                    let mut fields = ::p2p::protocol::Fields::open(
                        "GetBlocks",
                        payload,
                    )?;
                    ::p2p::protocol::Fields::id(&mut fields)?;
                    let message = Self::GetBlocks(
                        ::p2p::protocol::Fields::read(
                            &mut fields,
                            "0",
                            |reader| ::p2p::__private::Codec::decode(
                                &__get_blocks_codec(),
                                reader,
                            ),
                        )?,
                    );
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                (2, _) => {
                    let mut fields = ::p2p::protocol::Fields::open("Blocks", payload)?;
                    ::p2p::protocol::Fields::id(&mut fields)?;
                    let message = Self::Blocks(
                        ::p2p::protocol::Fields::read(
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
                (3, ..=1) => {
                    let mut fields = ::p2p::protocol::Fields::open("Announce", payload)?;
                    let message = Self::Announce {
                        number: ::p2p::protocol::Fields::read(
                            &mut fields,
                            "number",
                            |reader| ::p2p::__private::Codec::decode(
                                &__u64_codec(),
                                reader,
                            ),
                        )?,
                        hash: ::p2p::protocol::Fields::read(
                            &mut fields,
                            "hash",
                            |reader| ::p2p::__private::Codec::decode(
                                &__option_u8_32_codec(),
                                reader,
                            ),
                        )?,
                        peer: ::p2p::protocol::Fields::read(
                            &mut fields,
                            "peer",
                            |reader| ::p2p::__private::Codec::decode(
                                &__option_u64_codec(),
                                reader,
                            ),
                        )?,
                    };
                    ::core::result::Result::Ok(message)
                }
                (3, 2) => {
                    let mut fields = ::p2p::protocol::Fields::open("Type", payload)?;
                    let message = Self::Type(
                        ::p2p::protocol::Fields::read(
                            &mut fields,
                            "0",
                            |reader| ::p2p::__private::Codec::decode(
                                &__u64_codec(),
                                reader,
                            ),
                        )?,
                        ::p2p::protocol::Fields::read(
                            &mut fields,
                            "1",
                            |reader| ::p2p::__private::Codec::decode(
                                &__type_codec(),
                                reader,
                            ),
                        )?,
                    );
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                (4, 2..) => {
                    let mut fields = ::p2p::protocol::Fields::open("Stop", payload)?;
                    ::p2p::protocol::Fields::id(&mut fields)?;
                    let message = Self::Stop {
                        request_id: ::p2p::protocol::Fields::read(
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
                (5, 2..) => {
                    let mut fields = ::p2p::protocol::Fields::open("Done", payload)?;
                    ::p2p::protocol::Fields::id(&mut fields)?;
                    let message = Self::Done;
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                _ => {
                    ::core::result::Result::Err(::p2p::protocol::DecodeError::UnknownCode {
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
                ::p2p::rlp::shape::Struct::new("Status")
                    .transparent()
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                                "0",
                                ::p2p::__private::Codec::shape(
                                    &__wire_status_codec(),
                                    shapes,
                                ),
                            )
                            .type_name("wire::Status"),
                    ]),
                ::p2p::rlp::shape::Struct::new("GetBlocks")
                    .docs("Asks for [`Self::Blocks`].")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                                "0",
                                ::p2p::__private::Codec::shape(
                                    &__get_blocks_codec(),
                                    shapes,
                                ),
                            )
                            .type_name("GetBlocks"),
                    ]),
                ::p2p::rlp::shape::Struct::new("Blocks")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                                "0",
                                ::p2p::__private::Codec::shape(&__vec_block_codec(), shapes),
                            )
                            .type_name("Vec<Block>"),
                    ]),
                ::p2p::rlp::shape::Struct::new("Announce")
                    .trailing()
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                            "number",
                            ::p2p::__private::Codec::shape(&__u64_codec(), shapes),
                        ),
                        ::p2p::rlp::shape::Field::new(
                                "hash",
                                ::p2p::__private::Codec::shape(
                                    &__option_u8_32_codec(),
                                    shapes,
                                ),
                            )
                            .optional(),
                        ::p2p::rlp::shape::Field::new(
                                "peer",
                                ::p2p::__private::Codec::shape(
                                    &__option_u64_codec(),
                                    shapes,
                                ),
                            )
                            .optional(),
                    ]),
                ::p2p::rlp::shape::Struct::new("Type")
                    .fields([
                        ::p2p::rlp::shape::Field::new(
                            "0",
                            ::p2p::__private::Codec::shape(&__u64_codec(), shapes),
                        ),
                        ::p2p::rlp::shape::Field::new(
                                "1",
                                ::p2p::__private::Codec::shape(&__type_codec(), shapes),
                            )
                            .type_name("Type"),
                    ]),
                ::p2p::rlp::shape::Struct::new("Stop")
                    .fields([
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
    impl ::p2p::serve::Dispatch for Message {
        type Handler = dyn Blocks;
        fn dispatch<'a>(
            self,
            handler: &'a (dyn Blocks + 'static),
            peer: &'a ::p2p::Peer<Self>,
        ) -> ::p2p::serve::Dispatched<'a, Self> {
            match self {
                Self::Status(status) => {
                    ::p2p::serve::Dispatched::Notification(
                        Blocks::status(handler, peer, status),
                    )
                }
                Self::GetBlocks(get_blocks) => {
                    let answer = Blocks::get_blocks(handler, peer, get_blocks);
                    ::p2p::serve::Dispatched::Request(
                        ::std::boxed::Box::pin(async move {
                            let reply = answer.await?;
                            ::core::result::Result::Ok(
                                reply.map(|blocks| Self::Blocks(blocks)),
                            )
                        }),
                    )
                }
                Self::Blocks(..) => ::p2p::serve::Dispatched::Reply,
                Self::Announce { number, hash, peer: peer_ } => {
                    ::p2p::serve::Dispatched::Notification(
                        Blocks::announce(handler, peer, number, hash, peer_),
                    )
                }
                Self::Type(field_0, field_1) => {
                    ::p2p::serve::Dispatched::Notification(
                        Blocks::r#type(handler, peer, field_0, field_1),
                    )
                }
                Self::Stop { request_id: request_id_ } => {
                    let answer = Blocks::stop(handler, peer, request_id_);
                    ::p2p::serve::Dispatched::Request(
                        ::std::boxed::Box::pin(async move {
                            let reply = answer.await?;
                            ::core::result::Result::Ok(reply.map(|()| Self::Done))
                        }),
                    )
                }
                Self::Done => ::p2p::serve::Dispatched::Reply,
            }
        }
        fn connected<'a>(
            handler: &'a (dyn Blocks + 'static),
            peer: &'a ::p2p::Peer<Self>,
        ) -> ::p2p::serve::BoxFuture<'a, ::p2p::Result> {
            Blocks::connected(handler, peer)
        }
        fn disconnected<'a>(
            handler: &'a (dyn Blocks + 'static),
            peer: &'a ::p2p::Peer<Self>,
            cause: &'a ::p2p::Cause,
        ) -> ::p2p::serve::BoxFuture<'a, ()> {
            Blocks::disconnected(handler, peer, cause)
        }
    }
    #[automatically_derived]
    impl<__Handler: Blocks> ::p2p::serve::HandledBy<__Handler> for Message {
        fn shared(handler: __Handler) -> ::std::sync::Arc<dyn Blocks> {
            ::std::sync::Arc::new(handler)
        }
    }
    #[automatically_derived]
    #[allow(clippy::too_many_arguments, dead_code)]
    impl Message {
        /// Asks with `GetBlocks`, to be answered with `Blocks`; give it to `Peer::request`.
        pub fn get_blocks(
            get_blocks: GetBlocks,
        ) -> ::p2p::serve::Call<Self, Vec<Block>> {
            ::p2p::serve::Call::new(
                Self::GetBlocks(get_blocks),
                |reply| match reply {
                    Self::Blocks(blocks) => ::core::option::Option::Some(blocks),
                    _ => ::core::option::Option::None,
                },
            )
        }
        /// Asks with `Stop`, to be answered with `Done`; give it to `Peer::request`.
        pub fn stop(request_id_: u8) -> ::p2p::serve::Call<Self, ()> {
            ::p2p::serve::Call::new(
                Self::Stop {
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
    impl ::p2p::Request<Message> for GetBlocks {
        type Reply = Vec<Block>;
        fn into_call(self) -> ::p2p::serve::Call<Message, Vec<Block>> {
            <Message>::get_blocks(self)
        }
    }
};
