//! How fast everything is, beside what can't be done without in the same run:
//! `cargo bench -p tests --bench benches -- [NAME..] [--runs N] [--go]`.
//!
//! Pieces of work are measured in turn, A B A B; a ratio is of two that were neighbours, and the median
//! of all rounds counts.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark is a program of its own"
)]

mod bare;
mod codec;
mod crowd;
mod frames;
#[allow(dead_code, reason = "the other benchmark uses more of it")]
mod go;
mod handshakes;
mod latency;
mod limit;
mod measure;
mod one_way;
mod protocol;
mod table;

use std::process::ExitCode;
use std::time::Duration;

use go::Go;
use measure::Settings;
use table::Table;

/// Payload sizes in bytes.
const SIZES: [(usize, &str); 4] = [
    (32, "32 B"),
    (1024, "1 KiB"),
    (64 * 1024, "64 KiB"),
    (1024 * 1024, "1 MiB"),
];

/// The parts of the table, by the names that choose them.
const PARTS: [&str; 6] = [
    "frames",
    "one-way",
    "codec",
    "round-trips",
    "handshakes",
    "crowd",
];

fn main() -> ExitCode {
    // Cargo says so to benchmarks, and does not when it runs everything as a test.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("not measured: cargo bench does that");
        return ExitCode::SUCCESS;
    }
    match arguments(std::env::args().skip(1)) {
        Ok((settings, names)) => measure_all(&settings, &names),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<(Settings, Vec<String>), String> {
    let mut settings = Settings {
        runs: 7,
        round: Duration::from_millis(150),
        go: std::env::var_os("BENCH_GO").is_some(),
    };
    let mut names = Vec::new();
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--bench" => {}
            "--go" => settings.go = true,
            "--runs" => {
                let runs = given.next().and_then(|runs| runs.parse().ok());
                settings.runs = runs
                    .filter(|runs| *runs > 0)
                    .ok_or("--runs wants a number, 1 or more")?;
            }
            name if PARTS.contains(&name) => names.push(argument),
            // Those of the other benchmark, which gets the same arguments.
            "allocations" | "calls" | "memory" | "instructions" => names.push(argument),
            _ => {
                return Err(format!(
                    "unknown argument {argument}: give --runs N, --go, or some of {PARTS:?}"
                ));
            }
        }
    }
    Ok((settings, names))
}

fn measure_all(settings: &Settings, names: &[String]) {
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    if !PARTS.iter().any(|part| wanted(part)) {
        return;
    }
    let go = settings.go.then(Go::build);
    let go = match go {
        Some(Ok(go)) => Some(go),
        Some(Err(error)) => {
            println!("go-ethereum takes no part, for its program can't be built: {error}");
            None
        }
        None => None,
    };
    let mut table = Table::default();
    println!("{:#}", table::machine());
    for part in PARTS.into_iter().filter(|part| wanted(part)) {
        match part {
            "frames" => frames::run(settings, &mut table),
            "one-way" => one_way::run(settings, &mut table, go.as_ref()),
            "codec" => codec::run(settings, &mut table),
            "round-trips" => latency::run(settings, &mut table, go.as_ref()),
            "handshakes" => handshakes::run(settings, &mut table, go.as_ref()),
            _ => crowd::run(settings, &mut table, go.as_ref()),
        }
    }
    table.write("benches.json", settings);
}
