//! Golden expansions: each input of a derive, and the code that it writes, formatted.
//!
//! `UPDATE_GOLDEN=1 cargo test -p p2p-derive` writes the files anew.

use proc_macro2::TokenStream;
use quote::quote;
use std::path::Path;
use syn::DeriveInput;

use crate::{protocol, rlp};

type Derive = fn(&DeriveInput) -> TokenStream;

/// Compares the expansions of some inputs with `src/golden/<name>.rs`.
fn golden<const N: usize>(name: &str, inputs: [(TokenStream, Derive); N]) {
    let expansions = inputs.map(|(input, derive)| {
        let input: DeriveInput = syn::parse2(input).unwrap();
        let output = syn::parse2(derive(&input)).unwrap();
        let input = syn::parse2(quote!(#input)).unwrap();
        let input = prettyplease::unparse(&input);
        let output = prettyplease::unparse(&output);
        format!("{input}\n{output}")
    });
    let found = expansions.join("\n");

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
    golden("foobar", [(input, protocol::derive)]);
}

#[test]
fn versions_and_requests_are_readable() {
    let input = quote! {
        #[protocol(name = "blocks", versions = [1, 2, 4], handler = "Blocks")]
        pub enum Message {
            #[message(code = 0, transparent)]
            Status(wire::Status),
            /// Asks for [`Self::Blocks`].
            #[message(code = 1, reply = Blocks, timeout = "1500ms")]
            GetBlocks(GetBlocks),
            #[message(code = 2)]
            Blocks(Vec<Block>),
            #[message(code = 3, until = 1, trailing = "ignore")]
            Announce { number: u64, hash: Option<[u8; 32]>, peer: Option<u64> },
            #[message(code = 3, since = 2, until = 2)]
            Type(u64, r#Type),
            #[message(code = 4, since = 2, reply = Done, timeout = "2s")]
            Stop { request_id: u8 },
            #[message(code = 5, since = 2)]
            Done,
        }
    };
    golden("requests", [(input, protocol::derive)]);
}

#[test]
fn limits_are_in_the_table_and_in_the_codecs() {
    let messages = quote! {
        #[protocol(name = "chain", version = 1, length = 16)]
        enum Message {
            #[message(max_size = 65536, rate = "10/s", burst = 20, excess = "drop")]
            GetBlocks {
                start: u64,
                #[field(range(1..=1024), with = Self::is_even)]
                count: u64,
                #[field(range(..2))]
                skip: Option<u64>,
            },
            #[message(code = 0x0f, max_size = MAX_SIZE)]
            Blocks(#[field(max_items = Self::MOST)] Vec<Header<u8>>),
        }
    };
    let generic_struct = quote! {
        struct Header<T: Clone> {
            #[field(range(Self::LEAST..MAX))]
            number: u64,
            parents: Vec<Self>,
            #[field(max_items = 0x10, with = checks::items::<T>)]
            items: Vec<T>,
            fee: Option<u64>,
            #[field(max_len = 32)]
            name: Option<String>,
        }
    };
    golden(
        "limits",
        [(messages, protocol::derive), (generic_struct, rlp::derive)],
    );
}

#[test]
fn mistakes_leave_stubs() {
    let input = quote! {
        #[protocol(name = "far too long", vresion = 1)]
        enum Message {
            Text(&str),
        }
    };
    golden("stub", [(input, protocol::derive)]);
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
                #[message(code = 0, since = 2, reply = D, timeout = "1s")]
                B(E),
                #[message(code = 0, until = 1)]
                C,
                #[message(code = 1)]
                D,
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
    let derive = |derive: Derive| move |input| derive(&syn::parse2(input).unwrap()).to_string();
    let protocols = protocols.into_iter().map(derive(protocol::derive));
    for output in protocols.chain(items.into_iter().map(derive(rlp::derive))) {
        assert!(output.contains("other ::"), "{output}");
        assert!(!output.contains(":: p2p"), "{output}");
    }
}
