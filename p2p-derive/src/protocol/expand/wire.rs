//! Writes `impl Protocol`: the table of messages, encoding and decoding.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::Path;

use super::table;
use crate::fields::ast::Field;
use crate::fields::codec::Codecs;
use crate::fields::layout::Layout;
use crate::protocol::model::{Message, Protocol};

/// Writes the impl.
pub(crate) fn expand(protocol: &Protocol<'_>, codecs: &Codecs<'_>) -> TokenStream {
    let Protocol {
        p2p,
        ty,
        name,
        messages,
        ..
    } = protocol;
    let (impl_generics, _, where_clause) = protocol.generics.split_for_impl();
    let checked = table::checked(protocol);
    let versions = protocol.versions.iter().map(|version| {
        let number = Literal::u64_unsuffixed(version.number);
        let length = Literal::u64_unsuffixed(version.length);
        quote!(#p2p::protocol::Version { number: #number, length: #length })
    });
    let table = messages.iter().map(|message| table::row(p2p, message));
    let rows = messages.iter().enumerate().map(|(row, message)| {
        let ident = message.ident;
        let any = message.fields.any();
        let row = Literal::usize_unsuffixed(row);
        quote!(Self::#ident #any => #row,)
    });
    let encodes = messages.iter().map(|message| encode(p2p, message, codecs));
    let decodes = messages.iter().map(|message| decode(p2p, message, codecs));
    let codes = messages
        .iter()
        .map(|message| Literal::u64_unsuffixed(message.code));
    let has_ids = messages.iter().any(|message| message.role.has_id());
    let request_id = if has_ids {
        quote!(request_id)
    } else {
        quote!(_)
    };
    let depends_on_version = |it: &Message<'_>| it.since.is_some() || it.until.is_some();
    let version;
    let check;
    let found;
    let patterns: Vec<TokenStream>;
    if messages.iter().any(depends_on_version) {
        version = quote!(version);
        check = quote!(#p2p::Protocol::info(self).check(version)?;);
        found = quote!((code.0, version));
        let ranges = messages.iter().map(version_range);
        patterns = codes
            .zip(ranges)
            .map(|(code, range)| quote!((#code, #range)))
            .collect();
    } else {
        version = quote!(_version);
        check = TokenStream::new();
        found = quote!(code.0);
        patterns = codes.map(|code| quote!(#code)).collect();
    }
    quote! {
        #[automatically_derived]
        impl #impl_generics #p2p::Protocol for #ty #where_clause {
            const NAME: &'static str = #name;

            const VERSIONS: &'static [#p2p::protocol::Version] = &[#(#versions),*];

            const MESSAGES: &'static [#p2p::protocol::MessageInfo] = &[#(#table),*];

            fn info(&self) -> &'static #p2p::protocol::MessageInfo {
                let row = match self {
                    #(#rows)*
                };
                &<Self as #p2p::Protocol>::MESSAGES[row]
            }

            fn largest(info: &#p2p::protocol::MessageInfo) -> usize {
                #p2p::__private::largest::<Self>(info)
            }

            fn show(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                use #p2p::__private::{ShowDebug as _, ShowName as _};
                (&#p2p::__private::Shown(self, #p2p::Protocol::info(self).name)).__p2p_show(f)
            }

            fn encode(
                &self,
                #version: u64,
                #request_id: ::core::option::Option<#p2p::protocol::RequestId>,
                out: &mut ::std::vec::Vec<u8>,
            ) -> ::core::result::Result<(), #p2p::protocol::EncodeError> {
                #check
                let mut out = #p2p::rlp::Writer::new(out);
                let message = match self {
                    #(#encodes)*
                };
                out.finish().map_err(|cause| #p2p::protocol::EncodeError::Field { message, cause })
            }

            fn decode(
                version: u64,
                code: #p2p::protocol::Code,
                payload: &[u8],
            ) -> ::core::result::Result<Self, #p2p::protocol::DecodeError> {
                match #found {
                    #(#patterns => #decodes)*
                    _ => ::core::result::Result::Err(#p2p::protocol::DecodeError::UnknownCode {
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

/// A pattern of the versions that have a message.
fn version_range(message: &Message<'_>) -> TokenStream {
    let first = message.since.map(Literal::u64_unsuffixed);
    let last = message.until.map(Literal::u64_unsuffixed);
    match (first, last) {
        (None, None) => quote!(_),
        (first, None) => quote!(#first..),
        (first, Some(_)) if message.since == message.until => quote!(#first),
        (first, last) => quote!(#first..=#last),
    }
}

/// The match arm that writes a message, and evaluates to its name.
fn encode(p2p: &Path, message: &Message<'_>, codecs: &Codecs<'_>) -> TokenStream {
    let Message {
        ident,
        name,
        fields,
        ..
    } = message;
    let pattern = fields.variables();
    let value = |field: &Field| {
        let variable = &field.variable;
        quote!(#variable)
    };
    let list = if message.layout == Layout::Transparent {
        TokenStream::new()
    } else if message.role.has_id() {
        let id_length = quote!(#p2p::rlp::Encode::length(&request_id));
        let length = if fields.list.is_empty() {
            id_length
        } else {
            let length = codecs.length(fields, value);
            quote!(#id_length.saturating_add(#length))
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
    let checks = codecs.check_options(name, fields, &out, value);
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

/// The match arm's expression that reads a message.
fn decode(p2p: &Path, message: &Message<'_>, codecs: &Codecs<'_>) -> TokenStream {
    let Message {
        ident,
        name,
        fields,
        ..
    } = message;
    let has_id = message.role.has_id();
    match message.layout {
        Layout::Transparent => {
            let value = fields.made_of(|field| {
                let field_name = &field.name;
                let decode = codecs.call(field, "decode", &quote!(reader));
                quote!(#p2p::protocol::Fields::transparent(#name, #field_name, payload, |reader| #decode)?)
            });
            quote!(::core::result::Result::Ok(Self::#ident #value),)
        }
        Layout::List | Layout::OpenList if fields.list.is_empty() && !has_id => {
            let value = fields.made_of(|_| TokenStream::new());
            let finish = (message.layout == Layout::List).then(|| quote!(.finish()?));
            quote! {{
                #p2p::protocol::Fields::open(#name, payload)? #finish;
                ::core::result::Result::Ok(Self::#ident #value)
            }}
        }
        Layout::List | Layout::OpenList => {
            let value = fields.made_of(|field| {
                let field_name = &field.name;
                let decode = codecs.call(field, "decode", &quote!(reader));
                quote!(#p2p::protocol::Fields::read(&mut fields, #field_name, |reader| #decode)?)
            });
            let id = has_id.then(|| quote!(#p2p::protocol::Fields::id(&mut fields)?;));
            let finish = (message.layout == Layout::List).then(|| quote!(fields.finish()?;));
            quote! {{
                let mut fields = #p2p::protocol::Fields::open(#name, payload)?;
                #id
                let message = Self::#ident #value;
                #finish
                ::core::result::Result::Ok(message)
            }}
        }
    }
}
