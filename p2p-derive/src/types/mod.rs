//! Judges types by their syntax alone, which is all that a derive has.

pub(crate) mod wire;

use quote::ToTokens;
use syn::{GenericArgument, Path, PathArguments, PathSegment, Type};

use crate::errors::Errors;
use crate::names::plain;

/// The `T` of an `Option<T>`, under each of the paths that the standard library gives it.
pub(crate) fn option(ty: &Type) -> Option<&Type> {
    let path = path(ty)?;
    let segments: Vec<_> = path.segments.iter().collect();
    let last = match segments.as_slice() {
        [option] if option.ident == "Option" && path.leading_colon.is_none() => option,
        [krate, module, option]
            if (krate.ident == "std" || krate.ident == "core")
                && module.ident == "option"
                && option.ident == "Option" =>
        {
            option
        }
        _ => return None,
    };
    match generic_types(last).as_slice() {
        [inner] => Some(inner),
        _ => None,
    }
}

/// The path of a type that is nothing but a path.
pub(crate) fn path(ty: &Type) -> Option<&Path> {
    match ty {
        Type::Group(group) => path(&group.elem),
        Type::Paren(paren) => path(&paren.elem),
        Type::Path(path) if path.qself.is_none() => Some(&path.path),
        _ => None,
    }
}

/// The types among the arguments of a path's segment.
pub(crate) fn generic_types(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// Refuses types that no field can have, also within lists and boxes. The type itself may be an `Option`.
///
/// It does not look into the arguments of other types, which may use them in any way.
pub(crate) fn check(ty: &Type, errors: &mut Errors) {
    check_inner(option(ty).unwrap_or(ty), errors);
}

fn check_inner(ty: &Type, errors: &mut Errors) {
    if let Some(inner) = option(ty) {
        errors.on(
            ty,
            format!(
                "RLP has no optional items, only fields that are absent at the end; write `Vec<{}>` \
                 for at most one, or an empty value for none",
                text(inner)
            ),
        );
        return;
    }
    match ty {
        Type::Reference(reference) => {
            let owned = match &*reference.elem {
                Type::Slice(slice) => format!("Vec<{}>", text(&slice.elem)),
                elem if path(elem).is_some_and(|path| path.is_ident("str")) => "String".to_owned(),
                elem => text(elem),
            };
            errors.on(
                ty,
                format!("a message owns what it carries; write `{owned}` instead"),
            );
        }
        Type::Group(group) => check_inner(&group.elem, errors),
        Type::Paren(paren) => check_inner(&paren.elem, errors),
        Type::Array(array) => check_inner(&array.elem, errors),
        Type::Tuple(tuple) => tuple
            .elems
            .iter()
            .for_each(|elem| check_inner(elem, errors)),
        _ => {
            if let Some(inner) = wrapped(ty) {
                check_inner(inner, errors);
            }
            let ident = path(ty).and_then(Path::get_ident);
            if let Some(advice) = ident.and_then(|ident| number(&plain(ident))) {
                errors.on(ty, advice);
            }
        }
    }
}

/// Advice for a number type that RLP doesn't have.
fn number(name: &str) -> Option<String> {
    match name {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => Some(format!(
            "RLP has no negative numbers; write `u{}` instead",
            &name[1..]
        )),
        "f32" | "f64" => Some(format!(
            "RLP has no floating-point numbers; write `u{}` instead and send `to_bits()`",
            &name[1..]
        )),
        "char" => Some("RLP has no characters; write `u32` or `String` instead".to_owned()),
        _ => None,
    }
}

/// A type as its author would write it.
pub(crate) fn text(ty: &Type) -> String {
    ty.to_token_stream()
        .to_string()
        .replace(" :: ", "::")
        .replace(":: ", "::")
        .replace(" <", "<")
        .replace("< ", "<")
        .replace(" >", ">")
        .replace(" ;", ";")
        .replace(" ,", ",")
}

/// A type in as few letters as possible, so that all versions of the compiler write it alike.
pub(crate) fn compact(ty: &Type) -> String {
    compacted(ty.to_token_stream())
}

/// Some syntax in as few letters as possible.
pub(crate) fn compacted(syntax: impl ToTokens) -> String {
    let text = syntax.to_token_stream().to_string().replace("r#", "");
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut compact = String::new();
    let mut after_space = false;
    for letter in text.chars() {
        if letter.is_whitespace() {
            after_space = true;
            continue;
        }
        if after_space && is_word(letter) && compact.ends_with(is_word) {
            compact.push(' ');
        }
        after_space = false;
        compact.push(letter);
    }
    compact
}

/// The type within all lists, boxes and options around it.
pub(crate) fn innermost(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => innermost(&group.elem),
        Type::Paren(paren) => innermost(&paren.elem),
        Type::Array(array) => innermost(&array.elem),
        _ => wrapped(ty).map_or(ty, innermost),
    }
}

/// The argument of a list, box or option that is written as a path.
fn wrapped(ty: &Type) -> Option<&Type> {
    let last = path(ty)?.segments.last()?;
    let is_wrapper = ["Vec", "Box", "Arc", "Option"].contains(&plain(&last.ident).as_str());
    match generic_types(last).as_slice() {
        [inner] if is_wrapper => Some(inner),
        _ => None,
    }
}
