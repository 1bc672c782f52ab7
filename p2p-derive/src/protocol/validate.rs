//! What is wrong with a protocol, and what follows from one that is right.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::ast::{Enum, Variant};
use super::roles::{self, Role, role};
use super::{codes, limits, versions};
use crate::errors::Errors;
use crate::names::plain;

/// What was worked out.
pub(crate) struct Facts {
    /// The name of the capability.
    pub(crate) name: String,
    /// The versions in ascending order, at least one.
    pub(crate) versions: Vec<Version>,
    /// The code of each variant.
    pub(crate) codes: Vec<u64>,
}

/// One version.
pub(crate) struct Version {
    /// The number that Hello announces.
    pub(crate) number: u64,
    /// How many message codes are set aside.
    pub(crate) length: u64,
}

/// Checks everything; the facts are complete if no error was noted.
pub(crate) fn validate(ast: &Enum, errors: &mut Errors) -> Option<Facts> {
    if ast.variants.is_empty() {
        errors.at(
            ast.ident.span(),
            "a protocol needs at least one message; add a variant to the enum",
        );
    }
    let name = name(ast, errors);
    let versions = versions::read(ast, errors);
    for variant in &ast.variants {
        check_variant(ast, variant, errors);
    }
    check_methods(ast, errors);
    roles::check(ast, versions.as_deref(), errors);
    let codes = codes::read(ast, versions.as_deref(), errors);
    let lengths = codes::lengths(ast, &codes, versions.as_deref(), errors);
    let numbers = versions?.into_iter().zip(lengths?);
    Some(Facts {
        name: name?,
        versions: numbers
            .map(|(number, length)| Version { number, length })
            .collect(),
        codes,
    })
}

fn name(ast: &Enum, errors: &mut Errors) -> Option<String> {
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
    if !attrs.mentions("version") && !attrs.mentions("versions") {
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
    Some(text)
}

fn check_variant(ast: &Enum, variant: &Variant, errors: &mut Errors) {
    let transparent = variant.attrs.transparent.as_ref().map(|flag| &flag.key);
    variant.fields.check(transparent, "payload", errors);
    if let (Some(_), Some(trailing)) = (transparent, &variant.attrs.trailing) {
        errors.at(
            trailing.key.span(),
            "a transparent message has no list of fields that others could follow; remove \
             `trailing`, and put `#[rlp(trailing = \"ignore\")]` on the field's struct",
        );
    }
    limits::check(ast, variant, errors);
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
    let handled = || {
        let variants = ast.variants.iter();
        variants.filter(|variant| !matches!(role(ast, variant), Role::Reply))
    };
    for variant in handled() {
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
    for variant in handled() {
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

/// The variants that have methods, by the names of these, each name once.
pub(crate) fn distinct_methods(ast: &Enum) -> Vec<&Variant> {
    let mut seen = HashMap::new();
    let mut distinct = Vec::new();
    for variant in &ast.variants {
        let method = plain(&variant.method());
        if matches!(method.as_str(), "connected" | "disconnected")
            || matches!(role(ast, variant), Role::Reply)
        {
            continue;
        }
        if let Entry::Vacant(vacant) = seen.entry(method) {
            vacant.insert(());
            distinct.push(variant);
        }
    }
    distinct
}
