//! Writes the description of fields for `p2p::spec`: shapes, names, limits and documentation.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, ExprLit, Generics, Lit, Meta, Path, Type};

use super::ast::{Field, Fields};
use super::codec::Codecs;
use super::layout::Layout;
use crate::attr::limits::End;
use crate::types;

/// An array of the fields of a struct or message, for code that has `shapes` in scope.
///
/// It imports no names, because the user's paths in it could mean something else then.
pub(crate) fn fields(
    p2p: &Path,
    fields: &Fields,
    generics: &Generics,
    codecs: &Codecs<'_>,
) -> TokenStream {
    let fields = fields.list.iter().map(|field| {
        let name = &field.name;
        let shape = codecs.call(field, "shape", &quote!(shapes));
        let type_name = type_name(&field.ty, generics).map(|name| quote!(.type_name(#name)));
        let docs = docs(&field.docs);
        let optional = field.optional.then(|| quote!(.optional()));
        let bounds = bounds(p2p, field);
        quote!(#p2p::rlp::shape::Field::new(#name, #shape) #type_name #docs #optional #bounds)
    });
    quote!([#(#fields),*])
}

/// The call that marks a layout, unless it is a list of exactly the fields.
pub(crate) fn layout(layout: Layout) -> Option<TokenStream> {
    match layout {
        Layout::List => None,
        Layout::OpenList => Some(quote!(.trailing())),
        Layout::Transparent => Some(quote!(.transparent())),
    }
}

/// The limits of a field: `.bounds(..::Bounds::NONE.max_items(16))`.
fn bounds(p2p: &Path, field: &Field) -> Option<TokenStream> {
    let limits = &field.limits;
    if limits.is_empty() {
        return None;
    }
    let max_items = limits.max_items.as_ref().map(|limit| {
        let limit = limit.number();
        quote!(.max_items(#limit))
    });
    let max_len = limits.max_len.as_ref().map(|limit| {
        let limit = limit.number();
        quote!(.max_len(#limit))
    });
    let range = limits.range.as_ref().map(|range| &range.value);
    let start = range.and_then(|range| range.start.as_ref());
    let least = start
        .filter(|start| start.number() != Some(0))
        .map(|start| {
            let least = end(p2p, start, 0);
            quote!(.least(#least))
        });
    let greatest = range.and_then(|range| {
        let greatest = end(p2p, range.end.as_ref()?, u128::from(!range.closed));
        Some(quote!(.greatest(#greatest)))
    });
    let condition = limits.with.as_ref().map(|with| {
        let path = types::compacted(&with.tokens);
        let condition = format!("checked by `{}`", path.trim_start_matches("Self::"));
        quote!(.condition(#condition))
    });
    Some(quote! {
        .bounds(#p2p::rlp::shape::Bounds::NONE #max_items #max_len #least #greatest #condition)
    })
}

/// The number at an end of a range, minus `less`, which is 1 if the range excludes its end.
fn end(p2p: &Path, end: &End, less: u128) -> TokenStream {
    match end {
        End::Number(number) => {
            Literal::u128_unsuffixed(number.saturating_sub(less)).into_token_stream()
        }
        End::Constant(path) if less == 0 => quote!(#p2p::rlp::Integer::widen(#path)),
        End::Constant(path) => quote!(#p2p::rlp::Integer::widen(#path).saturating_sub(1)),
    }
}

/// A call of `docs` with the documentation, if there is some.
pub(crate) fn docs(attrs: &[Attribute]) -> Option<TokenStream> {
    let lines = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => Some(&meta.value),
        _ => None,
    });
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() {
        return None;
    }
    let texts: Option<Vec<String>> = lines.iter().map(|line| literal(line)).collect();
    if let Some(texts) = texts {
        let text = unindented(&texts);
        return (!text.is_empty()).then(|| quote!(.docs(#text)));
    }
    // `#[doc = include_str!(..)]`: only the compiler knows the text.
    Some(quote!(.docs(::core::concat!(#(#lines, "\n"),*))))
}

/// The text of a comment, unless a macro writes it.
pub(crate) fn text(doc: &Attribute) -> Option<String> {
    match &doc.meta {
        Meta::NameValue(meta) => literal(&meta.value),
        _ => None,
    }
}

fn literal(line: &Expr) -> Option<String> {
    match line {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// The text of a comment without the spaces that all its lines start with.
fn unindented(texts: &[String]) -> String {
    let lines: Vec<&str> = texts.iter().flat_map(|text| text.split('\n')).collect();
    let indent = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min();
    let lines = lines.iter().map(|line| {
        line.get(indent.unwrap_or(0)..)
            .unwrap_or_default()
            .trim_end()
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// A field's type as the author writes it, if a part of it may be opaque.
///
/// A type with a parameter in it has no such name: the argument's own description is better.
fn type_name(ty: &Type, generics: &Generics) -> Option<String> {
    let known = match types::innermost(ty) {
        Type::Tuple(tuple) => tuple
            .elems
            .iter()
            .all(|ty| is_built_in(types::innermost(ty))),
        ty => is_built_in(ty),
    };
    let generic = || names_a_param(ty.to_token_stream(), generics);
    (!known && !generic()).then(|| types::compact(ty))
}

/// Returns true if one of these tokens is a type parameter.
fn names_a_param(tokens: TokenStream, generics: &Generics) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => generics.type_params().any(|param| param.ident == ident),
        TokenTree::Group(group) => names_a_param(group.stream(), generics),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Returns true if p2p describes a type itself, judging by its name.
fn is_built_in(ty: &Type) -> bool {
    types::path(ty)
        .and_then(Path::get_ident)
        .is_some_and(|ident| BUILT_IN.contains(&ident.to_string().as_str()))
}

const BUILT_IN: [&str; 8] = ["bool", "u8", "u16", "u32", "u64", "u128", "usize", "String"];

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn a_type_that_may_be_opaque_is_named_as_it_is_written() {
        let generics: Generics = parse_quote!(<T>);
        let rows: [(Type, Option<&str>); 13] = [
            (parse_quote!(u64), None),
            (parse_quote!(Vec<[u8; 32]>), None),
            (parse_quote!(Header), Some("Header")),
            (
                parse_quote!(Option<Vec<Box<wire::Header>>>),
                Some("Option<Vec<Box<wire::Header>>>"),
            ),
            (parse_quote!([Header; 3]), Some("[Header;3]")),
            (parse_quote!(Map<u8, Header>), Some("Map<u8,Header>")),
            (parse_quote!((u8, Header)), Some("(u8,Header)")),
            (parse_quote!((u8, u64)), None),
            (parse_quote!(alloy::Bytes), Some("alloy::Bytes")),
            (parse_quote!(Vec<T>), None),
            (parse_quote!(Pair<T>), None),
            (parse_quote!([T; 2]), None),
            (parse_quote!(Vec<(u8, [Pair<T>; 2])>), None),
        ];
        for (ty, expected) in rows {
            assert_eq!(type_name(&ty, &generics).as_deref(), expected);
        }
    }

    #[test]
    fn comments_lose_the_space_that_all_lines_have() {
        let texts = [" One.", "", "     code", " Two. "].map(str::to_owned);
        assert_eq!(unindented(&texts), "One.\n\n    code\nTwo.");
        assert_eq!(unindented(&["\n  One\n  * Two\n".to_owned()]), "One\n* Two");
    }
}
