//! Writes the codecs of fields: one small function for each type of a field, and one for each field that has
//! limits.
//!
//! The function's return type names the field's type. So a type that can't be encoded is a single error, in the
//! place where the user wrote it. The compiler chooses the codec of the type, by the ranking of the `Pick`
//! traits.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use std::collections::{HashMap, HashSet};
use syn::spanned::Spanned;
use syn::{Generics, Path, Type};

use super::ast::{Field, Fields};
use super::limits;
use crate::names::snake_case;
use crate::types;

/// The codec functions for the fields of a derive's input.
pub(crate) struct Codecs<'a> {
    /// The path of the runtime crate.
    p2p: &'a Path,
    /// The parameters of the type that the fields are part of.
    generics: &'a Generics,
    /// The type that the fields are part of.
    whole: &'a TokenStream,
    /// The functions' names, each with one of the fields that it is for.
    functions: Vec<(&'a Field, Ident)>,
    /// The functions' names, by [`key`].
    by_key: HashMap<String, Ident>,
}

impl<'a> Codecs<'a> {
    /// One function for each type, and one for each field with limits.
    pub(crate) fn new(
        p2p: &'a Path,
        generics: &'a Generics,
        whole: &'a TokenStream,
        fields: impl Iterator<Item = &'a Fields>,
    ) -> Self {
        let mut codecs = Self {
            p2p,
            generics,
            whole,
            functions: Vec::new(),
            by_key: HashMap::new(),
        };
        let mut names = HashSet::new();
        for field in fields.flat_map(|fields| &fields.list) {
            let key = key(field);
            if codecs.by_key.contains_key(&key) {
                continue;
            }
            let base = words(&key);
            // The affixes keep it from hiding a function of the user's.
            let mut name = format!("__{base}_codec");
            let mut number = 2;
            while !names.insert(name.clone()) {
                name = format!("__{base}_codec_{number}");
                number += 1;
            }
            let name = Ident::new(&name, Span::call_site());
            codecs.functions.push((field, name.clone()));
            codecs.by_key.insert(key, name);
        }
        codecs
    }

    /// The functions, and the traits that they need in scope.
    pub(crate) fn definitions(&self) -> TokenStream {
        let Self {
            p2p,
            generics,
            whole,
            ..
        } = self;
        if self.functions.is_empty() {
            return TokenStream::new();
        }
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        let functions = self.functions.iter().map(|(field, name)| {
            let ty = &field.ty;
            let tag = |ty: &Type| {
                let codec = quote!((&&&&&&#p2p::__private::Tag::<#ty>::NEW).__p2p_codec());
                if field.limits.is_empty() {
                    codec
                } else {
                    limits::codec(p2p, whole, field, &codec)
                }
            };
            let body = match types::option(ty) {
                Some(inner) => {
                    let inner = tag(inner);
                    quote!(#p2p::__private::Optional(#inner))
                }
                None => tag(ty),
            };
            // The compiler reports a type without a codec in the return type.
            let codec = quote_spanned!(ty.span()=> impl #p2p::__private::Codec<#ty>);
            quote!(fn #name #impl_generics() -> #codec #where_clause { #body })
        });
        quote! {
            use #p2p::__private::{
                PickAlloy as _, PickAlloyList as _, PickNone as _, PickOwn as _, PickRlp as _,
                PickRlpList as _,
            };
            #(#functions)*
        }
    }

    /// A call of a function of a field's codec.
    ///
    /// It uses the full path, like all generated code: another trait in scope may have a method of the same
    /// name for every type.
    pub(crate) fn call(
        &self,
        field: &Field,
        function: &str,
        arguments: &TokenStream,
    ) -> TokenStream {
        let p2p = self.p2p;
        let codec = self.codec(field);
        let function = Ident::new(function, Span::call_site());
        quote!(#p2p::__private::Codec::#function(&#codec, #arguments))
    }

    /// The codec of a field.
    fn codec(&self, field: &Field) -> TokenStream {
        let name = self.by_key.get(&key(field));
        let (_, ty_generics, _) = self.generics.split_for_impl();
        let turbofish = ty_generics.as_turbofish();
        quote!(#name #turbofish())
    }

    /// An expression: the bytes that all fields take.
    pub(crate) fn length(
        &self,
        fields: &Fields,
        value: impl Fn(&Field) -> TokenStream,
    ) -> TokenStream {
        let mut lengths = fields
            .list
            .iter()
            .map(|field| self.call(field, "length", &value(field)));
        let Some(first) = lengths.next() else {
            return quote!(0);
        };
        quote!(#first #(.saturating_add(#lengths))*)
    }

    /// Statements that write all fields.
    pub(crate) fn encode(
        &self,
        fields: &Fields,
        out: &TokenStream,
        value: impl Fn(&Field) -> TokenStream,
    ) -> TokenStream {
        let encodes = fields.list.iter().map(|field| {
            let value = value(field);
            let call = self.call(field, "encode", &quote!(#value, #out));
            quote!(#call;)
        });
        encodes.collect()
    }

    /// Statements that refuse `None` in an optional field before `Some` in a later one.
    pub(crate) fn check_options(
        &self,
        owner: &str,
        fields: &Fields,
        out: &TokenStream,
        value: impl Fn(&Field) -> TokenStream,
    ) -> TokenStream {
        let p2p = self.p2p;
        let optional: Vec<_> = fields.list.iter().filter(|field| field.optional).collect();
        let checks = optional.iter().enumerate().filter_map(|(i, field)| {
            let later = optional.get(i + 1..).filter(|later| !later.is_empty())?;
            let later = later.iter().map(|field| {
                let value = value(field);
                quote!(::core::option::Option::is_some(#value))
            });
            let later = match later.len() {
                1 => quote!(#(#later)*),
                _ => quote!((#(#later)||*)),
            };
            let value = value(field);
            let name = &field.name;
            Some(quote! {
                if ::core::option::Option::is_none(#value) && #later {
                    #p2p::rlp::Writer::fail(
                        #out,
                        #p2p::rlp::EncodeError::NoneBeforeSome { ty: #owner, field: #name },
                    );
                }
            })
        });
        checks.collect()
    }
}

/// The same for fields that share a codec: the type, or the field itself if it has limits.
fn key(field: &Field) -> String {
    if field.limits.is_empty() {
        field.ty.to_token_stream().to_string()
    } else {
        format!("{}.{}", field.owner, field.name)
    }
}

/// The words in a key, as part of a function's name.
fn words(key: &str) -> String {
    let words: Vec<_> = key
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty() && *word != "r")
        .map(snake_case)
        .collect();
    match words.join("_") {
        empty if empty.is_empty() => "unit".to_owned(),
        words => words,
    }
}
