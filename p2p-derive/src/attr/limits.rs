//! The values of keys that limit a message or a field.

use proc_macro2::{Literal, TokenStream};
use quote::ToTokens;
use syn::{Expr, ExprLit, ExprPath, Lit, RangeLimits};

use super::Keyed;
use super::value::{Text, Value};

/// A limit: a number or a constant.
#[derive(Debug)]
pub(crate) enum Limit {
    /// A number.
    Number(u64),
    /// The path of a constant, whose value only the compiler knows.
    Constant,
}

impl Limit {
    /// The number, if it is known.
    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Constant => None,
        }
    }
}

impl Keyed<Limit> {
    /// The number, or the path of the constant as it is written.
    pub(crate) fn number(&self) -> TokenStream {
        match self.value {
            Limit::Number(number) => Literal::u64_unsuffixed(number).into_token_stream(),
            Limit::Constant => self.tokens.clone(),
        }
    }
}

impl Value for Limit {
    const WANTED: &'static str = "an integer literal from 0 to 2^64 - 1 or the path of a constant";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        match ungrouped(syn::parse2(tokens?.clone()).ok()?) {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) => number.base10_parse().ok().map(Self::Number),
            Expr::Path(_) => Some(Self::Constant),
            _ => None,
        }
    }
}

/// A range of integers.
#[derive(Debug)]
pub(crate) struct Bounds {
    /// The lower end, unless the range is `..b` or `..=b`.
    pub(crate) start: Option<End>,
    /// The upper end, unless the range is `a..`.
    pub(crate) end: Option<End>,
    /// True if the upper end is part of the range.
    pub(crate) closed: bool,
}

/// An end of a range.
#[derive(Debug)]
pub(crate) enum End {
    /// A number.
    Number(u128),
    /// The path of a constant, whose value only the compiler knows.
    Constant(TokenStream),
}

impl End {
    fn read(expr: Expr) -> Option<Self> {
        match ungrouped(expr) {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) => number.base10_parse().ok().map(Self::Number),
            Expr::Path(path) => Some(Self::Constant(path.into_token_stream())),
            _ => None,
        }
    }

    /// The number, if it is known.
    pub(crate) fn number(&self) -> Option<u128> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Constant(_) => None,
        }
    }
}

impl Bounds {
    /// Returns true if it contains no number, as far as its ends are known.
    pub(crate) fn is_empty(&self) -> bool {
        let start = self.start.as_ref().map_or(Some(0), End::number);
        let end = self.end.as_ref().and_then(End::number);
        match (start, end) {
            (Some(start), Some(end)) if self.closed => start > end,
            (Some(start), Some(end)) => start >= end,
            _ => false,
        }
    }

    /// The closed range of one number, if that is what the author of an empty range seems to have meant.
    ///
    /// `5..5` becomes `5..=5`, and `..0` becomes `..=0`.
    pub(crate) fn only(&self) -> Option<String> {
        let start = self.start.as_ref().map(End::number);
        let end = self.end.as_ref()?.number()?;
        match start {
            None if !self.closed && end == 0 => Some("..=0".to_owned()),
            Some(Some(start)) if !self.closed && start == end => Some(format!("{start}..={end}")),
            _ => None,
        }
    }
}

/// An expression without the invisible groups that a macro puts around it.
fn ungrouped(expr: Expr) -> Expr {
    match expr {
        Expr::Group(group) => ungrouped(*group.expr),
        expr => expr,
    }
}

impl Value for Bounds {
    const WANTED: &'static str = "a range of integer literals or constants in parentheses";

    const IN_PARENTHESES: bool = true;

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        let Expr::Range(range) = ungrouped(syn::parse2(tokens?.clone()).ok()?) else {
            return None;
        };
        if range.start.is_none() && range.end.is_none() || !range.attrs.is_empty() {
            return None;
        }
        let read = |end: Option<Box<Expr>>| match end {
            Some(end) => End::read(*end).map(Some),
            None => Some(None),
        };
        Some(Self {
            start: read(range.start)?,
            end: read(range.end)?,
            closed: matches!(range.limits, RangeLimits::Closed(_)),
        })
    }
}

/// The path of a function, without quotes.
#[derive(Debug)]
pub(crate) struct Function;

impl Value for Function {
    const WANTED: &'static str = "the path of a function";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        syn::parse2::<ExprPath>(tokens?.clone()).ok().map(|_| Self)
    }
}

/// A number of messages per time, in quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    /// The number of messages, at least 1.
    pub(crate) count: u32,
    /// The time that the number is for.
    pub(crate) per: Per,
}

/// The time that a rate refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Per {
    Second,
    Minute,
    Hour,
}

impl Value for Rate {
    const WANTED: &'static str =
        "a number from 1 to 2^32 - 1 and a time, `s`, `min` or `h`, in quotes";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        let text = Text::read(tokens)?.0.value();
        let (count, per) = text.split_once('/')?;
        if !count.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        Some(Self {
            count: count.parse().ok().filter(|count| *count > 0)?,
            per: match per {
                "s" => Per::Second,
                "min" => Per::Minute,
                "h" => Per::Hour,
                _ => return None,
            },
        })
    }
}

/// The treatment of messages beyond the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OverRate {
    /// The message is dropped.
    Drop,
    /// The peer is dropped.
    Disconnect,
}

impl Value for OverRate {
    const WANTED: &'static str = "the word `drop` or `disconnect` in quotes";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        match Text::read(tokens)?.0.value().as_str() {
            "drop" => Some(Self::Drop),
            "disconnect" => Some(Self::Disconnect),
            _ => None,
        }
    }
}
