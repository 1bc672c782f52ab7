//! Writes a constructor for each request, and `Request` for payloads that only one request has.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Type};

use crate::protocol::model::{Message, Protocol, Request, Role};

/// Writes the constructors and the impls.
pub(crate) fn expand(protocol: &Protocol<'_>) -> TokenStream {
    let requests = || {
        let messages = protocol.messages.iter();
        messages.filter_map(|message| match (&message.role, &message.constructor) {
            (Role::Request(request), Some(name)) => Some((message, request, name)),
            _ => None,
        })
    };
    if requests().next().is_none() {
        return TokenStream::new();
    }
    let ty = protocol.ty;
    let (impl_generics, _, where_clause) = protocol.generics.split_for_impl();
    let constructors =
        requests().map(|(message, request, name)| constructor(protocol, message, request, name));
    let impls = requests().filter_map(|(_, request, name)| {
        let payload = request.payload?;
        Some(implementation(protocol, request, name, payload))
    });
    quote! {
        #[automatically_derived]
        #[allow(clippy::too_many_arguments, dead_code)]
        impl #impl_generics #ty #where_clause {
            #(#constructors)*
        }

        #(#impls)*
    }
}

fn constructor(
    protocol: &Protocol<'_>,
    message: &Message<'_>,
    request: &Request<'_>,
    name: &Ident,
) -> TokenStream {
    let Protocol { p2p, vis, .. } = protocol;
    let ident = message.ident;
    let arguments = message.fields.list.iter().map(|field| {
        let variable = &field.variable;
        let ty = &field.ty;
        quote!(#variable: #ty)
    });
    let fields = message.fields.variables();
    let reply_ident = &request.reply.ident;
    let reply_fields = request.reply.fields.variables();
    let reply_type = request.reply.fields.contents_type();
    let reply = request.reply.fields.contents();
    let text = format!(
        " Asks with `{}`, to be answered with `{}`; give it to `Peer::request`.",
        message.name,
        request.reply.name()
    );
    quote! {
        #[doc = #text]
        #vis fn #name(#(#arguments),*) -> #p2p::serve::Call<Self, #reply_type> {
            #p2p::serve::Call::new(Self::#ident #fields, |reply| match reply {
                Self::#reply_ident #reply_fields => ::core::option::Option::Some(#reply),
                _ => ::core::option::Option::None,
            })
        }
    }
}

fn implementation(
    protocol: &Protocol<'_>,
    request: &Request<'_>,
    constructor: &Ident,
    payload: &Type,
) -> TokenStream {
    let Protocol { p2p, ty, .. } = protocol;
    let (impl_generics, _, where_clause) = protocol.generics.split_for_impl();
    let reply_type = request.reply.fields.contents_type();
    // The compiler reports two aliases of one type where the payload's type is written.
    let span = Span::call_site().located_at(payload.span());
    quote_spanned! {span=>
        #[automatically_derived]
        impl #impl_generics #p2p::Request<#ty> for #payload #where_clause {
            type Reply = #reply_type;

            fn into_call(self) -> #p2p::serve::Call<#ty, #reply_type> {
                <#ty>::#constructor(self)
            }
        }
    }
}
