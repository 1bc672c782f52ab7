//! `#[derive(Protocol)]`: an enum of messages becomes a protocol.
//!
//! A pipeline: [`attr`] reads attributes, [`ast`] puts them beside the syntax, [`validate`] finds what is
//! wrong and works out what follows from it, and [`expand`] writes the code.

mod ast;
mod attr;
mod calls;
mod codes;
mod describe;
mod expand;
mod handler;
mod limits;
mod roles;
mod stub;
mod validate;
mod versions;
mod wire;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::DeriveInput;

use crate::errors::Errors;

/// Expands the derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let Some(mut ast) = ast::Enum::read(input, &mut errors) else {
        return errors.into_tokens();
    };
    match validate::validate(&ast, &mut errors) {
        Some(facts) if errors.is_empty() => expand::expand(&ast, &facts),
        _ => {
            if roles::are_unclear(&ast) {
                // Any method may have another form. To a trait that is missing the compiler objects
                // less than to a wrong one.
                ast.handler = Ident::new("__Unclear", Span::mixed_site());
            }
            let (errors, stub) = (errors.into_tokens(), stub::expand(&ast));
            quote!(#errors #stub)
        }
    }
}
