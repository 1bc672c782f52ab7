//! The functions of ours that a small message goes through, from the socket to the method of its handler, without codec
//! and cipher: `cargo run -p tests --bin path`.
//!
//! A node that is not optimised runs under Valgrind's callgrind, which counts calls; its peers are played from here
//! and are not counted. When all of them have become peers, each sends one message more, and only then calls are
//! counted. A function that is called for each of these messages is one that it goes through. The method of the
//! message never returns, so that nothing counts that comes after it.
//!
//! A function is ours if it is of the crate `p2p`. Its closures, its async blocks and all types that it is compiled for
//! count as one with it. What the derives write is the user's.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program of its own"
)]

mod calls;
mod run;

use std::collections::BTreeMap;
use std::process::ExitCode;

use calls::Calls;

/// Peers that send a message each.
const PEERS: u64 = 16;

/// How often the node runs. Timers and other tasks only add functions, so the run with the fewest counts.
const RUNS: usize = 3;

/// The codec and the cipher, which are not counted, in `p2p/src`.
const LEFT_OUT: [&str; 4] = ["protocol/fields", "rlp/", "rlpx/", "snappy"];

fn main() -> ExitCode {
    match count() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn count() -> Result<(), String> {
    let node = run::build()?;
    let mut fewest: Option<Calls> = None;
    for _ in 0..RUNS {
        let calls = Calls::read(&run::run(&node, PEERS)?);
        let functions = |calls: &Calls| calls.of_each(PEERS).len();
        if fewest
            .as_ref()
            .is_none_or(|fewest| functions(&calls) < functions(fewest))
        {
            fewest = Some(calls);
        }
    }
    let calls = fewest.unwrap_or_default();
    let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut callers = 0;
    for function in calls.of_each(PEERS) {
        if !LEFT_OUT.iter().any(|out| function.file.starts_with(out)) {
            callers += usize::from(function.is_caller);
            let mut name = calls::short(function.name);
            if function.calls > 1 {
                name += &format!(", {} times", function.calls);
            }
            files.entry(function.file).or_default().push(name);
        }
    }
    let functions: usize = files.values().map(Vec::len).sum();
    if functions == 0 {
        return Err("no function was called for each message".to_owned());
    }
    println!(
        "A small message crosses {functions} functions in {} files; {callers} of them call another of ours:",
        files.len()
    );
    for (file, names) in files {
        println!("\n{file}: {}", names.len());
        for name in names {
            println!("    {name}");
        }
    }
    Ok(())
}
