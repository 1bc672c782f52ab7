//! The codes of the messages, and how many of them each version sets aside.

use std::collections::HashMap;

use super::versions;
use crate::errors::Errors;
use crate::protocol::ast::{Enum, Variant};

/// The code of each variant: the one that is given, or the previous one plus one.
///
/// There is none after the last code that there is, which is a mistake.
pub(crate) fn count(ast: &Enum) -> Vec<Option<u64>> {
    let mut next = Some(0);
    let codes = ast.variants.iter().map(|variant| {
        let given = variant.attrs.code.as_ref().map(|code| code.value);
        let code = given.or(next);
        next = code.and_then(|code: u64| code.checked_add(1));
        code
    });
    codes.collect()
}

/// Finds mistakes in codes. `versions` are those of the protocol, if they are known.
pub(crate) fn check(
    ast: &Enum,
    codes: &[Option<u64>],
    versions: Option<&[u64]>,
    errors: &mut Errors,
) {
    let several = versions.is_some_and(|versions| versions.len() > 1);
    let mut conditional: Option<&Variant> = None;
    for (variant, code) in ast.variants.iter().zip(codes) {
        if !variant.cfgs.is_empty() && conditional.is_none() {
            conditional = Some(variant);
        }
        let Some(code) = code else {
            errors.at(
                variant.ident.span(),
                "the code before this is the last one that there is; add `#[message(code = ..)]`",
            );
            break;
        };
        if !variant.attrs.mentions("code") && several {
            errors.at(
                variant.ident.span(),
                format!(
                    "where there are several versions, every message is given its code; add \
                     `#[message(code = {code})]`"
                ),
            );
        } else if let (None, Some(conditional)) = (&variant.attrs.code, conditional) {
            errors.at(
                variant.ident.span(),
                format!(
                    "`{}` has a `#[cfg]`, and codes must not depend on it; add \
                     `#[message(code = {code})]`",
                    conditional.ident
                ),
            );
        }
    }
    refuse_shared(ast, codes, versions, errors);
}

/// Refuses a code that two messages have in the same version.
fn refuse_shared(ast: &Enum, codes: &[Option<u64>], versions: Option<&[u64]>, errors: &mut Errors) {
    let coded = || {
        let rows = ast.variants.iter().zip(codes);
        rows.filter_map(|(variant, code)| Some((variant, code.as_ref()?)))
    };
    let mut taken: HashMap<u64, Vec<&Variant>> = HashMap::new();
    for (variant, code) in coded() {
        taken.entry(*code).or_default().push(variant);
    }
    for (variant, code) in coded() {
        let others = taken.get(code).into_iter().flatten();
        let mut others = others
            .copied()
            .filter(|other| other.ident != variant.ident && overlap(variant, other, versions));
        let Some(other) = others.next() else { continue };
        let message = match versions {
            Some(versions) if versions.len() > 1 => {
                let both = |version: &u64| {
                    versions::has(variant, *version) && versions::has(other, *version)
                };
                let common: Vec<_> = versions.iter().copied().filter(both).collect();
                format!(
                    "code {code} is that of `{}` and of `{}` in {}; give one of them another, or \
                     part them with `since` and `until`",
                    variant.ident,
                    other.ident,
                    versions::named(&common)
                )
            }
            _ => format!(
                "code {code} is that of `{}` and of `{}`; give one of them another",
                variant.ident, other.ident
            ),
        };
        match &variant.attrs.code {
            Some(given) => errors.on(&given.tokens, message),
            None => errors.at(variant.ident.span(), message),
        }
    }
}

/// Returns true if a version has both messages, as far as the versions are known.
fn overlap(one: &Variant, other: &Variant, versions: Option<&[u64]>) -> bool {
    if versions::is_unclear(one) || versions::is_unclear(other) {
        return false;
    }
    match versions {
        Some([_]) => true,
        Some(versions) => versions
            .iter()
            .any(|version| versions::has(one, *version) && versions::has(other, *version)),
        None => {
            let (first, last) = versions::limits(one);
            let (other_first, other_last) = versions::limits(other);
            first <= other_last && other_first <= last
        }
    }
}

/// The length of each version: its highest code plus one, or the given one.
pub(crate) fn lengths(
    ast: &Enum,
    codes: &[Option<u64>],
    versions: Option<&[u64]>,
    errors: &mut Errors,
) -> Option<Vec<u64>> {
    let versions = versions.unwrap_or(&[0]);
    let several = versions.len() > 1;
    // If there is only one version, it has all messages.
    let highest = |version: u64| {
        let rows = codes.iter().zip(&ast.variants);
        rows.filter(|(_, variant)| !several || versions::has(variant, version))
            .filter_map(|(code, variant)| Some(((*code)?, variant)))
            .max_by_key(|(code, _)| *code)
    };
    let of_each: Vec<_> = versions.iter().map(|version| highest(*version)).collect();
    let of_all = of_each.iter().flatten().max_by_key(|(code, _)| *code);
    let needed = match of_all {
        None => 0,
        Some((u64::MAX, variant)) => {
            let code = u64::MAX;
            errors.at(
                variant.ident.span(),
                format!("code {code} is too high to count the codes; choose a lower one"),
            );
            return None;
        }
        Some((code, _)) => code + 1,
    };
    if let Some(length) = &ast.attrs.length {
        if length.value < needed {
            errors.on(
                &length.tokens,
                format!(
                    "the codes need a length of at least {needed}, this is {}; raise it or remove it",
                    length.value
                ),
            );
        }
        return Some(vec![length.value; versions.len()]);
    }
    let all_need = |length: u64| {
        let mut codes = of_each.iter().flatten().map(|(code, _)| code + 1);
        codes.all(|needed| needed == length)
    };
    let mut refused = None;
    for (_, variant) in of_each.iter().flatten() {
        if !variant.cfgs.is_empty() && refused != Some(&variant.ident) {
            refused = Some(&variant.ident);
            let ident = &variant.ident;
            let advice = if all_need(needed) {
                format!("add `length = {needed}` to `#[protocol(..)]`")
            } else {
                "remove the `#[cfg]`, for `length = ..` would be that of every version, and these \
                 differ"
                    .to_owned()
            };
            errors.at(
                ident.span(),
                format!(
                    "`{ident}` has a `#[cfg]` and the highest code, and the length must not depend on \
                     it; {advice}"
                ),
            );
        }
    }
    let lengths = of_each
        .iter()
        .map(|highest| highest.map_or(0, |(code, _)| code + 1));
    Some(lengths.collect())
}
