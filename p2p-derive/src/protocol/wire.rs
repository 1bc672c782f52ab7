//! `impl Protocol`: the table of messages, encoding and decoding.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::ast::{Enum, Variant};
use super::validate::Facts;
use crate::codec::Codecs;
use crate::field::Field;

/// The impl.
pub(crate) fn protocol(ast: &Enum, facts: &Facts, codecs: &Codecs<'_>) -> TokenStream {
    let Enum { p2p, ty, .. } = ast;
    let (impl_generics, _, where_clause) = ast.generics.split_for_impl();
    let name = &facts.name;
    let number = Literal::u64_unsuffixed(facts.version);
    let length = Literal::u64_unsuffixed(facts.length);
    let names: Vec<_> = ast.variants.iter().map(Variant::name).collect();
    let codes: Vec<_> = facts
        .codes
        .iter()
        .map(|code| Literal::u64_unsuffixed(*code))
        .collect();
    let rows = ast.variants.iter().enumerate().map(|(row, variant)| {
        let (ident, any) = (&variant.ident, variant.fields.any());
        let row = Literal::usize_unsuffixed(row);
        quote!(Self::#ident #any => #row,)
    });
    let encodes = ast.variants.iter().map(|variant| encode(variant, codecs));
    let decodes = ast
        .variants
        .iter()
        .map(|variant| decode(ast, variant, codecs));
    quote! {
        #[automatically_derived]
        impl #impl_generics #p2p::Protocol for #ty #where_clause {
            const NAME: &'static str = #name;

            const VERSIONS: &'static [#p2p::Version] =
                &[#p2p::Version { number: #number, length: #length }];

            const MESSAGES: &'static [#p2p::MessageInfo] = &[
                #(#p2p::MessageInfo::new(#p2p::Code(#codes), #names)),*
            ];

            fn info(&self) -> &'static #p2p::MessageInfo {
                let row = match self {
                    #(#rows)*
                };
                &<Self as #p2p::Protocol>::MESSAGES[row]
            }

            fn encode(
                &self,
                _version: u64,
                out: &mut ::std::vec::Vec<u8>,
            ) -> ::core::result::Result<(), #p2p::EncodeError> {
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
                match code.0 {
                    #(#codes => #decodes)*
                    _ => ::core::result::Result::Err(#p2p::DecodeError::UnknownCode {
                        protocol: #name,
                        version,
                        code,
                    }),
                }
            }
        }
    }
}

/// The match arm that writes a message, and evaluates to its name.
fn encode(variant: &Variant, codecs: &Codecs<'_>) -> TokenStream {
    let Variant { ident, fields, .. } = variant;
    let name = variant.name();
    let pattern = fields.variables();
    let value = |field: &Field| {
        let variable = &field.variable;
        quote!(#variable)
    };
    let list = if variant.attrs.transparent.is_some() {
        TokenStream::new()
    } else {
        let length = codecs.length(fields, value);
        quote!(out.list(#length);)
    };
    let checks = codecs.check_options(&name, fields, value);
    let fields = codecs.encode(fields, &quote!(&mut out), value);
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
            let (name, codec) = (&field.name, codecs.codec(field));
            quote! {
                #p2p::Fields::transparent(#message, #name, payload, |reader| #codec.decode(reader))?
            }
        });
        return quote!(::core::result::Result::Ok(Self::#ident #value),);
    }
    let finish = match variant.attrs.trailing {
        None => quote!(fields.finish()?;),
        Some(_) => TokenStream::new(),
    };
    if fields.list.is_empty() {
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
        let (name, codec) = (&field.name, codecs.codec(field));
        quote!(fields.read(#name, |reader| #codec.decode(reader))?)
    });
    quote! {{
        let mut fields = #p2p::Fields::open(#message, payload)?;
        let message = Self::#ident #value;
        #finish
        ::core::result::Result::Ok(message)
    }}
}
