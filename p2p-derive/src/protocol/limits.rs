//! The limits of a message: its largest size, and how often a peer may send it.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::ast::{Enum, Variant};
use super::roles::role;
use crate::attr::{Excess, Per};
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
    format!("`{}` takes at least {smallest} bytes", variant.ident)
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
        let number = size.number();
        let smallest = smallest(ast, variant);
        // Numbers are compared before.
        if size.value.number().is_some() || smallest <= 1 {
            return quote!(.max_size(#number));
        }
        let message = format!(
            "{}, so that none would be accepted",
            takes(variant, smallest)
        );
        let smallest = Literal::u64_unsuffixed(smallest);
        quote!(.max_size({
            ::core::assert!(#number >= #smallest, #message);
            #number
        }))
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
            Excess::Drop => quote!(.excess(#p2p::Excess::Drop)),
            Excess::Disconnect => quote!(.excess(#p2p::Excess::Disconnect)),
        });
        quote!(.rate(#rate #burst #excess))
    });
    quote!(#max_size #rate)
}
