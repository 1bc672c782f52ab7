//! Writes the code of a protocol, from its model alone.
//!
//! [`table`] is the list of messages, [`wire`] encodes and decodes them, [`handler`] is the handler trait and the
//! dispatch to it, [`calls`] makes requests, and [`describe`] is for the specification. [`stub`] stands for all of
//! them after a mistake.

mod calls;
mod describe;
mod handler;
pub(crate) mod stub;
mod table;
mod wire;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::fields::codec::Codecs;
use crate::protocol::model::{Protocol, Version};

/// Writes everything for a protocol that has no mistakes.
pub(crate) fn expand(protocol: &Protocol<'_>) -> TokenStream {
    let fields = protocol.messages.iter().map(|message| message.fields);
    let codecs = Codecs::new(protocol.p2p, protocol.generics, protocol.ty, fields);
    let handler_trait = handler::definition(protocol);
    let functions = codecs.definitions();
    let constants = constants(protocol);
    let wire = wire::expand(protocol, &codecs);
    let description = describe::expand(protocol, &codecs);
    let dispatch = handler::dispatch(protocol);
    let handled_by = handler::handled_by(protocol);
    let calls = calls::expand(protocol);
    quote! {
        #handler_trait

        #[allow(deprecated, unused_qualifications)]
        const _: () = {
            #functions
            #constants
            #wire
            #description
            #dispatch
            #handled_by
            #calls
        };
    }
}

/// The inherent constants and `length`, which need no trait in scope.
fn constants(protocol: &Protocol<'_>) -> TokenStream {
    let Protocol { vis, ty, .. } = protocol;
    let (impl_generics, _, where_clause) = protocol.generics.split_for_impl();
    let of_the_only = match protocol.versions.as_slice() {
        [only] => {
            let number = Literal::u64_unsuffixed(only.number);
            let length = Literal::u64_unsuffixed(only.length);
            quote! {
                /// The version that is announced to peers.
                #vis const VERSION: u64 = #number;

                /// The number of message codes that are set aside: the highest code plus one, or more.
                #vis const LENGTH: u64 = #length;
            }
        }
        _ => TokenStream::new(),
    };
    let arms = protocol
        .versions
        .chunk_by(|one, other| one.length == other.length)
        .filter_map(|equal| {
            let numbers = equal.iter().map(|row| Literal::u64_unsuffixed(row.number));
            let Version { length, .. } = equal.first()?;
            let length = Literal::u64_unsuffixed(*length);
            Some(quote!(#(#numbers)|* => #length,))
        });
    quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #impl_generics #ty #where_clause {
            #of_the_only

            /// The number of message codes that a version sets aside; 0 if it is not spoken.
            #vis const fn length(version: u64) -> u64 {
                match version {
                    #(#arms)*
                    _ => 0,
                }
            }
        }
    }
}
