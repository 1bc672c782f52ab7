//! The generic parameters of the input, and the bounds that derived code adds to them.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::parse::Parse;
use syn::{GenericParam, Generics, TypeParamBound, WhereClause, WherePredicate, parse_quote};

use crate::errors::Errors;

/// The type that derived code is for, without lifetimes.
pub(crate) struct Owned {
    /// Its parameters.
    pub(crate) generics: Generics,
    /// The type with its arguments.
    pub(crate) ty: TokenStream,
    /// The lifetime parameters that it has by mistake.
    lifetimes: Vec<String>,
}

impl Owned {
    /// Refuses lifetime parameters, and treats them as `'static`.
    pub(crate) fn new(ident: &Ident, generics: &Generics, errors: &mut Errors) -> Self {
        let mut lifetimes = Vec::new();
        for param in generics.lifetimes() {
            lifetimes.push(param.lifetime.ident.to_string());
            errors.on(
                &param.lifetime,
                format!("`{ident}` has to own what it carries; remove the lifetime"),
            );
        }
        let (_, ty_generics, _) = generics.split_for_impl();
        let ty = make_static(quote!(#ident #ty_generics), &lifetimes);
        let mut owned = Self {
            generics: generics.clone(),
            ty,
            lifetimes,
        };
        let params = generics
            .params
            .iter()
            .filter(|param| !matches!(param, GenericParam::Lifetime(_)));
        owned.generics.params = params.map(|param| owned.rewrite(param)).collect();
        if let Some(clause) = &generics.where_clause {
            let predicates = clause.predicates.iter();
            let predicates = predicates.filter(|it| !matches!(it, WherePredicate::Lifetime(_)));
            let predicates = predicates.map(|it| owned.rewrite(it)).collect();
            owned.generics.where_clause = Some(WhereClause {
                predicates,
                ..clause.clone()
            });
        }
        owned
    }

    /// Rewrites some syntax so that it means the same outside of the type's definition.
    pub(crate) fn rewrite<T: Parse + ToTokens + Clone>(&self, syntax: &T) -> T {
        let tokens = replace_self(syntax.to_token_stream(), &self.ty);
        syn::parse2(make_static(tokens, &self.lifetimes)).unwrap_or_else(|_| syntax.clone())
    }
}

/// Replaces every `Self`, because it means something else in generated code.
fn replace_self(tokens: TokenStream, with: &TokenStream) -> TokenStream {
    let replaced = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(ident) if ident == "Self" => with.clone(),
        TokenTree::Group(group) => {
            within(&group, |tokens| replace_self(tokens, with)).to_token_stream()
        }
        other => other.into(),
    });
    replaced.collect()
}

/// Replaces these lifetimes by `'static`.
fn make_static(tokens: TokenStream, lifetimes: &[String]) -> TokenStream {
    if lifetimes.is_empty() {
        return tokens;
    }
    let mut after_quote = false;
    let replaced = tokens.into_iter().map(|token| {
        let is_lifetime = after_quote;
        after_quote = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
        match token {
            TokenTree::Ident(ident) if is_lifetime && lifetimes.contains(&ident.to_string()) => {
                TokenTree::Ident(Ident::new("static", ident.span()))
            }
            TokenTree::Group(group) => {
                TokenTree::Group(within(&group, |tokens| make_static(tokens, lifetimes)))
            }
            other => other,
        }
    });
    replaced.collect()
}

fn within(group: &Group, change: impl FnOnce(TokenStream) -> TokenStream) -> Group {
    let mut changed = Group::new(group.delimiter(), change(group.stream()));
    changed.set_span(group.span());
    changed
}

/// Adds bounds to every type parameter: after its own bounds if it has some, otherwise in the where clause.
pub(crate) fn bounded(generics: &Generics, bounds: &[TypeParamBound]) -> Generics {
    let mut generics = generics.clone();
    let mut predicates: Vec<WherePredicate> = Vec::new();
    for param in generics.type_params_mut() {
        if param.bounds.is_empty() {
            let ident = &param.ident;
            predicates.push(parse_quote!(#ident: #(#bounds)+*));
        } else {
            param.bounds.extend(bounds.iter().cloned());
        }
    }
    if !predicates.is_empty() {
        generics.make_where_clause().predicates.extend(predicates);
    }
    generics
}

/// Adds a type parameter whose name is new, and returns it too.
pub(crate) fn with_param(
    ident: &Ident,
    generics: &Generics,
    bound: &TokenStream,
) -> (Generics, Ident) {
    let is_taken = |name: &Ident| {
        let mut params = generics.params.iter();
        let taken = params.any(|param| match param {
            GenericParam::Type(param) => param.ident == *name,
            GenericParam::Const(param) => param.ident == *name,
            GenericParam::Lifetime(_) => false,
        });
        taken || name == ident
    };
    let mut name = format_ident!("__Handler");
    while is_taken(&name) {
        name = format_ident!("{name}_");
    }
    let mut generics = generics.clone();
    generics.params.push(parse_quote!(#name: #bound));
    (generics, name)
}
