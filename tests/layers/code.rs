//! Reads the paths that a file names, from its tokens: `use` lines and paths in code, but no comments and no tests.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A module's own code: what a file holds, or the braces of an inline module.
#[derive(Debug, Default)]
pub(crate) struct Code {
    /// The names that `use` lines bring in.
    pub(crate) uses: Vec<Use>,
    /// The paths of two or more names outside of `use` lines.
    pub(crate) paths: Vec<Path>,
    pub(crate) modules: Vec<Module>,
}

/// A path as it is written: `crate::rlp::Error` is the names `crate`, `rlp`, `Error`.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) names: Vec<String>,
    pub(crate) line: usize,
}

/// A path that a `use` line brings in, and the name that it has from then on.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) path: Path,
    pub(crate) name: String,
}

/// A module that is declared in this code.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) name: String,
    /// Its code, if it is inline.
    pub(crate) inline: Option<Code>,
    /// The file that a `path` attribute names, and whether only some features choose it.
    pub(crate) file: Option<(String, bool)>,
}

/// Reads a file.
pub(crate) fn read(name: &str, text: &str) -> Code {
    let tokens: TokenStream = text
        .parse()
        .unwrap_or_else(|error| panic!("{name} is no Rust: {error}"));
    let mut code = Code::default();
    code.read(tokens);
    code
}

impl Code {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        // The attributes that stand before the next item.
        let mut attributes = Vec::new();
        while let Some(token) = tokens.get(at) {
            if let Some(attribute) = attribute(&tokens[at..]) {
                at += 2;
                if is_for_tests(&attribute) {
                    at += item(&tokens[at..]);
                    attributes.clear();
                } else {
                    attributes.push(attribute);
                }
                continue;
            }
            match token {
                TokenTree::Ident(word) if word == "use" && !is_capture(&tokens[at..]) => {
                    let end = tokens[at..].iter().position(is(';'));
                    let end = at + end.expect("a `use` ends with a semicolon");
                    self.read_use(&[], &tokens[at + 1..end]);
                    at = end;
                }
                TokenTree::Ident(word) if word == "mod" => {
                    self.read_module(&tokens[at + 1..], &attributes);
                    at += 2;
                }
                TokenTree::Ident(_) => at += self.read_path(&tokens[at..]) - 1,
                // A path that begins so is of another crate, and one that goes on so is of a type.
                TokenTree::Punct(_) if is_joint(&tokens[at..]) => {
                    at += 2;
                    if let Some(TokenTree::Ident(_)) = tokens.get(at) {
                        at += names(&tokens[at..]).1 - 1;
                    } else {
                        at -= 1;
                    }
                }
                TokenTree::Group(group) => {
                    self.read(group.stream());
                }
                _ => {}
            }
            // They stand before `pub(crate) mod` too.
            let is_visibility = match token {
                TokenTree::Ident(word) => word == "pub",
                TokenTree::Group(group) => group.delimiter() == Delimiter::Parenthesis,
                _ => false,
            };
            if !is_visibility {
                attributes.clear();
            }
            at += 1;
        }
    }

    /// Reads `name;` or `name { .. }` behind `mod`.
    fn read_module(&mut self, tokens: &[TokenTree], attributes: &[TokenStream]) {
        let Some(TokenTree::Ident(name)) = tokens.first() else {
            return;
        };
        let inline = match tokens.get(1) {
            Some(TokenTree::Group(group)) => {
                let mut code = Self::default();
                code.read(group.stream());
                Some(code)
            }
            _ => None,
        };
        self.modules.push(Module {
            name: name.to_string(),
            inline,
            file: attributes.iter().find_map(file),
        });
    }

    /// Notes the path that begins here if it has two names or more, and counts its tokens.
    fn read_path(&mut self, tokens: &[TokenTree]) -> usize {
        let line = tokens[0].span().start().line;
        let (names, length) = names(tokens);
        if names.len() > 1 {
            self.paths.push(Path { names, line });
        }
        length
    }

    /// Reads what stands between `use` and the semicolon, or between two commas of a group.
    fn read_use(&mut self, before: &[String], tokens: &[TokenTree]) {
        let Some(first) = tokens.first() else {
            return;
        };
        if is_joint(tokens) {
            // Of another crate.
            return;
        }
        let line = first.span().start().line;
        let (mut names, length) = match first {
            TokenTree::Ident(_) => names(tokens),
            _ => (Vec::new(), 0),
        };
        names.splice(0..0, before.iter().cloned());
        let rest = match &tokens[length..] {
            rest if is_joint(rest) => &rest[2..],
            rest => rest,
        };
        let name = match rest {
            [TokenTree::Group(group), ..] => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for part in inner.split(is(',')) {
                    self.read_use(&names, part);
                }
                return;
            }
            [_as, TokenTree::Ident(name), ..] => Some(name.to_string()),
            _ => None,
        };
        // `use a::{self}` is `use a`.
        if names.last().is_some_and(|last| last == "self") && names.len() > 1 {
            names.pop();
        }
        let name = name.or_else(|| names.last().cloned()).unwrap_or_default();
        let path = Path { names, line };
        self.uses.push(Use { path, name });
    }
}

