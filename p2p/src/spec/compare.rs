//! Finds the differences between the wire format of a protocol and the one in a file.

use super::describe::Describe;
use super::difference::Difference;
use super::snapshot::{MessageWire, Snapshot, VersionWire};
use super::vectors::comes_back;
use super::wire::{Item, List, Wire};

/// The differences between the wire format in a file and the one of now.
pub(super) fn differences<P: Describe>(was: &Snapshot, now: &Snapshot) -> Vec<Difference> {
    let mut found = Vec::new();
    if was.protocol != now.protocol {
        found.push(Difference::Name {
            version: now.versions.first().map_or(0, |version| version.number),
            was: was.protocol.clone(),
            now: P::NAME,
        });
    }
    for version in &was.versions {
        match now.versions.iter().find(|it| it.number == version.number) {
            Some(now) => {
                versions(version, now, &mut found);
                examples::<P>(version, now, &mut found);
            }
            None => found.push(Difference::VersionRemoved {
                version: version.number,
            }),
        }
    }
    for version in &now.versions {
        if was.versions.iter().all(|it| it.number != version.number) {
            found.push(Difference::VersionAdded {
                version: version.number,
            });
        }
    }
    found
}

fn versions(was: &VersionWire, now: &VersionWire, found: &mut Vec<Difference>) {
    let version = was.number;
    if was.length != now.length {
        found.push(Difference::Length {
            version,
            was: was.length,
            now: now.length,
        });
    }
    let named = |messages: &[MessageWire], name: &str| {
        let mut messages = messages.iter().filter(|message| message.name == name);
        messages.next().map(|message| message.code)
    };
    let with_code = |messages: &[MessageWire], code| {
        let mut messages = messages.iter();
        messages.any(|message: &MessageWire| message.code == code)
    };
    let mut moved = Vec::new();
    for message in &was.messages {
        if let Some(code) = named(&now.messages, &message.name)
            && code != message.code
            && named(&was.messages, &message.name) == Some(message.code)
        {
            moved.extend([message.code, code]);
            found.push(Difference::Code {
                version,
                message: message.name.clone(),
                was: message.code,
                now: code,
            });
        }
    }
    for message in was.messages.iter().filter(|it| !moved.contains(&it.code)) {
        match now.messages.iter().find(|it| it.code == message.code) {
            Some(now) => messages(version, message, now, found),
            None => found.push(Difference::MessageRemoved {
                version,
                message: message.name.clone(),
                code: message.code,
            }),
        }
    }
    for message in now.messages.iter().filter(|it| !moved.contains(&it.code)) {
        if !with_code(&was.messages, message.code) {
            found.push(Difference::MessageAdded {
                version,
                message: message.name.clone(),
                code: message.code,
            });
        }
    }
}

fn messages(version: u64, was: &MessageWire, now: &MessageWire, found: &mut Vec<Difference>) {
    let message = &now.name;
    let code = now.code;
    if was.reply != now.reply {
        found.push(Difference::Reply {
            version,
            message: message.clone(),
            code,
            was: was.reply,
            now: now.reply,
        });
    }
    let mut changes = Vec::new();
    wires("", &was.wire, &now.wire, &mut changes);
    let shapes = changes.into_iter().map(|(at, change)| Difference::Shape {
        version,
        message: message.clone(),
        code,
        at,
        change,
    });
    found.extend(shapes);
}

/// Checks that each example in the file survives a round trip, and that each supplied example is in the file.
///
/// Generated examples need not be in the file, which may be older than the way they are generated.
fn examples<P: Describe>(was: &VersionWire, now: &VersionWire, found: &mut Vec<Difference>) {
    let version = was.number;
    for now in &now.messages {
        let mut rows = P::MESSAGES.iter();
        let row = rows.find(|row| row.code == now.code && row.is_in(version));
        let before = was.messages.iter().find(|it| it.code == now.code);
        let (Some(row), Some(before)) = (row, before) else {
            continue;
        };
        // A changed shape is reported already.
        if before.wire != now.wire {
            continue;
        }
        let message = &now.name;
        let code = now.code;
        for payload in &before.payloads {
            if let Err(cause) = comes_back::<P>(version, row, payload) {
                found.push(Difference::Example {
                    version,
                    message: message.clone(),
                    code,
                    cause,
                });
            }
        }
        let is_opaque = now.wire.opaque().is_some();
        let mut payloads = now.payloads.iter();
        if is_opaque && payloads.any(|payload| !before.payloads.contains(payload)) {
            found.push(Difference::ExampleAdded {
                version,
                message: message.clone(),
                code,
            });
        }
    }
}

