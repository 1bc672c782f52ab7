//! go-ethereum's part: the Go program of the interop tests, as `peer bench`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::measure::Spent;

/// The program, built.
pub(crate) struct Go(PathBuf);

impl Go {
    /// Builds it, or tells why it can't be.
    pub(crate) fn build() -> Result<Self, String> {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop/go/peer");
        let mut build = Command::new("go");
        build.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/go"));
        build.args(["build", "-o"]).arg(&program).arg(".");
        match build.output() {
            Ok(output) if output.status.success() => Ok(Self(program)),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => Err(format!("{error}; install Go 1.25 or later")),
        }
    }

    /// A server that tells its node and, for each line, the memory that is taken.
    pub(crate) fn server(&self) -> Command {
        let mut command = Command::new(&self.0);
        command.arg("memory");
        command
    }

    /// Runs a piece of work `count` times, and returns the time that the program itself has measured.
    pub(crate) fn run(&self, work: &str, size: usize, count: usize) -> Spent {
        let mut command = Command::new(&self.0);
        command.args(["bench", "--work", work]);
        command.args(["--size", &size.to_string(), "--count", &count.to_string()]);
        let output = command.output().expect("the program was built");
        let said = String::from_utf8_lossy(&output.stdout);
        let event: Value = serde_json::from_str(said.trim()).unwrap_or_default();
        let seconds = |field: &str| {
            let number = event[field].as_f64();
            number.unwrap_or_else(|| panic!("go-ethereum, {work}: no {field} in {said:?}"))
        };
        Spent {
            wall: Duration::from_secs_f64(seconds("seconds")),
            cpu: Duration::from_secs_f64(seconds("cpu_seconds")),
            busiest: Duration::ZERO,
        }
    }
}
