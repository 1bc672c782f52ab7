#[rlp(transparent)]
struct Wrapper<T>(T);

#[allow(deprecated, unused_qualifications)]
const _: () = {
    use ::p2p::__private::{
        PickAlloy as _, PickAlloyList as _, PickNone as _, PickOwn as _, PickRlp as _,
        PickRlpList as _,
    };
    fn __t_codec<T>() -> impl ::p2p::__private::Codec<T>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        (&&&&&&::p2p::__private::Tag::<T>::NEW).__p2p_codec()
    }
    #[automatically_derived]
    impl<T> ::p2p::rlp::Encode for Wrapper<T>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        fn length(&self) -> usize {
            ::p2p::__private::Codec::length(&__t_codec::<T>(), &self.0)
        }
        fn encode(&self, out: &mut ::p2p::rlp::Writer<'_>) {
            ::p2p::__private::Codec::encode(&__t_codec::<T>(), &self.0, out);
        }
    }
    #[automatically_derived]
    impl<T> ::p2p::rlp::Decode for Wrapper<T>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        fn decode(
            reader: &mut ::p2p::rlp::Reader<'_>,
        ) -> ::core::result::Result<Self, ::p2p::rlp::Error> {
            ::core::result::Result::Ok(
                Self(
                    ::p2p::__private::Codec::decode(&__t_codec::<T>(), reader)
                        .map_err(|error| error.at("Wrapper", "0"))?,
                ),
            )
        }
        fn shape(shapes: &mut ::p2p::rlp::Shapes) -> ::p2p::rlp::Shape {
            shapes
                .define::<
                    Self,
                    _,
                >(
                    ::p2p::rlp::shape::Struct::new("Wrapper").transparent(),
                    |shapes| [
                        ::p2p::rlp::shape::Field::new(
                            "0",
                            ::p2p::__private::Codec::shape(&__t_codec::<T>(), shapes),
                        ),
                    ],
                )
        }
    }
};