/// Finds the place where two items differ, and describes the difference.
fn wires(at: &str, was: &Wire, now: &Wire, found: &mut Vec<(String, String)>) {
    match (was, now) {
        (Wire::List(was), Wire::List(now)) => lists(at, was, now, found),
        (Wire::Many(was), Wire::Many(now)) => {
            wires(&format!("{at}, each of its items"), was, now, found);
        }
        (was, now) if was == now => {}
        (was, now) => found.push((at.to_owned(), format!("was {was}, is {now}"))),
    }
}

fn lists(at: &str, was: &List, now: &List, found: &mut Vec<(String, String)>) {
    let older = expanded(was);
    let newer = expanded(now);
    let is_like = |(one, two): &(&&Item, &&Item)| one.is_like(two);
    let same = older.iter().zip(&newer).take_while(is_like).count();
    let rest = older.len().min(newer.len()) - same;
    // Among several items of the same shape, the name shows which one is new.
    let is_same = |(one, two): &(&&Item, &&Item)| one.is_like(two) && one.name == two.name;
    let back = older.iter().rev().zip(newer.iter().rev());
    let same_end = back.take_while(is_same).count().min(rest);
    // The items between the equal ones at both ends.
    let removed = older.get(same..older.len() - same_end).unwrap_or_default();
    let added = newer.get(same..newer.len() - same_end).unwrap_or_default();
    for (i, (was, now)) in removed.iter().zip(added).enumerate() {
        let at = format!("{at}, {}", place(same + i, now));
        match (was.optional, now.optional) {
            (true, false) => found.push((at.clone(), "might be absent, is required".to_owned())),
            (false, true) => found.push((at.clone(), "was required, may be absent".to_owned())),
            _ => {}
        }
        wires(&at, &was.wire, &now.wire, found);
    }
    let both = removed.len().min(added.len());
    for (i, item) in added.iter().enumerate().skip(both) {
        let place = place(same + i, item);
        found.push((at.to_owned(), format!("{place} is new: {}", item.wire)));
    }
    for (i, item) in removed.iter().enumerate().skip(both) {
        let place = place(same + i, item);
        found.push((at.to_owned(), format!("{place} is gone: {}", item.wire)));
    }
    match (was.trailing, now.trailing) {
        (true, false) => found.push((
            at.to_owned(),
            "further items were ignored, and are refused".into(),
        )),
        (false, true) => found.push((
            at.to_owned(),
            "further items were refused, and are ignored".into(),
        )),
        _ => {}
    }
    if removed.is_empty() && added.is_empty() {
        swapped(at, &older, &newer, found);
    }
}

/// Finds items that have swapped places with others of the same shape, by their names, and compares the rest one
/// by one.
fn swapped(at: &str, was: &[&Item], now: &[&Item], found: &mut Vec<(String, String)>) {
    for (i, (was, item)) in was.iter().zip(now).enumerate() {
        let moved = now.iter().position(|it| it.name == was.name);
        match moved {
            Some(j) if !was.name.is_empty() && was.name != item.name => found.push((
                at.to_owned(),
                format!("item {i} ({}) has moved, it is item {j}", was.name),
            )),
            _ => wires(
                &format!("{at}, {}", place(i, item)),
                &was.wire,
                &item.wire,
                found,
            ),
        }
    }
}

/// The items one by one.
fn expanded(list: &List) -> Vec<&Item> {
    let items = list.items.iter();
    items
        .flat_map(|item| std::iter::repeat_n(item, item.count))
        .collect()
}

fn place(position: usize, item: &Item) -> String {
    match item.name.as_str() {
        "" => format!("item {position}"),
        name => format!("item {position} ({name})"),
    }
}
