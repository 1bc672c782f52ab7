//! The flags of a node, made from the table of its settings.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};

use super::setting::{Change, Setting, Setup};
use super::settings::{GROUPS, settings};
use super::value::{Form, Kind};

/// The command line, read.
#[derive(Debug)]
pub(super) struct Args {
    pub(super) config: Option<PathBuf>,
    pub(super) print_config: bool,
    pub(super) given: Vec<(&'static Setting, Change)>,
}

impl Args {
    /// Reads the program's arguments, or ends it with the text that `--help` or a mistake asks for. What
    /// is set already is told as the default.
    pub(super) fn parse(name: &'static str, setup: &Setup) -> Self {
        Self::try_parse(name, setup, std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    pub(super) fn try_parse(
        name: &'static str,
        setup: &Setup,
        args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, clap::Error> {
        let mut command = command(name, setup);
        let mut found = command.try_get_matches_from_mut(args)?;
        let mut given = Vec::new();
        for setting in settings() {
            let changes = found.remove_many(setting.flag).into_iter().flatten();
            given.extend(changes.map(|change| (setting, change)));
        }
        Ok(Self {
            config: found.remove_one("config"),
            print_config: found.get_flag("print-config"),
            given,
        })
    }
}

fn command(name: &'static str, setup: &Setup) -> Command {
    let [essentials, others @ ..] = &GROUPS;
    let essentials = essentials.settings.iter();
    let others = others.iter().flat_map(|group| {
        let flags = group.settings.iter().map(|setting| flag(setting, setup));
        flags.map(|flag| flag.help_heading(group.heading).hide_short_help(true))
    });
    Command::new(name)
        .about(format!("A node that speaks {name} over devp2p"))
        .after_help("--help tells of all settings.")
        .after_long_help(
            "Each setting can stand in a file too, as max_peers = 25 for --max-peers 25. A flag wins over the\n\
             file, as --no-dial=false; lists, as of peers, are taken together. --print-config shows such a file.",
        )
        .args(essentials.map(|setting| flag(setting, setup)))
        .args(others)
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("A TOML file of settings"),
        )
        .arg(
            Arg::new("print-config")
                .long("print-config")
                .action(ArgAction::SetTrue)
                .help("Print all settings as such a file, and end"),
        )
}

fn flag(setting: &'static Setting, setup: &Setup) -> Arg {
    let Form { value, kind, .. } = setting.access.form();
    let repeated = match setting.access.is_list() {
        true => "; may be repeated",
        false => "",
    };
    let help = format!("{}{repeated}{}", setting.help, default(setting, setup));
    let mut lines = vec![help.clone()];
    lines.extend(setting.more.iter().map(|line| (*line).to_owned()));
    let mut arg = Arg::new(setting.flag)
        .long(setting.flag)
        .value_name(value)
        .value_parser(|text: &str| setting.access.read(text))
        .help(help)
        .long_help(lines.join("\n"))
        // So that it is told what is wrong with -1.
        .allow_negative_numbers(kind != Kind::Switch);
    if setting.access.is_list() {
        arg = arg.action(ArgAction::Append);
    }
    if kind == Kind::Switch {
        arg = arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true");
    }
    arg
}

/// What holds without the flag.
fn default(setting: &Setting, setup: &Setup) -> String {
    match setting.access.show(setup).as_slice() {
        [value] if !setting.access.is_list() && value != "false" => format!(" [default: {value}]"),
        _ => String::new(),
    }
}
