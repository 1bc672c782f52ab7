//! What is wrong with a protocol, and what follows from one that is right.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::ast::{Enum, Variant};
use crate::errors::Errors;
use crate::names::plain;

/// What was worked out.
pub(crate) struct Facts {
    /// The name of the capability.
    pub(crate) name: String,
    /// The version that Hello announces.
    pub(crate) version: u64,
    /// How many message codes are set aside.
    pub(crate) length: u64,
    /// The code of each variant.
    pub(crate) codes: Vec<u64>,
}

/// Checks everything; the facts are complete if no error was noted.
pub(crate) fn validate(ast: &Enum, errors: &mut Errors) -> Option<Facts> {
    if ast.variants.is_empty() {
        errors.at(
            ast.ident.span(),
            "a protocol needs at least one message; add a variant to the enum",
        );
    }
    let name_and_version = name_and_version(ast, errors);
    for variant in &ast.variants {
        check_variant(variant, errors);
    }
    check_methods(ast, errors);
    let codes = codes(ast, errors);
    let length = length(ast, &codes, errors);
    let (name, version) = name_and_version?;
    Some(Facts {
        name,
        version,
        length: length?,
        codes,
    })
}

fn name_and_version(ast: &Enum, errors: &mut Errors) -> Option<(String, u64)> {
    let attrs = &ast.attrs;
    let Some(span) = attrs.span else {
        errors.at(
            ast.ident.span(),
            "the protocol has no name yet; add `#[protocol(name = \"..\", version = 1)]`",
        );
        return None;
    };
    if !attrs.mentions("name") {
        errors.at(span, "the protocol's name is missing; add `name = \"..\"`");
    }
    if !attrs.mentions("version") {
        errors.at(span, "the protocol's version is missing; add `version = 1`");
    }
    let name = attrs.name.as_ref()?;
    let text = name.value.0.value();
    if text.is_empty() || text.len() > 8 {
        let found = match text.len() {
            1 => "1 byte".to_owned(),
            length => format!("{length} bytes"),
        };
        errors.on(
            &name.tokens,
            format!("a protocol's name has 1 to 8 bytes, `{text}` has {found}; shorten it"),
        );
    } else if let Some(letter) = text.chars().find(|letter| !letter.is_ascii_graphic()) {
        errors.on(
            &name.tokens,
            format!("a protocol's name is printable ASCII without spaces; replace {letter:?}"),
        );
    }
    Some((text, attrs.version.as_ref()?.value))
}

fn check_variant(variant: &Variant, errors: &mut Errors) {
    let transparent = variant.attrs.transparent.as_ref().map(|flag| &flag.key);
    variant.fields.check(transparent, "payload", errors);
    if let (Some(_), Some(trailing)) = (transparent, &variant.attrs.trailing) {
        errors.at(
            trailing.key.span(),
            "a transparent message has no list of fields that others could follow; remove \
             `trailing`, and put `#[rlp(trailing = \"ignore\")]` on the field's struct",
        );
    }
    if let Some(discriminant) = &variant.discriminant {
        errors.on(
            discriminant,
            "this is the discriminant and not the message's code; remove it and put \
             `#[message(code = ..)]` on the variant",
        );
    }
}

fn check_methods(ast: &Enum, errors: &mut Errors) {
    let mut methods: HashMap<_, Vec<&Variant>> = HashMap::new();
    for variant in &ast.variants {
        let method = plain(&variant.method());
        if matches!(method.as_str(), "connected" | "disconnected") {
            errors.at(
                variant.ident.span(),
                format!(
                    "a handler's `{method}` is called for each peer and can't be that of a message; \
                     choose another name"
                ),
            );
        }
        methods.entry(method).or_default().push(variant);
    }
    for variant in &ast.variants {
        let method = plain(&variant.method());
        let others = methods.get(&method).into_iter().flatten();
        if let Some(other) = others.copied().find(|other| other.ident != variant.ident) {
            errors.at(
                variant.ident.span(),
                format!(
                    "`{}` and `{}` would both be handled by the method `{method}`; rename one",
                    variant.ident, other.ident
                ),
            );
        }
    }
}

/// The code of each variant: the one that is given, or the previous one plus one.
fn codes(ast: &Enum, errors: &mut Errors) -> Vec<u64> {
    let mut next = Some(0);
    let mut conditional: Option<&Variant> = None;
    let mut codes = Vec::new();
    let mut taken: HashMap<u64, Vec<&Variant>> = HashMap::new();
    for variant in &ast.variants {
        if variant.cfg.is_some() && conditional.is_none() {
            conditional = Some(variant);
        }
        let code = match (&variant.attrs.code, next) {
            (Some(code), _) => code.value,
            (None, Some(next)) => next,
            (None, None) => {
                errors.at(
                    variant.ident.span(),
                    "the code before this is the last one that there is; add `#[message(code = ..)]`",
                );
                break;
            }
        };
        if let (None, Some(conditional)) = (&variant.attrs.code, conditional) {
            errors.at(
                variant.ident.span(),
                format!(
                    "`{}` has a `#[cfg]`, and codes must not depend on it; add \
                     `#[message(code = {code})]`",
                    conditional.ident
                ),
            );
        }
        next = code.checked_add(1);
        codes.push(code);
        taken.entry(code).or_default().push(variant);
    }
    for (variant, code) in ast.variants.iter().zip(&codes) {
        let others = taken.get(code).into_iter().flatten();
        if let Some(other) = others.copied().find(|other| other.ident != variant.ident) {
            let message = format!(
                "code {code} is that of `{}` and of `{}`; give one of them another",
                variant.ident, other.ident
            );
            match &variant.attrs.code {
                Some(given) => errors.on(&given.tokens, message),
                None => errors.at(variant.ident.span(), message),
            }
        }
    }
    codes
}

/// The highest code plus one, or more if that is asked for.
fn length(ast: &Enum, codes: &[u64], errors: &mut Errors) -> Option<u64> {
    let highest = codes
        .iter()
        .zip(&ast.variants)
        .max_by_key(|(code, _)| **code);
    let needed = match highest {
        Some((code, variant)) => {
            let needed = code.checked_add(1);
            if variant.cfg.is_some() && ast.attrs.length.is_none() {
                errors.at(
                    variant.ident.span(),
                    format!(
                        "`{}` has a `#[cfg]` and the highest code, and the length must not depend on \
                         it; add `length = {}` to `#[protocol(..)]`",
                        variant.ident,
                        code.saturating_add(1)
                    ),
                );
            }
            if needed.is_none() {
                errors.at(
                    variant.ident.span(),
                    format!("code {code} is too high to count the codes; choose a lower one"),
                );
            }
            needed?
        }
        None => 0,
    };
    match &ast.attrs.length {
        Some(length) if length.value < needed => {
            errors.on(
                &length.tokens,
                format!(
                    "the codes need a length of at least {needed}, this is {}; raise it or remove it",
                    length.value
                ),
            );
            None
        }
        Some(length) => Some(length.value),
        None => Some(needed),
    }
}

/// The variants by the names of their methods, each name once.
pub(crate) fn distinct_methods(ast: &Enum) -> Vec<&Variant> {
    let mut seen = HashMap::new();
    let mut distinct = Vec::new();
    for variant in &ast.variants {
        let method = plain(&variant.method());
        if matches!(method.as_str(), "connected" | "disconnected") {
            continue;
        }
        if let Entry::Vacant(vacant) = seen.entry(method) {
            vacant.insert(());
            distinct.push(variant);
        }
    }
    distinct
}
