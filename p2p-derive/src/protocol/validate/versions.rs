//! The versions of a protocol, and which of them have a message.

use crate::attr::Keyed;
use crate::attr::value::Versions;
use crate::errors::Errors;
use crate::protocol::ast::{Enum, Variant};

/// The most versions. More would leave no room in Hello for other capabilities.
const MOST: u64 = 64;

/// Reads the versions in ascending order, and finds mistakes in them and in `since` and `until`.
///
/// `None` if a mistake leaves the versions unknown.
pub(crate) fn read(ast: &Enum, errors: &mut Errors) -> Option<Vec<u64>> {
    let attrs = &ast.attrs;
    match (&attrs.version, &attrs.versions) {
        (Some(one), Some(several)) => {
            for key in [&one.key, &several.key] {
                errors.at(
                    key.span(),
                    "`version` is for one version and `versions` for several; remove one of them",
                );
            }
            None
        }
        (Some(one), None) => {
            for variant in &ast.variants {
                refuse_limits(variant, one.value, errors);
            }
            Some(vec![one.value])
        }
        (None, Some(several)) => {
            let versions = listed(several, errors)?;
            for variant in &ast.variants {
                check_limits(variant, &versions, errors);
            }
            for version in &versions {
                if !ast.variants.iter().any(|variant| has(variant, *version)) {
                    errors.on(
                        &several.tokens,
                        format!(
                            "version {version} has no message; remove the version, or let a \
                             message be in it"
                        ),
                    );
                }
            }
            Some(versions)
        }
        (None, None) => None,
    }
}

fn listed(given: &Keyed<Versions>, errors: &mut Errors) -> Option<Vec<u64>> {
    let mut wrong = |message: String| errors.on(&given.tokens, message);
    match &given.value {
        Versions::Range(first, last) if first > last => {
            wrong(format!("this range is empty; write `{last}..={first}`"));
            None
        }
        Versions::Range(first, last) if last - first >= MOST => {
            let count = u128::from(last - first) + 1;
            wrong(format!(
                "these are {count} versions, and Hello has room for {MOST}; drop the oldest"
            ));
            None
        }
        Versions::Range(first, last) => Some((*first..=*last).collect()),
        Versions::List(list) if list.is_empty() => {
            wrong("a protocol has at least one version; add it to the list".to_owned());
            None
        }
        Versions::List(list) if list.len() as u64 > MOST => {
            let count = list.len();
            wrong(format!(
                "these are {count} versions, and Hello has room for {MOST}; drop the oldest"
            ));
            None
        }
        Versions::List(list) => {
            let mut sorted = list.clone();
            sorted.sort_unstable();
            sorted.dedup();
            if sorted.len() < list.len() {
                wrong("a version is given twice; remove it once".to_owned());
            }
            Some(sorted)
        }
    }
}

/// The first and the last version that may have a message.
pub(crate) fn limits(variant: &Variant) -> (u64, u64) {
    let attrs = &variant.attrs;
    (
        attrs.since.as_ref().map_or(0, |since| since.value),
        attrs.until.as_ref().map_or(u64::MAX, |until| until.value),
    )
}

/// Returns true if a version has a message.
pub(crate) fn has(variant: &Variant, version: u64) -> bool {
    let (since, until) = limits(variant);
    since <= version && version <= until
}

/// Returns true if a mistake in `since` or `until` leaves it unknown which versions have a message.
pub(crate) fn is_unclear(variant: &Variant) -> bool {
    let attrs = &variant.attrs;
    attrs.since.is_none() && attrs.mentions("since")
        || attrs.until.is_none() && attrs.mentions("until")
}

/// Refuses `since` and `until` if there is only one version.
fn refuse_limits(variant: &Variant, version: u64, errors: &mut Errors) {
    let limits = [&variant.attrs.since, &variant.attrs.until];
    for Keyed { key, .. } in limits.into_iter().flatten() {
        errors.at(
            key.span(),
            format!(
                "`{key}` chooses among several versions; list them with `versions = [..]` in place \
                 of `version = {version}`"
            ),
        );
    }
}

fn check_limits(variant: &Variant, versions: &[u64], errors: &mut Errors) {
    let attrs = &variant.attrs;
    if let (Some(since), Some(until)) = (&attrs.since, &attrs.until)
        && since.value > until.value
    {
        let message = format!(
            "`{}` would be in no version: its first, {}, is after its last, {}; swap them",
            variant.ident, since.value, until.value
        );
        errors.on(&since.tokens, &message);
        errors.on(&until.tokens, &message);
        return;
    }
    if !versions.iter().any(|version| has(variant, *version)) {
        for limit in [&attrs.since, &attrs.until].into_iter().flatten() {
            errors.on(
                &limit.tokens,
                format!(
                    "`{}` is in no version, for there {}; change `{}` or remove the variant",
                    variant.ident,
                    there_are(versions),
                    limit.key
                ),
            );
        }
        return;
    }
    let (since, until) = limits(variant);
    let first = versions.iter().find(|version| **version >= since);
    let last = versions.iter().rfind(|version| **version <= until);
    for (limit, nearest) in [(&attrs.since, first), (&attrs.until, last)] {
        if let (Some(limit), Some(nearest)) = (limit, nearest)
            && limit.value != *nearest
        {
            let remedy = match Some(nearest) {
                end if end == versions.first() && limit.key == "since"
                    || end == versions.last() && limit.key == "until" =>
                {
                    format!("remove `{}`", limit.key)
                }
                _ => format!("write `{} = {nearest}`", limit.key),
            };
            errors.on(
                &limit.tokens,
                format!(
                    "there is no version {}, there {}; {remedy}",
                    limit.value,
                    there_are(versions)
                ),
            );
        }
    }
}

/// `are versions 1, 3 and 4`, for a sentence that starts with "there".
fn there_are(versions: &[u64]) -> String {
    match versions {
        [only] => format!("is only version {only}"),
        _ => format!("are versions {}", sentence(versions)),
    }
}

/// `version 1`, or `versions 1 and 2`.
pub(crate) fn named(versions: &[u64]) -> String {
    match versions {
        [only] => format!("version {only}"),
        _ => format!("versions {}", sentence(versions)),
    }
}

/// Ascending numbers in words: `1, 3 and 4`, or `5 to 9` if there are more than three without a gap.
fn sentence(versions: &[u64]) -> String {
    match versions {
        [] => String::new(),
        [only] => only.to_string(),
        [first, .., last] if versions.len() > 3 && last - first == versions.len() as u64 - 1 => {
            format!("{first} to {last}")
        }
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(u64::to_string).collect();
            format!("{} and {last}", first.join(", "))
        }
    }
}
