//! An enum of messages, as its author wrote it.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Attribute, Data, DeriveInput, Expr, Generics, Path, Visibility, parse_quote};

use super::attr::{MessageAttrs, ProtocolAttrs};
use crate::attr::refuse;
use crate::errors::Errors;
use crate::fields::ast::{Fields, refuse_attributes};
use crate::generics::{Owned, bounded};
use crate::names::{identifier, plain, snake_case};

/// The enum.
pub(crate) struct Enum {
    /// The keys in `#[protocol(..)]`.
    pub(crate) attrs: ProtocolAttrs,
    /// All its attributes, for the documentation in them.
    pub(crate) docs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    /// Its parameters, with the bounds that a protocol needs.
    pub(crate) generics: Generics,
    /// The enum's type with its arguments.
    pub(crate) ty: TokenStream,
    pub(crate) variants: Vec<Variant>,
    /// The path of the runtime crate.
    pub(crate) p2p: Path,
    /// The name of the handler trait.
    pub(crate) handler: Ident,
}

/// A variant: one message.
pub(crate) struct Variant {
    /// The keys in `#[message(..)]`.
    pub(crate) attrs: MessageAttrs,
    /// True if there is a mistake in `#[message(..)]`, so that a key may be missing from `attrs`.
    pub(crate) unclear: bool,
    /// Its comments.
    pub(crate) docs: Vec<Attribute>,
    /// Each `#[cfg(..)]`, which may remove the variant.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) ident: Ident,
    /// The expression after `=`, which an enum of messages must not have.
    pub(crate) discriminant: Option<Expr>,
    pub(crate) fields: Fields,
}

const ENUM: (&str, &str) = ("protocol", "the enum");
const VARIANT: (&str, &str) = ("message", "a variant of the enum");
const FIELD: (&str, &str) = ("field", "a field of a variant");

impl Enum {
    /// Reads the input, if it is an enum.
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Self> {
        let data = match &input.data {
            Data::Enum(data) => data,
            Data::Struct(data) => {
                refuse_kind(data.struct_token.span, "struct", errors);
                return None;
            }
            Data::Union(data) => {
                refuse_kind(data.union_token.span, "union", errors);
                return None;
            }
        };
        let attrs = ProtocolAttrs::read(&input.attrs, errors);
        refuse(&[VARIANT, FIELD], &input.attrs, errors);
        let p2p = match &attrs.krate {
            Some(path) => path.value.0.clone(),
            None => parse_quote!(::p2p),
        };
        let handler = match &attrs.handler {
            Some(name) if name.value.0 != input.ident => name.value.0.clone(),
            given => {
                if let Some(name) = given {
                    errors.on(
                        &name.tokens,
                        "the handler trait can't have the enum's name; choose another one",
                    );
                }
                let name = format!("{}Handler", plain(&input.ident));
                Ident::new(&name, input.ident.span())
            }
        };
        let owned = Owned::new(&input.ident, &input.generics, errors);
        let variants = data
            .variants
            .iter()
            .map(|variant| Variant::read(variant, &owned, errors));
        Some(Self {
            variants: variants.collect(),
            attrs,
            docs: input.attrs.clone(),
            vis: input.vis.clone(),
            ident: input.ident.clone(),
            generics: bounded(
                &owned.generics,
                &[
                    parse_quote!(#p2p::rlp::Encode),
                    parse_quote!(#p2p::rlp::Decode),
                    parse_quote!(::core::marker::Send),
                    parse_quote!(::core::marker::Sync),
                    parse_quote!('static),
                ],
            ),
            ty: owned.ty,
            p2p,
            handler,
        })
    }
}

fn refuse_kind(span: Span, kind: &str, errors: &mut Errors) {
    errors.at(
        span,
        format!(
            "a protocol is an enum with one variant a message, this is a {kind}; write an enum, and \
             derive `Rlp` for a struct that is part of a message"
        ),
    );
}

impl Variant {
    fn read(variant: &syn::Variant, owned: &Owned, errors: &mut Errors) -> Self {
        let before = errors.count();
        let attrs = MessageAttrs::read(&variant.attrs, errors);
        let unclear = errors.count() > before;
        refuse(&[ENUM, FIELD], &variant.attrs, errors);
        refuse_attributes(&[ENUM, VARIANT], &variant.fields, errors);
        let with_path = |name: &str| {
            let attrs = variant
                .attrs
                .iter()
                .filter(|attr| attr.path().is_ident(name));
            attrs.cloned().collect::<Vec<_>>()
        };
        Self {
            attrs,
            unclear,
            docs: with_path("doc"),
            cfgs: with_path("cfg"),
            ident: variant.ident.clone(),
            discriminant: variant
                .discriminant
                .as_ref()
                .map(|(_, value)| value.clone()),
            fields: Fields::read(&variant.ident, &variant.fields, owned, errors),
        }
    }

    /// The message's name.
    pub(crate) fn name(&self) -> String {
        plain(&self.ident)
    }

    /// The name of the handler's method.
    pub(crate) fn method(&self) -> Ident {
        identifier(&snake_case(&self.name()), self.ident.span())
    }
}
