//! The fields of a message or struct, as their author wrote them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Attribute, Index, Member, Type};

use super::attr::FieldAttrs;
use crate::attr;
use crate::errors::Errors;
use crate::generics::Owned;
use crate::names::{identifier, plain, snake_case};
use crate::types;

/// Fields in the order of the wire.
pub(crate) struct Fields {
    /// Their brackets.
    pub(crate) style: Style,
    /// The fields.
    pub(crate) list: Vec<Field>,
}

/// The brackets around fields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `{ a: A, b: B }`
    Named,
    /// `(A, B)`
    Tuple,
    /// None.
    Unit,
}

/// One field.
pub(crate) struct Field {
    /// The name of the struct or variant, for errors.
    pub(crate) owner: String,
    /// The field's name or position in an expression.
    pub(crate) member: Member,
    /// The same as text, for errors and documents.
    pub(crate) name: String,
    /// The variable that holds its value, in code that has others.
    pub(crate) variable: Ident,
    /// Its argument, in a function that has `peer` too.
    pub(crate) argument: Ident,
    /// Its type, without `Self`.
    pub(crate) ty: Type,
    /// True if it is an `Option`, which may be absent on the wire.
    pub(crate) optional: bool,
    /// The limits of its value; of the value within, if it is an `Option`.
    pub(crate) limits: FieldAttrs,
    /// All its attributes, for the documentation in them.
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
                limits: FieldAttrs::read(&field.attrs, errors),
                docs: field.attrs.clone(),
                ty,
            }
        });
        Self {
            style,
            list: list.collect(),
        }
    }

    /// A pattern that binds each field to its variable, or an expression that is made of them.
    pub(crate) fn variables(&self) -> TokenStream {
        let variables = self.list.iter().map(|field| &field.variable);
        match self.style {
            Style::Named => {
                let named = self.list.iter().map(|field| {
                    let member = &field.member;
                    let variable = &field.variable;
                    if field.name == plain(variable) {
                        quote!(#variable)
                    } else {
                        quote!(#member: #variable)
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

    /// The type of the fields alone: that of the one field, or a tuple.
    pub(crate) fn contents_type(&self) -> TokenStream {
        let types = self.list.iter().map(|field| &field.ty);
        match types.len() {
            1 => quote!(#(#types)*),
            _ => quote!((#(#types),*)),
        }
    }

    /// A pattern or an expression of that type, made of the fields' variables.
    pub(crate) fn contents(&self) -> TokenStream {
        let variables = self.list.iter().map(|field| &field.variable);
        match variables.len() {
            1 => quote!(#(#variables)*),
            _ => quote!((#(#variables),*)),
        }
    }
}

/// Refuses attributes of ours on fields, except those in the namespace that belongs there.
///
/// It refuses `#[cfg]` too: the wire format must not depend on what each node compiles.
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
