//! Every setting, by its flag and by its key in the file.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::enode::Enode;
use crate::node::settings::settings;
use crate::node::value::Kind;

/// What the same does in code.
type InCode = fn(Builder) -> Builder;

const TIME: Duration = Duration::from_secs(77);

/// Each setting of the server, a value other than its default, and the call that gives it.
const CALLS: [(&str, &str, InCode); 34] = [
    ("listen", "[::1]:0", |server| server.listen_addr("[::1]:0")),
    ("peer", "enode://KEY@192.0.2.1:30303", |server| {
        server.static_nodes([enode()])
    }),
    ("name", "\u{7f}\"q\\", |server| server.name("\u{7f}\"q\\")),
    ("max-peers", "77", |server| server.max_peers(77)),
    ("trusted", "KEY", |server| {
        server.trusted_nodes([*enode().public_key()])
    }),
    ("net-restrict", "fd00::/8", |server| {
        server.net_restrict(["fd00::/8".parse().expect("a network")])
    }),
    ("max-inbound", "7", |server| server.max_inbound(7)),
    ("max-pending-peers", "7", |server| {
        server.max_pending_peers(7)
    }),
    ("max-pending-by-address", "7", |server| {
        server.max_pending_by_address(7)
    }),
    ("max-pending-by-subnet", "7", |server| {
        server.max_pending_by_subnet(7)
    }),
    ("max-peers-by-address", "7", |server| {
        server.max_peers_by_address(7)
    }),
    ("max-peers-by-subnet", "7", |server| {
        server.max_peers_by_subnet(7)
    }),
    ("subnet-prefix-ipv4", "7", |server| {
        server.subnet_prefixes(7, 48)
    }),
    ("subnet-prefix-ipv6", "7", |server| {
        server.subnet_prefixes(24, 7)
    }),
    ("limit-local-addresses", "true", |server| {
        server.limit_local_addresses(true)
    }),
    ("inbound-interval", "1m17s", |server| {
        server.inbound_interval(TIME)
    }),
    ("no-dial", "true", |server| server.no_dial(true)),
    ("dial-ratio", "7", |server| server.dial_ratio(7)),
    ("dial-timeout", "1m17s", |server| server.dial_timeout(TIME)),
    ("resolve-timeout", "1m17s", |server| {
        server.resolve_timeout(TIME)
    }),
    ("redial-interval", "1m17s", |server| {
        server.redial_interval(TIME)
    }),
    ("redial-jitter", "1m17s", |server| {
        server.redial_jitter(TIME)
    }),
    ("resolve-backoff", "1m17s", |server| {
        server.resolve_backoff(TIME, Duration::from_secs(3600))
    }),
    ("resolve-backoff-max", "1m17s", |server| {
        server.resolve_backoff(Duration::from_secs(60), TIME)
    }),
    ("handshake-timeout", "1m17s", |server| {
        server.handshake_timeout(TIME)
    }),
    ("ping-interval", "1m17s", |server| {
        server.ping_interval(TIME)
    }),
    ("read-timeout", "1m17s", |server| server.read_timeout(TIME)),
    ("write-timeout", "1m17s", |server| {
        server.write_timeout(TIME)
    }),
    ("stall-timeout", "1m17s", |server| {
        server.stall_timeout(TIME)
    }),
    ("shutdown-timeout", "1m17s", |server| {
        server.shutdown_timeout(TIME)
    }),
    ("linger-timeout", "1m17s", |server| {
        server.linger_timeout(TIME)
    }),
    ("send-queue-size", "7KiB", |server| {
        server.send_queue_size(7 << 10)
    }),
    ("event-capacity", "7", |server| server.event_capacity(7)),
    ("record-capacity", "7", |server| server.record_capacity(7)),
];

fn enode() -> Enode {
    let url = format!("enode://{KEY}@192.0.2.1:30303");
    url.parse().expect("an enode URL")
}

fn shown(builder: &Builder) -> String {
    format!("{builder:?}")
}

fn row(flag: &str) -> &'static Setting {
    let row = settings().find(|setting| setting.flag == flag);
    row.unwrap_or_else(|| panic!("no row {flag}"))
}

/// The line that gives a setting in a file.
fn line(setting: &Setting, value: &str) -> String {
    let value = match setting.access.form().kind {
        Kind::Text | Kind::Amount => format!("'{value}'"),
        Kind::Number | Kind::Switch => value.to_owned(),
    };
    match setting.access.is_list() {
        true => format!("{} = [{value}]\n", setting.key()),
        false => format!("{} = {value}\n", setting.key()),
    }
}

