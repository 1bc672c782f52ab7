//! Finds the mistakes in an enum, and makes the model of one that has none.
//!
//! Each file has one subject: [`versions`], [`codes`], [`roles`] of requests and replies, [`payload`]s that are
//! requests by themselves, [`methods`] of the handler, and [`limits`].

mod codes;
pub(crate) mod limits;
mod methods;
mod payload;
mod roles;
mod versions;

use proc_macro2::{Ident, Span};

use super::ast::{Enum, Variant};
use super::model::{Facts, Message, Protocol, Role, Version};
use crate::errors::Errors;
use crate::fields;

/// Checks everything, and makes the model.
///
/// After a mistake the model is as close to the author's intention as possible, so that the stub causes no errors
/// of its own.
pub(crate) fn validate<'a>(ast: &'a Enum, errors: &mut Errors) -> Protocol<'a> {
    if ast.variants.is_empty() {
        errors.at(
            ast.ident.span(),
            "a protocol needs at least one message; add a variant to the enum",
        );
    }
    let name = name(ast, errors);
    let versions = versions::read(ast, errors);
    let codes = codes::count(ast);
    let roles = roles::read(ast, &codes);
    for (variant, role) in ast.variants.iter().zip(&roles) {
        check_variant(variant, role, errors);
    }
    limits::check_default(ast, &roles, errors);
    let methods = methods::read(ast, &roles, errors);
    let are_roles_clear = roles::check(ast, &roles, versions.as_deref(), errors);
    codes::check(ast, &codes, versions.as_deref(), errors);
    let lengths = codes::lengths(ast, &codes, versions.as_deref(), errors);

    let numbers = versions.unwrap_or_default().into_iter();
    let versions = numbers
        .zip(lengths.unwrap_or_default())
        .map(|(number, length)| Version { number, length });
    let facts = codes.into_iter().zip(roles).zip(methods);
    let messages = ast
        .variants
        .iter()
        .zip(facts)
        .map(|(variant, ((code, role), method))| {
            let constructor = roles::constructor(&role, method.as_ref());
            let facts = Facts {
                code: code.unwrap_or_default(),
                smallest: limits::smallest(variant, &role),
                role,
                method,
                constructor,
            };
            Message::new(&ast.attrs, variant, facts)
        });
    let mut protocol = Protocol::new(
        ast,
        name.unwrap_or_default(),
        versions.collect(),
        messages.collect(),
    );
    if !are_roles_clear {
        // The author's methods may have other signatures than the trait's. The compiler reports less about a
        // missing trait than about a wrong one.
        protocol.handler = Ident::new("__Unclear", Span::mixed_site());
    }
    protocol
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

fn check_variant(variant: &Variant, role: &Role<'_>, errors: &mut Errors) {
    let transparent = variant.attrs.transparent.as_ref().map(|flag| &flag.key);
    fields::validate::check(&variant.fields, transparent, "payload", errors);
    if let (Some(_), Some(trailing)) = (transparent, &variant.attrs.trailing) {
        errors.at(
            trailing.key.span(),
            "a transparent message has no list of fields that others could follow; remove \
             `trailing`, and put `#[rlp(trailing = \"ignore\")]` on the field's struct",
        );
    }
    limits::check(variant, role, errors);
    if let Some(discriminant) = &variant.discriminant {
        errors.on(
            discriminant,
            "this is the discriminant and not the message's code; remove it and put \
             `#[message(code = ..)]` on the variant",
        );
    }
}
