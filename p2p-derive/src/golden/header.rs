struct Header {
    number: u64,
    parents: Vec<Self>,
    fee: Option<u64>,
    root: Option<[u8; 32]>,
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
    fn __vec_header_codec() -> impl ::p2p::__private::Codec<Vec<Header>> {
        (&&&&&&::p2p::__private::Tag::<Vec<Header>>::NEW).__p2p_codec()
    }
    fn __option_u64_codec() -> impl ::p2p::__private::Codec<Option<u64>> {
        ::p2p::__private::Optional(
            (&&&&&&::p2p::__private::Tag::<u64>::NEW).__p2p_codec(),
        )
    }
    fn __option_u8_32_codec() -> impl ::p2p::__private::Codec<Option<[u8; 32]>> {
        ::p2p::__private::Optional(
            (&&&&&&::p2p::__private::Tag::<[u8; 32]>::NEW).__p2p_codec(),
        )
    }
    fn __payload_length(value: &Header) -> usize {
        ::p2p::__private::Codec::length(&__u64_codec(), &value.number)
            .saturating_add(
                ::p2p::__private::Codec::length(&__vec_header_codec(), &value.parents),
            )
            .saturating_add(
                ::p2p::__private::Codec::length(&__option_u64_codec(), &value.fee),
            )
            .saturating_add(
                ::p2p::__private::Codec::length(&__option_u8_32_codec(), &value.root),
            )
    }
    #[automatically_derived]
    impl ::p2p::rlp::Encode for Header {
        fn length(&self) -> usize {
            ::p2p::rlp::list_length(__payload_length(self))
        }
        fn encode(&self, out: &mut ::p2p::rlp::Writer<'_>) {
            if ::core::option::Option::is_none(&self.fee)
                && ::core::option::Option::is_some(&self.root)
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
            ::p2p::__private::Codec::encode(&__u64_codec(), &self.number, out);
            ::p2p::__private::Codec::encode(&__vec_header_codec(), &self.parents, out);
            ::p2p::__private::Codec::encode(&__option_u64_codec(), &self.fee, out);
            ::p2p::__private::Codec::encode(&__option_u8_32_codec(), &self.root, out);
        }
    }
    #[automatically_derived]
    impl ::p2p::rlp::Decode for Header {
        fn decode(
            reader: &mut ::p2p::rlp::Reader<'_>,
        ) -> ::core::result::Result<Self, ::p2p::rlp::Error> {
            let mut list = ::p2p::rlp::Reader::list(reader)?;
            let value = Self {
                number: ::p2p::__private::Codec::decode(&__u64_codec(), &mut list)
                    .map_err(|error| error.at("Header", "number"))?,
                parents: ::p2p::__private::Codec::decode(
                        &__vec_header_codec(),
                        &mut list,
                    )
                    .map_err(|error| error.at("Header", "parents"))?,
                fee: ::p2p::__private::Codec::decode(&__option_u64_codec(), &mut list)
                    .map_err(|error| error.at("Header", "fee"))?,
                root: ::p2p::__private::Codec::decode(&__option_u8_32_codec(), &mut list)
                    .map_err(|error| error.at("Header", "root"))?,
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
                            ::p2p::__private::Codec::shape(&__u64_codec(), shapes),
                        ),
                        ::p2p::rlp::shape::Field::new(
                                "parents",
                                ::p2p::__private::Codec::shape(
                                    &__vec_header_codec(),
                                    shapes,
                                ),
                            )
                            .type_name("Vec<Header>"),
                        ::p2p::rlp::shape::Field::new(
                                "fee",
                                ::p2p::__private::Codec::shape(
                                    &__option_u64_codec(),
                                    shapes,
                                ),
                            )
                            .optional(),
                        ::p2p::rlp::shape::Field::new(
                                "root",
                                ::p2p::__private::Codec::shape(
                                    &__option_u8_32_codec(),
                                    shapes,
                                ),
                            )
                            .optional(),
                    ],
                )
        }
    }
};
