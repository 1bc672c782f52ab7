struct Header<T> {
    #[field(max_items = 0x10, with = Self::valid)]
    items: Vec<T>,
    extra: Vec<u8>,
    #[field(max_len = 32, with = checks::name::<T>)]
    name: Option<String>,
}

#[allow(deprecated, unused_qualifications)]
const _: () = {
    use ::p2p::__private::{
        PickAlloy as _, PickAlloyList as _, PickNone as _, PickOwn as _, PickRlp as _,
        PickRlpList as _,
    };
    fn __header_items_codec<T>() -> impl ::p2p::__private::Codec<Vec<T>>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        ::p2p::__private::Limited {
            ty: "Header",
            field: "items",
            codec: (&&&&&&::p2p::__private::Tag::<Vec<T>>::NEW).__p2p_codec(),
            limits: ::p2p::rlp::Limits::<Vec<T>>::new()
                .max_items(16)
                .check(|value| ::p2p::rlp::accepted(<Header<T>>::valid(value))),
        }
    }
    fn __vec_u8_codec<T>() -> impl ::p2p::__private::Codec<Vec<u8>>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        (&&&&&&::p2p::__private::Tag::<Vec<u8>>::NEW).__p2p_codec()
    }
    fn __header_name_codec<T>() -> impl ::p2p::__private::Codec<Option<String>>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        ::p2p::__private::Optional(::p2p::__private::Limited {
            ty: "Header",
            field: "name",
            codec: (&&&&&&::p2p::__private::Tag::<String>::NEW).__p2p_codec(),
            limits: ::p2p::rlp::Limits::<String>::new()
                .max_len(32)
                .check(|value| ::p2p::rlp::accepted(checks::name::<T>(value))),
        })
    }
    fn __payload_length<T>(value: &Header<T>) -> usize
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        ::p2p::__private::Codec::length(&__header_items_codec::<T>(), &value.items)
            .saturating_add(
                ::p2p::__private::Codec::length(&__vec_u8_codec::<T>(), &value.extra),
            )
            .saturating_add(
                ::p2p::__private::Codec::length(&__header_name_codec::<T>(), &value.name),
            )
    }
    #[automatically_derived]
    impl<T> ::p2p::rlp::Encode for Header<T>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        fn length(&self) -> usize {
            ::p2p::rlp::list_length(__payload_length(self))
        }
        fn encode(&self, out: &mut ::p2p::rlp::Writer<'_>) {
            ::p2p::rlp::Writer::list(out, __payload_length(self));
            ::p2p::__private::Codec::encode(
                &__header_items_codec::<T>(),
                &self.items,
                out,
            );
            ::p2p::__private::Codec::encode(&__vec_u8_codec::<T>(), &self.extra, out);
            ::p2p::__private::Codec::encode(
                &__header_name_codec::<T>(),
                &self.name,
                out,
            );
        }
    }
    #[automatically_derived]
    impl<T> ::p2p::rlp::Decode for Header<T>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        fn decode(
            reader: &mut ::p2p::rlp::Reader<'_>,
        ) -> ::core::result::Result<Self, ::p2p::rlp::Error> {
            let mut list = ::p2p::rlp::Reader::list(reader)?;
            let value = Self {
                items: ::p2p::__private::Codec::decode(
                        &__header_items_codec::<T>(),
                        &mut list,
                    )
                    .map_err(|error| error.at("Header", "items"))?,
                extra: ::p2p::__private::Codec::decode(&__vec_u8_codec::<T>(), &mut list)
                    .map_err(|error| error.at("Header", "extra"))?,
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
                                "items",
                                ::p2p::__private::Codec::shape(
                                    &__header_items_codec::<T>(),
                                    shapes,
                                ),
                            )
                            .bounds(
                                ::p2p::rlp::shape::Bounds::NONE
                                    .max_items(16)
                                    .condition("checked by `valid`"),
                            ),
                        ::p2p::rlp::shape::Field::new(
                            "extra",
                            ::p2p::__private::Codec::shape(
                                &__vec_u8_codec::<T>(),
                                shapes,
                            ),
                        ),
                        ::p2p::rlp::shape::Field::new(
                                "name",
                                ::p2p::__private::Codec::shape(
                                    &__header_name_codec::<T>(),
                                    shapes,
                                ),
                            )
                            .optional()
                            .bounds(
                                ::p2p::rlp::shape::Bounds::NONE
                                    .max_len(32)
                                    .condition("checked by `checks::name::<T>`"),
                            ),
                    ],
                )
        }
    }
};
