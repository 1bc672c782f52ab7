//! The names of the handler's methods.

use std::collections::HashMap;

use proc_macro2::Ident;

use crate::errors::Errors;
use crate::names::plain;
use crate::protocol::ast::{Enum, Variant};
use crate::protocol::model::Role;

/// The method of each variant. A reply has none.
///
/// A name that can't be a method's is a mistake, and of several variants with one name all but the first have
/// none then.
pub(crate) fn read(ast: &Enum, roles: &[Role<'_>], errors: &mut Errors) -> Vec<Option<Ident>> {
    let handled: Vec<&Variant> = ast
        .variants
        .iter()
        .zip(roles)
        .filter(|(_, role)| !matches!(role, Role::Reply))
        .map(|(variant, _)| variant)
        .collect();
    let mut by_method: HashMap<String, Vec<&Variant>> = HashMap::new();
    for variant in &handled {
        let method = plain(&variant.method());
        if is_of_every_handler(&method) {
            errors.at(
                variant.ident.span(),
                format!(
                    "a handler's `{method}` is called for each peer and can't be that of a message; \
                     choose another name"
                ),
            );
        }
        by_method.entry(method).or_default().push(variant);
    }
    for variant in &handled {
        let method = plain(&variant.method());
        let mut others = by_method.get(&method).into_iter().flatten();
        if let Some(other) = others.find(|other| other.ident != variant.ident) {
            errors.at(
                variant.ident.span(),
                format!(
                    "`{}` and `{}` would both be handled by the method `{method}`; rename one",
                    variant.ident, other.ident
                ),
            );
        }
    }
    let is_first = |variant: &Variant, method: &str| {
        let first = by_method.get(method).and_then(|variants| variants.first());
        first.is_some_and(|first| first.ident == variant.ident)
    };
    let methods = ast.variants.iter().map(|variant| {
        let method = variant.method();
        let name = plain(&method);
        (is_first(variant, &name) && !is_of_every_handler(&name)).then_some(method)
    });
    methods.collect()
}

fn is_of_every_handler(method: &str) -> bool {
    matches!(method, "connected" | "disconnected")
}
