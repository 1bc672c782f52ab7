//! `impl Protocol`: the table of messages, encoding and decoding.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::ast::{Enum, Variant};
use super::limits;
use super::roles::{Role, role};
use super::validate::Facts;
use crate::attr::Keyed;
use crate::codec::Codecs;
use crate::field::Field;

/// The impl.
pub(crate) fn protocol(ast: &Enum, facts: &Facts, codecs: &Codecs<'_>) -> TokenStream {
    let Enum { p2p, ty, .. } = ast;
    let (impl_generics, _, where_clause) = ast.generics.split_for_impl();
    let (name, checked) = (&facts.name, limits::checked(ast));
    let versions = facts.versions.iter().map(|version| {
        let number = Literal::u64_unsuffixed(version.number);
        let length = Literal::u64_unsuffixed(version.length);
        quote!(#p2p::Version { number: #number, length: #length })
    });
    let codes: Vec<_> = facts
        .codes
        .iter()
        .map(|code| Literal::u64_unsuffixed(*code))
        .collect();
    let messages = ast.variants.iter().zip(&codes).map(|(variant, code)| {
        let (name, versions) = (variant.name(), in_versions(variant));
        let (kind, limits) = (kind(ast, variant, &codes), limits::row(ast, variant));
        quote!(#p2p::MessageInfo::new(#p2p::Code(#code), #name) #versions #kind #limits)
    });
    let rows = ast.variants.iter().enumerate().map(|(row, variant)| {
        let (ident, any) = (&variant.ident, variant.fields.any());
        let row = Literal::usize_unsuffixed(row);
        quote!(Self::#ident #any => #row,)
    });
    let encodes = ast
        .variants
        .iter()
        .map(|variant| encode(ast, variant, codecs));
    let mut variants = ast.variants.iter();
    let request_id = match variants.any(|variant| role(ast, variant).has_id()) {
        true => quote!(request_id),
        false => quote!(_),
    };
    let decodes = ast
        .variants
        .iter()
        .map(|variant| decode(ast, variant, codecs));
    let differ = ast.variants.iter().any(|it| !in_versions(it).is_empty());
    let (version, check) = match differ {
        true => (
            quote!(version),
            quote!(#p2p::Protocol::info(self).check(version)?;),
        ),
        false => (quote!(_version), TokenStream::new()),
    };
    let (found, patterns): (_, Vec<_>) = match differ {
        true => (
            quote!((code.0, version)),
            ast.variants
                .iter()
                .zip(&codes)
                .map(|(variant, code)| {
                    let range = range(variant);
                    quote!((#code, #range))
                })
                .collect(),
        ),
        false => (
            quote!(code.0),
            codes.iter().map(|code| quote!(#code)).collect(),
        ),
    };
    quote! {
        #[automatically_derived]
        impl #impl_generics #p2p::Protocol for #ty #where_clause {
            const NAME: &'static str = #name;

            const VERSIONS: &'static [#p2p::Version] = &[#(#versions),*];

            const MESSAGES: &'static [#p2p::MessageInfo] = &[#(#messages),*];

            fn info(&self) -> &'static #p2p::MessageInfo {
                let row = match self {
                    #(#rows)*
                };
                &<Self as #p2p::Protocol>::MESSAGES[row]
            }

            fn show(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                use #p2p::__private::{ShowDebug as _, ShowName as _};
                (&#p2p::__private::Shown(self, #p2p::Protocol::info(self).name)).__p2p_show(f)
            }

            fn encode(
                &self,
                #version: u64,
                #request_id: ::core::option::Option<#p2p::RequestId>,
                out: &mut ::std::vec::Vec<u8>,
            ) -> ::core::result::Result<(), #p2p::EncodeError> {
                #check
                let mut out = #p2p::rlp::Writer::new(out);
                let message = match self {
                    #(#encodes)*
                };
                out.finish().map_err(|cause| #p2p::EncodeError::Field { message, cause })
            }

            fn decode(
                version: u64,
                code: #p2p::Code,
                payload: &[u8],
            ) -> ::core::result::Result<Self, #p2p::DecodeError> {
                match #found {
                    #(#patterns => #decodes)*
                    _ => ::core::result::Result::Err(#p2p::DecodeError::UnknownCode {
                        protocol: #name,
                        version,
                        code,
                    }),
                }
            }
        }

        #checked
    }
}

/// What limits a row of the table of messages to the versions that have the message.
fn in_versions(variant: &Variant) -> TokenStream {
    let since = variant.attrs.since.as_ref().map(|since| {
        let since = Literal::u64_unsuffixed(since.value);
        quote!(.since(#since))
    });
    let until = variant.attrs.until.as_ref().map(|until| {
        let until = Literal::u64_unsuffixed(until.value);
        quote!(.until(#until))
    });
    quote!(#since #until)
}

/// What makes a row of the table of messages that of a request or a reply.
fn kind(ast: &Enum, variant: &Variant, codes: &[Literal]) -> TokenStream {
    let p2p = &ast.p2p;
    match role(ast, variant) {
        Role::Notification => TokenStream::new(),
        Role::Reply => quote!(.reply()),
        Role::Request { row, .. } => {
            let code = codes.get(row);
            let timeout = variant.attrs.timeout.as_ref().map(|timeout| {
                let milliseconds = timeout.value.0.as_millis() as u64;
                let time = match milliseconds % 1000 {
                    0 => {
                        let seconds = Literal::u64_unsuffixed(milliseconds / 1000);
                        quote!(from_secs(#seconds))
                    }
                    _ => {
                        let milliseconds = Literal::u64_unsuffixed(milliseconds);
                        quote!(from_millis(#milliseconds))
                    }
                };
                quote!(.timeout(::core::time::Duration::#time))
            });
            quote!(.request(#p2p::Code(#code)) #timeout)
        }
    }
}

/// A pattern of the versions that have a message.
fn range(variant: &Variant) -> TokenStream {
    let number = |limit: &Keyed<u64>| limit.value;
    let since = variant.attrs.since.as_ref().map(number);
    let until = variant.attrs.until.as_ref().map(number);
    let [first, last] = [since, until].map(|limit| limit.map(Literal::u64_unsuffixed));
    match (first, last) {
        (None, None) => quote!(_),
        (first, None) => quote!(#first..),
        (first, Some(_)) if since == until => quote!(#first),
        (first, last) => quote!(#first..=#last),
    }
}

/// The match arm that writes a message, and evaluates to its name.
fn encode(ast: &Enum, variant: &Variant, codecs: &Codecs<'_>) -> TokenStream {
    let p2p = &ast.p2p;
    let Variant { ident, fields, .. } = variant;
    let name = variant.name();
    let pattern = fields.variables();
    let value = |field: &Field| {
        let variable = &field.variable;
        quote!(#variable)
    };
    let list = if variant.attrs.transparent.is_some() {
        TokenStream::new()
    } else if role(ast, variant).has_id() {
        let id_length = quote!(#p2p::rlp::Encode::length(&request_id));
        let length = match fields.list.is_empty() {
            true => id_length,
            false => {
                let length = codecs.length(fields, value);
                quote!(#id_length.saturating_add(#length))
            }
        };
        quote! {
            let request_id = #p2p::Protocol::info(self).id(request_id)?;
            #p2p::rlp::Writer::list(&mut out, #length);
            #p2p::rlp::Encode::encode(&request_id, &mut out);
        }
    } else {
        let length = codecs.length(fields, value);
        quote!(#p2p::rlp::Writer::list(&mut out, #length);)
    };
    let out = quote!(&mut out);
    let checks = codecs.check_options(&name, fields, &out, value);
    let fields = codecs.encode(fields, &out, value);
    quote! {
        Self::#ident #pattern => {
            #checks
            #list
            #fields
            #name
        }
    }
}

/// The expression that reads a message.
fn decode(ast: &Enum, variant: &Variant, codecs: &Codecs<'_>) -> TokenStream {
    let p2p = &ast.p2p;
    let Variant { ident, fields, .. } = variant;
    let message = variant.name();
    if variant.attrs.transparent.is_some() {
        let value = fields.made_of(|field| {
            let (name, decode) = (&field.name, codecs.call(field, "decode", &quote!(reader)));
            quote!(#p2p::Fields::transparent(#message, #name, payload, |reader| #decode)?)
        });
        return quote!(::core::result::Result::Ok(Self::#ident #value),);
    }
    let finish = match variant.attrs.trailing {
        None => quote!(fields.finish()?;),
        Some(_) => TokenStream::new(),
    };
    let has_id = role(ast, variant).has_id();
    if fields.list.is_empty() && !has_id {
        let value = fields.made_of(|_| TokenStream::new());
        let finish = match variant.attrs.trailing {
            None => quote!(.finish()?),
            Some(_) => TokenStream::new(),
        };
        return quote! {{
            #p2p::Fields::open(#message, payload)? #finish;
            ::core::result::Result::Ok(Self::#ident #value)
        }};
    }
    let value = fields.made_of(|field| {
        let (name, decode) = (&field.name, codecs.call(field, "decode", &quote!(reader)));
        quote!(#p2p::Fields::read(&mut fields, #name, |reader| #decode)?)
    });
    let id = match has_id {
        true => quote!(#p2p::Fields::id(&mut fields)?;),
        false => TokenStream::new(),
    };
    quote! {{
        let mut fields = #p2p::Fields::open(#message, payload)?;
        #id
        let message = Self::#ident #value;
        #finish
        ::core::result::Result::Ok(message)
    }}
}
