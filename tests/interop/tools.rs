//! Building and installing the peers, once for all tests, outside the source tree.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// How long one step may take; most of it is downloading, and compiling geth or ethrex.
const LIMIT: Duration = Duration::from_secs(600);

/// Where go-ethereum's module has the chain of its own conformance tests.
const TEST_DATA: &str = "cmd/devp2p/internal/ethtest/testdata";

/// A program to test against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// A whole node of go-ethereum.
    GoServer,
    /// A bare RLPx connection of go-ethereum.
    GoProbe,
    /// An execution client: go-ethereum's eth service over a chain.
    Geth,
    /// An execution client: ethrex's p2p over the same chain.
    Ethrex,
    /// A node of ethereumjs.
    Js,
    /// A node of trinity.
    Py,
}

/// The command that starts this program.
pub(crate) async fn command(tool: Tool) -> std::process::Command {
    static GO: OnceCell<Result<PathBuf, String>> = OnceCell::const_new();
    static GETH: OnceCell<Result<PathBuf, String>> = OnceCell::const_new();
    static ETHREX: OnceCell<Result<PathBuf, String>> = OnceCell::const_new();
    static JS: OnceCell<Result<PathBuf, String>> = OnceCell::const_new();
    static PY: OnceCell<Result<PathBuf, String>> = OnceCell::const_new();
    let ready = match tool {
        Tool::GoServer | Tool::GoProbe => GO.get_or_init(build_go).await,
        Tool::Geth => GETH.get_or_init(build_geth).await,
        Tool::Ethrex => ETHREX.get_or_init(build_ethrex).await,
        Tool::Js => JS.get_or_init(install_js).await,
        Tool::Py => PY.get_or_init(install_py).await,
    };
    let path = ready.as_ref().unwrap_or_else(|error| panic!("{error}"));
    let mut command;
    match tool {
        Tool::GoServer | Tool::GoProbe => {
            command = std::process::Command::new(path);
            command.arg(if tool == Tool::GoServer {
                "server"
            } else {
                "probe"
            });
        }
        Tool::Geth => {
            command = std::process::Command::new(path);
            command.args(["eth", "--chain"]).arg(chain().await);
        }
        Tool::Ethrex => {
            command = std::process::Command::new(path);
            command.arg("--chain").arg(chain().await);
        }
        Tool::Js => {
            command = std::process::Command::new("node");
            command.arg(path);
        }
        Tool::Py => {
            command = std::process::Command::new(path);
            command.arg(source("py").join("peer.py"));
            command.env("PYTHONDONTWRITEBYTECODE", "1");
        }
    }
    command
}

/// The folder of a program's sources.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("interop")
        .join(name)
}

/// A folder under the target directory that is kept from run to run.
fn output(name: &str) -> Result<PathBuf, String> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("interop")
        .join(name);
    fs::create_dir_all(&path).map_err(said(&path))?;
    Ok(path)
}

async fn build_go() -> Result<PathBuf, String> {
    let program = output("go")?.join("peer");
    go(&["build", "-o"], &[&program, Path::new(".")]).await?;
    Ok(program)
}

/// The same program with more in it, which takes three times as long to compile.
async fn build_geth() -> Result<PathBuf, String> {
    let program = output("geth")?.join("peer");
    go(
        &["build", "-tags", "eth", "-o"],
        &[&program, Path::new(".")],
    )
    .await?;
    Ok(program)
}

/// It has a target directory of its own: cargo holds this one while tests of it are built.
async fn build_ethrex() -> Result<PathBuf, String> {
    let to = output("ethrex")?;
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(source("ethrex"));
    build.args(["build", "--locked", "--target-dir"]).arg(&to);
    run(&mut build, "cargo", "Rust").await?;
    Ok(to.join("debug/interop-ethrex"))
}

/// The folder with the chain of the execution clients.
async fn chain() -> &'static Path {
    static CHAIN: OnceCell<Result<PathBuf, String>> = OnceCell::const_new();
    let ready = CHAIN.get_or_init(copy_chain).await;
    ready.as_ref().unwrap_or_else(|error| panic!("{error}"))
}