#[test]
fn a_flag_and_a_key_do_what_the_builders_method_does() {
    for (flag, value, in_code) in CALLS {
        let setting = row(flag);
        let value = value.replace("KEY", KEY);
        let expected = shown(&in_code(node().setup.server));
        assert_ne!(
            expected,
            shown(&node().setup.server),
            "{flag} is the default"
        );

        let flags = ["foobar".to_owned(), format!("--{flag}={value}")];
        let args = Args::try_parse("foobar", &node().setup, flags).expect(flag);
        let ready = node().take(args).expect(flag);
        assert_eq!(shown(&ready.setup.server), expected, "--{flag}");
        assert_eq!(
            setting.access.show(&ready.setup),
            [value.as_str()],
            "{flag}"
        );

        // A literal string of TOML holds no control characters.
        let value = value.replace('\u{7f}', "");
        let expected = expected.replace("\\u{7f}", "");
        let mut setup = node().setup;
        let given = file::parse(line(setting, &value).as_bytes()).expect(flag);
        given
            .iter()
            .for_each(|given| given.change.apply(&mut setup));
        assert_eq!(shown(&setup.server), expected, "{flag} in a file");
    }
}

#[test]
fn settings_of_the_program_are_read_too() {
    let flags = args(
        "--key node.key --log p2p=debug,warn --metrics :9100 --database nodes.redb --bad-database \
         start-afresh",
    );
    let setup = node().take(flags).expect("valid").setup;
    assert_eq!(setup.key.as_deref(), Some(Path::new("node.key")));
    assert_eq!(setup.log, "p2p=debug,warn".parse().expect("a filter"));
    assert_eq!(setup.metrics.as_deref(), Some(":9100"));
    assert_eq!(setup.database.as_deref(), Some(Path::new("nodes.redb")));
    assert_eq!(setup.bad_database, BadFile::StartAfresh);
}

#[test]
fn every_setting_is_tried_above() {
    let tried: BTreeSet<&str> = CALLS.iter().map(|(flag, ..)| *flag).collect();
    let others = ["bad-database", "database", "key", "log", "metrics"];
    let all: BTreeSet<&str> = settings().map(|setting| setting.flag).collect();
    let left: Vec<_> = all
        .difference(&tried)
        .filter(|flag| !others.contains(flag))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// What a program can only set in code.
const CODE_ONLY: [&str; 6] = [
    "admit",
    "dial_candidates",
    "dialer",
    "handler_times",
    "message_events",
    "protocol",
];

/// The methods of `Builder` that set something.
fn setters() -> BTreeSet<String> {
    let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server");
    let folders = [server.join("builder"), server];
    let read = |folder| std::fs::read_dir(folder).expect("a folder");
    let mut found = BTreeSet::new();
    for entry in folders.into_iter().flat_map(read) {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("readable");
        for part in text.split("pub fn ").skip(1) {
            let signature = part.split('{').next().unwrap_or_default();
            if signature.contains("mut self") && signature.contains("-> Self") {
                let name = signature.split(['(', '<']).next().unwrap_or_default();
                found.insert(name.to_owned());
            }
        }
    }
    assert!(found.len() > 25, "the builder has moved: {found:?}");
    found
}

#[test]
fn every_method_of_the_builder_has_a_flag_or_is_for_code_only() {
    let mut known: BTreeSet<String> = CODE_ONLY.map(str::to_owned).into();
    let rows = settings().map(|setting| setting.setter.to_owned());
    known.extend(rows.filter(|setter| !setter.is_empty()));
    assert_eq!(setters(), known);
}

#[test]
fn the_page_tells_of_every_flag_and_of_every_method_of_the_builder() {
    let page = include_str!("../../docs/running_a_node.md");
    for setting in settings() {
        let flag = format!("--{}", setting.flag);
        assert!(page.contains(&flag), "{flag}");
    }
    let left: Vec<_> = setters()
        .into_iter()
        .filter(|setter| !page.contains(&format!("(crate::Builder::{setter})")))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn settings_that_are_printed_read_as_what_they_were() {
    let mut flags = vec![
        "foobar".to_owned(),
        "--key=a \"key\"".into(),
        "--log=p2p=debug,warn".into(),
        "--database=a file.redb".into(),
    ];
    for (flag, value, _) in CALLS {
        flags.push(format!("--{flag}={}", value.replace("KEY", KEY)));
    }
    // Several in a list, and one that is there already.
    flags.push("--net-restrict=10.0.0.0/8".into());
    flags.push("--net-restrict=10.0.0.0/8".into());
    let args = Args::try_parse("foobar", &node().setup, flags).expect("valid");
    let printed = print::toml(&node().take(args).expect("valid").setup);
    let file = TempFile::with("printed.toml", &printed);
    let again = node().take(super::args(&format!("--config {}", file.path())));
    assert_eq!(print::toml(&again.expect("valid").setup), printed);
    for setting in settings() {
        let line = format!("\n{} = ", setting.key());
        assert!(
            printed.contains(&line),
            "{} is not set in {printed}",
            setting.key()
        );
    }
}
