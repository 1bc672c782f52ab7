//! The handler trait, and the way from a message to its method.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::Lifetime;

use super::ast::{Enum, Variant};
use super::roles::{Role, reply_type, reply_value, role};
use crate::describe;
use crate::field::Field;
use crate::generics::with_param;
use crate::names::plain;

/// The trait, with a method for each of these variants, none of which is a reply.
pub(crate) fn definition(ast: &Enum, variants: &[&Variant]) -> TokenStream {
    let Enum {
        p2p,
        vis,
        handler,
        ty,
        generics,
        ..
    } = ast;
    let where_clause = &generics.where_clause;
    let params = match generics.params.is_empty() {
        true => TokenStream::new(),
        false => {
            let params = &generics.params;
            quote!(<#params>)
        }
    };
    let methods = variants.iter().map(|variant| {
        let docs = documentation(ast, variant);
        let arguments = variant.fields.list.iter().map(|field| {
            let Field { argument, ty, .. } = field;
            quote!(#argument: #ty)
        });
        let output = match role(ast, variant) {
            Role::Request { reply, .. } => {
                let reply = reply_type(reply);
                quote!(#p2p::Result<::core::option::Option<#reply>>)
            }
            Role::Notification | Role::Reply => quote!(#p2p::Result),
        };
        let signature = signature(
            p2p,
            &variant.method(),
            &[("peer", quote!(#p2p::Peer<#ty>))],
            &quote!(#(#arguments),*),
            &output,
        );
        quote! {
            #(#docs)*
            #signature;
        }
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
    let docs = trait_documentation(ast, variants);
    let connected_docs = match asks(ast) {
        true => {
            " Called once, before the first notification of a peer. Its requests are answered meanwhile."
        }
        false => " Called once, before the first message of a peer.",
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
/// The generated trait can't use the attribute itself, which relies on the prelude.
fn signature(
    p2p: &syn::Path,
    name: &Ident,
    borrowed: &[(&str, TokenStream)],
    owned: &TokenStream,
    output: &TokenStream,
) -> TokenStream {
    let lifetimes: Vec<Lifetime> = (0..=borrowed.len())
        .map(|i| Lifetime::new(&format!("'life{i}"), name.span()))
        .collect();
    let (myself, others) = (lifetimes.first(), lifetimes.get(1..).unwrap_or_default());
    let names = borrowed.iter().map(|(name, _)| format_ident!("{name}"));
    let types = borrowed.iter().map(|(_, ty)| ty);
    let owned = match owned.is_empty() {
        true => TokenStream::new(),
        false => quote!(, #owned),
    };
    quote! {
        fn #name<#(#lifetimes,)* 'async_trait>(
            &#myself self
            #(, #names: &#others #types)*
            #owned
        ) -> #p2p::BoxFuture<'async_trait, #output>
        where
            #(#lifetimes: 'async_trait,)*
            Self: 'async_trait
    }
}

fn crate_name(ast: &Enum) -> String {
    let path = ast.p2p.to_token_stream().to_string().replace(' ', "");
    path.trim_start_matches("::").to_owned()
}

fn trait_documentation(ast: &Enum, variants: &[&Variant]) -> Vec<String> {
    let (message, handler) = (plain(&ast.ident), plain(&ast.handler));
    let krate = crate_name(ast);
    let method = variants
        .first()
        .map_or("connected".to_owned(), |first| plain(&first.method()));
    let requests = match asks(ast) {
        true => {
            " A request's method returns what answers it, or\n\
             `None` to say nothing."
        }
        false => "",
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

/// Whether there is a request.
fn asks(ast: &Enum) -> bool {
    let mut variants = ast.variants.iter();
    variants.any(|variant| matches!(role(ast, variant), Role::Request { .. }))
}

/// A line as it stands after `///`.
fn indented(line: &str) -> String {
    match line {
        "" => String::new(),
        line => format!(" {line}"),
    }
}

fn documentation(ast: &Enum, variant: &Variant) -> Vec<TokenStream> {
    if variant.docs.is_empty() {
        let text = format!(" Handles `{}::{}`.", plain(&ast.ident), variant.name());
        return vec![quote!(#[doc = #text])];
    }
    let docs = variant.docs.iter().map(|doc| match describe::text(doc) {
        Some(text) if text.contains("Self::") => {
            let text = with_links_to(&plain(&ast.ident), &text);
            quote!(#[doc = #text])
        }
        _ => doc.to_token_stream(),
    });
    docs.collect()
}

/// A comment whose links to `Self::Variant` name the enum, for in a trait they mean something else.
fn with_links_to(message: &str, text: &str) -> String {
    let before = ["[", "(", "`", " "];
    before.iter().fold(text.to_owned(), |text, before| {
        text.replace(&format!("{before}Self::"), &format!("{before}{message}::"))
    })
}

/// The impl that calls the methods.
pub(crate) fn dispatch(ast: &Enum) -> TokenStream {
    let Enum { p2p, handler, .. } = ast;
    let arms = ast.variants.iter().map(|variant| {
        let (ident, pattern, method) =
            (&variant.ident, variant.fields.variables(), variant.method());
        let variables = variant.fields.list.iter().map(|field| &field.variable);
        let call = quote!(#handler::#method(handler, peer #(, #variables)*));
        match role(ast, variant) {
            Role::Notification => {
                quote!(Self::#ident #pattern => #p2p::Dispatched::Notification(#call),)
            }
            Role::Request { reply, .. } => {
                let (value, reply_ident) = (reply_value(reply), &reply.ident);
                let message = reply.fields.variables();
                quote! {
                    Self::#ident #pattern => {
                        let answer = #call;
                        #p2p::Dispatched::Request(::std::boxed::Box::pin(async move {
                            let reply = answer.await?;
                            ::core::result::Result::Ok(reply.map(|#value| Self::#reply_ident #message))
                        }))
                    }
                }
            }
            Role::Reply => {
                let any = variant.fields.any();
                quote!(Self::#ident #any => #p2p::Dispatched::Reply,)
            }
        }
    });
    dispatch_with(
        ast,
        &quote!(match self { #(#arms)* }),
        &quote!(#handler::connected(handler, peer)),
        &quote!(#handler::disconnected(handler, peer, cause)),
    )
}

/// The impl with these bodies.
pub(crate) fn dispatch_with(
    ast: &Enum,
    dispatch: &TokenStream,
    connected: &TokenStream,
    disconnected: &TokenStream,
) -> TokenStream {
    let Enum {
        p2p, ty, handler, ..
    } = ast;
    let (impl_generics, ty_generics, where_clause) = ast.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #p2p::Dispatch for #ty #where_clause {
            type Handler = dyn #handler #ty_generics;

            fn dispatch<'a>(
                self,
                handler: &'a (dyn #handler #ty_generics + 'static),
                peer: &'a #p2p::Peer<Self>,
            ) -> #p2p::Dispatched<'a, Self> {
                #dispatch
            }

            fn connected<'a>(
                handler: &'a (dyn #handler #ty_generics + 'static),
                peer: &'a #p2p::Peer<Self>,
            ) -> #p2p::BoxFuture<'a, #p2p::Result> {
                #connected
            }

            fn disconnected<'a>(
                handler: &'a (dyn #handler #ty_generics + 'static),
                peer: &'a #p2p::Peer<Self>,
                cause: &'a #p2p::Cause,
            ) -> #p2p::BoxFuture<'a, ()> {
                #disconnected
            }
        }
    }
}

/// The impl that lets every handler of the trait be one of the protocol.
pub(crate) fn handled_by(ast: &Enum) -> TokenStream {
    let Enum {
        p2p, ty, handler, ..
    } = ast;
    let (_, ty_generics, where_clause) = ast.generics.split_for_impl();
    let (generics, h) = with_param(&ast.ident, &ast.generics, &quote!(#handler #ty_generics));
    let (impl_generics, _, _) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #p2p::HandledBy<#h> for #ty #where_clause {
            fn shared(handler: #h) -> ::std::sync::Arc<dyn #handler #ty_generics> {
                ::std::sync::Arc::new(handler)
            }
        }
    }
}
