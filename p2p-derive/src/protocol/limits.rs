//! The limits of a message: its largest size, and how often a peer may send it.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::ast::{Enum, Variant};
use super::roles::role;
use crate::attr::{Excess, Keyed, Limit, Per};
use crate::errors::Errors;
use crate::types;

/// The largest payload that a message can have at all.
const LARGEST: u64 = (1 << 24) - 1;

/// Notes what is wrong with a message's limits.
pub(crate) fn check(ast: &Enum, variant: &Variant, errors: &mut Errors) {
    let attrs = &variant.attrs;
    if let Some(size) = &attrs.max_size
        && let Some(number) = size.value.number()
    {
        let smallest = smallest(ast, variant);
        if number == 0 {
            errors.on(
                &size.tokens,
                "a payload has at least 1 byte, so that no message would be accepted; raise it",
            );
        } else if number > LARGEST {
            errors.on(
                &size.tokens,
                format!(
                    "no message has more than {LARGEST} bytes, for a frame has no room for it; lower \
                     it or remove it"
                ),
            );
        } else if number < smallest {
            errors.on(
                &size.tokens,
                format!(
                    "{}, so that none would be accepted; raise it",
                    takes(variant, smallest)
                ),
            );
        }
    }
    if !attrs.mentions("rate") {
        let keys = [
            attrs.burst.as_ref().map(|burst| &burst.key),
            attrs.excess.as_ref().map(|excess| &excess.key),
        ];
        for key in keys.into_iter().flatten() {
            errors.at(
                key.span(),
                format!("`{key}` is for messages that have a rate; add `rate = \"10/s\"`"),
            );
        }
    }
    if let Some(burst) = &attrs.burst
        && !(1..=u64::from(u32::MAX)).contains(&burst.value)
    {
        errors.on(
            &burst.tokens,
            format!(
                "a burst has 1 to {} messages; choose such a number",
                u32::MAX
            ),
        );
    }
}

fn takes(variant: &Variant, smallest: u64) -> String {
    let bytes = if smallest == 1 { "byte" } else { "bytes" };
    format!("`{}` takes at least {smallest} {bytes}", variant.ident)
}

/// The fewest bytes that a message's payload takes, as far as the types of its fields tell.
fn smallest(ast: &Enum, variant: &Variant) -> u64 {
    let fields = variant.fields.list.iter();
    let fields = fields
        .filter(|field| !field.optional)
        .map(|field| types::smallest(&field.ty))
        .fold(0, u64::saturating_add);
    let id = u64::from(role(ast, variant).has_id());
    match variant.attrs.transparent {
        Some(_) => fields,
        None => types::with_header(fields.saturating_add(id)),
    }
}

/// What gives a row of the table of messages its limits.
pub(crate) fn row(ast: &Enum, variant: &Variant) -> TokenStream {
    let p2p = &ast.p2p;
    let attrs = &variant.attrs;
    let max_size = attrs.max_size.as_ref().map(|size| {
        // Numbers are compared before.
        let size = match size.value {
            Limit::Number(_) => size.number(),
            Limit::Constant => asserted(ast, variant, size),
        };
        quote!(.max_size(#size))
    });
    let rate = attrs.rate.as_ref().map(|rate| {
        let count = Literal::u32_unsuffixed(rate.value.count);
        let rate = match rate.value.per {
            Per::Second => quote!(#p2p::Rate::per_second(#count)),
            Per::Minute => quote!(#p2p::Rate::per_minute(#count)),
            Per::Hour => quote!(#p2p::Rate::per_hour(#count)),
        };
        let burst = attrs.burst.as_ref().map(|burst| {
            let burst = Literal::u64_unsuffixed(burst.value);
            quote!(.burst(#burst))
        });
        let excess = attrs.excess.as_ref().map(|excess| match excess.value {
            Excess::Drop => quote!(.excess(#p2p::OverRate::Drop)),
            Excess::Disconnect => quote!(.excess(#p2p::OverRate::Disconnect)),
        });
        quote!(.rate(#rate #burst #excess))
    });
    quote!(#max_size #rate)
}

/// A constant that the compiler compares with the sizes that a message can have.
///
/// What it finds is an error where the constant is written.
fn asserted(ast: &Enum, variant: &Variant, constant: &Keyed<Limit>) -> TokenStream {
    let (span, number) = (constant.tokens.span(), constant.number());
    let smallest = smallest(ast, variant).max(1);
    let too_small = format!(
        "{}, so that none would be accepted",
        takes(variant, smallest)
    );
    let too_large = format!(
        "no `{}` has more than {LARGEST} bytes, for a frame has no room for it",
        variant.ident
    );
    let (smallest, largest) = (
        Literal::u64_unsuffixed(smallest),
        Literal::u64_unsuffixed(LARGEST),
    );
    // In a variable of its own it could take a name that the user has for a constant.
    quote_spanned!(span=> {
        ::core::assert!(#number >= #smallest, #too_small);
        ::core::assert!(#number <= #largest, #too_large);
        #number
    })
}

/// Has the compiler look at the table of messages even if nobody uses it, as `cargo check` doesn't.
///
/// Of an enum with parameters there are many tables.
pub(crate) fn checked(ast: &Enum) -> Option<TokenStream> {
    let Enum { p2p, ty, .. } = ast;
    let mut sizes = ast
        .variants
        .iter()
        .filter_map(|it| it.attrs.max_size.as_ref());
    let by_constant = sizes.any(|size| size.value.number().is_none());
    (by_constant && ast.generics.params.is_empty())
        .then(|| quote!(const _: &[#p2p::MessageInfo] = <#ty as #p2p::Protocol>::MESSAGES;))
}
