//! `#[derive(Rlp)]`: turns a struct into an RLP item.
//!
//! The same pipeline as for a protocol, in miniature: [`ast`] holds the attributes and the syntax, [`validate`]
//! finds the mistakes and makes the model, and [`expand`] writes the code.

mod ast;
mod expand;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::errors::Errors;

/// Expands the derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let ast = ast::Struct::read(input, &mut errors);
    let item = validate::validate(&ast, &mut errors);
    if errors.is_empty() {
        return expand::expand(&item);
    }
    let stub = expand::stub(&item);
    let errors = errors.into_tokens();
    quote!(#errors #stub)
}
