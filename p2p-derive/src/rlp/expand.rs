//! `impl Encode` and `impl Decode`.

use proc_macro2::TokenStream;
use quote::quote;

use super::ast::Struct;
use crate::codec::Codecs;
use crate::describe;
use crate::field::Field;
use crate::names::plain;

/// Writes everything for a struct that has no mistakes.
pub(crate) fn expand(ast: &Struct) -> TokenStream {
    let fields = std::iter::once(&ast.fields);
    let codecs = Codecs::new(&ast.p2p, &ast.generics, &ast.ty, fields);
    let functions = codecs.definitions();
    let impls = match ast.attrs.transparent {
        Some(_) => transparent(ast, &codecs),
        None => list(ast, &codecs),
    };
    quote! {
        #[allow(deprecated, unused_qualifications)]
        const _: () = {
            #functions
            #impls
        };
    }
}

fn reference(field: &Field) -> TokenStream {
    let member = &field.member;
    quote!(&self.#member)
}

/// The impls of a struct that is a list of its fields.
fn list(ast: &Struct, codecs: &Codecs<'_>) -> TokenStream {
    let Struct {
        p2p, ty, fields, ..
    } = ast;
    let (impl_generics, _, where_clause) = ast.generics.split_for_impl();
    let name = plain(&ast.ident);
    let payload = match fields.list.is_empty() {
        true => quote!(0),
        false => quote!(__payload_length(self)),
    };
    let payload_length = payload_length(ast, codecs);
    let out = quote!(out);
    let checks = codecs.check_options(&name, fields, &out, reference);
    let encode = codecs.encode(fields, &out, reference);
    let made = fields.made_of(|field| read(&name, field, codecs, &quote!(&mut list)));
    let finish = match &ast.attrs.trailing {
        None => quote!(#p2p::rlp::Reader::finish(&list)?;),
        Some(_) => TokenStream::new(),
    };
    let decode = match (fields.list.is_empty(), &ast.attrs.trailing) {
        (false, _) => quote! {
            let mut list = #p2p::rlp::Reader::list(reader)?;
            let value = Self #made;
            #finish
            ::core::result::Result::Ok(value)
        },
        (true, None) => quote! {
            #p2p::rlp::Reader::finish(&#p2p::rlp::Reader::list(reader)?)?;
            ::core::result::Result::Ok(Self #made)
        },
        (true, Some(_)) => quote! {
            #p2p::rlp::Reader::list(reader)?;
            ::core::result::Result::Ok(Self #made)
        },
    };
    let shape = shape(ast, codecs);
    quote! {
        #payload_length

        #[automatically_derived]
        impl #impl_generics #p2p::rlp::Encode for #ty #where_clause {
            fn length(&self) -> usize {
                #p2p::rlp::list_length(#payload)
            }

            fn encode(&self, out: &mut #p2p::rlp::Writer<'_>) {
                #checks
                #p2p::rlp::Writer::list(out, #payload);
                #encode
            }
        }

        #[automatically_derived]
        impl #impl_generics #p2p::rlp::Decode for #ty #where_clause {
            fn decode(
                reader: &mut #p2p::rlp::Reader<'_>,
            ) -> ::core::result::Result<Self, #p2p::rlp::Error> {
                #decode
            }

            #shape
        }
    }
}

/// A function that says how many bytes the fields take.
///
/// Nothing of the user's is called like it.
fn payload_length(ast: &Struct, codecs: &Codecs<'_>) -> TokenStream {
    let Struct { ty, fields, .. } = ast;
    if fields.list.is_empty() {
        return TokenStream::new();
    }
    let (impl_generics, _, where_clause) = ast.generics.split_for_impl();
    let length = codecs.length(fields, |field| {
        let member = &field.member;
        quote!(&value.#member)
    });
    quote! {
        fn __payload_length #impl_generics(value: &#ty) -> usize #where_clause {
            #length
        }
    }
}

/// The impls of a struct that is encoded as its one field.
fn transparent(ast: &Struct, codecs: &Codecs<'_>) -> TokenStream {
    let Struct {
        p2p, ty, fields, ..
    } = ast;
    let (impl_generics, _, where_clause) = ast.generics.split_for_impl();
    let length = codecs.length(fields, reference);
    let encode = codecs.encode(fields, &quote!(out), reference);
    let name = plain(&ast.ident);
    let made = fields.made_of(|field| read(&name, field, codecs, &quote!(reader)));
    let shape = shape(ast, codecs);
    quote! {
        #[automatically_derived]
        impl #impl_generics #p2p::rlp::Encode for #ty #where_clause {
            fn length(&self) -> usize {
                #length
            }

            fn encode(&self, out: &mut #p2p::rlp::Writer<'_>) {
                #encode
            }
        }

        #[automatically_derived]
        impl #impl_generics #p2p::rlp::Decode for #ty #where_clause {
            fn decode(
                reader: &mut #p2p::rlp::Reader<'_>,
            ) -> ::core::result::Result<Self, #p2p::rlp::Error> {
                ::core::result::Result::Ok(Self #made)
            }

            #shape
        }
    }
}

/// The function that describes the item.
fn shape(ast: &Struct, codecs: &Codecs<'_>) -> TokenStream {
    let Struct {
        p2p,
        attrs,
        fields,
        generics,
        ..
    } = ast;
    let name = plain(&ast.ident);
    let docs = describe::docs(&ast.docs);
    let transparent = attrs.transparent.as_ref().map(|_| quote!(.transparent()));
    let trailing = attrs.trailing.as_ref().map(|_| quote!(.trailing()));
    let shapes = match fields.list.is_empty() {
        false => quote!(shapes),
        true => quote!(_),
    };
    let fields = describe::fields(p2p, fields, generics, codecs);
    quote! {
        fn shape(shapes: &mut #p2p::rlp::Shapes) -> #p2p::rlp::Shape {
            shapes.define::<Self, _>(
                #p2p::rlp::shape::Struct::new(#name) #docs #transparent #trailing,
                |#shapes| #fields,
            )
        }
    }
}

/// The expression that reads a field.
fn read(owner: &str, field: &Field, codecs: &Codecs<'_>, reader: &TokenStream) -> TokenStream {
    let (name, decode) = (&field.name, codecs.call(field, "decode", reader));
    quote!(#decode.map_err(|error| error.at(#owner, #name))?)
}

/// The same impls, with bodies that are never run.
pub(crate) fn stub(ast: &Struct) -> TokenStream {
    let Struct { p2p, ty, .. } = ast;
    let (impl_generics, _, where_clause) = ast.generics.split_for_impl();
    quote! {
        const _: () = {
            impl #impl_generics #p2p::rlp::Encode for #ty #where_clause {
                fn length(&self) -> usize {
                    loop {}
                }

                fn encode(&self, _: &mut #p2p::rlp::Writer<'_>) {}
            }

            impl #impl_generics #p2p::rlp::Decode for #ty #where_clause {
                fn decode(
                    _: &mut #p2p::rlp::Reader<'_>,
                ) -> ::core::result::Result<Self, #p2p::rlp::Error> {
                    loop {}
                }
            }
        };
    }
}
