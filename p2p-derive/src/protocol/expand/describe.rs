//! Writes `impl Describe`: the shape of the messages, for the specification.

use proc_macro2::TokenStream;
use quote::quote;

use crate::fields::codec::Codecs;
use crate::fields::describe;
use crate::protocol::model::Protocol;

/// Writes the impl.
pub(crate) fn expand(protocol: &Protocol<'_>, codecs: &Codecs<'_>) -> TokenStream {
    let Protocol {
        p2p, ty, generics, ..
    } = protocol;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let docs = describe::docs(protocol.docs);
    let messages = protocol.messages.iter().map(|message| {
        let name = &message.name;
        let docs = describe::docs(message.docs);
        let layout = describe::layout(message.layout);
        let fields = (!message.fields.list.is_empty()).then(|| {
            let fields = describe::fields(p2p, message.fields, generics, codecs);
            quote!(.fields(#fields))
        });
        quote!(#p2p::rlp::shape::Struct::new(#name) #docs #layout #fields)
    });
    let mut all = protocol.messages.iter();
    let has_fields = all.any(|message| !message.fields.list.is_empty());
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
