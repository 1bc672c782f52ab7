//! The flags of a node.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};

use super::Log;
use crate::enode::Enode;

/// The command line, read. What was not given is `None`, so that a program's own settings stand.
#[derive(Debug)]
pub(super) struct Args {
    pub(super) listen: Option<String>,
    pub(super) peers: Vec<Enode>,
    pub(super) key: Option<PathBuf>,
    pub(super) name: Option<String>,
    pub(super) max_peers: Option<usize>,
    pub(super) log: Log,
    pub(super) metrics: Option<String>,
}

impl Args {
    /// Reads the program's arguments, or ends it with the text that `--help` or a mistake asks for.
    pub(super) fn parse(name: &'static str) -> Self {
        Self::try_parse(name, std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    pub(super) fn try_parse(
        name: &'static str,
        args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, clap::Error> {
        let mut command = command(name);
        let mut found = command.try_get_matches_from_mut(args)?;
        Ok(Self {
            listen: found.remove_one("listen"),
            name: found.remove_one("name"),
            max_peers: found.remove_one("max-peers"),
            // It has a default, and is always there.
            log: found.remove_one("log").unwrap_or_default(),
            key: found.remove_one("key"),
            metrics: found.remove_one("metrics"),
            peers: found.remove_many("peer").unwrap_or_default().collect(),
        })
    }
}

fn command(name: &'static str) -> Command {
    Command::new(name)
        .about(format!("A node that speaks {name} over devp2p"))
        .arg(flag(
            "listen",
            "ADDR",
            "Where to listen: 127.0.0.1:0 is any free port of this machine only, :30303 is for all \
             [default: 127.0.0.1:0]",
        ))
        .arg(
            flag(
                "peer",
                "ENODE",
                "A node to connect to, now and again; may be repeated",
            )
            .action(ArgAction::Append)
            .value_parser(value_parser!(Enode)),
        )
        .arg(
            flag(
                "key",
                "FILE",
                "The node's key, created if there is no such file [default: a new key each time]",
            )
            .value_parser(value_parser!(PathBuf)),
        )
        .arg(flag(
            "name",
            "NAME",
            format!("The name that peers are told [default: {name}]"),
        ))
        .arg(
            flag("max-peers", "N", "The most peers at a time [default: 50]")
                .allow_negative_numbers(true)
                .value_parser(value_parser!(usize)),
        )
        .arg(
            flag(
                "log",
                "FILTER",
                "What to log: error, warn, info, debug, trace, or by module, as p2p=debug",
            )
            .default_value("info")
            .value_parser(value_parser!(Log)),
        )
        .arg(metrics())
}

fn metrics() -> Arg {
    flag(
        "metrics",
        "ADDR",
        "Where to serve metrics to Prometheus, at http://ADDR/metrics: 127.0.0.1:9100, or :9100 for \
         all [default: nowhere]",
    )
}

fn flag(name: &'static str, value: &'static str, help: impl Into<String>) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(value)
        .help(help.into())
}
