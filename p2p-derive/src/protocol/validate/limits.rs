//! Mistakes in the limits of a message: its largest size, and the rate at which a peer may send it.

use proc_macro2::Ident;

use crate::attr::Keyed;
use crate::attr::limits::Limit;
use crate::errors::Errors;
use crate::protocol::ast::{Enum, Variant};
use crate::protocol::model::{LARGEST, Role};
use crate::types::wire;

/// Finds mistakes in a message's limits.
pub(crate) fn check(variant: &Variant, role: &Role<'_>, errors: &mut Errors) {
    let attrs = &variant.attrs;
    if let Some(size) = &attrs.max_size
        && check_range(size, errors)
    {
        check_smallest(size, variant, role, errors);
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

/// Finds mistakes in the largest size of the messages that say nothing else.
pub(crate) fn check_default(ast: &Enum, roles: &[Role<'_>], errors: &mut Errors) {
    let Some(size) = &ast.attrs.max_size else {
        return;
    };
    if !check_range(size, errors) {
        return;
    }
    for (variant, role) in ast.variants.iter().zip(roles) {
        if variant.attrs.max_size.is_none() {
            check_smallest(size, variant, role, errors);
        }
    }
}

/// Returns true if some message can be so large.
fn check_range(size: &Keyed<Limit>, errors: &mut Errors) -> bool {
    match size.value.number() {
        Some(0) => errors.on(
            &size.tokens,
            "a payload has at least 1 byte, so that no message would be accepted; raise it",
        ),
        Some(number) if number > LARGEST => errors.on(
            &size.tokens,
            format!(
                "no message has more than {LARGEST} bytes, for a frame has no room for it; lower \
                 it or remove it"
            ),
        ),
        _ => return true,
    }
    false
}

/// Finds a size that a message always exceeds.
fn check_smallest(size: &Keyed<Limit>, variant: &Variant, role: &Role<'_>, errors: &mut Errors) {
    let smallest = smallest(variant, role);
    if size.value.number().is_some_and(|number| number < smallest) {
        errors.on(
            &size.tokens,
            format!("{}; raise it", too_small(&variant.ident, smallest)),
        );
    }
}

/// The reason why a `max_size` below `smallest` is a mistake.
pub(crate) fn too_small(message: &Ident, smallest: u64) -> String {
    let bytes = if smallest == 1 { "byte" } else { "bytes" };
    format!("`{message}` takes at least {smallest} {bytes}, so that none would be accepted")
}

/// The fewest bytes that a message's payload takes, as far as the types of its fields tell.
pub(crate) fn smallest(variant: &Variant, role: &Role<'_>) -> u64 {
    let fields = variant.fields.list.iter();
    let fields = fields
        .filter(|field| !field.optional)
        .map(|field| wire::smallest(&field.ty))
        .fold(0, u64::saturating_add);
    let id = u64::from(role.has_id());
    match variant.attrs.transparent {
        Some(_) => fields,
        None => wire::with_header(fields.saturating_add(id)),
    }
}
