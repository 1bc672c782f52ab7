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
        Codec as _, PickAlloy as _, PickAlloyList as _, PickNone as _, PickOwn as _,
        PickRlp as _, PickRlpList as _,
    };
    fn __header_items_codec<T>() -> impl ::p2p::__private::Codec<Vec<T>>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        ::p2p::__private::Limited {
            ty: "Header",
            field: "items",
            codec: (&&&&&&::p2p::__private::Tag::<Vec<T>>::NEW).codec(),
            limits: ::p2p::rlp::Limits::<Vec<T>>::new()
                .max_items(16)
                .check(|value| ::p2p::rlp::accepted(<Header<T>>::valid(value))),
        }
    }
    fn __vec_u8_codec<T>() -> impl ::p2p::__private::Codec<Vec<u8>>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        (&&&&&&::p2p::__private::Tag::<Vec<u8>>::NEW).codec()
    }
    fn __header_name_codec<T>() -> impl ::p2p::__private::Codec<Option<String>>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        ::p2p::__private::Optional(::p2p::__private::Limited {
            ty: "Header",
            field: "name",
            codec: (&&&&&&::p2p::__private::Tag::<String>::NEW).codec(),
            limits: ::p2p::rlp::Limits::<String>::new()
                .max_len(32)
                .check(|value| ::p2p::rlp::accepted(checks::name::<T>(value))),
        })
    }
    fn __payload_length<T>(value: &Header<T>) -> usize
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        __header_items_codec::<T>()
            .length(&value.items)
            .saturating_add(__vec_u8_codec::<T>().length(&value.extra))
            .saturating_add(__header_name_codec::<T>().length(&value.name))
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
            out.list(__payload_length(self));
            __header_items_codec::<T>().encode(&self.items, out);
            __vec_u8_codec::<T>().encode(&self.extra, out);
            __header_name_codec::<T>().encode(&self.name, out);
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
            let mut list = reader.list()?;
            let value = Self {
                items: __header_items_codec::<T>()
                    .decode(&mut list)
                    .map_err(|error| error.at("Header", "items"))?,
                extra: __vec_u8_codec::<T>()
                    .decode(&mut list)
                    .map_err(|error| error.at("Header", "extra"))?,
                name: __header_name_codec::<T>()
                    .decode(&mut list)
                    .map_err(|error| error.at("Header", "name"))?,
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
                                "items",
                                __header_items_codec::<T>().shape(shapes),
                            )
                            .bounds(
                                ::p2p::rlp::shape::Bounds::NONE
                                    .max_items(16)
                                    .condition("checked by `valid`"),
                            ),
                        ::p2p::rlp::shape::Field::new(
                            "extra",
                            __vec_u8_codec::<T>().shape(shapes),
                        ),
                        ::p2p::rlp::shape::Field::new(
                                "name",
                                __header_name_codec::<T>().shape(shapes),
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
