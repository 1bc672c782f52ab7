//! Sentences of the document about messages and fields: replies, versions and limits.

use super::describe::Describe;
use crate::protocol::rate::{OverRate, Rate};
use crate::protocol::table::{MessageInfo, MessageKind};
use crate::rlp::shape::{Bounds, Struct};

/// Which message answers a request, and which requests a reply answers.
pub(super) fn exchange<P: Describe>(row: &MessageInfo) -> String {
    let link = |other: &MessageInfo| {
        let anchor = format!("{}-{}", other.name.to_lowercase(), other.code);
        format!("[{}](#{anchor})", other.name)
    };
    let meet = |other: &&MessageInfo| row.since <= other.until && other.since <= row.until;
    let others = P::MESSAGES.iter().filter(meet);
    match row.kind {
        MessageKind::Notification => String::new(),
        MessageKind::Request { reply } => {
            let replies: Vec<_> = others.filter(|it| it.code == reply).map(link).collect();
            let replies = replies.join(" or ");
            match row.timeout {
                Some(time) => format!("A request, answered by {replies} within {time:?}."),
                None => format!("A request, answered by {replies}."),
            }
        }
        MessageKind::Reply => {
            let asks = |it: &&MessageInfo| it.kind == MessageKind::Request { reply: row.code };
            let requests: Vec<_> = others.filter(asks).map(link).collect();
            format!("Answers {}.", requests.join(" and "))
        }
    }
}

/// The versions that have the message, unless all have it.
pub(super) fn presence<P: Describe>(row: &MessageInfo) -> String {
    let versions = P::VERSIONS.iter().map(|version| version.number);
    let first = versions.clone().min();
    let last = versions.max();
    let from_start = first.is_none_or(|first| row.since <= first);
    let to_end = last.is_none_or(|last| last <= row.until);
    match (from_start, to_end) {
        (true, true) => String::new(),
        (false, true) => format!("Since version {}.", row.since),
        (true, false) => format!("Until version {}.", row.until),
        (false, false) if row.since == row.until => format!("In version {} only.", row.since),
        (false, false) => format!("In versions {} to {}.", row.since, row.until),
    }
}

/// The limits of a message.
pub(super) fn limits(row: &MessageInfo) -> String {
    let default = MessageInfo::new(row.code, row.name).max_size;
    let size = (row.max_size != default).then(|| at_most(row.max_size, "byte"));
    let size = size.map(|size| format!("The payload has {size}, before it is compressed."));
    let rate = row.rate.map(rate);
    let parts: Vec<String> = [size, rate].into_iter().flatten().collect();
    parts.join(" ")
}

fn rate(rate: Rate) -> String {
    let per = match rate.per.as_secs_f64() {
        1.0 => "a second".to_owned(),
        60.0 => "a minute".to_owned(),
        3600.0 => "an hour".to_owned(),
        seconds => format!("in {seconds} seconds"),
    };
    let burst = if rate.burst == rate.count {
        String::new()
    } else {
        format!(", and {} at once", rate.burst)
    };
    let excess = match rate.excess {
        OverRate::Drop => "more are dropped",
        OverRate::Disconnect => "who sends more is disconnected",
    };
    format!("At most {} {per}{burst}; {excess}.", rate.count)
}

/// The limits of a field.
pub(super) fn bounds(bounds: Bounds) -> String {
    let integer = match (bounds.least, bounds.greatest) {
        (Some(least), Some(greatest)) => Some(format!("from {least} to {greatest}")),
        (Some(least), None) => Some(format!("at least {least}")),
        (None, Some(greatest)) => Some(format!("at most {greatest}")),
        (None, None) => None,
    };
    let parts = [
        bounds.max_items.map(|items| at_most(items, "item")),
        bounds.max_len.map(|bytes| at_most(bytes, "byte")),
        integer,
        bounds.condition.map(str::to_owned),
    ];
    sentence(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// Words as a sentence, if there are any.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

fn at_most(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("at most {count} {what}{plural}")
}

/// Remarks about fields, beyond their shape.
pub(super) fn fields(item: &Struct) -> String {
    let lines = item.fields.iter().filter_map(|field| {
        let text: Vec<_> = [field.docs.to_owned(), bounds(field.bounds)]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        let text = text
            .join(" ")
            .replace('\n', "\n  ")
            .replace("\n  \n", "\n\n");
        let is_position = field.name.bytes().all(|byte| byte.is_ascii_digit());
        let line = match (is_position, item.fields.len()) {
            (false, _) => format!("- `{}`: {text}", field.name),
            (true, 1) => format!("- {text}"),
            (true, _) => format!("- Field {}: {text}", field.name),
        };
        (!text.is_empty()).then_some(line)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Documentation with its headings moved below this level.
pub(super) fn demoted(docs: &str, level: usize) -> String {
    let mut in_code = false;
    let lines = docs.trim().lines().map(|line| {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        let hashes = line.len() - line.trim_start_matches('#').len();
        match (in_code, hashes) {
            (false, 1..=6) if line[hashes..].starts_with(' ') => {
                let hashes = (hashes + level).min(6);
                format!(
                    "{} {}",
                    "#".repeat(hashes),
                    line.trim_start_matches('#').trim()
                )
            }
            _ => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
