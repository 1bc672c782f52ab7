//! `#[derive(Rlp)]`: a struct becomes an item.
//!
//! The same pipeline as for a protocol, in miniature.

mod ast;
mod expand;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::errors::Errors;

/// Expands the derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let ast = ast::Struct::read(input, &mut errors);
    ast.validate(&mut errors);
    if errors.is_empty() {
        return expand::expand(&ast);
    }
    let (errors, stub) = (errors.into_tokens(), expand::stub(&ast));
    quote!(#errors #stub)
}
