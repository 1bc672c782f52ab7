struct Header {
    number: u64,
    parents: Vec<Self>,
    fee: Option<u64>,
    root: Option<[u8; 32]>,
}

#[allow(deprecated, unused_qualifications)]
const _: () = {
    use ::p2p::__private::{
        Codec as _, PickAlloy as _, PickAlloyList as _, PickNone as _, PickOwn as _,
        PickRlp as _, PickRlpList as _,
    };
    fn __u64_codec() -> impl ::p2p::__private::Codec<u64> {
        (&&&&&&::p2p::__private::Tag::<u64>::NEW).codec()
    }
    fn __vec_header_codec() -> impl ::p2p::__private::Codec<Vec<Header>> {
        (&&&&&&::p2p::__private::Tag::<Vec<Header>>::NEW).codec()
    }
    fn __option_u64_codec() -> impl ::p2p::__private::Codec<Option<u64>> {
        ::p2p::__private::Optional((&&&&&&::p2p::__private::Tag::<u64>::NEW).codec())
    }
    fn __option_u8_32_codec() -> impl ::p2p::__private::Codec<Option<[u8; 32]>> {
        ::p2p::__private::Optional(
            (&&&&&&::p2p::__private::Tag::<[u8; 32]>::NEW).codec(),
        )
    }
    fn __payload_length(value: &Header) -> usize {
        __u64_codec()
            .length(&value.number)
            .saturating_add(__vec_header_codec().length(&value.parents))
            .saturating_add(__option_u64_codec().length(&value.fee))
            .saturating_add(__option_u8_32_codec().length(&value.root))
    }
    #[automatically_derived]
    impl ::p2p::rlp::Encode for Header {
        fn length(&self) -> usize {
            ::p2p::rlp::list_length(__payload_length(self))
        }
        fn encode(&self, out: &mut ::p2p::rlp::Writer<'_>) {
            if self.fee.is_none() && self.root.is_some() {
                out.fail(::p2p::rlp::EncodeError::NoneBeforeSome {
                    ty: "Header",
                    field: "fee",
                });
            }
            out.list(__payload_length(self));
            __u64_codec().encode(&self.number, out);
            __vec_header_codec().encode(&self.parents, out);
            __option_u64_codec().encode(&self.fee, out);
            __option_u8_32_codec().encode(&self.root, out);
        }
    }
    #[automatically_derived]
    impl ::p2p::rlp::Decode for Header {
        fn decode(
            reader: &mut ::p2p::rlp::Reader<'_>,
        ) -> ::core::result::Result<Self, ::p2p::rlp::Error> {
            let mut list = reader.list()?;
            let value = Self {
                number: __u64_codec()
                    .decode(&mut list)
                    .map_err(|error| error.at("Header", "number"))?,
                parents: __vec_header_codec()
                    .decode(&mut list)
                    .map_err(|error| error.at("Header", "parents"))?,
                fee: __option_u64_codec()
                    .decode(&mut list)
                    .map_err(|error| error.at("Header", "fee"))?,
                root: __option_u8_32_codec()
                    .decode(&mut list)
                    .map_err(|error| error.at("Header", "root"))?,
            };
            list.finish()?;
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
                            __u64_codec().shape(shapes),
                        ),
                        ::p2p::rlp::shape::Field::new(
                                "parents",
                                __vec_header_codec().shape(shapes),
                            )
                            .type_name("Vec<Header>"),
                        ::p2p::rlp::shape::Field::new(
                                "fee",
                                __option_u64_codec().shape(shapes),
                            )
                            .optional(),
                        ::p2p::rlp::shape::Field::new(
                                "root",
                                __option_u8_32_codec().shape(shapes),
                            )
                            .optional(),
                    ],
                )
        }
    }
};
