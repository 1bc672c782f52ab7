//! A struct, as its author wrote it.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Attribute, Data, DeriveInput, Generics, Path, parse_quote};

use crate::attr::value::{CratePath, Flag, Trailing};
use crate::attr::{namespace, refuse};
use crate::errors::Errors;
use crate::fields::ast::{Fields, refuse_attributes};
use crate::generics::{Owned, bounded};

namespace! {
    /// `#[rlp(..)]` on the struct.
    "rlp" => RlpAttrs {
        /// The encoding of the one field is that of the struct.
        "transparent" => transparent: Flag, "transparent";
        /// The treatment of items after the last field.
        "trailing" => trailing: Trailing, "trailing = \"ignore\"";
        /// The path of the runtime crate.
        "crate" => krate: CratePath, "crate = \"..\"";
    }
}

/// The struct.
pub(crate) struct Struct {
    /// The keys in `#[rlp(..)]`.
    pub(crate) attrs: RlpAttrs,
    /// All its attributes, for the documentation in them.
    pub(crate) docs: Vec<Attribute>,
    pub(crate) ident: Ident,
    /// Its parameters, with the bounds that an item needs.
    pub(crate) generics: Generics,
    /// The struct's type with its arguments.
    pub(crate) ty: TokenStream,
    pub(crate) fields: Fields,
    /// The path of the runtime crate.
    pub(crate) p2p: Path,
}

impl Struct {
    /// Reads the input. An enum or union is a mistake, and read as a struct without fields.
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
