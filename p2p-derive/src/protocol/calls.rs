//! How requests are made: a constructor for each, and the trait for payloads that only one has.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::ast::{Enum, Variant};
use super::roles::{Role, reply_type, reply_value, role};
use crate::field::Style;
use crate::types;

/// The constructors and the impls for those of these variants that are requests.
pub(crate) fn expand(ast: &Enum, variants: &[&Variant]) -> TokenStream {
    let requests: Vec<(&Variant, &Variant)> = variants
        .iter()
        .filter_map(|&variant| match role(ast, variant) {
            Role::Request { reply, .. } => Some((variant, reply)),
            Role::Notification | Role::Reply => None,
        })
        .collect();
    if requests.is_empty() {
        return TokenStream::new();
    }
    let (impl_generics, _, where_clause) = ast.generics.split_for_impl();
    let ty = &ast.ty;
    let constructors = requests
        .iter()
        .map(|(request, reply)| constructor(ast, request, reply));
    let impls = requests.iter().filter_map(|(request, reply)| {
        let payload = own_payload(ast, request)?;
        let mut others = requests
            .iter()
            .filter(|(other, _)| other.ident != request.ident);
        let shared = others.any(|(other, _)| {
            newtype(other).is_some_and(|other| types::may_be_same(payload, other))
        });
        (!shared).then(|| implementation(ast, request, reply, payload))
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

fn constructor(ast: &Enum, request: &Variant, reply: &Variant) -> TokenStream {
    let Enum { p2p, vis, .. } = ast;
    let (method, ident) = (request.method(), &request.ident);
    let arguments = request.fields.list.iter().map(|field| {
        let (variable, ty) = (&field.variable, &field.ty);
        quote!(#variable: #ty)
    });
    let message = request.fields.variables();
    let (output, value) = (reply_type(reply), reply_value(reply));
    let (reply_ident, pattern) = (&reply.ident, reply.fields.variables());
    let text = format!(
        " Asks with `{}`, to be answered with `{}`; give it to `Peer::request`.",
        request.name(),
        reply.name()
    );
    quote! {
        #[doc = #text]
        #vis fn #method(#(#arguments),*) -> #p2p::Call<Self, #output> {
            #p2p::Call::new(Self::#ident #message, |reply| match reply {
                Self::#reply_ident #pattern => ::core::option::Option::Some(#value),
                _ => ::core::option::Option::None,
            })
        }
    }
}

fn implementation(ast: &Enum, request: &Variant, reply: &Variant, payload: &Type) -> TokenStream {
    let Enum { p2p, ty, .. } = ast;
    let (impl_generics, _, where_clause) = ast.generics.split_for_impl();
    let (method, output) = (request.method(), reply_type(reply));
    // A conflict that two aliases of one type make points at the variant's type.
    let span = Span::call_site().located_at(payload.span());
    quote_spanned! {span=>
        #[automatically_derived]
        impl #impl_generics #p2p::Request<#ty> for #payload #where_clause {
            type Reply = #output;

            fn into_call(self) -> #p2p::Call<#ty, #output> {
                <#ty>::#method(self)
            }
        }
    }
}

/// The field of a variant `Name(Payload)`.
fn newtype(variant: &Variant) -> Option<&Type> {
    match variant.fields.list.as_slice() {
        [only] if variant.fields.style == Style::Tuple => Some(&only.ty),
        _ => None,
    }
}

/// The payload, if it is a type of the user's and not a parameter.
fn own_payload<'a>(ast: &Enum, variant: &'a Variant) -> Option<&'a Type> {
    let payload = newtype(variant)?;
    let first = &types::path(payload)?.segments.first()?.ident;
    let is_param = ast
        .generics
        .type_params()
        .any(|param| param.ident == *first);
    (types::is_user_defined(payload) && !is_param).then_some(payload)
}
