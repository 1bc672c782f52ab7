//! Reads attributes: namespaces of keys, each key with the kind of value that it takes.
//!
//! A namespace is a table, written with [`namespace!`]. A new key is a new row.

pub(crate) mod limits;
pub(crate) mod value;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Meta, Token};

use crate::errors::Errors;
use crate::names::{plain, similar};
use value::Value;

/// A value, and the place where it is written.
#[derive(Debug)]
pub(crate) struct Keyed<T> {
    /// The value.
    pub(crate) value: T,
    /// The key, to mark it if it must not be there.
    pub(crate) key: Ident,
    /// The value's tokens, to mark them if the value is wrong. They are the key if it takes no value.
    pub(crate) tokens: TokenStream,
}

/// A key of a namespace.
pub(crate) struct Key {
    /// The key itself.
    pub(crate) name: &'static str,
    /// An example of its use, for errors.
    pub(crate) usage: &'static str,
}

/// Declares the keys of an attribute, and a struct that holds their values.
macro_rules! namespace {
    (
        $(#[$doc:meta])*
        $namespace:literal => $Attrs:ident {
            $($(#[$key_doc:meta])* $key:literal => $field:ident: $Value:ty, $usage:literal;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $Attrs {
            /// The place of the attribute, if there is one.
            #[allow(dead_code, reason = "not every namespace has required keys")]
            pub(crate) span: Option<proc_macro2::Span>,
            /// Each key that was written, even if its value is wrong or its name misspelt.
            mentioned: Vec<String>,
            /// True if an attribute of this namespace is not a list of keys.
            malformed: bool,
            $($(#[$key_doc])* pub(crate) $field: Option<$crate::attr::Keyed<$Value>>,)*
        }

        impl $Attrs {
            const KEYS: &'static [$crate::attr::Key] =
                &[$($crate::attr::Key { name: $key, usage: $usage }),*];

            /// Reads the attributes of this namespace.
            pub(crate) fn read(
                attrs: &[syn::Attribute],
                errors: &mut $crate::errors::Errors,
            ) -> Self {
                let found = $crate::attr::find($namespace, attrs, errors);
                let mut read = Self {
                    span: found.span,
                    malformed: found.malformed,
                    ..Self::default()
                };
                for entry in found.entries {
                    $(if entry.name() == $key {
                        read.mentioned.push($key.to_owned());
                        entry.store(&mut read.$field, $usage, errors);
                        continue;
                    })*
                    let meant = entry.refuse($namespace, Self::KEYS, errors);
                    read.mentioned.extend(meant.map(str::to_owned));
                }
                read
            }

            /// Returns true if the author seems to have written a key, perhaps misspelt, with a wrong value,
            /// or in an attribute that is no list of keys.
            ///
            /// A key that is there but wrong must not be reported as missing too.
            #[allow(dead_code, reason = "not every namespace has required keys")]
            pub(crate) fn mentions(&self, key: &str) -> bool {
                self.malformed || self.mentioned.iter().any(|mentioned| mentioned == key)
            }
        }
    };
}
pub(crate) use namespace;

/// One `key`, `key = value` or `key(value)`.
pub(crate) struct Entry {
    key: Ident,
    /// The tokens after the key, with the `=` or the parentheses.
    value: Option<TokenStream>,
}

/// The attributes of a namespace, split into entries.
#[derive(Default)]
pub(crate) struct Found {
    /// The place of the first attribute.
    pub(crate) span: Option<Span>,
    /// True if one of them is not a list of keys.
    pub(crate) malformed: bool,
    /// The entries of all of them.
    pub(crate) entries: Vec<Entry>,
}

/// Finds the attributes of a namespace.
pub(crate) fn find(namespace: &str, attrs: &[Attribute], errors: &mut Errors) -> Found {
    let mut found = Found::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(namespace)) {
        found.span.get_or_insert_with(|| name_span(attr));
        let parsed = match &attr.meta {
            Meta::List(list) => split.parse2(list.tokens.clone()),
            other => Err(syn::Error::new_spanned(
                other,
                format!("expected `#[{namespace}(..)]` with keys in the parentheses"),
            )),
        };
        match parsed {
            Ok(entries) => found.entries.extend(entries),
            Err(error) => {
                found.malformed = true;
                errors.add(error);
            }
        }
    }
    found
}

fn name_span(attr: &Attribute) -> Span {
    attr.path()
        .get_ident()
        .map_or_else(Span::call_site, Ident::span)
}

fn split(input: ParseStream<'_>) -> syn::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    while !input.is_empty() {
        let key = input.call(Ident::parse_any).map_err(|error| {
            syn::Error::new(error.span(), "expected a key, as in `key = value`")
        })?;
        let value = if input.peek(Token![,]) || input.is_empty() {
            None
        } else {
            Some(until_comma(input)?)
        };
        entries.push(Entry { key, value });
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(entries)
}

/// The tokens before the next comma that separates keys. A comma in `<..>` separates arguments.
fn until_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut open = 0_usize;
    // `<` opens arguments at the start and after `::` or `=`. Elsewhere it compares or shifts.
    let mut may_open = true;
    while !input.is_empty() && (open > 0 || !input.peek(Token![,])) {
        let is_arrow = input.peek(Token![->]);
        let token = input.parse::<TokenTree>()?;
        let punct = match &token {
            TokenTree::Punct(punct) => Some(punct.as_char()),
            _ => None,
        };
        match punct {
            Some('<') if open > 0 || may_open => open += 1,
            Some('>') => open = open.saturating_sub(1),
            _ => {}
        }
        may_open = matches!(punct, Some(':' | '='));
        tokens.extend([token]);
        if is_arrow {
            tokens.extend([input.parse::<TokenTree>()?]);
        }
    }
    Ok(tokens)
}

impl Entry {
    /// The key's name.
    pub(crate) fn name(&self) -> String {
        plain(&self.key)
    }

    /// Reads the value into `place`, unless it is wrong or there is one already.
    pub(crate) fn store<T: Value>(
        self,
        place: &mut Option<Keyed<T>>,
        usage: &str,
        errors: &mut Errors,
    ) {
        let name = self.name();
        if place.is_some() {
            errors.at(
                self.key.span(),
                format!("`{name}` is given twice; keep one of them"),
            );
            return;
        }
        let read = match &self.value {
            None => T::read(None),
            Some(value) if T::IN_PARENTHESES => {
                in_parentheses(value).and_then(|value| T::read(Some(&value)))
            }
            Some(value) => after_equals(value).and_then(|value| T::read(Some(&value))),
        };
        let tokens = self.value.unwrap_or_else(|| self.key.to_token_stream());
        let inner = if T::IN_PARENTHESES {
            in_parentheses(&tokens).or_else(|| after_equals(&tokens))
        } else {
            after_equals(&tokens)
        };
        match read {
            Some(value) => {
                let tokens = inner.unwrap_or(tokens);
                *place = Some(Keyed {
                    value,
                    key: self.key,
                    tokens,
                });
            }
            None => {
                let message = format!("expected {}, as in `{usage}`", T::WANTED);
                match inner {
                    Some(value) if value.is_empty() => errors.at(self.key.span(), message),
                    Some(value) => errors.on(value, message),
                    None => errors.on(tokens, message),
                }
            }
        }
    }

    /// Reports that there is no such key, and lists the keys. Returns the key that was probably meant.
    pub(crate) fn refuse(
        &self,
        namespace: &str,
        keys: &[Key],
        errors: &mut Errors,
    ) -> Option<&'static str> {
        let name = self.name();
        let mut message = match keys {
            [] => format!("unknown key `{name}`: `#[{namespace}(..)]` has no keys yet"),
            keys => {
                let usages: Vec<_> = keys.iter().map(|key| format!("`{}`", key.usage)).collect();
                format!(
                    "unknown key `{name}`: `#[{namespace}(..)]` takes {}",
                    usages.join(", ")
                )
            }
        };
        let meant = similar(&name, keys.iter().map(|key| key.name));
        if let Some(meant) = meant {
            message += &format!("; did you mean `{meant}`?");
        }
        errors.at(self.key.span(), message);
        meant
    }
}

/// The tokens after the `=`, if there is one.
fn after_equals(tokens: &TokenStream) -> Option<TokenStream> {
    let mut rest = tokens.clone().into_iter();
    match rest.next() {
        Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => Some(rest.collect()),
        _ => None,
    }
}

/// The tokens in the parentheses, if there are parentheses and nothing else.
fn in_parentheses(tokens: &TokenStream) -> Option<TokenStream> {
    let mut rest = tokens.clone().into_iter();
    match (rest.next(), rest.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Parenthesis => {
            Some(group.stream())
        }
        _ => None,
    }
}

/// Refuses attributes of ours in the wrong place. Each namespace comes with the place where it belongs.
pub(crate) fn refuse(namespaces: &[(&str, &str)], attrs: &[Attribute], errors: &mut Errors) {
    for attr in attrs {
        for (namespace, place) in namespaces {
            if attr.path().is_ident(namespace) {
                errors.on(
                    attr.path(),
                    format!("`#[{namespace}(..)]` belongs on {place}"),
                );
            }
        }
    }
}
