//! Counts allocations, system calls, memory and instructions for messages and peers:
//! `cargo bench -p tests --bench counts -- [NAME..] [--go]`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark is a program of its own"
)]

mod allocations;
mod calls;
#[allow(dead_code, reason = "the other benchmark uses more of it")]
mod go;
mod instructions;
#[allow(dead_code, reason = "the other benchmark uses more of it")]
mod measure;
mod memory;
#[allow(dead_code, reason = "the other benchmark uses more of it")]
mod protocol;

use std::alloc::System;
use std::path::Path;
use std::process::ExitCode;

use go::Go;
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    // This program starts itself anew for what wants a process of its own.
    let given: Vec<String> = std::env::args().skip(1).collect();
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    match *given {
        ["child", "calls", size, count] => calls::child(number(size), number(count)),
        ["child", "server"] => memory::server(),
        ["child", "peers", node, peers] => memory::peers(node, number(peers)),
        _ => return count(&given),
    }
    ExitCode::SUCCESS
}

fn count(given: &[&str]) -> ExitCode {
    // Cargo says so to benchmarks, and does not when it runs everything as a test.
    if !given.contains(&"--bench") {
        println!("not counted: cargo bench does that");
        return ExitCode::SUCCESS;
    }
    let names = ["allocations", "calls", "memory", "instructions"];
    // Options are the other benchmark's, which gets the same arguments.
    let is_name = |text: &&str| !text.starts_with("--") && text.parse::<u32>().is_err();
    let chosen: Vec<&str> = given.iter().copied().filter(is_name).collect();
    // Instructions take minutes to count.
    let by_default = |name: &str| chosen.is_empty() && name != "instructions";
    let chosen = |name: &str| by_default(name) || chosen.contains(&name);
    let wants_go = given.contains(&"--go") || std::env::var_os("BENCH_GO").is_some();
    let mut rows = Vec::new();
    for name in names.into_iter().filter(|name| chosen(name)) {
        match name {
            "allocations" => allocations::run(&mut rows),
            "calls" => calls::run(&mut rows),
            "memory" => memory::run(&mut rows, wants_go.then(go).flatten().as_ref()),
            _ => {
                if let Err(error) = instructions::run(&mut rows) {
                    eprintln!("{error}");
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    if rows.is_empty() {
        return ExitCode::SUCCESS;
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("counts.json");
    let all = json!({ "rows": rows });
    std::fs::write(&path, format!("{all:#}\n")).expect("the target directory can be written");
    println!("\nJSON: {}", path.display());
    ExitCode::SUCCESS
}

/// go-ethereum's program, if it can be built.
fn go() -> Option<Go> {
    let built = Go::build();
    built
        .inspect_err(|error| println!("go-ethereum takes no part: {error}"))
        .ok()
}

/// Prints a row, and keeps it for the JSON.
fn row(rows: &mut Vec<Value>, what: &str, value: f64, bar: Option<f64>) {
    let met = bar.map(|bar| value <= bar);
    let shown = bar.map(|bar| format!("≤ {bar}")).unwrap_or_default();
    let said = met.map_or("", |met| if met { "met" } else { "missed" });
    println!("| {what} | {value:.2} | {shown} | {said} |");
    rows.push(json!({"what": what, "value": value, "bar": bar, "met": met}));
}

/// Begins a part of the table.
fn part(title: &str) {
    println!("\n### {title}\n\n| what | count | bar | |\n|---|---:|---:|---|");
}

fn number(text: &str) -> usize {
    text.parse()
        .unwrap_or_else(|_| panic!("{text:?} is no number"))
}
