//! The values that keys take.

use std::time::Duration;

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::token::Bracket;
use syn::{Ident, Lit, LitInt, LitStr, Path, Token, bracketed};

/// A kind of value.
pub(crate) trait Value: Sized {
    /// A description of the expected value, for an error.
    const WANTED: &'static str;

    /// True if the value stands in parentheses instead of after a `=`.
    const IN_PARENTHESES: bool = false;

    /// Reads the tokens after the `=` or in the parentheses. There are none if the key stands alone.
    fn read(tokens: Option<&TokenStream>) -> Option<Self>;
}

/// A key without a value.
#[derive(Debug)]
pub(crate) struct Flag;

impl Value for Flag {
    const WANTED: &'static str = "the key without a value";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        tokens.is_none().then_some(Self)
    }
}

/// An unsigned integer.
pub(crate) type Number = u64;

impl Value for Number {
    const WANTED: &'static str = "an integer literal from 0 to 2^64 - 1";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        match syn::parse2(tokens?.clone()) {
            Ok(Lit::Int(number)) => number.base10_parse().ok(),
            _ => None,
        }
    }
}

/// Several versions.
#[derive(Debug)]
pub(crate) enum Versions {
    /// From the first to the last, both included.
    Range(u64, u64),
    /// In the order in which they are written.
    List(Vec<u64>),
}

impl Value for Versions {
    const WANTED: &'static str = "a range with both ends or a list in brackets";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        versions.parse2(tokens?.clone()).ok()
    }
}

fn versions(input: ParseStream<'_>) -> syn::Result<Versions> {
    let number = |input: ParseStream<'_>| input.parse::<LitInt>()?.base10_parse();
    if input.peek(Bracket) {
        let list;
        bracketed!(list in input);
        let list = Punctuated::<u64, Token![,]>::parse_terminated_with(&list, number)?;
        return Ok(Versions::List(list.into_iter().collect()));
    }
    let first = number(input)?;
    input.parse::<Token![..=]>()?;
    Ok(Versions::Range(first, number(input)?))
}

/// A text in quotes.
#[derive(Debug)]
pub(crate) struct Text(pub(crate) LitStr);

impl Value for Text {
    const WANTED: &'static str = "a text in quotes";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        syn::parse2(tokens?.clone()).map(Self).ok()
    }
}

/// The name of a variant.
#[derive(Debug)]
pub(crate) struct Variant(pub(crate) Ident);

impl Value for Variant {
    const WANTED: &'static str = "the name of a variant";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        syn::parse2(tokens?.clone()).map(Self).ok()
    }
}

/// A time, in quotes.
#[derive(Debug)]
pub(crate) struct Time(pub(crate) Duration);

impl Value for Time {
    const WANTED: &'static str = "a time above zero in `ms`, `s` or `min`, in quotes";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        let text = Text::read(tokens)?.0.value();
        let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
        let (number, unit) = text.split_at_checked(digits)?;
        let number: u64 = number.parse().ok().filter(|number| *number > 0)?;
        let milliseconds = match unit.trim_start() {
            "ms" => 1,
            "s" => 1000,
            "min" => 60_000,
            _ => return None,
        };
        let time = Duration::from_millis(number.checked_mul(milliseconds)?);
        Some(Self(time))
    }
}

/// A name for generated code, in quotes.
#[derive(Debug)]
pub(crate) struct Name(pub(crate) Ident);

impl Value for Name {
    const WANTED: &'static str = "an identifier in quotes";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        Text::read(tokens)?.0.parse().map(Self).ok()
    }
}

/// The path of the runtime crate, in quotes or, for `$crate`, without quotes.
#[derive(Debug)]
pub(crate) struct CratePath(pub(crate) Path);

impl Value for CratePath {
    const WANTED: &'static str = "a path";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        let path = match Text::read(tokens) {
            Some(text) => text.0.parse_with(Path::parse_mod_style),
            None => Path::parse_mod_style.parse2(tokens?.clone()),
        };
        path.map(Self).ok()
    }
}

/// The treatment of items after the last field.
#[derive(Debug)]
pub(crate) enum Trailing {
    /// They are ignored.
    Ignore,
}

impl Value for Trailing {
    const WANTED: &'static str = "the word `ignore` in quotes";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        (Text::read(tokens)?.0.value() == "ignore").then_some(Self::Ignore)
    }
}
