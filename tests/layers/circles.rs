//! Circles of files that import each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The files that each file imports.
pub(crate) type Graph<'g> = BTreeMap<&'g str, BTreeSet<&'g str>>;

/// The sets of files in which each can be reached from each other, and for each set short circles in it: for every
/// file the shortest that it is in, each once.
pub(crate) fn circles<'g>(graph: &Graph<'g>) -> Vec<(BTreeSet<&'g str>, Vec<Vec<&'g str>>)> {
    let reached = graph.keys().map(|file| (*file, reached(graph, file)));
    let reached: BTreeMap<&str, BTreeSet<&str>> = reached.collect();
    let mut found = Vec::new();
    let mut left: BTreeSet<&str> = graph.keys().copied().collect();
    while let Some(file) = left.pop_first() {
        let is_knotted = |other: &&&str| {
            let reaches_back = || reached[**other].contains(file);
            reached[file].contains(**other) && reaches_back()
        };
        let mut knot: BTreeSet<&str> = left.iter().filter(is_knotted).copied().collect();
        if knot.is_empty() {
            continue;
        }
        knot.insert(file);
        left.retain(|other| !knot.contains(other));
        let mut short = Vec::new();
        for file in &knot {
            let circle = way(graph, file, file).unwrap_or_default();
            let is_known = |known: &Vec<&str>| same(known, &circle);
            if !short.iter().any(is_known) {
                short.push(circle);
            }
        }
        short.sort_by_key(Vec::len);
        found.push((knot, short));
    }
    found
}

fn same(one: &[&str], other: &[&str]) -> bool {
    let set = |files: &[&str]| {
        files
            .iter()
            .map(|file| (*file).to_owned())
            .collect::<BTreeSet<_>>()
    };
    set(one) == set(other)
}

/// The files that this one imports, and those that they import, and so on.
fn reached<'g>(graph: &Graph<'g>, from: &'g str) -> BTreeSet<&'g str> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(file) = waiting.pop() {
        let imported = graph.get(file).into_iter().flatten();
        waiting.extend(imported.copied().filter(|next| reached.insert(*next)));
    }
    reached
}

/// The shortest way of one step or more, with both of its ends.
fn way<'g>(graph: &Graph<'g>, from: &'g str, to: &'g str) -> Option<Vec<&'g str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut waiting = VecDeque::from([from]);
    while let Some(file) = waiting.pop_front() {
        for next in graph.get(file).into_iter().flatten().copied() {
            if next == to {
                let mut way = vec![to, file];
                while let Some(before) = came_from.get(way[way.len() - 1]) {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            if next != from && !came_from.contains_key(next) {
                came_from.insert(next, file);
                waiting.push_back(next);
            }
        }
    }
    None
}
