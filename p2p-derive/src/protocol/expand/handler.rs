//! Writes the handler trait, and the dispatch from a message to its method.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Lifetime, Path};

use crate::fields::ast::Field;
use crate::fields::describe;
use crate::generics::with_param;
use crate::names::plain;
use crate::protocol::model::{Message, Protocol, Role};

/// The trait, with a method for each message that has one.
pub(crate) fn definition(protocol: &Protocol<'_>) -> TokenStream {
    let Protocol {
        p2p,
        vis,
        handler,
        ty,
        generics,
        ..
    } = protocol;
    let where_clause = &generics.where_clause;
    let params = &generics.params;
    let params = (!params.is_empty()).then(|| quote!(<#params>));
    let methods = protocol.messages.iter().filter_map(|message| {
        let name = message.method.as_ref()?;
        let docs = documentation(protocol, message);
        let arguments = message.fields.list.iter().map(|field| {
            let Field { argument, ty, .. } = field;
            quote!(#argument: #ty)
        });
        let output = match &message.role {
            Role::Request(request) => {
                let reply = request.reply.fields.contents_type();
                quote!(#p2p::Result<::core::option::Option<#reply>>)
            }
            Role::Notification | Role::Reply => quote!(#p2p::Result),
        };
        let signature = signature(
            p2p,
            name,
            &[("peer", quote!(#p2p::Peer<#ty>))],
            &quote!(#(#arguments),*),
            &output,
        );
        Some(quote! {
            #(#docs)*
            #signature;
        })
    });
    let peer = ("peer", quote!(#p2p::Peer<#ty>));
    let connected = signature(
        p2p,
        &format_ident!("connected"),
        std::slice::from_ref(&peer),
        &TokenStream::new(),
        &quote!(#p2p::Result),
    );
    let disconnected = signature(
        p2p,
        &format_ident!("disconnected"),
        &[peer, ("cause", quote!(#p2p::Cause))],
        &TokenStream::new(),
        &quote!(()),
    );
    let docs = trait_documentation(protocol);
    let connected_docs = if protocol.has_requests() {
        " Called once, before the first notification of a peer. Its requests are answered meanwhile."
    } else {
        " Called once, before the first message of a peer."
    };
    quote! {
        #(#[doc = #docs])*
        #[allow(clippy::too_many_arguments, deprecated, unused_qualifications)]
        #vis trait #handler #params:
            ::core::marker::Send + ::core::marker::Sync + 'static
        #where_clause
        {
            #(#methods)*

            #[doc = #connected_docs]
            #connected {
                let _ = peer;
                ::std::boxed::Box::pin(::core::future::ready(::core::result::Result::Ok(())))
            }

            /// Called once, after the last message of a peer that was connected, with the cause.
            #disconnected {
                let _ = (peer, cause);
                ::std::boxed::Box::pin(::core::future::ready(()))
            }
        }
    }
}

/// The signature that `#[async_trait]` gives to an `async fn`, with its names for the lifetimes.
///
/// The generated trait can't use the attribute itself, which relies on the prelude. `borrowed` are the arguments
/// taken by reference, `owned` the others.
fn signature(
    p2p: &Path,
    name: &Ident,
    borrowed: &[(&str, TokenStream)],
    owned: &TokenStream,
    output: &TokenStream,
) -> TokenStream {
    let lifetimes: Vec<Lifetime> = (0..=borrowed.len())
        .map(|i| Lifetime::new(&format!("'life{i}"), name.span()))
        .collect();
    let myself = lifetimes.first();
    let others = lifetimes.get(1..).unwrap_or_default();
    let names = borrowed.iter().map(|(name, _)| format_ident!("{name}"));
    let types = borrowed.iter().map(|(_, ty)| ty);
    let owned = (!owned.is_empty()).then(|| quote!(, #owned));
    quote! {
        fn #name<#(#lifetimes,)* 'async_trait>(
            &#myself self
            #(, #names: &#others #types)*
            #owned
        ) -> #p2p::serve::BoxFuture<'async_trait, #output>
        where
            #(#lifetimes: 'async_trait,)*
            Self: 'async_trait
    }
}

/// The path of the runtime crate, as a user writes it.
fn crate_name(p2p: &Path) -> String {
    let path = p2p.to_token_stream().to_string().replace(' ', "");
    path.trim_start_matches("::").to_owned()
}

fn trait_documentation(protocol: &Protocol<'_>) -> Vec<String> {
    let message = plain(protocol.ident);
    let handler = plain(&protocol.handler);
    let krate = crate_name(protocol.p2p);
    let mut methods = protocol.messages.iter().filter_map(|it| it.method.as_ref());
    let method = methods.next().map_or("connected".to_owned(), plain);
    let requests = if protocol.has_requests() {
        " A request's method returns what answers it, or\n\
         `None` to say nothing."
    } else {
        ""
    };
    let lines = format!(
        "Handles the messages of `{message}`, one method a message.\n\
         \n\
         An error from a method drops the peer.{requests}\n\
         \n\
         Put `#[{krate}::async_trait]` on the impl:\n\
         \n\
         ```text\n\
         #[{krate}::async_trait]\n\
         impl {handler} for MyHandler {{\n    async fn {method}(&self, peer: ..\n}}\n\
         ```\n\
         \n\
         Without it the compiler says \"lifetime parameters or bounds on method `{method}` do\n\
         not match the trait declaration\" (E0195)."
    );
    lines.lines().map(indented).collect()
}

/// A line as it stands after `///`.
fn indented(line: &str) -> String {
    match line {
        "" => String::new(),
        line => format!(" {line}"),
    }
}

/// The comments of a method: those of the variant.
fn documentation(protocol: &Protocol<'_>, message: &Message<'_>) -> Vec<TokenStream> {
    let enum_name = plain(protocol.ident);
    if message.docs.is_empty() {
        let text = format!(" Handles `{enum_name}::{}`.", message.name);
        return vec![quote!(#[doc = #text])];
    }
    let docs = message.docs.iter().map(|doc| match describe::text(doc) {
        Some(text) if text.contains("Self::") => {
            let text = with_links_to(&enum_name, &text);
            quote!(#[doc = #text])
        }
        _ => doc.to_token_stream(),
    });
    docs.collect()
}

/// A comment whose links to `Self::Variant` name the enum: in a trait `Self` means something else.
fn with_links_to(message: &str, text: &str) -> String {
    let before = ["[", "(", "`", " "];
    before.iter().fold(text.to_owned(), |text, before| {
        text.replace(&format!("{before}Self::"), &format!("{before}{message}::"))
    })
}

/// The impl that calls the methods.
pub(crate) fn dispatch(protocol: &Protocol<'_>) -> TokenStream {
    let Protocol { p2p, handler, .. } = protocol;
    let arms = protocol.messages.iter().map(|message| {
        let ident = message.ident;
        let pattern = message.fields.variables();
        let variables = message.fields.list.iter().map(|field| &field.variable);
        let method = message.method.as_ref();
        let call = quote!(#handler::#method(handler, peer #(, #variables)*));
        match &message.role {
            Role::Notification => {
                quote!(Self::#ident #pattern => #p2p::serve::Dispatched::Notification(#call),)
            }
            Role::Request(request) => {
                let reply_ident = &request.reply.ident;
                let reply_fields = request.reply.fields.variables();
                let contents = request.reply.fields.contents();
                quote! {
                    Self::#ident #pattern => {
                        let answer = #call;
                        #p2p::serve::Dispatched::Request(::std::boxed::Box::pin(async move {
                            let reply = answer.await?;
                            ::core::result::Result::Ok(
                                reply.map(|#contents| Self::#reply_ident #reply_fields)
                            )
                        }))
                    }
                }
            }
            Role::Reply => {
                let any = message.fields.any();
                quote!(Self::#ident #any => #p2p::serve::Dispatched::Reply,)
            }
        }
    });
    dispatch_with(
        protocol,
        &quote!(match self { #(#arms)* }),
        &quote!(#handler::connected(handler, peer)),
        &quote!(#handler::disconnected(handler, peer, cause)),
    )
}

/// The impl with these bodies.
pub(crate) fn dispatch_with(
    protocol: &Protocol<'_>,
    dispatch: &TokenStream,
    connected: &TokenStream,
    disconnected: &TokenStream,
) -> TokenStream {
    let Protocol {
        p2p, ty, handler, ..
    } = protocol;
    let (impl_generics, ty_generics, where_clause) = protocol.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #p2p::serve::Dispatch for #ty #where_clause {
            type Handler = dyn #handler #ty_generics;

            fn dispatch<'a>(
                self,
                handler: &'a (dyn #handler #ty_generics + 'static),
                peer: &'a #p2p::Peer<Self>,
            ) -> #p2p::serve::Dispatched<'a, Self> {
                #dispatch
            }

            fn connected<'a>(
                handler: &'a (dyn #handler #ty_generics + 'static),
                peer: &'a #p2p::Peer<Self>,
            ) -> #p2p::serve::BoxFuture<'a, #p2p::Result> {
                #connected
            }

            fn disconnected<'a>(
                handler: &'a (dyn #handler #ty_generics + 'static),
                peer: &'a #p2p::Peer<Self>,
                cause: &'a #p2p::Cause,
            ) -> #p2p::serve::BoxFuture<'a, ()> {
                #disconnected
            }
        }
    }
}

/// The impl that accepts every implementor of the handler trait.
pub(crate) fn handled_by(protocol: &Protocol<'_>) -> TokenStream {
    let Protocol {
        p2p, ty, handler, ..
    } = protocol;
    let (_, ty_generics, where_clause) = protocol.generics.split_for_impl();
    let bound = quote!(#handler #ty_generics);
    let (generics, h) = with_param(protocol.ident, protocol.generics, &bound);
    let (impl_generics, _, _) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #p2p::serve::HandledBy<#h> for #ty #where_clause {
            fn shared(handler: #h) -> ::std::sync::Arc<dyn #handler #ty_generics> {
                ::std::sync::Arc::new(handler)
            }
        }
    }
}
