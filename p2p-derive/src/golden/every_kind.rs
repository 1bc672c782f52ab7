#[protocol(
    name = "all",
    version = 3,
    length = 32,
    handler = "Everything",
    crate = "devp2p"
)]
pub(crate) enum Event {
    Ping,
    /// Asks for headers.
    #[message(code = 0x10)]
    GetHeaders { start: u64, hashes: Vec<[u8; 32]>, peer: bool },
    Headers(Vec<Header>, u64),
    #[message(transparent)]
    Status(wire::Status),
    #[message(trailing = "ignore")]
    Hello { id: [u8; 64], port: Option<u16>, name: Option<String>, seq: Option<u64> },
    Type(r#Type),
    #[message(trailing = "ignore")]
    Pong {},
}

/// Handles the messages of `Event`, one method a message.
///
/// An error from a method drops the peer.
///
/// Put `#[devp2p::async_trait]` on the impl:
///
/// ```text
/// #[devp2p::async_trait]
/// impl Everything for MyHandler {
///     async fn ping(&self, peer: ..
/// }
/// ```
///
/// Without it the compiler says "lifetime parameters or bounds on method `ping` do
/// not match the trait declaration" (E0195).
#[allow(clippy::too_many_arguments, deprecated, unused_qualifications)]
pub(crate) trait Everything: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Handles `Event::Ping`.
    fn ping<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 devp2p::Peer<Event>,
    ) -> devp2p::BoxFuture<'async_trait, devp2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Asks for headers.
    fn get_headers<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 devp2p::Peer<Event>,
        start: u64,
        hashes: Vec<[u8; 32]>,
        peer_: bool,
    ) -> devp2p::BoxFuture<'async_trait, devp2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Event::Headers`.
    fn headers<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 devp2p::Peer<Event>,
        field_0: Vec<Header>,
        field_1: u64,
    ) -> devp2p::BoxFuture<'async_trait, devp2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Event::Status`.
    fn status<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 devp2p::Peer<Event>,
        status: wire::Status,
    ) -> devp2p::BoxFuture<'async_trait, devp2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Event::Hello`.
    fn hello<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 devp2p::Peer<Event>,
        id: [u8; 64],
        port: Option<u16>,
        name: Option<String>,
        seq: Option<u64>,
    ) -> devp2p::BoxFuture<'async_trait, devp2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Event::Type`.
    fn r#type<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 devp2p::Peer<Event>,
        r#type: r#Type,
    ) -> devp2p::BoxFuture<'async_trait, devp2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Handles `Event::Pong`.
    fn pong<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 devp2p::Peer<Event>,
    ) -> devp2p::BoxFuture<'async_trait, devp2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
    /// Called once, before the first message of a peer.
    fn connected<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 devp2p::Peer<Event>,
    ) -> devp2p::BoxFuture<'async_trait, devp2p::Result>
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
        peer: &'life1 devp2p::Peer<Event>,
        cause: &'life2 devp2p::Cause,
    ) -> devp2p::BoxFuture<'async_trait, ()>
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
    use devp2p::__private::{
        PickAlloy as _, PickAlloyList as _, PickNone as _, PickOwn as _, PickRlp as _,
        PickRlpList as _,
    };
    fn __u64_codec() -> impl devp2p::__private::Codec<u64> {
        (&&&&&&devp2p::__private::Tag::<u64>::NEW).__p2p_codec()
    }
    fn __vec_u8_32_codec() -> impl devp2p::__private::Codec<Vec<[u8; 32]>> {
        (&&&&&&devp2p::__private::Tag::<Vec<[u8; 32]>>::NEW).__p2p_codec()
    }
    fn __bool_codec() -> impl devp2p::__private::Codec<bool> {
        (&&&&&&devp2p::__private::Tag::<bool>::NEW).__p2p_codec()
    }
    fn __vec_header_codec() -> impl devp2p::__private::Codec<Vec<Header>> {
        (&&&&&&devp2p::__private::Tag::<Vec<Header>>::NEW).__p2p_codec()
    }
    fn __wire_status_codec() -> impl devp2p::__private::Codec<wire::Status> {
        (&&&&&&devp2p::__private::Tag::<wire::Status>::NEW).__p2p_codec()
    }
    fn __u8_64_codec() -> impl devp2p::__private::Codec<[u8; 64]> {
        (&&&&&&devp2p::__private::Tag::<[u8; 64]>::NEW).__p2p_codec()
    }
    fn __option_u16_codec() -> impl devp2p::__private::Codec<Option<u16>> {
        devp2p::__private::Optional(
            (&&&&&&devp2p::__private::Tag::<u16>::NEW).__p2p_codec(),
        )
    }
    fn __option_string_codec() -> impl devp2p::__private::Codec<Option<String>> {
        devp2p::__private::Optional(
            (&&&&&&devp2p::__private::Tag::<String>::NEW).__p2p_codec(),
        )
    }
    fn __option_u64_codec() -> impl devp2p::__private::Codec<Option<u64>> {
        devp2p::__private::Optional(
            (&&&&&&devp2p::__private::Tag::<u64>::NEW).__p2p_codec(),
        )
    }
    fn __type_codec() -> impl devp2p::__private::Codec<r#Type> {
        (&&&&&&devp2p::__private::Tag::<r#Type>::NEW).__p2p_codec()
    }
    #[automatically_derived]
    #[allow(dead_code)]
    impl Event {
        /// The version that is announced to peers.
        pub(crate) const VERSION: u64 = 3;
        /// The number of message codes that are set aside: the highest code plus one, or more.
        pub(crate) const LENGTH: u64 = 32;
        /// The number of message codes that a version sets aside; 0 if it is not spoken.
        pub(crate) const fn length(version: u64) -> u64 {
            match version {
                3 => 32,
                _ => 0,
            }
        }
    }
    #[automatically_derived]
    impl devp2p::Protocol for Event {
        const NAME: &'static str = "all";
        const VERSIONS: &'static [devp2p::Version] = &[
            devp2p::Version {
                number: 3,
                length: 32,
            },
        ];
        const MESSAGES: &'static [devp2p::MessageInfo] = &[
            devp2p::MessageInfo::new(devp2p::Code(0), "Ping"),
            devp2p::MessageInfo::new(devp2p::Code(16), "GetHeaders"),
            devp2p::MessageInfo::new(devp2p::Code(17), "Headers"),
            devp2p::MessageInfo::new(devp2p::Code(18), "Status"),
            devp2p::MessageInfo::new(devp2p::Code(19), "Hello"),
            devp2p::MessageInfo::new(devp2p::Code(20), "Type"),
            devp2p::MessageInfo::new(devp2p::Code(21), "Pong"),
        ];
        fn info(&self) -> &'static devp2p::MessageInfo {
            let row = match self {
                Self::Ping => 0,
                Self::GetHeaders { .. } => 1,
                Self::Headers(..) => 2,
                Self::Status(..) => 3,
                Self::Hello { .. } => 4,
                Self::Type(..) => 5,
                Self::Pong { .. } => 6,
            };
            &<Self as devp2p::Protocol>::MESSAGES[row]
        }
        fn show(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            use devp2p::__private::{ShowDebug as _, ShowName as _};
            (&devp2p::__private::Shown(self, devp2p::Protocol::info(self).name))
                .__p2p_show(f)
        }
        fn encode(
            &self,
            _version: u64,
            _: ::core::option::Option<devp2p::RequestId>,
            out: &mut ::std::vec::Vec<u8>,
        ) -> ::core::result::Result<(), devp2p::EncodeError> {
            let mut out = devp2p::rlp::Writer::new(out);
            let message = match self {
                Self::Ping => {
                    devp2p::rlp::Writer::list(&mut out, 0);
                    "Ping"
                }
                Self::GetHeaders { start, hashes, peer: peer_ } => {
                    devp2p::rlp::Writer::list(
                        &mut out,
                        devp2p::__private::Codec::length(&__u64_codec(), start)
                            .saturating_add(
                                devp2p::__private::Codec::length(
                                    &__vec_u8_32_codec(),
                                    hashes,
                                ),
                            )
                            .saturating_add(
                                devp2p::__private::Codec::length(&__bool_codec(), peer_),
                            ),
                    );
                    devp2p::__private::Codec::encode(&__u64_codec(), start, &mut out);
                    devp2p::__private::Codec::encode(
                        &__vec_u8_32_codec(),
                        hashes,
                        &mut out,
                    );
                    devp2p::__private::Codec::encode(&__bool_codec(), peer_, &mut out);
                    "GetHeaders"
                }
                Self::Headers(field_0, field_1) => {
                    devp2p::rlp::Writer::list(
                        &mut out,
                        devp2p::__private::Codec::length(&__vec_header_codec(), field_0)
                            .saturating_add(
                                devp2p::__private::Codec::length(&__u64_codec(), field_1),
                            ),
                    );
                    devp2p::__private::Codec::encode(
                        &__vec_header_codec(),
                        field_0,
                        &mut out,
                    );
                    devp2p::__private::Codec::encode(&__u64_codec(), field_1, &mut out);
                    "Headers"
                }
                Self::Status(status) => {
                    devp2p::__private::Codec::encode(
                        &__wire_status_codec(),
                        status,
                        &mut out,
                    );
                    "Status"
                }
                Self::Hello { id, port, name, seq } => {
                    if ::core::option::Option::is_none(port)
                        && (::core::option::Option::is_some(name)
                            || ::core::option::Option::is_some(seq))
                    {
                        devp2p::rlp::Writer::fail(
                            &mut out,
                            devp2p::rlp::EncodeError::NoneBeforeSome {
                                ty: "Hello",
                                field: "port",
                            },
                        );
                    }
                    if ::core::option::Option::is_none(name)
                        && ::core::option::Option::is_some(seq)
                    {
                        devp2p::rlp::Writer::fail(
                            &mut out,
                            devp2p::rlp::EncodeError::NoneBeforeSome {
                                ty: "Hello",
                                field: "name",
                            },
                        );
                    }
                    devp2p::rlp::Writer::list(
                        &mut out,
                        devp2p::__private::Codec::length(&__u8_64_codec(), id)
                            .saturating_add(
                                devp2p::__private::Codec::length(
                                    &__option_u16_codec(),
                                    port,
                                ),
                            )
                            .saturating_add(
                                devp2p::__private::Codec::length(
                                    &__option_string_codec(),
                                    name,
                                ),
                            )
                            .saturating_add(
                                devp2p::__private::Codec::length(&__option_u64_codec(), seq),
                            ),
                    );
                    devp2p::__private::Codec::encode(&__u8_64_codec(), id, &mut out);
                    devp2p::__private::Codec::encode(
                        &__option_u16_codec(),
                        port,
                        &mut out,
                    );
                    devp2p::__private::Codec::encode(
                        &__option_string_codec(),
                        name,
                        &mut out,
                    );
                    devp2p::__private::Codec::encode(
                        &__option_u64_codec(),
                        seq,
                        &mut out,
                    );
                    "Hello"
                }
                Self::Type(r#type) => {
                    devp2p::rlp::Writer::list(
                        &mut out,
                        devp2p::__private::Codec::length(&__type_codec(), r#type),
                    );
                    devp2p::__private::Codec::encode(&__type_codec(), r#type, &mut out);
                    "Type"
                }
                Self::Pong {} => {
                    devp2p::rlp::Writer::list(&mut out, 0);
                    "Pong"
                }
            };
            out.finish()
                .map_err(|cause| devp2p::EncodeError::Field {
                    message,
                    cause,
                })
        }
        fn decode(
            version: u64,
            code: devp2p::Code,
            payload: &[u8],
        ) -> ::core::result::Result<Self, devp2p::DecodeError> {
            match code.0 {
                0 => {
                    devp2p::Fields::open("Ping", payload)?.finish()?;
                    ::core::result::Result::Ok(Self::Ping)
                }
                16 => {
                    let mut fields = devp2p::Fields::open("GetHeaders", payload)?;
                    let message = Self::GetHeaders {
                        start: devp2p::Fields::read(
                            &mut fields,
                            "start",
                            |reader| devp2p::__private::Codec::decode(
                                &__u64_codec(),
                                reader,
                            ),
                        )?,
                        hashes: devp2p::Fields::read(
                            &mut fields,
                            "hashes",
                            |reader| devp2p::__private::Codec::decode(
                                &__vec_u8_32_codec(),
                                reader,
                            ),
                        )?,
                        peer: devp2p::Fields::read(
                            &mut fields,
                            "peer",
                            |reader| devp2p::__private::Codec::decode(
                                &__bool_codec(),
                                reader,
                            ),
                        )?,
                    };
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                17 => {
                    let mut fields = devp2p::Fields::open("Headers", payload)?;
                    let message = Self::Headers(
                        devp2p::Fields::read(
                            &mut fields,
                            "0",
                            |reader| devp2p::__private::Codec::decode(
                                &__vec_header_codec(),
                                reader,
                            ),
                        )?,
                        devp2p::Fields::read(
                            &mut fields,
                            "1",
                            |reader| devp2p::__private::Codec::decode(
                                &__u64_codec(),
                                reader,
                            ),
                        )?,
                    );
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                18 => {
                    ::core::result::Result::Ok(
                        Self::Status(
                            devp2p::Fields::transparent(
                                "Status",
                                "0",
                                payload,
                                |reader| devp2p::__private::Codec::decode(
                                    &__wire_status_codec(),
                                    reader,
                                ),
                            )?,
                        ),
                    )
                }
                19 => {
                    let mut fields = devp2p::Fields::open("Hello", payload)?;
                    let message = Self::Hello {
                        id: devp2p::Fields::read(
                            &mut fields,
                            "id",
                            |reader| devp2p::__private::Codec::decode(
                                &__u8_64_codec(),
                                reader,
                            ),
                        )?,
                        port: devp2p::Fields::read(
                            &mut fields,
                            "port",
                            |reader| devp2p::__private::Codec::decode(
                                &__option_u16_codec(),
                                reader,
                            ),
                        )?,
                        name: devp2p::Fields::read(
                            &mut fields,
                            "name",
                            |reader| devp2p::__private::Codec::decode(
                                &__option_string_codec(),
                                reader,
                            ),
                        )?,
                        seq: devp2p::Fields::read(
                            &mut fields,
                            "seq",
                            |reader| devp2p::__private::Codec::decode(
                                &__option_u64_codec(),
                                reader,
                            ),
                        )?,
                    };
                    ::core::result::Result::Ok(message)
                }
                20 => {
                    let mut fields = devp2p::Fields::open("Type", payload)?;
                    let message = Self::Type(
                        devp2p::Fields::read(
                            &mut fields,
                            "0",
                            |reader| devp2p::__private::Codec::decode(
                                &__type_codec(),
                                reader,
                            ),
                        )?,
                    );
                    fields.finish()?;
                    ::core::result::Result::Ok(message)
                }
                21 => {
                    devp2p::Fields::open("Pong", payload)?;
                    ::core::result::Result::Ok(Self::Pong {})
                }
                _ => {
                    ::core::result::Result::Err(devp2p::DecodeError::UnknownCode {
                        protocol: "all",
                        version,
                        code,
                    })
                }
            }
        }
    }
    #[automatically_derived]
    impl devp2p::spec::Describe for Event {
        fn describe() -> devp2p::spec::Description {
            let shapes = &mut devp2p::rlp::Shapes::new();
            devp2p::spec::Description::new([
                devp2p::rlp::shape::Struct::new("Ping"),
                devp2p::rlp::shape::Struct::new("GetHeaders")
                    .docs("Asks for headers.")
                    .fields([
                        devp2p::rlp::shape::Field::new(
                            "start",
                            devp2p::__private::Codec::shape(&__u64_codec(), shapes),
                        ),
                        devp2p::rlp::shape::Field::new(
                            "hashes",
                            devp2p::__private::Codec::shape(&__vec_u8_32_codec(), shapes),
                        ),
                        devp2p::rlp::shape::Field::new(
                            "peer",
                            devp2p::__private::Codec::shape(&__bool_codec(), shapes),
                        ),
                    ]),
                devp2p::rlp::shape::Struct::new("Headers")
                    .fields([
                        devp2p::rlp::shape::Field::new(
                                "0",
                                devp2p::__private::Codec::shape(
                                    &__vec_header_codec(),
                                    shapes,
                                ),
                            )
                            .type_name("Vec<Header>"),
                        devp2p::rlp::shape::Field::new(
                            "1",
                            devp2p::__private::Codec::shape(&__u64_codec(), shapes),
                        ),
                    ]),
                devp2p::rlp::shape::Struct::new("Status")
                    .transparent()
                    .fields([
                        devp2p::rlp::shape::Field::new(
                                "0",
                                devp2p::__private::Codec::shape(
                                    &__wire_status_codec(),
                                    shapes,
                                ),
                            )
                            .type_name("wire::Status"),
                    ]),
                devp2p::rlp::shape::Struct::new("Hello")
                    .trailing()
                    .fields([
                        devp2p::rlp::shape::Field::new(
                            "id",
                            devp2p::__private::Codec::shape(&__u8_64_codec(), shapes),
                        ),
                        devp2p::rlp::shape::Field::new(
                                "port",
                                devp2p::__private::Codec::shape(
                                    &__option_u16_codec(),
                                    shapes,
                                ),
                            )
                            .optional(),
                        devp2p::rlp::shape::Field::new(
                                "name",
                                devp2p::__private::Codec::shape(
                                    &__option_string_codec(),
                                    shapes,
                                ),
                            )
                            .optional(),
                        devp2p::rlp::shape::Field::new(
                                "seq",
                                devp2p::__private::Codec::shape(
                                    &__option_u64_codec(),
                                    shapes,
                                ),
                            )
                            .optional(),
                    ]),
                devp2p::rlp::shape::Struct::new("Type")
                    .fields([
                        devp2p::rlp::shape::Field::new(
                                "0",
                                devp2p::__private::Codec::shape(&__type_codec(), shapes),
                            )
                            .type_name("Type"),
                    ]),
                devp2p::rlp::shape::Struct::new("Pong").trailing(),
            ])
        }
    }
    #[automatically_derived]
    impl devp2p::Dispatch for Event {
        type Handler = dyn Everything;
        fn dispatch<'a>(
            self,
            handler: &'a (dyn Everything + 'static),
            peer: &'a devp2p::Peer<Self>,
        ) -> devp2p::Dispatched<'a, Self> {
            match self {
                Self::Ping => {
                    devp2p::Dispatched::Notification(Everything::ping(handler, peer))
                }
                Self::GetHeaders { start, hashes, peer: peer_ } => {
                    devp2p::Dispatched::Notification(
                        Everything::get_headers(handler, peer, start, hashes, peer_),
                    )
                }
                Self::Headers(field_0, field_1) => {
                    devp2p::Dispatched::Notification(
                        Everything::headers(handler, peer, field_0, field_1),
                    )
                }
                Self::Status(status) => {
                    devp2p::Dispatched::Notification(
                        Everything::status(handler, peer, status),
                    )
                }
                Self::Hello { id, port, name, seq } => {
                    devp2p::Dispatched::Notification(
                        Everything::hello(handler, peer, id, port, name, seq),
                    )
                }
                Self::Type(r#type) => {
                    devp2p::Dispatched::Notification(
                        Everything::r#type(handler, peer, r#type),
                    )
                }
                Self::Pong {} => {
                    devp2p::Dispatched::Notification(Everything::pong(handler, peer))
                }
            }
        }
        fn connected<'a>(
            handler: &'a (dyn Everything + 'static),
            peer: &'a devp2p::Peer<Self>,
        ) -> devp2p::BoxFuture<'a, devp2p::Result> {
            Everything::connected(handler, peer)
        }
        fn disconnected<'a>(
            handler: &'a (dyn Everything + 'static),
            peer: &'a devp2p::Peer<Self>,
            cause: &'a devp2p::Cause,
        ) -> devp2p::BoxFuture<'a, ()> {
            Everything::disconnected(handler, peer, cause)
        }
    }
    #[automatically_derived]
    impl<__Handler: Everything> devp2p::HandledBy<__Handler> for Event {
        fn shared(handler: __Handler) -> ::std::sync::Arc<dyn Everything> {
            ::std::sync::Arc::new(handler)
        }
    }
};
