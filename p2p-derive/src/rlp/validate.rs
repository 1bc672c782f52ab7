//! Finds the mistakes in a struct, and makes the model of one that has none.

use proc_macro2::TokenStream;
use syn::{Attribute, Generics, Path};

use super::ast::Struct;
use crate::errors::Errors;
use crate::fields;
use crate::fields::ast::Fields;
use crate::fields::layout::Layout;
use crate::names::plain;

/// An item as the expansion reads it: the struct and all that follows from it.
pub(crate) struct Item<'a> {
    /// The struct's name as text, without `r#`.
    pub(crate) name: String,
    /// The struct's attributes, for the documentation in them.
    pub(crate) docs: &'a [Attribute],
    /// The way in which the fields make up the item.
    pub(crate) layout: Layout,
    /// The fields, in order.
    pub(crate) fields: &'a Fields,
    /// The struct's parameters, with the bounds that an item needs.
    pub(crate) generics: &'a Generics,
    /// The struct's type with its arguments.
    pub(crate) ty: &'a TokenStream,
    /// The path of the runtime crate.
    pub(crate) p2p: &'a Path,
}

/// Checks everything, and makes the model.
pub(crate) fn validate<'a>(ast: &'a Struct, errors: &mut Errors) -> Item<'a> {
    let attrs = &ast.attrs;
    let transparent = attrs.transparent.as_ref().map(|flag| &flag.key);
    fields::validate::check(&ast.fields, transparent, "item", errors);
    if let (Some(_), Some(trailing)) = (transparent, &attrs.trailing) {
        errors.at(
            trailing.key.span(),
            "a transparent struct has no list of fields that others could follow; remove \
             `trailing`, and put it on the field's own struct",
        );
    }
    Item {
        name: plain(&ast.ident),
        docs: &ast.docs,
        layout: Layout::new(attrs.transparent.as_ref(), attrs.trailing.as_ref()),
        fields: &ast.fields,
        generics: &ast.generics,
        ty: &ast.ty,
        p2p: &ast.p2p,
    }
}
