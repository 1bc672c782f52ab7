//! The values of keys that limit something.

use proc_macro2::TokenStream;
use syn::{Expr, ExprLit, ExprPath, Lit, RangeLimits};

use super::{Text, Value};

/// A range of integers, as it is written.
#[derive(Debug)]
pub(crate) struct Bounds {
    /// The smallest integer in it.
    pub(crate) first: u128,
    /// The largest integer in it, if it ends; it may be smaller than the first.
    pub(crate) last: Option<u128>,
    /// Whether there is none in it.
    pub(crate) is_empty: bool,
}

impl Value for Bounds {
    const WANTED: &'static str = "a range of integer literals in parentheses";

    const IN_PARENTHESES: bool = true;

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        let range = match syn::parse2(tokens?.clone()).ok()? {
            // What a macro was given.
            Expr::Group(group) => *group.expr,
            expr => expr,
        };
        let Expr::Range(range) = range else {
            return None;
        };
        let start = range.start.as_deref().map(integer);
        let end = range.end.as_deref().map(integer);
        if start.is_none() && end.is_none() || !range.attrs.is_empty() {
            return None;
        }
        let first = start.unwrap_or(Some(0))?;
        let Some(end) = end else {
            return Some(Self {
                first,
                last: None,
                is_empty: false,
            });
        };
        let end = end?;
        let closed = matches!(range.limits, RangeLimits::Closed(_));
        Some(Self {
            first,
            last: Some(if closed { end } else { end.saturating_sub(1) }),
            is_empty: if closed { first > end } else { first >= end },
        })
    }
}

fn integer(expr: &Expr) -> Option<u128> {
    match expr {
        Expr::Group(group) => integer(&group.expr),
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => number.base10_parse().ok(),
        _ => None,
    }
}

/// The path of a function, not in quotes.
#[derive(Debug)]
pub(crate) struct Function;

impl Value for Function {
    const WANTED: &'static str = "the path of a function";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        syn::parse2::<ExprPath>(tokens?.clone()).ok().map(|_| Self)
    }
}

/// How many messages may come in which time, in quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    /// At least 1.
    pub(crate) count: u32,
    /// In which they may come.
    pub(crate) per: Per,
}

/// A time.
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

/// What becomes of messages beyond the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    /// They are dropped.
    Drop,
    /// The peer is dropped.
    Disconnect,
}

impl Value for Excess {
    const WANTED: &'static str = "the word `drop` or `disconnect` in quotes";

    fn read(tokens: Option<&TokenStream>) -> Option<Self> {
        match Text::read(tokens)?.0.value().as_str() {
            "drop" => Some(Self::Drop),
            "disconnect" => Some(Self::Disconnect),
            _ => None,
        }
    }
}