/// Go keeps its modules where it likes: the chain is copied from there.
async fn copy_chain() -> Result<PathBuf, String> {
    let from = go_ethereum().await?.join(TEST_DATA);
    let to = output("chain")?;
    for name in ["genesis.json", "chain.rlp", "accounts.json"] {
        let data = fs::read(from.join(name)).map_err(said(&from.join(name)))?;
        fs::write(to.join(name), data).map_err(said(&to.join(name)))?;
    }
    Ok(to)
}

/// The sources of go-ethereum that our Go programs are built from.
pub(crate) async fn go_ethereum() -> Result<PathBuf, String> {
    let module = "github.com/ethereum/go-ethereum";
    go(&["mod", "download", module], &[]).await?;
    let folder = go(&["list", "-m", "-f", "{{.Dir}}", module], &[]).await?;
    Ok(PathBuf::from(folder.trim()))
}

/// Runs Go among our sources for it, and gives what it prints.
async fn go(arguments: &[&str], paths: &[&Path]) -> Result<String, String> {
    let mut command = Command::new("go");
    command
        .current_dir(source("go"))
        .args(arguments)
        .args(paths);
    run(&mut command, "go", "Go 1.25").await
}

/// Node looks for modules beside the program, so that the program is copied to them.
async fn install_js() -> Result<PathBuf, String> {
    let from = source("js");
    let to = output("js")?;
    let lock = "package-lock.json";
    let fresh = is_fresh(&from.join(lock), &to)?;
    for name in ["package.json", lock, ".npmrc", "peer.mjs"] {
        fs::copy(from.join(name), to.join(name)).map_err(said(&from.join(name)))?;
    }
    let mut version = Command::new("node");
    run(version.arg("--version"), "node", "Node 20").await?;
    if !fresh {
        let mut install = Command::new("npm");
        install
            .current_dir(&to)
            .args(["ci", "--no-audit", "--no-fund"]);
        run(&mut install, "npm", "Node 20 with npm").await?;
        note(&from.join(lock), &to)?;
    }
    Ok(to.join("peer.mjs"))
}

async fn install_py() -> Result<PathBuf, String> {
    let requirements = source("py").join("requirements.txt");
    let to = output("py")?;
    let python = to.join("venv/bin/python");
    if !is_fresh(&requirements, &to)? {
        let mut create = Command::new("python3");
        create.args(["-m", "venv", "--clear"]).arg(to.join("venv"));
        run(&mut create, "python3", "Python 3.11 with venv").await?;
        let mut install = Command::new(&python);
        install
            .args(["-m", "pip", "install", "--quiet", "--no-deps", "-r"])
            .arg(&requirements);
        run(&mut install, "pip", "Python 3.11 with pip").await?;
        note(&requirements, &to)?;
    }
    Ok(python)
}

/// The note of what was installed here.
fn noted(to: &Path) -> PathBuf {
    to.join("installed.txt")
}

/// Checks that the installed packages are those of this list.
fn is_fresh(list: &Path, to: &Path) -> Result<bool, String> {
    let wanted = fs::read(list).map_err(said(list))?;
    Ok(fs::read(noted(to)).is_ok_and(|there| there == wanted))
}

/// Notes that what this list asks for is installed here.
fn note(list: &Path, to: &Path) -> Result<(), String> {
    fs::copy(list, noted(to)).map(drop).map_err(said(list))
}

/// Runs a step to its end, in time and with success, and gives what it prints.
async fn run(command: &mut Command, tool: &str, install: &str) -> Result<String, String> {
    let running = command.kill_on_drop(true).output();
    let line = format!("{:?}", command.as_std());
    let output = match timeout(LIMIT, running).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            return Err(format!(
                "interop needs {tool}, which was not found: install {install} or later, or leave \
                 out --features interop"
            ));
        }
        Ok(Err(error)) => return Err(format!("interop needs {tool}: {line}: {error}")),
        Err(_) => return Err(format!("interop needs {tool}: {line} took too long")),
    };
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    Err(format!("interop needs {tool}: {line} failed:\n{said}"))
}

fn said(path: &Path) -> impl Fn(io::Error) -> String {
    let path = path.display().to_string();
    move |error| format!("interop: {path}: {error}")
}
