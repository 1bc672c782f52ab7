//! How the fields are encoded and decoded: one small function for each type of a field, and for each field
//! that has limits.
//!
//! The function's return type names the field's type, so that one that can't be encoded is one error,
//! in the place where the user wrote it. Which codec the type gets, the compiler finds out: the `Pick`
//! traits rank them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use std::collections::{HashMap, HashSet};
use syn::spanned::Spanned;
use syn::{Generics, Path, Type};

use crate::field::{Field, Fields};
use crate::limits;
use crate::names::snake_case;
use crate::types;

/// The codec functions of the types that a derive's input has in its fields.
pub(crate) struct Codecs<'a> {
    p2p: &'a Path,
    generics: &'a Generics,
    /// The type that the fields are part of.
    whole: &'a TokenStream,
    functions: Vec<(&'a Field, Ident)>,
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
            // A function of the user's may be called like a type, and is not to be hidden.
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
                match field.limits.is_empty() {
                    true => codec,
                    false => limits::codec(p2p, whole, field, &codec),
                }
            };
            let body = match types::option(ty) {
                Some(inner) => {
                    let inner = tag(inner);
                    quote!(#p2p::__private::Optional(#inner))
                }
                None => tag(ty),
            };
            // That a type has no codec is an error in the return type.
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
    /// It is called by its path, as all that is written here: a method of the same name may be in scope
    /// for every type, and be found before ours.
    pub(crate) fn call(
        &self,
        field: &Field,
        function: &str,
        arguments: &TokenStream,
    ) -> TokenStream {
        let (p2p, codec) = (self.p2p, self.codec(field));
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

    /// Bytes of all fields: an expression.
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

    /// Writes all fields: statements.
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

    /// Refuses an optional field that is absent before one that isn't: statements.
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
            let (value, name) = (value(field), &field.name);
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

/// What tells one codec from another: the type, or which field it is for.
fn key(field: &Field) -> String {
    match field.limits.is_empty() {
        true => field.ty.to_token_stream().to_string(),
        false => format!("{}.{}", field.owner, field.name),
    }
}

/// The words in a type or a field's place, as part of a function's name.
fn words(ty: &str) -> String {
    let words: Vec<_> = ty
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty() && *word != "r")
        .map(snake_case)
        .collect();
    match words.join("_") {
        empty if empty.is_empty() => "unit".to_owned(),
        words => words,
    }
}
