//! The document: messages, codes, fields, versions, and their documentation.

use super::describe::Describe;
use super::notation::Types;
use super::sentence::{demoted, exchange, fields, limits, presence};
use super::snapshot::hex;
use super::specification::Specification;
use super::wire::Wire;
use crate::protocol::table::MessageInfo;
use crate::rlp::Shape;
use crate::rlp::shape::{Field, Struct};

/// The longest example that is shown in full, in bytes.
const EXAMPLE: usize = 64;

/// Writes the document.
pub(super) fn document<P: Describe>(spec: &Specification<P>) -> String {
    let mut types = Types::default();
    let mut rows = spec.all_messages();
    rows.sort_by_key(|(row, _)| (row.code, row.since));
    let messages: Vec<String> = rows
        .iter()
        .map(|(row, message)| section(spec, row, message, &mut types))
        .collect();
    let mut parts = vec![
        format!("# {}", P::NAME),
        demoted(spec.description().docs, 1),
        "## Versions".to_owned(),
        versions(spec),
        "## Notation".to_owned(),
        types.legend(),
    ];
    if !types.defined.is_empty() {
        parts.push("## Data Types".to_owned());
        parts.extend(types.defined.into_iter().map(|(_, section)| section));
    }
    parts.push("## Messages".to_owned());
    parts.extend(messages);
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

fn versions<P: Describe>(spec: &Specification<P>) -> String {
    let mut rows = P::VERSIONS.to_vec();
    rows.sort_unstable_by_key(|row| row.number);
    let explained = "\n\nThe length is the number of message codes that a version takes up on a connection. The \
                     fingerprint is that of what its messages look like: where it differs, nodes don't speak \
                     the same.";
    let mut text = "| version | length | fingerprint |\n|---|---|---|".to_owned();
    for row in rows {
        let fingerprint = spec.fingerprint(row.number);
        let fingerprint = fingerprint.map(|it| it.to_string()).unwrap_or_default();
        text += &format!(
            "\n| {}/{} | {} | `{fingerprint}` |",
            P::NAME,
            row.number,
            row.length
        );
    }
    text + explained
}

/// The paragraph about a message.
fn section<P: Describe>(
    spec: &Specification<P>,
    row: &MessageInfo,
    message: &Struct,
    types: &mut Types,
) -> String {
    let payload = inlined(message);
    let trailing = if payload.trailing {
        "Further items are ignored."
    } else {
        ""
    };
    let mut parts = vec![
        format!("### {} ({})", row.name, row.code),
        types.signature("", payload, row.has_id()),
        demoted(message.docs, 3),
        fields(payload),
        exchange::<P>(row),
        limits(row),
        trailing.to_owned(),
        presence::<P>(row),
        examples(spec, row, message),
    ];
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// The struct that is a message's whole payload, if there is one that nothing refers to.
fn inlined(message: &Struct) -> &Struct {
    match message.fields.as_slice() {
        [
            Field {
                shape: Shape::Struct(item),
                ..
            },
        ] if message.transparent && !item.fields.iter().any(|it| is_recursive(&it.shape)) => {
            inlined(item)
        }
        _ => message,
    }
}

fn is_recursive(shape: &Shape) -> bool {
    match shape {
        Shape::Recursive { .. } => true,
        Shape::List(item) | Shape::Array(item, _) => is_recursive(item),
        Shape::Tuple(items) => items.iter().any(is_recursive),
        Shape::Struct(item) => item.fields.iter().any(|field| is_recursive(&field.shape)),
        _ => false,
    }
}

/// A block of examples, or the reason why there is none.
fn examples<P: Describe>(spec: &Specification<P>, row: &MessageInfo, message: &Struct) -> String {
    let versions = P::VERSIONS.iter().map(|version| version.number);
    let Some(version) = versions.filter(|version| row.is_in(*version)).max() else {
        return String::new();
    };
    let vectors = spec.vectors_of(version, row, message).unwrap_or_default();
    if !vectors.is_empty() {
        let lines: Vec<String> = vectors
            .iter()
            .map(|payload| match payload.get(..EXAMPLE / 2) {
                Some(start) if payload.len() > EXAMPLE => {
                    format!("    {}... ({} bytes)", hex(start), payload.len())
                }
                _ => format!("    {}", hex(payload)),
            })
            .collect();
        return format!("Examples:\n\n{}", lines.join("\n"));
    }
    match Wire::payload(message, row.has_id()).opaque() {
        Some("") => "No example: a part of the message is opaque.".to_owned(),
        Some(name) => format!("No example: `{name}` is opaque."),
        None => "No example: what can be made of the shape alone is not within limits.".to_owned(),
    }
}
