//! The fields of a message or a struct, as both derives see them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Attribute, Index, Member, Type};

use crate::attr;
use crate::errors::Errors;
use crate::generics::Owned;
use crate::limits::{self, Limits};
use crate::names::{identifier, plain, snake_case};
use crate::types;

/// Fields in the order of the wire.
pub(crate) struct Fields {
    /// How they are written.
    pub(crate) style: Style,
    /// The fields.
    pub(crate) list: Vec<Field>,
}

/// How fields are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `{ a: A, b: B }`
    Named,
    /// `(A, B)`
    Tuple,
    /// Nothing at all.
    Unit,
}

/// One field.
pub(crate) struct Field {
    /// What the struct or variant is called in an error.
    pub(crate) owner: String,
    /// What it is called in an expression.
    pub(crate) member: Member,
    /// What it is called in an error.
    pub(crate) name: String,
    /// What it is called as a variable, in code that has others.
    pub(crate) variable: Ident,
    /// What it is called as an argument, in a function that has `peer` too.
    pub(crate) argument: Ident,
    /// Its type, without `Self`.
    pub(crate) ty: Type,
    /// Whether it is an `Option`, which may be absent on the wire.
    pub(crate) optional: bool,
    /// What its value is held to; the value within, if it is an `Option`.
    pub(crate) limits: Limits,
    /// Its attributes, for the documentation in them.
    pub(crate) docs: Vec<Attribute>,
}

impl Fields {
    /// Reads the fields of the struct or variant `owner`.
    ///
    /// `owned` is the type that they are part of.
    pub(crate) fn read(
        owner: &Ident,
        fields: &syn::Fields,
        owned: &Owned,
        errors: &mut Errors,
    ) -> Self {
        let style = match fields {
            syn::Fields::Named(_) => Style::Named,
            syn::Fields::Unnamed(_) => Style::Tuple,
            syn::Fields::Unit => Style::Unit,
        };
        let alone = fields.len() == 1;
        let named: Vec<_> = fields
            .iter()
            .filter_map(|field| field.ident.as_ref())
            .collect();
        let free = |word: &str, taken: &[&str]| {
            let mut name = word.to_owned();
            while taken.contains(&name.as_str())
                || name != word && named.iter().any(|ident| plain(ident) == name)
            {
                name.push('_');
            }
            identifier(&name, Span::mixed_site())
        };
        let list = fields.iter().enumerate().map(|(i, field)| {
            let ty = owned.rewrite(&field.ty);
            let name = match &field.ident {
                Some(ident) => plain(ident),
                None => i.to_string(),
            };
            let word = match &field.ident {
                Some(ident) => plain(ident),
                None if alone => snake_case(&plain(owner)),
                None => format!("field_{i}"),
            };
            Field {
                owner: plain(owner),
                member: match &field.ident {
                    Some(ident) => Member::Named(ident.clone()),
                    None => Member::Unnamed(Index::from(i)),
                },
                name,
                variable: free(&word, &["handler", "out", "peer", "request_id"]),
                argument: free(&word, &["peer"]),
                optional: types::option(&ty).is_some(),
                limits: Limits::read(&field.attrs, errors),
                docs: field.attrs.clone(),
                ty,
            }
        });
        Self {
            style,
            list: list.collect(),
        }
    }

    /// Notes what is wrong with the fields.
    ///
    /// `transparent` is the key that makes the one field the `whole` payload or item, if it is there.
    pub(crate) fn check(&self, transparent: Option<&Ident>, whole: &str, errors: &mut Errors) {
        for field in &self.list {
            types::check(&field.ty, errors);
            limits::check(field, errors);
        }
        if let Some(key) = transparent {
            match self.list.as_slice() {
                [only] if only.optional => errors.on(
                    &only.ty,
                    format!(
                        "a transparent {whole} can't be absent; write the type without `Option`"
                    ),
                ),
                [_] => {}
                list => errors.at(
                    key.span(),
                    format!(
                        "`transparent` makes one field the whole {whole}, this has {}; remove it \
                         or put the fields into a struct",
                        list.len()
                    ),
                ),
            }
            return;
        }
        let required = self
            .list
            .iter()
            .rposition(|field| !field.optional)
            .unwrap_or(0);
        for field in self
            .list
            .iter()
            .take(required)
            .filter(|field| field.optional)
        {
            errors.on(
                &field.ty,
                "an `Option` is absent on the wire when it is `None`, so only optional fields may \
                 follow it; move it to the end",
            );
        }
    }

    /// A pattern that binds each field to its variable, or an expression that is made of them.
    pub(crate) fn variables(&self) -> TokenStream {
        let variables = self.list.iter().map(|field| &field.variable);
        match self.style {
            Style::Named => {
                let named = self.list.iter().map(|field| {
                    let Field {
                        member, variable, ..
                    } = field;
                    match field.name == plain(variable) {
                        true => quote!(#variable),
                        false => quote!(#member: #variable),
                    }
                });
                quote!({ #(#named),* })
            }
            Style::Tuple => quote!((#(#variables),*)),
            Style::Unit => TokenStream::new(),
        }
    }

    /// A pattern that binds nothing.
    pub(crate) fn any(&self) -> TokenStream {
        match self.style {
            Style::Named => quote!({ .. }),
            Style::Tuple => quote!((..)),
            Style::Unit => TokenStream::new(),
        }
    }

    /// An expression with one value for each field.
    pub(crate) fn made_of(&self, value: impl Fn(&Field) -> TokenStream) -> TokenStream {
        let values = self.list.iter().map(|field| {
            let value = value(field);
            match &field.member {
                Member::Named(name) => quote!(#name: #value),
                Member::Unnamed(_) => value,
            }
        });
        match self.style {
            Style::Named => quote!({ #(#values),* }),
            Style::Tuple => quote!((#(#values),*)),
            Style::Unit => TokenStream::new(),
        }
    }
}

/// Refuses attributes of ours on fields, except those in the namespace that belongs there.
///
/// A `#[cfg]` is refused too: what is on the wire must not depend on what others compile.
pub(crate) fn refuse_attributes(
    namespaces: &[(&str, &str)],
    fields: &syn::Fields,
    errors: &mut Errors,
) {
    for field in fields {
        attr::refuse(namespaces, &field.attrs, errors);
        for cfg in field
            .attrs
            .iter()
            .filter(|attr| attr.path().is_ident("cfg"))
        {
            errors.on(
                cfg,
                "a field is on the wire wherever this is compiled; remove the `#[cfg]`, or make the \
                 field an `Option` at the end, which may be `None`",
            );
        }
    }
}
