//! How shapes are written in the document, and the sections of the structs in them.

use std::collections::BTreeSet;

use super::sentence::{demoted, fields};
use crate::rlp::Shape;
use crate::rlp::shape::{Field, Struct};

/// The longest line of a signature.
const WIDTH: usize = 100;

/// The named structs with their sections, and the notation that was used.
#[derive(Default)]
pub(super) struct Types {
    /// The name in the document, and the section. The section is empty while it is being written.
    pub(super) defined: Vec<(String, String)>,
    /// The identity of each of them.
    known: Vec<Struct>,
    /// The names of the structs that are being written, the innermost last.
    open: Vec<String>,
    used: BTreeSet<&'static str>,
}

const LEGEND: [(&str, &str); 12] = [
    (
        "P",
        "`P64`: an unsigned integer of at most 64 bits, big-endian without leading zeros; `P8` one of at most 8, \
         and so on",
    ),
    (
        "bool",
        "`bool`: a truth value, the empty string or the byte 1",
    ),
    ("B", "`B`: a byte string of any length"),
    (
        "B_n",
        "`B_32`: a byte string of 32 bytes; `B_4` one of 4, and so on",
    ),
    ("text", "`text`: a string of UTF-8"),
    ("list", "`[x, ...]`: a list of any number of `x`"),
    ("array", "`[x × 20]`: a list of 20 `x`"),
    (
        "?",
        "`name?`: an item that may be absent, with all that follow it",
    ),
    ("..", "`..`: further items that are ignored"),
    ("any", "`any`: any one item"),
    (
        "opaque",
        "`Name`, without a description: an item whose structure is not told here",
    ),
    (
        "opaque?",
        "`opaque`: an item whose structure is not told here",
    ),
];

impl Types {
    /// Explains the notation that was used.
    pub(super) fn legend(&self) -> String {
        let mut begin =
            "Each message is one RLP item. `[x, y]` is a list of these items.".to_owned();
        if self.used.contains("id") {
            begin += " A request begins with a `request-id` that its sender chooses, and the reply to it \
                      repeats that. Replies may come in any order, and there may be none.";
        }
        begin += "\n\nIntegers and lengths are in their shortest form, and nothing follows the last item unless it is \
                  said. Who \
                  sends what is not as it is described here, or beyond a limit, is disconnected (0x02). A \
                  payload has at most 16,777,215 bytes before it is compressed.";
        let used = LEGEND.iter().filter(|(key, _)| self.used.contains(key));
        let lines: Vec<_> = used.map(|(_, text)| format!("- {text}")).collect();
        if lines.is_empty() {
            begin
        } else {
            format!("{begin}\n\n{}", lines.join("\n"))
        }
    }

    /// `[a: P64, b: B]`, in a line or as a block, after `name = ` if there is one.
    pub(super) fn signature(&mut self, name: &str, item: &Struct, has_id: bool) -> String {
        let name = match name {
            "" => String::new(),
            name => format!("{name} = "),
        };
        if let ([only], true) = (item.fields.as_slice(), item.transparent) {
            let label = only.name;
            let shape = self.notation(&only.shape);
            return if label.bytes().all(|byte| byte.is_ascii_digit()) {
                format!("`{name}{shape}`")
            } else {
                format!("`{name}{label}: {shape}`")
            };
        }
        let mut items = Vec::new();
        if has_id {
            self.used.extend(["P", "id"]);
            items.push("request-id: P64".to_owned());
        }
        items.extend(item.fields.iter().map(|field| self.field(field)));
        if item.trailing {
            self.used.insert("..");
            items.push("..".to_owned());
        }
        let line = format!("{name}[{}]", items.join(", "));
        if line.chars().count() <= WIDTH {
            format!("`{line}`")
        } else {
            format!("    {name}[\n        {},\n    ]", items.join(",\n        "))
        }
    }

    fn field(&mut self, field: &Field) -> String {
        let shape = self.notation(&field.shape);
        let optional = if field.optional {
            self.used.insert("?");
            "?"
        } else {
            ""
        };
        if field.name.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{shape}{optional}")
        } else {
            format!("{}{optional}: {shape}", field.name)
        }
    }

    fn notation(&mut self, shape: &Shape) -> String {
        let (key, text) = match shape {
            Shape::Uint { bits } => ("P", format!("P{bits}")),
            Shape::Bool => ("bool", "bool".to_owned()),
            Shape::Bytes => ("B", "B".to_owned()),
            Shape::FixedBytes(length) => ("B_n", format!("B_{length}")),
            Shape::Text => ("text", "text".to_owned()),
            Shape::List(item) => ("list", format!("[{}, ...]", self.notation(item))),
            Shape::Array(item, length @ 0..=4) => {
                let items = vec![self.notation(item); *length];
                ("", format!("[{}]", items.join(", ")))
            }
            Shape::Array(item, length) => {
                ("array", format!("[{} × {length}]", self.notation(item)))
            }
            Shape::Tuple(items) => {
                let items: Vec<_> = items.iter().map(|item| self.notation(item)).collect();
                ("", format!("[{}]", items.join(", ")))
            }
            Shape::Struct(item) => match item.fields.as_slice() {
                [only] if item.transparent => {
                    self.open.push(item.name.to_owned());
                    let only = self.notation(&only.shape);
                    self.open.pop();
                    ("", only)
                }
                _ => ("", self.define(item)),
            },
            Shape::Recursive { name, up } => {
                let outer = self.open.iter().rev().nth(*up);
                ("", outer.map_or(*name, String::as_str).to_owned())
            }
            Shape::Raw => ("any", "any".to_owned()),
            Shape::Opaque(Some(name)) => ("opaque", (*name).to_owned()),
            Shape::Opaque(None) => ("opaque?", "opaque".to_owned()),
        };
        self.used.insert(key);
        text
    }

    /// The name of a struct, which gets a section when it is first named.
    fn define(&mut self, item: &Struct) -> String {
        if let Some(at) = self.known.iter().position(|known| known == item)
            && let Some((name, _)) = self.defined.get(at)
        {
            return name.clone();
        }
        let taken = |name: &str| self.defined.iter().any(|(taken, _)| taken == name);
        let mut name = item.name.to_owned();
        let mut number = 2;
        while taken(&name) {
            name = format!("{}{number}", item.name);
            number += 1;
        }
        let at = self.defined.len();
        self.known.push(item.clone());
        self.defined.push((name.clone(), String::new()));
        self.open.push(name.clone());
        let mut parts = vec![
            format!("### {name}"),
            self.signature(&name, item, false),
            demoted(item.docs, 3),
            fields(item),
        ];
        self.open.pop();
        parts.retain(|part| !part.is_empty());
        if let Some((_, section)) = self.defined.get_mut(at) {
            *section = parts.join("\n\n");
        }
        name
    }
}
