#[rlp(transparent)]
struct Wrapper<T>(T);

#[allow(deprecated, unused_qualifications)]
const _: () = {
    use ::p2p::__private::{
        Codec as _, PickAlloy as _, PickAlloyList as _, PickNone as _, PickOwn as _,
        PickRlp as _, PickRlpList as _,
    };
    fn t_codec<T>() -> impl ::p2p::__private::Codec<T>
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
            t_codec::<T>().length(&self.0)
        }
        fn encode(&self, out: &mut ::p2p::rlp::Writer<'_>) {
            t_codec::<T>().encode(&self.0, out);
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
                    t_codec::<T>()
                        .decode(reader)
                        .map_err(|error| error.at("Wrapper", "0"))?,
                ),
            )
        }
        fn shape(shapes: &mut ::p2p::rlp::Shapes) -> ::p2p::rlp::Shape {
            use ::p2p::rlp::shape::{Field, Struct};
            shapes
                .define::<
                    Self,
                    _,
                >(
                    Struct::new("Wrapper").transparent(),
                    |shapes| [Field::new("0", t_codec::<T>().shape(shapes))],
                )
        }
    }
};
