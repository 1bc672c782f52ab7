#[rlp(transparent)]
struct Wrapper<T>(T);

#[allow(deprecated, unused_qualifications)]
const _: () = {
    use ::p2p::__private::{
        Codec as _, PickAlloy as _, PickAlloyList as _, PickNone as _, PickOwn as _,
        PickRlp as _, PickRlpList as _,
    };
    fn __t_codec<T>() -> impl ::p2p::__private::Codec<T>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        (&&&&&&::p2p::__private::Tag::<T>::NEW).codec()
    }
    #[automatically_derived]
    impl<T> ::p2p::rlp::Encode for Wrapper<T>
    where
        T: ::p2p::rlp::Encode + ::p2p::rlp::Decode,
    {
        fn length(&self) -> usize {
            __t_codec::<T>().length(&self.0)
        }
        fn encode(&self, out: &mut ::p2p::rlp::Writer<'_>) {
            __t_codec::<T>().encode(&self.0, out);
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
                    __t_codec::<T>()
                        .decode(reader)
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
                            __t_codec::<T>().shape(shapes),
                        ),
                    ],
                )
        }
    }
};