/// The names of a path, and how many tokens they take.
fn names(tokens: &[TokenTree]) -> (Vec<String>, usize) {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        names.push(name.to_string());
        at += 1;
        let is_followed = matches!(tokens.get(at + 2), Some(TokenTree::Ident(_)));
        if !is_followed || !is_joint(&tokens[at..]) {
            break;
        }
        at += 2;
    }
    (names, at)
}

/// Checks for two colons.
fn is_joint(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Punct(one), TokenTree::Punct(two), ..] => {
            one.as_char() == ':' && one.spacing() == Spacing::Joint && two.as_char() == ':'
        }
        _ => false,
    }
}

fn is(punctuation: char) -> impl Fn(&TokenTree) -> bool {
    move |token| matches!(token, TokenTree::Punct(one) if one.as_char() == punctuation)
}

/// Checks for the `use<..>` of a type.
fn is_capture(tokens: &[TokenTree]) -> bool {
    tokens.get(1).is_some_and(is('<'))
}

/// The inside of the attribute that stands here.
fn attribute(tokens: &[TokenTree]) -> Option<TokenStream> {
    match tokens {
        [hash, TokenTree::Group(group), ..]
            if is('#')(hash) && group.delimiter() == Delimiter::Bracket =>
        {
            Some(group.stream())
        }
        _ => None,
    }
}

/// Checks for `cfg(test)` and `cfg(all(test, ..))`.
fn is_for_tests(attribute: &TokenStream) -> bool {
    let text = attribute.to_string().replace(' ', "");
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

/// The file that an attribute names: `path = ".."`, or that within `cfg_attr(..)`.
fn file(attribute: &TokenStream) -> Option<(String, bool)> {
    let text = attribute.to_string();
    let is_chosen = text.starts_with("cfg_attr");
    if !is_chosen && !text.starts_with("path") {
        return None;
    }
    let (_, rest) = text.split_once("path = \"")?;
    let (file, _) = rest.split_once('"')?;
    Some((file.to_owned(), is_chosen))
}

/// How many tokens the item, field or statement takes that begins here: up to its braces, its semicolon or its comma.
fn item(tokens: &[TokenTree]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return at + 1,
            TokenTree::Punct(one) => match one.as_char() {
                ';' => return at + 1,
                ',' if depth == 0 => return at + 1,
                '<' => depth += 1,
                // Not the end of an arrow.
                '>' if depth > 0 && !tokens[..at].last().is_some_and(is_joint_arrow) => depth -= 1,
                _ => {}
            },
            _ => {}
        }
    }
    tokens.len()
}

fn is_joint_arrow(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(one) => {
            matches!(one.as_char(), '-' | '=') && one.spacing() == Spacing::Joint
        }
        _ => false,
    }
}
