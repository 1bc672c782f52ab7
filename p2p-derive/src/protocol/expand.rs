//! The whole expansion.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::ast::Enum;
use super::validate::{Facts, Version, distinct_methods};
use super::{calls, describe, handler, wire};
use crate::codec::Codecs;

/// Writes everything for a protocol that has no mistakes.
pub(crate) fn expand(ast: &Enum, facts: &Facts) -> TokenStream {
    let handled = distinct_methods(ast);
    let handler_trait = handler::definition(ast, &handled);
    let fields = ast.variants.iter().map(|variant| &variant.fields);
    let codecs = Codecs::new(&ast.p2p, &ast.generics, &ast.ty, fields);
    let functions = codecs.definitions();
    let constants = constants(ast, facts);
    let protocol = wire::protocol(ast, facts, &codecs);
    let description = describe::expand(ast, &codecs);
    let dispatch = handler::dispatch(ast);
    let handled_by = handler::handled_by(ast);
    let calls = calls::expand(ast, &handled);
    quote! {
        #handler_trait

        #[allow(deprecated, unused_qualifications)]
        const _: () = {
            #functions
            #constants
            #protocol
            #description
            #dispatch
            #handled_by
            #calls
        };
    }
}

/// The inherent constants, which need no trait in scope.
fn constants(ast: &Enum, facts: &Facts) -> TokenStream {
    let Enum { vis, ty, .. } = ast;
    let (impl_generics, _, where_clause) = ast.generics.split_for_impl();
    let of_the_only = match facts.versions.as_slice() {
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
    let arms = facts
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
