//! The functions for a fuzzer on their seeds, and on changes of these: always the same ones, so that a failure comes
//! again.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;

use tests::fuzz::TARGETS;

#[test]
fn handshakes_hold_for_seeds_and_changes_of_them() {
    run("handshake");
}

#[test]
fn a_hello_holds_for_seeds_and_changes_of_them() {
    run("hello");
}

#[test]
fn frames_hold_for_seeds_and_changes_of_them() {
    run("ingress");
}

#[test]
fn messages_hold_for_seeds_and_changes_of_them() {
    run("messages");
}

#[test]
fn a_protocol_holds_for_seeds_and_changes_of_them() {
    run("protocol");
}

#[test]
fn rlp_holds_for_seeds_and_changes_of_them() {
    run("rlp");
}

#[test]
fn every_target_has_a_program_and_seeds_and_a_line_in_cargo() {
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).expect("a manifest");
    for target in TARGETS {
        let program = format!("fuzz_targets/{}.rs", target.name);
        assert!(manifest.contains(&program), "{program}");
        let source = fs::read_to_string(folder().join(&program)).expect("a program");
        assert!(source.contains(&format!("tests::fuzz::{}", target.name)));
        assert!(!seeds(target.name).is_empty(), "{}", target.name);
    }
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fuzz"].iter().collect()
}

/// The inputs that are in the repository; a fuzzer puts its own beside them.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder().join("corpus").join(target)).expect("a folder of seeds");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| {
            let name = path.file_name().expect("a name");
            name.to_string_lossy().starts_with("seed-")
        })
        .collect();
    paths.sort();
    let seeds = paths.iter().map(|path| fs::read(path).expect("a seed"));
    seeds.collect()
}

fn run(name: &str) {
    let mut named = TARGETS.iter().filter(|target| target.name == name);
    let target = named.next().expect("a target");
    let seeds = seeds(name);
    for (index, seed) in seeds.iter().enumerate() {
        check(target.run, seed);
        let mut random = Random(index as u64 + 1);
        for _ in 0..target.changes {
            let other = &seeds[random.below(seeds.len())];
            check(target.run, &changed(seed, other, &mut random));
        }
    }
}

/// Runs a target, and prints the input if it panics.
fn check(run: fn(&[u8]), input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(input))) {
        let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        #[allow(clippy::print_stderr, reason = "a failed test shows it")]
        {
            eprintln!("the input was {hex}");
        }
        resume_unwind(panic);
    }
}

/// One to four changes, each of a byte, a bit, a range or the end.
fn changed(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let end = bytes.len().min(at + random.below(9));
        match random.below(7) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, random.next() as u8),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            4 => {
                let from = random.below(other.len() + 1);
                let part = &other[from..other.len().min(from + random.below(40))];
                bytes.splice(at..end, part.iter().copied());
            }
            how => {
                if let Some(byte) = bytes.get_mut(at) {
                    let by = random.next() as u8;
                    *byte = if how == 5 { by } else { *byte ^ 1 << (by % 8) };
                }
            }
        }
    }
    bytes
}

/// Numbers that are always the same for a seed: `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}
