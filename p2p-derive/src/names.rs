//! Names of methods and arguments, and suggestions for misspelt names.

use proc_macro2::{Ident, Span};

/// Turns the name of a variant into that of a method: `GetHTTPHeaders` is `get_http_headers`.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (i, letter) in letters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| letters.get(i));
        let after = letters.get(i + 1);
        let starts_a_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        if starts_a_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// An identifier with this name, raw if it is a keyword in any edition.
pub(crate) fn identifier(name: &str, span: Span) -> Ident {
    match name {
        "_" | "self" | "super" | "crate" | "Self" => Ident::new(&format!("{name}_"), span),
        _ if KEYWORDS.contains(&name) => Ident::new_raw(name, span),
        _ => Ident::new(name, span),
    }
}

/// The name of an identifier, without `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

/// The candidate that `name` abbreviates, or misspells by a letter or two.
pub(crate) fn similar<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| {
            distance * 3 <= candidate.len().max(3) || name.len() > 2 && candidate.starts_with(name)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The number of letters to add, drop, change or swap with their neighbour to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.to_lowercase().chars().collect();
    let to: Vec<char> = to.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for (i, letter) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, wanted) in to.iter().enumerate() {
            let change = rows[i][j] + usize::from(letter != wanted);
            let mut best = change.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && from[i - 1] == *wanted && *letter == to[j - 1] {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_snake_case() {
        let rows = [
            ("Text", "text"),
            ("GetBlockHeaders", "get_block_headers"),
            ("GetHTTPHeaders", "get_http_headers"),
            ("HTTP", "http"),
            ("Snap1Status", "snap1_status"),
            ("Already_Snake", "already_snake"),
            ("lower", "lower"),
            ("X", "x"),
        ];
        for (name, expected) in rows {
            assert_eq!(snake_case(name), expected);
        }
        let span = Span::call_site();
        assert_eq!(identifier("type", span).to_string(), "r#type");
        assert_eq!(identifier("self", span).to_string(), "self_");
        assert_eq!(plain(&identifier("gen", span)), "gen");
    }

    #[test]
    fn a_misspelt_key_is_recognised_and_another_word_is_not() {
        let keys = ["name", "version", "length", "handler", "crate"];
        let rows = [
            ("nmae", Some("name")),
            ("Name", Some("name")),
            ("verison", Some("version")),
            ("versions", Some("version")),
            ("len", Some("length")),
            ("handlers", Some("handler")),
            ("timeout", None),
            ("x", None),
        ];
        for (name, expected) in rows {
            assert_eq!(similar(name, keys.into_iter()), expected, "{name}");
        }
    }
}
