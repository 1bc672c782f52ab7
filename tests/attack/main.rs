//! Attacks a real node over TCP, and measures what honest peers notice: `cargo run -p tests --release --bin attack`.
//!
//! Each attack has a node with the default settings in a process of its own, so that its memory and its processor time
//! are the node's alone. Four honest peers in another process make 2,000 small requests a second together; a request
//! whose time passes while the one before it waits is left out, so that their rate falls when the node does not
//! answer. The attackers play their part by hand, in a third process: they send what no library would. They run with the
//! lowest priority, since they would be on other machines.
//!
//! `attack [name..]` runs these attacks, or those whose names begin so; `all`, which is the default, or `quick`, which is
//! for machines that check changes: it runs a few for two seconds each, and fails if an honest peer failed, the node
//! ended, or one attacker alone made it hold too much memory. `--seconds N` is how long each attack lasts,
//! `--threads N` how many threads the node has, and `--list` prints the names. It needs Linux.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program of its own, and its children's output is read by it"
)]

mod attackers;
mod attacks;
mod honest;
mod measure;
mod node;
mod process;
mod protocol;
mod shapes;
mod table;

use std::process::ExitCode;
use std::time::Duration;

use attacks::Attack;
use measure::Settings;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["--role", "node", ..] => serve(),
        ["--role", "honest", url] => ask(url),
        ["--role", "attackers", name, url] => come(name, url),
        _ => attack(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), String> {
    process::end_with_input();
    let runtime = Runtime::new().map_err(|error| error.to_string())?;
    let served = runtime.block_on(node::run());
    served.map_err(|error| error.to_string())
}

fn ask(url: &str) -> Result<(), String> {
    let node = url.parse().map_err(|error| format!("{url}: {error}"))?;
    let runtime = Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(honest::run(&node));
    Ok(())
}

fn come(name: &str, url: &str) -> Result<(), String> {
    let node = url.parse().map_err(|error| format!("{url}: {error}"))?;
    let attack = chosen(&[name])?.pop().ok_or("nothing is left")?;
    let runtime = Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(attackers::run(&attack, &node));
    Ok(())
}

fn attack(arguments: &[&str]) -> Result<(), String> {
    let mut names = Vec::new();
    let mut seconds = None;
    let mut threads = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut number = || {
            let number = rest.next().and_then(|number| number.parse::<u32>().ok());
            let number = number.filter(|number| *number > 0);
            number.ok_or_else(|| format!("{argument} needs a number"))
        };
        match *argument {
            "--seconds" => seconds = Some(Duration::from_secs(number()?.into())),
            "--threads" => threads = Some(number()? as usize),
            "--list" => {
                for attack in attacks::all() {
                    println!("{}", attack.name);
                }
                return Ok(());
            }
            name => names.push(name),
        }
    }
    let quick = names == ["quick"];
    let attacks = chosen(&names)?;
    let settings = if quick {
        Settings {
            threads,
            before: Duration::from_secs(1),
            during: Some(seconds.unwrap_or(Duration::from_secs(2))),
            after: Duration::from_secs(1),
        }
    } else {
        Settings {
            threads,
            before: Duration::from_secs(2),
            during: seconds,
            after: Duration::from_secs(5),
        }
    };
    table::print_head();
    let mut mistakes = Vec::new();
    for attack in attacks {
        let outcome = measure::measure(&attack, settings);
        table::print(&attack, &outcome);
        mistakes.extend(table::mistakes(&attack, &outcome));
    }
    if quick && !mistakes.is_empty() {
        return Err(mistakes.join("\n"));
    }
    Ok(())
}

/// The attacks of these names.
fn chosen(names: &[&str]) -> Result<Vec<Attack>, String> {
    let mut all = attacks::all();
    match names {
        [] | ["all"] => return Ok(all),
        ["quick"] => {
            all.retain(|attack| attack.quick);
            return Ok(all);
        }
        _ => {}
    }
    let mut matching = Vec::new();
    for name in names {
        let is_exact = all.iter().any(|attack| attack.name == *name);
        let has_name = |attack: &Attack| {
            if is_exact {
                attack.name == *name
            } else {
                attack.name.starts_with(name)
            }
        };
        if !all.iter().any(has_name) {
            return Err(format!(
                "there is no attack {name:?}; --list prints their names"
            ));
        }
        matching.extend(all.extract_if(.., |attack| has_name(attack)));
    }
    Ok(matching)
}
