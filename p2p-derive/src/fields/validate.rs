//! Finds mistakes in the fields of a message or struct.

use proc_macro2::Ident;
use syn::Type;

use super::ast::{Field, Fields};
use crate::attr::Keyed;
use crate::attr::limits::End;
use crate::errors::Errors;
use crate::types;
use crate::types::wire::{self, Kind};

/// Finds mistakes in the fields.
///
/// `transparent` is the key that makes the one field the `whole` payload or item, if it is there.
pub(crate) fn check(
    fields: &Fields,
    transparent: Option<&Ident>,
    whole: &str,
    errors: &mut Errors,
) {
    for field in &fields.list {
        types::check(&field.ty, errors);
        check_limits(field, errors);
    }
    match transparent {
        Some(key) => check_transparent(fields, key, whole, errors),
        None => check_optional(fields, errors),
    }
}

/// Checks that there is one field, and that it is always there.
fn check_transparent(fields: &Fields, key: &Ident, whole: &str, errors: &mut Errors) {
    match fields.list.as_slice() {
        [only] if only.optional => errors.on(
            &only.ty,
            format!("a transparent {whole} can't be absent; write the type without `Option`"),
        ),
        [_] => {}
        list => errors.at(
            key.span(),
            format!(
                "`transparent` makes one field the whole {whole}, this has {}; remove it or put \
                 the fields into a struct",
                list.len()
            ),
        ),
    }
}

/// Checks that no field follows an optional one that is not optional itself.
fn check_optional(fields: &Fields, errors: &mut Errors) {
    let last_required = fields.list.iter().rposition(|field| !field.optional);
    let before = fields.list.iter().take(last_required.unwrap_or(0));
    for field in before.filter(|field| field.optional) {
        errors.on(
            &field.ty,
            "an `Option` is absent on the wire when it is `None`, so only optional fields may \
             follow it; move it to the end",
        );
    }
}

/// Finds mistakes in a field's limits.
fn check_limits(field: &Field, errors: &mut Errors) {
    let limits = &field.limits;
    let ty = types::option(&field.ty).unwrap_or(&field.ty);
    let kind = wire::kind(ty);
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
    let of_an_array = match kind {
        Some(Kind::Bytes) => limits.max_len.as_ref().map(|limit| (limit, "bytes")),
        Some(Kind::List) => limits.max_items.as_ref().map(|limit| (limit, "items")),
        _ => None,
    };
    if let Some((limit, what)) = of_an_array
        && let Some(length) = wire::array_length(ty)
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
            let start = number(&range.value.start);
            let end = number(&range.value.end);
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
    let key = &limit.key;
    let ty = types::text(ty);
    errors.at(
        key.span(),
        format!("`{key}` limits {what}, and this is `{ty}`; {advice}"),
    );
}
