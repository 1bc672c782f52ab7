//! Golden expansions: what the derives write, formatted, beside the input that they write it for.
//!
//! `UPDATE_GOLDEN=1 cargo test -p p2p-derive` writes the files anew.

use proc_macro2::TokenStream;
use quote::quote;
use std::path::Path;
use syn::DeriveInput;

use crate::{protocol, rlp};

/// Compares the expansion of `input` with `src/golden/<name>.rs`.
fn golden(name: &str, input: TokenStream, derive: fn(&DeriveInput) -> TokenStream) {
    let input: DeriveInput = syn::parse2(input).unwrap();
    let output = syn::parse2(derive(&input)).unwrap();
    let input = syn::parse2(quote!(#input)).unwrap();
    let found = format!(
        "{}\n{}",
        prettyplease::unparse(&input),
        prettyplease::unparse(&output)
    );

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/golden/{name}.rs"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == expected,
        "the expansion differs from {}; if that is right, run with UPDATE_GOLDEN=1\n{found}",
        file.display()
    );
}

#[test]
fn the_smallest_protocol_reads_like_one_by_hand() {
    let input = quote! {
        #[protocol(name = "foobar", version = 1)]
        enum Message {
            /// A line of text.
            Text(String),
        }
    };
    golden("foobar", input, protocol::derive);
}

#[test]
fn every_kind_of_message_reads_like_one_by_hand() {
    let input = quote! {
        #[protocol(name = "all", version = 3, length = 32, handler = "Everything", crate = "devp2p")]
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
    };
    golden("every_kind", input, protocol::derive);
}

#[test]
fn versions_differ_in_their_messages() {
    let input = quote! {
        #[protocol(name = "chat", versions = [1, 2, 4])]
        pub enum Message {
            #[message(code = 0)]
            Text(String),
            #[message(code = 1, until = 1)]
            Name(String),
            #[message(code = 1, since = 2)]
            Profile { name: String, color: u32 },
            #[message(code = 2, since = 2, until = 2)]
            Typing,
        }
    };
    golden("versions", input, protocol::derive);
}

#[test]
fn a_request_names_its_reply() {
    let input = quote! {
        #[protocol(name = "blocks", versions = 1..=2)]
        pub enum Message {
            #[message(code = 0)]
            Announce(u64),
            /// Asks for [`Self::Blocks`].
            #[message(code = 1, reply = Blocks, timeout = "1500ms")]
            GetBlocks(Range),
            #[message(code = 2)]
            Blocks(Vec<Block>),
            #[message(code = 3, since = 2, reply = Tip)]
            GetTip,
            #[message(code = 4, since = 2)]
            Tip { number: u64, hash: [u8; 32] },
            #[message(code = 5, reply = Done)]
            Stop { id: u64, request_id: u8 },
            #[message(code = 6)]
            Done,
        }
    };
    golden("requests", input, protocol::derive);
}

#[test]
fn limits_are_in_the_table_and_in_the_codecs() {
    let input = quote! {
        #[protocol(name = "chain", versions = 1..=2)]
        enum Message {
            #[message(code = 0, max_size = 65536, rate = "10/s", burst = 20, excess = "drop")]
            GetBlocks {
                start: u64,
                #[field(range(1..=1024), with = Self::is_even)]
                count: u64,
                #[field(range(..2))]
                skip: Option<u64>,
            },
            #[message(code = 1, since = 2, rate = "1/min", excess = "disconnect")]
            Blocks(#[field(max_items = 1024)] Vec<Block>, #[field(max_len = 32)] Vec<u8>),
            #[message(code = 2, max_size = 1, rate = "4/h")]
            Ping,
            #[message(code = 3, max_size = MAX_SIZE)]
            Named {
                #[field(max_items = Self::MOST)]
                items: Vec<u64>,
                #[field(max_len = consts::LONGEST)]
                text: String,
                #[field(range(Self::LEAST..MAX))]
                count: u64,
            },
        }
    };
    golden("limits", input, protocol::derive);
}

#[test]
fn a_structs_fields_have_limits_too() {
    let input = quote! {
        struct Header<T> {
            #[field(max_items = 0x10, with = Self::valid)]
            items: Vec<T>,
            extra: Vec<u8>,
            #[field(max_len = 32, with = checks::name::<T>)]
            name: Option<String>,
        }
    };
    golden("limited_struct", input, rlp::derive);
}

#[test]
fn a_generic_protocol_bounds_its_parameters() {
    let input = quote! {
        #[protocol(name = "generic", version = 1)]
        pub enum Message<T: Clone, const N: usize> where T: PartialEq {
            One(T),
            Many { items: Vec<T>, hash: [u8; N] },
        }
    };
    golden("generic", input, protocol::derive);
}

#[test]
fn mistakes_leave_stubs() {
    let input = quote! {
        #[protocol(name = "far too long", vresion = 1)]
        enum Message {
            Text(&str),
        }
    };
    golden("stub", input, protocol::derive);
}

#[test]
fn a_struct_is_a_list_of_its_fields() {
    let input = quote! {
        struct Header {
            number: u64,
            parents: Vec<Self>,
            fee: Option<u64>,
            root: Option<[u8; 32]>,
        }
    };
    golden("header", input, rlp::derive);
}

#[test]
fn a_transparent_struct_is_its_field() {
    let input = quote! {
        #[rlp(transparent)]
        struct Wrapper<T>(T);
    };
    golden("wrapper", input, rlp::derive);
}

#[test]
fn the_path_of_the_crate_is_used_throughout() {
    let protocols = [
        quote! {
            #[protocol(name = "a", version = 1, crate = "other")]
            enum A {
                B(u8, Option<C>, Option<D>),
                E(F),
                G,
                #[message(transparent)]
                H(I),
                #[message(max_size = 9, rate = "1/s", burst = 2, excess = "drop")]
                J(#[field(range(1..), max_len = 2, max_items = 3, with = k)] L, #[field(range(1..))] Option<M>),
            }
        },
        quote! {
            #[protocol(name = "a", version = 1, crate = "other", oops)]
            enum A { B(u8) }
        },
        quote! {
            #[protocol(name = "a", versions = 1..=2, crate = "other")]
            enum A {
                #[message(code = 0, since = 2)]
                B(u8),
                #[message(code = 0, until = 1)]
                C,
            }
        },
    ];
    let items = [
        quote!(
            #[rlp(crate = "other")]
            struct A<T>(T, Option<u8>, Option<u8>);
        ),
        quote!(
            #[rlp(crate = "other", transparent)]
            struct A(#[field(range(1..))] u8);
        ),
        quote!(
            #[rlp(crate = "other")]
            struct A;
        ),
        quote!(
            #[rlp(crate = "other", oops)]
            struct A;
        ),
    ];
    let derive = |derive: fn(&DeriveInput) -> TokenStream| {
        move |input| derive(&syn::parse2(input).unwrap()).to_string()
    };
    let protocols = protocols.into_iter().map(derive(protocol::derive));
    for output in protocols.chain(items.into_iter().map(derive(rlp::derive))) {
        assert!(output.contains("other ::"), "{output}");
        assert!(!output.contains(":: p2p"), "{output}");
    }
}

#[test]
fn names_become_snake_case() {
    use crate::names::{identifier, plain, snake_case};
    let rows = [
        ("Text", "text"),
        ("GetBlockHeaders", "get_block_headers"),
        ("GetHTTPHeaders", "get_http_headers"),
        ("HTTP", "http"),
        ("Snap1Status", "snap1_status"),
        ("Already_Snake", "already_snake"),
        ("lower", "lower"),
        ("X", "x"),
    ];
    for (name, expected) in rows {
        assert_eq!(snake_case(name), expected);
    }
    let span = proc_macro2::Span::call_site();
    assert_eq!(identifier("type", span).to_string(), "r#type");
    assert_eq!(identifier("self", span).to_string(), "self_");
    assert_eq!(plain(&identifier("gen", span)), "gen");
}

#[test]
fn a_misspelt_key_is_recognised_and_another_word_is_not() {
    use crate::names::similar;
    let keys = ["name", "version", "length", "handler", "crate"];
    let rows = [
        ("nmae", Some("name")),
        ("Name", Some("name")),
        ("verison", Some("version")),
        ("versions", Some("version")),
        ("len", Some("length")),
        ("handlers", Some("handler")),
        ("timeout", None),
        ("x", None),
    ];
    for (name, expected) in rows {
        assert_eq!(similar(name, keys.into_iter()), expected, "{name}");
    }
}
