//! `impl Describe`: what the messages look like, in words.

use proc_macro2::TokenStream;
use quote::quote;

use super::ast::Enum;
use crate::codec::Codecs;
use crate::describe;

/// The impl.
pub(crate) fn expand(ast: &Enum, codecs: &Codecs<'_>) -> TokenStream {
    let Enum {
        p2p, ty, generics, ..
    } = ast;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let docs = describe::docs(&ast.docs);
    let mut has_fields = false;
    let messages = ast.variants.iter().map(|variant| {
        let name = variant.name();
        let docs = describe::docs(&variant.docs);
        let transparent = variant.attrs.transparent.as_ref();
        let transparent = transparent.map(|_| quote!(.transparent()));
        let trailing = variant.attrs.trailing.as_ref();
        let trailing = trailing.map(|_| quote!(.trailing()));
        let fields = (!variant.fields.list.is_empty()).then(|| {
            has_fields = true;
            let fields = describe::fields(p2p, &variant.fields, generics, codecs);
            quote!(.fields(#fields))
        });
        quote!(#p2p::rlp::shape::Struct::new(#name) #docs #transparent #trailing #fields)
    });
    let messages: Vec<_> = messages.collect();
    let shapes = has_fields.then(|| quote!(let shapes = &mut #p2p::rlp::Shapes::new();));
    quote! {
        #[automatically_derived]
        impl #impl_generics #p2p::spec::Describe for #ty #where_clause {
            fn describe() -> #p2p::spec::Description {
                #shapes
                #p2p::spec::Description::new([#(#messages),*]) #docs
            }
        }
    }
}
