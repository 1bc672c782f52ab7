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
    if let (Some(limit), Some(kind)) = (&limits.max_items, kind)
        && kind != Kind::List
    {
        let advice = match kind {
            Kind::Bytes => "write `max_len` for its bytes",
            Kind::Integer(_) => "write `range(..)` for its values",
            _ => "remove it",
        };
        wrong_kind(limit, "the items of a list", ty, advice, errors);
    }
    if let (Some(limit), Some(kind)) = (&limits.max_len, kind)
        && kind != Kind::Bytes
    {
        let advice = match kind {
            Kind::List => "write `max_items` for its items",
            Kind::Integer(_) => "write `range(..)` for its values",
            _ => "remove it",
        };
        wrong_kind(limit, "the bytes of a byte string", ty, advice, errors);
    }
    let fixed = match kind {
        Some(Kind::Bytes) => (&limits.max_len, "bytes"),
        Some(Kind::List) => (&limits.max_items, "items"),
        _ => (&None, ""),
    };
    if let ((Some(limit), what), Some(length)) = (fixed, types::array_length(ty))
        && limit.value.number().is_some_and(|limit| limit < length)
    {
        errors.on(
            &limit.tokens,
            format!(
                "`{}` has {length} {what} always, so that none would be accepted; remove the limit",
                types::text(ty)
            ),
        );
    }
    let Some(range) = &limits.range else { return };
    if range.value.is_empty() {
        let advice = match range.value.only() {
            Some(only) => format!("write `{only}` for this one number"),
            None => "put the smaller number first".to_owned(),
        };
        errors.on(
            &range.tokens,
            format!("this range is empty, so that no value would be accepted; {advice}"),
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
        Some(Kind::Tuple) => {
            let advice = "write `with` for a check of your own";
            wrong_kind(range, "an integer", ty, advice, errors);
        }
        Some(Kind::Bool) => wrong_kind(range, "an integer", ty, "remove it", errors),
        Some(Kind::Integer(bits @ ..128)) => {
            let most = (1_u128 << bits) - 1;
            let number = |end: &Option<End>| end.as_ref().and_then(End::number);
            let (start, end) = (number(&range.value.start), number(&range.value.end));
            let advice = match (start, end) {
                (Some(start), _) if start > most => "begin the range below".to_owned(),
                (_, Some(end)) if end > most => {
                    format!("write `..={most}`, or leave the range's end open")
                }
                _ => return,
            };
            let ty = types::text(ty);
            errors.on(&range.tokens, format!("`{ty}` ends at {most}; {advice}"));
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
    let zero = End::Number(0);
    let (start, end) = (range.start.as_ref().unwrap_or(&zero), range.end.as_ref()?);
    let known = (start.number(), end.number());
    if matches!(known, (Some(_), Some(_))) || known.0 == Some(0) && range.closed {
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
