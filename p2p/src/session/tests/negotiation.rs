use super::*;
use crate::session::negotiation::negotiate;

/// Shared capabilities as name/version at offset, of ours (with lengths) and theirs.
fn shared(ours: &[(&'static str, u64, u64)], theirs: &[(&'static str, u64)]) -> Vec<(String, u64)> {
    let offers: Vec<Offer> = ours
        .iter()
        .map(|(name, version, length)| Offer::new(capability(name, *version), *length))
        .collect();
    let theirs: Vec<Capability> = theirs
        .iter()
        .map(|(name, version)| capability(name, *version))
        .collect();
    negotiate(&offers, &theirs)
        .into_iter()
        .map(|shared| {
            assert_eq!(offers[shared.offer].capability, shared.capability);
            assert_eq!(offers[shared.offer].length, shared.length);
            (shared.capability.to_string(), shared.first_id.0)
        })
        .collect()
}

fn want(entries: &[(&str, u64)]) -> Vec<(String, u64)> {
    let entry = |(name, offset): &(&str, u64)| ((*name).to_owned(), *offset);
    entries.iter().map(entry).collect()
}

#[test]
fn the_first_shared_capability_starts_at_16() {
    assert_eq!(shared(&[("a", 1, 8)], &[("a", 1)]), want(&[("a/1", 16)]));
}

#[test]
fn another_name_or_another_version_is_not_shared() {
    assert_eq!(shared(&[("a", 1, 8)], &[("b", 1)]), want(&[]));
    assert_eq!(shared(&[("a", 1, 8)], &[("a", 2)]), want(&[]));
    assert_eq!(shared(&[("a", 1, 8)], &[("A", 1)]), want(&[]));
    assert_eq!(shared(&[], &[("a", 1)]), want(&[]));
    assert_eq!(shared(&[("a", 1, 8)], &[]), want(&[]));
}

#[test]
fn the_highest_shared_version_wins_in_any_order() {
    let versions = [("a", 1, 1), ("a", 2, 2), ("a", 3, 3), ("b", 1, 5)];
    let expected = want(&[("a/2", 16), ("b/1", 18)]);
    for turn in 0..4 {
        let mut ours = versions;
        ours.rotate_left(turn);
        let theirs = [("b", 1), ("a", 4), ("a", 1), ("a", 2)];
        assert_eq!(shared(&ours, &theirs), expected);
        ours.reverse();
        assert_eq!(shared(&ours, &theirs), expected);
    }
}

#[test]
fn names_are_sorted_by_their_bytes() {
    let ours = [("b", 1, 2), ("ab", 1, 3), ("B", 1, 4), ("a", 1, 5)];
    let expected = want(&[("B/1", 16), ("a/1", 20), ("ab/1", 25), ("b/1", 28)]);
    assert_eq!(
        shared(&ours, &[("a", 1), ("b", 1), ("ab", 1), ("B", 1)]),
        expected
    );
    assert_eq!(
        shared(&ours, &[("B", 1), ("ab", 1), ("b", 1), ("a", 1)]),
        expected
    );
}

#[test]
fn unshared_names_before_and_after_take_no_ids() {
    let ours = [("a", 1, 100), ("m", 1, 5), ("n", 1, 5), ("z", 1, 100)];
    let theirs = [("a", 2), ("b", 1), ("m", 1), ("n", 1), ("zz", 1)];
    assert_eq!(shared(&ours, &theirs), want(&[("m/1", 16), ("n/1", 21)]));
}

#[test]
fn a_peer_that_lists_a_capability_twice_gains_nothing() {
    let ours = [("a", 1, 8), ("b", 1, 8)];
    let theirs = [("a", 1), ("a", 1), ("b", 1), ("b", 1)];
    assert_eq!(shared(&ours, &theirs), want(&[("a/1", 16), ("b/1", 24)]));
}

#[test]
fn absurd_lengths_do_not_overflow() {
    let ours: Vec<Offer> = ["a", "b", "c"]
        .map(|name| Offer::new(capability(name, 1), u64::MAX))
        .to_vec();
    let theirs = ["a", "b", "c"].map(|name| capability(name, 1));
    let shared = negotiate(&ours, &theirs);
    assert_eq!(shared[0].length, u64::MAX - 16);
    assert_eq!((shared[2].first_id.0, shared[2].length), (u64::MAX, 0));
}
