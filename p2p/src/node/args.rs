//! The command line of a node: a flag for each setting.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};

use super::prose::{paragraphs, wrap};
use super::setup::{Given, Setting, Setup};
use crate::server::settings::Row;
use crate::server::settings::value::Kind;

/// The group that the short help shows.
const ESSENTIALS: &str = "Essentials";

/// How wide the text of the long help is.
const WIDTH: usize = 100;

/// The command line, read.
#[derive(Debug)]
pub(super) struct Args {
    /// The settings file.
    pub(super) config: Option<PathBuf>,
    pub(super) print_config: bool,
    pub(super) given: Vec<Given>,
}

impl Args {
    /// Reads the program's arguments, or ends it with the text that `--help` or a mistake asks for. The help
    /// shows the values of `setup` as defaults.
    pub(super) fn parse(name: &'static str, setup: &Setup) -> Self {
        Self::try_parse(name, setup, std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    pub(super) fn try_parse(
        name: &'static str,
        setup: &Setup,
        args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, clap::Error> {
        let mut found = command(name, setup).try_get_matches_from_mut(args)?;
        let mut given = Vec::<Given>::new();
        for row in setup.rows() {
            given.extend(found.remove_many(row.flag).into_iter().flatten());
        }
        Ok(Self {
            config: found.remove_one("config"),
            print_config: found.get_flag("print-config"),
            given,
        })
    }
}

fn command(name: &'static str, setup: &Setup) -> Command {
    let rows = setup.rows();
    let own = setup.own_rows();
    let flags = setup.settings().into_iter().map(|setting| {
        let is_own = own.iter().any(|row| std::ptr::eq(row, setting.row));
        flag(&setting, &rows, is_own)
    });
    Command::new(name)
        .about(format!("A node that speaks {name} over devp2p"))
        .after_help("--help describes all settings.")
        .after_long_help(
            "Each setting can stand in a file too, as max_peers = 25 for --max-peers 25. A flag overrides the\n\
             file, as --no-dial=false; lists, as of peers, are merged. --print-config shows such a file.",
        )
        .args(flags)
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
                .help("Print all settings as such a file, and exit"),
        )
}

/// The short help shows the essential settings of a node, and all that the program adds.
fn flag(setting: &Setting, rows: &[&Row], is_own: bool) -> Arg {
    let row = setting.row;
    let form = row.form;
    let (help, long_help) = help(setting, rows);
    let mut arg = Arg::new(row.flag)
        .long(row.flag)
        .value_name(form.value)
        .value_parser(move |text: &str| Given::check(row, text))
        .help(help)
        .long_help(long_help)
        // Makes -1 a bad value, and not an unknown flag.
        .allow_negative_numbers(form.kind != Kind::Switch);
    if is_own || row.heading != ESSENTIALS {
        arg = arg.help_heading(row.heading).hide_short_help(!is_own);
    }
    if form.is_list {
        arg = arg.action(ArgAction::Append);
    }
    if form.kind == Kind::Switch {
        arg = arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true");
    }
    arg
}

/// The line of the short help, and the text of the long one.
fn help(setting: &Setting, rows: &[&Row]) -> (String, String) {
    let row = setting.row;
    let flag = |row: &Row| format!("--{}", row.flag);
    let mut paragraphs = paragraphs(row, rows, flag).into_iter();
    let first = paragraphs.next().unwrap_or_default();
    let mut short = first.trim_end_matches('.').to_owned();
    if row.form.is_list {
        short += "; may be repeated";
    } else if let [default] = setting.values.as_slice()
        && default != "false"
    {
        short += &format!(" [default: {default}]");
    }
    let mut lines = wrap(&short, WIDTH);
    lines.extend(paragraphs.flat_map(|text| wrap(&text, WIDTH)));
    (short, lines.join("\n"))
}
