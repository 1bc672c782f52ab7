//! `#[derive(Protocol)]`: turns an enum of messages into a protocol.
//!
//! A pipeline, one stage after the other:
//!
//! 1. [`attr`] declares the keys of the attributes, which [`crate::attr`] reads.
//! 2. [`ast`] holds the enum as its author wrote it, each attribute beside its syntax.
//! 3. [`validate`] collects all mistakes, and makes the [`model`]: one `Protocol` with its `Message`s.
//! 4. [`expand`] writes the code, from the model alone. After a mistake it writes a stub.

mod ast;
mod attr;
mod expand;
mod model;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::errors::Errors;

/// Expands the derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let Some(ast) = ast::Enum::read(input, &mut errors) else {
        return errors.into_tokens();
    };
    let protocol = validate::validate(&ast, &mut errors);
    if errors.is_empty() {
        return expand::expand(&protocol);
    }
    let stub = expand::stub::expand(&protocol);
    let errors = errors.into_tokens();
    quote!(#errors #stub)
}
