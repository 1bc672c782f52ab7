//! A network of one's own for a test: a process with a network namespace, in which any address can be had.

use std::env;
use std::process::{Command, Output};

use tokio::runtime::{Builder, Runtime};

use super::tools::{self, Tool};

/// Set for the process inside.
const INSIDE: &str = "P2P_TEST_NETWORK";

/// Public addresses, and one of a private network; all of them the machine's own.
pub(crate) const PUBLIC: [[u8; 4]; 3] = [[203, 0, 113, 1], [203, 0, 113, 2], [198, 51, 100, 1]];
pub(crate) const PRIVATE: [u8; 4] = [10, 1, 2, 3];

/// Runs the test with this full name in a network of its own: this program starts itself anew there.
pub(crate) fn in_network(name: &str, test: impl Future<Output = ()>) {
    if env::var_os(INSIDE).is_some() {
        set_up();
        return runtime().block_on(test);
    }
    // It can't be built without the network.
    runtime().block_on(tools::command(Tool::GoServer));
    let program = env::current_exe().expect("this program");
    let mut inside = unshare();
    inside.arg(program).args([name, "--exact", "--nocapture"]);
    let output = run(inside.env(INSIDE, "1"));
    let said = String::from_utf8_lossy(&output.stdout);
    // Of a wrong name nothing would be run.
    let is_run = said.contains("1 passed");
    assert!(output.status.success() && is_run, "{}", shown(&output));
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Runs a command in a network namespace of its own: as the current user if that is allowed, else as root
/// of a user namespace.
fn unshare() -> Command {
    let ways: [&[&str]; 2] = [&["-n"], &["-U", "-r", "-n"]];
    let mut said = String::new();
    for way in ways {
        let mut command = Command::new("unshare");
        command.args(way);
        let probe = ["ip", "link", "set", "lo", "up"];
        let output = Command::new("unshare").args(way).args(probe).output();
        match output {
            Ok(output) if output.status.success() => return command,
            Ok(output) => said += &shown(&output),
            Err(error) => said += &error.to_string(),
        }
    }
    panic!(
        "these tests need network namespaces, and none can be made: be root, or allow user namespaces, and \
         install util-linux and iproute2, or use --features interop in place of namespaces: {said}"
    );
}

/// Gives this network, which is empty, its addresses.
fn set_up() {
    let ip = |arguments: &str| {
        let output = run(Command::new("ip").args(arguments.split(' ')));
        assert!(
            output.status.success(),
            "ip {arguments}: {}",
            shown(&output)
        );
    };
    ip("link set lo up");
    for [a, b, c, d] in PUBLIC.into_iter().chain([PRIVATE]) {
        ip(&format!("address add {a}.{b}.{c}.{d}/32 dev lo"));
    }
}

fn run(command: &mut Command) -> Output {
    let output = command.output();
    output.unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn shown(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{}\n{out}{err}", output.status)
}
