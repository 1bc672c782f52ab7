//! The limits of a field: whether they suit its type, and the code that holds a value to them.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, Type};

use crate::attr::{Bounds, End, Function, Keyed, Limit, namespace};
use crate::errors::Errors;
use crate::field::Field;
use crate::types::{self, Kind};

namespace! {
    /// `#[field(..)]` on a field.
    "field" => Limits {
        /// The most items of a list.
        "max_items" => max_items: Limit, "max_items = 1024";
        /// The most bytes of a byte string.
        "max_len" => max_len: Limit, "max_len = 32";
        /// The integers that it may be.
        "range" => range: Bounds, "range(1..=1024)";
        /// A function that looks at the value.
        "with" => with: Function, "with = path::to::function";
    }
}

impl Limits {
    /// Whether there is nothing to check.
    pub(crate) fn is_empty(&self) -> bool {
        let Self {
            max_items,
            max_len,
            range,
            with,
            ..
        } = self;
        max_items.is_none() && max_len.is_none() && range.is_none() && with.is_none()
    }
}

/// Notes what is wrong with a field's limits.
pub(crate) fn check(field: &Field, errors: &mut Errors) {
    let limits = &field.limits;
    let ty = types::option(&field.ty).unwrap_or(&field.ty);
    let kind = types::kind(ty);
    if let (Some(limit), Some(kind @ (Kind::Integer(_) | Kind::Bool | Kind::Bytes))) =
        (&limits.max_items, kind)
    {
        let advice = match kind {
            Kind::Bytes => "write `max_len` for its bytes",
            Kind::Integer(_) => "write `range(..)` for its values",
            _ => "remove it",
        };
        wrong_kind(limit, "the items of a list", ty, advice, errors);
    }
    if let (Some(limit), Some(kind @ (Kind::Integer(_) | Kind::Bool | Kind::List))) =
        (&limits.max_len, kind)
    {
        let advice = match kind {
            Kind::List => "write `max_items` for its items",
            Kind::Integer(_) => "write `range(..)` for its values",
            _ => "remove it",
        };
        wrong_kind(limit, "the bytes of a byte string", ty, advice, errors);
    }
    let Some(range) = &limits.range else { return };
    if range.value.is_empty() {
        errors.on(
            &range.tokens,
            "this range is empty, so that no value would be accepted; put the smaller number first",
        );
    }
    match kind {
        Some(Kind::Bytes) => {
            let advice = "write `max_len` for its bytes, or `with` for a check of your own";
            wrong_kind(range, "an integer", ty, advice, errors);
        }
        Some(Kind::List) => {
            let advice = "write `max_items` for its items, or `with` for a check of your own";
            wrong_kind(range, "an integer", ty, advice, errors);
        }
        Some(Kind::Bool) => wrong_kind(range, "an integer", ty, "remove it", errors),
        Some(Kind::Integer(bits @ ..128)) => {
            let most = (1_u128 << bits) - 1;
            let Bounds { start, end, closed } = &range.value;
            let number = |end: &Option<End>| end.as_ref().and_then(End::number);
            let last = number(end).map(|end| end.saturating_sub(u128::from(!closed)));
            if [number(start), last]
                .into_iter()
                .flatten()
                .any(|end| end > most)
            {
                errors.on(
                    &range.tokens,
                    format!(
                        "`{}` ends at {most}; end the range there, or leave its end open",
                        types::text(ty)
                    ),
                );
            }
        }
        _ => {}
    }
}

fn wrong_kind<T>(limit: &Keyed<T>, what: &str, ty: &Type, advice: &str, errors: &mut Errors) {
    let (key, ty) = (&limit.key, types::text(ty));
    errors.at(
        key.span(),
        format!("`{key}` limits {what}, and this is `{ty}`; {advice}"),
    );
}

/// The expression of a codec that holds a field's values to its limits; `codec` is the one without them.
///
/// `whole` is the type that the field is part of.
pub(crate) fn codec(
    p2p: &Path,
    whole: &TokenStream,
    field: &Field,
    codec: &TokenStream,
) -> TokenStream {
    let (owner, name) = (&field.owner, &field.name);
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
    // A function of the user's may be called the same; an error is where the limit is written.
    let value_at = |span| Ident::new("value", Span::mixed_site().located_at(span));
    let range = limits.range.as_ref().map(|range| {
        let span = range.tokens.span();
        let (tokens, value) = (path(&range.tokens, whole), value_at(span));
        quote_spanned!(span=> #p2p::rlp::in_range(#value, #tokens))
    });
    let with = limits.with.as_ref().map(|with| {
        let (function, value) = (path(&with.tokens, whole), value_at(with.tokens.span()));
        quote_spanned!(with.tokens.span()=> #p2p::rlp::accepted(#function(#value)))
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

/// Has the compiler check that a range between constants, which only it knows, is not empty.
fn not_empty(range: &Keyed<Bounds>, whole: &TokenStream) -> Option<TokenStream> {
    let (range, span) = (&range.value, range.tokens.span());
    let (start, end) = (range.start.as_ref()?, range.end.as_ref()?);
    if start.number().is_some() && end.number().is_some() {
        return None;
    }
    let number = |end: &End| match end {
        End::Number(number) => Literal::u128_unsuffixed(*number).into_token_stream(),
        End::Constant(constant) => path(constant, whole),
    };
    let (start, end) = (number(start), number(end));
    let compared = match range.closed {
        true => quote_spanned!(span=> #start <= #end),
        false => quote_spanned!(span=> #start < #end),
    };
    let message = "this range is empty, so that no value would be accepted";
    Some(quote_spanned!(span=> const { ::core::assert!(#compared, #message) };))
}

impl Keyed<Limit> {
    /// The number, or the constant's path as it is written.
    pub(crate) fn number(&self) -> TokenStream {
        match self.value {
            Limit::Number(number) => Literal::u64_unsuffixed(number).into_token_stream(),
            Limit::Constant => self.tokens.clone(),
        }
    }
}

/// Paths that may name `Self`, in code where that is `whole`.
pub(crate) fn path(tokens: &TokenStream, whole: &TokenStream) -> TokenStream {
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
