//! `From` for the payloads of newtype variants, where there is no doubt which variant is meant.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Type;
use syn::spanned::Spanned;

use super::ast::{Enum, Variant};
use crate::field::Style;
use crate::types;

/// The impls.
pub(crate) fn impls(ast: &Enum) -> TokenStream {
    let Enum { ty, .. } = ast;
    let (impl_generics, _, where_clause) = ast.generics.split_for_impl();
    let impls = ast.variants.iter().filter_map(|variant| {
        let payload = payload(ast, variant)?;
        let mut others = ast
            .variants
            .iter()
            .filter(|other| other.ident != variant.ident);
        if others
            .any(|other| newtype(other).is_some_and(|other| types::may_be_same(payload, other)))
        {
            return None;
        }
        let ident = &variant.ident;
        let variables = variant.fields.variables();
        let arguments = variant.fields.list.iter().map(|field| &field.variable);
        // A conflict that two aliases of one type make points at the variant's type.
        let span = Span::call_site().located_at(payload.span());
        Some(quote_spanned! {span=>
            #[automatically_derived]
            impl #impl_generics ::core::convert::From<#payload> for #ty #where_clause {
                fn from(#(#arguments)*: #payload) -> Self {
                    Self::#ident #variables
                }
            }
        })
    });
    impls.collect()
}

/// The field of a variant `Name(Payload)`.
pub(crate) fn newtype(variant: &Variant) -> Option<&Type> {
    match variant.fields.list.as_slice() {
        [only] if variant.fields.style == Style::Tuple => Some(&only.ty),
        _ => None,
    }
}

/// The payload, if it is a type of the user's and not a parameter.
pub(crate) fn payload<'a>(ast: &Enum, variant: &'a Variant) -> Option<&'a Type> {
    let payload = newtype(variant)?;
    let first = &types::path(payload)?.segments.first()?.ident;
    let is_param = ast
        .generics
        .type_params()
        .any(|param| param.ident == *first);
    (types::is_user_defined(payload) && !is_param).then_some(payload)
}
