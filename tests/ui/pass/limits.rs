//! Limits in every form, in names that the compiler must not mistake.
#![deny(warnings)]
#![no_implicit_prelude]

mod checks {
    pub fn value(
        _: &u64,
    ) -> ::core::result::Result<(), ::std::boxed::Box<dyn ::std::error::Error>> {
        ::core::result::Result::Ok(())
    }

    pub fn any<T>(_: &T) -> ::core::result::Result<(), &'static str> {
        ::core::result::Result::Ok(())
    }
}

use checks::value;
type Items = ::std::vec::Vec<u64>;
type Number = u32;

#[derive(::core::fmt::Debug, ::core::cmp::PartialEq, ::p2p::Rlp)]
struct Struct<T> {
    #[field(max_items = 1_000, with = checks::any::<::std::vec::Vec<T>>)]
    items: ::std::vec::Vec<T>,
    #[field(max_len = 0xff_u8)]
    #[field(with = checks::any)]
    bytes: ::std::vec::Vec<u8>,
    #[field(range(1u64..))]
    one: u64,
}

#[derive(::core::fmt::Debug, ::p2p::Rlp)]
struct Named<T> {
    #[field(max_items = Self::MOST, with = Self::check)]
    items: ::std::vec::Vec<T>,
    #[field(max_len = consts::LONGEST)]
    text: ::std::string::String,
    #[field(range(consts::LEAST..=<Self>::GREATEST))]
    number: u64,
    #[field(range(0..=consts::LEAST))]
    few: u64,
    #[field(range(consts::LEAST..))]
    more: ::core::option::Option<u64>,
}

impl<T> Named<T> {
    const MOST: usize = 3;
    const GREATEST: u64 = 9;

    fn check(_: &[T]) -> ::core::result::Result<(), ::std::string::String> {
        ::core::result::Result::Ok(())
    }
}

mod consts {
    pub const LONGEST: usize = 32;
    pub const LEAST: u64 = 1;
    pub const SIZE: usize = 1024;
}

#[derive(::core::fmt::Debug, ::p2p::Protocol)]
#[protocol(name = "limits", version = 1)]
enum Message {
    #[message(max_size = consts::SIZE)]
    Zero(#[field(max_items = Self::MOST)] Items),
    #[message(max_size = 1, rate = "1/s")]
    Ping,
    #[message(max_size = 16_777_215, rate = "2/min", burst = 9, excess = "drop")]
    One {
        #[field(range(1..=9), with = value)]
        value: u64,
        #[field(max_items = 7)]
        items: Items,
        #[field(range(..256))]
        number: Number,
        #[field(range(..=255), with = Self::small)]
        out: u8,
    },
    #[message(transparent, excess = "disconnect", rate = "3/h")]
    Two(#[field(with = checks::any)] (u64, u64)),
    #[message(trailing = "ignore")]
    Three(
        #[field(max_items = 3)] [u64; 3],
        #[field(max_len = 32)] ::core::option::Option<::std::string::String>,
    ),
}

impl Message {
    const MOST: usize = 5;

    fn small(_: &u8) -> ::core::result::Result<(), ::std::string::String> {
        ::core::result::Result::Ok(())
    }
}

macro_rules! limited {
    ($Name:ident, $most:expr, $range:expr, $check:path) => {
        #[derive(::p2p::Rlp)]
        #[allow(dead_code)]
        struct $Name(
            #[field(range($range), with = $check)] u64,
            #[field(max_items = $most)] ::std::vec::Vec<u64>,
        );
    };
}

limited!(FromAMacro, 3, 1..=3, checks::value);
limited!(WithConstants, consts::LONGEST, consts::LEAST..=3, checks::value);

fn main() {
    use ::core::assert_eq;
    use ::p2p::Protocol as _;
    let message = Message::One {
        value: 1,
        items: ::std::vec![2],
        number: 3,
        out: 4,
    };
    let mut bytes = ::std::vec::Vec::new();
    message.encode(1, ::core::option::Option::None, &mut bytes).unwrap();
    assert_eq!(bytes, [0xc5, 1, 0xc1, 2, 3, 4]);
    let _ = ::std::vec![
        Message::Ping,
        Message::Two((1, 2)),
        Message::Three([1, 2, 3], ::core::option::Option::None)
    ];
    let _ = Message::Zero(::std::vec![]);
    let _ = Named::<u64> {
        items: ::std::vec![],
        text: ::std::string::String::new(),
        number: 1,
        few: 1,
        more: ::core::option::Option::None,
    };
    let _ = Struct::<u64> {
        items: ::std::vec![],
        bytes: ::std::vec![],
        one: 1,
    };
}
