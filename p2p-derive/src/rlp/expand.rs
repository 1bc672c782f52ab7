//! Writes `impl Encode` and `impl Decode`.

use proc_macro2::TokenStream;
use quote::quote;

use super::validate::Item;
use crate::fields::ast::Field;
use crate::fields::codec::Codecs;
use crate::fields::describe;
use crate::fields::layout::Layout;

/// Writes everything for a struct that has no mistakes.
pub(crate) fn expand(item: &Item<'_>) -> TokenStream {
    let fields = std::iter::once(item.fields);
    let codecs = Codecs::new(item.p2p, item.generics, item.ty, fields);
    let functions = codecs.definitions();
    let impls = match item.layout {
        Layout::Transparent => transparent(item, &codecs),
        Layout::List | Layout::OpenList => list(item, &codecs),
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
fn list(item: &Item<'_>, codecs: &Codecs<'_>) -> TokenStream {
    let Item {
        p2p,
        ty,
        fields,
        name,
        ..
    } = item;
    let (impl_generics, _, where_clause) = item.generics.split_for_impl();
    let payload = if fields.list.is_empty() {
        quote!(0)
    } else {
        quote!(__payload_length(self))
    };
    let payload_length = payload_length(item, codecs);
    let out = quote!(out);
    let checks = codecs.check_options(name, fields, &out, reference);
    let encode = codecs.encode(fields, &out, reference);
    let made = fields.made_of(|field| read(name, field, codecs, &quote!(&mut list)));
    let is_closed = item.layout == Layout::List;
    let decode = if !fields.list.is_empty() {
        let finish = is_closed.then(|| quote!(#p2p::rlp::Reader::finish(&list)?;));
        quote! {
            let mut list = #p2p::rlp::Reader::list(reader)?;
            let value = Self #made;
            #finish
            ::core::result::Result::Ok(value)
        }
    } else if is_closed {
        quote! {
            #p2p::rlp::Reader::finish(&#p2p::rlp::Reader::list(reader)?)?;
            ::core::result::Result::Ok(Self #made)
        }
    } else {
        quote! {
            #p2p::rlp::Reader::list(reader)?;
            ::core::result::Result::Ok(Self #made)
        }
    };
    let shape = shape(item, codecs);
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

/// A function that returns how many bytes the fields take. Its name is none that a user would choose.
fn payload_length(item: &Item<'_>, codecs: &Codecs<'_>) -> TokenStream {
    let Item { ty, fields, .. } = item;
    if fields.list.is_empty() {
        return TokenStream::new();
    }
    let (impl_generics, _, where_clause) = item.generics.split_for_impl();
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
fn transparent(item: &Item<'_>, codecs: &Codecs<'_>) -> TokenStream {
    let Item {
        p2p,
        ty,
        fields,
        name,
        ..
    } = item;
    let (impl_generics, _, where_clause) = item.generics.split_for_impl();
    let length = codecs.length(fields, reference);
    let encode = codecs.encode(fields, &quote!(out), reference);
    let made = fields.made_of(|field| read(name, field, codecs, &quote!(reader)));
    let shape = shape(item, codecs);
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
fn shape(item: &Item<'_>, codecs: &Codecs<'_>) -> TokenStream {
    let Item {
        p2p,
        fields,
        generics,
        name,
        ..
    } = item;
    let docs = describe::docs(item.docs);
    let layout = describe::layout(item.layout);
    let shapes = if fields.list.is_empty() {
        quote!(_)
    } else {
        quote!(shapes)
    };
    let fields = describe::fields(p2p, fields, generics, codecs);
    quote! {
        fn shape(shapes: &mut #p2p::rlp::Shapes) -> #p2p::rlp::Shape {
            shapes.define::<Self, _>(
                #p2p::rlp::shape::Struct::new(#name) #docs #layout,
                |#shapes| #fields,
            )
        }
    }
}

/// The expression that reads a field.
fn read(owner: &str, field: &Field, codecs: &Codecs<'_>, reader: &TokenStream) -> TokenStream {
    let name = &field.name;
    let decode = codecs.call(field, "decode", reader);
    quote!(#decode.map_err(|error| error.at(#owner, #name))?)
}

/// The same impls, with bodies that are never run.
pub(crate) fn stub(item: &Item<'_>) -> TokenStream {
    let Item { p2p, ty, .. } = item;
    let (impl_generics, _, where_clause) = item.generics.split_for_impl();
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
