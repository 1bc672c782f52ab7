//! A struct, as its author wrote it.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Attribute, Data, DeriveInput, Generics, Path, parse_quote};

use crate::attr::{CratePath, Flag, Trailing, namespace, refuse};
use crate::errors::Errors;
use crate::field::{Fields, refuse_attributes};
use crate::generics::{Owned, bounded};

namespace! {
    /// `#[rlp(..)]` on the struct.
    "rlp" => RlpAttrs {
        /// The one field's encoding is that of the struct.
        "transparent" => transparent: Flag, "transparent";
        /// What becomes of items after the last field.
        "trailing" => trailing: Trailing, "trailing = \"ignore\"";
        /// The path of the runtime crate.
        "crate" => krate: CratePath, "crate = \"..\"";
    }
}

/// The struct.
pub(crate) struct Struct {
    pub(crate) attrs: RlpAttrs,
    /// Its attributes, for the documentation in them.
    pub(crate) docs: Vec<Attribute>,
    pub(crate) ident: Ident,
    /// With the bounds that an item needs.
    pub(crate) generics: Generics,
    /// The struct's type with its parameters.
    pub(crate) ty: TokenStream,
    pub(crate) fields: Fields,
    /// The path of the runtime crate.
    pub(crate) p2p: Path,
}

impl Struct {
    /// Reads the input; an enum or union is taken for a struct without fields.
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let attrs = RlpAttrs::read(&input.attrs, errors);
        refuse(&[("field", "a field of the struct")], &input.attrs, errors);
        let p2p = match &attrs.krate {
            Some(path) => path.value.0.clone(),
            None => parse_quote!(::p2p),
        };
        let owned = Owned::new(&input.ident, &input.generics, errors);
        let none = syn::Fields::Unit;
        let fields = match &input.data {
            Data::Struct(data) => &data.fields,
            Data::Enum(data) => {
                refuse_kind(data.enum_token.span, "an enum", errors);
                &none
            }
            Data::Union(data) => {
                refuse_kind(data.union_token.span, "a union", errors);
                &none
            }
        };
        refuse_attributes(&[("rlp", "the struct")], fields, errors);
        Self {
            attrs,
            docs: input.attrs.clone(),
            ident: input.ident.clone(),
            fields: Fields::read(&input.ident, fields, &owned, errors),
            generics: bounded(
                &owned.generics,
                &[
                    parse_quote!(#p2p::rlp::Encode),
                    parse_quote!(#p2p::rlp::Decode),
                ],
            ),
            ty: owned.ty,
            p2p,
        }
    }

    /// Notes what is wrong.
    pub(crate) fn validate(&self, errors: &mut Errors) {
        let transparent = self.attrs.transparent.as_ref().map(|flag| &flag.key);
        self.fields.check(transparent, "item", errors);
        if let (Some(_), Some(trailing)) = (transparent, &self.attrs.trailing) {
            errors.at(
                trailing.key.span(),
                "a transparent struct has no list of fields that others could follow; remove \
                 `trailing`, and put it on the field's own struct",
            );
        }
    }
}

fn refuse_kind(span: Span, kind: &str, errors: &mut Errors) {
    errors.at(
        span,
        format!(
            "RLP says nothing of alternatives, and this is {kind}; write a struct, or implement \
             `p2p::rlp::Encode` and `p2p::rlp::Decode` by hand"
        ),
    );
}
