//! Writes the codec of a field that has limits.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use super::ast::Field;
use crate::attr::Keyed;
use crate::attr::limits::{Bounds, End};
use crate::types;

/// The expression of a field's codec with limits. `codec` is the codec without them.
///
/// `whole` is the type that the field is part of.
pub(crate) fn codec(
    p2p: &Path,
    whole: &TokenStream,
    field: &Field,
    codec: &TokenStream,
) -> TokenStream {
    let owner = &field.owner;
    let name = &field.name;
    let ty = types::option(&field.ty).unwrap_or(&field.ty);
    let limits = &field.limits;
    let max_items = limits.max_items.as_ref().map(|limit| {
        let number = path(&limit.number(), whole);
        quote!(.max_items(#number))
    });
    let max_len = limits.max_len.as_ref().map(|limit| {
        let number = path(&limit.number(), whole);
        quote!(.max_len(#number))
    });
    // Hygienic, because a function of the user's may have the same name. The compiler reports an error where
    // the limit is written.
    let value_at = |span| Ident::new("value", Span::mixed_site().located_at(span));
    let range = limits.range.as_ref().map(|range| {
        let span = range.tokens.span();
        let tokens = path(&range.tokens, whole);
        let value = value_at(span);
        quote_spanned!(span=> #p2p::rlp::in_range(#value, #tokens))
    });
    let with = limits.with.as_ref().map(|with| {
        let span = with.tokens.span();
        let function = path(&with.tokens, whole);
        let value = value_at(span);
        quote_spanned!(span=> #p2p::rlp::accepted(#function(#value)))
    });
    let value = value_at(Span::call_site());
    let check = match (range, with) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(quote!(.check(|#value| #one))),
        (Some(range), Some(with)) => Some(quote! {
            .check(|#value| {
                #range?;
                #with
            })
        }),
    };
    let limited = quote! {
        #p2p::__private::Limited {
            ty: #owner,
            field: #name,
            codec: #codec,
            limits: #p2p::rlp::Limits::<#ty>::new() #max_items #max_len #check,
        }
    };
    let range = limits.range.as_ref();
    match range.and_then(|range| not_empty(range, whole)) {
        Some(assertion) => quote!({ #assertion #limited }),
        None => limited,
    }
}

/// An assertion that a range between constants is not empty. Only the compiler knows their values.
fn not_empty(range: &Keyed<Bounds>, whole: &TokenStream) -> Option<TokenStream> {
    let span = range.tokens.span();
    let range = &range.value;
    let zero = End::Number(0);
    let start = range.start.as_ref().unwrap_or(&zero);
    let end = range.end.as_ref()?;
    let is_checked = start.number().is_some() && end.number().is_some();
    let has_zero = start.number() == Some(0) && range.closed;
    if is_checked || has_zero {
        return None;
    }
    let number = |end: &End| match end {
        End::Number(number) => Literal::u128_unsuffixed(*number).into_token_stream(),
        End::Constant(constant) => path(constant, whole),
    };
    let start = number(start);
    let end = number(end);
    let compared = if range.closed {
        quote_spanned!(span=> #start <= #end)
    } else {
        quote_spanned!(span=> #start < #end)
    };
    let message = "this range is empty, so that no value would be accepted";
    Some(quote_spanned!(span=> const { ::core::assert!(#compared, #message) };))
}

/// Replaces `Self` in paths by the type `whole`, for code where `Self` means something else.
fn path(tokens: &TokenStream, whole: &TokenStream) -> TokenStream {
    let mut resolved = TokenStream::new();
    let mut tokens = tokens.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let leads = matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
        match token {
            TokenTree::Ident(word) if word == "Self" && leads => resolved.extend(quote!(<#whole>)),
            TokenTree::Ident(word) if word == "Self" => resolved.extend(whole.clone()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                let mut inner = Group::new(Delimiter::None, path(&group.stream(), whole));
                inner.set_span(group.span());
                resolved.extend([TokenTree::from(inner)]);
            }
            token => resolved.extend([token]),
        }
    }
    resolved
}
