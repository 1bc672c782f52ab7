//! Writes a stub beside the errors, so that no other errors follow from them: the same traits, with bodies that
//! are never run.

use proc_macro2::TokenStream;
use quote::quote;

use super::{calls, handler};
use crate::protocol::model::Protocol;

/// Writes the stub.
pub(crate) fn expand(protocol: &Protocol<'_>) -> TokenStream {
    let Protocol { p2p, vis, ty, .. } = protocol;
    let (impl_generics, _, where_clause) = protocol.generics.split_for_impl();
    let handler_trait = handler::definition(protocol);
    let calls = calls::expand(protocol);
    let arguments = quote!(let _ = (handler, peer););
    let dispatch = handler::dispatch_with(
        protocol,
        &quote!(#arguments loop {}),
        &quote!(#arguments loop {}),
        &quote!(#arguments let _ = cause; loop {}),
    );
    let handled_by = handler::handled_by(protocol);
    quote! {
        #handler_trait

        #[allow(deprecated, unused_qualifications)]
        const _: () = {
            #[allow(dead_code)]
            impl #impl_generics #ty #where_clause {
                #vis const VERSION: u64 = 0;
                #vis const LENGTH: u64 = 0;
                #vis const fn length(_: u64) -> u64 {
                    0
                }
            }

            impl #impl_generics #p2p::Protocol for #ty #where_clause {
                const NAME: &'static str = "";
                const VERSIONS: &'static [#p2p::protocol::Version] = &[];
                const MESSAGES: &'static [#p2p::protocol::MessageInfo] = &[];

                fn info(&self) -> &'static #p2p::protocol::MessageInfo {
                    loop {}
                }

                fn encode(
                    &self,
                    _: u64,
                    _: ::core::option::Option<#p2p::protocol::RequestId>,
                    _: &mut ::std::vec::Vec<u8>,
                ) -> ::core::result::Result<(), #p2p::protocol::EncodeError> {
                    loop {}
                }

                fn decode(
                    _: u64,
                    _: #p2p::protocol::Code,
                    _: &[u8],
                ) -> ::core::result::Result<Self, #p2p::protocol::DecodeError> {
                    loop {}
                }
            }

            impl #impl_generics #p2p::spec::Describe for #ty #where_clause {
                fn describe() -> #p2p::spec::Description {
                    loop {}
                }
            }

            #dispatch
            #handled_by
            #calls
        };
    }
}
