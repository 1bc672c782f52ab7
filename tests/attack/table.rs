//! The table of what each attack has done, and what must not happen.

use crate::attacks::Attack;
use crate::measure::{End, MOST, Outcome};

/// Bytes that one attacker alone may make the node hold.
const HELD_BY_ONE: u64 = 64 << 20;

/// The longest cause that is shown.
const CAUSE: usize = 100;

const MEGABYTE: f64 = 1e6;

pub(crate) fn print_head() {
    println!(
        "| attack | honest before, /s | during | p50 ms | p99 ms | failed | node CPU s/s | peak above idle MB \
         | 5 s after MB | log lines | sent MB | connected | dropped |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|");
}

pub(crate) fn print(attack: &Attack, outcome: &Outcome) {
    let Outcome { before, during, .. } = outcome;
    println!(
        "| `{}` | {:.0} | {:.0}% | {:.1} | {:.1} | {} | {:.2} | {:.0} | {:.0} | {} | {:.1} | {} | {} |",
        attack.name,
        before.rate,
        100.0 * during.rate / before.rate,
        during.median,
        during.p99,
        failed(outcome),
        outcome.processors,
        outcome.peak as f64 / MEGABYTE,
        outcome.left as f64 / MEGABYTE,
        outcome.lines,
        outcome.sent as f64 / MEGABYTE,
        connected(outcome),
        dropped(outcome),
    );
}

/// Requests of honest peers that were not answered.
fn failed(outcome: &Outcome) -> u64 {
    outcome.before.failed + outcome.during.failed + outcome.failed_after
}

fn connected(outcome: &Outcome) -> String {
    match outcome.refused {
        0 => outcome.connections.to_string(),
        refused => format!("{}, refused {refused}", outcome.connections),
    }
}

/// What became of the node, how often attackers were dropped, and why most of them.
fn dropped(outcome: &Outcome) -> String {
    let node = match &outcome.end {
        End::Runs => String::new(),
        End::Killed => format!("**node ended beyond {} MB**; ", MOST / 1_000_000),
        End::Died(last) => format!("**node died: {last}**; "),
    };
    let times: u64 = outcome.log.dropped.values().sum();
    let most = outcome.log.dropped.iter().max_by_key(|(_, times)| **times);
    match most {
        Some((cause, _)) => {
            // A bar would end the cell.
            let cause: String = cause.chars().filter(|c| *c != '|').take(CAUSE).collect();
            format!("{node}{times} times: {cause}")
        }
        None => format!("{node}no"),
    }
}

/// What must not happen, whatever the machine.
pub(crate) fn mistakes(attack: &Attack, outcome: &Outcome) -> Vec<String> {
    let mut mistakes = Vec::new();
    let name = &attack.name;
    if outcome.end != End::Runs {
        mistakes.push(format!("{name}: the node has ended"));
    }
    if failed(outcome) > 0 {
        let failed = failed(outcome);
        mistakes.push(format!("{name}: {failed} requests of honest peers failed"));
    }
    for lost in &outcome.log.honest {
        mistakes.push(format!("{name}: an honest peer was dropped: {lost}"));
    }
    if attack.peers == 1 && outcome.peak > HELD_BY_ONE {
        let held = outcome.peak / 1_000_000;
        let limit = HELD_BY_ONE / 1_000_000;
        mistakes.push(format!(
            "{name}: one attacker made the node hold {held} MB, more than {limit} MB"
        ));
    }
    mistakes
}
